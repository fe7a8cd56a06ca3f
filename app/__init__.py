# SPDX-License-Identifier: GPL-3.0-or-later
"""Limner, the painting program: core <- files <- jobs, plugins <- ui. Never imports ai_tools."""
