# SPDX-License-Identifier: GPL-3.0-or-later
"""Other ways to get lines out of a rough drawing, to measure a network against.

Imports numpy, cv2, ai_tools.simplify, app.files.svg, train.metrics; runs mkbitmap and potrace, and
the packages pyautotrace, vtracer and scikit-image, where they are installed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.engine import EngineMissing, open_engine
from ai_tools.simplify.centrelines import branches, trace
from ai_tools.simplify.infer import SimplifyRequest, run
from ai_tools.simplify.learned import WEIGHTS_NAME
from ai_tools.weights import WeightsError
from app.files.svg import write_svg
from app.jobs import CancelToken
from train.metrics.lines import centre_lines, line_mask
from train.metrics.vectors import Drawing

Grey = NDArray[np.uint8]
Peer = Callable[[Grey], Drawing]
"""Grey rough drawing (h, w), 255 = white -> its lines."""

_BEND = 0.75
"""By how many pixels a polyline may miss the pixels that it stands for."""


@dataclass(frozen=True)
class Peers:
    """What there is to compare with."""

    ways: Mapping[str, Peer]
    missing: Mapping[str, str]
    """Ways that cannot run here, and why."""


def peers(strengths: Sequence[float]) -> Peers:
    """The ways that can run here, by name, and those that cannot.

    input: the drawing's dark pixels as they are; otsu, adaptive: thresholds.
    thinning, skeletonize: Otsu's threshold, thinned (Guo and Hall; scikit-image's Zhang and Suen),
        its branches as polylines.
    potrace: outlines, at the setting of Simo-Serra et al.'s post-processing; potrace_2: another
        one in use.  vtracer: outlines.  autotrace: centre lines, a pixel wide.  Both see the
        drawing itself, and as vtracer_adaptive and autotrace_adaptive the adaptive threshold.
    classic_S, learned_S: what the program draws at a strength S of `strengths`, without a network
        and with the one that it comes with; classic_S_strokes, learned_S_strokes: as strokes.
        classic_S and learned_S_strokes at each strength, the others at the middle one.
    """
    ways: dict[str, Peer] = {
        "input": lambda rough: Drawing(line_mask(rough)),
        "otsu": lambda rough: Drawing(_otsu(rough)),
        "adaptive": lambda rough: Drawing(_adaptive(rough)),
        "thinning": lambda rough: _centre_polylines(centre_lines(_otsu(rough))),
    }
    missing: dict[str, str] = {}
    if find_spec("skimage"):
        ways["skeletonize"] = _skeletonize
    else:
        missing["skeletonize"] = "scikit-image is not installed"
    if shutil.which("mkbitmap") and shutil.which("potrace"):
        ways["potrace"] = lambda rough: _potrace(rough, ["-t", "0.3"])
        ways["potrace_2"] = lambda rough: _potrace(rough, ["-s", "2", "-t", "0.45"])
    else:
        missing["potrace"] = "mkbitmap and potrace are not installed"
    if find_spec("autotrace"):
        ways["autotrace"] = _autotrace
        ways["autotrace_adaptive"] = lambda rough: _autotrace(_black_on_white(_adaptive(rough)))
    else:
        missing["autotrace"] = "pyautotrace is not installed"
    if find_spec("vtracer"):
        ways["vtracer"] = _vtracer
        ways["vtracer_adaptive"] = lambda rough: _vtracer(_black_on_white(_adaptive(rough)))
    else:
        missing["vtracer"] = "vtracer is not installed"
    middle = strengths[len(strengths) // 2]
    ways |= {f"classic_{s}": partial(_own, engine="classic", strength=s) for s in strengths}
    ways[f"classic_{middle}_strokes"] = _strokes("classic", middle)
    try:
        open_engine(WEIGHTS_NAME)
    except (WeightsError, EngineMissing) as error:
        missing["learned"] = str(error)
    else:
        ways[f"learned_{middle}"] = partial(_own, engine="learned", strength=middle)
        ways |= {f"learned_{s}_strokes": _strokes("learned", s) for s in strengths}
    return Peers(ways, missing)


def _otsu(rough: Grey) -> NDArray[np.bool_]:
    threshold, _ = cv2.threshold(rough, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return rough <= threshold


def _adaptive(rough: Grey) -> NDArray[np.bool_]:
    """Darker than the surroundings by a tenth of full scale."""
    near = cv2.GaussianBlur(rough, (0, 0), max(rough.shape) / 40)
    return rough.astype(np.int16) < near.astype(np.int16) - 25


def _black_on_white(mask: NDArray[np.bool_]) -> Grey:
    return np.where(mask, 0, 255).astype(np.uint8)


def _skeletonize(rough: Grey) -> Drawing:
    skeleton = import_module("skimage.morphology").skeletonize(_otsu(rough))
    return _centre_polylines(np.asarray(skeleton, np.bool_))


def _centre_polylines(skeleton: NDArray[np.bool_]) -> Drawing:
    """A skeleton's branches as polylines of width 1 (Douglas and Peucker)."""
    pixels = skeleton.astype(np.uint8)
    cut = branches(pixels)
    chains = trace(pixels, cut, np.ones(cut.count + 1, np.bool_), lambda: None)
    drawn = ""
    for chain in chains:
        corners = cv2.approxPolyDP(chain.points[:, None], _BEND, chain.closed)[:, 0] + 0.5
        data = "M" + "L".join(f"{x:g} {y:g}" for x, y in corners) + "Z" * chain.closed
        drawn += f'<path d="{data}" fill="none" stroke="black"/>'
    height, width = skeleton.shape
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{drawn}</svg>'
    return Drawing.of_svg(svg.encode(), skeleton.shape)


