# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines and hints in, colour out: what an artist may expect of every engine."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ai_tools import engine as engines
from ai_tools.colorize import infer, lines, scale
from ai_tools.weights import WeightsError
from app.jobs import BadInput, Cancelled, CancelToken, WeightsMissing
from tests.ai_tools.colorize.drawings import (
    BLUE,
    CIRCLE,
    GREEN,
    LEFT,
    OUTSIDE,
    RED,
    RIGHT,
    SKIN,
    DriftingEngine,
    at,
    clear,
    dabs,
    difference,
    inked,
    rooms,
    run,
)

OPAQUE = 255


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> DriftingEngine:
    """A network is installed, though a weak one."""
    made = DriftingEngine()
    monkeypatch.setattr(engines, "open_engine", lambda name: made)
    return made


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise WeightsError(engines.WEIGHTS / f"{name}.safetensors", "not listed")

    monkeypatch.setattr(engines, "open_engine", fail)


# -- flat ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", [None, (255, 255, 255), (214, 200, 180)])
def test_a_dab_fills_its_area_and_no_other(paper: tuple[int, int, int] | None) -> None:
    result = run(rooms(paper=paper), hints=dabs(120, [(LEFT, RED), (CIRCLE, BLUE)]))
    assert at(result.pixels, LEFT) == (*RED, OPAQUE)
    assert at(result.pixels, CIRCLE) == (*BLUE, OPAQUE)
    assert at(result.pixels, RIGHT)[3] == at(result.pixels, OUTSIDE)[3] == 0
    assert result.on_paper is (paper is not None)
    assert result.painted and result.engine == "flat" and result.notices == ()


@pytest.mark.parametrize("ink", [(0, 0, 0), (90, 120, 200), (240, 120, 120)])
def test_lines_of_any_colour_close_areas(ink: tuple[int, int, int]) -> None:
    result = run(rooms(ink=ink), hints=dabs(120, [(LEFT, RED)]))
    assert at(result.pixels, LEFT) == (*RED, OPAQUE)
    assert at(result.pixels, RIGHT)[3] == 0


def test_colour_reaches_under_the_line_from_both_sides() -> None:
    lines = rooms(thick=5)
    result = run(lines, hints=dabs(120, [(LEFT, RED), (RIGHT, BLUE), (OUTSIDE, GREEN)]))
    row = result.pixels[30]
    assert (row[:104, 3] == OPAQUE).all()  # no pale rim: every pixel has a colour
    changes = np.flatnonzero((row[1:] != row[:-1]).any(axis=1)) + 1
    inside = lines[30, :, 3] > 200
    assert len(changes) == 3
    assert inside[changes].all()  # the colours meet under the middle of the lines


def test_small_gaps_hold_and_wide_ones_let_through() -> None:
    hints = dabs(120, [(LEFT, RED)])
    held = run(rooms(gap=7), hints=hints, gap=9)
    assert at(held.pixels, LEFT)[3] == OPAQUE
    assert at(held.pixels, RIGHT)[3] == 0
    through = run(rooms(gap=7), hints=hints, gap=0)
    assert at(through.pixels, RIGHT) == (*RED, OPAQUE)


def test_two_hints_share_one_area_by_nearness() -> None:
    result = run(rooms(), hints=dabs(120, [((0.2, 0.5), RED), ((0.42, 0.5), BLUE)]))
    for place, colour in (((0.18, 0.8), RED), ((0.45, 0.2), BLUE)):
        assert np.abs(np.subtract(at(result.pixels, place)[:3], colour)).max() <= 1


def test_a_stroke_that_slips_over_the_line_colours_only_where_it_was_meant() -> None:
    hints = clear(120)
    hints[40:46, 20:64] = (*RED[::-1], 255)  # three pixels into the right room
    result = run(rooms(), hints=hints)
    assert at(result.pixels, LEFT) == (*RED, OPAQUE)
    assert at(result.pixels, RIGHT)[3] == 0


