# SPDX-License-Identifier: GPL-3.0-or-later
"""From strokes and wishes to alternatives, over a small untrained network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ai_tools import engine as engine_module
from ai_tools.nets.ai_sketcher import AiSketcher
from ai_tools.suggest import infer
from ai_tools.suggest.infer import SuggestRequest, run
from app.core.geometry import Rect
from app.core.selection import Selection
from app.jobs import BadInput, Cancelled, CancelToken
from tests.ai_tools.suggest.small import LABELS, SMALL, TASK, circle, small_engine, stroke
from train.common.export import export_weights

FACE = (circle(400, 300, 150), circle(340, 260, 20), circle(460, 260, 20))


def quiet(fraction: float, text: str) -> None:
    assert 0 <= fraction <= 1 and text


def asked(request: SuggestRequest) -> infer.SuggestResult:
    return run(request, CancelToken(), quiet, small_engine())


def test_alternatives_are_pen_strokes_near_the_drawing() -> None:
    result = asked(SuggestRequest(strokes=FACE, count=2, canvas=Rect(0, 0, 800, 600)))
    assert 1 <= len(result.alternatives) <= 3
    assert result.used == FACE
    for alternative in result.alternatives:
        assert alternative.category in LABELS
        assert 1 <= len(alternative.strokes) <= 2
        for points in alternative.strokes:
            assert points.dtype == np.float32 and points.shape[1] == 4
            assert ((points[:, :2] > -200) & (points[:, :2] < 1000)).all()
            assert ((points[:, 2] >= 0) & (points[:, 2] <= 1)).all()
            assert (np.diff(points[:, 3]) >= 0).all()


def test_the_same_request_has_the_same_answer() -> None:
    request = SuggestRequest(strokes=FACE, seed=3)
    first, again, other = asked(request), asked(request), asked(replace(request, seed=4))
    for a, b in zip(first.alternatives, again.alternatives, strict=True):
        np.testing.assert_array_equal(a.strokes[0], b.strokes[0])
    assert not np.array_equal(first.alternatives[0].strokes[0], other.alternatives[0].strokes[0])


def test_suggestions_come_at_the_artist_s_scale_and_place() -> None:
    request = SuggestRequest(strokes=FACE, seed=1, count=3)
    moved = tuple(s.transformed([[4, 0, 100], [0, 4, -50]]) for s in FACE)
    near, far = asked(request), asked(replace(request, strokes=moved))
    for a, b in zip(near.alternatives, far.alternatives, strict=True):
        for p, q in zip(a.strokes, b.strokes, strict=True):
            np.testing.assert_allclose(q[:, :2], p[:, :2] * 4 + (100, -50), atol=0.01)


def test_a_told_category_is_not_guessed() -> None:
    result = asked(SuggestRequest(strokes=FACE, category="cat"))
    assert result.guess == ("cat", 1.0)
    assert {a.category for a in result.alternatives} == {"cat"}


def test_an_unknown_category_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="“quokka” is none of the 3 things"):
        asked(SuggestRequest(strokes=FACE, category="quokka"))


def test_a_new_drawing_fills_its_place() -> None:
    place = Rect(100, 50, 300, 200)
    result = asked(SuggestRequest(category="house", count=20, place=place))
    assert result.alternatives and result.used == ()
    for alternative in result.alternatives:
        points = np.concatenate([s[:, :2] for s in alternative.strokes])
        low, high = points.min(0), points.max(0)
        assert (low > (99, 49)).all() and (high < (401, 251)).all()
        assert max((high - low) / (300, 200)) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    "strokes",
    [
        (stroke([[50, 60]]),),
        (circle(2000, 1500, 1400),),
        (circle(20, 20, 0.8),),
        tuple(circle(40 * i, 90, 15, 9) for i in range(250)),
        (stroke(np.random.default_rng(0).uniform(0, 500, (3000, 2))),),
    ],
    ids=["one dot", "huge", "tiny", "hundreds of strokes", "an endless scribble"],
)
def test_any_drawing_can_be_gone_on_from(strokes: tuple[infer.Stroke, ...]) -> None:
    for alternative in asked(SuggestRequest(strokes=strokes)).alternatives:
        assert all(np.isfinite(points).all() for points in alternative.strokes)


def test_strokes_outside_the_selection_are_not_read_and_none_are_suggested_there() -> None:
    area = Selection.rectangle(Rect(200, 100, 400, 400))
    elsewhere = circle(700, 300, 40)
    request = SuggestRequest(strokes=(*FACE, elsewhere), selection=area)
    result = asked(request)
    assert result.used == FACE
    for alternative in result.alternatives:
        points = np.concatenate([s[:, :2] for s in alternative.strokes])
        inside = ((points >= (200, 100)) & (points < (600, 500))).all(1)
        assert inside.mean() > 0.7


def test_nothing_to_go_on_from_is_said_in_a_sentence() -> None:
    with pytest.raises(BadInput, match="erasers"):
        asked(SuggestRequest(strokes=(stroke([[0, 0], [9, 9]], erase=True),)))
    area = Selection.rectangle(Rect(0, 0, 9, 9))
    with pytest.raises(BadInput, match="inside the selection"):
        asked(SuggestRequest(strokes=FACE, selection=area))


@pytest.mark.parametrize("wrong", [{"count": 0}, {"alternatives": 9}, {"temperature": 1.5}])
def test_wishes_out_of_range_are_mistakes(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not within"):
        SuggestRequest(**wrong)  # type: ignore[arg-type]


def test_a_cancelled_run_ends() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        run(SuggestRequest(strokes=FACE), token, quiet, small_engine())


def test_it_runs_on_exported_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(3)
    export_weights(
        AiSketcher(SMALL).eval(),
        name=infer.NAME,
        tool="suggest",
        net_name="ai_sketcher",
        task=dict(TASK),
        data=[],
        metrics={},
        story="",
        folder=tmp_path,
    )
    opened = engine_module.open_engine(infer.NAME, folder=tmp_path)
    monkeypatch.setattr(engine_module, "open_engine", lambda name: opened)
    result = run(SuggestRequest(strokes=FACE), CancelToken(), quiet)
    assert result.guess[0] in LABELS
