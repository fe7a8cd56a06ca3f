# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat regions of pictures, with and without a network.  Imports numpy, cv2 and kernels.

Two ways lead to a region map int32 (h, w), 0..n-1: `find_regions` merges alike neighbours, and
`regions_by_disnet` takes a network's height map, as StencilTorch and DanbooRegion (Zhang et al.
2020) do; `height_target` is what that network learns.  `quantise` then gives the flat colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.colour.kernels import (
    connected,
    diffuse,
    grow_labels,
    merge_alike,
    neighbour_differences,
)

Picture = NDArray[np.uint8]
Labels = NDArray[np.int32]
Plane = NDArray[np.float32]
HeightNet = Callable[[Picture], Plane]
"""RGB uint8 (h, w, 3) -> heights 0..255 (h, w): a trained DisNet, or anything that acts as one."""

CLUSTERS = 25
"""Flat colours of a picture, as published."""


def find_regions(colour: Picture, ink: Plane, scale: float = 220.0, smallest: int = 24) -> Labels:
    """Regions of a picture: stretches of like colour, parted by colour edges and ink.

    Args:
        colour: RGB (h, w, 3), best smoothed.
        ink: coverage 0..1 (h, w) of its lines; ink joins the nearest region.
        scale: the larger, the larger the regions.
        smallest: area in pixels below which a region joins another.
    """
    lab = cv2.cvtColor(colour, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 100 / 255
    blocked = ink > 0.4
    differences = neighbour_differences(lab, blocked)
    flat = differences.ravel()
    edges = np.flatnonzero(flat < 65535)
    order = edges[np.argsort(flat[edges], kind="stable")]
    labels = merge_alike(differences, order, scale, smallest)
    areas = np.bincount(labels.ravel(), minlength=labels.size)
    labels[blocked | (areas[labels] < smallest)] = -1
    parts = connected(labels)
    regions = grow_labels(parts)
    return connected(_merge_same(regions, parts, region_medians(colour, regions, ink)))


_SAME = 6.0
"""Neighbours whose median colours are nearer than this, in CIELAB, are one region."""


def _merge_same(regions: Labels, parts: Labels, medians: Picture) -> Labels:
    """Joins regions of nearly one colour: the same wall beside a faint stain.

    Only where they touch in `parts`, -1 on ink: what a line parts stays apart, like two eyes.
    """
    lab = cv2.cvtColor(medians[None], cv2.COLOR_RGB2LAB)[0].astype(np.float64)
    lab[:, 0] *= 100 / 255
    beside = np.concatenate(
        [
            np.stack([parts[:, 1:].ravel(), parts[:, :-1].ravel()], 1),
            np.stack([parts[1:].ravel(), parts[:-1].ravel()], 1),
        ]
    )
    beside = beside[(beside[:, 0] != beside[:, 1]) & (beside.min(1) >= 0)]
    beside = np.unique(np.sort(beside, axis=1), axis=0)
    apart = np.linalg.norm(lab[beside[:, 0]] - lab[beside[:, 1]], axis=1)
    area = np.bincount(regions.ravel(), minlength=len(lab))
    parent = list(range(len(lab)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for k in np.argsort(apart, kind="stable"):
        if apart[k] >= _SAME:
            break
        a, b = root(int(beside[k, 0])), root(int(beside[k, 1]))
        # Chains of small steps must not join what is not alike.
        if a != b and np.linalg.norm(lab[a] - lab[b]) < _SAME:
            a, b = (a, b) if area[a] >= area[b] else (b, a)
            lab[a] = (lab[a] * area[a] + lab[b] * area[b]) / (area[a] + area[b])
            area[a] += area[b]
            parent[b] = a
    return np.array([root(i) for i in range(len(parent))], np.int32)[regions]


def region_medians(colour: Picture, regions: Labels, ink: Plane | None = None) -> Picture:
    """Per-channel median colour (n, 3) of each region; ink counts only where there is no other."""
    count = int(regions.max()) + 1
    keep = np.ones(regions.shape, bool)
    if ink is not None:
        keep = ink < 0.15
        free = np.bincount(regions[keep], minlength=count)
        keep |= (free < 4)[regions]
    labels = regions[keep].astype(np.int64)
    half = (np.bincount(labels, minlength=count) + 1) // 2
    out = np.empty((count, 3), np.uint8)
    for channel in range(3):
        codes = labels * 256 + colour[..., channel][keep]
        below = np.bincount(codes, minlength=count * 256).reshape(count, 256).cumsum(1)
        out[:, channel] = (below < half[:, None]).sum(1)
    return out


def quantise(
    medians: Picture, areas: NDArray[np.int64], count: int = CLUSTERS
) -> tuple[Picture, NDArray[np.uint8]]:
    """k-means in RGB over all pixels, every pixel having its region's colour.

    Args:
        medians: colours (n, 3).
        areas: pixels of each region (n,).

    Returns:
        Palette (k, 3), k <= count, and the palette index of each region (n,).
    """
    points = medians.astype(np.float64)
    unique, inverse = np.unique(points, axis=0, return_inverse=True)
    weights = np.bincount(inverse.ravel(), weights=areas)
    if len(unique) <= count:
        return unique.astype(np.uint8), inverse.ravel().astype(np.uint8)
    rng = np.random.default_rng(0)
    centres = unique[[int(np.argmax(weights))]]
    while len(centres) < count:  # k-means++
        near = _squares(unique, centres).min(1) * weights
        centres = np.vstack([centres, unique[rng.choice(len(unique), p=near / near.sum())]])
    for _ in range(12):
        nearest = _squares(unique, centres).argmin(1)
        total = np.bincount(nearest, weights=weights, minlength=count)
        sums = np.stack(
            [np.bincount(nearest, weights * unique[:, c], minlength=count) for c in range(3)], 1
        )
        filled = total > 0
        centres[filled] = sums[filled] / total[filled, None]
    nearest = _squares(unique, centres).argmin(1)
    return np.rint(centres).astype(np.uint8), nearest[inverse.ravel()].astype(np.uint8)


def _squares(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances (n, k)."""
    apart = points[:, None] - centres[None]
    return np.asarray((apart * apart).sum(2))


@dataclass(frozen=True, eq=False)
class Flats:
    """Flat colours of a picture (h, w)."""

    regions: Labels
    """0..n-1, each one connected."""
    clusters: NDArray[np.uint8]
    """Palette index of each pixel."""
    palette: Picture
    """(k, 3) RGB."""


def flats(colour: Picture, regions: Labels, ink: Plane | None = None) -> Flats:
    """Regions with their quantised colours."""
    medians = region_medians(colour, regions, ink)
    palette, index = quantise(medians, np.bincount(regions.ravel(), minlength=len(medians)))
    return Flats(regions, index[regions], palette)


def region_edges(regions: Labels) -> NDArray[np.bool_]:
    """Pixels whose right or lower neighbour is of another region, and the picture's border."""
    edge = np.zeros(regions.shape, bool)
    edge[:, :-1] |= regions[:, 1:] != regions[:, :-1]
    edge[:-1] |= regions[1:] != regions[:-1]
    edge[[0, -1]] = True
    edge[:, [0, -1]] = True
    return edge


def height_target(regions: Labels, rng: np.random.Generator, iterations: int = 512) -> Plane:
    """DisNet's target 0..255 (h, w): 255 on skeletons of regions, 0 on their edges.

    Between, noise is smoothed by the five-point mean until only the two remain, as published.
    """
    from ai_tools.simplify.centrelines import thin

    edge = region_edges(regions)
    inside = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    skeleton = thin(inside.astype(np.uint8), lambda: None) > 0
    noise = rng.uniform(0, 255, regions.shape).astype(np.float32)
    return diffuse(noise, skeleton, edge, iterations)


def regions_from_height(height: Plane, marker: float = 100.0) -> Labels:
    """Regions of a height map 0..255 (h, w): watershed of its slopes from the parts above
    `marker`, boundaries given to the nearest region."""
    down = np.gradient(height, axis=0)
    right = np.gradient(height, axis=1)
    normal = np.stack([np.full_like(height, 0.75), down, right], 2)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    slopes = np.rint(np.clip(normal * 127.5 + 127.5, 0, 255)).astype(np.uint8)
    _, markers = cv2.connectedComponents((height > marker).astype(np.uint8), connectivity=4)
    labels = np.asarray(cv2.watershed(slopes, markers.astype(np.int32)), np.int32)
    labels[labels < 1] = -1
    return connected(grow_labels(labels))


def regions_by_disnet(colour: Picture, net: HeightNet) -> Labels:
    """Regions of a picture by a network's height map."""
    return regions_from_height(np.asarray(net(colour), np.float32))
