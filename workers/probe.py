#!/usr/bin/env python3
"""Hold one multi-turn conversation with a large language model and print its transcript."""

import os
import sys

# `python -P`, `-I` and PYTHONSAFEPATH leave a script's own folder out of the places to import from.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib costs more than the rest

from common.process.launch import launch

if __name__ == "__main__":
    launch(
        name="probe",
        about="Hold one multi-turn conversation with a large language model and print its transcript.",
        job="common.probe.job:ProbeJob",
        result="common.probe.documents:ProbeResult",
        run="common.probe.run:run",
        stream="common.probe.batch.run:run",
        options=(
            {"name": "jsonl", "help": "many jobs: one a line on stdin, one result a line on stdout, as they finish"},
            {"name": "turns-fd", "help": "write each paid turn to this open descriptor, as JSON lines", "value": "N"},
            {"name": "turns-ack", "help": "with --turns-fd on a socket: wait until each turn's seq is written back"},
            {
                "name": "turns-wait",
                "help": "with --turns-ack: end a job after so long without it (30)",
                "value": "SECONDS",
            },
            {"name": "turns-lease", "help": "with --turns-ack: ask before a call on an older word", "value": "SECONDS"},
            {"name": "concurrency", "help": "with --jsonl: the most jobs in flight (default 50)", "value": "N"},
        ),
    )
