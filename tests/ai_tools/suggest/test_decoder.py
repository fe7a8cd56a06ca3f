# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings through the engine give what the network gives; foreign weights are refused."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from ai_tools.nets.ai_sketcher import AiSketcher
from ai_tools.suggest.decoder import Decoder
from ai_tools.suggest.sampling import log_likelihood
from ai_tools.weights import WeightsError
from tests.ai_tools.suggest.small import LABELS, SMALL, SmallEngine, small_engine

DRAWING = np.array(
    [[40, 0, 0], [0, 30, 0], [-40, 5, 1], [10, 10, 0], [20, 0, 1], [3, 3, 1]], np.int16
)


@pytest.mark.parametrize("influence", ["prefix_fc", "none"])
@pytest.mark.parametrize("length", [0, 1, 6])
def test_begin_and_step_follow_the_network(influence: str, length: int) -> None:
    engine = small_engine(influence)
    decoder = Decoder(engine)
    drawing = DRAWING[:length]
    conditions = decoder.conditions(np.array([0, 2, -1]))
    state, likelihood = decoder.begin(drawing, conditions)
    points = torch.from_numpy(decoder.stroke5(drawing)).repeat(3, 1, 1)
    with torch.no_grad():
        raw, known = engine.net.encode_prefix(
            points.reshape(3, length, 5),
            torch.from_numpy(conditions),
            noise=torch.zeros(3, SMALL.latent),
        )
    np.testing.assert_allclose(state.raw, raw.numpy(), atol=1e-5)
    assert likelihood.shape == (3, length)
    more = decoder.stroke5(DRAWING[:3])
    for point in more:
        rows = np.repeat(point[None], 3, 0)
        with torch.no_grad():
            raw, known = engine.net.step(torch.from_numpy(rows), known)
        state = decoder.step(state, rows)
        np.testing.assert_allclose(state.raw, raw.numpy(), atol=1e-5)


def test_likelihoods_are_of_each_point_given_those_before() -> None:
    decoder = Decoder(small_engine())
    conditions = decoder.conditions(np.array([1]))
    _, likelihood = decoder.begin(DRAWING, conditions)
    points = decoder.stroke5(DRAWING)
    # One by one, from the state that has seen the whole drawing in its latent.
    engine = small_engine()
    with torch.no_grad():
        spread = torch.from_numpy(points[None])
        token = torch.tensor([[[0.0, 0, 1, 0, 0]]])
        raw = engine.net(
            torch.cat([token, spread], 1),
            torch.tensor([len(points)]),
            torch.from_numpy(conditions),
            noise=torch.zeros(1, SMALL.latent),
            influence_noise=torch.zeros(1, SMALL.influence_size),
        ).raw
    np.testing.assert_allclose(likelihood, log_likelihood(raw.numpy(), points[None]), atol=1e-4)


def test_drawings_of_one_length_are_read_side_by_side() -> None:
    decoder = Decoder(small_engine())
    told = decoder.conditions(np.array([0, 0]))
    small = DRAWING.astype(np.float32) * [0.5, 0.5, 1]
    both, likelihood = decoder.begin(np.stack([DRAWING, small]), told)
    drawings: list[np.ndarray] = [DRAWING, small]
    for row, drawing in enumerate(drawings):
        alone, alone_likelihood = decoder.begin(drawing, told[:1])
        np.testing.assert_allclose(both.raw[row], alone.raw[0], atol=1e-5)
        np.testing.assert_allclose(likelihood[row], alone_likelihood[0], atol=1e-4)


def test_rows_of_a_state_can_be_taken_and_repeated() -> None:
    decoder = Decoder(small_engine())
    state, _ = decoder.begin(DRAWING, decoder.conditions(np.arange(3)))
    taken = state.take(np.array([2, 2, 0]))
    np.testing.assert_array_equal(taken.raw, state.raw[[2, 2, 0]])
    point = decoder.stroke5(DRAWING[:1]).repeat(3, 0)
    np.testing.assert_allclose(
        decoder.step(taken, point).raw, decoder.step(state, point).raw[[2, 2, 0]], atol=1e-5
    )


def test_offsets_come_back_in_box_units_and_wild_ones_are_clamped() -> None:
    decoder = Decoder(small_engine())
    drawing = np.array([[12, -7, 0], [30_000, 0, 1]])
    np.testing.assert_allclose(
        decoder.offsets(decoder.stroke5(drawing)), [[12, -7], [1000, 0]], rtol=1e-6
    )


def test_not_told_is_a_condition_of_zeros() -> None:
    decoder = Decoder(small_engine())
    assert decoder.labels == LABELS
    assert decoder.conditions(np.array([1, -1])).tolist() == [[0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    "change", [{"labels": ["one"]}, {"labels": None}, {"scale_factor": "large"}]
)
def test_weights_of_another_kind_are_refused(change: dict[str, Any]) -> None:
    engine = SmallEngine(AiSketcher(SMALL), **change)
    with pytest.raises(WeightsError, match=r"small\.safetensors is for another version"):
        Decoder(engine)


def test_weights_without_what_drawing_needs_are_refused() -> None:
    engine = SmallEngine(AiSketcher(SMALL))
    task = {key: value for key, value in engine.entry.task.items() if key != "longest"}
    engine.entry = dataclasses.replace(engine.entry, task=task)
    with pytest.raises(WeightsError, match="another version"):
        Decoder(engine)
