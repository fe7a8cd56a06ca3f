# SPDX-License-Identifier: GPL-3.0-or-later
"""SAGE: 3D-aware portrait drawings from random vectors.  Imports torch and `ai_tools.nets`.

Source: SAGE (IJCAI 2023) and its code, built on MVCGAN (Zhang et al. 2022).  A radiance field is
rendered to a 64² feature map; two decoders turn it into a photo-like image and a label map; a U-Net
with SPADE turns the image into a drawing.  28.78 M parameters: a reference for training, the app
ships `portrait_light`.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig
from ai_tools.nets.sage_decoders import StyledDecoder, Translator
from ai_tools.nets.sage_field import Mapping, SirenField, Style, View
from ai_tools.nets.volume import Camera, cast_rays, project, warp


@dataclass(frozen=True, kw_only=True)
class SageConfig(NetConfig):
    """Sizes and rows; defaults as published.  The scaled rows render 32² rays of 8 samples."""

    z: int = 256
    hidden: int = 256
    field_layers: int = 8
    size: int = 64
    """Side of the rendered maps; images have it times 2^level."""
    samples: int = 16
    field_of_view: float = 12.0
    near: float = 0.88
    far: float = 1.12
    box: float = 0.24
    decoder_widths: tuple[int, ...] = (256, 128, 64)
    """Channels after each enlargement; the last is for 512² and unused at 256²."""
    labels: int = 19
    """Classes of the semantic decoder; 0 leaves it out (the row without semantics)."""
    translator: Literal["none", "unet", "spade"] = "spade"
    """none: the image decoder emits the drawing (rows End2End, Two-stage); unet: without SPADE."""
    translator_widths: tuple[int, ...] = (32, 64, 128, 256, 512)
    spade_hidden: int = 128
    mixup: float = 0.1
    """Greatest share of the warped second view's features while training; 0 switches it off."""

    def __post_init__(self) -> None:
        counts = (self.z, self.hidden, self.field_layers, self.size, self.spade_hidden)
        self.require(min(counts) > 0, "sizes must be positive")
        self.require(self.samples > 1, "samples must be at least 2")
        self.require(0 < self.near < self.far, "near and far must be positive and in order")
        self.require(0 < self.field_of_view < 180, "field_of_view must be in 0..180 degrees")
        self.require(self.box > 0, "box must be positive")
        self.require(self.labels >= 0, "labels must not be negative")
        self.require(0 <= self.mixup <= 1, "mixup must be in 0..1")
        widths = self.decoder_widths + self.translator_widths
        self.require(min(widths) > 0, "widths must be positive")
        self.require(len(self.decoder_widths) > 0, "decoder_widths must not be empty")
        self.require(len(self.translator_widths) > 1, "translator_widths needs two levels or more")
        self.require(
            self.translator != "spade" or self.labels > 0, "SPADE needs the semantic decoder"
        )


@dataclass(frozen=True)
class Stereo:
    """What the re-projection loss compares, (B, 3, s, s) in 0..1."""

    primary: Tensor
    warped: Tensor


@dataclass(frozen=True)
class SageOutput:
    """Maps of one view; s = size * 2^level.  No output has an activation: images aim at -1..1."""

    image: Tensor  # (B, 3, s, s), photo-like; the drawing itself where there is no translator
    labels: Tensor | None  # (B, L, s, s) logits
    drawing: Tensor | None  # (B, 3, s, s)
    view: View  # the field's own maps, size²
    stereo: Stereo | None  # where a second camera was given


