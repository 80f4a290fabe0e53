"""Reads logs that the queue exported with Inspect's own package: `make inspect` runs it, in an environment that has it.

Whatever that package warns of, as a warning or in its log, is a failure.
"""

from __future__ import annotations

import logging
import sys
import warnings


class _Complaints(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            raise AssertionError(record.getMessage())


def main(folder: str, expected: int) -> None:
    """Read every log of the folder, each in the ways in which the reader and the viewer do.

    Args:
        folder: with the logs.
        expected: how many there must be.

    Raises:
        AssertionError: one says less than was exported, or the package complains.
    """
    warnings.simplefilter("error")
    logging.getLogger().addHandler(_Complaints())
    from inspect_ai.log import (  # noqa: PLC0415 - what it warns of while it is loaded counts, too
        list_eval_logs,
        read_eval_log,
        read_eval_log_sample,
        read_eval_log_sample_summaries,
    )

    logs = list_eval_logs(folder)
    _hold(len(logs) == expected, f"{len(logs)} logs were found")
    for info in logs:
        head = read_eval_log(info, header_only=True)
        whole = read_eval_log(info)
        samples = whole.samples or []
        summaries = read_eval_log_sample_summaries(info)
        # The reader itself adds to the whole which samples there are.
        head.eval.dataset = whole.eval.dataset
        _hold(head.eval == whole.eval and head.results == whole.results, "the head is that of the log")
        _hold(len(samples) == len(summaries) > 0, "each sample is in the list")
        _hold(bool((head.eval.metadata or {}).get("manifest")), "the manifest is there")
        for sample in samples:
            one = read_eval_log_sample(info, id=sample.id, epoch=sample.epoch)
            _hold(one == sample, "a sample reads the same alone")
            _hold(sample.error is not None or sample.output.completion != "", "a sample has its answer")
        scored = sum(sample.scores is not None for sample in samples)
        print(f"{head.eval.model}: {head.status}, {len(samples)} samples, {scored} scored")


def _hold(fact: bool, what: str) -> None:  # noqa: FBT001 - what is to be so
    if not fact:
        raise AssertionError(what)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
