# SPDX-License-Identifier: GPL-3.0-or-later
"""Label maps and what is painted on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.portrait import labels
from ai_tools.portrait.edit import STEPS, LabelEdit
from ai_tools.portrait.labels import CLASSES, UNPAINTED


def shares(count: int, side: int, seed: int = 0) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(size=(count, side, side)).astype(np.float32)
    return labels.probabilities(logits)


def test_every_class_has_a_name_and_a_colour_of_its_own() -> None:
    assert len(CLASSES) == 19
    assert len({name for name, _ in CLASSES}) == len({colour for _, colour in CLASSES}) == 19
    assert labels.class_name(13) == "Hair"
    assert labels.class_name(30) == "Class 30"
    coloured = labels.colourise(np.array([[0, 13], [1, 255]], np.uint8))
    assert tuple(coloured[0, 1]) == labels.class_colour(13)
    assert coloured.shape == (2, 2, 3)


def test_probabilities_sum_to_one_whatever_the_logits() -> None:
    wild = np.array([1e4, -1e4, 0], np.float32).reshape(3, 1, 1)
    np.testing.assert_allclose(labels.probabilities(wild).ravel(), [1, 0, 0])


def test_painted_labels_are_certain_and_the_rest_stays() -> None:
    before = shares(5, 4)
    painted = np.full((16, 16), UNPAINTED, np.uint8)
    painted[:4, :4] = 3  # the first cell in full
    painted[4:8, :2] = 2  # half of the one below
    after = labels.with_painted(before, painted)
    np.testing.assert_allclose(after.sum(axis=0), 1, atol=1e-6)
    np.testing.assert_allclose(after[:, 0, 0], [0, 0, 0, 1, 0], atol=1e-6)
    half = before[:, 1, 0] / 2 + np.eye(5)[2] / 2
    np.testing.assert_allclose(after[:, 1, 0], half, atol=1e-6)
    np.testing.assert_array_equal(after[:, 2:], before[:, 2:])


def test_nothing_painted_changes_nothing() -> None:
    before = shares(3, 2)
    assert labels.with_painted(before, None) is before
    assert labels.with_painted(before, np.full((4, 4), UNPAINTED, np.uint8)) is before


def test_a_painted_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="5 x 5"):
        labels.with_painted(shares(3, 2), np.zeros((5, 5), np.uint8))


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.floats(-40, 80), st.floats(-40, 80)), min_size=1, max_size=5),
    st.floats(1, 30),
)
def test_a_stroke_covers_exactly_what_lies_within_its_radius(
    points: list[tuple[float, float]], diameter: float
) -> None:
    empty = np.full((40, 40), UNPAINTED, np.uint8)
    stroke = labels.stamp(empty, points, diameter, 7)
    assert (empty == UNPAINTED).all()
    y, x = np.mgrid[:40, :40] + 0.5
    nearest = np.full((40, 40), np.inf)
    for (x0, y0), (x1, y1) in zip([points[0], *points[:-1]], points, strict=True):
        for t in np.linspace(0, 1, 200):
            at = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))
            nearest = np.minimum(nearest, at)
    radius = diameter / 2
    assert (stroke[nearest <= radius - 1e-6] == 7).all()
    assert (stroke[nearest > radius + 0.35] == UNPAINTED).all()


def test_strokes_are_undone_one_by_one() -> None:
    edit = LabelEdit()
    assert not edit.undo()
    edit.begin(20, 0, 32)
    edit.extend([(0.25, 0.5)], 0.1, 13)
    edit.extend([(0.75, 0.5)], 0.1, 13)
    first = edit.on(20, 0)
    assert first is not None
    assert (first[16, 8:24] == 13).all()  # joined: the pen never left
    edit.begin(20, 0, 32)
    second = edit.extend([(0.5, 0.1)], 0.1, 14)
    assert (second[16, 8:24] == 13).all() and second[3, 16] == 14
    assert edit.on(0, 0) is None
    assert edit.undo() and edit.on(20, 0) is first
    assert edit.undo() and edit.current is None and not edit.can_undo


def test_a_stroke_on_another_view_begins_anew_and_undo_leads_back() -> None:
    edit = LabelEdit()
    edit.begin(20, 0, 16)
    edit.extend([(0.5, 0.5)], 0.5, 13)
    edit.begin(0, 5, 16)
    fresh = edit.extend([(0.1, 0.1)], 0.1, 1)
    assert 13 not in fresh
    edit.undo()
    assert edit.on(20, 0) is not None
    edit.clear()
    assert edit.current is None and edit.can_undo
    edit.undo()
    assert edit.on(20, 0) is not None
    edit.forget()
    assert edit.current is None and not edit.can_undo


def test_undo_forgets_the_oldest_strokes_only() -> None:
    edit = LabelEdit()
    for number in range(STEPS + 5):
        edit.begin(0, 0, 8)
        edit.extend([(0.5, 0.5)], 0.3, number % 19)
    assert sum(edit.undo() for _ in range(STEPS + 5)) == STEPS
