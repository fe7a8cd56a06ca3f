# SPDX-License-Identifier: GPL-3.0-or-later
"""The learned engine: tiles without seams, and on the shipped weights, lines where they are."""

from typing import Any

import cv2
import numpy as np
import pytest

from ai_tools.simplify import learned
from ai_tools.simplify.infer import SimplifyRequest, run
from ai_tools.weights import WEIGHTS, Entry, read_manifest
from app.jobs import Cancelled, CancelToken
from tests.ai_tools.simplify import roughs


class BlurEngine:
    """Stands in for a network: how dark a pixel's surroundings are, 21 pixels wide."""

    backend = "torch"
    device = "cpu"

    def __init__(self, degree: bool = True) -> None:
        self.calls: list[dict[str, Any]] = []
        self.entry = Entry(file="", sha256="", bytes=0, tool="", net="", config={"degree": degree})

    def __call__(self, part: str, /, **inputs: Any) -> dict[str, Any]:
        assert part == "clean"
        self.calls.append(inputs)
        dark = cv2.blur(1 - inputs["sketch"][0, 0], (21, 21), borderType=cv2.BORDER_REPLICATE)
        return {"line": dark[None, None]}


def ignore(fraction: float) -> None:
    """Nobody looks."""


def noise(shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(40, 30), (512, 513), (700, 1500), (1, 9)])
def test_tiles_give_what_the_whole_gives(shape: tuple[int, int]) -> None:
    sketch = noise(shape)
    chance = learned.line_chance(BlurEngine(), sketch, 0.4, CancelToken(), ignore)
    whole = cv2.blur(1 - sketch.astype(np.float32) / 255, (21, 21), borderType=cv2.BORDER_REPLICATE)
    assert chance.shape == shape
    assert np.abs(chance - 255 * whole).max() <= 0.51


def test_the_network_is_told_the_degree_only_where_it_has_one() -> None:
    with_degree, without = BlurEngine(), BlurEngine(degree=False)
    for engine in (with_degree, without):
        learned.line_chance(engine, noise((20, 20)), 0.4, CancelToken(), ignore)
    assert with_degree.calls[0]["degree"] == pytest.approx([0.4])
    assert "degree" not in without.calls[0]


def test_stops_between_tiles() -> None:
    token, engine = CancelToken(), BlurEngine()
    with pytest.raises(Cancelled):
        learned.line_chance(engine, noise((1200, 1200)), 0, token, lambda done: token.cancel())
    assert len(engine.calls) == 1


@pytest.mark.skipif("simplifier" not in read_manifest(WEIGHTS), reason="no weights ship yet")
def test_the_shipped_network_finds_the_meant_lines() -> None:
    drawing = roughs.rough(2, light=0.6, noise=9)
    request = SimplifyRequest(pixels=drawing.rough, engine="learned")
    result = run(request, CancelToken(), lambda fraction, text: None)
    found = np.where(result.binary > 127, 0, 255).astype(np.uint8)
    plain = cv2.threshold(drawing.rough, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]
    assert roughs.f_score(found, drawing.clean) > 0.8
    assert roughs.f_score(found, drawing.clean) > roughs.f_score(plain, drawing.clean)


def test_a_blank_picture_has_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "open_engine", lambda name: BlurEngine())
    request = SimplifyRequest(pixels=np.full((50, 60), 240, np.uint8), engine="learned")
    result = run(request, CancelToken(), lambda fraction, text: None)
    assert result.paths == () and result.notices
