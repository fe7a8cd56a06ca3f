# SPDX-License-Identifier: GPL-3.0-or-later
"""From one drawing or photo to the planes of a head, and the pose it was drawn in.  Imports torch.

Own design after LP3D (Trevithick et al. 2023): convolutions find the lines, a few Transformer
layers move what they mean from the picture's frame to the head's, convolutions write the planes.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

POSE = ("yaw", "pitch", "roll", "log_scale", "shift_x", "shift_y")
"""What the pose head predicts.  Angles in radians, yaw and pitch as in `volume`, roll turns the
picture clockwise; scale is the head's size relative to the training frame, shifts are its offset to
the right and down in half image widths.  Undoing the last four aligns a free drawing."""

PLANE_STRIDE = 4
"""Input size over plane size."""

POSE_WIDTH = 24
"""Numbers a place that the pose head reads."""

POSE_SIDE = 8
"""Of the grid of these places; tokens of larger inputs are averaged."""

TOKEN_STRIDE = 16
"""Input size over the side of the token grid."""


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(8, outputs), nn.SiLU()
    )


class TransformerLayer(nn.Module):
    """Self-attention and MLP, each normalised before and added to its input."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, width) -> same."""
        split = self.query_key_value(self.norm_attention(x)).unflatten(2, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        x = x + self.merge(mixed.transpose(1, 2).flatten(2))
        y: Tensor = x + self.mlp(self.norm_mlp(x))
        return y


class PortraitEncoder(nn.Module):
    """Drawing -> tri-planes and pose."""

    def __init__(
        self,
        size: int,
        widths: tuple[int, int, int],
        token_width: int,
        token_layers: int,
        token_heads: int,
        plane_channels: int,
        last: int = 96,
    ) -> None:
        """Args: `widths` at 1/2, 1/4 and 1/8 of the size, `token_width` at 1/16, `last` before the
        planes; multiples of 8."""
        super().__init__()
        self.plane_channels = plane_channels
        half, quarter, eighth = widths
        # Coordinates, because where a line lies says as much as how it looks.
        self.to_half = nn.Sequential(_conv(3 + 2, half, 2), _conv(half, half))
        self.to_quarter = nn.Sequential(_conv(half, quarter, 2), _conv(quarter, quarter))
        self.to_eighth = nn.Sequential(_conv(quarter, eighth, 2), _conv(eighth, eighth))
        self.to_tokens = nn.Sequential(
            _conv(eighth, token_width, 2), _conv(token_width, token_width)
        )
        tokens = (size // TOKEN_STRIDE) ** 2
        self.position = nn.Parameter(torch.randn(1, tokens, token_width) * 0.02)
        self.mix = nn.Sequential(
            *(TransformerLayer(token_width, token_heads) for _ in range(token_layers))
        )
        # Every place by itself: where things lie is what tells the pose.
        side = size // TOKEN_STRIDE
        self.pool = max(1, side // POSE_SIDE)
        self.pose = nn.Sequential(
            nn.Linear(token_width, POSE_WIDTH),
            nn.SiLU(),
            nn.Flatten(1),
            nn.Linear(POSE_WIDTH * (side // self.pool) ** 2, 64),
            nn.SiLU(),
            nn.Linear(64, len(POSE)),
        )
        self.up_eighth = nn.Sequential(_conv(token_width + eighth, eighth), _conv(eighth, eighth))
        self.up_quarter = nn.Sequential(
            _conv(eighth + quarter, last), nn.Conv2d(last, 3 * plane_channels, 3, padding=1)
        )
        planes = size // PLANE_STRIDE
        # The average head: the network need only say how this one differs.
        self.mean_planes = nn.Parameter(torch.randn(3 * plane_channels, planes, planes) * 0.1)

    def forward(self, drawing: Tensor) -> tuple[Tensor, Tensor]:
        """drawing (B, 3, size, size) in -1..1 -> planes (B, 3, C, size/4, size/4), pose (B, 6)."""
        size = drawing.shape[-1]
        grid = torch.linspace(-1, 1, size, dtype=drawing.dtype, device=drawing.device)
        shape = (len(drawing), 1, size, size)
        x = torch.cat([drawing, grid.expand(shape), grid[:, None].expand(shape)], 1)
        quarter = self.to_quarter(self.to_half(x))
        eighth = self.to_eighth(quarter)
        map16 = self.to_tokens(eighth)
        tokens = self.mix(map16.flatten(2).transpose(1, 2) + self.position)
        map16 = tokens.transpose(1, 2).unflatten(2, map16.shape[2:])
        places = F.avg_pool2d(map16, self.pool).flatten(2).transpose(1, 2)
        y = self.up_eighth(torch.cat([_twice(map16), eighth], 1))
        y = self.up_quarter(torch.cat([_twice(y), quarter], 1)) + self.mean_planes
        return y.unflatten(1, (3, self.plane_channels)), self.pose(places)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
