"""`make faults`: every row, side by side, and the table of verdicts."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tools.faults import rows_body, rows_environment, rows_http, rows_job, rows_network, rows_process, rows_wild
from tools.faults.bench import Row, Verdict, processors, run_row

ALL_ROWS: Final[tuple[Row, ...]] = (
    *rows_job.ROWS,
    *rows_process.ROWS,
    *rows_network.ROWS,
    *rows_http.ROWS,
    *rows_body.ROWS,
    *rows_environment.ROWS,
    *rows_wild.ROWS,
)

# The public Failover Bench's sixteen faults, by the rows that inject them. S08 to S11 are about streams, of which the
# rows named are the twins; S14 and S16 are a fallback to another provider: the researcher's choice, and not ours.
FAILOVER: Final = {
    "S01": "D01",
    "S02": "D06",
    "S03": "D19 openai",
    "S04": "D20",
    "S05": "C07",
    "S06": "C05",
    "S07": "C05b",
    "S08": "C09",
    "S09": "C09c",
    "S10": "E03b",
    "S11": "C06",
    "S12": "D14 openai",
    "S13": "D15 openai",
    "S14": "",
    "S15": "D26",
    "S16": "",
}


def main(wanted: list[str]) -> int:
    """Run the rows whose names begin with one of `wanted`, or all; 1 where one failed."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup workers are meant to outlive their parent
    rows = [row for row in ALL_ROWS if not wanted or row.name.startswith(tuple(wanted))]
    with ThreadPoolExecutor(processors()) as pool:
        verdicts = list(pool.map(run_row, rows))
    for verdict in verdicts:
        print(line(verdict))
    by_name = {verdict.row.name: verdict.verdict for verdict in verdicts}
    if not wanted:
        print("\nFailover Bench")
        for name, row in FAILOVER.items():
            print(f"{name}  {by_name.get(row, 'not ours'):9} {row}")
        rescued = sum(by_name.get(row) == "pass" for row in FAILOVER.values())
        bounded = sum(by_name.get(row) == "safe" for row in FAILOVER.values())
        print(f"{rescued} pass, {bounded} safe")
    counts = {kind: sum(verdict.verdict == kind for verdict in verdicts) for kind in ("pass", "safe", "fail")}
    print(f"\n{len(verdicts)} rows: {counts['pass']} pass, {counts['safe']} safe, {counts['fail']} fail")
    return 1 if counts["fail"] else 0


def line(verdict: Verdict) -> str:
    """One line of the table."""
    row = verdict.row
    why = f"  {verdict.why}" if verdict.why else ""
    return f"{row.name:22} {row.fault:44} {verdict.verdict:5} {verdict.calls:3} calls {verdict.seconds:6.1f} s{why}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
