# SPDX-License-Identifier: GPL-3.0-or-later
"""Spoiled files: every reader ends in a picture or a typed error, within bounded memory.

`LIMNER_FUZZ_ROUNDS=20000 pytest tests/fuzz` looks for longer, with new mutations every time.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.compose import flatten
from app.files import raster
from app.files.cache import EncodedCache
from app.files.documents import open_document
from app.files.errors import FileError
from app.files.ora_read import load_ora
from app.files.svg import read_svg
from tests.fuzz.corpus import (
    MEMORY,
    SMALL,
    flat_files,
    fuzzing,
    ora_files,
    spoiled,
    spoiled_container,
    spoiled_png,
    spoiled_text,
    svg_files,
)

quick = settings(fuzzing, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True, scope="module")
def traced() -> Iterator[None]:
    """Python's and NumPy's memory, counted."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@contextmanager
def bounded() -> Iterator[None]:
    """The block may end in a typed error that names its file, and must not use much memory."""
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    try:
        yield
    except FileError as error:
        assert error.path
        assert error.reason
    used = tracemalloc.get_traced_memory()[1] - before
    assert used < MEMORY, f"{used} bytes"


def any_of(
    files: tuple[bytes, ...], *ways: Callable[[bytes], st.SearchStrategy[bytes]]
) -> st.SearchStrategy[bytes]:
    return st.sampled_from(files).flatmap(lambda data: st.one_of([way(data) for way in ways]))


@pytest.mark.parametrize("data", ora_files() + flat_files() + svg_files())
def test_the_corpus_is_sound(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    result = open_document(path, limits=SMALL, cache=EncodedCache())
    assert result.warnings == ()
    assert flatten(result.document).shape[2] == 4


@quick
@given(data=any_of(ora_files(), spoiled, spoiled_container))
def test_openraster(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.ora"
    path.write_bytes(data)
    with bounded():
        result = load_ora(path, limits=SMALL, cache=EncodedCache())
        assert 1 <= result.document.width <= SMALL.side
        for layer in result.document.walk():
            assert 0 <= layer.opacity <= 1
        if result.document.width * result.document.height <= 10_000:
            assert flatten(result.document).dtype == np.uint8


@quick
@given(data=any_of(flat_files(), spoiled))
def test_flat_pictures(data: bytes) -> None:
    with bounded():
        picture = raster.decode(data, "a.png", SMALL)
        height, width, channels = picture.pixels.shape
        assert channels == 4
        assert height * width <= SMALL.pixels
        assert (picture.pixels[..., :3] <= picture.pixels[..., 3:]).all()


@quick
@given(data=any_of(flat_files()[:5], spoiled_png))
def test_png_with_right_checksums(data: bytes) -> None:
    with bounded():
        picture = raster.decode(data, "a.png", SMALL)
        assert picture.pixels.size <= 4 * SMALL.pixels


@quick
@given(data=any_of(svg_files(), spoiled, spoiled_text))
def test_svg(data: bytes) -> None:
    with bounded():
        warnings: list[str] = []
        paths, width, height = read_svg(data, limits=SMALL, warnings=warnings)
        assert 0 < width <= SMALL.side
        assert 0 < height <= SMALL.side
        assert len(warnings) <= 20
        for path in paths:
            assert all(np.isfinite(s.points).all() for s in path.subpaths)
            assert path.painter_path().elementCount() >= len(path.subpaths)


@quick
@given(data=any_of(ora_files() + flat_files() + svg_files(), spoiled))
def test_whatever_it_is(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with bounded():
        result = open_document(path, limits=SMALL, cache=EncodedCache())
        assert result.document.layers or result.document.width
