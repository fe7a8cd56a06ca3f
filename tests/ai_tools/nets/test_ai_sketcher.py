# SPDX-License-Identifier: GPL-3.0-or-later
"""AI-Sketcher: every row decodes step by step as in one pass and never looks ahead."""

from typing import Any

import pytest
import torch
from torch import Tensor

from ai_tools.nets.ai_sketcher import AiSketcher, AiSketcherConfig, ai_sketcher_loss
from ai_tools.nets.influence import PrefixInfluence, VariationalAttention
from ai_tools.nets.raster_code import RasterAutoencoder
from ai_tools.nets.registry import count_parameters
from ai_tools.nets.sketchrnn import SketchRnn, SketchRnnConfig, repeat_state, start_token

K = 3
SIZES: dict[str, Any] = {
    "encoder_hidden": 6,
    "decoder_hidden": 8,
    "latent": 4,
    "mixtures": 2,
    "influence_size": 5,
    "raster_size": 8,
    "raster_code": 3,
}
ROWS: dict[str, dict[str, Any]] = {
    "sketch_rnn": {"condition": 0, "influence": "none", "raster": False},
    "condition": {"condition": K, "influence": "none", "raster": False},
    "prefix_fc": {"condition": K, "influence": "prefix_fc", "raster": False},
    "var_attn": {"condition": K, "influence": "var_attn", "raster": False},
    "var_attn_mean": {
        **{"condition": K, "influence": "var_attn", "raster": False},
        "attention_prior": "mean",
    },
    "var_attn_all": {
        **{"condition": K, "influence": "var_attn", "raster": False},
        "attention_span": "all",
    },
    "cnn": {"condition": K, "influence": "none", "raster": True},
    "full": {"condition": K, "influence": "prefix_fc", "raster": True},
    "full_attn": {"condition": K, "influence": "var_attn", "raster": True},
}
CAUSAL = [row for row in ROWS if row != "var_attn_all"]


def make(row: str) -> AiSketcher:
    """The row's network in evaluation mode, its weights large enough to tell things apart."""
    net = AiSketcher(AiSketcherConfig(**SIZES, **ROWS[row])).eval()
    for parameter in net.posterior.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return net


def inputs(net: AiSketcher, batch: int) -> dict[str, Tensor]:
    """Condition, raster and zero noise, where the row has them."""
    config = net.config
    values = {"noise": torch.zeros(batch, config.latent)}
    if config.condition:
        values["condition"] = torch.eye(K)[torch.arange(batch) % K]
    if config.raster:
        values["raster"] = torch.rand(batch, 1, config.raster_size, config.raster_size)
    if net.influence is not None:
        values["influence_noise"] = torch.randn(batch, net.influence.size)
    return values


def sketch(batch: int, rows: int) -> Tensor:
    """Start token and random points, (batch, rows + 1, 5)."""
    points = torch.zeros(batch, rows, 5)
    points[..., :2] = torch.randn(batch, rows, 2)
    points[..., 2] = 1
    return torch.cat([start_token(points), points], 1)


def test_all_switched_off_is_sketch_rnn() -> None:
    baseline = SketchRnn(SketchRnnConfig())
    off: dict[str, Any] = {"condition": 0, "influence": "none", "raster": False}
    assert count_parameters(AiSketcher(AiSketcherConfig(**off))) == count_parameters(baseline)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_prefix_equals_the_teacher_forced_pass(row: str, length: int) -> None:
    net = make(row)
    strokes, given = sketch(2, length + 1), inputs(net, 2)
    whole = net(strokes, torch.full((2,), length), **given).raw
    raw, state = net.encode_prefix(strokes[:, 1:-1], **given)
    torch.testing.assert_close(raw, whole[:, length])
    assert state.count == length + 1


@pytest.mark.parametrize("row", CAUSAL)
def test_steps_equal_the_teacher_forced_pass(row: str) -> None:
    net = make(row)
    strokes, given = sketch(2, 7), inputs(net, 2)
    whole = net(strokes, torch.full((2,), 3), **given).raw
    raw, state = net.encode_prefix(strokes[:, 1:4], **given)
    for i in range(4, 7):
        raw, state = net.step(strokes[:, i], state)
        torch.testing.assert_close(raw, whole[:, i])


@pytest.mark.parametrize("row", CAUSAL)
def test_later_points_do_not_change_earlier_outputs(row: str) -> None:
    net = make(row)
    strokes, given = sketch(2, 8), inputs(net, 2)
    changed = strokes.clone()
    changed[:, 5:, :2] += 3.0
    lengths = torch.full((2,), 4)  # the latent sees the unchanged points only
    before, after = net(strokes, lengths, **given), net(changed, lengths, **given)
    torch.testing.assert_close(before.raw[:, :5], after.raw[:, :5])
    assert (before.raw[:, 5:] - after.raw[:, 5:]).abs().amax((0, 2)).min() > 1e-4


def test_attention_over_the_whole_sketch_does_look_ahead() -> None:
    net = make("var_attn_all")
    strokes, given = sketch(2, 8), inputs(net, 2)
    state_of = net.start
    latent = torch.zeros(2, net.config.latent)
    outputs = []
    for shift in (0.0, 3.0):
        changed = strokes.clone()
        changed[:, 5:, :2] += shift
        lengths = torch.full((2,), 8)
        encoding = net.encoder(changed[:, 1:], lengths)
        state = state_of(
            latent,
            given["condition"],
            influence_noise=given["influence_noise"],
            encoding=(encoding, lengths),
        )
        outputs.append(net.advance(changed[:, :5], state)[0])
    assert (outputs[0] - outputs[1]).abs().max() > 1e-4


