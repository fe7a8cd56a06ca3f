# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares, masks and hints as the spec has them."""

from typing import get_args

import cv2
import numpy as np
import pytest

from train.data.colour.curriculum import CURRICULA, draw_share, epsilon
from train.data.colour.hints import (
    HINT_KINDS,
    REGIMES,
    artist_hints,
    evaluation_hints,
    published_hints,
)
from train.data.colour.masks import (
    artist_mask,
    cluster_mask,
    lasso_mask,
    rectangle_mask,
    region_mask,
)
from train.data.colour.samples import ColourData, ColourSample
from train.data.colour.tasks import (
    PUBLISHED,
    Masks,
    TaskConfig,
    composition,
    line_strength,
    task,
)


@pytest.fixture(scope="module")
def sample() -> ColourSample:
    return ColourData([], "train", 128, None, 1.0).sample(4)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def shares(curriculum: str, progress: float) -> set[float]:
    rng = generator()
    return {draw_share(curriculum, progress, rng) for _ in range(400)}  # type: ignore[arg-type]


def test_epsilon_falls_from_nine_tenths_to_nothing() -> None:
    assert epsilon(0) == 0.9
    assert epsilon(0.4) == pytest.approx(0.45)
    assert epsilon(0.8) == epsilon(1) == 0


def test_without_curriculum_all_tenths_come_up_from_the_start() -> None:
    assert shares("none", 0.0) == {i / 10 for i in range(11)}


def test_the_formula_asks_for_much_first_and_for_all_amounts_later() -> None:
    assert shares("C_formula", 0.0) == {0.9, 1.0}
    assert min(shares("C_formula", 0.4)) == pytest.approx(0.45)
    assert shares("C_formula", 1.0) == {i / 10 for i in range(11)}


def test_the_published_code_knows_only_nothing_and_all() -> None:
    for progress in (0.0, 0.5, 1.0):
        assert shares("C_legacy_int", progress) == {0.0, 1.0}
    rng = generator()
    ones = np.mean([draw_share("C_legacy_int", 0.2, rng) for _ in range(4000)])
    assert ones == pytest.approx(1 / 11, abs=0.02)


def test_the_prose_asks_for_little_first() -> None:
    assert max(shares("C_prose", 0.0)) == pytest.approx(0.1)
    assert shares("C_prose", 1.0) == {i / 10 for i in range(11)}


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(ValueError, match="curricula"):
        draw_share("C_prosa", 0, generator())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dots"):
        TaskConfig(hints="dots")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="share"):
        TaskConfig(dabs=2)


def test_cluster_masks_are_unions_of_flat_colours(sample: ColourSample) -> None:
    sizes = []
    for seed in range(12):
        mask = cluster_mask(sample.clusters, 0.4, generator(seed))
        values = [np.unique(mask[sample.clusters == c]) for c in np.unique(sample.clusters)]
        assert all(len(v) == 1 for v in values)
        chosen = sum(float(v[0]) for v in values)
        assert 1 <= chosen <= max(1, int(0.4 * len(values)))
        sizes.append(mask.mean())
    assert len(set(sizes)) > 1
    for share in (0.0, 1.0):
        assert cluster_mask(sample.clusters, share, generator()).min() == 1


def test_a_mask_is_never_empty_however_small_the_share() -> None:
    clusters = np.array([[3, 3], [7, 7]], np.uint8)
    mask = cluster_mask(clusters, 0.1, generator())
    assert mask.sum() == 2


def test_region_masks_are_whole_regions(sample: ColourSample) -> None:
    mask = region_mask(sample.regions, generator(3))
    inside = np.unique(sample.regions[mask > 0])
    assert 1 <= len(inside) <= 6
    assert not np.isin(sample.regions[mask == 0], inside).any()
    assert region_mask(np.zeros((5, 5), np.int32), generator()).all()


