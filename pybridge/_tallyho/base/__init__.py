"""What every other package stands on: being a guest, redaction, source texts and bytecode as CPython stores them."""
