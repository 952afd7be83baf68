package cmd

import (
	"strings"

	"github.com/tallyho-dev/tallyho/internal/globs"
)

// globFlag is a flag of globs, repeatable or separated by commas. The commas of
// {a,b} are the glob's.
type globFlag struct{ globs *[]string }

// Set adds globs, separated by commas; a wrong one is a mistake on the command line.
func (f globFlag) Set(text string) error {
	if err := globs.CheckAll(globs.Split(text)); err != nil {
		return err
	}
	*f.globs = append(*f.globs, globs.Split(text)...)
	return nil
}

// Type is the word that --help shows for a value.
func (f globFlag) Type() string   { return "globs" }
func (f globFlag) String() string { return strings.Join(*f.globs, ",") }

// Append, GetSlice and Replace make it one of pflag's lists: a project's file has each glob
// apart, and its commas are the glob's.
func (f globFlag) Append(glob string) error {
	*f.globs = append(*f.globs, glob)
	return globs.CheckAll([]string{glob})
}

// GetSlice returns the globs.
func (f globFlag) GetSlice() []string { return *f.globs }

// Replace puts others in their place.
func (f globFlag) Replace(all []string) error {
	*f.globs = all
	return globs.CheckAll(all)
}
