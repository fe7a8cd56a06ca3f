# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run of the portraits.  Imports ai_tools.nets and train."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ai_tools.nets.portrait_light import ENLARGE, PortraitLight, PortraitOutput
from ai_tools.nets.volume import Camera
from app.files.atomic import atomic_write
from train.common.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from train.common.config import read_config
from train.common.device import Place
from train.common.export import half_precision
from train.common.method import EvalOptions
from train.common.run import write_png
from train.metrics.perceptual import load_efflite0, lpips_efflite0, sifid_efflite0, swd
from train.metrics.portraits import (
    label_ious,
    mean_iou,
    pose_degrees,
    spread_by_yaw,
    warp_difference,
)
from train.portrait_data import FEATURES, Head, on_white, picture_target, read_heads, view_target
from train.portrait_drawing import (
    Read,
    frontal,
    people_sheet,
    read_drawing,
    sample_sheet,
    show,
    without_drawing,
)
from train.portrait_people import fit_people
from train.portrait_sage_judge import evaluate_sage
from train.portrait_setup import PortraitRunConfig, build_light

OURS, COPY, MEAN = "network", "copy", "mean person"
"""Ways to guess the other side: the network; the drawing itself, unturned; the average head, which
knows the camera and nothing of the drawing."""

TURN = 0.44
"""Radians between the two views whose agreement is measured."""

QUICK_HEADS = 2


@dataclass(frozen=True)
class Trained:
    """A light run's best network, with averaged weights, on the CPU."""

    config: PortraitRunConfig
    net: PortraitLight
    step: int


@dataclass
class _Tally:
    """What one way showed."""

    labels: list[np.ndarray]
    pictures: list[Tensor]
    sifid: list[float]
    lpips: list[float]
    l1: list[float]


def load_trained(folder: Path, *, people: bool = False) -> Trained:
    """The checkpoint that validated best, with the code book that `evaluate` fitted if wanted.

    Raises:
        ConfigFileError, CheckpointError: no run, none validated yet, or a damaged one; no code book
            fitted to it.
    """
    config = read_config(PortraitRunConfig, folder / "config.toml")
    state = load_checkpoint(latest_checkpoint(folder / "best"))
    net = build_light(config)
    net.load_state_dict(state["ema"]["net"])
    if people and net.people is not None:
        fitted = load_checkpoint(folder / "people" / f"step-{state['step']:08d}")
        net.people.load_state_dict(fitted["people"])
    return Trained(config, net.eval(), state["step"])


def evaluate(options: EvalOptions, place: Place) -> dict[str, float]:
    """Measures a run's best network, its weights rounded as an export stores them.

    Every held-apart head is read from its most frontal view in one style, and shown from its other
    sides in the same style.  Writes eval-SPLIT.json, eval-SPLIT.md with the ways in `OURS`, `COPY`
    and `MEAN` side by side, eval-SPLIT.png, eval-SPLIT-people.png and, as no export comes without,
    the code book of people, fitted to the heads of the train split.  The figures returned are
    those of `_figures`, at the size of the training pictures; besides, depth_dm, photo_l1,
    pose_degrees (error of the guessed side) and view_difference (`warp_difference`).  A run of
    SAGE: see `evaluate_sage`.

    Raises:
        RunError: a data set has nobody of the split.
    """
    config = read_config(PortraitRunConfig, options.run / "config.toml")
    if config.network == "sage":
        return evaluate_sage(config, options, place)
    trained = load_trained(options.run)
    known = read_heads(options.data, "train")
    heads = read_heads(options.data, options.split)
    if options.quick:
        known, heads = known[: 2 * QUICK_HEADS], heads[:QUICK_HEADS]
    trained.net.to(place.device)
    held = fit_people(trained.net, known, place.device)
    net = half_precision(trained.net)
    assert isinstance(net, PortraitLight)
    if net.people is not None:
        state = {"people": net.people.state_dict()}
        save_checkpoint(options.run / "people", trained.step, state, keep=1)
    table, figures = _compare(net, heads, config.data.size, place.device)
    figures["people_variance"] = held
    rounded = {name: float(f"{value:.5g}") for name, value in figures.items()}
    report = {"step": trained.step, "split": options.split, "quick": options.quick}
    report |= {"figures": rounded, "table": table, "heads": len(heads), "known": len(known)}
    stem = options.run / f"eval-{options.split}"
    atomic_write(stem.with_suffix(".json"), json.dumps(report, indent=1).encode())
    atomic_write(stem.with_suffix(".md"), markdown(table).encode())
    side = ENLARGE * net.config.size
    sheet = sample_sheet(net, heads[: 2 if options.quick else 6], side, place.device)
    write_png(stem.with_suffix(".png"), sheet)
    if net.people is not None:
        picture = people_sheet(net, 2 if options.quick else 5, side, place.device)
        write_png(stem.with_name(f"{stem.name}-people.png"), picture)
    return rounded


