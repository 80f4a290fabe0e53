#!/usr/bin/env python3
"""Simulate the six providers on a local port, so that everything can be tried without a key."""

import sys

from simulator.cli import main

if __name__ == "__main__":
    sys.exit(main())
