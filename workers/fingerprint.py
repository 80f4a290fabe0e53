#!/usr/bin/env python3
"""Say which conversations would send the same bytes to the same place, so that none need be paid for twice."""

import os
import sys

# `python -P`, `-I` and PYTHONSAFEPATH leave a script's own folder out of the places to import from.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib costs more than the rest

from common.process.launch import launch

if __name__ == "__main__":
    launch(
        name="fingerprint",
        about="Say which conversations would send the same bytes to the same place; asks nobody.",
        job="common.fingerprinting.job:FingerprintJob",
        result="common.fingerprinting.documents:FingerprintResult",
        run="common.fingerprinting.run:run",
    )
