# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run of SAGE.  Imports torch, ai_tools.nets and train."""

from __future__ import annotations

import json
import math

import numpy as np
import torch

from app.files.atomic import atomic_write
from train.common.checkpoint import latest_checkpoint, load_checkpoint
from train.common.device import Place
from train.common.method import EvalOptions
from train.common.run import write_png
from train.metrics.perceptual import load_efflite0, sifid_efflite0, swd
from train.metrics.portraits import spread_by_yaw
from train.portrait_data import read_heads
from train.portrait_drawing import YAWS
from train.portrait_sage import real_batch, stage_at
from train.portrait_sage_drawing import final, made_pictures, render, sage_sheet, styles_of
from train.portrait_setup import PortraitRunConfig, build_sage

COUNT, QUICK_COUNT = 256, 4
"""Pictures compared; the paper takes 4000."""


@torch.no_grad()
def evaluate_sage(
    config: PortraitRunConfig, options: EvalOptions, place: Place
) -> dict[str, float]:
    """Measures a run's best generator; writes eval-SPLIT.json and eval-SPLIT.png into the run.

    swd and sifid (of EfficientNet-Lite0, random pairs) against true pictures of what the run's last
    stage learnt from; sifid_spread over yaws, see `spread_by_yaw`.

    Raises:
        RunError: a data set has nobody of the split.
    """
    state = load_checkpoint(latest_checkpoint(options.run / "best"))
    net = build_sage(config).to(place.device)
    net.load_state_dict(state["ema"]["net"])
    net.eval()
    heads = read_heads(options.data, options.split)
    stage = stage_at(config.sage, state["step"] - 1)
    count = QUICK_COUNT if options.quick else COUNT
    side = net.config.size * 2**stage.level
    drawn = stage.drawing or config.sage.domain == "drawings"
    style = config.sage.style if drawn else "photo"
    true = (real_batch(heads, style, side, 0, count, config.seed, 1).picture + 1) / 2
    made = (made_pictures(net, count, stage.level, stage.drawing).clamp(-1, 1) + 1) / 2
    eye = load_efflite0("cpu")
    sifid = [float(value) for value in sifid_efflite0(made, true, eye)]
    turned: list[float] = []
    yaws: list[float] = []
    style_codes = styles_of(net, max(2, count // 8))
    for number in range(max(2, count // 8)):
        for yaw in YAWS:
            output = render(net, style_codes, number, math.radians(yaw), stage.level, stage.drawing)
            picture = (final(output).cpu().clamp(-1, 1) + 1) / 2
            turned.append(float(sifid_efflite0(picture, true[number : number + 1], eye)[0]))
            yaws.append(yaw)
    figures = {
        "swd": swd(made, true),
        "sifid": float(np.mean(sifid)),
        "sifid_spread": spread_by_yaw(turned, yaws),
    }
    rounded = {name: float(f"{value:.5g}") for name, value in figures.items()}
    report = {"step": state["step"], "split": options.split, "quick": options.quick}
    report |= {"figures": rounded, "pictures": count, "side": side, "style": style}
    stem = options.run / f"eval-{options.split}"
    atomic_write(stem.with_suffix(".json"), json.dumps(report, indent=1).encode())
    write_png(stem.with_suffix(".png"), sage_sheet(net, 4, stage.level, stage.drawing))
    return rounded
