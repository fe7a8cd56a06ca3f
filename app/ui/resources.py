# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files that ship with the program lie. Imports the standard library only."""

from __future__ import annotations

from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
"""Folder `resources`: beside the package `app`, in a checkout and in the frozen program alike."""
