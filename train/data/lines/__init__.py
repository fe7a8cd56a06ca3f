# SPDX-License-Identifier: GPL-3.0-or-later
"""Rough sketches with their clean lines, made without end from a seed.

The "inverse" construction of Simo-Serra et al. (2016), by program: clean strokes are made first,
and the rough drawing over them, in several unsteady passes.  `python -m train.data.lines sheet`
shows what comes out.  Imports numpy, numba, cv2 and train; `pairs` is where to begin reading.
"""