class SageGenerator(nn.Module):
    """Mapping, field, decoders and translator."""

    DISTANCE = 1.0
    """Of the camera from the origin."""

    def __init__(self, config: SageConfig) -> None:
        super().__init__()
        self.config = config
        hidden, widths = config.hidden, config.decoder_widths
        self.mapping = Mapping(config.z, (config.field_layers + 1) * hidden)
        self.field = SirenField(hidden, config.field_layers, config.box)
        self.image_decoder = StyledDecoder(hidden, widths, 3, config.z)
        self.label_decoder = (
            StyledDecoder(hidden, widths, config.labels, config.z) if config.labels else None
        )
        self.translator = None
        if config.translator != "none":
            self.translator = Translator(
                config.translator_widths,
                config.labels,
                spade=config.translator == "spade",
                hidden=config.spade_hidden,
            )

    def forward(
        self,
        style: Style,
        camera: Camera,
        level: int,
        *,
        fade: float = 1.0,
        second: Camera | None = None,
        jitter: bool = False,
        density_noise: float = 0.0,
        last_back: bool = False,
        translate: bool = True,
    ) -> SageOutput:
        """Renders and decodes one view.

        Args:
            style: from `mapping(z)`, truncated if wanted.
            level: number of enlargements, size * 2^level pixels; fade: see `StyledDecoder`.
            second: an independent camera for the stereo mixup (training).
            jitter, density_noise, last_back: see `SirenField.render`.
            translate: whether to run the translator; the paper does in stage II, at 256² only.
        """
        view = self._render(style, camera, jitter, density_noise, last_back)
        features, stereo = view.features, None
        if second is not None:
            features, stereo = self._mix(view, style, camera, second, jitter, density_noise)
        image = self.image_decoder(features, style.code, level, fade)
        labels = None
        if self.label_decoder is not None:
            labels = self.label_decoder(features, style.code, level, fade)
        drawing = self.translate(image, labels) if translate and self.translator else None
        return SageOutput(image, labels, drawing, view, stereo)

    def translate(self, image: Tensor, labels: Tensor | None) -> Tensor:
        """Drawing from an image (B, 3, s, s) and label logits (B, L, s, s), which may be edited.

        The drawing's loss does not reach the semantic decoder: it would bend labels into strokes.

        Raises:
            ValueError: the network has no translator, or SPADE gets no labels.
        """
        if self.translator is None:
            raise ValueError("this network has no translator")
        if labels is None:
            if self.config.translator == "spade":
                raise ValueError("SPADE needs label logits")
            labels = image.new_zeros(len(image), 0, *image.shape[2:])
        drawing: Tensor = self.translator(image, labels.detach())
        return drawing

    def _render(
        self,
        style: Style,
        camera: Camera,
        jitter: bool,
        density_noise: float,
        last_back: bool = False,
    ) -> View:
        config = self.config
        rays = cast_rays(camera, self.DISTANCE, config.field_of_view, config.size)
        return self.field.render(
            rays,
            style,
            config.near,
            config.far,
            config.samples,
            jitter=jitter,
            density_noise=density_noise,
            last_back=last_back,
        )

    def _mix(
        self,
        view: View,
        style: Style,
        camera: Camera,
        second: Camera,
        jitter: bool,
        density_noise: float,
    ) -> tuple[Tensor, Stereo]:
        """Stereo mixup: (1 - r) features + r features of a second view warped to this one."""
        other = self._render(style, second, jitter, density_noise)
        count = view.features.shape[1]
        warped = self.warp_view(
            torch.cat([other.features, other.rgb], 1), view.depth, camera, second
        )
        share = torch.rand(len(view.depth), 1, 1, 1, device=view.depth.device) * self.config.mixup
        features = torch.lerp(view.features, warped[:, :count], share)
        return features, Stereo(view.rgb, warped[:, count:])

    def warp_view(self, maps: Tensor, depth: Tensor, camera: Camera, maps_camera: Camera) -> Tensor:
        """Maps (B, C, s, s) seen by `maps_camera`, moved to where `camera` sees the same points.

        depth (B, 1, s, s) is `camera`'s, distance along its rays.
        """
        fov, size = self.config.field_of_view, depth.shape[-1]
        rays = cast_rays(camera, self.DISTANCE, fov, size)
        points = rays.points(depth.flatten(1)[..., None])[:, :, 0]
        seen = project(points, maps_camera, self.DISTANCE, fov)
        return warp(maps, seen, size)
