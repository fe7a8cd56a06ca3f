# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickest deflate at hand, with zlib's interface. Imports nothing of ours.

ISA-L packs three times and unpacks nearly twice as fast as zlib, to the same streams; zlib
stands in where there is no ISA-L for the machine.
"""

from __future__ import annotations

import zlib
from typing import Any

quick: Any
try:
    from isal import isal_zlib
except ImportError:
    quick = zlib
else:
    quick = isal_zlib

ERRORS: tuple[type[Exception], ...] = (zlib.error, quick.error)
"""What unpacking a broken stream raises."""
