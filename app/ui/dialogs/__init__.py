# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialogs. Imported only when one is opened, so that they cost nothing at start-up."""
