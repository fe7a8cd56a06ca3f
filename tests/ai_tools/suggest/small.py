# SPDX-License-Identifier: GPL-3.0-or-later
"""A small untrained sketcher, and an engine that runs it."""

from __future__ import annotations

from ai_tools.nets.ai_sketcher import AiSketcherConfig

SMALL = AiSketcherConfig(
    encoder_hidden=8,
    decoder_hidden=12,
    latent=4,
    mixtures=3,
    condition=3,
    influence_size=5,
    raster=False,
)
