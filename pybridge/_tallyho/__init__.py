"""The part of Tallyho that runs inside the traced program.

Standard library only. It never prints, never raises into the program, and
looks at values without running the program's code.
"""
