# SPDX-License-Identifier: GPL-3.0-or-later
"""Sketch-RNN: sizes, padding, incremental decoding, losses, published weights."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from ai_tools.nets.mixture import sample
from ai_tools.nets.registry import count_parameters
from ai_tools.nets.sketchrnn import (
    Gaussian,
    SketchRnn,
    SketchRnnConfig,
    SketchRnnOutput,
    published_decoder,
    repeat_state,
    sketch_rnn_loss,
    start_token,
)

TINY = SketchRnnConfig(encoder_hidden=6, decoder_hidden=8, latent=4, mixtures=2)
PLAIN = SketchRnnConfig(encoder=False, encoder_hidden=6, decoder_hidden=8, latent=4, mixtures=2)


def drawing(batch: int, rows: int) -> Tensor:
    """Random points in stroke-5 form, none of which ends the drawing."""
    points = torch.zeros(batch, rows, 5)
    points[..., :2] = torch.randn(batch, rows, 2)
    points[..., 2:4] = torch.nn.functional.one_hot(torch.randint(2, (batch, rows)), 2)
    return points


def with_start(points: Tensor) -> Tensor:
    return torch.cat([start_token(points), points], 1)


def test_parameter_counts() -> None:
    assert count_parameters(SketchRnn(SketchRnnConfig())) == 2_186_107
    assert count_parameters(SketchRnn(SketchRnnConfig(encoder=False))) == 1_123_963


def test_padding_does_not_reach_the_latent() -> None:
    net = SketchRnn(TINY).eval()
    points, lengths = drawing(2, 9), torch.tensor([4, 9])
    changed = points.clone()
    changed[0, 4:] = 7.0
    before, after = net.encode(points, lengths), net.encode(changed, lengths)
    assert torch.equal(before.mean, after.mean)
    changed[0, 3] = 7.0
    assert not torch.equal(before.mean[0], net.encode(changed, lengths).mean[0])


def test_an_empty_drawing_has_a_latent() -> None:
    net = SketchRnn(TINY).eval()
    posterior = net.encode(drawing(1, 3), torch.tensor([0]))
    torch.testing.assert_close(posterior.mean[0], net.posterior.mean.bias)


@pytest.mark.parametrize("config", [TINY, PLAIN])
def test_steps_equal_the_teacher_forced_pass(config: SketchRnnConfig) -> None:
    net = SketchRnn(config).eval()
    strokes = with_start(drawing(2, 6))
    noise = torch.zeros(2, 4)
    lengths = torch.tensor([6, 6])
    whole = net(strokes, lengths, noise).raw
    latent = net.encode(strokes[:, 1:], lengths).mean if config.encoder else None
    state = net.start(latent, 2)
    for i in range(6):
        raw, state = net.step(strokes[:, i], state)
        torch.testing.assert_close(raw, whole[:, i])


@pytest.mark.parametrize("config", [TINY, PLAIN])
@pytest.mark.parametrize("length", [0, 5])
def test_a_prefix_equals_the_teacher_forced_pass(config: SketchRnnConfig, length: int) -> None:
    net = SketchRnn(config).eval()
    strokes = with_start(drawing(2, length + 1))
    whole = net(strokes, torch.full((2,), length), torch.zeros(2, 4)).raw
    raw, _ = net.encode_prefix(strokes[:, 1:-1])
    torch.testing.assert_close(raw, whole[:, length])


def test_alternatives_share_a_prefix() -> None:
    net = SketchRnn(TINY).eval()
    raw, state = net.encode_prefix(drawing(1, 5))
    points = sample(raw.expand(3, -1), 1.0)
    together, _ = net.step(points, repeat_state(state, 3))
    for point, expected in zip(points, together, strict=True):
        torch.testing.assert_close(net.step(point[None], state)[0][0], expected)


def test_the_latent_sets_cell_then_hidden_state() -> None:
    """The order of the published code: a weight file loaded the other way round would go wrong."""
    net = SketchRnn(TINY)
    latent = torch.randn(1, 4)
    hidden, cell = net.start(latent).decoder
    code = net.initial(latent).tanh()
    torch.testing.assert_close(cell, code[:, :8])
    torch.testing.assert_close(hidden, code[:, 8:])


def test_a_latent_goes_with_an_encoder() -> None:
    with pytest.raises(ValueError, match="latent"):
        SketchRnn(PLAIN).start(torch.zeros(1, 4))
    with pytest.raises(ValueError, match="latent"):
        SketchRnn(TINY).start()


def test_kl_equals_torchs() -> None:
    mean, log_variance, prior = torch.randn(3, 4), torch.randn(3, 4), torch.randn(3, 4)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(prior, 1.0)).mean(-1)
    torch.testing.assert_close(Gaussian(mean, log_variance).kl(prior), expected)


def test_samples_have_mean_and_deviation() -> None:
    gaussian = Gaussian(torch.tensor([3.0]), torch.tensor([4.0]).log())
    assert gaussian.sample(torch.tensor([0.0])).item() == 3.0
    assert gaussian.sample(torch.tensor([1.5])).item() == pytest.approx(6.0)


def test_below_the_floor_the_kl_term_pulls_no_more() -> None:
    target = drawing(2, 3)
    raw = torch.randn(2, 3, 15)
    for scale, pulls in ((0.1, False), (2.0, True)):
        mean = torch.full((2, 4), scale, requires_grad=True)
        output = SketchRnnOutput(raw, Gaussian(mean, torch.zeros(2, 4)))
        terms = sketch_rnn_loss(output, target, kl_weight=0.5)
        assert terms["kl"].item() == pytest.approx(scale**2 / 2, rel=1e-5)
        expected = terms["offset"] + terms["pen"] + 0.5 * max(terms["kl"].item(), 0.2)
        assert terms["loss"].item() == pytest.approx(expected.item(), rel=1e-5)
        terms["loss"].backward()
        assert mean.grad is not None
        assert bool(mean.grad.abs().max() > 0) is pulls


def test_without_an_encoder_there_is_no_kl_term() -> None:
    net = SketchRnn(PLAIN)
    strokes = with_start(drawing(2, 3))
    terms = sketch_rnn_loss(net(strokes, torch.tensor([3, 3])), strokes[:, 1:], kl_weight=0.5)
    torch.testing.assert_close(terms["loss"], terms["offset"] + terms["pen"])


def test_published_weights_give_the_published_recurrence() -> None:
    """Against the recurrence of sketch-rnn-js, written out in numpy."""
    rng = np.random.default_rng(0)
    hidden = 8
    shapes = {
        "w_x": (5, 4 * hidden),
        "w_h": (hidden, 4 * hidden),
        "bias": (4 * hidden,),
        "output_w": (hidden, 15),
        "output_b": (15,),
    }
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    net = SketchRnn(PLAIN).eval()
    tensors = {name: torch.tensor(array).float() for name, array in arrays.items()}
    net.load_state_dict(published_decoder(tensors))

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    points = drawing(1, 4)
    h, c, state = np.zeros(hidden), np.zeros(hidden), net.start()
    for point in points[0]:
        gates = point.numpy() @ arrays["w_x"] + h @ arrays["w_h"] + arrays["bias"]
        i, j, f, o = np.split(gates, 4)
        c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)
        h = sigmoid(o) * np.tanh(c)
        raw, state = net.step(point[None], state)
        expected = h @ arrays["output_w"] + arrays["output_b"]
        np.testing.assert_allclose(raw[0].detach().numpy(), expected, atol=1e-4)
