# SPDX-License-Identifier: GPL-3.0-or-later
"""XML from strangers: no entities, bounded depth and size. Imports errors and limits only.

Attacks by XML (entity expansion, external entities) need entity declarations, so the parser
refuses those; a bare DOCTYPE line, which many SVG files carry, is read past. Depth and number of
elements are checked while parsing, before a tree of a million nodes stands in memory.
"""

from __future__ import annotations

from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from app.files.errors import FileError, MalformedError, Source, TooLargeError
from app.files.limits import Limits

_ELEMENTS_FOR_EACH_LAYER = 100  # metadata and shapes beside the layers proper


def parse_xml(data: bytes, path: Source, limits: Limits) -> Element:
    """The root element; names are `{namespace}local` as ElementTree has them.

    Raises:
        MalformedError: not well-formed, or it declares entities.
        TooLargeError: too long, too deep, or too many elements.
    """
    if len(data) > limits.text_bytes:
        raise TooLargeError(path, f"its text is longer than {limits.text_bytes} bytes")
    parser = expat.ParserCreate(namespace_separator="}")
    builder = TreeBuilder()
    depth = count = 0

    def name(raw: str) -> str:
        return "{" + raw if "}" in raw else raw

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > limits.depth:
            raise TooLargeError(path, f"its elements are nested deeper than {limits.depth}")
        if count > limits.layers * _ELEMENTS_FOR_EACH_LAYER:
            raise TooLargeError(path, "it has too many elements")
        builder.start(name(tag), {name(k): v for k, v in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name(tag))

    def refuse(*_: object) -> NoReturn:
        raise MalformedError(path, "it declares XML entities, which are not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
    except FileError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        # ValueError and LookupError: encodings that Python does not know or cannot apply.
        raise MalformedError(path, f"its XML is not well-formed ({error})") from error
    return builder.close()


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]
