# SPDX-License-Identifier: GPL-3.0-or-later
"""Simplify Lines as the dock and the command line call it."""

import dataclasses
import itertools
import threading

import cv2
import numpy as np
import pytest

from ai_tools.simplify import binarise, infer
from ai_tools.simplify.infer import SimplifyRequest, SimplifyResult
from app.core.geometry import Rect
from app.core.vector import draw_paths
from app.jobs import BadInput, Cancelled, CancelToken
from tests.ai_tools.simplify import roughs

ROUGH = roughs.rough(1).rough


def _run(pixels: np.ndarray, **settings: object) -> SimplifyResult:
    request = SimplifyRequest(pixels, **settings)  # type: ignore[arg-type]
    return infer.run(request, CancelToken(), lambda fraction, text: None)


def _drawn(result: SimplifyResult, x: int, y: int, width: int, height: int) -> np.ndarray:
    return draw_paths(result.paths, Rect(x, y, width, height))[..., 3]


def test_shapes_and_bitmap_show_the_same_lines() -> None:
    result = _run(ROUGH, colour=(10, 20, 30, 255))
    drawn = _drawn(result, 0, 0, *ROUGH.shape[::-1]) > 127
    binary = result.binary > 127
    assert result.binary.shape == ROUGH.shape
    assert result.notices == ()
    assert (drawn & binary).sum() / (drawn | binary).sum() > 0.9
    assert {p.fill for p in result.paths} == {(10, 20, 30, 255)}


def test_the_result_is_close_to_the_meant_line() -> None:
    drawing = roughs.rough(1)
    result = _run(drawing.rough)
    picture = 255 - _drawn(result, 0, 0, *ROUGH.shape[::-1])
    assert roughs.f_score(picture, drawing.clean) > 0.94
    assert roughs.chamfer(picture, drawing.clean) < 0.0015


def test_origin_moves_the_shapes_over_the_canvas() -> None:
    at_home = _run(ROUGH)
    moved = _run(ROUGH, origin=(-70, 1000))
    assert len(moved.paths) == len(at_home.paths)
    first, second = at_home.paths[0].subpaths[0].points, moved.paths[0].subpaths[0].points
    assert np.allclose(second - first, (-70, 1000))


def test_a_selection_limits_the_lines() -> None:
    mask = np.zeros(ROUGH.shape, np.uint8)
    mask[40:250, 20:200] = 255
    result = _run(ROUGH, mask=mask)
    assert result.paths
    assert not result.binary[mask < 128].any()
    drawn = _drawn(result, 0, 0, *ROUGH.shape[::-1])
    outside = cv2.erode((mask < 128).view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert not drawn[outside].any()
    everywhere = _run(ROUGH).binary
    inside = cv2.erode(mask, np.ones((25, 25), np.uint8)) > 0
    assert (everywhere[inside] != result.binary[inside]).mean() < 0.02


def test_an_empty_selection_finds_nothing_and_says_so() -> None:
    result = _run(ROUGH, mask=np.zeros(ROUGH.shape, np.uint8))
    assert result.paths == ()
    assert result.notices == (infer.NOTHING_FOUND,)


@pytest.mark.parametrize("alpha", [0, 255])
def test_a_blank_layer_finds_nothing_and_says_so(alpha: int) -> None:
    result = _run(np.full((90, 120, 4), alpha, np.uint8))
    assert result.paths == ()
    assert result.notices == (infer.NOTHING_FOUND,)
    assert not result.binary.any()


def test_ink_on_a_transparent_layer_gives_the_same_lines_as_on_white() -> None:
    page = roughs.clean(roughs.curves())
    layer = np.zeros((*page.shape, 4), np.uint8)
    layer[..., 3] = 255 - page
    on_white, on_nothing = _run(page).binary, _run(layer).binary
    assert (on_white != on_nothing).mean() < 0.001


def test_more_speckle_and_more_strength_give_fewer_shapes() -> None:
    dotted = ROUGH.copy()
    for x, y in np.random.default_rng(0).integers(5, 350, (40, 2)):
        dotted[y : y + 3, x : x + 3] = 40
    by_speckle = [len(_run(dotted, strength=0.0, speckle=s).paths) for s in (0, 12, 60)]
    by_strength = [len(_run(dotted, speckle=0, strength=s).paths) for s in (0.0, 0.5, 1.0)]
    assert by_speckle == sorted(by_speckle, reverse=True)
    assert by_strength == sorted(by_strength, reverse=True)
    assert by_speckle[0] > by_speckle[-1]
    assert by_strength[0] > by_strength[-1]


@pytest.mark.parametrize("shape", [(1, 1, 4), (1, 300), (300, 1, 4), (5, 5)])
def test_tiny_pictures(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert _run(pixels, strength=1.0).binary.shape == shape[:2]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pixels": np.zeros((0, 5), np.uint8)}, "empty"),
        ({"pixels": np.zeros((5, 5, 3), np.uint8)}, "8-bit grey or BGRA"),
        ({"pixels": np.zeros((5, 5), np.float32)}, "8-bit grey or BGRA"),
        ({"pixels": np.broadcast_to(np.uint8(0), (20_000, 20_000))}, "20000 × 20000"),
        ({"mask": np.zeros((4, 5), np.uint8)}, "selection"),
        ({"strength": 1.01}, "strength"),
        ({"strength": float("nan")}, "strength"),
        ({"speckle": -1}, "Speckle"),
        ({"smoothness": 1.5}, "Smoothness"),
        ({"engine": "magic"}, "classic"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    change: dict[str, object], reason: str
) -> None:
    request = dataclasses.replace(SimplifyRequest(np.zeros((5, 5), np.uint8)), **change)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=reason):
        infer.run(request, CancelToken(), lambda fraction, text: None)


def test_progress_only_grows_and_ends_at_one() -> None:
    seen: list[float] = []
    request = SimplifyRequest(ROUGH)
    infer.run(request, CancelToken(), lambda fraction, text: seen.append(fraction))
    assert all(a <= b for a, b in itertools.pairwise(seen))
    assert (seen[0], seen[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("when", [0.0, 0.2, 0.5, 0.66, 0.8])
def test_can_be_cancelled_at_any_stage(monkeypatch: pytest.MonkeyPatch, when: float) -> None:
    monkeypatch.setattr(binarise, "TILE", 128)
    token = CancelToken()

    def progress(fraction: float, text: str) -> None:
        if fraction >= when:
            token.cancel()

    with pytest.raises(Cancelled):
        infer.run(SimplifyRequest(ROUGH, strength=0.7), token, progress)


def test_runs_in_several_threads_at_once() -> None:
    alone = _run(ROUGH).binary
    results: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: results.append(_run(ROUGH).binary)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    assert all(np.array_equal(alone, other) for other in results)
