# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of Limner; the tree mirrors the code's."""
