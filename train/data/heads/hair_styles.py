# SPDX-License-Identifier: GPL-3.0-or-later
"""The styles that `hair` grows, with their random lengths, partings and curls.  Imports numpy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class HairStyle:
    """How strands grow.  Lengths in decimetres."""

    lengths: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """Top, side, back, front."""
    parting: float | None = None
    """x of the parting in half widths of the head; None = combed back."""
    lift: float = 0.25
    """How far a strand leaves the scalp at its root."""
    gravity: float = 1.0
    backward: float = 0.5
    forward: float = 0.0
    hugging: bool = False
    """Strands lie on the skull."""
    bangs: bool = False
    bun: bool = False
    curl: float = 0.0
    """Radius of the curls."""
    frequency: float = 8.0
    """Radians of a curl per decimetre."""
    clump: float = 0.5
    """0 loose .. 1 strands join their guide."""
    jitter: float = 0.08
    volume: float = 0.08
    """Thickness of the hair in radii of the skull."""
    width: float = 0.045
    """Of a ribbon, which stands for a lock of hairs."""
    count: int = 3200


HAIR_STYLES = (
    *("part_long", "part_bob", "bangs_bob", "slick", "crew", "quiff", "curly_short"),
    *("curly_long", "afro", "pixie", "messy", "bun", "curtain", "mullet"),
)


def hair_style(name: str, rng: np.random.Generator) -> HairStyle:
    """One of HAIR_STYLES with random length, parting and curl.

    Raises:
        ValueError: another name.
    """
    u = rng.uniform
    side = float(rng.choice([-1, 1]))
    base = HairStyle(volume=u(0.05, 0.12), parting=side * u(0.05, 0.35))
    straight = replace(base, lift=0.12, volume=u(0.02, 0.07), clump=0.3, jitter=0.05, count=4400)
    short = replace(base, parting=None, width=0.04, count=4000)
    length = u(1.25, 1.7)
    if name == "part_long":
        long = replace(straight, lengths=(u(2.2, 3.4),) * 4, lift=0.1, backward=0.25, count=4600)
        return replace(long, curl=u(0, 0.06), frequency=u(4, 7), clump=0.35)
    if name == "part_bob":
        return replace(straight, lengths=(length + 0.3, length, length, length), backward=0.2)
    if name == "bangs_bob":
        length = u(1.2, 2.6)
        lengths = (length + 0.2, length, length, 0.62)
        return replace(straight, parting=0.0, lengths=lengths, bangs=True, backward=0.1)
    if name == "slick":
        combed = replace(short, lengths=(0.95, 0.45, 0.5, 1.3), backward=2.5, hugging=True)
        return replace(combed, lift=0.12, gravity=0.25, volume=u(0.03, 0.08), clump=0.6)
    if name == "crew":
        cut = replace(short, lengths=(0.22, 0.14, 0.14, 0.26), lift=1.2, gravity=0.1, backward=0.2)
        return replace(cut, jitter=0.35, width=0.03, count=5200, volume=0.02, clump=0.25)
    if name == "quiff":
        up = replace(short, lengths=(0.55, 0.2, 0.2, 0.75), lift=1.1, gravity=0.15, backward=1.2)
        return replace(up, jitter=0.15, volume=0.03, clump=0.6)
    if name == "curly_short":
        curls = replace(short, lengths=(0.6, 0.35, 0.45, 0.55), lift=0.8, gravity=0.4)
        curls = replace(curls, backward=0.3, curl=u(0.06, 0.10), frequency=u(14, 20))
        return replace(curls, jitter=0.3, clump=0.75)
    if name == "curly_long":
        curls = replace(base, lengths=(u(1.8, 2.6),) * 4, lift=0.5, gravity=0.8, backward=0.2)
        curls = replace(curls, curl=u(0.08, 0.15), frequency=u(8, 13), jitter=0.12, clump=0.75)
        return replace(curls, volume=u(0.12, 0.22), width=0.04, count=3600)
    if name == "afro":
        length = u(0.35, 0.8)
        ball = replace(short, lengths=(length, length * 0.85, length * 0.9, length * 0.9))
        ball = replace(ball, lift=3.0, gravity=0.05, backward=0.05, curl=0.06, frequency=22.0)
        return replace(ball, jitter=0.35, count=5000, width=0.045, volume=0.05, clump=0.3)
    if name == "pixie":
        cut = replace(short, parting=side * u(0.2, 0.4), lengths=(0.8, 0.4, 0.4, 0.75), lift=0.3)
        return replace(cut, backward=0.1, forward=0.25, clump=0.7, jitter=0.12)
    if name == "messy":
        mop = replace(short, lengths=(0.6, 0.4, 0.45, 0.6), lift=0.7, backward=0.0, forward=0.5)
        return replace(mop, gravity=0.5, jitter=0.4, clump=0.8, curl=0.03, frequency=9.0)
    if name == "bun":
        tied = replace(base, parting=None, lengths=(1.5, 1.2, 1.0, 1.7), hugging=True, bun=True)
        return replace(tied, backward=3.0, lift=0.08, gravity=0.05, volume=0.03, clump=0.3)
    if name == "curtain":
        cut = replace(short, parting=u(-0.08, 0.08), lengths=(1.0, 0.6, 0.6, 1.05), lift=0.35)
        return replace(cut, backward=0.15, clump=0.65)
    if name == "mullet":
        lengths = (0.9, 0.5, 1.7, 0.6)
        return replace(base, lengths=lengths, backward=0.6, lift=0.3, clump=0.6, jitter=0.1)
    raise ValueError(f"unknown hair style: {name}")