@pytest.mark.parametrize("seed", range(20))
def test_rectangles_and_loops_are_what_they_are_called(seed: int) -> None:
    box = rectangle_mask((60, 90), generator(seed))
    ys, xs = np.nonzero(box)
    assert box.sum() == (np.ptp(ys) + 1) * (np.ptp(xs) + 1)
    loop = lasso_mask((60, 90), generator(seed)).astype(np.uint8)
    assert cv2.connectedComponents(loop)[0] == 2
    assert 0.01 < loop.mean() < 0.95
    mixed = artist_mask(np.zeros((60, 90), np.int32), generator(seed))
    assert mixed.any()
    assert set(np.unique(mixed)) <= {0, 1}


def test_hints_are_none_all_or_some(sample: ColourSample) -> None:
    mask = np.ones((128, 128), np.float32)

    def drawn(share: float, seed: int = 0) -> float:
        hints = published_hints(
            sample.colour, sample.flat, mask, share, "disks_quantised", generator(seed)
        )
        assert (hints.rgb[hints.alpha == 0] == 0).all()
        return float(hints.alpha.mean())

    assert drawn(0.0) == 0
    assert drawn(1.0) == 1
    assert 0 < np.mean([drawn(0.5, seed) for seed in range(10)]) < 0.8


def test_the_number_of_hints_is_that_of_the_published_rule(sample: ColourSample) -> None:
    mask = np.ones((128, 128), np.float32)
    rng = generator()
    counts = [
        published_hints(sample.colour, sample.flat, mask, 0.5, "pixels", rng).alpha.sum()
        for _ in range(150)
    ]
    # Half of rho's mean, of all pixels.
    assert np.mean(counts) == pytest.approx(128 * 128 * (1e-4 + 1e-2) / 4, rel=0.15)


def test_pixels_show_the_illustration_and_disks_the_flat_colours(sample: ColourSample) -> None:
    mask = np.ones((128, 128), np.float32)
    found = {
        kind: published_hints(sample.colour, sample.flat, mask, 0.5, kind, generator(5))
        for kind in HINT_KINDS
    }
    pixels = found["pixels"]
    place = pixels.alpha > 0
    assert place.any()
    assert (pixels.rgb[place] == sample.colour[place]).all()
    palette = {tuple(c) for c in sample.flat.reshape(-1, 3).tolist()}
    disks = found["disks_quantised"]
    assert {tuple(c) for c in disks.rgb[disks.alpha > 0].tolist()} <= palette
    assert disks.alpha.sum() > place.sum()
    shown = found["disks_illustration"]
    seen = {tuple(c) for c in sample.colour.reshape(-1, 3).tolist()}
    assert {tuple(c) for c in shown.rgb[shown.alpha > 0].tolist()} <= seen
    assert (shown.alpha == disks.alpha).all()


def test_hints_start_under_the_mask(sample: ColourSample) -> None:
    mask = np.zeros((128, 128), np.float32)
    mask[:, 64:] = 1
    hints = published_hints(sample.colour, sample.flat, mask, 0.5, "pixels", generator(1))
    assert hints.alpha[:, 64:].any()
    assert not hints.alpha[:, :64].any()


def test_dabs_keep_to_their_region_and_the_mask(sample: ColourSample) -> None:
    mask = np.zeros((128, 128), np.float32)
    mask[20:110, 20:110] = 1
    numbers = []
    for seed in range(10):
        hints = artist_hints(sample.flat, sample.regions, mask, generator(seed))
        place = hints.alpha > 0
        numbers.append(cv2.connectedComponents(hints.alpha)[0] - 1)
        wrong = (hints.rgb[place] != sample.flat[place]).any(1)
        assert wrong.mean() < 0.1  # the disks' diagonals may touch a neighbour
        assert mask[place].mean() > 0.9
    assert min(numbers) >= 1
    assert max(numbers) > min(numbers)
    nothing = artist_hints(sample.flat, sample.regions, 0 * mask, generator())
    assert not nothing.alpha.any()


