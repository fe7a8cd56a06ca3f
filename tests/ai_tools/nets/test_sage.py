# SPDX-License-Identifier: GPL-3.0-or-later
"""SAGE: published sizes, fades, stereo mixup, what gradients may pass, its discriminators."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from ai_tools.nets.config import ConfigError
from ai_tools.nets.registry import count_parameters
from ai_tools.nets.sage import SageConfig, SageGenerator
from ai_tools.nets.sage_decoders import Spade, SpadeBlock, StyledDecoder, blur_upsample
from ai_tools.nets.sage_discriminator import SageDiscriminator, SageDiscriminatorConfig
from ai_tools.nets.sage_field import FilmLayer
from ai_tools.nets.volume import Camera

SIZES: dict[str, Any] = {
    **{"z": 6, "hidden": 8, "field_layers": 2, "size": 16, "samples": 4, "labels": 3},
    **{"decoder_widths": (6, 4), "translator_widths": (2, 3, 4, 5), "spade_hidden": 4},
}


def make(**change: Any) -> SageGenerator:
    """A tiny generator whose space is not empty, as chance would have it."""
    net = SageGenerator(SageConfig(**{**SIZES, **change}))
    torch.nn.init.constant_(net.field.density.bias, 5.0)
    return net


def view(batch: int, yaw: float = 0.1) -> Camera:
    return Camera(torch.full((batch,), yaw), torch.full((batch,), -0.05))


def test_published_parameter_counts() -> None:
    with torch.device("meta"):
        net = SageGenerator(SageConfig())
        image_critic = SageDiscriminator(SageDiscriminatorConfig())
        label_critic = SageDiscriminator(SageDiscriminatorConfig(inputs=19))
    parts = {
        "mapping": 1.38,
        "field": 0.53,
        "image_decoder": 3.05,
        "label_decoder": 3.06,
        "translator": 20.76,
    }
    for name, millions in parts.items():
        assert round(count_parameters(getattr(net, name)) / 1e6, 2) == millions, name
    assert round(count_parameters(net) / 1e6, 2) == 28.78
    assert round(count_parameters(image_critic) / 1e6, 2) == 12.88
    assert round(count_parameters(label_critic) / 1e6, 2) == 12.91


@pytest.mark.parametrize("level", [0, 1, 2])
def test_outputs_grow_with_the_level(level: int) -> None:
    net = make()
    output = net(net.mapping(torch.randn(2, 6)), view(2), level)
    side = 16 * 2**level
    assert output.image.shape == (2, 3, side, side)
    assert output.labels.shape == (2, 3, side, side)
    assert output.drawing.shape == (2, 3, side, side)
    assert output.view.features.shape == (2, 8, 16, 16)
    assert output.view.rgb.min() >= 0
    assert output.view.rgb.max() <= 1
    assert output.stereo is None


def test_rendered_depth_lies_between_near_and_far() -> None:
    net = make()
    style = net.mapping(torch.randn(3, 6))
    depth = net(style, view(3), 0, last_back=True).view.depth
    assert depth.min() >= 0.88 - 1e-6
    assert depth.max() <= 1.12 + 1e-6


def test_last_back_gives_remaining_light_to_the_last_sample() -> None:
    net = make()
    torch.nn.init.constant_(net.field.density.bias, -100.0)  # empty space
    torch.nn.init.zeros_(net.field.density.weight)
    style = net.mapping(torch.randn(1, 6))
    empty = net(style, view(1), 0).view
    assert empty.depth.abs().max() == 0
    filled = net(style, view(1), 0, last_back=True).view
    torch.testing.assert_close(filled.depth, torch.full_like(filled.depth, 1.12))


@pytest.mark.parametrize("semantics", [True, False])
def test_semantics_can_be_left_out(semantics: bool) -> None:
    labels = 3 if semantics else 0
    net = make(labels=labels, translator="unet")
    output = net(net.mapping(torch.randn(1, 6)), view(1), 1)
    assert (output.labels is not None) is semantics
    assert output.drawing.shape == output.image.shape


def test_translator_rows() -> None:
    with pytest.raises(ConfigError, match="semantic"):
        SageConfig(labels=0)
    none = make(translator="none")
    assert none(none.mapping(torch.randn(1, 6)), view(1), 0).drawing is None
    with pytest.raises(ValueError, match="no translator"):
        none.translate(torch.zeros(1, 3, 16, 16), None)
    translator = make().translator
    assert translator is not None
    assert [isinstance(block, SpadeBlock) for block in translator.up] == [True, True, False]
    with pytest.raises(ValueError, match="label"):
        make().translate(torch.zeros(1, 3, 16, 16), None)
    net = make()
    assert net(net.mapping(torch.randn(1, 6)), view(1), 0, translate=False).drawing is None


def test_drawings_loss_does_not_reach_the_semantic_decoder() -> None:
    net = make()
    net(net.mapping(torch.randn(1, 6)), view(1), 1).drawing.square().sum().backward()
    assert net.label_decoder is not None
    assert all(p.grad is None for p in net.label_decoder.parameters())
    assert net.image_decoder.base.conv.weight.grad.abs().max() > 0


def test_edited_labels_change_the_drawing() -> None:
    net = make()
    output = net(net.mapping(torch.randn(1, 6)), view(1), 1)
    edited = net.translate(output.image, -output.labels)
    assert (edited - output.drawing).abs().max() > 1e-6


def test_mixup_with_the_same_camera_changes_nothing() -> None:
    net = make(mixup=1.0)
    style = net.mapping(torch.randn(1, 6))
    alone = net(style, view(1), 1)
    mixed = net(style, view(1), 1, second=view(1))
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    torch.testing.assert_close(
        mixed.stereo.warped[inner], mixed.stereo.primary[inner], atol=1e-3, rtol=0
    )
    # The outermost pixels may be rounded half out of the picture; look at the centre.
    torch.testing.assert_close(alone.view.rgb, mixed.stereo.primary)
    other = net(style, view(1), 1, second=view(1, 0.6))
    assert (other.stereo.warped - other.stereo.primary)[inner].abs().max() > 1e-3
    assert (other.image - alone.image).abs().max() > 1e-4


def test_mixup_keeps_to_its_share() -> None:
    net = make(mixup=0.0)
    style = net.mapping(torch.randn(1, 6))
    alone = net(style, view(1), 0).image
    torch.testing.assert_close(net(style, view(1), 0, second=view(1, 0.6)).image, alone)


def test_training_noise_is_off_by_default() -> None:
    net = make()
    style = net.mapping(torch.randn(1, 6))
    first = net(style, view(1), 0).view.rgb
    assert torch.equal(first, net(style, view(1), 0).view.rgb)
    assert not torch.equal(first, net(style, view(1), 0, jitter=True).view.rgb)
    assert not torch.equal(first, net(style, view(1), 0, density_noise=1.0).view.rgb)


def test_truncation_moves_towards_the_mean() -> None:
    net = make()
    z = torch.randn(64, 6)
    mean, style = net.mapping.mean_style(z), net.mapping(z)
    torch.testing.assert_close(mean.code[0], style.code.mean(0))
    for part in ("frequencies", "phases", "code"):
        value, centre = getattr(style, part), getattr(mean, part)
        torch.testing.assert_close(getattr(style.towards(mean, 1.0), part), value)
        zero = getattr(style.towards(mean, 0.0), part)
        torch.testing.assert_close(zero, centre.expand_as(value))


def test_film_layer_is_a_modulated_sine() -> None:
    layer = FilmLayer(3, 4)
    x, frequency, phase = torch.randn(1, 2, 3), torch.randn(1, 4), torch.randn(1, 4)
    linear = x @ layer.linear.weight.t() + layer.linear.bias
    expected = torch.sin((15 * frequency + 30) * linear + phase)
    torch.testing.assert_close(layer(x, frequency, phase), expected)


def test_fading_blends_the_last_two_scales() -> None:
    decoder = StyledDecoder(8, (6, 4), 3, 5)
    features, style = torch.randn(1, 8, 4, 4), torch.randn(1, 5)
    coarse, fine = decoder(features, style, 1), decoder(features, style, 2)
    torch.testing.assert_close(decoder(features, style, 2, 0.0), blur_upsample(coarse))
    blended = decoder(features, style, 2, 0.25)
    torch.testing.assert_close(blended, 0.75 * blur_upsample(coarse) + 0.25 * fine)
    with pytest.raises(ValueError, match="levels"):
        decoder(features, style, 3)


def test_blur_keeps_flat_pictures_flat() -> None:
    flat = torch.full((1, 2, 3, 3), 0.7)
    torch.testing.assert_close(blur_upsample(flat), torch.full((1, 2, 6, 6), 0.7))


def test_spade_scales_where_the_labels_say() -> None:
    spade = Spade(2, 3, hidden=4)
    x = torch.randn(1, 2, 8, 8)
    labels = torch.zeros(1, 3, 16, 16)
    edited = labels.clone()
    edited[..., :8, :] = 5.0  # the upper half only
    change = (spade(x, labels) - spade(x, edited)).abs().amax((0, 1, 3))
    assert change[:4].max() > 1e-4
    assert change[6:].max() < 1e-6


def test_discriminator_judges_every_size_and_predicts_the_pose() -> None:
    net = SageDiscriminator(SageDiscriminatorConfig(inputs=3, widths=(2, 3, 4, 5)))
    for size in (4, 8, 16):
        verdict = net(torch.randn(2, 3, size, size))
        assert verdict.score.shape == (2,)
        assert verdict.pose.shape == (2, 2)
    for bad in ((2, 2), (32, 32), (8, 16), (12, 12)):
        with pytest.raises(ValueError, match="square"):
            net(torch.randn(1, 3, *bad))


def test_discriminator_fades_to_the_next_smaller_size() -> None:
    net = SageDiscriminator(SageDiscriminatorConfig(inputs=3, widths=(2, 3, 4, 5)))
    image = torch.randn(1, 3, 8, 8)
    half = image[..., ::2, ::2]
    torch.testing.assert_close(net(image, 0.0).score, net(half).score)
    assert not torch.allclose(net(image, 0.5).score, net(half).score)
    torch.testing.assert_close(net(image, 1.0).score, net(image).score)


def test_discriminator_sees_where_things_are() -> None:
    """CoordConv: a spot's place matters even to the mean of a constant picture's features."""
    net = SageDiscriminator(SageDiscriminatorConfig(inputs=1, widths=(4, 4)))

    def pose(x: int) -> Tensor:
        image = torch.zeros(1, 1, 4, 4)
        image[..., x] = 1
        return net(image).pose

    assert (pose(0) - pose(3)).abs().max() > 1e-4


def test_default_camera_is_sages() -> None:
    config = SageConfig()
    assert (config.field_of_view, config.near, config.far, config.samples) == (12, 0.88, 1.12, 16)
    edge = math.tan(math.radians(config.field_of_view / 2)) * SageGenerator.DISTANCE
    assert edge < config.box  # the image plane shows what the box holds
