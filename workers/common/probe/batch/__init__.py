"""Many conversations in one process: `probe.py --jsonl`."""
