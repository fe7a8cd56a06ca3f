# SPDX-License-Identifier: GPL-3.0-or-later
"""The AI tools on the CPU: how long an artist waits, and what painting notices of it.

Every figure is the median of several runs after one that opens the network. The baseline is the
same work on torch, where torch is installed. Inputs are the shipped samples, scaled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from ai_tools import runtime
from ai_tools.engine import open_engine
from ai_tools.weights import read_manifest
from app.core.strokes import Stroke
from app.files.raster import read_image
from app.jobs import Cancelled, CancelToken
from tests.perf.bench_stroke import replay
from tests.perf.figure import Figure, figure

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
Work = Callable[[CancelToken], object]


def run() -> list[Figure]:
    """All figures of this module; tools without weights are left out, and said to be."""
    shipped = read_manifest()
    tools: dict[str, Callable[[], list[Figure]]] = {
        "sketcher": suggesting,
        "colorizer": colouring,
        "simplifier": simplifying,
        "portrait": portraying,
    }
    figures: list[Figure] = []
    for name, measure in tools.items():
        if name in shipped:
            figures += measure()
        else:
            print(f"no weights for {name}: not measured")
    if "colorizer" in shipped:
        figures += painting_meanwhile()
    return figures


def suggesting() -> list[Figure]:
    """Three alternatives of the next stroke, to a face of three strokes."""
    from ai_tools.suggest.infer import SuggestRequest
    from ai_tools.suggest.infer import run as suggest

    request = SuggestRequest(strokes=_face(), count=1, alternatives=3)
    work = partial(_suggest, suggest, request)
    seconds = _seconds(work)
    slow = _on_torch("sketcher", lambda engine: lambda t: suggest(request, t, _ignore, engine))
    return [
        _time("Suggest: 3 alternatives of a stroke", seconds, "ms", "<= 150", "<= 50", slow),
        _cancel("Suggest", work),
    ]


def colouring() -> list[Figure]:
    """The line art sample with its hints at two sizes; one more hint is a whole run as well."""
    from ai_tools.colorize.infer import ColorizeRequest
    from ai_tools.colorize.infer import run as colorize

    found = []
    works: dict[int, Work] = {}
    for side in (512, 2048):
        lines = _sample("lineart", side, "", "hints")
        hints = _sample("lineart", side, "hints", "\0")
        request = ColorizeRequest(lines=lines, hints=hints)
        works[side] = lambda token, r=request: colorize(r, token, _ignore)  # type: ignore[misc]
    budgets = {512: ("<= 1.5", "<= 0.4"), 2048: ("<= 10", "<= 2")}
    for side, work in works.items():
        found.append(_time(f"Colorize {side}²", _seconds(work), "s", *budgets[side]))
    more = _sample("lineart", 512, "hints", "\0").copy()
    more[100:110, 100:110] = (40, 90, 200, 255)
    again = ColorizeRequest(lines=_sample("lineart", 512, "", "hints"), hints=more)
    one_more = _seconds(lambda token: colorize(again, token, _ignore))
    found.append(_time("Colorize 512² after one more hint", one_more, "s", "<= 1.5", "<= 0.1"))
    found.append(_cancel("Colorize 2048²", works[2048]))
    return found


def simplifying() -> list[Figure]:
    """The rough portrait at two sizes by both engines, strength 0.5."""
    from ai_tools.simplify.infer import SimplifyRequest
    from ai_tools.simplify.infer import run as simplify

    found = []
    budgets = {1024: ("<= 3", "<= 1"), 4096: ("<= 40", "<= 12")}
    for engine in ("classic", "learned"):
        for side, budget in budgets.items():
            request = SimplifyRequest(pixels=_sample("rough-portrait", side), engine=engine)
            work = lambda token, r=request: simplify(r, token, _ignore)  # noqa: E731
            seconds = _seconds(work, runs=3 if side == 1024 else 1)
            found.append(_time(f"Simplify {side}², {engine}", seconds, "s", *budget))
        found.append(_cancel(f"Simplify 4096², {engine}", work))
    return found


def portraying() -> list[Figure]:
    """Views of one person: full quality, and the small ones while the head is dragged."""
    from ai_tools.portrait.infer import PortraitNet

    net = PortraitNet(open_engine("portrait", device="cpu"))
    person = net.from_seed(1)
    yaws = iter(np.linspace(-60, 60, 997))

    def view(token: CancelToken, preview: bool = False) -> object:
        return net.view(person, float(next(yaws)), 0.0, "pen", preview=preview, token=token)

    full = _seconds(view)
    frames = 1 / _seconds(partial(view, preview=True), runs=9)

    def torch_view(engine: Any) -> Work:
        other = PortraitNet(engine)
        who = other.from_seed(1)
        return lambda token: other.view(who, float(next(yaws)), 0.0, "pen", token=token)

    slow = _on_torch("portrait", torch_view)
    return [
        _time("Portrait: a view of a cached portrait", full, "s", "<= 0.6", "<= 0.2", slow),
        figure("Portrait while dragging", frames, "frames/s", ">= 8", ">= 15"),
    ]


def painting_meanwhile() -> list[Figure]:
    """Frames of a pen recording, calm and while Colorize works on 1024² again and again."""
    from PySide6.QtWidgets import QApplication

    from ai_tools.colorize.infer import ColorizeRequest
    from ai_tools.colorize.infer import run as colorize

    application = QApplication.instance() or QApplication([])
    request = ColorizeRequest(
        lines=_sample("lineart", 1024, "", "hints"), hints=_sample("lineart", 1024, "hints", "\0")
    )

    def colour_on(token: CancelToken, progress: object) -> None:
        while not token.cancelled:
            colorize(request, token, _ignore)

    calm = replay(seconds=10)
    busy = replay(seconds=10, job=colour_on)
    application.processEvents()
    return [
        figure(
            "stroke to screen while colouring, p95 frame",
            busy["p95"],
            "ms",
            "within 20 %",
            "within 5 %",
            calm["p95"],
            "no job",
        )
    ]


def _suggest(suggest: Callable[..., object], request: object, token: CancelToken) -> object:
    return suggest(request, token, _ignore)


def _ignore(fraction: float, text: str) -> None:
    """Nobody looks."""


def _seconds(work: Work, runs: int = 5) -> float:
    """Median wall-clock time of some runs, after one that does not count."""
    work(CancelToken())
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work(CancelToken())
        times.append(time.perf_counter() - begun)
    return median(times)


def _on_torch(name: str, make: Callable[[Any], Work]) -> float | None:
    """The same work with torch on the CPU; None where there is no torch."""
    if not runtime.has_torch():
        return None
    return _seconds(make(open_engine(name, device="cpu", backend="torch")), runs=3)


def _time(
    name: str, seconds: float, unit: str, budget: str, moonshot: str, slow: float | None = None
) -> Figure:
    factor = 1000 if unit == "ms" else 1
    return figure(
        name,
        seconds * factor,
        unit,
        f"{budget} {unit}",
        f"{moonshot} {unit}",
        None if slow is None else slow * factor,
        "torch",
    )


def _cancel(name: str, work: Work, tries: int = 12) -> Figure:
    """The longest that a job went on after it was cancelled, at different moments of its work."""
    begun = time.perf_counter()
    work(CancelToken())
    whole = time.perf_counter() - begun
    longest = 0.0
    for number in range(tries):
        token, ended = CancelToken(), threading.Event()

        def go(token: CancelToken = token, ended: threading.Event = ended) -> None:
            try:
                work(token)
            except Cancelled:
                pass
            finally:
                ended.set()

        threading.Thread(target=go).start()
        time.sleep(whole * (number + 0.5) / tries)
        asked = time.perf_counter()
        token.cancel()
        ended.wait()
        longest = max(longest, time.perf_counter() - asked)
    return figure(f"{name}: cancel, longest", longest * 1000, "ms", "<= 200 ms", "<= 50 ms")


def _sample(start: str, side: int, having: str = "", without: str = "\0") -> np.ndarray:
    """A shipped sample scaled until its longer side has `side` pixels; premultiplied BGRA."""
    for path in sorted(SAMPLES.glob(f"{start}*")):
        if having in path.stem and without not in path.stem:
            pixels = read_image(path)
            height, width = pixels.shape[:2]
            factor = side / max(height, width)
            size = (round(width * factor), round(height * factor))
            return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    raise FileNotFoundError(f"{start}* in {SAMPLES}")


def _face() -> tuple[Stroke, ...]:
    """An oval and two eyes as an artist draws them on a large canvas."""
    t = np.linspace(0, 2 * np.pi, 80)
    strokes = []
    for x, y, r, s in ((500, 500, 300, 380), (390, 420, 45, 30), (610, 420, 45, 30)):
        columns = (x + r * np.cos(t - 1.6), y + s * np.sin(t - 1.6), np.full(80, 0.6), t / 8)
        points = np.stack(columns, axis=1).astype(np.float32)
        strokes.append(
            Stroke(points, size=12, colour=(0, 0, 0), opacity=1.0, brush="hard-round", erase=False)
        )
    return tuple(strokes)
