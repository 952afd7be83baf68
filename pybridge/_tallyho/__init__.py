"""The part of Tallyho that runs inside the traced program.

Standard library only. It never prints, never raises into the program, and
looks at values without running the program's code.
"""

import sys
from typing import FrozenSet

MODULES_BEFORE: FrozenSet[str] = frozenset(sys.modules)
"""What was imported before the bridge: the program would have found no more."""
