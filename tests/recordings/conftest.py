"""The tests of this folder replay recordings of real calls, which lie beside a checkout and not in it.

Where they are not there, nothing is collected, and nothing is said to be skipped: `support/whole_answers/` has answers
and errors of the same shapes, and the tests that use those run everywhere.
"""

from __future__ import annotations

from support.recordings import BESIDE

collect_ignore_glob = [] if BESIDE.is_dir() else ["test_*.py"]