def test_a_textured_stroke_is_one_hint() -> None:
    rng = np.random.default_rng(3)
    hints = clear(120)
    alpha = rng.integers(90, 256, (20, 12))
    rgb = np.clip(np.array(SKIN) + rng.integers(-3, 4, (20, 12, 1)), 0, 255)
    hints[40:60, 25:37, :3] = (rgb[..., ::-1] * alpha[..., None] / 255).round()
    hints[40:60, 25:37, 3] = alpha
    inside = run(rooms(), hints=hints).pixels[20:100, 20:55]
    colours = np.unique(inside.reshape(-1, 4), axis=0)
    assert len(colours) == 1
    assert np.abs(colours[0, 2::-1].astype(int) - SKIN).max() <= 2


def test_random_flats_give_every_area_its_own_colour() -> None:
    one = run(rooms(), hints=dabs(120, [(LEFT, RED)]), seed=5)
    seen = {at(one.pixels, place) for place in (LEFT, RIGHT, CIRCLE, OUTSIDE)}
    assert len(seen) == 4 and at(one.pixels, LEFT) == (*RED, OPAQUE)
    again = run(rooms(), hints=dabs(120, [(LEFT, RED)]), seed=5)
    other = run(rooms(), hints=dabs(120, [(LEFT, RED)]), seed=6)
    assert np.array_equal(one.pixels, again.pixels)
    assert not np.array_equal(one.pixels, other.pixels)


# -- the network, corrected ----------------------------------------------------------------------


def test_hints_are_obeyed_where_the_network_drifts(network: DriftingEngine) -> None:
    places = [(LEFT, RED), (RIGHT, BLUE), (CIRCLE, GREEN), (OUTSIDE, SKIN)]
    hints = dabs(160, places)
    result = run(rooms(160), hints=hints, engine="network")
    hinted = hints[..., 3] > 0
    drift = network("paint", x=network.seen[0][None])["rgb"][0, :, :160, :160]
    alone = np.rint(drift.transpose(1, 2, 0) * 255).astype(np.uint8)[hinted]
    wanted = hints[hinted][:, 2::-1]
    assert difference(alone, wanted).mean() > 10
    assert difference(result.pixels[hinted][:, 2::-1], wanted).max() < 1.5


def test_the_networks_shading_stays_and_its_hue_does_not(network: DriftingEngine) -> None:
    result = run(rooms(160), hints=dabs(160, [(LEFT, RED), (OUTSIDE, SKIN)]), engine="network")
    row = result.pixels[110, 30:72, 2::-1].astype(float)
    assert row[2].sum() > row[-3].sum() + 10  # lit from the left, as the network has it
    assert (row[:, 0] > 2 * row[:, 2]).all()  # and red all along
    flat = run(rooms(160), hints=dabs(160, [(LEFT, RED)]), engine="network", shading=0)
    colours = np.unique(flat.pixels[30:130, 30:72].reshape(-1, 4), axis=0)
    assert np.abs(colours[:, 2::-1].astype(int) - RED).max() <= 1


def test_an_area_without_a_hint_keeps_the_networks_colour(network: DriftingEngine) -> None:
    result = run(rooms(160), hints=dabs(160, [(LEFT, RED)]), engine="network")
    r, g, b, alpha = at(result.pixels, CIRCLE)
    assert alpha == OPAQUE
    assert difference(np.array([[r, g, b]]), np.array([RED])).item() > 10


def test_background_is_not_flooded_and_guessing_can_be_left_out(network: DriftingEngine) -> None:
    hints = dabs(160, [(LEFT, RED)])
    guessed = run(rooms(160), hints=hints, engine="network").pixels
    assert at(guessed, OUTSIDE)[3] == 0 and at(guessed, RIGHT)[3] == OPAQUE
    only = run(rooms(160), hints=hints, engine="network", guess=False).pixels
    assert at(only, RIGHT)[3] == at(only, CIRCLE)[3] == 0
    assert np.array_equal(only[30:130, 30:70], guessed[30:130, 30:70])


