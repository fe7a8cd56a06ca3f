# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of heads: mirrored, moved and cut to size as they say they are."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from ai_tools.nets.portrait_light import PortraitLightConfig
from ai_tools.nets.portrait_source import Source, look_up
from ai_tools.nets.triplane import FieldView, geometry_maps
from ai_tools.nets.volume import Camera
from tests.train.portrait_heads import SIZE, VIEWS, write_heads
from train.common.run import RunError
from train.portrait_data import (
    Head,
    HeadBatches,
    drawing_tensor,
    moved,
    on_white,
    picture_target,
    read_heads,
    resized_labels,
    view_target,
    wear,
)
from train.portrait_setup import DataConfig

NET = PortraitLightConfig(input_size=32, size=8, preview_size=8)
DATA = DataConfig(size=32)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> list[Head]:
    return read_heads([write_heads(tmp_path_factory.mktemp("heads") / "set")], "train")


def test_heads_are_unpacked_as_they_were_stored(people: list[Head]) -> None:
    head = people[0]
    assert head.views == VIEWS
    assert head.photo.shape == (VIEWS, SIZE, SIZE, 3)
    assert head.drawings["pen"].shape == (VIEWS, SIZE, SIZE)
    assert head.drawings["oil"].shape == (VIEWS, SIZE, SIZE, 3)
    assert ((head.depth > 0) == (head.labels > 0)).all()
    assert head.picture(0, "pen").shape == head.picture(0, "photo").shape == (SIZE, SIZE, 3)


def test_a_folder_without_heads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no data set"):
        read_heads([tmp_path], "train")
    with pytest.raises(RunError, match="nobody for valid"):
        read_heads([write_heads(tmp_path / "set", valid=0)], "valid")


def test_a_batch_is_the_same_every_time_and_another_at_the_next_step(people: list[Head]) -> None:
    batches = HeadBatches(people, DATA, NET, 3, 0)
    one, same, other = batches[4], batches[4], batches[5]
    for field in dataclasses.fields(one):
        assert torch.equal(getattr(one, field.name), getattr(same, field.name)), field.name
    assert not torch.equal(one.drawing, other.drawing)
    assert one.drawing.shape == (3, 3, 32, 32)
    assert one.photo.shape == (6, 3, 8, 8)
    assert one.picture.shape == (3, 3, 32, 32)
    assert one.labels.shape == (3, 32, 32)
    assert set(one.shown.tolist()) <= set(range(6))
    assert torch.equal(one.shown % 3, torch.arange(3))


def test_the_drawings_own_view_is_turned_little(people: list[Head]) -> None:
    batches = HeadBatches(people, DataConfig(size=32, drawn_yaw=20), NET, 4, 0)
    for number in range(8):
        batch = batches[number]
        assert (batch.pose[:, 0].abs() < 0.4).all()
        torch.testing.assert_close(batch.pose[:, :2], batch.camera[:4])
        assert (batch.camera[4:, 0].abs() > 0.4).all()


def test_mirroring_swaps_sides_and_the_names_of_parts(people: list[Head]) -> None:
    head = people[0]
    plain = view_target(head, 0, False, 32, NET) | picture_target(head, 0, 5, False, 32, NET)
    mirrored = view_target(head, 0, True, 32, NET) | picture_target(head, 0, 5, True, 32, NET)
    assert mirrored["camera"][0] == -plain["camera"][0]
    for name in ("photo", "depth", "picture", "opacity"):
        torch.testing.assert_close(mirrored[name], plain[name].flip(-1))
    assert (plain["labels"] == 4).any()
    assert torch.equal(mirrored["labels"] == 5, (plain["labels"] == 4).flip(-1))
    assert not (mirrored["labels"] == 4).any()


def test_depth_is_that_of_the_heads_own_pixels(people: list[Head]) -> None:
    view = view_target(people[0], 1, False, 32, NET)
    solid = view["depth"][view["solid"]]
    assert 15 < solid.min() <= solid.max() < 16.6
    assert view["depth"][view["opacity"] == 0].eq(NET.far).all()
    assert view["opacity"].max() == 1


def test_small_label_maps_go_by_the_majority() -> None:
    labels = np.zeros((8, 8), np.uint8)
    labels[:4, :3] = 13
    labels[4:, 4:6] = 4  # half of the block: the smaller part of a face wins
    assert resized_labels(labels, 2).tolist() == [[13, 0], [0, 4]]


def test_backgrounds_go_where_no_drawing_shows_them(people: list[Head]) -> None:
    head = dataclasses.replace(people[0], photo=np.full_like(people[0].photo, 90))
    picture = on_white(head, 0, "photo")
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[SIZE // 2, SIZE // 2].tolist() == [90, 90, 90]
    assert np.array_equal(on_white(head, 0, "pen"), head.picture(0, "pen"))


def test_a_moved_drawing_is_found_again_by_its_pose() -> None:
    """The batches' idea of roll, scale and shift is the network's."""
    grid = np.linspace(0, 255, 64)
    picture = np.stack([np.tile(grid, (64, 1)), np.tile(grid, (64, 1)).T, np.full((64, 64), 128)])
    picture = picture.transpose(1, 2, 0).astype(np.uint8)
    change = (0.15, -0.1, 0.1, -0.05)
    drawing = drawing_tensor(moved(picture, change, 64))[None]
    front, frame = Camera(torch.zeros(1), torch.zeros(1)), NET.frame
    depth, opacity = torch.full((1, 1, 16, 16), 16.5), torch.ones(1, 1, 16, 16)
    view = FieldView(depth, depth, opacity, geometry_maps(depth, opacity, frame))
    source = Source(drawing, torch.tensor([[0.0, 0.0, *change]]), torch.ones(1, 1))
    seen = look_up(source, view, front, frame, 4).drawing
    middle = (slice(None), slice(None), slice(16, 48), slice(16, 48))
    assert (seen[middle] - drawing_tensor(picture)[None][middle]).abs().max() < 0.03


def test_worn_drawings_stay_pictures() -> None:
    picture = np.full((32, 32, 3), 255, np.uint8)
    picture[10:12] = 0
    for seed in range(20):
        worn = wear(picture, np.random.default_rng(seed))
        assert worn.shape == picture.shape
        assert worn.dtype == np.uint8
        assert worn[10:12].mean() < worn[20:].mean()
