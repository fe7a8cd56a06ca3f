# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenRaster: what is saved comes back, in our program and in the eyes of the specification."""

from __future__ import annotations

import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from PySide6.QtGui import QImage

from app.core.blend_modes import BlendMode
from app.core.compose import flatten
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.strokes import Stroke
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath, draw_paths
from app.files import ora_write
from app.files.atomic import backup_path
from app.files.cache import Encoded, EncodedCache
from app.files.errors import WriteFailedError
from app.files.ora_read import load_ora
from app.files.ora_write import save_ora
from app.files.pixels import pixels_of
from tests.app.files.equality import assert_same_document
from tests.app.files.strategies import documents, noise


def painting() -> Document:
    """A picture with one of everything."""
    base = PaintLayer(name="base", tiles=TileGrid.from_array(noise(1, 200, 300)))
    stroke = Stroke(np.array([[1, 2, 0.5, 0], [3, 4, 1, 0.1]], np.float32), 12.0, (9, 8, 7))
    ink = PaintLayer(
        name="ink",
        mode=BlendMode.MULTIPLY,
        opacity=0.25,
        alpha_locked=True,
        tiles=TileGrid.from_array(noise(2, 400, 30), -20, -150),
        strokes=(stroke,),
    )
    shape = VectorPath((Subpath.polyline([(5, 5), (100, 20), (40, 90)], True),), (200, 10, 10, 255))
    shapes = VectorLayer(name="shapes", clip=True, paths=(shape,))
    group = GroupLayer(name="group", passthrough=True, children=(ink, shapes), visible=False)
    top = PaintLayer(name="empty", locked=True)
    selection = Selection.ellipse(Rect(20, 30, 100, 80))
    return Document(300, 200, (base, group, top), ink.id, selection, dpi=150)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as container:
        return {name: container.read(name) for name in container.namelist()}


def stack_of(path: Path) -> ElementTree.Element:
    stack = ElementTree.fromstring(members(path)["stack.xml"]).find("stack")
    assert stack is not None
    return stack


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_load_undoes_save(document: Document) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.ora"
        assert save_ora(document, path, cache=EncodedCache()) == []
        result = load_ora(path, cache=EncodedCache())
    assert result.warnings == ()
    assert_same_document(document, result.document)


def test_saving_again_gives_the_same_bytes_with_and_without_cache(
    tmp_path: Path, cache: EncodedCache
) -> None:
    document, paths = painting(), [tmp_path / f"{i}.ora" for i in range(3)]
    save_ora(document, paths[0], cache=cache)
    save_ora(document, paths[1], cache=cache)
    save_ora(load_ora(paths[0], cache=cache).document, paths[2], cache=cache)
    first, second, third = (path.read_bytes() for path in paths)
    assert first == second == third


def test_layout_is_what_openraster_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "picture.ora"
    document = painting()
    save_ora(document, path, cache=EncodedCache())
    with zipfile.ZipFile(path) as container:
        first = container.infolist()[0]
        assert (first.filename, first.compress_type, first.header_offset) == ("mimetype", 0, 0)
        assert not first.extra
        assert container.read("mimetype") == b"image/openraster"
        names = container.namelist()
    # File managers look for the type at a fixed place.
    assert path.read_bytes()[30:54] == b"mimetypeimage/openraster"
    assert len(names) == len(set(names))

    content = members(path)
    merged = QImage.fromData(content["mergedimage.png"])
    assert np.array_equal(pixels_of(merged), flatten(document))
    small = QImage.fromData(content["Thumbnails/thumbnail.png"])
    assert (small.width(), small.height()) == (256, 171)

    root = ElementTree.fromstring(content["stack.xml"])
    assert (root.tag, root.get("version"), root.get("w"), root.get("h")) == (
        "image",
        "0.0.6",
        "300",
        "200",
    )
    assert (root.get("xres"), root.get("yres")) == ("150", "150")
    for layer in root.iter("layer"):
        image = QImage.fromData(content[layer.get("src", "")])
        assert image.format() == QImage.Format.Format_ARGB32


