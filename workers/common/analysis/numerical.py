"""NumPy and SciPy, imported here alone. One thread sums in the same order on any machine, and starts faster.

SciPy imports a part of itself when its first function is used: `scipy.special` takes twice as long as NumPy, and a run
of a few scenarios has no interval.
"""

from __future__ import annotations

import os
from typing import TypeAlias

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy
from numpy.typing import NDArray

# `scipy.special` takes a look at all that NumPy has. Its reader of Fortran, with what that imports, is a tenth of a
# small job, and comes all the same where somebody imports it.
vars(np).setdefault("f2py", None)

__all__ = ["Array", "Indexes", "Mask", "Orders", "SingleArray", "np", "scipy"]

Array: TypeAlias = NDArray[np.float64]
# Where half the memory is worth more than the last digits.
SingleArray: TypeAlias = NDArray[np.float32]
Orders: TypeAlias = NDArray[np.int32]
Indexes: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]
