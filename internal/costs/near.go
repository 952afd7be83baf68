package costs

// How near an estimate is: within a factor, and what is less than the noise of a
// round counts as nothing.
const (
	factor = 2
	noise  = 30 // ns
)

// Near tells whether an estimate is true of what was measured.
func Near(measured, estimated float64) bool {
	return measured <= factor*estimated+noise && estimated <= factor*measured+noise
}
