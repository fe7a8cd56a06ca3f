# SPDX-License-Identifier: GPL-3.0-or-later
"""The portrait network that the app ships: one drawing -> views from other sides in seven styles.

Imports torch and `ai_tools.nets`.  Own design on SAGE's plan (field, semantics, SPADE translator)
with a tri-plane in place of the SIREN and an encoder in place of random vectors; 7.5 M parameters.
The planes of a portrait are computed once; a new view costs a render, a look at the drawing from
there (`nets.portrait_source`) and a translation.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig
from ai_tools.nets.portrait_encoder import PLANE_STRIDE, TOKEN_STRIDE, PortraitEncoder
from ai_tools.nets.portrait_source import Seen, Source, look_up, nothing_seen
from ai_tools.nets.sage_decoders import SpadeResBlock
from ai_tools.nets.triplane import GEOMETRY, FieldView, Frame, TriplaneField
from ai_tools.nets.volume import Camera

ENLARGE = 4
"""Pixels of the picture over pixels of the rendered map."""

COLOURS = 16
"""Channels on which colours pass the translator."""


@dataclass(frozen=True, kw_only=True)
class PortraitLightConfig(NetConfig):
    """Sizes; lengths in decimetres, the unit of the synthetic heads."""

    input_size: int = 256
    encoder_widths: tuple[int, ...] = (32, 64, 128)
    token_width: int = 256
    token_layers: int = 4
    token_heads: int = 8
    encoder_last: int = 96
    """Channels before the planes."""
    plane_channels: int = 16
    """The planes have a quarter of the input's size: 3 x 16 x 64²."""
    people: int = 16
    """Numbers that make a person without a drawing; 0: none can be made."""
    people_size: int = 24
    """Side at which these numbers blend planes; finer planes than that are smoothed."""
    field_hidden: int = 32
    features: int = 32
    size: int = 64
    """Side of the rendered maps; pictures have four times it."""
    preview_size: int = 32
    """The same while the head is being turned."""
    samples: int = 16
    field_of_view: float = 12.3
    distance: float = 16.5
    near: float = 14.6
    far: float = 18.4
    extent: float = 1.9
    styles: tuple[str, ...] = ("line", "pen", "pencil", "soft", "charcoal", "oil", "cel")
    style_size: int = 64
    labels: int = 19
    label_width: int = 64
    translator_widths: tuple[int, ...] = (96, 128, 192)
    last_width: int = 48
    """Channels at twice the rendered size."""
    spade_hidden: int = 64

    def __post_init__(self) -> None:
        self.require(len(self.encoder_widths) == 3, "encoder_widths must be three numbers")
        widths = (*self.encoder_widths, self.token_width, self.encoder_last)
        self.require(
            min(widths) > 0 and all(width % 8 == 0 for width in widths),
            "encoder_widths, encoder_last and token_width must be positive multiples of 8",
        )
        self.require(
            self.token_heads > 0 and self.token_width % self.token_heads == 0,
            "token_heads must divide token_width",
        )
        self.require(
            self.input_size > 0 and self.input_size % TOKEN_STRIDE == 0,
            f"input_size must be a positive multiple of {TOKEN_STRIDE}",
        )
        self.require(len(self.translator_widths) == 3, "translator_widths must be three numbers")
        counts = (
            *(self.plane_channels, self.field_hidden, self.features, self.style_size),
            *(self.labels, self.label_width, self.last_width, self.spade_hidden),
            *self.translator_widths,
        )
        self.require(min(counts) > 0, "sizes must be positive")
        self.require(self.token_layers >= 0, "token_layers must not be negative")
        for name in ("size", "preview_size"):
            value = getattr(self, name)
            self.require(
                value >= 8 and value % 4 == 0, f"{name} must be a multiple of 4, at least 8"
            )
        self.require(self.people >= 0, "people must not be negative")
        self.require(self.people_size > 0, "people_size must be positive")
        self.require(self.samples > 1, "samples must be at least 2")
        self.require(0 < self.near < self.far, "near and far must be positive and in order")
        self.require(0 < self.field_of_view < 180, "field_of_view must be in 0..180 degrees")
        self.require(min(self.distance, self.extent) > 0, "lengths must be positive")
        self.require(len(self.styles) > 0, "at least one style is needed")
        self.require(len(set(self.styles)) == len(self.styles), "a style is named twice")

    @property
    def plane_size(self) -> int:
        """Side of the planes."""
        return self.input_size // PLANE_STRIDE

    @property
    def frame(self) -> Frame:
        """The camera's fixed part."""
        return Frame(
            self.field_of_view, self.distance, self.near, self.far, self.extent, self.samples
        )


@dataclass(frozen=True)
class PortraitCode:
    """What the encoder read from a drawing."""

    planes: Tensor  # (B, 3, C, r, r)
    pose: Tensor  # (B, 6), see portrait_encoder.POSE


