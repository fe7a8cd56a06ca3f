# SPDX-License-Identifier: GPL-3.0-or-later
"""The `stack.xml` of an OpenRaster file: layer tree to XML and back. Imports app.core, xml_safe.

OpenRaster 0.0.6 (openraster.org: layer stack specification, with its extensions for selected and
locked layers). What the format has no word for goes into attributes of our own namespace, which
other programs skip: clipping, locked alpha, vector and stroke data, the selection mask.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from app.core.blend_modes import BlendMode
from app.core.document import Document
from app.core.layers import GroupLayer, Layer
from app.files.xml_safe import local_name

NAMESPACE = "urn:limner:openraster"
VERSION = "0.0.6"
DEFAULT_DPI = 72.0  # the specification's, where a file does not say

_NS = f"{{{NAMESPACE}}}"
_ATOP = "svg:src-atop"
# Operators that cut away what lies below: shown as a normal layer they would hide the picture.
_CUTTING = frozenset({"svg:dst-in", "svg:dst-out", "svg:dst-atop"})
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("limner", NAMESPACE)

Warn = Callable[[str], None]


@dataclass(frozen=True)
class LayerFiles:
    """Where the content of a layer lies within the container; x, y in canvas pixels."""

    src: str
    x: int = 0
    y: int = 0
    vector: str | None = None
    strokes: str | None = None


# -- writing -----------------------------------------------------------------------------------


def write_stack(
    document: Document, files: Mapping[str, LayerFiles], selection: LayerFiles | None
) -> bytes:
    """The `stack.xml` of a document.

    Args:
        document: whose tree to describe.
        files: for every layer that is no group, by layer id.
        selection: the stored mask, if there is a selection.
    """
    resolution = str(max(1, min(round(document.dpi), 2**31 - 1)))
    root = Element(
        "image",
        {
            "version": VERSION,
            "w": str(document.width),
            "h": str(document.height),
            "xres": resolution,
            "yres": resolution,
            _NS + "dpi": repr(float(document.dpi)),
        },
    )
    if selection is not None:
        root.set(_NS + "selection", selection.src)
        root.set(_NS + "selection-x", str(selection.x))
        root.set(_NS + "selection-y", str(selection.y))
    stack = SubElement(root, "stack")
    _write_layers(stack, document.layers, document.active, files)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _write_layers(
    parent: Element,
    layers: tuple[Layer, ...],
    active: str | None,
    files: Mapping[str, LayerFiles],
) -> None:
    for layer in reversed(layers):  # the first element is the uppermost
        if isinstance(layer, GroupLayer):
            element = SubElement(parent, "stack", _common(layer, active))
            element.set("isolation", "auto" if layer.passthrough else "isolate")
            element.set(_NS + "expanded", _flag(layer.expanded))
            _write_layers(element, layer.children, active, files)
            continue
        element = SubElement(parent, "layer", _common(layer, active))
        where = files[layer.id]
        element.set("src", where.src)
        element.set("x", str(where.x))
        element.set("y", str(where.y))
        if where.vector is not None:
            element.set(_NS + "vector", where.vector)
        if where.strokes is not None:
            element.set(_NS + "strokes", where.strokes)


def _common(layer: Layer, active: str | None) -> dict[str, str]:
    # Source-atop is what other programs know that comes nearest to a clipped layer.
    atop = layer.clip and layer.mode is BlendMode.NORMAL
    attributes = {
        "name": _NOT_XML.sub("\ufffd", layer.name),
        "opacity": repr(float(layer.opacity)),
        "visibility": "visible" if layer.visible else "hidden",
        "composite-op": _ATOP if atop else layer.mode.value,
        "edit-locked": _flag(layer.locked),
    }
    if attributes["name"] != layer.name:
        attributes[_NS + "name"] = json.dumps(layer.name)
    if layer.id == active:
        attributes["selected"] = "true"
    if layer.clip:
        attributes[_NS + "clip"] = "true"
    if layer.alpha_locked:
        attributes[_NS + "alpha-locked"] = "true"
    return attributes


def _flag(value: bool) -> str:
    return "true" if value else "false"


# -- reading -----------------------------------------------------------------------------------


def read_common(element: Element, warn: Warn) -> dict[str, Any]:
    """The properties that every kind of layer has, as keyword arguments for its class.

    Values that break the rules are replaced by the nearest right ones and reported to `warn`.
    """
    name = _read_name(element)

    def say(text: str) -> None:
        warn(f"Layer “{name}”: {text}.")

    mode, clip, hidden = _read_mode(element, say)
    return {
        "name": name,
        "opacity": _read_opacity(element.get("opacity", "1.0"), say),
        "visible": element.get("visibility", "visible") != "hidden" and not hidden,
        "mode": mode,
        "locked": element.get("edit-locked") == "true",
        "alpha_locked": element.get(_NS + "alpha-locked") == "true",
        "clip": clip,
    }


def read_group(element: Element) -> dict[str, Any]:
    """The further properties of a group, as keyword arguments."""
    return {
        "passthrough": element.get("isolation", "isolate") == "auto",
        "expanded": element.get(_NS + "expanded", "true") != "false",
    }


def read_files(element: Element, furthest: int, warn: Warn) -> LayerFiles:
    """Where a layer's content lies; an offset beyond `furthest` pixels counts as 0."""
    x, y = _offset(element.get("x"), furthest), _offset(element.get("y"), furthest)
    if x is None or y is None:
        warn(f"Layer “{_read_name(element)}”: its position makes no sense, so it lies at 0, 0.")
        x = y = 0
    vector, strokes = element.get(_NS + "vector"), element.get(_NS + "strokes")
    return LayerFiles(element.get("src", ""), x, y, vector, strokes)


