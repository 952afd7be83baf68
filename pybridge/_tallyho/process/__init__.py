"""A process from its start to its end: running the program, its children, being attached to."""
