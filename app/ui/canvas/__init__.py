# SPDX-License-Identifier: GPL-3.0-or-later
"""The canvas view: showing the picture and receiving pen, mouse and touch."""
