"""A Jupyter kernel that runs what is read, a cell a line, in JSON; the answer is its status."""

import json
import sys

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3", startup_timeout=120)
try:
    for line in sys.stdin:
        told = client.execute_interactive(json.loads(line), timeout=120, output_hook=lambda message: None)
        print(told["content"]["status"], flush=True)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
