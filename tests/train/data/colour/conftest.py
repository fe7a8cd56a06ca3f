# SPDX-License-Identifier: GPL-3.0-or-later
"""A few plates painted on the spot, with their manifest."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from train.data.colour.flat_art import make_drawing


@pytest.fixture(scope="session")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with manifest.csv, six pictures to train on, two valid ones and one in grey."""
    folder = tmp_path_factory.mktemp("illustrations")
    rows = ["file,width,height,split"]
    for i in range(9):
        group = ("books_colour", "manga_colour", "books_line")[0 if i < 5 else 1 if i < 8 else 2]
        name = f"{group}/p{i}.png"
        (folder / group).mkdir(exist_ok=True)
        picture = make_drawing(120, np.random.default_rng(i)).colour
        picture = np.concatenate([picture, picture[:40, ::-1]])  # 160 high
        cv2.imwrite(str(folder / name), picture[..., ::-1])
        rows.append(f"{name},120,160,{'valid' if i in (4, 7) else 'train'}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
