"""NumPy and SciPy, imported here alone. One thread sums in the same order on any machine, and starts faster."""

from __future__ import annotations

import os
from typing import TypeAlias

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["Array", "Indexes", "Mask", "Orders", "SingleArray", "np", "special"]

Array: TypeAlias = NDArray[np.float64]
# Where half the memory is worth more than the last digits.
SingleArray: TypeAlias = NDArray[np.float32]
Orders: TypeAlias = NDArray[np.int32]
Indexes: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]
