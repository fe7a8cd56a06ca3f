# SPDX-License-Identifier: GPL-3.0-or-later
"""The inner loop of thinning, compiled: it visits ink pixels only, and only those still left.

Imports numba; `centrelines` imports this module when it first thins.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def thin_once(
    flat: NDArray[np.uint8],
    stride: int,
    ink: NDArray[np.int64],
    count: int,
    tables: NDArray[np.uint8],
) -> int:
    """Takes away one layer of ink, in the two half-steps of Guo and Hall.

    Args:
        flat: the padded picture, row by row, 1 = ink; changed in place.
        stride: length of a row.
        ink: places in `flat` that are ink; those that stay move to the front.
        count: how many of them there are.
        tables: uint8 (2, 256), for each half-step and neighbourhood code 1 where a pixel stays.

    Returns:
        how many stay.
    """
    going = np.zeros(count, np.uint8)
    for half in range(2):
        for i in range(count):
            p = ink[i]
            code = (
                flat[p - stride]
                | flat[p - stride + 1] << 1
                | flat[p + 1] << 2
                | flat[p + stride + 1] << 3
                | flat[p + stride] << 4
                | flat[p + stride - 1] << 5
                | flat[p - 1] << 6
                | flat[p - stride - 1] << 7
            )
            going[i] = tables[half, code] == 0
        kept = 0
        for i in range(count):
            if going[i]:
                flat[ink[i]] = 0
            else:
                ink[kept] = ink[i]
                kept += 1
        count = kept
    return count
