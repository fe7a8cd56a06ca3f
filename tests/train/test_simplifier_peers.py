# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways that networks are measured against."""

import cv2
import numpy as np
import pytest

from train import simplifier_peers
from train.metrics.lines import centre_lines, line_scores
from train.simplifier_peers import peers

FOUND = peers((0.25, 0.5))
WAYS = FOUND.ways


@pytest.fixture(scope="module")
def firm() -> np.ndarray:
    """A ring and a line, crisp on white."""
    rough = np.full((150, 201), 255, np.uint8)
    cv2.ellipse(rough, (90, 60), (60, 40), 0, 0, 360, 0, 3, cv2.LINE_AA)
    cv2.line(rough, (20, 130), (180, 120), 0, 3, cv2.LINE_AA)
    return rough


@pytest.mark.parametrize("name", WAYS)
def test_every_way_finds_firm_lines_on_white_where_they_are(name: str, firm: np.ndarray) -> None:
    drawn = WAYS[name](firm).mask
    assert drawn.shape == firm.shape
    assert drawn.dtype == bool
    if not name.startswith(("thinning", "skeletonize", "autotrace")):  # these know no width
        assert line_scores(drawn, firm < 128).f[8] > 0.97
    middle = line_scores(centre_lines(drawn), centre_lines(firm < 128))
    assert middle.chamfer < 2.5 / 201


@pytest.mark.parametrize("name", sorted(WAYS.keys() - {"otsu", "thinning", "skeletonize"}))
def test_every_way_leaves_blank_paper_blank(name: str) -> None:
    # Otsu's threshold always splits; there is nothing it could leave.
    assert not WAYS[name](np.full((80, 90), 250, np.uint8)).mask.any()


@pytest.mark.parametrize("name", sorted(WAYS.keys() - {"input", "otsu", "adaptive"}))
def test_vector_ways_say_what_they_drew_a_ring_and_a_line_with(name: str, firm: np.ndarray) -> None:
    economy = WAYS[name](firm).economy
    assert economy is not None
    assert 2 <= economy.strokes <= 6  # an outlined ring is two curves
    assert 8 <= economy.points < 400


def test_the_programs_strokes_are_as_few_as_the_lines(firm: np.ndarray) -> None:
    strokes = WAYS["classic_0.5_strokes"](firm).economy
    outlines = WAYS["classic_0.5"](firm).economy
    assert strokes is not None and outlines is not None
    assert strokes.strokes == 2
    assert strokes.points < outlines.points


def test_pixels_alone_have_no_strokes(firm: np.ndarray) -> None:
    assert WAYS["adaptive"](firm).economy is None


def test_what_is_not_installed_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simplifier_peers, "find_spec", lambda name: None)
    monkeypatch.setattr(simplifier_peers.shutil, "which", lambda name: None)
    few = peers((0.5,))
    assert {"skeletonize", "potrace", "autotrace", "vtracer"} <= few.missing.keys()
    assert "pyautotrace" in few.missing["autotrace"]
    assert not few.missing.keys() & few.ways.keys()
    assert {"otsu", "thinning", "classic_0.5"} <= few.ways.keys()


def test_every_name_is_either_there_or_missing() -> None:
    everything = WAYS.keys() | FOUND.missing.keys()
    for name in ("skeletonize", "potrace", "autotrace", "vtracer"):
        assert name in everything
    assert "learned_0.5" in WAYS or "learned" in FOUND.missing