@pytest.mark.parametrize(("regime", "disks"), [("SH4", 9), ("SH16", 225), ("NH", 0)])
def test_evaluation_hints_lie_on_a_grid(regime: str, disks: int) -> None:
    flat = np.zeros((512, 512, 3), np.uint8)
    flat[:, 256:] = (10, 20, 250)
    hints = evaluation_hints(flat, regime)  # type: ignore[arg-type]
    assert cv2.connectedComponents(hints.alpha)[0] - 1 == disks
    if disks:
        step = 512 // int(regime[2:])
        assert hints.alpha[step, step] == 1
        assert hints.rgb[step, 512 - step].tolist() == [10, 20, 250]
        assert hints.rgb[step, step].tolist() == [0, 0, 0]  # not inverted
        assert hints.alpha[step, step - 5 : step + 6].all() and not hints.alpha[step, step - 6]
        assert hints.alpha[step, 2 * step - 10 : 2 * step + 11].all()


def test_dense_evaluation_hints_are_the_flat_colours(sample: ColourSample) -> None:
    hints = evaluation_hints(sample.flat, "FH")
    assert (hints.rgb == sample.flat).all()
    assert hints.alpha.all()
    with pytest.raises(ValueError, match="regimes"):
        evaluation_hints(sample.flat, "SH5")  # type: ignore[arg-type]
    assert len(REGIMES) == 5


@pytest.mark.parametrize("curriculum", CURRICULA)
@pytest.mark.parametrize("masks", get_args(Masks))
def test_tasks_have_the_right_form(sample: ColourSample, curriculum: str, masks: str) -> None:
    config = TaskConfig(curriculum=curriculum, masks=masks)  # type: ignore[arg-type]
    for seed in range(6):
        asked = task(sample, generator(seed), config, 0.5)
        assert asked.mask.shape == asked.hint_alpha.shape == (128, 128)
        assert asked.mask.dtype == np.float32
        assert asked.hint_rgb.shape == (128, 128, 3)
        assert asked.hint_alpha.dtype == asked.hint_rgb.dtype == np.uint8
        assert set(np.unique(asked.mask)) <= {0, 1}
        assert asked.hint_alpha.max() <= 1
        assert asked.mask.any()
        if masks == "full":
            assert asked.mask.all()


def test_tasks_are_drawn_from_the_generator(sample: ColourSample) -> None:
    first, again = (task(sample, generator(8), TaskConfig()) for _ in range(2))
    assert (first.mask == again.mask).all()
    assert (first.hint_rgb == again.hint_rgb).all()


def test_mixed_masks_are_seldom_a_few_pixels(sample: ColourSample) -> None:
    def few(masks: str) -> float:
        config, rng = TaskConfig(masks=masks), generator(2)  # type: ignore[arg-type]
        return float(np.mean([task(sample, rng, config).mask.mean() < 0.02 for _ in range(150)]))

    assert few("mixed") < 0.5 * few("clusters")


def test_published_tasks_are_whole_and_dense_as_often_as_the_code_has_them(
    sample: ColourSample,
) -> None:
    rng = generator(1)
    asked = [task(sample, rng, PUBLISHED) for _ in range(600)]
    whole = np.mean([bool(a.mask.all()) for a in asked])
    dense = np.mean([bool(a.hint_alpha.all()) for a in asked])
    assert whole == pytest.approx(2 / 11, abs=0.05)
    assert dense == pytest.approx(1 / 11, abs=0.04)


def test_the_composition_is_picture_outside_and_line_inside(sample: ColourSample) -> None:
    mask = np.zeros((128, 128), np.float32)
    mask[:, 64:] = 1
    seen = composition(sample, mask, 0.6)
    assert (seen[:, :64] == sample.colour[:, :64]).all()
    ink = sample.line[:, 64:] == 1
    assert ink.any()
    assert (seen[:, 64:][ink] == 102).all()  # 1 - 0.6
    assert (seen[:, 64:][sample.line[:, 64:] == 0] == 255).all()


def test_lines_are_as_black_as_published() -> None:
    rng = generator()
    found = {line_strength(TaskConfig(), rng) for _ in range(200)}
    assert found == {0.6, 0.7, 0.8, 0.9, 1.0}
    assert line_strength(TaskConfig(strength=(1.0, 1.0)), rng) == 1