@dataclass(frozen=True)
class PortraitOutput:
    """Maps of one view: s rendered, 4 s decoded."""

    image: Tensor  # (B, 3, 4s, 4s) in -1..1, in the wanted style
    labels: Tensor  # (B, 19, 4s, 4s) logits, the same in every style
    small_labels: Tensor  # (B, 19, s, s) logits
    photo: Tensor  # (B, 3, s, s) in 0..1, the field's own colours
    view: FieldView


class CodeBook(nn.Module):
    """People without a drawing: what the planes of many people have in common and differ in.

    Principal components, each scaled by its deviation, so that z ~ N(0, I) are people like those
    it was fitted to.  `train.portrait_people` fits it when training is done; until then all zero.
    """

    mean: Tensor
    basis: Tensor

    def __init__(self, people: int, channels: int, size: int, planes: int) -> None:
        """Args: `size` is the side of what is stored, `planes` that of what comes out."""
        super().__init__()
        self.planes = planes
        self.register_buffer("mean", torch.zeros(3 * channels, size, size))
        self.register_buffer("basis", torch.zeros(people, 3 * channels, size, size))

    def forward(self, z: Tensor) -> Tensor:
        """z (B, people) -> planes (B, 3, C, r, r); means of two z are people between them."""
        blend = self.mean + torch.einsum("bk,kchw->bchw", z, self.basis)
        if blend.shape[-1] != self.planes:
            size = (self.planes, self.planes)
            blend = F.interpolate(blend, size=size, mode="bilinear", align_corners=False)
        return blend.unflatten(1, (3, -1))


class StyledBlock(nn.Module):
    """Convolution 3x3, instance normalisation, scale and shift from the style, SiLU."""

    def __init__(self, inputs: int, outputs: int, style: int, stride: int = 1) -> None:
        super().__init__()
        # The normalisation would take a bias away again.
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.affine = nn.Linear(style, 2 * outputs)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """x (B, inputs, H, W), style (B, style) -> (B, outputs, H / stride, W / stride)."""
        scale, shift = self.affine(style)[..., None, None].chunk(2, 1)
        return F.silu(F.instance_norm(self.conv(x)) * (1 + scale) + shift)


