# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggest Strokes: the artist's pen strokes in, how they could go on out.

In order: `prefix` (strokes to the network's small integer drawings, and back) -> `guess` (how large
the drawing will be, and of what) -> `continuing` (drawn on point by point, over `decoder` and
`sampling`) -> `curves` (smooth lines) -> `ranking` (the best few, all different) -> `manner` (pen
strokes with the artist's pressure and speed).  `infer.run` is the way in.
"""
