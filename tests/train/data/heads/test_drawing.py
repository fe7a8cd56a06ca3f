# SPDX-License-Identifier: GPL-3.0-or-later
"""Views drawn in seven styles."""

import cv2
import numpy as np
import pytest

from train.data.heads.convention import STYLES, Label, Picture
from train.data.heads.drawing import draw, draw_styles
from train.data.heads.pack import HeadPack
from train.data.heads.person import Person, draw_person
from train.data.heads.view import HeadView, render

SIZE = 64


@pytest.fixture(scope="module")
def person(pack: HeadPack) -> Person:
    return draw_person(pack, 3)


@pytest.fixture(scope="module")
def view(person: Person) -> HeadView:
    return render(person, 0.3, 0.0, SIZE)


@pytest.fixture(scope="module")
def drawings(view: HeadView) -> dict[str, Picture]:
    return draw_styles(view, STYLES, 5)


def test_every_style_is_a_picture_of_its_own(drawings: dict[str, Picture]) -> None:
    assert tuple(drawings) == STYLES
    assert len({picture.tobytes() for picture in drawings.values()}) == len(STYLES)
    for picture in drawings.values():
        assert picture.shape == (SIZE, SIZE, 3) and picture.dtype == np.uint8


@pytest.mark.parametrize("style", STYLES)
def test_a_drawing_is_the_same_alone_and_among_others(
    view: HeadView, drawings: dict[str, Picture], style: str
) -> None:
    assert (draw(view, style, 5) == drawings[style]).all()


@pytest.mark.parametrize("style", ["line", "pen", "pencil", "soft", "charcoal"])
def test_drawings_are_grey_on_light_paper(
    view: HeadView, drawings: dict[str, Picture], style: str
) -> None:
    picture = drawings[style]
    assert (picture == picture[..., :1]).all()
    background = view.labels == Label.BACKGROUND
    assert picture[background].mean() > 225
    assert picture[~background].min() < 90


@pytest.mark.parametrize("style", ["oil", "cel"])
def test_paintings_have_the_colours_of_the_photo(
    view: HeadView, drawings: dict[str, Picture], style: str
) -> None:
    skin = view.labels == Label.SKIN
    there, here = (np.median(p[skin], 0).astype(int) for p in (view.photo, drawings[style]))
    assert np.abs(there - here).max() < 60
    assert here[0] > here[2]


def test_lines_lie_where_parts_meet(view: HeadView, drawings: dict[str, Picture]) -> None:
    ink = 255 - drawings["line"][..., 0].astype(int)
    shown = (view.labels != Label.BACKGROUND).astype(np.uint8)
    rim = shown - cv2.erode(shown, np.ones((3, 3), np.uint8)) > 0
    skin = (view.labels == Label.SKIN).astype(np.uint8)
    inside = cv2.erode(skin, np.ones((5, 5), np.uint8)) > 0
    assert inside.sum() > 50
    assert ink[rim].mean() > 40
    assert ink[rim].mean() > 3 * ink[inside].mean()


@pytest.mark.parametrize("style", ["pen", "pencil", "oil"])
def test_another_seed_is_another_hand(
    view: HeadView, drawings: dict[str, Picture], style: str
) -> None:
    assert (draw(view, style, 6) != drawings[style]).any()


def test_more_points_per_pixel_draw_no_thicker_lines(person: Person) -> None:
    ink = []
    for samples in (2, 3, 4):
        other = render(person, 0.3, 0.0, SIZE, samples)
        ink.append(255 - float(draw(other, "line", 5).mean()))
    assert max(ink) < 1.15 * min(ink)


def test_an_unknown_style_is_refused(view: HeadView) -> None:
    with pytest.raises(ValueError, match="unknown style 'fresco'; known are line, pen"):
        draw(view, "fresco", 0)
