# SPDX-License-Identifier: GPL-3.0-or-later
"""What every style draws from: one view's maps, measured and prepared.  Imports numpy and cv2.

`Study.unit` is the scale of lines: 1 at 256 pixels with 2 x 2 points, where sizes were tuned.  It
grows with the square root of the picture, so that lines in small drawings stay readable;
`Study.share` grows with the picture and is for shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from train.data.heads.convention import Floats, Kind, Label
from train.data.heads.flow import constant_flow, flow_lines, smooth_along, smooth_flow
from train.data.heads.materials import blur, noise
from train.data.heads.view import HeadView, Maps

LUMA = np.array([0.3, 0.59, 0.11], np.float32)


@dataclass(frozen=True, eq=False)
class Study:
    """One view, ready to be drawn.  All maps are (w, w); ink is 0 white .. 1 black."""

    maps: Maps
    seed: int
    unit: float
    share: float
    _strokes: dict[tuple[float, float], Floats] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(view: HeadView, seed: int) -> Study:
        """The study of a rendered view; the seed decides where strokes lie."""
        size, width = len(view.photo), len(view.maps.kind)
        return Study(view.maps, seed, width / size / 2 * (size / 256) ** 0.5, width / 512)

    @property
    def shape(self) -> tuple[int, int]:
        """(w, w)."""
        height, width = self.maps.kind.shape
        return height, width

    def grain(self, sigma: float, seed: int) -> Floats:
        """Smooth noise at the scale of lines; variance 1."""
        return noise(self.shape, sigma * self.unit, seed)

    def blur(self, values: Floats, sigma: float) -> Floats:
        """Gaussian blur at the scale of lines."""
        return blur(values, sigma * self.unit)

    def soft(self, mask: np.ndarray, sigma: float) -> Floats:
        """A mask with a soft edge, float32."""
        return blur(mask.astype(np.float32), sigma * self.unit)

    def part(self, *kinds: Kind) -> np.ndarray:
        """Where surfaces of these kinds are, bool."""
        return np.isin(self.maps.kind, [int(kind) for kind in kinds])

    @cached_property
    def hair(self) -> np.ndarray:
        """Where hair is, bool."""
        return self.part(Kind.HAIR)

    @cached_property
    def luma(self) -> Floats:
        """Brightness of the photo, 0..1."""
        return np.asarray(self.maps.colour @ LUMA)

    @cached_property
    def hair_flow(self) -> Floats:
        """Unit vectors along the hair, (w, w, 2)."""
        return smooth_flow(self.maps.flow, self.hair.astype(np.float32), 3 * self.unit)

    @cached_property
    def hair_tone(self) -> Floats:
        """Brightness within the hair, its darkest 4 % at 0 and its brightest 4 % at 1."""
        return np.clip(stretch(self.blur(self.luma, 1.5), self.hair, 4, 96), 0, 1)

    def hair_strokes(self, length: float, width: float) -> Floats:
        """Streaks along the hair: mean 0, variance 1 within it."""
        key = (length, width)
        if key not in self._strokes:
            shift = np.random.default_rng(self.seed).integers(0, self.shape[0], 2)
            grain = np.roll(self.grain(width, 7), shift, (0, 1))
            out = smooth_along(grain, self.hair_flow, length * self.unit / 2, self.hair)
            self._strokes[key] = out / (out[self.hair].std() + 1e-6) if self.hair.any() else out
        return self._strokes[key]

    @cached_property
    def slanted_strokes(self) -> Floats:
        """Streaks of a hand that shades in one direction; variance 1."""
        angle = np.random.default_rng(self.seed).normal(0.8, 0.1)
        flow, everywhere = constant_flow(self.shape, angle), np.ones(self.shape, bool)
        strokes = smooth_along(self.grain(0.7, 51), flow, 7 * self.unit, everywhere)
        return strokes / strokes.std()

    @cached_property
    def outline(self) -> np.ndarray:
        """Silhouettes and borders between parts, bool."""
        maps, hair = self.maps, self.hair
        # The ragged rim of the strands, smoothed.
        mass = self.soft(hair, 2.2) > 0.5
        parts = np.zeros(self.shape, np.uint8)
        parts[maps.kind >= 0] = 2
        parts[maps.kind == Kind.CLOTH] = 4
        parts[mass] = 1
        thin = hair & ~mass
        over_skin = self.soft(maps.kind == Kind.SKIN, 3) > self.soft(maps.kind < 0, 3)
        parts[thin] = np.where(over_skin, 2, 0)[thin]
        reach = 2 * max(1, round(3 * self.unit)) + 1
        near_hair = cv2.dilate(hair.astype(np.uint8), _disc(reach)) > 0
        return (self._steps & ~near_hair) | _changes(parts)

    @cached_property
    def locks(self) -> Floats:
        """Ink where one lock lies before another."""
        steps = self._steps & self.hair & (self.soft(self.hair, 3) > 0.8)
        smooth = smooth_along(self.soft(steps, 0.6), self.hair_flow, 9 * self.unit, self.hair)
        return np.clip((smooth - 0.20) * 2.6, 0, 1)

    @cached_property
    def _steps(self) -> np.ndarray:
        """Jumps in depth; surfaces seen from the side change depth quickly without one."""
        z = self.maps.depth
        down = np.abs(np.diff(z, axis=0, append=z[-1:]))
        right = np.abs(np.diff(z, axis=1, append=z[:, -1:]))
        pixel = 1 / self.share
        limit = 0.07 + pixel * 0.03 * (1 + 1 / np.clip(self.maps.facing, 0.08, 1))
        return np.asarray(np.maximum(down, right) > limit)

    @cached_property
    def features(self) -> Floats:
        """Ink of the lines inside of the face and clothes: folds, lips, nose."""
        return flow_lines(self._guide(), self.unit)

    def _guide(self) -> Floats:
        """A flat tone picture without shadows; its lines are the ones that an artist draws.

        Darkness of surfaces seen from the side gives suggestive contours (DeCarlo et al. 2003).
        """
        maps, skin = self.maps, self.part(Kind.SKIN)
        facing = self.blur(maps.facing, 1.0)
        albedo = maps.albedo @ LUMA
        base = float(np.median(albedo[skin])) if skin.any() else 0.3
        relative = self.blur(np.clip(albedo / (base + 1e-4), 0.15, 1.6), 1.5).clip(0, 1.15)
        tone = (0.18 + 0.72 * np.clip(facing, 0, 1) ** 1.1) * (0.80 + 0.20 * relative)
        tone = tone * (1 - 0.32 * maps.lips) * (0.45 + 0.55 * maps.occlusion)
        guide = np.ones(self.shape, np.float32)
        guide[skin] = tone[skin]
        guide[maps.labels == Label.MOUTH] = 0.15
        guide[self.part(Kind.LASH)], guide[self.part(Kind.BROW)] = 0.5, 0.75
        guide[self.part(Kind.EYE)] = 0.6
        guide[maps.labels == Label.UPPER_LIP] -= 0.10
        cloth = self.part(Kind.CLOTH)
        guide[cloth] = (0.55 + 0.4 * facing)[cloth]
        guide[self.hair] = (0.35 + 0.5 * self.hair_tone)[self.hair]
        guide[self.part(Kind.TEETH)] = 0.95
        return guide

    @cached_property
    def eyes(self) -> Floats:
        """Ink of the eyes: upper lashes, iris ring, pupil with a highlight, a faint lower lid."""
        maps, eye, lash = self.maps, self.part(Kind.EYE), self.part(Kind.LASH)
        ink: Floats = np.zeros(self.shape, np.float32)
        if eye.any():
            r = maps.iris
            band = eye & (r < 0.85) & (r > 0.45)
            darkness = float(np.median((maps.albedo @ LUMA)[band])) if band.any() else 0.1
            fill = float(np.clip(0.75 - darkness * 3.2, 0.12, 0.75))  # dark eyes: a filled iris
            iris = np.clip((1.0 - r) / 0.12, 0, 1) * fill
            ring = np.exp(-(((r - 0.93) / 0.10) ** 2)) * 0.9
            pupil = np.clip((0.50 - r) / 0.10, 0, 1)
            ink = np.where(eye, np.maximum(np.maximum(iris, ring), pupil), 0)
            highlight = np.clip((self.luma - 0.82) / 0.1, 0, 1) * (r < 1.05)
            ink = ink * (1 - self.blur(highlight, 0.7))
        opening = eye | lash
        reach = max(1, round(2 * self.unit))
        top = opening.copy()
        for step in range(1, reach + 1):
            top &= ~(np.roll(opening, 1, 0) & np.roll(opening, step, 0))
        uneven = np.clip(0.7 + 0.5 * self.grain(0.9, 8), 0, 1)
        lashes = np.maximum(self.soft(top, 0.9) * 1.9, self.soft(lash, 0.7) * 0.55 * uneven)
        lower = self.soft(opening & ~np.roll(opening, -1, 0), 0.7) * 0.55
        return np.clip(np.maximum(np.maximum(ink, lashes), lower), 0, 1)


def stretch(values: Floats, mask: np.ndarray, low: float, high: float) -> Floats:
    """Two percentiles of values[mask] brought to 0 and 1, not clipped; as is for an empty mask."""
    if not mask.any():
        return values
    a, b = np.percentile(values[mask], [low, high])
    return np.asarray((values - a) / (b - a + 1e-4))


def _changes(parts: np.ndarray) -> np.ndarray:
    down = np.diff(parts, axis=0, append=parts[-1:]) != 0
    return np.asarray(down | (np.diff(parts, axis=1, append=parts[:, -1:]) != 0))


def _disc(size: int) -> np.ndarray:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
