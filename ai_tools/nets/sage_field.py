# SPDX-License-Identifier: GPL-3.0-or-later
"""SAGE's mapping network and FiLM-SIREN radiance field.  Imports torch and nets.volume.

Sources: SAGE (IJCAI 2023, 3D-aware portrait drawings), its code, and pi-GAN (Chan et al. 2021),
whose field this is.  1.38 M parameters in the mapping, 0.53 M in the field.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ai_tools.nets.volume import Rays, render_weights, sample_depths, to_image


@dataclass(frozen=True)
class Style:
    """What one random vector z becomes."""

    frequencies: Tensor  # (B, layers * hidden), raw: the field scales them
    phases: Tensor  # (B, layers * hidden)
    code: Tensor  # (B, z), w_s: the style of the decoders

    def towards(self, mean: "Style", psi: float) -> "Style":
        """Truncation: mean + psi (self - mean); 1 changes nothing, 0 gives the mean."""
        return Style(
            mean.frequencies + psi * (self.frequencies - mean.frequencies),
            mean.phases + psi * (self.phases - mean.phases),
            mean.code + psi * (self.code - mean.code),
        )


class Mapping(nn.Module):
    """z ~ N(0, I) -> frequencies and phases of every FiLM layer, and w_s."""

    def __init__(self, z: int, outputs: int) -> None:
        """Args: `outputs` is layers * hidden, the number of frequencies."""
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(3):
            layers += [nn.Linear(z, z), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(z, 2 * outputs)
        for layer in (*self.body, self.head):
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, a=0.2)
        self.head.weight.data.mul_(0.25)

    def forward(self, z: Tensor) -> Style:
        """z (B, z) -> Style."""
        code = self.body(z)
        frequencies, phases = self.head(code).chunk(2, 1)
        return Style(frequencies, phases, code)

    @torch.no_grad()
    def mean_style(self, z: Tensor) -> Style:
        """The mean over many z (N, z), each field (1, ...): the centre for truncation."""
        style: Style = self(z)
        return Style(
            style.frequencies.mean(0, keepdim=True),
            style.phases.mean(0, keepdim=True),
            style.code.mean(0, keepdim=True),
        )


class FilmLayer(nn.Module):
    """sin((15 frequency + 30) (W x + b) + phase)."""

    def __init__(self, inputs: int, hidden: int, *, first: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, hidden)
        # Keeps the sines' arguments in their first few periods (Sitzmann et al. 2020).
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / 25
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: Tensor, frequency: Tensor, phase: Tensor) -> Tensor:
        """x (B, N, inputs), frequency and phase (B, hidden) -> (B, N, hidden)."""
        scale = (15 * frequency + 30)[:, None]
        return torch.sin(scale * self.linear(x) + phase[:, None])


@dataclass(frozen=True)
class View:
    """A rendered view, square maps."""

    rgb: Tensor  # (B, 3, s, s) in 0..1
    features: Tensor  # (B, hidden, s, s)
    depth: Tensor  # (B, 1, s, s), distance along the ray, in the units of the camera's distance


class SirenField(nn.Module):
    """Position and direction -> density, colour and feature, modulated by a Style."""

    def __init__(self, hidden: int, layers: int, box: float) -> None:
        """Args: `layers` without the colour layer; `box` is the side of the modelled cube."""
        super().__init__()
        self.hidden = hidden
        self.box = box
        self.layers = nn.ModuleList(
            FilmLayer(3 if number == 0 else hidden, hidden, first=number == 0)
            for number in range(layers)
        )
        self.density = nn.Linear(hidden, 1)
        self.colour_layer = FilmLayer(hidden + 3, hidden)
        self.colour = nn.Linear(hidden, 3)
        for linear in (self.density, self.colour):
            bound = math.sqrt(6 / hidden) / 25
            nn.init.uniform_(linear.weight, -bound, bound)

    def forward(
        self, points: Tensor, directions: Tensor, style: Style
    ) -> tuple[Tensor, Tensor, Tensor]:
        """points, directions (B, N, 3) -> density (B, N, 1), rgb (B, N, 3), feature (B, N, hidden).

        The density is not yet clamped: noise is added to it while training.
        """
        frequencies = style.frequencies.split(self.hidden, 1)
        phases = style.phases.split(self.hidden, 1)
        x = points * (2 / self.box)
        for number, layer in enumerate(self.layers):
            x = layer(x, frequencies[number], phases[number])
        density = self.density(x)
        feature = self.colour_layer(torch.cat([directions, x], 2), frequencies[-1], phases[-1])
        return density, self.colour(feature).sigmoid(), feature

    def render(
        self,
        rays: Rays,
        style: Style,
        near: float,
        far: float,
        samples: int,
        *,
        jitter: bool = False,
        density_noise: float = 0.0,
        last_back: bool = False,
    ) -> View:
        """Integrates along the rays in a single pass.

        Args:
            jitter: moves the samples by up to half a step (training).
            density_noise: standard deviation of noise on the density; training lets it fade out.
            last_back: gives what light is left to the last sample (rendering, not training).
        """
        batch, count = rays.direction.shape[:2]
        depth = sample_depths(
            near, far, samples, (batch, count), jitter=jitter, like=rays.direction
        )
        points = rays.points(depth).flatten(1, 2)
        directions = rays.direction.repeat_interleave(samples, 1)
        density, rgb, feature = self(points, directions, style)
        if density_noise > 0:
            density = density + density_noise * torch.randn_like(density)
        weights = render_weights(density.relu().view(batch, count, samples), depth)
        if last_back:
            rest = 1 - weights.sum(-1, keepdim=True)
            weights = torch.cat([weights[..., :-1], weights[..., -1:] + rest], -1)

        def integrate(values: Tensor) -> Tensor:
            values = values.view(batch, count, samples, -1)
            return to_image((weights[..., None] * values).sum(2), rays.size)

        return View(integrate(rgb), integrate(feature), integrate(depth))
