# SPDX-License-Identifier: GPL-3.0-or-later
"""From a bare machine to a running Limner; standard library only."""
