# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a run: what is logged, what a resume drops, what pictures look like."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.common.run import Run, RunError, grid


@dataclass(frozen=True)
class Config:
    rate: float = 0.5


def rows(run: Run) -> list[str]:
    return (run.folder / "log.csv").read_text().splitlines()


def test_a_run_records_its_configuration_and_figures(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", Config(0.25), resume=False)
    run.log(1, {"train/loss": 0.125, "train/rate": 1e-3})
    run.log(2, {"valid/nll": 3.0})
    assert (run.folder / "config.toml").read_text() == "rate = 0.25\n"
    assert rows(run) == [
        "step,name,value",
        "1,train/loss,0.125",
        "1,train/rate,0.001",
        "2,valid/nll,3",
    ]


def test_a_resumed_run_drops_what_it_will_log_again(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", Config(), resume=False)
    for step in range(5):
        run.log(step, {"loss": step})
    again = Run(tmp_path / "run", Config(), resume=True)
    again.rewind(3)
    again.log(3, {"loss": 30})
    assert rows(again)[1:] == ["0,loss,0", "1,loss,1", "2,loss,2", "3,loss,30"]


def test_a_run_is_neither_overwritten_nor_resumed_from_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run to resume"):
        Run(tmp_path / "run", Config(), resume=True)
    Run(tmp_path / "run", Config(), resume=False)
    with pytest.raises(RunError, match="--resume"):
        Run(tmp_path / "run", Config(), resume=False)


def test_a_process_that_does_not_write_leaves_no_trace(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", Config(), resume=False, writes=False)
    run.log(1, {"loss": 1.0})
    run.picture(1, "x", np.zeros((4, 4), np.uint8))
    assert not (tmp_path / "run").exists()


def test_a_picture_keeps_its_colours(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", Config(), resume=False)
    image = np.zeros((2, 3, 3), np.uint8)
    image[0, 1] = (250, 100, 5)
    path = run.picture(12, "sheet", image)
    assert path.name == "sheet-00000012.png"
    saved = cv2.imread(str(path))
    assert saved is not None
    assert (saved[..., ::-1] == image).all()


def test_a_grid_puts_pictures_row_by_row() -> None:
    images = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((5, 2, 3), np.uint8)
    sheet = grid(images, 3, gap=1)
    assert sheet.shape == (2 * 3 + 1, 3 * 4 + 1)
    assert (sheet[1:3, 5:8] == 1).all()
    assert (sheet[4:6, 1:4] == 3).all()
    assert (sheet[4:6, 9:12] == 160).all()
