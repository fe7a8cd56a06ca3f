# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks: one file each, tensors in and tensors out.

Modules here import torch and each other, nothing else: no Qt, no files, no data, no training
loops.  `registry.build` makes a network from its name and the configuration in a manifest.
"""
