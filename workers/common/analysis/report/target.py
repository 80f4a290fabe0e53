"""The file of the report: known to be writable before the job is read, and there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from common.analysis.report.texts import Texts
from common.errors import ValidationError
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.analysis.coverage import Grid
    from common.analysis.documents import Complete


def check_target(name: str) -> Texts:
    """Whether a report can be written there.

    Returns:
        A place in the same folder for the texts that it may show.

    Raises:
        ValidationError: saying why not, and what to do.
    """
    path = Path(os.path.realpath(name))
    if not name.strip() or path.is_dir():
        raise ValidationError("--report: must be the name of a file, not of a folder; add one, such as report.html")
    if not path.parent.is_dir():
        raise ValidationError("--report: the folder of the file does not exist; make it, or name another")
    if path.exists() and not path.is_file():
        raise ValidationError("--report: is a device or a pipe; name a file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ValidationError("--report: the folder of the file takes no files; change its rights, or name another")
    return Texts(str(path.parent))


def write_report(name: str, analysis: Complete, grid: Grid, texts: Texts | None = None) -> list[str]:
    """Write the page. What goes wrong here is returned as a warning: the figures are not lost to their picture."""
    try:
        from common.analysis.report.page import render  # noqa: PLC0415 - for people who ask for a report

        clean = cast("Complete", redactor.document(cast("Mapping[str, object]", analysis)))
        _replace(Path(os.path.realpath(name)), render(clean, grid, texts))
    except OSError as error:
        return [f"the report was not written ({error.strerror}); the statistics are whole"]
    except Exception as error:  # noqa: BLE001 - see above
        return [f"the report was not written ({type(error).__name__}); the statistics are whole"]
    finally:
        if texts is not None:
            texts.close()
    return []


def _replace(path: Path, text: str) -> None:
    """A reader that opens the file meanwhile sees the old one or the new one, never a part."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
