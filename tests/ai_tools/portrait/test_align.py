# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the paper, the ink and the head in drawings of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.portrait import align
from ai_tools.portrait.finish import cut
from app.files.raster import read_image
from app.jobs import BadInput
from tests.ai_tools.portrait.fakes import face, on_clear, on_paper

SAMPLES = Path(__file__).resolve().parents[3] / "resources" / "samples"


def ink_of(sheet: align.Sheet) -> np.ndarray:
    return 1 - sheet.picture.mean(axis=2)


@pytest.mark.parametrize(
    "pixels",
    [
        on_paper(face()),
        on_paper(face(), (240, 205, 180)),
        on_paper(face() // 3),
        on_clear(face()),
        on_clear(face(), grey=250),
        on_paper(255 - face()),
    ],
    ids=["white", "tinted", "faint", "layer", "chalk on a layer", "white on black"],
)
def test_every_medium_becomes_dark_ink_on_white_paper(pixels: np.ndarray) -> None:
    sheet = align.on_white_paper(pixels)
    drawn = face() > 200
    assert not sheet.painted
    assert ink_of(sheet)[drawn].mean() > 0.75
    assert ink_of(sheet)[face() == 0].mean() < 0.02
    assert sheet.ink[drawn].mean() > 0.99
    assert sheet.ink.mean() < 2 * drawn.mean() + 0.02


def test_nothing_drawn_is_said() -> None:
    for blank in (np.zeros((50, 40, 4), np.uint8), np.full((50, 40, 4), 255, np.uint8)):
        with pytest.raises(BadInput, match="nothing drawn"):
            align.on_white_paper(blank)


def test_only_what_is_selected_is_read() -> None:
    mask = np.zeros((200, 200), np.uint8)
    mask[:, :100] = 255
    for pixels in (on_paper(face()), on_clear(face())):
        sheet = align.on_white_paper(pixels, mask)
        assert sheet.ink[:, :100].any() and not sheet.ink[:, 100:].any()
        assert (sheet.picture[:, 100:] > 0.99).all()
        with pytest.raises(BadInput):
            align.on_white_paper(pixels, np.zeros_like(mask))


def test_a_painting_without_paper_is_taken_whole() -> None:
    rng = np.random.default_rng(1)
    colours = rng.integers(0, 256, (60, 90, 3), np.uint8)
    sheet = align.on_white_paper(np.dstack([colours, np.full((60, 90), 255, np.uint8)]))
    assert sheet.painted and sheet.ink.all()
    np.testing.assert_allclose(sheet.picture, colours[..., ::-1] / 255, atol=1e-6)
    frame = align.whole_frame(90, 60, (10, 20))
    assert (frame.x, frame.y, frame.side) == (55, 50, 90)


def test_a_bust_is_framed_as_in_training() -> None:
    frame = align.head_frame(face(400, 0.5, 0.5, 0.5) > 127)
    # The head reaches from 0.27 to 0.73 of the picture's height, its middle is at 0.5.
    crown = (0.27 * 400 - (frame.y - frame.side / 2)) / frame.side
    chin = (0.73 * 400 - (frame.y - frame.side / 2)) / frame.side
    assert abs(crown - align.CROWN) < 0.03
    assert abs(chin - align.CHIN) < 0.1
    assert abs(frame.x - 200) < 0.03 * frame.side


def test_a_head_without_a_neck_is_framed_alike() -> None:
    bust = face(400, 0.5, 0.5, 0.5) > 127
    head = bust.copy()
    head[round(0.735 * 400) :] = False
    one, other = align.head_frame(bust), align.head_frame(head)
    assert abs(np.log(one.side / other.side)) < 0.25
    assert abs(one.x - other.x) < 0.05 * one.side


@given(st.integers(0, 300), st.integers(0, 200), st.integers(180, 420), st.integers(-99, 99))
@settings(max_examples=25)
def test_the_frame_moves_and_grows_with_the_drawing(x: int, y: int, side: int, origin: int) -> None:
    drawing = face(side, size=0.55) > 127
    small = align.head_frame(drawing)
    canvas = np.zeros((y + side + 50, x + side + 10), bool)
    canvas[y : y + side, x : x + side] = drawing
    frame = align.head_frame(canvas, (origin, -origin))
    assert abs(np.log(frame.side / small.side)) < 0.12
    assert abs(frame.x - origin - x - small.x) < 0.05 * small.side
    assert abs(frame.y + origin - y - small.y) < 0.08 * small.side


def test_a_scribble_beside_the_head_does_not_count() -> None:
    ink = face(400, 0.4, 0.6, 0.5)
    alone = align.head_frame(ink > 127)
    ink[5:20, 330:390] = 255
    with_scribble = align.head_frame(ink > 127)
    assert abs(with_scribble.side - alone.side) < 0.05 * alone.side
    assert abs(with_scribble.y - alone.y) < 0.05 * alone.side


def test_a_single_dot_still_has_a_frame() -> None:
    ink = np.zeros((30, 30), bool)
    ink[12, 20] = True
    frame = align.head_frame(ink)
    assert frame.side >= 8 and abs(frame.x - 20.5) < 1


def test_the_shipped_sketch_of_a_girl_is_found_below_the_arrow() -> None:
    pixels = read_image(SAMPLES / "rough-portrait.webp")
    sheet = align.on_white_paper(pixels)
    frame = align.head_frame(sheet.ink)
    assert 700 < frame.side < 1250  # her head, hair to chin, is about 480 of 1138 pixels high
    assert 200 < frame.x < 440
    shown = cut(sheet.picture, (0, 0), frame, 128)
    assert shown.shape == (128, 128, 3) and 0.02 < 1 - shown.mean() < 0.5
