# SPDX-License-Identifier: GPL-3.0-or-later
"""The docks that belong to painting itself. Each is a widget made of a studio."""
