"""A program that waits to be attached to."""

import sys
import time

import tallyho

tallyho.listen()
print("listening", flush=True)
beats = 0
while len(sys.argv) < 3 and beats < 1200:
    beats += 1
    time.sleep(0.1)
