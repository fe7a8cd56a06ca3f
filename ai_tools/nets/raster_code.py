# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNN autoencoder of AI-Sketcher: raster image of a sketch <-> code.  Imports torch only.

Source: Cao et al., AI-Sketcher (AAAI 2019), slides: the last encoder layer is fully connected with
tanh, 128 numbers; six deconvolutions, three with stride 2 and three with stride 1, ReLU.  Depth,
widths and image size are not stated: chosen here as three halvings of a 64 x 64 image.
"""

from torch import Tensor, nn

_WIDEST = 128
_SHRINK = 8
"""Image size over the size of the innermost map."""


class RasterAutoencoder(nn.Module):
    """(B, 1, size, size) in 0..1, 1 = paper and 0 = ink <-> code (B, code) in -1..1."""

    def __init__(self, size: int = 64, code: int = 128) -> None:
        super().__init__()
        self.inner = size // _SHRINK
        flat = _WIDEST * self.inner**2
        self.down = nn.Sequential(
            *_relu(nn.Conv2d(1, 32, 3, 2, 1)),
            *_relu(nn.Conv2d(32, 32, 3, 1, 1)),
            *_relu(nn.Conv2d(32, 64, 3, 2, 1)),
            *_relu(nn.Conv2d(64, 64, 3, 1, 1)),
            *_relu(nn.Conv2d(64, 128, 3, 2, 1)),
            *_relu(nn.Conv2d(128, _WIDEST, 3, 1, 1)),
        )
        self.to_code = nn.Linear(flat, code)
        self.from_code = nn.Linear(code, flat)
        self.up = nn.Sequential(
            *_relu(nn.ConvTranspose2d(_WIDEST, 128, 3, 1, 1)),
            *_relu(nn.ConvTranspose2d(128, 64, 4, 2, 1)),
            *_relu(nn.ConvTranspose2d(64, 64, 3, 1, 1)),
            *_relu(nn.ConvTranspose2d(64, 32, 4, 2, 1)),
            *_relu(nn.ConvTranspose2d(32, 32, 3, 1, 1)),
            nn.ConvTranspose2d(32, 1, 4, 2, 1),
        )
        # torch's default lets the signal fade over so many layers without normalisation.
        for layer in (*self.down, *self.up):
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def encode(self, raster: Tensor) -> Tensor:
        """(B, 1, size, size) -> code (B, code)."""
        code: Tensor = self.to_code(self.down(raster).flatten(1)).tanh()
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Code (B, code) -> logits (B, 1, size, size); their sigmoid is the image."""
        inner = self.from_code(code).relu().unflatten(1, (_WIDEST, self.inner, self.inner))
        logits: Tensor = self.up(inner)
        return logits

    def forward(self, raster: Tensor) -> Tensor:
        """Logits of the reconstruction, for a binary cross-entropy with `raster`."""
        return self.decode(self.encode(raster))


def _relu(layer: nn.Module) -> tuple[nn.Module, nn.Module]:
    return layer, nn.ReLU()
