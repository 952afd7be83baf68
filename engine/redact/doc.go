// Package redact leaves secrets out of what is sent to others: a page of a run,
// say. The bridge redacts by names before anything is recorded; here the texts
// are gone through once more, and the sources with them.
//
// Which names look like a secret's is the bridge's rule (pybridge, redact.py); a
// test asks both. It does no I/O; page and cmd use it.
//
// A text has as many lines as before, so that counts stay at their lines. What is a secret is
// told by names and forms alone: a harmless text may be left out, and a secret that looks like
// nothing known stays.
package redact
