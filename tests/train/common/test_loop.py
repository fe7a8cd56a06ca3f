# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop ends when it is done, when time is up, or after the step in which it was asked to."""

import os
import signal

import pytest
import torch

from train.common.device import Place
from train.common.loop import Steps

HERE = Place(torch.device("cpu"))


def test_all_steps_are_walked_from_the_start_given() -> None:
    steps = Steps(3, 7, HERE, bar=False)
    assert list(steps) == [3, 4, 5, 6]
    assert steps.step == 7


def test_no_time_means_no_step() -> None:
    steps = Steps(3, 7, HERE, minutes=0.0, bar=False)
    assert list(steps) == []
    assert steps.step == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_after_the_step_it_came_in(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    steps = Steps(0, 100, HERE, bar=False)
    finished = []
    for step in steps:
        if step == 2:
            os.kill(os.getpid(), number)
        finished.append(step)
    assert finished == [0, 1, 2]
    assert steps.step == 3 and steps.interrupted
    assert signal.getsignal(number) is before


def test_a_second_interrupt_ends_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        for _ in Steps(0, 100, HERE, bar=False):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
