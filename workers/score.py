#!/usr/bin/env python3
"""Read the decisions from the answers of a run, by a declared scale."""

import os
import sys

# `python -P`, `-I` and PYTHONSAFEPATH leave a script's own folder out of the places to import from.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib costs more than the rest

from common.process.launch import launch

if __name__ == "__main__":
    launch(
        name="score",
        about="Read the decisions from answers, by a declared scale; a judge is asked only where one is named.",
        job="common.scoring.job:ScoreJob",
        result="common.scoring.documents:ScoreResult",
        run="common.scoring.run:run",
        read="common.scoring.intake:read",
        stream="common.scoring.batch:run",
        limit=2 * 1024**3,
        options=(
            {"name": "check", "help": "look at every field but the answers: nothing is scored and no judge is asked"},
            {"name": "jsonl", "help": "many jobs: one a line on stdin, one result a line on stdout, as they finish"},
            {
                "name": "turns-fd",
                "help": "write each paid verdict to this open descriptor, as JSON lines",
                "value": "N",
            },
            {"name": "turns-ack", "help": "with --turns-fd on a socket: wait until each verdict's seq is written back"},
            {
                "name": "turns-wait",
                "help": "with --turns-ack: end a job after so long without it (30)",
                "value": "SECONDS",
            },
            {"name": "turns-lease", "help": "with --turns-ack: ask before a call on an older word", "value": "SECONDS"},
            {"name": "concurrency", "help": "with --jsonl: the most jobs in flight (default 50)", "value": "N"},
        ),
    )
