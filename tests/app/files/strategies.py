# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis strategies for documents and what they hold. Imports app.core, hypothesis, numpy."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.core.blend_modes import BlendMode
from app.core.document import Document
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.strokes import Stroke
from app.core.tiles import Pixels, TileGrid
from app.core.vector import Subpath, VectorPath

OPACITIES = st.floats(0, 1, allow_nan=False)
NAMES = st.text(st.characters(), max_size=12)  # every code point, lone surrogates included
OFFSETS = st.integers(-700, 700)
BYTES = st.integers(0, 255)
COLOURS = st.none() | st.tuples(BYTES, BYTES, BYTES, BYTES)
COORDINATES = st.floats(-1e4, 1e4, allow_nan=False)


def noise(seed: int, height: int, width: int, channels: int = 4) -> Pixels:
    """Random premultiplied BGRA (h, w, 4), or a random mask (h, w)."""
    rng = np.random.default_rng(seed)
    if channels == 1:
        return rng.integers(0, 256, (height, width), dtype=np.uint8)
    pixels = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[..., 3] = np.where(rng.random((height, width)) < 0.3, 0, pixels[..., 3])
    return np.minimum(pixels, pixels[..., 3:])


@st.composite
def grids(draw: st.DrawFn, channels: int = 4) -> TileGrid:
    """Up to three patches of noise, anywhere around the canvas, also outside it."""
    grid = TileGrid(channels)
    for _ in range(draw(st.integers(0, 3))):
        height, width = draw(st.integers(1, 60)), draw(st.integers(1, 300))
        pixels = noise(draw(st.integers(0, 99)), height, width, channels)
        grid = grid.paste(pixels, draw(OFFSETS), draw(OFFSETS))
    return grid


@st.composite
def pen_strokes(draw: st.DrawFn) -> Stroke:
    """A pen movement with a few samples."""
    numbers = st.floats(-1e6, 1e6, width=32)
    rows = draw(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=5))
    return Stroke(
        np.array(rows, np.float32),
        draw(st.floats(0.1, 500)),
        draw(st.tuples(BYTES, BYTES, BYTES)),
        draw(OPACITIES),
        draw(NAMES),
        draw(st.booleans()),
    )


@st.composite
def subpaths(draw: st.DrawFn) -> Subpath:
    """A chain of up to three Béziers; with none, a single point."""
    count = 3 * draw(st.integers(0, 3)) + 1
    points = draw(st.lists(st.tuples(COORDINATES, COORDINATES), min_size=count, max_size=count))
    return Subpath(np.array(points), draw(st.booleans()))


@st.composite
def vector_paths(draw: st.DrawFn) -> VectorPath:
    """A filled, outlined, or invisible shape."""
    return VectorPath(
        tuple(draw(st.lists(subpaths(), min_size=1, max_size=3))),
        draw(COLOURS),
        draw(COLOURS),
        draw(st.floats(0, 100)),
        draw(st.booleans()),
    )


def layers(depth: int = 2) -> st.SearchStrategy[Layer]:
    """A layer of any kind; groups nest `depth` times."""
    common: dict[str, st.SearchStrategy[object]] = {
        "name": NAMES,
        "visible": st.booleans(),
        "opacity": OPACITIES,
        "mode": st.sampled_from(BlendMode),
        "locked": st.booleans(),
        "alpha_locked": st.booleans(),
        "clip": st.booleans(),
    }
    strokes = st.lists(pen_strokes(), max_size=2).map(tuple)
    paths = st.lists(vector_paths(), max_size=2).map(tuple)
    kinds: list[st.SearchStrategy[Layer]] = [
        st.builds(PaintLayer, **common, tiles=grids(), strokes=strokes),
        st.builds(VectorLayer, **common, paths=paths),
    ]
    if depth:
        children = st.lists(layers(depth - 1), max_size=3).map(tuple)
        flags = {"expanded": st.booleans(), "passthrough": st.booleans()}
        kinds.append(st.builds(GroupLayer, **common, **flags, children=children))
    return st.one_of(kinds)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A small document of random layers, perhaps with a selection."""
    tree = tuple(draw(st.lists(layers(), max_size=4)))
    document = Document(
        draw(st.integers(1, 300)), draw(st.integers(1, 300)), tree, dpi=draw(st.floats(1, 2400))
    )
    ids = [layer.id for layer in document.walk()]
    if ids:
        document = document.activate(draw(st.sampled_from(ids)))
    return document.with_selection(Selection(draw(grids(channels=1))))


def colour_table() -> NDArray[np.uint8]:
    """Every premultiplied (colour, alpha) pair with colour <= alpha, as BGRA (256, 256, 4)."""
    alpha, colour = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    table = np.stack([colour, 255 - colour, colour // 2, alpha], axis=-1)
    return np.minimum(table, alpha[..., None]).astype(np.uint8)