@torch.no_grad()
def _compare(
    net: PortraitLight, heads: Sequence[Head], side: int, device: torch.device
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Figures of every way, and those of the network with what only it has."""
    net.eval()
    eye = load_efflite0(device)
    styles = net.config.styles
    truths: list[np.ndarray] = []
    pictures: list[Tensor] = []
    yaws: list[float] = []
    tallies = {way: _Tally([], [], [], [], []) for way in (OURS, COPY, MEAN)}
    depth, photo, pose, agreement, spent = [], [], [], [], []
    for row, head in enumerate(heads):
        drawn, style = frontal(head), row % len(styles)
        name = styles[style]
        read = read_drawing(net, on_white(head, drawn, name), device)
        own = picture_target(head, drawn, style, False, side, net.config)
        camera = torch.from_numpy(head.camera[drawn : drawn + 1])
        pose.append(float(pose_degrees(read.source.pose[:, :2].cpu(), camera)))
        agreement.append(_agreement(net, read, name, side))
        for view in range(head.views):
            if view == drawn and head.views > 1:
                continue
            wanted = picture_target(head, view, style, False, side, net.config)
            exact = view_target(head, view, False, side, net.config)
            yaw, pitch = (float(angle) for angle in head.camera[view])
            begin = time.perf_counter()
            output = show(net, read, yaw, pitch, name, side)
            spent.append(time.perf_counter() - begin)
            shown = {
                OURS: (output.image.cpu(), _argmax(output)),
                COPY: (own["picture"][None], own["labels"].numpy()),
                MEAN: _mean_person(net, yaw, pitch, name, side),
            }
            for way, (picture, labels) in shown.items():
                _count(tallies[way], picture, labels, wanted["picture"][None], eye, device)
            truths.append(wanted["labels"].numpy())
            pictures.append(wanted["picture"][None])
            yaws.append(float(np.degrees(yaw)))
            wrong = (output.view.depth[0].cpu() - exact["depth"]).abs()[exact["solid"]]
            depth.append(float(wrong.mean()) if len(wrong) else 0.0)
            photo.append(float((output.photo[0].cpu() - exact["photo"]).abs().mean()))
    table = {
        way: _figures(tally, np.stack(truths), torch.cat(pictures), yaws)
        for way, tally in tallies.items()
    }
    alone = {
        "depth_dm": float(np.mean(depth)),
        "photo_l1": float(np.mean(photo)),
        "pose_degrees": float(np.mean(pose)),
        "view_difference": _known_mean(agreement),
        "milliseconds": 1000 * float(np.median(spent)),
    }
    theirs = {
        f"{figure}_of_{way.replace(' ', '_')}": table[way][figure]
        for way in (COPY, MEAN)
        for figure in ("label_miou", "lpips", "swd")
    }
    return table, table[OURS] | alone | theirs


def _count(
    tally: _Tally,
    picture: Tensor,
    labels: np.ndarray,
    wanted: Tensor,
    eye: torch.nn.Module,
    device: torch.device,
) -> None:
    made, true = ((p.to(device) + 1) / 2 for p in (picture, wanted))
    tally.labels.append(labels)
    tally.pictures.append(picture)
    tally.sifid.append(float(sifid_efflite0(made, true, eye)[0]))
    tally.lpips.append(float(lpips_efflite0(made, true, eye)[0]))
    tally.l1.append(float((made - true).abs().mean()))


def _figures(
    tally: _Tally, truths: np.ndarray, pictures: Tensor, yaws: Sequence[float]
) -> dict[str, float]:
    """label_miou over the labels that occur; features_miou over eyes, brows, mouth and lips;
    picture_l1, 0..1; lpips and sifid (of EfficientNet-Lite0) view by view, swd over all, against
    true drawings of the same views and style; sifid_spread over yaws, see `spread_by_yaw`."""
    labels = np.stack(tally.labels)
    ious = label_ious(labels, truths)
    parts = [ious[label] for label in FEATURES if label in ious]
    made, true = ((torch.cat(list(p)) + 1) / 2 for p in (tally.pictures, pictures.split(1)))
    return {
        "label_miou": mean_iou(labels, truths),
        "features_miou": float(np.mean(parts)) if parts else 0.0,
        "picture_l1": float(np.mean(tally.l1)),
        "lpips": float(np.mean(tally.lpips)),
        "sifid": float(np.mean(tally.sifid)),
        "sifid_spread": spread_by_yaw(tally.sifid, yaws),
        "swd": swd(made, true),
    }


def _agreement(net: PortraitLight, read: Read, style: str, side: int) -> float:
    """`warp_difference` of two views, half of `TURN` to either side."""
    outputs = [show(net, read, yaw, 0.0, style, side) for yaw in (-TURN / 2, TURN / 2)]
    like = read.planes.new_tensor
    first, second = outputs
    return warp_difference(
        (first.image, second.image),
        (first.view.depth, second.view.depth),
        (first.view.opacity, second.view.opacity),
        (Camera(like([-TURN / 2]), like([0.0])), Camera(like([TURN / 2]), like([0.0]))),
        net.config.frame,
    )


def _mean_person(
    net: PortraitLight, yaw: float, pitch: float, style: str, side: int
) -> tuple[Tensor, np.ndarray]:
    """Picture and labels of the average head."""
    planes = net.encoder.mean_planes.unflatten(0, (3, -1))[None]
    if net.people is not None:
        planes = net.person(planes.new_zeros(1, len(net.people.basis)))
    output = show(net, without_drawing(net, planes), yaw, pitch, style, side)
    return output.image.cpu(), _argmax(output)


def _argmax(output: PortraitOutput) -> np.ndarray:
    """Labels (S, S) of the first of a batch."""
    labels: np.ndarray = output.labels[0].argmax(0).cpu().numpy()
    return labels


def _known_mean(values: Sequence[float]) -> float:
    """Of those that are numbers; 1, the worst, where none is."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else 1.0


def markdown(table: Mapping[str, Mapping[str, float]]) -> str:
    """The ways side by side."""
    columns = list(next(iter(table.values())))
    lines = [f"| way | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for way, row in table.items():
        lines.append(f"| {way} | {' | '.join(f'{row[column]:.3g}' for column in columns)} |")
    return "\n".join(lines) + "\n"
