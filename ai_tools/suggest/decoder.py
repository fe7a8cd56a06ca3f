# SPDX-License-Identifier: GPL-3.0-or-later
"""The sketch network over an engine: drawings in, mixtures of the next point out.  Imports numpy.

Drawings are in stroke-5 form, see `parts` for what the engine is asked.
"""

from __future__ import annotations


def state_sizes(decoder_hidden: int, encoder_hidden: int, influence: str) -> dict[str, int]:
    """Widths of the tensors that every point changes, in the order of the parts' inputs.

    hidden, cell: the decoder's; tracker_hidden, tracker_cell: the forward encoder's, which the
    influence layer follows; total, count: sum and number of the encoder's states so far.
    """
    sizes = {"hidden": decoder_hidden, "cell": decoder_hidden}
    if influence == "prefix_fc":
        tracker = dict.fromkeys(("tracker_hidden", "tracker_cell", "total"), encoder_hidden)
        sizes |= tracker | {"count": 1}
    return sizes
