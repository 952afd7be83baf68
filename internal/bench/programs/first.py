"""Prints a line and ends: how long it takes to the first line."""

print("first", flush=True)
