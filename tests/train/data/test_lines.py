# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of rough and clean drawings."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ai_tools.nets.simplifier_light import HEADS
from train.data.lines.__main__ import main
from train.data.lines.media import Noise
from train.data.lines.pairs import PairBatches, PairSettings, input_statistics, make_pair
from train.data.lines.scenes import Bank, Scene, make_scene
from train.data.lines.targets import draw_clean, draw_targets, importance, kept
from train.data.sketches import read_sketches

SIZE = 128


@pytest.fixture
def bank(drawings: Path) -> Bank:
    """The training part of the small set."""
    return Bank.of(read_sketches([drawings]), "train")


def test_a_pair_belongs_to_its_key(bank: Bank) -> None:
    settings = PairSettings(size=SIZE)
    first, again = (make_pair(bank, settings, 3, 14) for _ in range(2))
    other = make_pair(bank, settings, 3, 15)
    assert (first.rough == again.rough).all()
    assert first.degree == again.degree
    for name, plane in first.targets().items():
        assert (plane == again.targets()[name]).all(), name
    assert (first.rough != other.rough).any()


@pytest.mark.parametrize("mess", [0.0, 0.5, 1.0])
def test_clean_lines_lie_within_the_rough_ink(bank: Bank, mess: float) -> None:
    noise = Noise(tone=False, slur=False, grain=False)
    settings = PairSettings(size=SIZE, noise=noise, mess=mess, identity=0.0)
    shares = []
    for i in range(8):
        pair = make_pair(bank, settings, 5, i)
        ink = (pair.rough < 200).astype(np.uint8)
        reach = 2 * round(1 + 4 * mess) + 1
        near = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
        wanted = draw_clean(pair.scene) > 0.5
        shares.append(near[wanted].mean())
    assert np.mean(shares) > 0.9


def test_messier_means_more_ink_beside_the_lines(bank: Bank) -> None:
    noise = Noise(tone=False, slur=False, grain=False)

    def astray(mess: float) -> float:
        settings = PairSettings(size=SIZE, noise=noise, mess=mess, identity=0.0, degrees=False)
        pairs = [make_pair(bank, settings, 6, i) for i in range(16)]
        away = [pair.targets()["distance"][0] > 4 for pair in pairs]
        return float(np.mean([(p.rough < 200)[a].mean() for p, a in zip(pairs, away, strict=True)]))

    assert astray(1.0) > 2 * astray(0.0)


def test_without_noise_the_paper_is_white(bank: Bank) -> None:
    noise = Noise(tone=False, slur=False, grain=False)
    for i in range(6):
        rough = make_pair(bank, PairSettings(size=SIZE, noise=noise), 7, i).rough
        assert np.median(rough) == 255


def test_targets_have_the_networks_shapes_and_ranges(bank: Bank) -> None:
    pair = make_pair(bank, PairSettings(size=SIZE), 1, 2)
    targets = pair.targets()
    for head, channels in HEADS.items():
        assert targets[head].shape == (channels, SIZE, SIZE), head
        assert targets[head].dtype == np.float32
    for head in ("line", "junction", "end", "confidence", "near", "known"):
        assert targets[head].min() >= 0
        assert targets[head].max() <= 1
    assert np.hypot(*targets["orientation"]) == pytest.approx(1, abs=1e-5)
    assert targets["distance"].max() <= 8
    # Where there is a line, its middle is near.
    filled = bool(pair.scene.fills)
    assert filled or targets["distance"][0][targets["line"][0] > 0.9].max() < 2.5


def test_a_higher_degree_keeps_fewer_strokes_and_the_important_ones() -> None:
    lengths = np.arange(2, 14)
    strokes = tuple(np.c_[3.0 * np.arange(n), np.full(n, 9.0 * n)] for n in lengths)
    firm = np.linspace(0.7, 0.9, len(lengths))
    scene = Scene(strokes, np.ones(len(lengths)), firm, (len(lengths) - 1,), SIZE)
    counts = [int(kept(scene, degree).sum()) for degree in (0.0, 0.4, 0.8, 1.0)]
    assert counts[0] == len(scene.strokes)
    assert counts == sorted(counts, reverse=True)
    stays = kept(scene, 0.8)
    assert stays.any() and not stays.all()
    assert scene.choose(stays).fills == (int(stays.sum()) - 1,)
    worth = importance(scene)
    assert worth[stays].min() >= worth[~stays].max()
    targets = draw_targets(scene, 0.8)
    assert targets["line"].sum() < draw_targets(scene)["line"].sum()
    known = targets["known"] > 0
    assert 0 < targets["confidence"][known].mean() < 1


def test_trademarks_are_left_out(drawings: Path) -> None:
    words = drawings.with_suffix(".json")
    data = read_sketches([drawings])
    words.write_text(words.read_text().replace("zigzag", "Brand"))
    without = Bank.of(read_sketches([drawings]), "train")
    boxes = data.part("train").label == data.label_names.index("box")
    assert len(without.drawings) == boxes.sum()


def test_pairs_need_no_drawings() -> None:
    pair = make_pair(Bank([]), PairSettings(size=SIZE), 0)
    assert len(pair.scene.strokes) >= 4
    assert pair.rough.shape == (SIZE, SIZE)


def test_whole_sheets_are_emptier_than_patches(bank: Bank) -> None:
    def inked(whole: bool) -> float:
        settings = PairSettings(size=SIZE, whole=whole)
        pairs = [make_pair(bank, settings, 9, i) for i in range(12)]
        return float(np.mean([draw_clean(pair.scene).mean() for pair in pairs]))

    assert inked(True) < inked(False)


def test_batches_belong_to_their_step(bank: Bank) -> None:
    batches = PairBatches(bank, PairSettings(size=SIZE), batch=2, seed=1)
    batch = batches[7]
    assert batch.rough.shape == (2, 1, SIZE, SIZE)
    assert batch.targets["orientation"].shape == (2, 2, SIZE, SIZE)
    assert torch.equal(batch.rough, batches[7].rough)
    assert not torch.equal(batch.rough, batches[8].rough)


def test_statistics_are_those_of_drawings(bank: Bank) -> None:
    mean, std = input_statistics(bank, PairSettings(size=64), 0)
    assert 0.5 < mean < 1
    assert 0.05 < std < 0.4


def test_the_sheet_is_a_picture_of_pairs(tmp_path: Path, drawings: Path) -> None:
    out = tmp_path / "sheet.png"
    command = ["sheet", "--out", str(out), "--data", str(drawings), "--count", "4", "--size", "64"]
    main(command)
    picture = cv2.imread(str(out))
    assert picture.shape[1] > 4 * 2 * 64
    assert picture.std() > 10


def test_scenes_of_the_shared_drawings_are_full(shared: Path) -> None:
    data = read_sketches([shared / "data/sketches/tuberlin.npz"])
    whole = Bank.of(data, "train")
    scenes = [make_scene(whole, 256, np.random.default_rng(i)) for i in range(10)]
    assert np.mean([len(scene.strokes) for scene in scenes]) > 8
