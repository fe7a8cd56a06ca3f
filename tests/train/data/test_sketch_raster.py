# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings as pictures: strokes are kept apart, fill the picture, and are not mirrored."""

import numpy as np

from train.data.sketch_raster import box_of, draw_completion, draw_sketch, polylines

TWO_STROKES = np.array([[10, 0, 0], [0, 10, 1], [5, 5, 0], [1, 0, 1]], np.float32)


def test_strokes_end_where_the_pen_lifts() -> None:
    first, second = polylines(TWO_STROKES)
    assert first.tolist() == [[0, 0], [10, 0], [10, 10]]
    assert second.tolist() == [[15, 15], [16, 15]]
    low, side = box_of([first, second])
    assert low.tolist() == [0, 0] and side == 16


def test_an_empty_drawing_is_blank_paper() -> None:
    assert (draw_sketch(np.zeros((0, 3), np.float32), 20) == 255).mean() > 0.9
    assert (draw_completion(np.zeros((0, 3)), np.zeros((0, 3)), 20) == 255).mean() > 0.9


def test_a_drawing_fills_the_picture_whatever_its_scale() -> None:
    for scale in (0.01, 1, 300):
        points = np.array([[scale, 0, 0], [0, scale, 0], [-scale, 0, 0], [0, -scale, 1]])
        ink = np.argwhere(draw_sketch(points, 64) < 128)
        assert ink.min() <= 5 and ink.max() >= 58


def test_y_points_down() -> None:
    ink = np.argwhere(draw_sketch(np.array([[0, 10, 0], [10, 0, 1]], np.float32), 64) < 128)
    bottom = ink[ink[:, 0] > 50]
    assert np.ptp(bottom[:, 1]) > 40


def test_given_ink_is_black_and_continued_ink_blue() -> None:
    image = draw_completion(TWO_STROKES[:2], TWO_STROKES[2:], 64).astype(int)
    dark = image.sum(2) < 200
    blue = (image[..., 2] - image[..., 0]) > 100
    assert dark.sum() > 50 and blue.sum() > 5
    # The pen was up between the two: no blue line starts at the end of the black one.
    assert not (blue & np.roll(dark, 2, 0)).any()