def test_the_stack_lists_the_top_layer_first_with_its_properties(tmp_path: Path) -> None:
    path = tmp_path / "picture.ora"
    save_ora(painting(), path, cache=EncodedCache())
    stack = stack_of(path)
    assert not stack.attrib
    assert [e.get("name") for e in stack] == ["empty", "group", "base"]
    empty, group, base = stack
    assert (group.tag, group.get("isolation"), group.get("visibility")) == (
        "stack",
        "auto",
        "hidden",
    )
    assert [e.get("name") for e in group] == ["shapes", "ink"]
    shapes, ink = group
    assert ink.get("composite-op") == "svg:multiply"
    assert ink.get("selected") == "true"
    assert float(ink.get("opacity", "")) == 0.25
    assert empty.get("edit-locked") == "true"
    assert shapes.get("composite-op") == "svg:src-atop"
    assert (base.get("x"), base.get("selected")) == ("0", None)


def test_layers_are_cropped_to_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "picture.ora"
    tiles = TileGrid.from_array(np.full((3, 2, 4), 255, np.uint8), -40, 130)
    layer = PaintLayer(tiles=tiles)
    save_ora(Document(100, 100, (layer,), layer.id), path, cache=EncodedCache())
    (element,) = stack_of(path)
    assert (element.get("x"), element.get("y")) == ("-40", "130")
    image = QImage.fromData(members(path)[element.get("src", "")])
    assert (image.width(), image.height()) == (2, 3)


def test_vector_layers_carry_a_picture_for_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "picture.ora"
    document = painting()
    save_ora(document, path, cache=EncodedCache())
    shapes = next(x for x in document.walk() if isinstance(x, VectorLayer))
    element = next(e for e in stack_of(path).iter("layer") if e.get("name") == "shapes")
    image = QImage.fromData(members(path)[element.get("src", "")])
    rect = Rect(int(element.get("x", "")), int(element.get("y", "")), image.width(), image.height())
    assert np.array_equal(pixels_of(image), draw_paths(shapes.paths, rect))
    assert element.get("src", "").endswith(".png")


@pytest.mark.parametrize("mode", list(BlendMode))
@pytest.mark.parametrize("clip", [False, True])
def test_every_blend_mode_comes_back(tmp_path: Path, mode: BlendMode, clip: bool) -> None:
    path = tmp_path / "picture.ora"
    layer = PaintLayer(mode=mode, clip=clip)
    save_ora(Document(1, 1, (layer,), layer.id), path, cache=EncodedCache())
    result = load_ora(path, cache=EncodedCache())
    assert not result.warnings
    assert (result.document.layers[0].mode, result.document.layers[0].clip) == (mode, clip)


# -- the cache ---------------------------------------------------------------------------------


