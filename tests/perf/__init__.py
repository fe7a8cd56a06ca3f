# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks: `python -m tests.perf [--json FILE] [--only WORD]`. They print, never assert."""
