# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenRaster files of other programs: everything the specification allows is read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QColorSpace, QImage, QImageWriter

from app.core.blend_modes import BlendMode
from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.files import png
from app.files.cache import EncodedCache
from app.files.ora_read import OpenResult, load_ora
from app.files.pixels import image_from, pixels_of
from tests.app.files.strategies import noise

PIXELS = noise(5, 30, 40)


def qt_png(image: QImage) -> bytes:
    """The image as libpng writes it, with whatever filters and profile it likes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def write(path: Path, stack: str, files: dict[str, bytes] | None = None, head: str = "") -> Path:
    """An OpenRaster file with this content of its root stack."""
    text = f'<?xml version="1.0"?>{head}<image w="100" h="80">{stack}</image>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        container.writestr("stack.xml", text)
        for name, data in (files or {"data/a.png": png.encode_array(PIXELS)}).items():
            container.writestr(name, data)
    return path


def read(path: Path) -> OpenResult:
    return load_ora(path, cache=EncodedCache())


def only_layer(result: OpenResult) -> PaintLayer:
    (layer,) = result.document.layers
    assert isinstance(layer, PaintLayer)
    return layer


def test_missing_attributes_have_the_specified_defaults(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ora", '<stack><stack/><layer src="data/a.png"/></stack>')
    result = read(path)
    assert result.warnings == ()
    layer, group = result.document.layers
    assert isinstance(group, GroupLayer)
    assert isinstance(layer, PaintLayer)
    assert not group.passthrough
    assert (layer.opacity, layer.visible, layer.mode) == (1.0, True, BlendMode.NORMAL)
    assert np.array_equal(layer.tiles.region(Rect(0, 0, 40, 30)), PIXELS)
    assert result.document.dpi == 72
    assert result.document.active == group.id


def test_layers_of_stacks_are_placed_by_their_own_offsets_alone(tmp_path: Path) -> None:
    inner = '<stack x="50" y="60"><layer src="data/a.png" x="-7" y="9"/></stack>'
    result = read(write(tmp_path / "a.ora", f"<stack>{inner}</stack>"))
    (group,) = result.document.layers
    assert isinstance(group, GroupLayer)
    (layer,) = group.children
    assert isinstance(layer, PaintLayer)
    bounds = layer.tiles.bounds()
    assert bounds is not None
    assert (bounds.x, bounds.y) == (-7, 9)


@pytest.mark.parametrize(
    "make",
    [
        lambda image: image.convertToFormat(QImage.Format.Format_ARGB32),
        lambda image: image.convertToFormat(QImage.Format.Format_RGBA64),
        lambda image: image.convertToFormat(QImage.Format.Format_Indexed8),
        lambda image: image.convertToFormat(QImage.Format.Format_RGB32),
        lambda image: image.convertToFormat(QImage.Format.Format_Grayscale8),
    ],
    ids=["filtered", "16 bits", "palette", "no alpha", "grey"],
)
def test_every_kind_of_png_is_read_as_qt_reads_it(tmp_path: Path, make: object) -> None:
    image = make(image_from(PIXELS))  # type: ignore[operator]
    data = qt_png(image)
    path = write(
        tmp_path / "a.ora", '<stack><layer src="data/a.png" x="3"/></stack>', {"data/a.png": data}
    )
    result = read(path)
    assert result.warnings == ()
    expected = pixels_of(QImage.fromData(data))
    assert np.array_equal(only_layer(result).tiles.region(Rect(3, 0, 40, 30)), expected)


def test_colour_profiles_of_layers_are_applied(tmp_path: Path) -> None:
    image = QImage(4, 4, QImage.Format.Format_ARGB32)
    image.fill(QColor(100, 150, 200))
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb))
    path = write(
        tmp_path / "a.ora", '<stack><layer src="d.png"/></stack>', {"d.png": qt_png(image)}
    )
    b, g, r, a = only_layer(read(path)).tiles.region(Rect(0, 0, 1, 1))[0, 0]
    # Adobe RGB (100, 150, 200) lies at about (63, 150, 202) in sRGB.
    assert a == 255
    assert abs(int(r) - 63) <= 3
    assert abs(int(g) - 150) <= 3
    assert abs(int(b) - 202) <= 3


def test_a_layer_may_be_an_svg_file(tmp_path: Path) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M1 2L3 4"/></svg>'
    path = write(
        tmp_path / "a.ora", '<stack><layer src="d.svg" x="10" y="20"/></stack>', {"d.svg": svg}
    )
    (layer,) = read(path).document.layers
    assert isinstance(layer, VectorLayer)
    assert layer.paths[0].subpaths[0].points[[0, -1]].tolist() == [[11, 22], [13, 24]]


@pytest.mark.parametrize(
    ("attribute", "check", "warning"),
    [
        ('composite-op="svg:src-atop"', lambda x: x.clip, "source atop"),
        ('composite-op="svg:dst-in"', lambda x: not x.visible, "the layer is hidden"),
        ('composite-op="acme:fog"', lambda x: x.mode is BlendMode.NORMAL, "became Normal"),
        ('opacity="nan"', lambda x: x.opacity == 1.0, "opacity 'nan'"),
        ('opacity="1e999"', lambda x: x.opacity == 1.0, "opacity '1e999'"),
        ('opacity="-3"', lambda x: x.opacity == 0.0, "opacity '-3'"),
        ('opacity="much"', lambda x: x.opacity == 1.0, "opacity 'much'"),
        ('x="99999999999"', lambda x: x.tiles.bounds().x < 40, "position makes no sense"),
        ('y="left"', lambda x: x.tiles.bounds().y < 30, "position makes no sense"),
        (f'x="{"9" * 5000}"', lambda x: x.tiles.bounds().x < 40, "position makes no sense"),
    ],
)
def test_odd_values_are_put_right_and_reported(
    tmp_path: Path, attribute: str, check: object, warning: str
) -> None:
    stack = f'<stack><layer name="odd" src="data/a.png" {attribute}/></stack>'
    result = read(write(tmp_path / "a.ora", stack))
    assert check(only_layer(result))  # type: ignore[operator]
    (said,) = result.warnings
    assert warning in said
    assert "“odd”" in said


def test_a_doctype_without_entities_is_read_past(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ora",
        '<stack><layer src="data/a.png"/></stack>',
        head='<!DOCTYPE image SYSTEM "http://openraster.example/schema.dtd">',
    )
    assert not only_layer(read(path)).tiles.is_empty


def test_unknown_elements_are_skipped(tmp_path: Path) -> None:
    stack = '<stack><filter type="blur"/><text>hello</text><layer src="data/a.png"/></stack>'
    assert len(read(write(tmp_path / "a.ora", stack)).document.layers) == 1
