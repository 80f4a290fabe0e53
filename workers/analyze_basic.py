#!/usr/bin/env python3
"""Compute the statistics of a finished run."""

import os
import sys

# `python -P`, `-I` and PYTHONSAFEPATH leave a script's own folder out of the places to import from.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib costs more than the rest

from common.process.launch import launch

if __name__ == "__main__":
    launch(
        name="analyze_basic",
        about="Compute the statistics of a finished run.",
        job="common.analysis.job:AnalysisJob",
        result="common.analysis.documents:AnalysisResult",
        run="common.analysis.run:run",
        read="common.analysis.reading:read",
        limit=2 * 1024**3,
        options=(
            {"name": "report", "value": "FILE.html", "help": "also write the statistics as one page for a browser"},
        ),
    )
