# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour Lines: line art, a few dabs of colour and a mask in, a painted picture out.

`inputs` makes what the network `colorizer_light` sees; training and the program share it.
"""