def test_only_changed_layers_are_compressed_again(
    tmp_path: Path, cache: EncodedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, path = painting(), tmp_path / "picture.ora"
    save_ora(document, path, cache=cache)
    compressed: list[TileGrid] = []
    plain = ora_write._png_of

    def note(grid: TileGrid, rect: Rect) -> bytes:
        compressed.append(grid)
        return plain(grid, rect)

    monkeypatch.setattr(ora_write, "_png_of", note)
    base = document.layers[0]
    assert isinstance(base, PaintLayer)
    changed = replace(base, tiles=base.tiles.paste(noise(7, 9, 9), 100, 50))
    renamed = replace(document.layers[2], name="still empty")
    after = document.with_layer(changed).with_layer(renamed)
    save_ora(after, path, cache=cache)
    assert compressed == [changed.tiles]
    assert_same_document(after, load_ora(path, cache=EncodedCache()).document)


def test_a_file_just_opened_saves_without_compressing(
    tmp_path: Path, cache: EncodedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, path = painting(), tmp_path / "picture.ora"
    save_ora(document, path, cache=EncodedCache())
    opened = load_ora(path, cache=cache).document
    monkeypatch.setattr(ora_write, "_png_of", lambda grid, rect: pytest.fail("compressed"))
    full = replace(opened, layers=opened.layers[:2])  # the third layer is empty, so not cached
    save_ora(full, path, cache=cache)
    assert_same_document(full, load_ora(path, cache=EncodedCache()).document)


def test_the_cache_forgets_with_the_pixels_and_when_full() -> None:
    cache = EncodedCache(capacity=100)
    grids = [TileGrid(1) for _ in range(3)]
    for grid in grids:
        cache.put(grid, Encoded(b"x" * 40, Rect(0, 0, 1, 1)))
    assert [cache.get(g) is not None for g in grids] == [False, True, True]
    assert cache.nbytes == 80
    del grid, grids
    assert cache.nbytes == 0
    large = TileGrid(1)
    cache.put(large, Encoded(b"x" * 101, Rect(0, 0, 1, 1)))
    assert cache.get(large) is None


def test_a_hit_keeps_an_entry_young() -> None:
    cache = EncodedCache(capacity=100)
    old, middle, new = TileGrid(1), TileGrid(1), TileGrid(1)
    for grid in (old, middle):
        cache.put(grid, Encoded(b"x" * 40, Rect(0, 0, 1, 1)))
    assert cache.get(old) is not None
    cache.put(new, Encoded(b"x" * 40, Rect(0, 0, 1, 1)))
    assert [cache.get(g) is not None for g in (old, middle, new)] == [True, False, True]


# -- when saving goes wrong --------------------------------------------------------------------


def test_progress_runs_to_one_and_can_cancel(no_leftovers: Path) -> None:
    path = no_leftovers / "picture.ora"
    steps: list[float] = []
    save_ora(painting(), path, cache=EncodedCache(), progress=steps.append)
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    before = path.read_bytes()

    class CancelledError(Exception):
        pass

    def cancel(_: float) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        save_ora(Document.new(10, 10), path, cache=EncodedCache(), progress=cancel)
    with pytest.raises(CancelledError):
        load_ora(path, cache=EncodedCache(), progress=cancel)
    assert path.read_bytes() == before
    assert not backup_path(path).exists()


def test_a_failing_encoder_leaves_the_old_version(
    no_leftovers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = no_leftovers / "picture.ora"
    save_ora(painting(), path, cache=EncodedCache())
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(ora_write.png, "encode", fail)
    with pytest.raises(MemoryError):
        save_ora(painting(), path, cache=EncodedCache())
    assert path.read_bytes() == before


def test_a_disk_that_garbles_is_noticed_before_the_old_version_goes(
    no_leftovers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = no_leftovers / "picture.ora"
    save_ora(painting(), path, cache=EncodedCache())
    before = path.read_bytes()
    verify = ora_write._verify

    def garble_first(written: Path, path: Path, names: list[str], pool: ThreadPoolExecutor) -> None:
        data = bytearray(written.read_bytes())
        data[len(data) // 2] ^= 0xFF
        written.write_bytes(data)
        verify(written, path, names, pool)

    monkeypatch.setattr(ora_write, "_verify", garble_first)
    with pytest.raises(WriteFailedError, match="did not read back"):
        save_ora(Document.new(500, 500), path, cache=EncodedCache())
    assert path.read_bytes() == before


def test_pixels_far_outside_the_canvas_are_cut_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "picture.ora"
    near = TileGrid.from_array(noise(1, 20, 20), -16_000, 0)
    far = near.paste(noise(2, 5, 5), 10, 400_000)
    layer = PaintLayer(name="wanderer", tiles=far)
    warnings = save_ora(Document(64, 64, (layer,), layer.id), path, cache=EncodedCache())
    assert warnings == ["Layer “wanderer” reaches too far beyond the canvas; it was cut there."]
    result = load_ora(path, cache=EncodedCache())
    assert result.warnings == ()
    (kept,) = result.document.layers
    assert isinstance(kept, PaintLayer)
    assert kept.tiles.same_pixels(near)
