# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls that docks and dialogs share. They know numbers, colours and curves, not the studio."""
