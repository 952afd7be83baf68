package engine

// fileSizeLimit is no limit of this system's.
func fileSizeLimit() (bytes uint64, limited bool) { return 0, false }
