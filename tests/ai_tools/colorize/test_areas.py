# SPDX-License-Identifier: GPL-3.0-or-later
"""From drawings to areas: ink, closed areas, hints in them, and both at any size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ai_tools.colorize import evidence, hints, kernels, lines, obey, regions, scale
from app.jobs import CancelToken
from tests.ai_tools.colorize.drawings import (
    BLUE,
    GREEN,
    LEFT,
    RED,
    RIGHT,
    SKIN,
    clear,
    dabs,
    difference,
    inked,
    rooms,
)

MASKS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14)))


def ink_of(lines_bgra: np.ndarray) -> np.ndarray:
    return lines.ink_of(lines_bgra)


# -- ink -----------------------------------------------------------------------------------------


def test_a_drawing_has_the_same_ink_on_any_ground() -> None:
    expected = rooms()[..., 3].astype(int)
    for ground in (None, (255, 255, 255), (250, 246, 240), (200, 205, 198), (160, 160, 160)):
        away = np.abs(ink_of(rooms(paper=ground)).astype(int) - expected)
        assert away.mean() < 3, ground
        assert (away > 80).mean() < 0.01, ground


def test_pale_lines_count_in_full() -> None:
    pencil = ink_of(rooms(ink=(150, 150, 150)))
    assert pencil[15, 40] > 230


def test_white_lines_on_a_clear_layer_are_lines() -> None:
    assert ink_of(rooms(ink=(255, 255, 255)))[15, 40] > 230


def test_uneven_light_on_the_paper_is_no_ink() -> None:
    paper = np.tile(np.linspace(255, 170, 300), (300, 1))[..., None]
    scan = rooms(300, thick=4, paper=(255, 255, 255)).astype(float)
    scan[..., :3] = scan[..., :3] * paper / 255
    ink = ink_of(scan.astype(np.uint8))
    bare = rooms(300, thick=4)[..., 3] == 0
    assert (ink[bare] < regions.OPEN).mean() > 0.995


def test_paper_is_told_from_a_clear_layer() -> None:
    for ground, answer in ((None, False), ((255, 255, 255), True), ((190, 180, 170), True)):
        drawing = rooms(paper=ground)
        assert lines.covers_paper(drawing, ink_of(drawing)) is answer


# -- areas ---------------------------------------------------------------------------------------


def test_rooms_are_four_areas_whatever_the_size_of_the_gap_below_the_limit() -> None:
    for gap in (0, 2, 4, 5):
        assert regions.find(rooms(gap=gap)[..., 3], 6).count == 4
    assert regions.find(rooms(gap=24)[..., 3], 6).count == 3


def test_a_thin_area_is_not_cut_up() -> None:
    ink = np.zeros((60, 200), np.uint8)
    ink[20], ink[26] = 255, 255  # a corridor five pixels wide, as long as the picture
    found = regions.find(ink, 12)
    assert found.count == 3
    assert found.width[found.labels[23, 100]] == pytest.approx(5, abs=1)


def test_a_one_pixel_slanting_soft_line_closes() -> None:
    cover = np.zeros((80, 80), np.uint8)
    cv2.line(cover, (0, 13), (79, 61), 255, 1, cv2.LINE_AA)
    found = regions.find(cover, 0)
    assert found.labels[5, 70] != found.labels[75, 10]


@given(MASKS, st.integers(0, 9))
@settings(max_examples=60)
def test_every_pixel_has_an_area_and_every_area_hangs_together(ink: np.ndarray, gap: int) -> None:
    found = regions.find(ink, gap)
    assert found.labels.shape == ink.shape
    assert found.labels.min() >= 1 and found.labels.max() <= found.count
    assert np.array_equal(
        found.area[1:], np.bincount(found.labels[found.open], minlength=found.count + 1)[1:]
    )
    for label in range(1, found.count + 1):
        inside = (found.labels == label).astype(np.uint8)
        assert cv2.connectedComponents(inside, connectivity=4)[0] == 2


@given(MASKS)
@settings(max_examples=40)
def test_without_gap_closing_areas_are_the_connected_ones(ink: np.ndarray) -> None:
    found = regions.find(ink, 0)
    count, parts = cv2.connectedComponents((ink < regions.OPEN).astype(np.uint8), connectivity=4)
    if count == 1:
        assert found.count == 1
        return
    for label in range(1, count):
        assert len(np.unique(found.labels[parts == label])) >= 1
    for a, b, _ in regions.touching(found):  # what was cut met through a single pixel's width
        assert min(found.width[a], found.width[b]) > 0


def test_areas_that_meet_in_the_open_are_known() -> None:
    found = regions.find(rooms(gap=6)[..., 3], 6)
    left, right = found.labels[36, 36], found.labels[30, 81]
    (pair,) = regions.touching(found)
    assert set(pair[:2].tolist()) == {left, right}
    assert 1 <= pair[2] <= 12


# -- hints ---------------------------------------------------------------------------------------


def test_like_colours_are_one_hint_and_different_ones_are_not() -> None:
    rgb = np.zeros((4, 40, 3), np.uint8)
    rgb[:, :20], rgb[:, 20:30], rgb[:, 30:] = RED, (201, 42, 40), BLUE
    read = hints.read(rgb, np.full((4, 40), 255, np.uint8))
    assert read.rgb.tolist() == [list(RED), list(BLUE)]
    assert set(read.at[:, :30].ravel()) == {0} and set(read.at[:, 30:].ravel()) == {1}


def test_mixtures_where_strokes_overlap_are_no_hints() -> None:
    rgb = np.zeros((9, 21, 3), np.uint8)
    rgb[:, :10], rgb[:, 11:] = RED, BLUE
    rgb[:, 10] = np.mean([RED, BLUE], axis=0)
    read = hints.read(rgb, np.full((9, 21), 255, np.uint8))
    assert read.rgb.tolist() == [list(BLUE), list(RED)]
    assert (read.at[:, 10] == -1).all()


def test_faint_traces_are_no_hints() -> None:
    rgb = np.full((5, 5, 3), 200, np.uint8)
    assert not hints.read(rgb, np.full((5, 5), 40, np.uint8)).any
    assert hints.read(rgb, np.full((5, 5), 90, np.uint8)).any


@given(hnp.arrays(np.uint8, (1, 6, 3)))
def test_colours_survive_the_way_through_cielab(rgb: np.ndarray) -> None:
    assert np.abs(hints.to_rgb(hints.to_lab(rgb)).astype(int) - rgb).max() <= 1


@given(hnp.arrays(np.uint8, (2, 3, 4)))
def test_straight_colour_is_what_the_artist_chose(rgba: np.ndarray) -> None:
    rgba[..., 3] = np.maximum(rgba[..., 3], 128)
    share = rgba[..., 3:].astype(float) / 255
    premultiplied = np.dstack([rgba[..., 2::-1] * share, rgba[..., 3]]).round().astype(np.uint8)
    rgb, alpha = hints.straight(premultiplied)
    assert np.abs(rgb.astype(int) - rgba[..., :3]).max() <= 1
    assert np.array_equal(alpha, rgba[..., 3])


def test_a_scribble_across_many_small_areas_counts_in_all_of_them() -> None:
    ink = np.zeros((60, 130), np.uint8)
    ink[:, ::10] = 255
    found = regions.find(ink, 0)
    rgb = np.full((60, 130, 3), RED, np.uint8)
    stroke = np.zeros((60, 130), np.uint8)
    stroke[28:33, 5:125] = 255
    kept = hints.without_slips(hints.read(rgb, stroke), found)
    assert np.array_equal(kept.at >= 0, stroke > 0)


# -- targets -------------------------------------------------------------------------------------


def aimed(
    size: int, places: list[tuple[tuple[float, float], tuple[int, int, int]]], sharpness: float
) -> tuple[obey.Targets, hints.Hints, regions.Regions]:
    found = regions.find(rooms(size)[..., 3], 12)
    read = hints.read(*hints.straight(dabs(size, places)))
    return obey.targets(found, rooms(size)[..., 3], read, sharpness), read, found


def test_targets_are_exact_at_hints_and_smooth_between() -> None:
    aim, read, _ = aimed(160, [((0.2, 0.5), RED), ((0.42, 0.5), BLUE)], obey.SOFT)
    mixed = hints.to_rgb(aim.mixed(read.lab))
    at_hint = read.at >= 0
    assert difference(mixed[at_hint], read.rgb[read.at[at_hint]]).max() < 1
    along = hints.to_lab(mixed)[80, 36:64]
    steps = np.linalg.norm(np.diff(along, axis=0), axis=1)
    assert 1 < steps.max() < 0.35 * np.linalg.norm(along[-1] - along[0])


def test_the_way_to_a_hint_leads_around_lines_not_through_them() -> None:
    ink = np.zeros((60, 60), np.uint8)
    ink[:50, 30] = 255  # a wall with a passage below, too wide to close
    found = regions.find(ink, 4)
    assert found.labels[5, 10] == found.labels[5, 50]
    rgb = np.zeros((60, 60, 3), np.uint8)
    alpha = np.zeros((60, 60), np.uint8)
    for x, y, colour in ((26, 5, RED), (55, 30, BLUE)):
        rgb[y, x], alpha[y, x] = colour, 255
    read = hints.read(rgb, alpha)
    aim = obey.targets(found, ink, read, obey.SHARP)
    assert read.rgb[aim.first[5, 34]].tolist() == list(BLUE)  # 4 pixels from red as the crow flies


def test_the_correction_bounds_what_stays_of_the_network() -> None:
    aim, read, found = aimed(160, [(LEFT, RED), (RIGHT, SKIN)], obey.SOFT)
    rng = np.random.default_rng(0)
    wild = rng.uniform([0, -80, -80], [100, 80, 80], (160, 160, 3)).astype(np.float32)
    everywhere = np.ones((160, 160), bool)
    result = obey.corrected(wild, found, everywhere, aim, read, 1.0)
    away = (result - aim.mixed(read.lab))[aim.wanted]
    assert away[:, 0].min() >= obey.DARKER - 1e-3 and away[:, 0].max() <= obey.LIGHTER + 1e-3
    assert np.linalg.norm(away[:, 1:], axis=1).max() <= obey.MOST_HUE + 1e-3
    assert np.abs(away).max() > 5  # it is no flat fill either
    assert np.array_equal(result[~aim.wanted], wild[~aim.wanted])


@given(MASKS, st.integers(0, 5))
@settings(max_examples=40)
def test_spreading_finds_the_nearest_source(ink: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sources = np.where(rng.random(ink.shape) < 0.15, rng.integers(0, 3, ink.shape), -1)
    step = (1 + ink / 64).astype(np.float32)
    one_area = np.ones(ink.shape, np.int32)
    away, nearest = kernels.spread(
        one_area, sources.astype(np.int32), step, np.ones(ink.shape, bool), np.zeros(1, np.uint8)
    )
    expected = _slowly(sources, step)
    order = np.sort(expected, axis=-1)
    assert np.allclose(away[..., 0], order[..., 0], rtol=1e-4)
    assert np.allclose(away[..., 1], order[..., 1], rtol=1e-4)
    y, x = np.nonzero(nearest[..., 0] >= 0)
    assert np.allclose(expected[y, x, nearest[y, x, 0]], away[y, x, 0], rtol=1e-4)


def test_spreading_stops_when_it_is_told_to() -> None:
    sources = np.full((200, 200), -1, np.int32)
    sources[0, 0] = 0
    everywhere, token = np.ones((200, 200), bool), CancelToken()
    stop = np.frombuffer(token.flag, np.uint8)
    price = np.ones((200, 200), np.float32)
    areas = np.ones((200, 200), np.int32)
    whole, _ = kernels.spread(areas, sources, price, everywhere, stop)
    assert (whole[..., 0] < kernels.FAR).all()
    token.cancel()
    part, _ = kernels.spread(areas, sources, price, everywhere, stop)
    assert (part[..., 0] >= kernels.FAR).any()


def _slowly(sources: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Distances (h, w, 3) to each source by relaxing until nothing changes."""
    height, width = sources.shape
    result = np.full((*sources.shape, 3), kernels.FAR, np.float64)
    for k in range(3):
        result[sources == k, k] = 0
    while True:
        before = result.copy()
        padded = np.pad(result, ((1, 1), (1, 1), (0, 0)), constant_values=float(kernels.FAR))
        for dy in (0, 1, 2):
            for dx in (0, 1, 2):
                length = np.hypot(dy - 1, dx - 1)
                there = padded[dy : dy + height, dx : dx + width]
                cost = np.floor(length * step[..., None] * kernels.FINE + 0.5) / kernels.FINE
                result = np.minimum(result, there + cost)
        result = np.minimum(result, float(kernels.FAR))
        if np.array_equal(before, result):
            return result


