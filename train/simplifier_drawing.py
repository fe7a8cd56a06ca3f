# SPDX-License-Identifier: GPL-3.0-or-later
"""What a simplifier makes of pictures: clean pictures, validation figures, sample sheets.

Imports numpy, cv2, torch and train.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ai_tools.nets.simplifier import Simplifier
from app.files.errors import FileError
from train.common.run import grid
from train.data.lines.pairs import Pair, PairSettings, make_pair
from train.data.lines.scenes import Bank
from train.data.lines.targets import draw_clean
from train.metrics.lines import TOLERANCES, line_mask, line_scores, mean_scores
from train.simplifier_setup import SimplifierNet, uses_degree

THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
"""Line probabilities at which a pixel may begin to be a line; validation chooses."""

VALID_SEED = 20_160_711
"""Key of the pairs that are never trained on."""

_PICTURES = {".png", ".jpg", ".jpeg", ".webp"}


@torch.no_grad()
def line_probability(
    net: SimplifierNet, rough: NDArray[np.uint8], degree: float, device: torch.device
) -> NDArray[np.float32]:
    """Of every pixel (h, w) of a grey picture, 255 = white."""
    net.eval()
    picture = torch.from_numpy(rough.astype(np.float32) / 255)[None, None].to(device)
    if isinstance(net, Simplifier):
        return (1 - net(picture))[0, 0].float().cpu().numpy()
    degrees = torch.full((1,), degree, device=device) if uses_degree(net) else None
    return net(picture, degrees)["line"][0, 0].float().cpu().numpy()


def clean_mask(scene_pair: Pair) -> NDArray[np.bool_]:
    """The pixels of the wanted lines and fills, all of them."""
    return line_mask(np.rint(255 * (1 - draw_clean(scene_pair.scene))).astype(np.uint8))


def valid_pairs(bank: Bank, size: int, count: int) -> list[Pair]:
    """The fixed pairs for validation, at degree 0."""
    settings = PairSettings(size=size, degrees=False, identity=0.0)
    return [make_pair(bank, settings, VALID_SEED, i) for i in range(count)]


def validate(net: SimplifierNet, pairs: list[Pair], device: torch.device) -> dict[str, float]:
    """Figures of `mean_scores` at the best of `THRESHOLDS`, which is `threshold`."""
    chances = [line_probability(net, pair.rough, 0.0, device) for pair in pairs]
    wanted = [clean_mask(pair) for pair in pairs]
    best: dict[str, float] = {}
    for threshold in THRESHOLDS:
        scores = [
            line_scores(chance >= threshold, mask, TOLERANCES)
            for chance, mask in zip(chances, wanted, strict=True)
        ]
        figures = mean_scores(scores) | {"threshold": threshold}
        if not best or figures["f_mean"] > best["f_mean"]:
            best = figures
    return best


def read_roughs(paths: tuple[Path, ...], limit: int = 8, size: int = 512) -> list[NDArray]:
    """Real roughs for sample sheets: pictures among `paths` or in folders there, evenly chosen,
    their middle cut to at most `size` squared; grey.

    Raises:
        app.files.errors.FileError: a picture cannot be read.
    """
    files = [p for p in paths if p.suffix.lower() in _PICTURES]
    for folder in (p for p in paths if p.is_dir()):
        files += sorted(p for p in folder.iterdir() if p.suffix.lower() in _PICTURES)
    chosen = files[:: max(1, len(files) // limit)][:limit]
    roughs = []
    for path in chosen:
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise FileError(path, "it is no picture that can be read")
        y, x = max(0, grey.shape[0] - size) // 2, max(0, grey.shape[1] - size) // 2
        roughs.append(np.asarray(grey[y : y + size, x : x + size], np.uint8))
    return roughs


def sample_sheet(
    net: SimplifierNet,
    pairs: list[Pair],
    roughs: list[NDArray[np.uint8]],
    device: torch.device,
    tile: int = 256,
) -> NDArray[np.uint8]:
    """Rows of rough drawing, the network's lines at degree 0 and 0.7, and the wanted ones; real
    roughs, which have none, come last."""
    pictures = []
    for pair in pairs:
        pictures += _row(net, pair.rough, device)
        pictures.append(np.rint(255 * (1 - draw_clean(pair.scene))).astype(np.uint8))
    for rough in roughs:
        pictures += [*_row(net, rough, device), np.full((tile, tile), 160, np.uint8)]
    return grid(np.stack([_fitted(picture, tile) for picture in pictures]), 8)


def _row(net: SimplifierNet, rough: NDArray[np.uint8], device: torch.device) -> list[NDArray]:
    chances = [line_probability(net, rough, degree, device) for degree in (0.0, 0.7)]
    return [rough, *(np.rint(255 * (1 - chance)).astype(np.uint8) for chance in chances)]


def _fitted(picture: NDArray[np.uint8], tile: int) -> NDArray[np.uint8]:
    """Scaled down to at most tile x tile, on grey."""
    factor = min(1.0, tile / max(picture.shape))
    shape = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    small = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
    sheet = np.full((tile, tile), 160, np.uint8)
    sheet[: shape[1], : shape[0]] = small
    return sheet
