# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggest Strokes: the artist's pen strokes in, how they could go on out.

In order: `prefix` (strokes to the network's small integer drawings, and back) -> `decoder` (the
network, point by point, over an engine) -> `sampling` (the next point from its mixture) ->
`ranking` (the best few, all different) -> `strokes` (pen strokes with speed and pressure again).
`infer.run` is the way in.
"""
