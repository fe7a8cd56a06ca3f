# SPDX-License-Identifier: GPL-3.0-or-later
"""What is counted in vector drawings, and how they look as pixels."""

import numpy as np
import pytest

from app.core.vector import Subpath, VectorPath
from app.files.errors import FileError
from app.files.svg import write_svg
from train.metrics.vectors import Drawing, Economy, economy, svg_mask

LINE = VectorPath(
    (Subpath(np.array([[10.0, 20], [20, 20], [30, 20], [40, 20]])),),
    fill=None,
    stroke=(90, 200, 250, 255),
    width=4.0,
)


def test_own_files_are_counted_as_they_are_written() -> None:
    shape = VectorPath(
        (
            Subpath.polyline([(0, 0), (9, 0), (9, 9)], closed=True),
            Subpath.polyline([(2, 2), (4, 2), (4, 4)], closed=True),
        )
    )
    assert economy(write_svg([LINE], 50, 40)) == Economy(strokes=1, points=4)
    assert economy(write_svg([shape, LINE], 50, 40)) == Economy(strokes=3, points=7 + 7 + 4)
    assert economy(write_svg([], 50, 40)) == Economy(0, 0)


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        ("M0 0L5 5", Economy(1, 2)),
        ("M0,0 5,5 6-6.5", Economy(1, 3)),  # a place too many after M is a line
        ("m1193 9976 c-11 -11 -34 -31\n-50 -43 l3 4z m1 1 h5 v-6z", Economy(2, 1 + 3 + 1 + 1 + 2)),
        ("M0 0 C.5.5 1e-3 2 3 3 S4 4 5 5 Q1 1 2 2 T3 3", Economy(1, 1 + 3 + 2 + 2 + 1)),
        ("M0 0 A5 5 0 0 1 9 9", Economy(1, 2)),
    ],
)
def test_every_kind_of_path_data_is_counted(data: str, counts: Economy) -> None:
    svg = f'<svg><path style="fill:none" id="a" d="{data}" fill="none"/></svg>'
    assert economy(svg.encode()) == counts


def test_lines_are_drawn_in_black_whatever_their_colour() -> None:
    mask = svg_mask(write_svg([LINE], 50, 40), (40, 50))
    assert mask.shape == (40, 50)
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max()) == (18, 21)
    assert columns.min() <= 9 and columns.max() >= 40


def test_a_larger_canvas_is_fitted_to_the_picture() -> None:
    svg = write_svg([LINE], 50, 40).replace(b'width="50" height="40"', b'width="100" height="80"')
    assert (svg_mask(svg, (40, 50)) == svg_mask(write_svg([LINE], 50, 40), (40, 50))).all()


def test_a_drawing_of_an_svg_file_has_both() -> None:
    drawing = Drawing.of_svg(write_svg([LINE], 50, 40), (40, 50))
    assert drawing.economy == Economy(1, 4)
    assert drawing.mask.sum() > 4 * 30


def test_what_is_no_svg_is_refused() -> None:
    with pytest.raises(FileError):
        svg_mask(b"M0 0L5 5", (40, 50))
