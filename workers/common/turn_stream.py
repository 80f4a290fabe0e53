"""`--turns-fd N`: every answer is handed to the caller the moment it is paid for, while the conversation goes on.

Nothing that this process could still do saves an answer from `kill -9`, from a lost machine or from a crash in C code;
a caller that has stored the turns gives them back as `resumeFrom`, and none is asked twice. The last turn is not
written: the document itself follows at once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from common import jsondoc
from common.errors import ValidationError
from common.logging import get_logger
from common.redaction import redactor
from common.stdio import write_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.exchange import Paid

FIRST_OWN_DESCRIPTOR: Final = 3

logger = get_logger("turns")


class TurnStream:
    """The inherited descriptor, and what is written to it: one JSON object a line."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def write(self, ids: Mapping[str, Any], paid: Paid) -> None:
        """Write one turn, waiting for the reader. A reader that is gone costs a warning, once, and no answer."""
        if self._fd is None:
            return
        record = {**ids, "startedAt": paid.started_at, "durationMs": paid.duration_ms, "turn": paid.turn}
        try:
            write_all(self._fd, jsondoc.dump(redactor.document(record)))
        except OSError as error:
            self._fd = None
            logger.warning("the descriptor of --turns-fd takes no more turns", err=error)


def turn_stream_of(options: Mapping[str, Any]) -> TurnStream | None:
    """The stream that `--turns-fd` names, or None without it.

    Raises:
        ValidationError: it is not the number of a descriptor that is open and free for this.
    """
    text = options.get("turns_fd")
    if text is None:
        return None
    try:
        fd = int(text)
        os.fstat(fd)
    except (ValueError, OverflowError, OSError):
        fd = -1
    if fd < FIRST_OWN_DESCRIPTOR:
        raise ValidationError("--turns-fd: must be the number of an open descriptor, 3 or more, such as 3 with 3>turns")
    os.set_inheritable(fd, False)  # noqa: FBT003 - the function's own signature
    return TurnStream(fd)
