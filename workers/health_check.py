#!/usr/bin/env python3
"""Say whether this machine is fit to work: Python, packages, keys, base URLs, tokenizer."""

import os
import sys

# `python -P`, `-I` and PYTHONSAFEPATH leave a script's own folder out of the places to import from.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib costs more than the rest

from common.process.launch import launch

if __name__ == "__main__":
    launch(
        name="health_check",
        about="Say whether this machine is fit to work: Python, packages, keys, base URLs, tokenizer.",
        job="common.health.documents:HealthJob",
        result="common.health.documents:HealthResult",
        run="common.health.run:run",
        needs_stdin=False,
        options=(
            {"name": "warm-tokenizer", "help": "fetch tiktoken's vocabularies into its cache, once"},
            {"name": "pretty", "help": "print a table for a person in place of JSON"},
        ),
        pretty="common.health.run:pretty",
    )
