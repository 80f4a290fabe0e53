"""Runs the simulations and prints their tables: `python -m tools.simulations [--rounds N] [WORD ...]`."""

from __future__ import annotations

import argparse
import sys

from tools.simulations import coverage, errors, whole

# The slowest figures are from a quarter of the runs.
FEWEST_ROUNDS = 4


def main(argv: list[str]) -> int:
    """Print the tables whose title has one of the words; all of them where no word is given."""
    parser = argparse.ArgumentParser(prog="simulations", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=2_000, help="runs that each figure is from")
    parser.add_argument("words", nargs="*", help="words of the titles")
    options = parser.parse_args(argv)
    if options.rounds < FEWEST_ROUNDS:
        parser.error(f"argument --rounds: {options.rounds} is too few; give {FEWEST_ROUNDS} or more")
    for title, table in {**coverage.TABLES, **errors.TABLES, **whole.TABLES}.items():
        if options.words and not any(word in title for word in options.words):
            continue
        print(f"\n### {title}\n")
        for number, row in enumerate(table(options.rounds)):
            print(f"| {' | '.join(row)} |", flush=True)
            if number == 0:
                print("|" + " --- |" * len(row))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
