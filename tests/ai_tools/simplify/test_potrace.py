# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracing: the same outlines as the potrace program, as shapes in the right place."""

import shutil
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.simplify import libpotrace, potrace
from app.core.geometry import Rect
from app.core.vector import VectorPath, draw_paths
from app.files.svg import read_svg
from app.jobs import Cancelled, CancelToken
from tests.ai_tools.simplify import roughs

needs_library = pytest.mark.skipif(libpotrace.load() is None, reason="libpotrace is not installed")
ENGINES = [pytest.param(False, id="C", marks=needs_library), pytest.param(True, id="Python")]


def _ignore(fraction: float) -> None:
    """Nobody looks."""


def _trace(mask: np.ndarray, **settings_: object) -> potrace.Tracing:
    return potrace.trace(mask, token=CancelToken(), progress=_ignore, **settings_)  # type: ignore[arg-type]


def _drawn(paths: Iterable[VectorPath], shape: tuple[int, ...]) -> np.ndarray:
    return draw_paths(paths, Rect(0, 0, shape[1], shape[0]))[..., 3].astype(float)


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum())


def _ring_with_island() -> np.ndarray:
    mask = np.zeros((80, 100), np.uint8)
    cv2.circle(mask, (40, 30), 25, 1, cv2.FILLED)
    cv2.circle(mask, (40, 30), 16, 0, cv2.FILLED)
    cv2.circle(mask, (40, 30), 6, 1, cv2.FILLED)
    mask[70:76, 80:95] = 1
    return mask


@needs_library
@pytest.mark.skipif(shutil.which("potrace") is None, reason="the potrace program is not installed")
@pytest.mark.parametrize(("speckle", "smoothness", "tolerance"), [(2, 1.0, 0.2), (20, 0.0, 0.5)])
def test_same_outlines_as_the_potrace_program(
    tmp_path: Path, speckle: int, smoothness: float, tolerance: float
) -> None:
    mask = (roughs.rough(3).rough < 150).astype(np.uint8)
    height, width = mask.shape
    bitmap, svg = tmp_path / "a.pbm", tmp_path / "a.svg"
    bitmap.write_bytes(b"P4\n%d %d\n" % (width, height) + np.packbits(mask, axis=1).tobytes())
    command = ["potrace", "-s", "-u", "1000", "-W", f"{width}pt", "-H", f"{height}pt"]
    command += ["-t", str(speckle), "-a", str(smoothness), "-O", str(tolerance)]
    subprocess.run([*command, "-o", svg, bitmap], check=True, timeout=60)
    paths, svg_width, _ = read_svg(svg)
    scale = width / svg_width
    theirs = [p.transformed([[scale, 0, 0], [0, scale, 0]]) for p in paths]
    ours = _trace(mask, speckle=speckle, smoothness=smoothness, tolerance=tolerance).paths
    assert len(ours) == len(theirs)
    assert _overlap(_drawn(ours, mask.shape), _drawn(theirs, mask.shape)) > 0.999


@pytest.mark.parametrize("pure_python", ENGINES)
def test_a_ring_is_one_shape_with_a_hole_and_its_island_another(pure_python: bool) -> None:
    mask = _ring_with_island()
    paths = _trace(mask, pure_python=pure_python).paths
    assert sorted(len(p.subpaths) for p in paths) == [1, 1, 2]
    assert all(s.closed for p in paths for s in p.subpaths)
    assert _overlap(_drawn(paths, mask.shape), mask * 255.0) > 0.93


@needs_library
def test_python_and_c_agree() -> None:
    mask = (roughs.rough(4, size=160).rough < 150).astype(np.uint8)
    c = _drawn(_trace(mask).paths, mask.shape)
    python = _drawn(_trace(mask, pure_python=True).paths, mask.shape)
    assert _overlap(c, python) > 0.97


@pytest.mark.parametrize("pure_python", ENGINES)
def test_shapes_lie_where_the_canvas_says(pure_python: bool) -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[10:20, 30:50] = 1
    (path,) = _trace(
        mask, origin=(100, 200), scale=2, fill=(1, 2, 3, 4), smoothness=0, pure_python=pure_python
    ).paths
    points = np.vstack([s.points for s in path.subpaths])
    assert np.allclose(points.min(axis=0), (115, 205))
    assert np.allclose(points.max(axis=0), (125, 210))
    assert path.fill == (1, 2, 3, 4)


@needs_library
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), width=st.integers(1, 130), height=st.integers(1, 40))
def test_any_bitmap_is_covered_by_its_shapes(seed: int, width: int, height: int) -> None:
    blobs = cv2.GaussianBlur(np.random.default_rng(seed).random((height, width)), (0, 0), 2)
    mask = (blobs > 0.5).astype(np.uint8)
    drawn = _drawn(_trace(mask, speckle=0).paths, mask.shape)
    inside = cv2.erode(mask, np.ones((5, 5), np.uint8), borderValue=0)
    outside = cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0
    assert (drawn[inside > 0] == 255).all()
    assert (drawn[outside] == 0).all()


@pytest.mark.parametrize("pure_python", ENGINES)
def test_speckles_are_left_out(pure_python: bool) -> None:
    mask = _ring_with_island()
    mask[2:5, 2:5] = 1
    assert len(_trace(mask, speckle=2, pure_python=pure_python).paths) == 4
    assert len(_trace(mask, speckle=10, pure_python=pure_python).paths) == 3


@needs_library
def test_smoothness_decides_about_corners() -> None:
    mask = np.zeros((60, 60), np.uint8)
    mask[10:50, 10:50] = 1
    area = {s: _drawn(_trace(mask, smoothness=s).paths, mask.shape).sum() for s in (0.0, 1.3)}
    assert area[0.0] > area[1.3] + 10 * 255


def test_an_empty_mask_has_no_shapes() -> None:
    assert _trace(np.zeros((5, 5), np.uint8)) == potrace.Tracing(())


@pytest.mark.parametrize("pure_python", ENGINES)
def test_a_cancelled_token_stops_the_tracing(pure_python: bool) -> None:
    token = CancelToken()
    mask = (roughs.rough(3).rough < 150).astype(np.uint8)
    with pytest.raises(Cancelled):
        potrace.trace(mask, token=token, progress=lambda _: token.cancel(), pure_python=pure_python)


@needs_library
def test_cancelling_does_not_wait_for_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(libpotrace, "trace", lambda *_: released.wait(60) and [])
    token = CancelToken()
    with pytest.raises(Cancelled):
        potrace.trace(_ring_with_island(), token=token, progress=lambda _: token.cancel())
    assert not released.is_set()
    released.set()


def test_without_the_library_python_traces_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpotrace, "load", lambda: None)
    result = _trace(_ring_with_island())
    assert len(result.paths) == 3
    assert "libpotrace0" in result.notices[0]


def test_too_much_for_python_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(potrace, "PYTHON_EDGE_LIMIT", 100)
    with pytest.raises(potrace.PotraceMissing, match="libpotrace0"):
        _trace(_ring_with_island(), pure_python=True)
