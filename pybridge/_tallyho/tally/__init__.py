"""Counts and samples of statements. It knows nothing of tracepoints."""
