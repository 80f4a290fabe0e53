#!/usr/bin/env python3
"""Say which provider serves each model of a run, what limits it has, and whether it could be asked from here."""

import os
import sys

# `python -P`, `-I` and PYTHONSAFEPATH leave a script's own folder out of the places to import from.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib costs more than the rest

from common.process.launch import launch

if __name__ == "__main__":
    launch(
        name="resolve_models",
        about="Say which provider serves each model of a run, and whether it could be asked from here; asks nobody.",
        job="common.resolving.job:ResolveJob",
        result="common.resolving.documents:ResolveResult",
        run="common.resolving.run:run",
    )
