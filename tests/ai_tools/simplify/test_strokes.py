# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines as strokes: they lie on the drawing, cross without breaking, and have its width."""

import cv2
import numpy as np

from ai_tools.simplify import strokes
from ai_tools.simplify.infer import SimplifyRequest, run
from app.core.geometry import Rect
from app.core.vector import draw_paths
from app.jobs import CancelToken

BLACK = (0, 0, 0, 255)


def no_check() -> None:
    """Nobody stops the work."""


def ignore(fraction: float, text: str) -> None:
    """Nobody looks."""


def found(mask: np.ndarray, width: float, scale: float = 1.0) -> strokes.Lines:
    return strokes.centre_strokes(
        mask,
        width,
        origin=(0, 0),
        scale=scale,
        colour=BLACK,
        tolerance=0.5,
        check=no_check,
    )


def cross() -> np.ndarray:
    """Two lines, 7 pixels wide as OpenCV draws a width of 5."""
    mask = np.zeros((120, 160), np.uint8)
    cv2.line(mask, (15, 60), (145, 60), 1, 5)
    cv2.line(mask, (40, 10), (120, 110), 1, 5)
    return mask


def test_two_lines_that_cross_are_two_strokes() -> None:
    lines = found(cross(), 5)
    assert len(lines.strokes) == 2
    assert not lines.areas.any()
    assert all(abs(stroke.width - 7) < 1 for stroke in lines.strokes)
    assert all(stroke.fill is None and stroke.stroke == BLACK for stroke in lines.strokes)


def test_strokes_drawn_again_give_the_drawing() -> None:
    mask = cross()
    drawn = draw_paths(found(mask, 5).strokes, Rect(0, 0, 160, 120))[..., 3] > 127
    both = np.count_nonzero(drawn & (mask > 0))
    assert both / np.count_nonzero(drawn | (mask > 0)) > 0.85


def test_a_ring_is_one_closed_stroke() -> None:
    mask = np.zeros((120, 120), np.uint8)
    cv2.circle(mask, (60, 60), 40, 1, 4)
    (ring,) = found(mask, 4).strokes
    assert ring.subpaths[0].closed
    points = ring.subpaths[0].points[::3]
    radii = np.hypot(*(points - 60.5).T)
    assert abs(radii - 40).max() < 1.5


def test_a_pupil_stays_an_area_and_lines_beside_it_stay_lines() -> None:
    mask = cross()
    cv2.circle(mask, (135, 25), 14, 1, -1)
    lines = found(mask, 5)
    assert lines.areas[25, 135] and not lines.areas[60, 20]
    assert len(lines.strokes) == 2


def test_places_and_widths_are_in_canvas_pixels() -> None:
    once = found(cross(), 5)
    twice = found(cv2.resize(cross(), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), 10, 2.0)
    assert len(once.strokes) == len(twice.strokes)
    for a, b in zip(
        sorted(once.strokes, key=lambda s: s.bounds().h),
        sorted(twice.strokes, key=lambda s: s.bounds().h),
        strict=True,
    ):
        assert abs(a.width - b.width) < 0.7
        assert abs(a.bounds().x - b.bounds().x) <= 2 and abs(a.bounds().w - b.bounds().w) <= 3


def test_an_artist_gets_strokes_from_a_rough_drawing() -> None:
    grey = np.full((160, 200), 235, np.uint8)
    cv2.line(grey, (20, 80), (180, 70), 60, 3, cv2.LINE_AA)
    cv2.ellipse(grey, (100, 80), (60, 40), 0, 0, 360, 60, 3, cv2.LINE_AA)
    result = run(SimplifyRequest(pixels=grey, form="strokes"), CancelToken(), ignore)
    assert 2 <= len(result.paths) <= 5
    assert all(path.fill is None for path in result.paths)
    outlines = run(SimplifyRequest(pixels=grey), CancelToken(), ignore)
    assert all(path.fill is not None for path in outlines.paths)
