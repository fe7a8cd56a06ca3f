# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a drawing will be, and of what, by asking a network that knows."""

from __future__ import annotations

import numpy as np
import pytest

from ai_tools.suggest.decoder import Decoder
from ai_tools.suggest.guess import SHARES, fitted, kinds, likeness
from ai_tools.suggest.prefix import BOX
from tests.ai_tools.suggest.small import LABELS, SmallEngine, small_engine


class Believer(SmallEngine):
    """A network that expects offsets of one size, and one label's to go right."""

    def __init__(self, expects: float) -> None:
        super().__init__(small_engine().net)
        self.expects = expects / self.entry.task["scale_factor"]

    def __call__(self, part: str, /, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        result = super().__call__(part, **inputs)
        raw = np.full_like(result["raw"], 0)
        told = inputs["condition"] if part == "start" else inputs["context"][:, -len(LABELS) :]
        right = told[:, 1] - told[:, 2]
        shape = (len(raw), *[1] * (raw.ndim - 2), 1)
        raw[..., 6:9] = (right * self.expects).reshape(shape)  # mean of dx
        raw[..., 12:18] = np.log(self.expects)  # sigmas
        return result | {"raw": raw}


def zigzag(step: float, count: int = 12) -> np.ndarray:
    x = np.arange(count) * step
    return np.column_stack([x, step * (np.arange(count) % 2)])


@pytest.mark.parametrize("expects", [12.0, 20.0, 60.0])
def test_the_scale_is_the_one_under_which_the_strokes_are_likeliest(expects: float) -> None:
    line = zigzag(40) + 300
    decoder = Decoder(Believer(expects))
    side = float(np.ptp(line, axis=0).max())
    _, frame = fitted(decoder, [line], side)
    share = side / BOX / frame.unit  # of the whole drawing, that is there already
    assert SHARES[-1] <= share <= 1
    whole = {12.0: 0.45, 20.0: 0.75, 60.0: 1.0}
    assert share == pytest.approx(whole[expects], abs=0.2)


def test_a_larger_canvas_drawing_is_read_the_same() -> None:
    decoder = Decoder(Believer(20.0))
    small, large = zigzag(10), zigzag(10) * 7 + 900
    first, near = fitted(decoder, [small], 110.0)
    second, far = fitted(decoder, [large], 770.0)
    np.testing.assert_array_equal(first, second)
    assert far.unit == pytest.approx(7 * near.unit)


def test_the_kind_is_the_one_under_which_the_strokes_are_likeliest() -> None:
    decoder = Decoder(Believer(20.0))
    to_the_right = np.array([[20, 0, 0]] * 9 + [[20, 0, 1]], np.int16)
    found, _ = kinds(decoder, to_the_right, LABELS)
    assert found.best == "cat" and found.certainty > 0.9
    assert found.probability.sum() == pytest.approx(1)
    assert kinds(decoder, -to_the_right * [1, 1, -1], LABELS)[0].best == "house"


def test_a_told_label_is_certain_and_has_a_state_to_go_on_from() -> None:
    decoder = Decoder(small_engine())
    drawing = np.array([[20, 0, 1]], np.int16)
    found, state = kinds(decoder, drawing, ["house"])
    assert (found.best, found.certainty) == ("house", 1)
    expected, _ = decoder.begin(drawing, decoder.conditions(np.array([2])))
    np.testing.assert_allclose(state.raw, expected.raw, atol=1e-6)


def test_nothing_drawn_may_be_anything() -> None:
    found, _ = kinds(Decoder(small_engine()), np.zeros((0, 3), np.int16), LABELS)
    np.testing.assert_allclose(found.probability, 1 / 3)


def test_a_drawing_is_like_its_own_kind() -> None:
    decoder, random = Decoder(Believer(20.0)), np.random.default_rng(0)
    to_the_right = np.array([[20, 0, 0]] * 9 + [[20, 0, 1]], np.int16)
    own, other = (likeness(decoder, to_the_right, label, random) for label in ("cat", "house"))
    assert other < own <= 0
