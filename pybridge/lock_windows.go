package pybridge

// lock never gets a directory for one process alone: there a directory cannot be
// locked, and what is in use cannot be told.
func lock(_ string, alone bool) (unlock func(), locked bool) { return func() {}, !alone }