def read_selection(root: Element, furthest: int) -> LayerFiles | None:
    """Where the selection mask lies, or None where there is none."""
    src = root.get(_NS + "selection")
    x = _offset(root.get(_NS + "selection-x"), furthest)
    y = _offset(root.get(_NS + "selection-y"), furthest)
    return None if src is None or x is None or y is None else LayerFiles(src, x, y)


def read_size(root: Element) -> tuple[int, int] | None:
    """Canvas width and height as the file has them, or None when they are no positive integers."""
    sides = [_integer(root.get(key)) for key in ("w", "h")]
    if None in sides or min(s or 0 for s in sides) < 1:
        return None
    return sides[0] or 1, sides[1] or 1


def read_dpi(root: Element) -> float:
    """Pixels an inch."""
    for text in (root.get(_NS + "dpi"), root.get("xres")):
        try:
            value = float(text or "nan")
        except ValueError:
            continue
        if math.isfinite(value) and 1e-3 <= value <= 1e6:
            return value
    return DEFAULT_DPI


def is_selected(element: Element) -> bool:
    """True for the layer that was active when the file was saved."""
    return element.get("selected") == "true"


def children(stack: Element) -> Iterator[Element]:
    """The layers and groups of a stack, bottom to top."""
    return (e for e in reversed(stack) if local_name(e) in ("layer", "stack"))


def _read_name(element: Element) -> str:
    exact = element.get(_NS + "name")
    if exact is not None:
        try:
            value = json.loads(exact)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, str):
            return value
    return element.get("name", "Layer")


def _read_mode(element: Element, warn: Warn) -> tuple[BlendMode, bool, bool]:
    """(mode, clipped, hidden because the mode cannot be shown)"""
    text = element.get("composite-op", BlendMode.NORMAL.value)
    clip = element.get(_NS + "clip") == "true"
    if text == _ATOP:
        if not clip:
            warn("its mode “source atop” became clipping to the layer below, which is similar")
        return BlendMode.NORMAL, True, False
    if text in _CUTTING:
        warn(f"its mode {text!r} is not known here, so the layer is hidden")
        return BlendMode.NORMAL, clip, True
    mode = BlendMode.from_ora(text)
    if mode.value != text:
        warn(f"its mode {text[:40]!r} is not known here, so it became Normal")
    return mode, clip, False


def _read_opacity(text: str, warn: Warn) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and 0 <= value <= 1:
        return value
    warn(f"its opacity {text[:40]!r} is not within 0 and 1")
    return 1.0 if math.isnan(value) else min(max(value, 0.0), 1.0)


def _integer(text: str | None) -> int | None:
    # At most 10 digits: Python would spend minutes on a number of a million digits.
    match = re.fullmatch(r"\s*([+-]?\d{1,10})(?:\.\d{0,20})?\s*", text or "", re.ASCII)
    return int(match[1]) if match else None


def _offset(text: str | None, furthest: int) -> int | None:
    value = 0 if text is None else _integer(text)
    return None if value is None or abs(value) > furthest else value