def test_the_network_sees_each_areas_own_hints_and_no_leaked_ones(network: DriftingEngine) -> None:
    run(rooms(160, gap=6), hints=dabs(160, [(LEFT, RED)]), engine="network", shading=0)
    seen = np.stack([network.plane(f"field_{c}") for c in "rgb"], axis=-1)
    left, right = (seen[round(y * 160), round(x * 160)] for x, y in (LEFT, RIGHT))
    assert np.abs(left * 255 - RED).max() < 1
    assert not right.any() and not network.plane("near")[40, 109]


def test_the_lines_are_not_in_the_colour(network: DriftingEngine) -> None:
    hints = dabs(160, [(LEFT, SKIN), (RIGHT, SKIN), (CIRCLE, SKIN), (OUTSIDE, SKIN)])
    result = run(rooms(160, thick=5), hints=hints, engine="network", shading=1)
    assert result.pixels[..., :3].min() > 120


def test_without_hints_the_network_guesses_and_says_so(network: DriftingEngine) -> None:
    result = run(rooms(), engine="network")
    assert result.painted and result.notices == (infer.GUESSED,)
    assert not network.plane("hint_alpha").any()


def test_without_the_networks_files_areas_are_filled_flat(no_network: None) -> None:
    result = run(rooms(), hints=dabs(120, [(LEFT, RED)]), engine="network")
    assert result.engine == "flat"
    assert at(result.pixels, LEFT) == (*RED, OPAQUE)
    assert len(result.notices) == 1 and "flat" in result.notices[0]
    with pytest.raises(WeightsMissing):
        run(rooms(), engine="network")


def test_an_unhinted_outer_area_that_comes_out_white_stays_paper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class White(DriftingEngine):
        def __call__(self, part: str, /, **inputs: np.ndarray) -> dict[str, np.ndarray]:
            return {"rgb": np.ones((1, 3, *inputs["x"].shape[2:]), np.float32)}

    monkeypatch.setattr(engines, "open_engine", lambda name: White())
    result = run(rooms(), hints=dabs(120, [(LEFT, RED)]), engine="network")
    assert at(result.pixels, OUTSIDE)[3] == 0
    assert at(result.pixels, LEFT) == (*RED, OPAQUE)


# -- selections ----------------------------------------------------------------------------------


@settings(max_examples=25)
@given(
    mask=hnp.arrays(np.uint8, (9, 11), elements=st.sampled_from([0, 0, 255, 255, 1, 100, 254])),
    with_former=st.booleans(),
)
def test_outside_the_selection_nothing_changes_by_a_bit(
    mask: np.ndarray, with_former: bool
) -> None:
    mask = np.ascontiguousarray(mask.repeat(6, axis=0).repeat(6, axis=1)[:54, :54])
    rng = np.random.default_rng(7)
    former = None
    if with_former:
        former = rng.integers(0, 256, (54, 54, 4)).astype(np.uint8)
        former[..., :3] = np.minimum(former[..., :3], former[..., 3:])
    wishes = {"hints": dabs(54, [(LEFT, RED), (RIGHT, BLUE), (OUTSIDE, GREEN)], radius=2)}
    if not mask.any():
        with pytest.raises(BadInput, match="selected"):
            run(rooms(54), mask=mask, former=former, **wishes)
        return
    pixels = run(rooms(54), mask=mask, former=former, **wishes).pixels
    before = np.zeros_like(pixels) if former is None else former
    assert np.array_equal(pixels[mask == 0], before[mask == 0])
    assert (pixels[..., :3] <= pixels[..., 3:]).all()  # still premultiplied
    chosen = (mask == 255) & (rooms(54)[..., 3] == 0)
    whole = run(rooms(54), **wishes).pixels
    assert np.array_equal(pixels[chosen], whole[chosen])


def test_a_soft_selection_fades_the_colour() -> None:
    mask = np.tile(np.linspace(0, 255, 120).astype(np.uint8), (120, 1))
    result = run(rooms(), hints=dabs(120, [(OUTSIDE, RED)]), mask=mask)
    assert np.array_equal(result.pixels[5, :, 3], mask[5])


