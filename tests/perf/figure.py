# SPDX-License-Identifier: GPL-3.0-or-later
"""One measured figure and how it is shown. Imports the standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict


class Figure(TypedDict):
    """A line of the table.

    `ours` and `baseline` are in `unit`. `ratio` is how many times better than the baseline we
    are (faster, or smaller), above 1 when better; None without a baseline in the same run.
    """

    figure: str
    ours: float
    baseline: float | None
    baseline_name: str
    ratio: float | None
    unit: str
    budget: str
    moonshot: str


def figure(
    name: str,
    ours: float,
    unit: str,
    budget: str,
    moonshot: str,
    baseline: float | None = None,
    baseline_name: str = "",
    more_is_better: bool = False,
) -> Figure:
    """Make a figure; the ratio follows from which direction is better."""
    ratio = None
    if baseline and ours:
        ratio = ours / baseline if more_is_better else baseline / ours
    return Figure(
        figure=name,
        ours=ours,
        baseline=baseline,
        baseline_name=baseline_name,
        ratio=ratio,
        unit=unit,
        budget=budget,
        moonshot=moonshot,
    )


def table(figures: Sequence[Any]) -> str:
    """The figures as an aligned text table."""
    head = ("figure", "Limner", "baseline", "ratio", "budget", "moonshot")
    rows = [head]
    for f in figures:
        base = "-"
        if f["baseline"] is not None:
            base = f"{_number(f['baseline'])} {f['unit']} ({f['baseline_name']})"
        ratio = "-" if f["ratio"] is None else f"{f['ratio']:.2f}x"
        ours = f"{_number(f['ours'])} {f['unit']}"
        rows.append((f["figure"], ours, base, ratio, f["budget"], f["moonshot"]))
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(line.rstrip() for line in lines)


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"
