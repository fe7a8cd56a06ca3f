# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run."""
def evaluate(options, place):  # filled in next
    raise SystemExit(2)