def test_a_selection_in_a_large_picture_gets_the_same_colours() -> None:
    lines, hints = clear(700), clear(700)
    lines[300:420, 500:620] = rooms()
    hints[300:420, 500:620] = dabs(120, [(LEFT, RED), (CIRCLE, BLUE)])
    mask = np.zeros((700, 700), np.uint8)
    mask[310:410, 510:610] = 255
    result = run(lines, hints=hints, mask=mask)
    small = run(rooms(), hints=dabs(120, [(LEFT, RED), (CIRCLE, BLUE)]))
    assert np.array_equal(result.pixels[310:410, 510:610], small.pixels[10:110, 10:110])
    assert not result.pixels[mask == 0].any()


# -- the picture so far --------------------------------------------------------------------------


def test_what_was_painted_over_the_result_stays_and_the_network_sees_it(
    network: DriftingEngine,
) -> None:
    hints = dabs(160, [(LEFT, RED), (RIGHT, SKIN)])
    first = run(rooms(160), hints=hints, engine="network").pixels
    over = first.copy()
    over[76:85, 106:114] = (*GREEN[::-1], 255)  # on the circle, which has no hint
    touched = (over != first).any(axis=-1)
    second = run(
        rooms(160), hints=hints, base=over, own=touched, former=over, touched=touched,
        engine="network",
    )  # fmt: skip
    assert np.array_equal(second.pixels[touched], over[touched])
    seen = np.stack([network.plane(f"base_{c}") for c in "rgb"], axis=-1)[80, 110]
    assert np.abs(seen * 255 - GREEN).max() < 3
    assert network.plane("mask")[80, 110] == 0 and network.plane("mask")[40, 40] == 1


def test_an_area_that_is_half_painted_is_filled_up() -> None:
    so_far = clear(120)
    so_far[20:70, 18:57] = (*GREEN[::-1], 255)
    result = run(rooms(), hints=dabs(120, [(CIRCLE, RED)]), base=so_far)
    assert at(result.pixels, (0.3, 0.8)) == (*GREEN, OPAQUE)
    assert at(result.pixels, RIGHT)[3] == 0


def test_a_finished_area_is_left_alone_until_a_hint_wants_another_colour() -> None:
    first = run(rooms(), hints=dabs(120, [(LEFT, RED), (RIGHT, BLUE)])).pixels
    same = run(rooms(), hints=dabs(120, [(LEFT, RED), (RIGHT, BLUE)]), base=first)
    assert not same.pixels.any() and not same.painted
    assert same.notices == (infer.ALL_DONE,)
    other = run(rooms(), hints=dabs(120, [(LEFT, GREEN), (RIGHT, BLUE)]), base=first)
    assert at(other.pixels, LEFT) == (*GREEN, OPAQUE)
    assert at(other.pixels, RIGHT)[3] == 0


def test_a_new_hint_overrules_what_was_painted_below_it() -> None:
    over = run(rooms(), hints=dabs(120, [(LEFT, RED)])).pixels
    over[20:60, 20:55] = (*GREEN[::-1], 255)
    touched = np.zeros((120, 120), bool)
    touched[20:60, 20:55] = True
    wishes = {"base": over, "own": touched, "former": over, "touched": touched}
    result = run(rooms(), hints=dabs(120, [(LEFT, BLUE)]), **wishes)
    assert at(result.pixels, LEFT) == (*BLUE, OPAQUE)


# -- sizes and trouble ---------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["flat", "network"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (13, 2), (33, 47)])
def test_the_smallest_pictures_are_coloured(
    engine: str, shape: tuple[int, int], network: DriftingEngine
) -> None:
    lines, hints = np.zeros((*shape, 4), np.uint8), np.zeros((*shape, 4), np.uint8)
    lines[0, 0, 3] = 255
    hints[-1, -1] = (*RED[::-1], 255)
    pixels = run(lines, hints=hints, engine=engine).pixels
    assert pixels.shape == (*shape, 4)
    assert np.abs(pixels[-1, -1].astype(int) - (*RED[::-1], 255)).max() <= 1


