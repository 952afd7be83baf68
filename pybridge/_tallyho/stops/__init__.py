"""A program that stands still: stepping, and the requests about its threads, frames and variables."""
