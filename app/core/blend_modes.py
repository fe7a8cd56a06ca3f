# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the blend modes, as files store them and as menus show them. Imports nothing.

Values are OpenRaster `composite-op` strings; modes that the OpenRaster baseline lacks carry
the names that Krita writes, so files travel between both programs.
"""

from __future__ import annotations

from enum import Enum


class BlendMode(str, Enum):
    """How a layer mixes with what lies below it. `.value` is the OpenRaster composite-op."""

    NORMAL = "svg:src-over"
    MULTIPLY = "svg:multiply"
    DARKEN = "svg:darken"
    COLOUR_BURN = "svg:color-burn"
    LINEAR_BURN = "krita:linear_burn"
    SCREEN = "svg:screen"
    LIGHTEN = "svg:lighten"
    COLOUR_DODGE = "svg:color-dodge"
    ADD = "svg:plus"
    OVERLAY = "svg:overlay"
    SOFT_LIGHT = "svg:soft-light"
    HARD_LIGHT = "svg:hard-light"
    VIVID_LIGHT = "krita:vivid_light"
    LINEAR_LIGHT = "krita:linear light"
    PIN_LIGHT = "krita:pin_light"
    DIFFERENCE = "svg:difference"
    EXCLUSION = "krita:exclusion"
    SUBTRACT = "krita:subtract"
    DIVIDE = "krita:divide"
    HUE = "svg:hue"
    SATURATION = "svg:saturation"
    COLOUR = "svg:color"
    LUMINOSITY = "svg:luminosity"

    @property
    def label(self) -> str:
        """The English name for menus, such as "Colour Dodge"."""
        return self.name.replace("_", " ").title()

    @classmethod
    def from_ora(cls, text: str) -> BlendMode:
        """The mode stored as `text`; unknown names give NORMAL, as the OpenRaster text asks."""
        try:
            return cls(text)
        except ValueError:
            return cls.NORMAL


MENU_GROUPS: tuple[tuple[BlendMode, ...], ...] = (
    (BlendMode.NORMAL,),
    (BlendMode.MULTIPLY, BlendMode.DARKEN, BlendMode.COLOUR_BURN, BlendMode.LINEAR_BURN),
    (BlendMode.SCREEN, BlendMode.LIGHTEN, BlendMode.COLOUR_DODGE, BlendMode.ADD),
    (
        BlendMode.OVERLAY,
        BlendMode.SOFT_LIGHT,
        BlendMode.HARD_LIGHT,
        BlendMode.VIVID_LIGHT,
        BlendMode.LINEAR_LIGHT,
        BlendMode.PIN_LIGHT,
    ),
    (BlendMode.DIFFERENCE, BlendMode.EXCLUSION, BlendMode.SUBTRACT, BlendMode.DIVIDE),
    (BlendMode.HUE, BlendMode.SATURATION, BlendMode.COLOUR, BlendMode.LUMINOSITY),
)
