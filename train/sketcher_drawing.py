# SPDX-License-Identifier: GPL-3.0-or-later
"""What sketch networks do with drawings: likelihood, continuations, sample sheets.

Imports ai_tools.nets and train.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ai_tools.nets import mixture
from ai_tools.nets.ai_sketcher import AiSketcher
from ai_tools.nets.sketchrnn import SketchRnn
from train.common.run import grid
from train.common.seeds import numpy_generator, seed_torch
from train.data.sketch_batches import BatchSettings, SketchBatch, condition_values, make_batch
from train.data.sketch_raster import draw_completion
from train.data.sketches import SketchSet, offsets_of
from train.metrics.sketches import point_nll
from train.sketcher_setup import SketchNet, Task, run_net

_BATCH = 64


@dataclass(frozen=True)
class Model:
    """A network and what it takes to give it drawings and get some back."""

    net: SketchNet
    settings: BatchSettings
    task: Task
    device: torch.device
    temperature: float


@torch.no_grad()
def validate(model: Model, data: SketchSet, limit: int | None = None) -> dict[str, float]:
    """Likelihoods on drawings as they are, conditions told.  Always the same drawings and noise.

    Args: limit: at most so many drawings, spread over all.

    Returns:
        nll: -log p per point, the latent seeing the whole drawing; comparable between all rows.
        l_r: the same sum over drawings x longest drawing, as the papers count it.
        kl: divergence of the latent from N(0, 1) per dimension.
        nll_rest: -log p per point of second halves, the latent seeing the first half.
    """
    net, settings, device = model.net.eval(), model.settings, model.device
    points = [offsets_of(sketch) for sketch in data.sketches]
    labels = condition_values(data, settings.condition)
    order = np.argsort([len(p) for p in points], kind="stable")
    if limit is not None and limit < len(order):
        order = order[np.linspace(0, len(order) - 1, limit).astype(int)]
    whole = rest = kl = 0.0
    whole_points = rest_points = 0
    for number, start in enumerate(range(0, len(order), _BATCH)):
        chosen = order[start : start + _BATCH]
        some = [points[i] for i in chosen]
        lengths = np.array([len(p) for p in some])
        for seen in (lengths, lengths // 2):
            seed_torch(0, number)
            batch = make_batch(some, labels[chosen], seen, settings).to(device)
            output = run_net(net, batch)
            nll = point_nll(output.raw, batch.strokes[:, 1:])
            if seen is lengths:
                whole += float(nll.sum())
                whole_points += int(lengths.sum())
                if output.latent is not None:
                    kl += float(output.latent.kl().sum())
            else:
                behind = torch.arange(nll.shape[1], device=device) >= batch.seen[:, None]
                rest += float((nll * behind).sum())
                rest_points += int((lengths - seen).sum())
    return {
        "nll": whole / whole_points,
        "l_r": whole / (len(order) * model.task.longest),
        "kl": kl / len(order),
        "nll_rest": rest / rest_points,
    }


@dataclass(frozen=True)
class Prompt:
    """An unfinished drawing: stroke-3 in box units (n, 3), n >= 0, and its attributes (a,)."""

    points: NDArray[np.float32]
    labels: NDArray[np.int64]


@torch.no_grad()
def complete(
    model: Model,
    prompts: Sequence[Prompt],
    *,
    count: int,
    seed: int = 0,
) -> list[list[NDArray[np.float32]]]:
    """For each prompt `count` continuations, stroke-3 in box units without the prompt itself.

    A continuation ends where the network ends it, or so that prompt and continuation together have
    as many points as the longest drawing that it knows.
    """
    net, settings, device = model.net.eval(), model.settings, model.device
    answers: list[list[NDArray[np.float32]]] = [[] for _ in prompts]
    by_length: dict[int, list[int]] = {}
    for i, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt.points), []).append(i)
    for length, members in by_length.items():
        per_batch = max(1, 256 // count)
        for start in range(0, len(members), per_batch):
            chosen = members[start : start + per_batch]
            seed_torch(seed, length, start)
            points = [prompts[i].points for i in chosen for _ in range(count)]
            labels = np.stack([prompts[i].labels for i in chosen for _ in range(count)])
            seen = np.full(len(points), length)
            batch = make_batch(points, labels, seen, settings).to(device)
            raw, state = _begin(net, batch, length)
            rows = _sample(net, raw, state, model.temperature, max(1, model.task.longest - length))
            for j, row in enumerate(rows):
                answers[chosen[j // count]].append(_stroke3(row, settings.scale_factor))
    return answers


@torch.no_grad()
def redraw(
    model: Model,
    original: Prompt,
    *,
    count: int,
    seed: int = 0,
) -> list[NDArray[np.float32]]:
    """Draws a whole drawing again `count` times, each from a sample of its latent: stroke-3.

    A network without latent draws from its condition, if it has one, or from nothing.
    """
    net, settings, device = model.net.eval(), model.settings, model.device
    seed_torch(seed)
    length = len(original.points)
    points, labels = [original.points] * count, np.stack([original.labels] * count)
    batch = make_batch(points, labels, np.full(count, length), settings).to(device)
    drawing = batch.strokes[:, 1 : length + 1]
    noise = torch.randn(count, net.config.latent, device=device)
    if isinstance(net, SketchRnn):
        latent = net.encode(drawing, batch.lengths).sample(noise) if net.config.encoder else None
        state: object = net.start(latent, count)
    else:
        encoding = net.encoder(drawing, batch.lengths)
        posterior = net.posterior(torch.cat([encoding.summary, batch.condition], 1))
        raster = net.raster_autoencoder
        state = net.start(
            posterior.sample(noise),
            batch.condition,
            raster_code=None if raster is None else raster.encode(batch.raster),
            influence_noise=_influence_noise(net, count, device),
            encoding=(encoding, batch.lengths),
        )
    raw, state = net.step(batch.strokes[:, 0], state)
    rows = _sample(net, raw, state, model.temperature, model.task.longest)
    return [_stroke3(row, settings.scale_factor) for row in rows]


def _begin(net: SketchNet, batch: SketchBatch, length: int) -> tuple[Tensor, object]:
    """Output for the point after prefixes of one length, and the state, latents sampled."""
    prefix = batch.strokes[:, 1 : length + 1]
    noise = torch.randn(len(prefix), net.config.latent, device=prefix.device)
    if isinstance(net, SketchRnn):
        return net.encode_prefix(prefix, noise if net.config.encoder else None)
    influence = _influence_noise(net, len(prefix), prefix.device)
    return net.encode_prefix(prefix, batch.condition, batch.raster, noise, influence)


def _influence_noise(net: AiSketcher, batch: int, device: torch.device) -> Tensor | None:
    """One draw for all steps of a drawing; None where the network has no influence layer."""
    if net.influence is None:
        return None
    return torch.randn(batch, net.influence.size, device=device)


def _sample(net: SketchNet, raw: Tensor, state: object, temperature: float, most: int) -> Tensor:
    """Samples on from an output and a state until all drawings end: (B, up to most, 5)."""
    ended = torch.zeros(len(raw), dtype=torch.bool, device=raw.device)
    rows = []
    for _ in range(most):
        point = mixture.sample(raw, temperature)
        rows.append(point)
        ended |= point[:, 4] > 0
        if bool(ended.all()):
            break
        raw, state = net.step(point, state)  # type: ignore[arg-type]
    return torch.stack(rows, 1).cpu()


def _stroke3(rows: Tensor, scale: float) -> NDArray[np.float32]:
    """Rows up to the end token, in box units: (n, 5) -> (m, 3)."""
    points = rows.numpy()
    ends = np.flatnonzero(points[:, 4] > 0)
    points = points[: ends[0]] if len(ends) else points
    return np.column_stack([points[:, :2] * scale, points[:, 3]]).astype(np.float32)


def sample_sheet(model: Model, data: SketchSet, rows: int = 10) -> NDArray[np.uint8]:
    """A picture: per row a drawing, then continuations of its first 30 % (three with the condition
    told, two without) and two drawings from nothing but the condition.  Given ink is black."""
    chosen = numpy_generator(7).permutation(len(data))[:rows]
    labels = condition_values(data, model.settings.condition)
    images = []
    for i in chosen:
        points = offsets_of(data.sketches[i])
        start = points[: round(0.3 * len(points))]
        told, untold = labels[i], np.full_like(labels[i], -1)
        prompts = [
            (Prompt(start, told), 3),
            (Prompt(start, untold), 2),
            (Prompt(points[:0], told), 2),
        ]
        images.append(draw_completion(points, points[:0], 128))
        for prompt, count in prompts:
            (answers,) = complete(model, [prompt], count=count, seed=int(i))
            images += [draw_completion(prompt.points, answer, 128) for answer in answers]
    return grid(np.stack(images), 8)
