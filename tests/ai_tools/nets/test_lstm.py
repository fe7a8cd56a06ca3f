# SPDX-License-Identifier: GPL-3.0-or-later
"""The LSTM layer computes what torch's does, in both of its ways, and handles padding."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from ai_tools.nets.lstm import Lstm, last_valid, reverse_padded


def reference(layer: Lstm, inputs: int) -> nn.LSTM:
    """torch's LSTM with the same weights."""
    other = nn.LSTM(inputs, layer.hidden, batch_first=True)
    other.weight_ih_l0.data = layer.weight_input.data
    other.weight_hh_l0.data = layer.weight_hidden.data
    other.bias_ih_l0.data = layer.bias.data
    other.bias_hh_l0.data.zero_()
    return other


@pytest.mark.parametrize("steps", [1, 5])  # a single step has its own way
def test_equals_torchs_lstm(steps: int) -> None:
    layer = Lstm(3, 6)
    x, state = torch.randn(2, steps, 3), (torch.randn(2, 6), torch.randn(2, 6))
    out, (hidden, cell) = layer(x, state)
    expected, (h, c) = reference(layer, 3)(x, (state[0][None], state[1][None]))
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(hidden, h[0])
    torch.testing.assert_close(cell, c[0])


def test_loop_equals_fused_kernel_where_the_mask_keeps_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer = Lstm(3, 6, keep=0.5, dropout="candidate").train()
    x = torch.randn(2, 5, 3)
    monkeypatch.setattr(layer, "_mask", lambda batch, steps, like: torch.ones(batch, steps, 6))
    looped, state = layer(x)
    fused, expected = layer.eval()(x)
    torch.testing.assert_close(looped, fused)
    torch.testing.assert_close(state, expected)


@pytest.mark.parametrize("dropout", ["candidate", "output"])
def test_dropout_acts_in_training_only(dropout: str) -> None:
    layer = Lstm(3, 6, keep=0.5, dropout=dropout)  # type: ignore[arg-type]
    x = torch.randn(2, 5, 3)
    assert not torch.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])


def test_output_mask_is_the_same_at_every_step() -> None:
    layer = Lstm(3, 64, keep=0.5, dropout="output")
    dropped = layer(torch.randn(1, 7, 3))[0][0] == 0
    assert dropped.any()
    assert not dropped.all()
    assert torch.equal(dropped, dropped[:1].expand_as(dropped))


def test_candidate_mask_keeps_the_mean() -> None:
    layer = Lstm(1, 1000, keep=0.8, dropout="candidate")
    mask = layer._mask(1, 100, torch.zeros(()))
    assert mask.mean().item() == pytest.approx(1.0, abs=0.02)
    assert set(mask.unique().tolist()) == {0.0, 1.25}


def test_forget_gate_starts_open() -> None:
    bias = Lstm(3, 4).bias.detach().view(4, 4)
    assert torch.equal(bias[1], torch.ones(4))
    assert bias[[0, 2, 3]].abs().max() == 0


def test_state_goes_on_where_it_stopped() -> None:
    layer = Lstm(3, 6)
    x = torch.randn(2, 5, 3)
    whole, final = layer(x)
    first, state = layer(x[:, :2])
    second, state = layer(x[:, 2:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(state, final)


lengths_and_rows = st.integers(1, 6).flatmap(
    lambda rows: st.tuples(st.lists(st.integers(0, rows), min_size=1, max_size=4), st.just(rows))
)


@given(lengths_and_rows)
def test_reversing_reverses_only_the_drawing(case: tuple[list[int], int]) -> None:
    lengths, rows = torch.tensor(case[0]), case[1]
    x = torch.arange(len(lengths) * rows * 2.0).view(len(lengths), rows, 2)
    y = reverse_padded(x, lengths)
    for row, back, length in zip(x, y, case[0], strict=True):
        assert torch.equal(back[:length], row[:length].flip(0))
        assert torch.equal(back[length:], row[length:])
    assert torch.equal(reverse_padded(y, lengths), x)


@given(lengths_and_rows)
def test_last_row_before_the_padding(case: tuple[list[int], int]) -> None:
    lengths, rows = torch.tensor(case[0]), case[1]
    x = torch.randn(len(lengths), rows, 2)
    for row, last, length in zip(x, last_valid(x, lengths), case[0], strict=True):
        expected: Tensor = row[length - 1] if length else torch.zeros(2)
        assert torch.equal(last, expected)
