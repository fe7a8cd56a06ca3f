# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads from the true pack: LIMNER_HEADS_PACK, or ../shared/data/heads; skipped without one."""

import os
from pathlib import Path

import numpy as np
import pytest

from train.data.heads.convention import STYLES, Label
from train.data.heads.drawing import draw_styles
from train.data.heads.pack import HeadPack
from train.data.heads.person import draw_person
from train.data.heads.shape import face_regions
from train.data.heads.view import render

NEVER = {Label.GLASSES, Label.HAT, Label.EARRING, Label.NECKLACE}


@pytest.fixture(scope="module")
def real() -> HeadPack:
    root = Path(__file__).resolve().parents[4]
    default = root.parent / "shared/data/heads/heads_pack.npz"
    path = Path(os.environ.get("LIMNER_HEADS_PACK", default))
    if not path.exists():
        pytest.skip(f"no head pack at {path}; set LIMNER_HEADS_PACK")
    return HeadPack.load(path)


def test_all_classes_but_accessories_occur(real: HeadPack) -> None:
    seen: set[int] = set()
    for seed in (0, 2, 14, 22):
        person = draw_person(real, seed)
        for yaw in (-0.6, 0.6):
            seen |= set(np.unique(render(person, yaw, 0.0, 96).labels).tolist())
    assert seen == set(range(19)) - NEVER


def test_faces_lie_in_the_middle(real: HeadPack) -> None:
    for seed in (1, 5, 8):
        labels = render(draw_person(real, seed), 0.0, 0.0, 64).labels
        rows, columns = np.nonzero((labels == Label.SKIN) | (labels == Label.NOSE))
        assert abs(columns.mean() - 32) < 3 and abs(rows.mean() - 34) < 7
        assert 0.25 < (labels == Label.BACKGROUND).mean() < 0.75
        eyes = [np.nonzero(labels == label) for label in (Label.RIGHT_EYE, Label.LEFT_EYE)]
        assert eyes[0][1].mean() < 32 < eyes[1][1].mean()


def test_regions_are_where_a_face_has_them(real: HeadPack) -> None:
    regions = face_regions(real)
    _, eye_y, _ = regions.eye_centre
    assert 0.4 < eye_y - regions.mouth_height < 1.2
    nose = real.vertices[regions.nose > 0.8]
    assert abs(nose[:, 0].mean()) < 0.02
    assert regions.mouth_height < nose[:, 1].mean() < eye_y
    ears = np.abs(real.vertices[regions.ear][:, 0])
    assert ears.min() > 0.5


def test_strict_people_use_no_painted_texture(real: HeadPack) -> None:
    assert real.strict
    assert {name for name in real.textures if not name.startswith("mask/")} == {"eye/brown"}
    view = render(draw_person(real, 4), 0.2, 0.0, 64)
    drawings = draw_styles(view, STYLES, 1)
    assert all(30 < picture.mean() < 252 for picture in drawings.values())
