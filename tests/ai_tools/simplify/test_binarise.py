# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic engine against known clean lines: better than a plain threshold, and steady."""

import itertools

import cv2
import numpy as np
import pytest

from ai_tools.simplify import binarise
from ai_tools.simplify.binarise import Binary
from app.jobs import Cancelled, CancelToken
from tests.ai_tools.simplify import roughs


def _ignore(fraction: float) -> None:
    """Nobody looks."""


def _binarise(pixels: np.ndarray, strength: float = 0.5, speckle: float = 8) -> Binary:
    return binarise.binarise(pixels, None, strength, speckle, CancelToken(), _ignore)


def _picture(found: Binary, shape: tuple[int, int]) -> np.ndarray:
    """The lines at picture size, black on white."""
    grey = cv2.resize(255 - 255 * found.mask, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.where(grey < 128, 0, 255).astype(np.uint8)


def _otsu(grey: np.ndarray) -> np.ndarray:
    return cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]


ROUGHS = {
    "even light": roughs.rough(1),
    "dark corner, grainy paper": roughs.rough(2, light=0.6, noise=9),
    "five wide passes": roughs.rough(3, passes=5, apart=2.5),
}


@pytest.mark.parametrize("drawing", ROUGHS.values(), ids=ROUGHS)
@pytest.mark.parametrize(("strength", "good"), [(0.5, 0.86), (1.0, 0.88)])
def test_finds_the_meant_line_better_than_a_plain_threshold(
    drawing: roughs.Rough, strength: float, good: float
) -> None:
    result = _picture(_binarise(drawing.rough, strength), drawing.clean.shape)
    plain = _otsu(drawing.rough)
    assert roughs.f_score(result, drawing.clean) > good
    assert roughs.f_score(result, drawing.clean) > roughs.f_score(plain, drawing.clean)
    if strength < 1:  # a bundle drawn as one thin line lies off the meant line here and there
        assert roughs.chamfer(result, drawing.clean) < roughs.chamfer(plain, drawing.clean)


def test_strength_nought_keeps_faint_lines_and_half_drops_them() -> None:
    with_lines = roughs.rough(1, construction=6, noise=2)
    without = roughs.rough(1, construction=0, noise=2)
    faint = with_lines.rough.astype(int) < without.rough.astype(int) - 15
    faint &= cv2.erode(with_lines.clean, np.ones((25, 25))) > 0  # away from the dark lines
    faint = cv2.morphologyEx(faint.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3))) > 0
    kept = [
        (_picture(_binarise(with_lines.rough, s), faint.shape)[faint] == 0).mean()
        for s in (0.0, 0.5)
    ]
    assert kept[0] > 0.5
    assert kept[1] < 0.02