# -- the picture so far --------------------------------------------------------------------------


def test_paper_and_traces_of_paint_say_nothing() -> None:
    found = regions.find(rooms()[..., 3], 9)
    none = hints.read(*hints.straight(clear(120)))
    so_far = np.full((120, 120, 3), 255, np.uint8)
    so_far[30:34, 30:34] = GREEN
    known = evidence.weigh(found, none, so_far, np.ones((120, 120), bool))
    assert not known.kept.any() and not known.hints.any


def test_a_full_area_is_kept_and_a_half_painted_one_filled_up() -> None:
    found = regions.find(rooms()[..., 3], 9)
    none = hints.read(*hints.straight(clear(120)))
    so_far = np.full((120, 120, 3), 255, np.uint8)
    left, right = found.labels[36, 36], found.labels[30, 81]
    so_far[found.labels == left] = GREEN
    so_far[15:50, 62:104] = BLUE
    known = evidence.weigh(found, none, so_far, np.ones((120, 120), bool))
    assert np.flatnonzero(known.kept).tolist() == [left]
    assert known.hints.rgb.tolist() == [list(BLUE)]
    assert set(found.labels[known.hints.at >= 0]) == {right}


# -- sizes ---------------------------------------------------------------------------------------


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 5), st.integers(0, 9))
def test_small_pictures_hold_the_most_and_the_strongest(
    height: int, width: int, factor: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    plane = rng.integers(0, 256, (height, width)).astype(np.uint8)
    small = scale.most(plane, factor)
    pixels = np.dstack([plane, plane, plane, plane])
    strong = scale.strongest(pixels, factor)
    assert small.shape == (-(-height // factor), -(-width // factor))
    for y, x in np.ndindex(small.shape):
        block = plane[y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
        assert small[y, x] == block.max() == strong[y, x, 3]
    assert scale.mean(pixels, factor).shape == (*small.shape, 4)


def test_the_working_size_is_bounded() -> None:
    for side in (1, 1536, 1537, 4096, 8192):
        factor = scale.factor_for(side // 2 + 1, side)
        assert -(-side // factor) <= scale.WORK
        assert factor == 1 or -(-side // (factor - 1)) > scale.WORK


def test_strips_at_full_size_agree_with_the_whole() -> None:
    ink = np.ascontiguousarray(rooms(300, thick=4)[..., 3])
    factor = 3
    found = regions.find(scale.most(ink, factor), 4)
    whole = scale.labels_of(found, ink, factor, 0, 300)
    parts = [scale.labels_of(found, ink, factor, y, min(300, y + 70)) for y in range(0, 300, 70)]
    assert np.array_equal(np.vstack(parts), whole)
    exact = regions.find(ink, 12).labels
    pairs = np.unique(np.stack([whole[ink < 30], exact[ink < 30]], axis=1), axis=0)
    assert len(pairs) == 4  # one to one, but for the lines


def test_enlarged_colours_do_not_mix_across_areas() -> None:
    found = regions.find(scale.most(inked(rooms(200, thick=6)[..., 3])[..., 3].copy(), 4), 3)
    ink = np.ascontiguousarray(rooms(200, thick=6)[..., 3])
    table = np.random.default_rng(1).integers(0, 256, (found.count + 1, 3)).astype(np.uint8)
    labels = scale.labels_of(found, ink, 4, 0, 200)
    colours = scale.colours_of(table[found.labels], found, labels, 4, 0)
    assert np.array_equal(colours, table[labels])
