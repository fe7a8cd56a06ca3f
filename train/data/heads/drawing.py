# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a rendered view in seven styles, those of the portrait network.  Imports numpy.

Strokes lie on the paper, not on the head: hatching and brush marks do not turn with the view, as in
real drawings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train.data.heads.convention import STYLES, Floats, Picture
from train.data.heads.ink import line_drawing, pen_drawing
from train.data.heads.paint import cel_painting, oil_painting
from train.data.heads.study import Study
from train.data.heads.tone import tone_drawing
from train.data.heads.view import HeadView


def draw(view: HeadView, style: str, seed: int) -> Picture:
    """The view in one of STYLES, uint8 RGB (s, s, 3).

    Raises:
        ValueError: another style.
    """
    return draw_styles(view, [style], seed)[style]


def draw_styles(view: HeadView, styles: Sequence[str], seed: int) -> dict[str, Picture]:
    """The view in several styles, which share most of the work; each as `draw` makes it.

    Raises:
        ValueError: a style that is not in STYLES.
    """
    study = Study.of(view, seed)
    return {style: _reduced(_draw(study, style), len(view.photo)) for style in styles}


def _draw(study: Study, style: str) -> Floats:
    if style not in STYLES:
        raise ValueError(f"unknown style {style!r}; known are {', '.join(STYLES)}")
    rng = np.random.default_rng((study.seed, STYLES.index(style)))
    if style == "line":
        return 1 - line_drawing(study)
    if style == "pen":
        return 1 - pen_drawing(study, rng)
    if style == "oil":
        return oil_painting(study, rng)
    if style == "cel":
        return cel_painting(study, rng)
    return tone_drawing(study, style)


def _reduced(picture: Floats, size: int) -> Picture:
    samples = len(picture) // size
    split = picture.reshape(size, samples, size, samples, *picture.shape[2:])
    small = np.rint(split.mean((1, 3)).clip(0, 1) * 255).astype(np.uint8)
    return small if small.ndim == 3 else np.repeat(small[..., None], 3, 2)
