# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of quality, each under its own name.  Imports numpy, cv2, torch."""
