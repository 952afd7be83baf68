// Package render prints Records: hunter's text layouts and colours, DAP's log
// messages, JSON Lines. It is pure: a Record in, text out; a Printer keeps only
// what a layout needs to remember (indentation, last values).
package render
