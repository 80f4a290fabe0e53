"""The speed benchmark: what a job costs beyond what Python, httpx and pydantic cost anybody.

`make bench` prints one table: medians over several runs, each in turn with the bare script that is the yardstick, so
that a machine that changes its speed changes both. Ratios travel from machine to machine; seconds do not.
"""
