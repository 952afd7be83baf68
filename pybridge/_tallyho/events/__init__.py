"""Where CPython's callbacks arrive: sys.monitoring, and sys.settrace below 3.12."""
