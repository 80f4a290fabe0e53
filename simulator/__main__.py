"""Simulate the providers on a local port, so that everything can be tried without a key: `python simulator`."""

import os
import sys

# A folder that is run as a script is itself where Python looks for modules; the package lies one above.
if not __package__:
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib costs start-up

from simulator.cli import main

if __name__ == "__main__":
    sys.exit(main())
