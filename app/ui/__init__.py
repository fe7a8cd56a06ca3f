# SPDX-License-Identifier: GPL-3.0-or-later
"""The window and everything in it. Imports all other rooms of `app`; nothing imports it."""
