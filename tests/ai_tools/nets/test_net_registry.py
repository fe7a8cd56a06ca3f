# SPDX-License-Identifier: GPL-3.0-or-later
"""What every network promises, in every row: rebuilt from JSON and weights it computes the same, a
picture does not depend on the others in its batch, and gradients reach every parameter."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from ai_tools.nets.ai_sketcher import AiSketcher
from ai_tools.nets.config import ConfigError
from ai_tools.nets.registry import NETWORKS, build, count_parameters, make_config
from ai_tools.nets.sage import SageGenerator
from ai_tools.nets.sketchrnn import SketchRnn
from ai_tools.nets.stenciltorch import Skips
from ai_tools.nets.volume import Camera

Outputs = Iterable[Tensor]
Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A row of a network, tiny.  `cancelled` matches parameters that a normalisation takes away."""

    name: str
    config: dict[str, Any]
    run: Callable[[Any, int], Outputs]  # network and batch -> outputs, batch first
    cancelled: str = "(?!)"


def fixed(*shape: int) -> Tensor:
    """Numbers about N(0, 1), the same in every call; a smaller batch is the start of a larger."""
    count = torch.Size(shape).numel()
    return torch.randn(count, generator=torch.Generator().manual_seed(count // shape[0])).view(
        shape
    )


def per_picture(batch: int, *shape: int) -> Tensor:
    """Fixed numbers (batch, *shape) that differ between pictures and not between batch sizes."""
    return torch.stack([fixed(1, *shape)[0] * (1 + 0.3 * number) for number in range(batch)])


def unit(batch: int, *shape: int) -> Tensor:
    return per_picture(batch, *shape).sigmoid()


def strokes(batch: int) -> Tensor:
    points = per_picture(batch, 6, 5)
    points[..., 2:] = torch.tensor([1.0, 0.0, 0.0])
    points[:, 0, :2] = 0
    return points


def lengths(batch: int) -> Tensor:
    return torch.tensor([5, 3])[:batch]


def run_sketch_rnn(net: SketchRnn, batch: int) -> Outputs:
    output = net(strokes(batch), lengths(batch), per_picture(batch, 4))
    yield output.raw
    if output.latent is not None:
        yield output.latent.mean
        yield output.latent.log_variance


def run_ai_sketcher(net: AiSketcher, batch: int) -> Outputs:
    config = net.config
    raster = unit(batch, 1, 8, 8) if config.raster else None
    noise = None if net.influence is None else per_picture(batch, net.influence.size)
    condition = per_picture(batch, 3) if config.condition else None
    output = net(strokes(batch), lengths(batch), condition, raster, per_picture(batch, 4), noise)
    yield from (output.raw, output.latent.mean, output.latent.log_variance)
    if output.influence is not None:
        yield from (output.influence.mean, output.influence.log_variance)
    if net.raster_autoencoder is not None:
        yield net.raster_autoencoder(raster)


def run_generator(net: Any, batch: int) -> Outputs:
    features = net.config.feature_channels
    f = per_picture(batch, features, 2, 2) if features else None
    yield net(per_picture(batch, 4, 32, 32), per_picture(batch, 4, 8, 8), f)


def run_guide(net: Any, batch: int) -> Outputs:
    shapes = ((2, 32, 32), (4, 16, 16), (8, 8, 8), (16, 4, 4), (16, 4, 4))
    yield net(Skips(*(per_picture(batch, *shape) for shape in shapes)))


def run_critic(net: Any, batch: int) -> Outputs:
    features = net.config.feature_channels
    f = per_picture(batch, features, 4, 4) if features else None
    yield net(per_picture(batch, 3, 64, 64), f)


def run_light(net: Any, batch: int) -> Outputs:
    degree = torch.tensor([0.2, 0.8])[:batch] if net.config.degree else None
    yield from net.raw(unit(batch, 1, 16, 16), degree).values()


def camera(batch: int) -> Camera:
    return Camera(torch.tensor([0.3, -0.2])[:batch], torch.tensor([0.1, -0.1])[:batch])


def run_sage(net: Any, batch: int) -> Outputs:
    style = net.mapping(per_picture(batch, 6))
    for level in (1, 2):  # fading in the second uses the first's output layer
        output = net(style, camera(batch), level, fade=0.5)
        maps = (output.image, output.labels, output.drawing)
        yield from (value for value in maps if value is not None)
    yield output.view.rgb


def run_sage_discriminator(net: Any, batch: int) -> Outputs:
    for size in (4, 8, 16):
        verdict = net(per_picture(batch, net.config.inputs, size, size), 0.5)
        yield from (verdict.score, verdict.pose)


def run_portrait(net: Any, batch: int) -> Outputs:
    style = torch.tensor([[1.0, 0.0], [0.3, 0.7]])[:batch]
    output, code = net(per_picture(batch, 3, 32, 32), camera(batch), style)
    yield from (output.image, output.labels, output.small_labels, output.photo)
    yield from (output.view.depth, code.pose)


def run_plain(*shape: int) -> Callable[[Any, int], Outputs]:
    return lambda net, batch: [net(unit(batch, *shape))]


SKETCH: dict[str, Any] = {"encoder_hidden": 6, "decoder_hidden": 8, "latent": 4, "mixtures": 2}
AI: dict[str, Any] = {
    **SKETCH,
    "condition": 3,
    "influence_size": 5,
    "raster_size": 8,
    "raster_code": 3,
}
STENCIL: dict[str, Any] = {"features": 4, "feature_channels": 6}
CRITIC: dict[str, Any] = {"features": 16, "feature_channels": 6, "size": 64}
SIMPLIFIER: dict[str, Any] = {"layer4": 32, "width": 1 / 8}
SAGE: dict[str, Any] = {
    **{"z": 6, "hidden": 8, "field_layers": 2, "size": 16, "samples": 4, "labels": 3},
    **{"decoder_widths": [6, 4], "translator_widths": [2, 3, 4, 5], "spade_hidden": 4},
}
# Biases in front of an instance normalisation.
CANCELLED = r"translator\.(down|enlarge|up)\.\d+\.\d+\.bias|translator.*convs\.0\.bias"
PORTRAIT: dict[str, Any] = {
    **{"input_size": 32, "encoder_widths": [8, 16, 16], "token_width": 16, "token_layers": 1},
    **{"token_heads": 2, "plane_channels": 4, "field_hidden": 4, "features": 4, "size": 16},
    **{"samples": 4, "styles": ["line", "oil"], "style_size": 3, "labels": 5},
    **{"translator_widths": [4, 5, 6], "last_width": 4, "spade_hidden": 4},
}

AI_ROWS: Rows = {
    "baseline": {"condition": 0, "influence": "none", "raster": False},
    "condition": {"influence": "none", "raster": False},
    "prefix_fc": {"raster": False},
    "var_attn": {"influence": "var_attn", "raster": False},
    "var_attn all": {"influence": "var_attn", "attention_span": "all", "raster": False},
    "cnn": {"influence": "none"},
    "full": {},
}
STENCIL_ROWS: Rows = {
    "base": {},
    "BN": {"batch_norm": True},
    "no F1": {"feature_channels": 0},
}
SAGE_ROWS: Rows = {
    "full": {},
    "U-Net": {"translator": "unet"},
    "two-stage": {"translator": "none"},
    "no labels": {"translator": "unet", "labels": 0},
}

CASES = {
    "sketch_rnn": Case("sketch_rnn", SKETCH, run_sketch_rnn),
    "sketch_rnn decoder": Case("sketch_rnn", {**SKETCH, "encoder": False}, run_sketch_rnn),
    **{
        f"ai_sketcher {row}": Case("ai_sketcher", {**AI, **config}, run_ai_sketcher)
        for row, config in AI_ROWS.items()
    },
    **{
        f"stencil_generator {row}": Case("stencil_generator", {**STENCIL, **config}, run_generator)
        for row, config in STENCIL_ROWS.items()
    },
    "stencil_guide": Case("stencil_guide", STENCIL, run_guide),
    "stencil_critic": Case("stencil_critic", CRITIC, run_critic),
    "stencil_critic no F1": Case("stencil_critic", {**CRITIC, "feature_channels": 0}, run_critic),
    "illustration2vec_slice": Case(
        "illustration2vec_slice", {"widths": [2, 2, 3, 3, 4, 5]}, run_plain(3, 32, 32)
    ),
    "colorizer_light": Case("colorizer_light", {"widths": [4, 16]}, run_plain(14, 16, 16)),
    "disnet": Case("disnet", {"widths": [4, 6, 8]}, run_plain(3, 16, 16)),
    "simplifier": Case("simplifier", SIMPLIFIER, run_plain(1, 16, 16)),
    "simplifier skips": Case("simplifier", {**SIMPLIFIER, "skips": True}, run_plain(1, 16, 16)),
    "simplifier_light": Case("simplifier_light", {"widths": [4, 6, 8]}, run_light),
    "simplifier_light plain": Case(
        "simplifier_light",
        {
            **{"widths": [8, 8], "unshuffle": 4, "degree": False},
            **{"skips": False, "heads": ["line", "orientation"]},
        },
        run_light,
    ),
    "sketch_discriminator": Case(
        "sketch_discriminator", {"size": 64, "widths": [8] * 6}, run_plain(1, 64, 64)
    ),
    **{
        f"sage_generator {row}": Case("sage_generator", {**SAGE, **config}, run_sage, CANCELLED)
        for row, config in SAGE_ROWS.items()
    },
    **{
        f"sage_discriminator {inputs}": Case(
            "sage_discriminator", {"inputs": inputs, "widths": [3, 4, 5, 6]}, run_sage_discriminator
        )
        for inputs in (3, 19)
    },
    "portrait_light": Case("portrait_light", PORTRAIT, run_portrait),
}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.fixture
def make(settle: Callable[..., nn.Module]) -> Callable[[Case], nn.Module]:
    """Builds a case's network in evaluation mode."""

    def apply(case: Case) -> nn.Module:
        net = build(case.name, case.config).eval()
        if any(isinstance(module, nn.BatchNorm2d) for module in net.modules()):
            settle(net, lambda: list(case.run(net, 2)))
        return net

    return apply


def test_every_network_has_a_case() -> None:
    assert {case.name for case in CASES.values()} == set(NETWORKS)


@every_case
def test_rebuilt_from_json_and_weights_it_computes_the_same(
    case: Case, make: Callable[[Case], Any]
) -> None:
    net = make(case)
    for name, value in net.state_dict().items():
        if name in ("mean", "std"):  # what training would have set
            value.fill_(0.7)
    text = json.dumps(net.config.to_dict())
    torch.manual_seed(1)
    again = build(case.name, json.loads(text)).eval()
    again.load_state_dict(load(save(net.state_dict())))
    with torch.no_grad():
        for before, after in zip(case.run(net, 2), case.run(again, 2), strict=True):
            assert torch.equal(before, after)
            assert before.isfinite().all()


@every_case
def test_pictures_of_a_batch_do_not_mix(case: Case, make: Callable[[Case], Any]) -> None:
    net = make(case)
    with torch.no_grad():
        together, alone = list(case.run(net, 2)), list(case.run(net, 1))
    for both, single in zip(together, alone, strict=True):
        torch.testing.assert_close(both[:1], single, atol=1e-3, rtol=1e-3)
    assert any((both[0] - both[1]).abs().max() > 1e-6 for both in together)


@every_case
def test_gradients_reach_every_parameter(case: Case, make: Callable[[Case], Any]) -> None:
    net = make(case)
    if isinstance(net, SageGenerator):
        net.field.density.bias.data.fill_(5.0)  # not empty space
    loss = sum((value * fixed(*value.shape)).sum() for value in case.run(net, 2))
    assert isinstance(loss, Tensor)
    loss.backward()
    dead = [
        name
        for name, parameter in net.named_parameters()
        if not re.fullmatch(case.cancelled, name)
        and (parameter.grad is None or parameter.grad.abs().max() < 1e-12)
    ]
    assert dead == []
    assert all(p.grad.isfinite().all() for p in net.parameters() if p.grad is not None)


@every_case
def test_training_mode_runs_backwards(case: Case, make: Callable[[Case], Any]) -> None:
    net = make(case).train()
    loss = sum(value.square().mean() for value in case.run(net, 2))
    assert isinstance(loss, Tensor)
    loss.backward()
    assert loss.isfinite()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_unknown_names_and_foreign_configurations_are_refused() -> None:
    with pytest.raises(ConfigError, match="'sketchrnn'"):
        build("sketchrnn")
    with pytest.raises(ConfigError, match="'width'"):
        build("disnet", {"width": 3})
    with pytest.raises(ConfigError, match="DisNetConfig"):
        build("disnet", make_config("simplifier"))


def test_parameters_are_counted_without_buffers() -> None:
    layer = nn.BatchNorm1d(5)
    assert count_parameters(layer) == 10
