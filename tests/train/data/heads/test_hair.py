# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair that grows on the small bust."""

import numpy as np
import pytest

from train.data.heads.hair import POINTS, Hair, grow_hair
from train.data.heads.hair_styles import HAIR_STYLES, hair_style
from train.data.heads.pack import HeadPack
from train.data.heads.shape import face_regions, scalp_weight
from train.data.heads.traits import HAIR


def grown(pack: HeadPack, style: str, seed: int = 1) -> Hair:
    regions = face_regions(pack)
    scalp = scalp_weight(pack.vertices, regions.eye_centre) * ~regions.ear
    rng = np.random.default_rng(seed)
    eye = regions.eye_centre
    return grow_hair(pack.vertices, pack.faces, scalp, style, eye, 1.0, rng)


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_every_style_grows(pack: HeadPack, style: str) -> None:
    hair = grown(pack, style)
    strands = len(hair.vertices) // (2 * POINTS)
    assert strands >= 3000
    assert hair.faces.shape == (strands * (POINTS - 1) * 2, 3)
    assert hair.faces.max() == len(hair.vertices) - 1
    assert np.isfinite(hair.vertices).all() and np.abs(hair.vertices).max() < 12
    assert np.allclose(np.linalg.norm(hair.normals, axis=1), 1, atol=1e-3)
    assert 0.3 < hair.brightness.min() < hair.brightness.max() < 1.9


@pytest.mark.parametrize("style", ["curly_long", "part_long", "part_bob", "curtain"])
def test_no_hair_hangs_over_the_eyes(pack: HeadPack, style: str) -> None:
    eye = face_regions(pack).eye_centre
    x, y, z = grown(pack, style).vertices.T
    before_the_eyes = (np.abs(x) < 0.4) & (np.abs(y - eye[1]) < 0.1) & (z > eye[2] - 0.2)
    assert before_the_eyes.mean() < 1e-3


def test_the_same_seed_grows_the_same_hair(pack: HeadPack) -> None:
    assert (grown(pack, "messy").vertices == grown(pack, "messy").vertices).all()
    assert (grown(pack, "messy").vertices != grown(pack, "messy", 2).vertices).any()


def test_people_have_no_other_styles() -> None:
    names = {name for shares in HAIR.values() for name in shares} - {"bald", "buzz"}
    assert names <= set(HAIR_STYLES)
    with pytest.raises(ValueError, match="unknown hair style: mohawk"):
        hair_style("mohawk", np.random.default_rng(0))
