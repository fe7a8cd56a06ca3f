# SPDX-License-Identifier: GPL-3.0-or-later
"""People drawn from seeds, and their views."""

import math

import numpy as np
import pytest

from ai_tools.nets.portrait_light import PortraitLightConfig
from train.data.heads.convention import Kind, Label, camera_axes
from train.data.heads.materials import IRIS_TINTS, eye_texture
from train.data.heads.pack import HeadPack
from train.data.heads.person import Person, draw_person
from train.data.heads.shape import subdivide, vertex_normals
from train.data.heads.traits import draw_traits, face_sliders
from train.data.heads.view import HeadView, render, render_views

SIZE = 48


@pytest.fixture(scope="module")
def person(pack: HeadPack) -> Person:
    return draw_person(pack, 3)


@pytest.fixture(scope="module")
def front(person: Person) -> HeadView:
    return render(person, 0.0, 0.0, SIZE)


def test_a_seed_is_a_person(pack: HeadPack, person: Person) -> None:
    again = draw_person(pack, 3)
    assert again.traits == person.traits
    assert (again.mesh.vertices == person.mesh.vertices).all()
    assert draw_person(pack, 4).traits != person.traits


def test_traits_are_within_their_ranges(pack: HeadPack) -> None:
    for seed in range(60):
        traits = draw_traits(pack, seed)
        assert 0 <= traits.gender <= 1 and 0.3 <= traits.age <= 1
        assert math.isclose(sum(traits.ancestry.values()), 1)
        assert traits.beard == "none" or traits.gender > 0.5
        assert traits.skin == ""  # strict
        assert traits.cloth.removeprefix("cloth/").startswith(
            "male" if traits.gender > 0.5 else "female"
        )


def test_sliders_move_both_sides_of_a_face(pack: HeadPack) -> None:
    sliders = face_sliders(pack)
    assert (
        ("eyes/l-eye-scale-decr", "eyes/r-eye-scale-decr"),
        ("eyes/l-eye-scale-incr", "eyes/r-eye-scale-incr"),
    ) in sliders
    assert not any("/r-" in target[0] for pair in sliders for target in pair)


def test_every_eye_colour_can_be_made(pack: HeadPack) -> None:
    means = {eye_texture(pack, name)[..., :3].mean((0, 1)).tobytes() for name in IRIS_TINTS}
    assert len(means) == len(IRIS_TINTS)


def test_subdividing_a_sphere_keeps_it_round() -> None:
    corners = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1.0]])
    faces = np.array(
        [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]
    )
    uv, carried = np.zeros((8, 3, 2)), corners[:, :1]
    vertices, small, _, x = subdivide(corners, corners, faces.astype(np.int32), uv, carried)
    assert len(vertices) == 18 and small.shape == (32, 3) and len(x) == 18
    lengths = np.linalg.norm(vertices, axis=1)
    assert lengths[:6].tolist() == [1] * 6
    assert lengths[6:].min() > math.sqrt(0.5) + 0.1  # further out than flat edges
    normals = vertex_normals(vertices, small)
    assert ((normals * vertices).sum(1) / lengths).min() > 0.99


def test_a_view_says_what_every_pixel_is(front: HeadView) -> None:
    assert front.photo.shape == (SIZE, SIZE, 3) and front.photo.dtype == np.uint8
    assert front.labels.shape == front.depth.shape == (SIZE, SIZE)
    assert front.labels.max() <= 18
    background = front.labels == Label.BACKGROUND
    assert (np.isinf(front.depth) == background).all()
    seen = set(np.unique(front.labels))
    assert {Label.SKIN, Label.HAIR, Label.LEFT_EYE, Label.RIGHT_EYE, Label.CLOTH} <= seen
    lengths = np.linalg.norm(front.normal, axis=-1)
    assert (lengths[background] == 0).all() and lengths[~background].min() > 0.01


def test_left_is_the_right_half_of_a_frontal_view(front: HeadView) -> None:
    columns = {label: np.nonzero(front.labels == label)[1].mean() for label in (4, 5)}
    assert columns[Label.RIGHT_EYE] < SIZE / 2 < columns[Label.LEFT_EYE]
    rows = {label: np.nonzero(front.labels == label)[0].min() for label in (4, 13, 18)}
    assert rows[Label.HAIR] < rows[Label.LEFT_EYE] < rows[Label.CLOTH]


def test_the_head_lies_in_the_network_s_frame(person: Person) -> None:
    config = PortraitLightConfig()
    for camera in [(0.0, 0.0), (1.0, 0.3), (-1.0, -0.3)]:
        view = render(person, *camera, SIZE)
        depth = view.depth[view.labels != Label.CLOTH]
        depth = depth[np.isfinite(depth)]
        assert config.near < depth.min() and depth.max() < config.far


def test_depth_takes_two_views_to_the_same_points(person: Person) -> None:
    """What one view sees, another one sees at the depth that the first one says."""
    first, second = (render(person, yaw, 0.05, 96) for yaw in (-0.15, 0.15))
    slope = math.tan(math.radians(12.3) / 2)
    grid = (np.arange(96) + 0.5) / 48 - 1
    x, y = np.meshgrid(grid * slope, -grid * slope)
    rays = np.stack([x, y, -np.ones_like(x)], -1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    axes, other = camera_axes(first.yaw, first.pitch), camera_axes(second.yaw, second.pitch)
    skin = (first.labels == Label.SKIN) & (first.normal @ axes[2] > 0.8)
    world = (rays[skin] * first.depth[skin][:, None]) @ axes + 16.5 * axes[2]
    local = world @ other.T - np.array([0, 0, 16.5])
    column = ((local[:, 0] / -local[:, 2] / slope + 1) * 48).astype(int)
    row = ((-local[:, 1] / -local[:, 2] / slope + 1) * 48).astype(int)
    there = second.depth[row, column]
    same = np.abs(there - np.linalg.norm(local, axis=1)) < 0.05
    assert same.mean() > 0.85


def test_light_stays_with_the_person(pack: HeadPack) -> None:
    """Skin on the lit side is the brighter one, from all sides."""
    person = draw_person(pack, 3)
    for yaw in (-0.5, 0.0, 0.5):
        maps = render(person, yaw, 0.0, SIZE).maps
        skin = maps.kind == Kind.SKIN
        assert np.corrcoef(maps.lambert[skin], maps.colour[skin].mean(-1))[0, 1] > 0.3


def test_torch_draws_the_same_views(person: Person) -> None:
    cameras = [(-0.9, 0.1), (0.2, -0.2)]
    ours = render_views(person, cameras, SIZE)
    by_torch = render_views(person, cameras, SIZE, device="cpu:0")
    for view, other in zip(ours, by_torch, strict=True):
        same = view.labels == other.labels
        assert same.mean() > 0.995
        both = same & np.isfinite(view.depth)
        assert np.abs(view.depth[both] - other.depth[both]).max() < 1e-3
        assert np.abs(view.photo.astype(int) - other.photo)[same].mean() < 1


def test_people_without_hair_have_none(pack: HeadPack) -> None:
    seeds = [seed for seed in range(300) if draw_traits(pack, seed).hair == "bald"]
    assert seeds
    view = render(draw_person(pack, seeds[0]), 0.0, 0.0, SIZE)
    assert Label.HAIR not in view.labels and Label.SKIN in view.labels