@pytest.mark.parametrize("seed", [5, 6])
def test_more_strength_leaves_fewer_marks_and_less_ink(seed: int) -> None:
    drawing = roughs.rough(seed, construction=10).rough
    found = [_binarise(drawing, s) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    marks = [cv2.connectedComponents(f.mask)[0] for f in found]
    ink = [int(f.mask.sum()) for f in found]
    assert marks[0] > marks[2] + 5
    assert marks[2] >= marks[4] - 1  # a merged line may part in two
    assert all(b < 1.02 * a for a, b in itertools.pairwise(ink))
    assert ink[-1] < 0.8 * ink[0]


def test_doubled_lines_become_one_at_full_strength() -> None:
    page = np.full((160, 300), 240, np.uint8)
    for y in (70, 79):
        cv2.line(page, (20, y), (280, y), 60, 3, cv2.LINE_AA)
    assert cv2.connectedComponents(_binarise(page, 0.0).mask)[0] - 1 == 2
    assert cv2.connectedComponents(_binarise(page, 1.0).mask)[0] - 1 == 1


def test_clean_ink_stays_as_it_is_at_half_strength() -> None:
    page = roughs.clean(roughs.curves())
    result = _picture(_binarise(page, 0.5), page.shape)
    assert roughs.f_score(result, page, tolerance=0.003) > 0.99
    assert 0.85 < (result == 0).sum() / (page < 128).sum() < 1.2


def test_more_speckle_leaves_fewer_marks() -> None:
    page = roughs.clean(roughs.curves())
    rng = np.random.default_rng(0)
    for x, y in rng.integers(5, 350, (60, 2)):
        side = int(rng.integers(2, 6))
        page[y : y + side, x : x + side] = 0
    marks = [cv2.connectedComponents(_binarise(page, 0, s).mask)[0] for s in (0, 6, 14, 30)]
    assert marks == sorted(marks, reverse=True)
    assert marks[0] > marks[-1] + 20


@pytest.mark.parametrize("turn", range(4))
def test_a_turned_drawing_gives_turned_lines(turn: int) -> None:
    drawing = roughs.rough(6, noise=2).rough
    straight = _picture(_binarise(drawing), drawing.shape)
    turned = _picture(_binarise(np.rot90(drawing, turn).copy()), drawing.shape)
    assert roughs.f_score(np.rot90(turned, -turn), straight, tolerance=0.003) > 0.995


def test_the_same_lines_at_twice_the_size() -> None:
    drawing = roughs.rough(7, noise=2).rough
    large = cv2.resize(drawing, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    small_result = _picture(_binarise(drawing), drawing.shape)
    large_result = _picture(_binarise(large), drawing.shape)
    assert roughs.f_score(large_result, small_result, tolerance=0.006) > 0.98


@pytest.mark.parametrize("strength", [0.0, 0.6])
def test_tiles_make_no_difference(monkeypatch: pytest.MonkeyPatch, strength: float) -> None:
    drawing = roughs.rough(8).rough
    whole = _binarise(drawing, strength).mask
    monkeypatch.setattr(binarise, "TILE", 128)
    tiled = _binarise(drawing, strength).mask
    assert (whole != tiled).mean() < 0.0005


@pytest.mark.parametrize("noise", [0, 3, 12])
def test_blank_paper_has_no_lines(noise: float) -> None:
    paper = 230 + np.random.default_rng(0).normal(0, noise, (300, 260))
    paper *= np.linspace(1, 0.6, 260)
    found = _binarise(np.clip(paper, 0, 255).astype(np.uint8), 0.5)
    assert not found.mask.any()
    assert found.line_width == 0


def test_lines_at_the_edge_get_no_frame() -> None:
    page = np.full((200, 200), 235, np.uint8)
    cv2.line(page, (0, 100), (199, 60), 50, 3, cv2.LINE_AA)
    result = _picture(_binarise(page), page.shape)
    rows = np.flatnonzero((result[:, :3] == 0).any(axis=1))
    assert rows.min() >= 95
    assert rows.max() <= 105
    assert (result[[0, -1]] == 255).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (2, 3), (7, 7), (33, 1000)])
@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_odd_sizes(shape: tuple[int, int], strength: float) -> None:
    rng = np.random.default_rng(0)
    found = _binarise(rng.integers(0, 256, shape).astype(np.uint8), strength)
    assert found.mask.shape == tuple(int(np.ceil(s * found.scale)) for s in shape)
    assert set(np.unique(found.mask)) <= {0, 1}


def test_all_black_and_noise_do_not_break_it() -> None:
    rng = np.random.default_rng(1)
    for page in (np.zeros((90, 90), np.uint8), rng.integers(0, 256, (90, 90, 4)).astype(np.uint8)):
        assert _binarise(page).mask.max() <= 1


def test_thick_lines_are_worked_on_at_half_size() -> None:
    page = np.full((601, 803), 240, np.uint8)
    cv2.circle(page, (400, 300), 200, 40, 17, cv2.LINE_AA)
    found = _binarise(page)
    assert found.scale == 0.5
    assert found.mask.shape == (301, 402)
    assert 14 < found.line_width < 20


def test_stops_between_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binarise, "TILE", 64)
    token = CancelToken()
    seen: list[float] = []

    def report(done: float) -> None:
        seen.append(done)
        if len(seen) == 3:
            token.cancel()

    with pytest.raises(Cancelled):
        binarise.binarise(roughs.rough(1).rough, None, 0.5, 8, token, report)
    assert len(seen) == 3
