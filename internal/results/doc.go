// Package results writes the files that a person names for what Tallyho finds,
// and never over anything else: what stands there already has to be something
// that Tallyho wrote. A name that was given by mistake (a program's own, most of
// all) costs a sentence and not the file.
//
// cmd and dap use it. Nothing is touched before Place, which a caller calls once
// there is something to keep: until then the new file lies beside the old one.
package results
