# SPDX-License-Identifier: GPL-3.0-or-later
"""What every training script shares: configuration, run folder, checkpoints, loop, devices, export.

Nothing here knows a particular network or data set.
"""