@pytest.mark.parametrize("row", ROWS)
def test_alternatives_share_a_prefix(row: str) -> None:
    net = make(row)
    strokes = sketch(1, 4)
    _, state = net.encode_prefix(strokes[:, 1:], **inputs(net, 1))
    points = sketch(3, 1)[:, 1]
    together, _ = net.step(points, repeat_state(state, 3))
    for point, expected in zip(points, together, strict=True):
        torch.testing.assert_close(net.step(point[None], state)[0][0], expected)


@pytest.mark.parametrize("row", ["condition", "full", "full_attn"])
def test_condition_raster_and_points_all_matter(row: str) -> None:
    net = make(row)
    strokes, given = sketch(1, 4), inputs(net, 1)
    raw, _ = net.encode_prefix(strokes[:, 1:], **given)
    for name, other in (
        ("condition", torch.eye(K)[1:2]),
        ("raster", 1 - given.get("raster", torch.zeros(()))),
        ("influence_noise", given.get("influence_noise", torch.zeros(())) + 2),
    ):
        if name in given:
            changed, _ = net.encode_prefix(strokes[:, 1:], **{**given, name: other})
            assert (changed - raw).abs().max() > 1e-5, name


def test_missing_inputs_are_refused() -> None:
    net = make("full")
    strokes, given = sketch(2, 3), inputs(net, 2)
    lengths = torch.tensor([3, 3])
    with pytest.raises(ValueError, match="condition"):
        net(strokes, lengths, **{**given, "condition": None})
    with pytest.raises(ValueError, match="condition"):
        net(strokes, lengths, **{**given, "condition": torch.zeros(2, K + 1)})
    with pytest.raises(ValueError, match="raster"):
        net(strokes, lengths, **{**given, "raster": None})
    with pytest.raises(ValueError, match="raster"):
        make("condition")(strokes, lengths, given["condition"], given["raster"])


def test_prefix_influence_is_mean_and_last_state() -> None:
    layer = PrefixInfluence(3, 2)
    memory = torch.randn(1, 5, 3)
    memory[:, 0] = 0
    gaussian = layer(memory, 2)
    assert gaussian.mean.shape == (1, 3, 2)
    seen = torch.cat([memory[0, 1:4].mean(0), memory[0, 3]])
    torch.testing.assert_close(gaussian.mean[0, 1], layer.linear(seen)[:2])
    torch.testing.assert_close(layer(memory, 0).mean[0, 0], layer.linear.bias[:2])


def test_attention_ignores_masked_memory_and_averages_the_rest_for_its_prior() -> None:
    layer = VariationalAttention(3, 4, 0.1, "mean")
    memory, query = torch.randn(1, 6, 3), torch.randn(1, 4)
    memory[:, 0] = 0
    mask = torch.tensor([[True, True, True, False, False, False]])
    gaussian, prior = layer(query, memory, mask)
    short, _ = layer(query, memory[:, :3], mask[:, :3])
    torch.testing.assert_close(gaussian.mean, short.mean)
    torch.testing.assert_close(prior, memory[:, 1:3].mean(1))
    noise = torch.randn(1, 3)
    expected = gaussian.mean + 0.1 * noise * (gaussian.log_variance / 2).exp()
    torch.testing.assert_close(layer.sample(gaussian, noise), expected)


def test_attention_without_shared_noise_draws_in_every_step() -> None:
    net = make("var_attn")
    strokes, given = sketch(1, 4), inputs(net, 1)
    del given["influence_noise"]
    lengths = torch.tensor([4])
    assert not torch.equal(net(strokes, lengths, **given).raw, net(strokes, lengths, **given).raw)


def test_loss_is_the_sum_of_its_terms() -> None:
    net = make("full")
    strokes, lengths = sketch(2, 4), torch.tensor([2, 4])
    output = net(strokes, lengths, **inputs(net, 2))
    terms = ai_sketcher_loss(output, strokes[:, 1:], lengths, alpha=0.3, beta=0.7, kl_floor=0.0)
    expected = terms["offset"] + terms["pen"] + 0.3 * (terms["kl"] + 0.7 * terms["kl_influence"])
    torch.testing.assert_close(terms["loss"], expected)
    assert output.influence is not None
    per_step = output.influence.kl()
    valid = torch.cat([per_step[0, :3], per_step[1]])  # steps up to the end of each drawing
    torch.testing.assert_close(terms["kl_influence"], valid.mean())
    floored = ai_sketcher_loss(output, strokes[:, 1:], lengths, alpha=0.3, beta=0.7, kl_floor=99.0)
    torch.testing.assert_close(floored["loss"], terms["offset"] + terms["pen"] + 0.3 * 99)


def test_raster_autoencoder_shapes_and_learning() -> None:
    net = RasterAutoencoder(16, 8)
    image = torch.ones(2, 1, 16, 16)
    image[0, :, :, 4:6] = 0
    image[1, :, 9:11, :] = 0
    code = net.encode(image)
    assert code.shape == (2, 8)
    assert code.abs().max() <= 1
    assert net(image).shape == image.shape
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    losses = []
    for _ in range(40):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(image), image)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
