"""Reads what the queue exported as docs/export.md says, and prints what it found. The queue's tests run it."""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow.parquet as pq

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "export.md"
TEXTS: Final = ("scenario_name", "prompt", "answer")


def table(frame: Any) -> dict[str, Any]:
    """Of a table the types, and what is in it."""
    rows = json.loads(frame.to_json(orient="records", date_format="iso"))
    return {"types": {name: str(of) for name, of in frame.dtypes.items()}, "rows": rows}


def archive(path: Path) -> dict[str, Any]:
    """Of a log the names of its entries, which are all sound, and those that say what it is."""
    with zipfile.ZipFile(path) as log:
        broken = log.testzip()
        names = log.namelist()
        parts = {name: json.loads(log.read(name)) for name in names}
    return {"broken": broken, "names": names, "parts": parts}


def main() -> None:
    """Everything in the folder that is named on the command line."""
    warnings.simplefilter("error")
    os.chdir(sys.argv[1])
    read_csv, read_parquet, undo = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    found: dict[str, Any] = {}
    names: dict[str, Any] = {}
    exec(read_csv, names)  # noqa: S102 - what the page shows is what is tried
    found["csv"] = table(names["probes"])
    exec(undo, names)  # noqa: S102 - the same
    found["undone"] = {name: json.loads(names["probes"][name].to_json(orient="values")) for name in TEXTS}
    exec(read_parquet, names)  # noqa: S102 - the same
    found["parquet"] = table(names["probes"])
    found["turns"] = table(pd.read_parquet("turns.parquet"))
    metadata = pq.read_metadata("run.parquet")
    found["manifest"] = json.loads(metadata.metadata[b"probe_manifest"])
    found["logs"] = [archive(path) for path in sorted(Path("logs").iterdir())]
    many = pq.read_metadata("many.parquet")
    found["many"] = [many.num_rows, many.num_row_groups, int(pd.read_parquet("many.parquet")["number"].sum())]
    with zipfile.ZipFile("many.zip") as long:
        found["entries"] = [len(long.namelist()), long.read(long.namelist()[-1]).decode()]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