class LabelDecoder(nn.Module):
    """Rendered maps -> label logits at the rendered size and at four times it; knows no style."""

    def __init__(self, inputs: int, width: int, last: int, labels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.SiLU(),
        )
        self.small = nn.Conv2d(width, labels, 1)
        self.large = nn.Sequential(
            nn.Conv2d(width, last, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(last, 4 * labels, 1),
            nn.PixelShuffle(2),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, inputs, s, s) -> logits (B, L, s, s) and (B, L, 4s, 4s)."""
        y = self.body(x)
        return self.small(y), self.large(F.interpolate(y, scale_factor=2, mode="nearest"))


class LightTranslator(nn.Module):
    """U-Net from the rendered maps to a picture four times their size, SPADE on its way up."""

    def __init__(self, inputs: int, config: PortraitLightConfig) -> None:
        super().__init__()
        style, hidden, labels = config.style_size, config.spade_hidden, config.labels
        fine, middle, coarse = config.translator_widths
        last = config.last_width
        self.enter = nn.ModuleList(
            [StyledBlock(inputs, fine, style), StyledBlock(fine, fine, style)]
        )
        self.to_half = nn.ModuleList(
            [StyledBlock(fine, middle, style, 2), StyledBlock(middle, middle, style)]
        )
        self.to_quarter = nn.ModuleList(
            [StyledBlock(middle, coarse, style, 2), StyledBlock(coarse, coarse, style)]
        )
        self.narrow = nn.ModuleList(
            [StyledBlock(coarse, middle, style), StyledBlock(middle, fine, style)]
        )
        self.fuse = nn.ModuleList(
            [StyledBlock(2 * middle, middle, style), StyledBlock(2 * fine, fine, style)]
        )
        self.spade = nn.ModuleList(
            [SpadeResBlock(middle, labels, hidden), SpadeResBlock(fine, labels, hidden)]
        )
        # The drawing again, four of its pixels each: strokes shall not pass through the U-Net.
        self.enlarge = nn.ModuleList(
            [StyledBlock(fine, last, style), StyledBlock(last + 3 * 4, last, style)]
        )
        # Without normalisation, which takes away what colours a head has.
        self.colours = nn.Conv2d(3 + 3 * 4, COLOURS, 3, padding=1)
        self.tint = nn.Linear(style, 2 * COLOURS)
        self.out = nn.Conv2d(last + COLOURS, 3 * 4, 3, padding=1)

    def forward(
        self, x: Tensor, photo: Tensor, drawing: Tensor, labels: Tensor, style: Tensor
    ) -> Tensor:
        """x (B, inputs, s, s), photo (B, 3, s, s) in 0..1, drawing (B, 3, 4s, 4s), labels
        (B, L, s, s) probabilities, style (B, style) -> picture (B, 3, 4s, 4s) in -1..1; s divisible
        by 4."""
        levels = []
        for blocks in (self.enter, self.to_half, self.to_quarter):
            for block in blocks:
                x = block(x, style)
            levels.append(x)
        up = zip(self.narrow, self.fuse, self.spade, levels[1::-1], strict=True)
        for narrow, fuse, spade, level in up:
            x = F.interpolate(narrow(x, style), scale_factor=2, mode="nearest")
            x = spade(fuse(torch.cat([x, level], 1), style), labels)
        first, second = self.enlarge
        x = F.interpolate(first(x, style), scale_factor=2, mode="nearest")
        strokes = F.pixel_unshuffle(drawing, 2)
        x = second(torch.cat([x, strokes], 1), style)
        photo = F.interpolate(photo, scale_factor=2, mode="bilinear", align_corners=False)
        scale, shift = self.tint(style)[..., None, None].chunk(2, 1)
        colours = F.silu(self.colours(torch.cat([photo, strokes], 1)) * (1 + scale) + shift)
        picture: Tensor = F.pixel_shuffle(self.out(torch.cat([x, colours], 1)), 2).tanh()
        return picture


class PortraitLight(nn.Module):
    """Encoder, field and decoders.  `encode` once, then `render` and `decode` for every view."""

    def __init__(self, config: PortraitLightConfig) -> None:
        super().__init__()
        self.config = config
        half, quarter, eighth = config.encoder_widths
        self.encoder = PortraitEncoder(
            config.input_size,
            (half, quarter, eighth),
            config.token_width,
            config.token_layers,
            config.token_heads,
            config.plane_channels,
            config.encoder_last,
        )
        self.people = (
            CodeBook(
                config.people,
                config.plane_channels,
                min(config.people_size, config.plane_size),
                config.plane_size,
            )
            if config.people
            else None
        )
        self.field = TriplaneField(config.plane_channels, config.field_hidden, config.features)
        inputs = config.features + GEOMETRY + 3 * ENLARGE**2 + 1
        self.photo = nn.Conv2d(config.features, 3, 1)
        self.label_decoder = LabelDecoder(
            inputs, config.label_width, config.last_width, config.labels
        )
        self.styles = nn.Linear(len(config.styles), config.style_size, bias=False)
        self.translator = LightTranslator(inputs, config)

    def forward(
        self, drawing: Tensor, camera: Camera, style: Tensor, *, jitter: bool = False
    ) -> tuple[PortraitOutput, PortraitCode]:
        """drawing (B, 3, input_size, input_size) in -1..1, a camera and a style per drawing."""
        code = self.encode(drawing)
        view = self.render(code.planes, camera, jitter=jitter)
        source = Source(drawing, code.pose, torch.ones_like(code.pose[:, :1]))
        return self.decode(view, style, self.look(source, view, camera)), code

    def encode(self, drawing: Tensor) -> PortraitCode:
        """drawing (B, 3, input_size, input_size) in -1..1; its pose need not be known.

        Raises:
            ValueError: another shape.
        """
        size = self.config.input_size
        if drawing.shape[1:] != (3, size, size):
            raise ValueError(
                f"drawings must have shape (B, 3, {size}, {size}), not {tuple(drawing.shape)}"
            )
        return PortraitCode(*self.encoder(drawing))

    def person(self, z: Tensor) -> Tensor:
        """Planes (B, 3, C, r, r) of people from z (B, people) ~ N(0, I).

        Raises:
            ValueError: the network has no code book.
        """
        if self.people is None:
            raise ValueError("this network makes no people without a drawing")
        planes: Tensor = self.people(z)
        return planes

    def render(
        self, planes: Tensor, camera: Camera, size: int | None = None, *, jitter: bool = False
    ) -> FieldView:
        """Maps of one view; `size`, a multiple of 4 and at least 8, where the configured one is
        not wanted: smaller while dragging."""
        return self.field.render(
            planes, camera, self.config.frame, size or self.config.size, jitter=jitter
        )

    def look(self, source: Source, view: FieldView, camera: Camera) -> Seen:
        """What a view, rendered from `camera`, shows of the drawing."""
        return look_up(source, view, camera, self.config.frame, ENLARGE)

    def decode(
        self,
        view: FieldView,
        style: Tensor,
        seen: Seen | None = None,
        labels: Tensor | None = None,
    ) -> PortraitOutput:
        """Picture and labels of a view.

        Args:
            style: (B, styles), one-hot or a mixture that sums to 1.
            seen: of the drawing, from `look`; None for a head without one.
            labels: (B, 19, s, s) probabilities that replace the predicted ones, for editing.
        """
        seen = nothing_seen(view, ENLARGE) if seen is None else seen
        strokes = F.pixel_unshuffle(seen.drawing, ENLARGE)
        x = torch.cat([view.features, view.geometry, strokes, seen.facing], 1)
        small, large = self.label_decoder(x)
        if labels is None:
            # Detached as in SAGE: the picture's loss would bend labels into strokes.
            labels = small.detach().softmax(1)
        photo = self.photo(view.features).sigmoid()
        image = self.translator(x, photo.detach(), seen.drawing, labels, self.styles(style))
        return PortraitOutput(image, large, small, photo, view)