def _potrace(rough: Grey, settings: list[str]) -> Drawing:
    """mkbitmap, which enlarges twice, then potrace without speckles."""
    height, width = rough.shape
    pgm = b"P5 %d %d 255\n" % (width, height) + rough.tobytes()
    bitmap = subprocess.run(
        ["mkbitmap", *settings, "-o", "-", "-"], input=pgm, stdout=subprocess.PIPE, check=True
    ).stdout
    svg = subprocess.run(
        ["potrace", "-b", "svg", "-t", "15", "-o", "-", "-"],
        input=bitmap,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    return Drawing.of_svg(svg, rough.shape)


def _autotrace(rough: Grey) -> Drawing:
    """The centre lines of the darker one of two colours."""
    rows = np.repeat(rough[..., None], 3, axis=2).tolist()  # much faster to read than an array
    vector: Any = import_module("autotrace").Bitmap(rows).trace(centerline=True, color_count=2)
    # The paper is traced too: as the other colour, or, where nothing else is there, as the only.
    paper = float(np.median(rough)) - 16
    darkest = min((sum(path.color) / 3 for path in vector.paths), default=255.0)
    vector.paths = [
        path for path in vector.paths if sum(path.color) / 3 == darkest and darkest < paper
    ]
    # It counts pixels from their centres, and turns y over at the picture's height.
    return Drawing.of_svg(vector.encode("svg"), rough.shape, shift=(0.5, -0.5))


def _vtracer(rough: Grey) -> Drawing:
    _, png = cv2.imencode(".png", rough)
    svg: str = import_module("vtracer").convert_raw_image_to_svg(
        png.tobytes(), "png", colormode="binary", mode="spline", filter_speckle=4
    )
    return Drawing.of_svg(svg.encode(), rough.shape)


def _strokes(engine: str, strength: float) -> Peer:
    return partial(_own, engine=engine, strength=strength, form="strokes")


def _own(rough: Grey, engine: str, strength: float, form: str = "outlines") -> Drawing:
    request = SimplifyRequest(rough, strength=strength, engine=engine, form=form)
    result = run(request, CancelToken(), lambda done, text: None)
    height, width = rough.shape
    return Drawing.of_svg(write_svg(result.paths, width, height), rough.shape)
