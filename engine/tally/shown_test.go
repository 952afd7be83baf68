package tally

// labelOf is the label of one line: that of the statements that start on it, in order.
func labelOf(f *File, places []Place, o LabelOptions) []Part { return NewLabeler(f, o).Line(places) }

// hoverOf is a Place's hover with the options that are the default.
func hoverOf(f *File, p Place, run *Snapshot) string {
	return NewLabeler(f, DefaultLabelOptions()).Hover(p, run)
}
