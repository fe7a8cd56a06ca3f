# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes data sets of heads, person by person; `headset` says what lies in the folder and reads it.

Imports numpy, cv2 and app.files.atomic.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from app.files.atomic import atomic_write
from train.data.heads.convention import Picture
from train.data.heads.drawing import draw_styles
from train.data.heads.headset import DEPTH_STEPS, HeadSetError, HeadSettings, read_settings
from train.data.heads.pack import HeadPack
from train.data.heads.person import draw_person
from train.data.heads.view import HeadView, render_views

YAW_LIMIT, PITCH_LIMIT = np.radians(60), np.radians(20)
FRONTAL_YAW, FRONTAL_PITCH = np.radians(12), np.radians(6)
"""Deviations of the frontal half of the views."""


def draw_cameras(seed: int, views: int) -> list[tuple[float, float]]:
    """(yaw, pitch) in radians: every other view nearly frontal, the rest anywhere within limits."""
    rng = np.random.default_rng((0xCA4E, seed))
    cameras = []
    for number in range(views):
        if number % 2 == 0:
            yaw, pitch = rng.normal(0, FRONTAL_YAW), rng.normal(0, FRONTAL_PITCH)
        else:
            yaw, pitch = rng.uniform(-YAW_LIMIT, YAW_LIMIT), rng.uniform(-PITCH_LIMIT, PITCH_LIMIT)
        yaw, pitch = np.clip(yaw, -YAW_LIMIT, YAW_LIMIT), np.clip(pitch, -PITCH_LIMIT, PITCH_LIMIT)
        cameras.append((float(yaw), float(pitch)))
    return cameras


def make_heads(
    pack: HeadPack,
    folder: Path,
    settings: HeadSettings,
    seeds: Sequence[int],
    *,
    minutes: float | None = None,
    device: str = "cpu",
    workers: int = 1,
    report: Callable[[int, int], None] | None = None,
) -> int:
    """Makes the people that the folder lacks.

    Args:
        minutes: begin no further person after this time.
        device: where triangles are drawn, as for `view.render_views`.
        workers: processes that work side by side; most of the work needs no GPU.
        report: called with (people there, people wanted) after each person.

    Returns:
        How many of the seeds are there in the end.

    Raises:
        HeadSetError: the folder was begun with other settings.
        app.files.errors.WriteFailedError: the system refused.
    """
    _begin(folder, settings)
    start = time.monotonic()
    jobs = [_Job(folder, settings, device, seed) for seed in seeds]
    missing = [job for job in jobs if not job.path.exists()]
    done = len(jobs) - len(missing)

    def in_time() -> Iterator[_Job]:
        for job in missing:
            if minutes is not None and time.monotonic() - start > minutes * 60:
                return
            yield job

    for _ in _worked(pack, in_time(), workers):
        done += 1
        if report is not None:
            report(done, len(jobs))
    return done


@dataclass(frozen=True)
class _Job:
    """One person's file to be made."""

    folder: Path
    settings: HeadSettings
    device: str
    seed: int

    @property
    def path(self) -> Path:
        return self.folder / f"{self.seed:06d}.npz"


def _worked(pack: HeadPack, jobs: Iterator[_Job], workers: int) -> Iterator[None]:
    """Does the jobs, the next one only when a worker is free for it; yields after each."""
    if workers == 1:
        for job in jobs:
            _do(pack, job)
            yield
        return
    # Spawned, not forked: a forked process can neither use a GPU nor numba's threads.
    context = get_context("spawn")
    start = (pack.path, pack.strict)
    with ProcessPoolExecutor(workers, context, initializer=_open_pack, initargs=start) as pool:
        running = {pool.submit(_do_here, job) for job in islice(jobs, workers)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
                yield
            running |= {pool.submit(_do_here, job) for job in islice(jobs, len(finished))}


_here: dict[str, HeadPack] = {}
"""The pack of a worker process."""


def _open_pack(path: Path, strict: bool) -> None:
    cv2.setNumThreads(1)
    _here["pack"] = HeadPack.load(path, strict)


def _do_here(job: _Job) -> None:
    _do(_here["pack"], job)


def _do(pack: HeadPack, job: _Job) -> None:
    atomic_write(job.path, _make_person(pack, job.settings, job.seed, job.device))


def _begin(folder: Path, settings: HeadSettings) -> None:
    path = folder / "settings.json"
    if path.exists():
        if read_settings(folder) != settings:
            raise HeadSetError(f"{folder} was begun with other settings; see {path.name} in it")
        return
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(path, json.dumps(asdict(settings), indent=2).encode())


def _make_person(pack: HeadPack, settings: HeadSettings, seed: int, device: str) -> bytes:
    """The content of a person's file."""
    person = draw_person(pack, seed)
    cameras = draw_cameras(seed, settings.views)
    views = render_views(person, cameras, settings.size, settings.samples, device)
    drawings = [
        draw_styles(view, settings.styles, seed * 64 + number) for number, view in enumerate(views)
    ]
    arrays = {
        "yaw": np.array([view.yaw for view in views], np.float32),
        "pitch": np.array([view.pitch for view in views], np.float32),
        "depth": np.stack([_pack_depth(view) for view in views]),
        "labels": np.stack([view.labels for view in views]),
        "photo": _pack_pictures([view.photo for view in views]),
    }
    for style in settings.styles:
        arrays[style] = _pack_pictures([drawing[style] for drawing in drawings])
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _pack_depth(view: HeadView) -> np.ndarray:
    depth = np.where(np.isfinite(view.depth), view.depth, 0)
    return np.rint(depth * DEPTH_STEPS).astype(np.uint16)


def _pack_pictures(pictures: Sequence[Picture]) -> Picture:
    """Pictures under one another as one PNG; grey where all are grey."""
    tall = np.concatenate(list(pictures))
    grey = bool((tall == tall[..., :1]).all())
    ok, data = cv2.imencode(".png", tall[..., 0] if grey else tall[..., ::-1])
    assert ok, "PNG takes every uint8 picture"
    return np.frombuffer(data.tobytes(), np.uint8)
