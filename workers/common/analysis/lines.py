"""The lines of `queue export RUN` in the place of a job: one probe each, and in each of them what is said of the run.

They say more than a job does. What is taken of them is what the queue's own job has: both give the same figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.analysis.reading import Reader
    from common.analysis.record import Record

_ANSWERED: Final = ("modelVersion", "content", "durationMs", "costSnapshot", "summary", "scenario")
_ASKED: Final = ("modelId", "scenarioId", "sampleIndex")


def is_line(document: Mapping[str, object]) -> bool:
    """Whether the first object on stdin is such a line, and not a job."""
    return {"probeId", "modelId", "scenarioId"} <= document.keys() and document.keys().isdisjoint(
        ("transcripts", "transcriptIds")
    )


class Lines:
    """Takes the lines in, one by one, and learns from them what the job would say beside its transcripts.

    Args:
        reader: reduces each to its figures.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._run: dict[str, object] = {}
        self._scale: object = None

    def take(self, index: int, line: object) -> Record | None:
        """What is kept of a line; None for a probe that was not asked yet.

        Raises:
            ValidationError: it is of another run than those before it, or its score of another scale.
        """
        if not isinstance(line, dict):
            return self._reader.record(index, line)
        self._learn(line)
        item = {name: line[name] for name in _ASKED if name in line}
        error: Any = line.get("error")
        if error is not None:
            cause = {"code": error.get("code")} if isinstance(error, dict) else error
            return self._reader.record(index, {**item, "error": cause})
        if line.get("content") is None:
            return None
        item |= {name: line[name] for name in _ANSWERED if line.get(name) is not None}
        return self._reader.record(index, {"id": line.get("transcriptId"), **item})

    def _learn(self, line: Mapping[str, Any]) -> None:
        run = {"runId": line.get("runId"), "name": line.get("runName")}
        self._run = self._run or run
        if run != self._run:
            raise ValidationError(
                "runId: the lines are of several runs; analyse each of them alone, or see `queue analysis --pool` and"
                " `queue compare`"
            )
        summary = line.get("summary")
        scale = summary.get("scale") if isinstance(summary, dict) else None
        if scale is not None and self._scale not in (None, scale):
            raise ValidationError("summary.scale: the lines are of two exports, between which the run was scored anew")
        self._scale = self._scale if scale is None else scale

    def job(self) -> dict[str, object]:
        """The job without its transcripts."""
        said = {**self._run, "scale": self._scale}
        return {name: value for name, value in said.items() if value is not None}
