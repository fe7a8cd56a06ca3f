# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing on: whole strokes, as many as asked for, and it can be stopped."""

from __future__ import annotations

import numpy as np
import pytest

from ai_tools.suggest.continuing import LONGEST_STROKE, completeness, draw_on
from ai_tools.suggest.decoder import Decoder, State
from app.jobs import Cancelled, CancelToken
from tests.ai_tools.suggest.small import SmallEngine, small_engine

DRAWING = np.array([[40, 0, 0], [0, 30, 1], [5, 5, 1]], np.int16)


def begun(engine: SmallEngine, rows: int = 6) -> tuple[Decoder, State]:
    decoder = Decoder(engine)
    state, _ = decoder.begin(DRAWING, decoder.conditions(np.arange(rows) % 3))
    return decoder, state


class Always(SmallEngine):
    """A network whose pen always does the same."""

    def __init__(self, pen: int) -> None:
        super().__init__(small_engine().net)
        self.pen = pen

    def __call__(self, part: str, /, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        result = super().__call__(part, **inputs)
        raw = result["raw"].copy()
        raw[..., :3] = -30
        raw[..., self.pen] = 30
        return result | {"raw": raw}


@pytest.mark.parametrize("strokes", [1, 3])
def test_each_way_has_up_to_so_many_whole_strokes(strokes: int) -> None:
    decoder, state = begun(small_engine())
    random = np.random.default_rng(0)
    found = draw_on(decoder, state, strokes, 0.5, random, CancelToken(), 200)
    assert {c.row for c in found} == set(range(6))
    for continuation in found:
        lifts = continuation.rows[:, 2]
        assert lifts[-1] == 1 and 1 <= lifts.sum() <= strokes


def test_the_same_seed_draws_the_same_and_another_something_else() -> None:
    decoder, state = begun(small_engine())

    def rows(seed: int) -> list[list[list[float]]]:
        random = np.random.default_rng(seed)
        found = draw_on(decoder, state, 2, 0.5, random, CancelToken(), 200)
        return [c.rows.tolist() for c in found]

    assert rows(4) == rows(4)
    assert rows(4) != rows(5)


def test_asked_for_a_stroke_there_is_one_though_the_drawing_be_finished() -> None:
    decoder, state = begun(Always(2))
    np.testing.assert_allclose(completeness(state), 1)
    found = draw_on(decoder, state, 3, 0.4, np.random.default_rng(0), CancelToken(), 200)
    assert found and all(c.rows[:, 2].sum() == 1 for c in found)
    assert all(c.ended for c in found)


def test_a_pen_that_never_lifts_is_lifted() -> None:
    decoder, state = begun(Always(0))
    found = draw_on(decoder, state, 1, 0.4, np.random.default_rng(0), CancelToken(), 200)
    assert [len(c.rows) for c in found] == [LONGEST_STROKE + 1] * 6


def test_what_is_no_whole_stroke_in_time_is_left_out() -> None:
    decoder, state = begun(Always(0))
    assert draw_on(decoder, state, 1, 0.4, np.random.default_rng(0), CancelToken(), 9) == []


def test_it_stops_between_points_when_told_to() -> None:
    engine = small_engine()
    decoder, state = begun(engine)
    token = CancelToken()
    token.cancel()
    before = len(engine.calls)
    with pytest.raises(Cancelled):
        draw_on(decoder, state, 1, 0.4, np.random.default_rng(0), token, 200)
    assert len(engine.calls) == before
