"""Tracepoints: what is asked of an event, and what is recorded of it. It knows nothing of tallies."""
