# SPDX-License-Identifier: GPL-3.0-or-later
"""SVG: our shapes come back equal, other programs' shapes are drawn as they draw them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QTransform

from app.core.geometry import Rect
from app.core.vector import Subpath, VectorPath, draw_paths
from app.files.errors import FileError, MalformedError, NotFoundError, TooLargeError
from app.files.limits import Limits
from app.files.svg import read_svg, write_svg
from app.files.svg_path import PathError, parse_path
from tests.app.files.strategies import vector_paths

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"'


def shapes(body: str, attributes: str = "") -> tuple[list[VectorPath], list[str]]:
    warnings: list[str] = []
    paths, _, _ = read_svg(f"{HEAD} {attributes}>{body}</svg>".encode(), warnings=warnings)
    return paths, warnings


def only(body: str, attributes: str = "") -> VectorPath:
    (path,), warnings = shapes(body, attributes)
    assert warnings == []
    return path


def drawn(d: str) -> QPainterPath:
    path = QPainterPath()
    for subpath in parse_path(d):
        path.addPath(VectorPath((subpath,)).painter_path())
    return path


# -- our own -----------------------------------------------------------------------------------


@given(st.lists(vector_paths(), max_size=4), st.floats(1, 3e4), st.floats(1, 3e4))
def test_exact_shapes_come_back_equal(paths: list[VectorPath], width: float, height: float) -> None:
    warnings: list[str] = []
    data = write_svg(paths, width, height, exact=True)
    assert read_svg(data, warnings=warnings) == (paths, width, height)
    assert warnings == []


@given(st.lists(vector_paths(), max_size=3))
def test_exported_shapes_come_back_to_a_thousandth_of_a_pixel(paths: list[VectorPath]) -> None:
    found, _, _ = read_svg(write_svg(paths, 500, 400))
    assert len(found) == len(paths)
    for a, b in zip(paths, found, strict=True):
        assert (a.fill, a.stroke, a.width, a.even_odd) == (b.fill, b.stroke, b.width, b.even_odd)
        for one, other in zip(a.subpaths, b.subpaths, strict=True):
            assert one.closed == other.closed
            assert np.abs(one.points - other.points).max() <= 0.00051


def test_what_is_written_is_svg() -> None:
    path = VectorPath(
        (Subpath.polyline([(0, 0), (9, 0), (9, 9)], True),), (1, 2, 3, 255), (255, 0, 0, 128), 2.5
    )
    root = ElementTree.fromstring(write_svg([path], 640, 480))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("viewBox")) == ("640", "0 0 640 480")
    (element,) = root
    assert element.attrib["fill"] == "#010203"
    assert element.attrib["stroke"] == "#ff0000"
    assert float(element.attrib["stroke-opacity"]) == pytest.approx(128 / 255, abs=1e-4)
    assert element.attrib["stroke-width"] == "2.5"
    assert element.attrib["stroke-linecap"] == "round"


# -- path data ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relative", "absolute"),
    [
        ("m1 2l3 4 5-6z", "M1,2 L4,6 L9,0 Z"),
        ("m1 2 3 4", "M1 2L4 6"),
        ("M1 2 3 4", "M1 2L3 4"),
        ("m1 2h3v4h-3z", "M1 2H4V6H1Z"),
        ("m1 2c1 1 2 1 3 0s2-1 3 0", "M1 2C2 3 3 3 4 2S6 1 7 2"),
        ("m1 2q3 9 6 0t6 0", "M1 2Q4 11 7 2T13 2"),
        ("m5 5a3 2 30 0 1 4 1", "M5 5A3 2 30 0 1 9 6"),
        ("m5 5a3 2 30 014 1", "M5 5A3 2 30 0 1 9 6"),
        ("m1 1h2v2zm5 5h1", "M1 1H3V3ZM6 6H7"),
        ("m1 1h2v2zh5", "M1 1H3V3ZM1 1H6"),
        ("M.5.5L1e1-2.5E-1", "M 0.5 0.5 L 10 -0.25"),
        ("M1 2C1 1 2 1 3 0C4-1 5 0 6 0", "M1 2C1 1 2 1 3 0 4-1 5 0 6 0"),
    ],
)
def test_every_spelling_of_a_path_means_the_same(relative: str, absolute: str) -> None:
    a, b = parse_path(relative), parse_path(absolute)
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        assert one.closed == other.closed
        assert np.allclose(one.points, other.points, atol=1e-9)


def test_smooth_curves_mirror_the_last_handle() -> None:
    (subpath,) = parse_path("M0 0C0 10 10 10 10 0S20-10 20 0")
    assert subpath.points[4].tolist() == [10, -10]
    (plain,) = parse_path("M0 0L10 0S20-10 20 0")
    assert plain.points[4].tolist() == [10, 0]


def test_quadratic_curves_are_raised_exactly() -> None:
    (subpath,) = parse_path("M0 0Q30 60 90 0")
    t = np.linspace(0, 1, 9)[:, None]
    quadratic = 2 * (1 - t) * t * (30, 60) + t**2 * (90, 0)
    p0, p1, p2, p3 = subpath.points
    cubic = (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3
    assert np.allclose(cubic, quadratic)


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("sweep", [0, 1])
@pytest.mark.parametrize("tilt", [0, 35, -120])
def test_arcs_lie_on_their_ellipse(large: int, sweep: int, tilt: float) -> None:
    rx, ry, begin, end = 40.0, 25.0, (10.0, 20.0), (55.0, 35.0)
    (subpath,) = parse_path(f"M10 20A{rx} {ry} {tilt} {large} {sweep} 55 35")
    assert subpath.points[0].tolist() == list(begin)
    assert subpath.points[-1].tolist() == list(end)
    t = np.linspace(0, 1, 20)[:, None]
    chain = [subpath.points[i : i + 4] for i in range(0, len(subpath.points) - 1, 3)]
    curve = np.vstack(
        [
            (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            for a, b, c, d in chain
        ]
    )
    angle = np.radians(tilt)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    unit = curve @ turn.T / (rx, ry)  # on this an ellipse's points lie on a unit circle
    middle = unit.mean(axis=0)
    for _ in range(200):  # Gauss–Newton for the circle's centre
        away = unit - middle
        distance = np.linalg.norm(away, axis=1, keepdims=True)
        middle = middle + np.linalg.lstsq(away / distance, distance[:, 0] - 1, rcond=None)[0]
    assert np.abs(np.linalg.norm(unit - middle, axis=1) - 1).max() < 1e-3
    swept = np.unwrap(np.arctan2(*(unit - middle).T[::-1]))
    assert (abs(swept[-1] - swept[0]) > np.pi) == bool(large)
    assert (swept[-1] > swept[0]) == bool(sweep)


def test_arcs_too_small_to_reach_are_scaled_up() -> None:
    (subpath,) = parse_path("M0 0A1 1 0 0 1 20 0")
    assert np.abs(subpath.points[:, 1]).max() == pytest.approx(10, abs=1e-6)


@pytest.mark.parametrize(
    ("d", "kept"),
    [
        ("M1 2L3 4L5", 1),
        ("M1 2L3 4 junk", 1),
        ("L1 2", 0),
        ("junk", 0),
        ("M1 2L3 4,,x", 1),
        ("M1 2Z5", 1),
        ("M1 2A1 1 0 2 0 3 3", 1),
        ("M1 2L1e999 0", 1),
        ("M1e999 2L1 1", 0),
        ("M1e999 0A1 1 0 0 1 3 3", 0),
        ("M0 0L1 1L1e300 3", 1),
        ("M0 0A1e-300 1 0 0 1 1e30 3", 1),
    ],
)
def test_broken_path_data_is_kept_up_to_the_break(d: str, kept: int) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(d)
    assert len(caught.value.subpaths) == kept
    paths, warnings = shapes(f'<path d="{d}"/>')
    assert len(paths) == kept
    assert len(warnings) == 1
    assert warnings[0].startswith("A shape is cut short")


@pytest.mark.parametrize("points", ["1 2 3 x", "0 0 1e999 1", "0 0 -1e300 1e300"])
def test_broken_point_lists_are_left_out(points: str) -> None:
    paths, warnings = shapes(f'<polygon points="{points}"/>')
    assert paths == []
    assert len(warnings) == 1


def test_no_path_data_is_no_path() -> None:
    assert parse_path("") == parse_path("  ") == []
    assert shapes('<path d=""/><path/>') == ([], [])


# -- shapes, paint and place -------------------------------------------------------------------


def test_basic_shapes_are_those_of_qt() -> None:
    body = (
        '<rect x="1" y="2" width="30" height="20"/>'
        '<rect x="1" y="2" width="30" height="20" rx="5"/>'
        '<rect x="1" y="2" width="30" height="20" rx="99" ry="4"/>'
        '<circle cx="50" cy="40" r="20"/>'
        '<ellipse cx="50" cy="40" rx="20" ry="7"/>'
        '<polygon points="1,2 30 4 -5,60"/>'
        '<polyline points="1,2 30 4 -5,60 7"/>'
        '<line x1="1" y1="2" x2="30" y2="20"/>'
    )
    found, warnings = shapes(body)
    assert warnings == []
    expected = [QPainterPath() for _ in range(8)]
    expected[0].addRect(1, 2, 30, 20)
    expected[1].addRoundedRect(1, 2, 30, 20, 5, 5)
    expected[2].addRoundedRect(1, 2, 30, 20, 15, 4)
    expected[3].addEllipse(QPointF(50, 40), 20, 20)
    expected[4].addEllipse(QPointF(50, 40), 20, 7)
    for path in expected[5:7]:
        path.moveTo(1, 2)
        path.lineTo(30, 4)
        path.lineTo(-5, 60)
    expected[5].closeSubpath()
    expected[7].moveTo(1, 2)
    expected[7].lineTo(30, 20)
    for shape, wanted in zip(found, expected, strict=True):
        ours = shape.painter_path()
        assert ours.length() == pytest.approx(wanted.length(), rel=1e-3)
        for share in (0.1, 0.35, 0.6, 0.85):  # where a path begins is nobody's business
            point = ours.pointAtPercent(share)
            stroke = min(
                (wanted.pointAtPercent(i / 2000) - point).manhattanLength() for i in range(2001)
            )
            assert stroke < 0.1


@pytest.mark.parametrize(
    "body",
    [
        '<circle r="-1"/>',
        '<rect width="0" height="5"/>',
        '<ellipse rx="1"/>',
        '<polygon points=""/>',
        "<rect/>",
    ],
)
def test_shapes_without_extent_are_nothing(body: str) -> None:
    assert shapes(body) == ([], [])


@pytest.mark.parametrize(
    ("attributes", "fill"),
    [
        ("", (0, 0, 0, 255)),
        ('fill="none"', None),
        ('fill="#1a2b3c"', (0x1A, 0x2B, 0x3C, 255)),
        ('fill="#f08"', (255, 0, 0x88, 255)),
        ('fill="#ff008040"', (255, 0, 128, 64)),
        ('fill="rgb(10, 20,30)"', (10, 20, 30, 255)),
        ('fill="rgb(100%, 0%, 50%)"', (255, 0, 128, 255)),
        ('fill="rgba(10 20 30 / 0.5)"', (10, 20, 30, 128)),
        ('fill="PapayaWhip"', (255, 239, 213, 255)),
        ('fill="currentColor" color="red"', (255, 0, 0, 255)),
        ('fill="red" style="fill: blue; fill-opacity:.5"', (0, 0, 255, 128)),
        ('fill="red" fill-opacity="50%"', (255, 0, 0, 128)),
        ('fill="red" opacity="0.2"', (255, 0, 0, 51)),
        ('fill="url(#x) lime"', (0, 255, 0, 255)),
    ],
)
def test_colours_are_read(attributes: str, fill: tuple[int, int, int, int] | None) -> None:
    (path,), _ = shapes(f'<path d="M0 0L1 1" {attributes}/>')
    assert path.fill == fill
    assert path.stroke is None


def test_groups_hand_down_paint_and_multiply_opacity() -> None:
    path = only(
        '<g stroke="#0f0" stroke-width="2mm" fill="none" opacity=".5" fill-rule="evenodd">'
        '<g opacity=".5"><path d="M0 0L9 9" stroke-opacity=".5"/></g></g>'
    )
    assert path.fill is None
    assert path.stroke == (0, 255, 0, 32)
    assert path.width == pytest.approx(2 * 96 / 25.4)
    assert path.even_odd


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("translate(5)", QTransform().translate(5, 0)),
        ("translate(5,6) scale(2)", QTransform().translate(5, 6).scale(2, 2)),
        ("scale(2 3),rotate(30)", QTransform().scale(2, 3).rotate(30)),
        ("rotate(40 7 8)", QTransform().translate(7, 8).rotate(40).translate(-7, -8)),
        ("matrix(1 2 3 4 5 6)", QTransform(1, 2, 3, 4, 5, 6)),
        ("skewX(20)", QTransform(1, 0, np.tan(np.radians(20)), 1, 0, 0)),
        ("skewY(20)", QTransform(1, np.tan(np.radians(20)), 0, 1, 0, 0)),
    ],
)
def test_transforms_are_those_of_qt(text: str, expected: QTransform) -> None:
    for body in (
        f'<path transform="{text}" d="M3 4L9 1"/>',
        f'<g transform="{text}"><path d="M3 4L9 1"/></g>',
        f'<g transform="translate(1)"><g transform="translate(-1) {text}">'
        '<path d="M3 4L9 1"/></g></g>',
    ):
        points = only(body).subpaths[0].points[[0, -1]]
        wanted = [expected.map(QPointF(3, 4)), expected.map(QPointF(9, 1))]
        assert np.allclose(points, [(p.x(), p.y()) for p in wanted])


@pytest.mark.parametrize(
    ("attributes", "size", "point"),
    [
        ('width="200" height="100"', (200, 100), (10, 20)),
        ('width="2in" height="1in"', (192, 96), (10, 20)),
        ('viewBox="0 0 100 50" width="200" height="100"', (200, 100), (20, 40)),
        ('viewBox="5 5 100 50"', (100, 50), (5, 15)),
        ('viewBox="0 0 100 50" width="100%"', (100, 50), (10, 20)),
        ('viewBox="0 0 100 100" width="200" height="100"', (200, 100), (60, 20)),
        (
            'viewBox="0 0 100 100" width="200" height="100" preserveAspectRatio="none"',
            (200, 100),
            (20, 20),
        ),
        ("", (300, 150), (10, 20)),
    ],
)
def test_the_view_box_is_honoured(
    attributes: str, size: tuple[int, int], point: tuple[int, int]
) -> None:
    data = f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}><path d="M10 20L0 0"/></svg>'
    (path,), width, height = read_svg(data.encode())
    assert (width, height) == pytest.approx(size)
    assert path.subpaths[0].points[0].tolist() == pytest.approx(point)


def test_hidden_things_are_left_out() -> None:
    body = (
        '<g display="none"><path d="M0 0L1 1"/></g><path style="display:none" d="M0 0L1 1"/>'
        '<g visibility="hidden"><path d="M0 0L2 2"/><path visibility="visible" d="M3 3L4 4"/></g>'
        '<defs><path d="M0 0L1 1"/></defs>'
    )
    assert only(body).subpaths[0].points[0].tolist() == [3, 3]


def test_what_is_not_read_is_said_once() -> None:
    paths, warnings = shapes(
        "<text>a</text><text>b</text><image/><style>.a{}</style><title>t</title>"
        '<path fill="url(#g)" d="M0 0L1 1"/><path clip-path="url(#c)" d="M0 0L1 1"/>'
        '<path fill="mauvish" transform="twist(3)" d="M0 0L1 1"/>'
    )
    assert len(paths) == 3
    text = "\n".join(warnings).lower()
    for part in ("“text”", "“image”", "style sheets", "gradients", "clip-path", "mauvish", "twist"):
        assert text.count(part) == 1
    assert "title" not in text


def test_shapes_look_the_same_after_a_round_trip() -> None:
    star = parse_path("M50 5L61 39H98L68 59L79 95L50 73L21 95L32 59L2 39H39Z")
    paths = [
        VectorPath(tuple(star), (255, 200, 0, 255), (80, 0, 0, 200), 3.0),
        VectorPath(
            (Subpath(np.array([[10, 10], [90, 0], [0, 90], [90, 90]])),), None, (0, 0, 9, 99)
        ),
    ]
    found, _, _ = read_svg(write_svg(paths, 100, 100, exact=True))
    box = Rect(0, 0, 100, 100)
    assert np.array_equal(draw_paths(found, box), draw_paths(paths, box))


# -- broken and hostile ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"", MalformedError, "not well-formed"),
        (b"<svg", MalformedError, "not well-formed"),
        (b"<html/>", MalformedError, "not an SVG"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", MalformedError, "XML entities"),
        (b"<svg width='99999' height='1'/>", TooLargeError, "99999 × 1"),
        (b"<svg viewBox='0 0 1e300 1'/>", None, ""),
        (b"<svg>" + b"<g>" * 300 + b"</g>" * 300 + b"</svg>", TooLargeError, "nested deeper"),
    ],
)
def test_broken_files_are_typed(data: bytes, error: type[FileError] | None, reason: str) -> None:
    if error is None:
        assert read_svg(data) == ([], 300, 150)
        return
    with pytest.raises(error, match=reason):
        read_svg(data)


def test_points_are_limited() -> None:
    data = f'{HEAD}><path d="M0 0{"L1 1" * 100}"/></svg>'.encode()
    with pytest.raises(TooLargeError, match="more than 200 points"):
        read_svg(data, limits=Limits(points=200))
    assert len(read_svg(data, limits=Limits(points=400))[0]) == 1


@pytest.mark.parametrize(
    "body",
    [
        '<path d="M0 0L1e20 1e20"/>',
        '<g transform="scale(1e9)"><g transform="scale(1e9)"><path d="M0 0L9 9"/></g></g>',
        '<path stroke="red" stroke-width="1e8" transform="scale(1e8)" d="M0 0L1 1"/>',
    ],
)
def test_coordinates_beyond_measure_are_left_out(body: str) -> None:
    paths, warnings = shapes(body)
    assert paths == []
    assert warnings == ["A shape with coordinates beyond all measure was left out."]


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    with pytest.raises(NotFoundError) as caught:
        read_svg(path)
    assert caught.value.path == str(path)
    path.write_bytes(write_svg([], 30, 20))
    assert read_svg(path) == ([], 30, 20)


def test_the_doctype_of_old_drawing_programs_is_no_obstacle() -> None:
    data = (
        '<?xml version="1.0" standalone="no"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg width="9" height="9"/>'
    )
    assert read_svg(data.encode()) == ([], 9, 9)