@pytest.mark.parametrize("engine", ["flat", "network"])
def test_a_picture_larger_than_the_working_size_is_coloured_to_the_line(
    engine: str, network: DriftingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "WORK", 100)
    monkeypatch.setattr(scale, "STRIP", 64)
    lines = rooms(397, thick=3)
    hints = dabs(397, [(LEFT, RED), (RIGHT, BLUE), (OUTSIDE, GREEN), (CIRCLE, SKIN)], radius=9)
    pixels = run(lines, hints=hints, engine=engine, shading=0).pixels
    small = run(lines, hints=hints, engine="flat").pixels
    bare = lines[..., 3] == 0
    away = np.abs(pixels.astype(int) - small)[bare].max(axis=-1)
    assert (away > 2).mean() < 0.001
    sides = {
        "left": (slice(60, 340), slice(55, 195), RED),
        "outside": (slice(0, 397), slice(0, 45), GREEN),
    }
    for rows, columns, colour in sides.values():
        wrong = np.abs(pixels[rows, columns, 2::-1].astype(int) - colour).max(axis=-1) > 2
        assert not (wrong & bare[rows, columns]).any()


def test_a_tiny_dab_on_a_large_picture_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "WORK", 50)
    hints = clear(400)
    hints[121, 123] = (*RED[::-1], 255)
    assert at(run(rooms(400, thick=9), hints=hints).pixels, LEFT) == (*RED, OPAQUE)


def test_memory_grows_no_faster_than_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "WORK", 128)
    monkeypatch.setattr(scale, "STRIP", 64)
    monkeypatch.setattr(lines, "STRIP", 64)
    picture = rooms(1024, thick=9)
    hints = dabs(1024, [(LEFT, RED), (OUTSIDE, BLUE)], radius=20)
    run(picture, hints=hints)  # what loads once is not counted
    tracemalloc.start()
    run(picture, hints=hints)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * picture.nbytes  # the result is one of these


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"hints": clear(60)}, "hints"),
        ({"mask": np.zeros((120, 121), np.uint8)}, "selection"),
        ({"mask": np.zeros((120, 120), np.uint8)}, "selected"),
        ({"base": clear(120)[..., :3]}, "picture so far"),
        ({"gap": -1}, "Gaps"),
        ({"gap": float("nan")}, "Gaps"),
        ({"shading": 1.5}, "Shading"),
        ({"engine": "magic"}, "magic"),
    ],
)
def test_what_cannot_be_used_is_named(change: dict[str, object], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        run(rooms(), **{"hints": dabs(120, [(LEFT, RED)]), **change})


@pytest.mark.parametrize("paper", [None, (255, 255, 255), (200, 200, 190)])
def test_an_empty_line_layer_is_refused(paper: tuple[int, int, int] | None) -> None:
    empty = inked(np.zeros((40, 40), np.uint8), paper)
    with pytest.raises(BadInput, match="no lines"):
        run(empty, hints=dabs(40, [(LEFT, RED)]))


def test_flat_without_hints_says_what_to_do() -> None:
    result = run(rooms())
    assert not result.painted and result.notices == (infer.NOTHING_TO_FILL,)


def test_a_cancel_stops_the_work() -> None:
    token = CancelToken()
    told: list[str] = []

    def stop_at(fraction: float, text: str) -> None:
        told.append(text)
        if fraction > 0.1:
            token.cancel()

    request = infer.ColorizeRequest(rooms(), hints=dabs(120, [(LEFT, RED)]), engine="flat")
    with pytest.raises(Cancelled):
        infer.run(request, token, stop_at)
    assert len(told) == 2


def test_what_comes_in_is_not_written_to() -> None:
    arrays = [rooms(), dabs(120, [(LEFT, RED)]), clear(120)]
    for array in arrays:
        array.flags.writeable = False
    lines, hints, former = arrays
    touched = np.zeros((120, 120), bool)
    touched.flags.writeable = False
    result = run(lines, hints=hints, base=former, former=former, touched=touched)
    assert result.painted
