# SPDX-License-Identifier: GPL-3.0-or-later
"""A small set of drawings made on the spot, and quiet surroundings for every training test."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

if find_spec("torch") is None:
    collect_ignore_glob = ["**/test_*.py"]

TINY = """
network = "{network}"
steps = 12
batch = 8
log_every = 2
save_every = 4
sheet_every = 1000
rate_start = 0.01
rate_decay = 0.999
ema = 0.9

[net]
encoder_hidden = 8
decoder_hidden = 12
latent = 4
mixtures = 3
{net}

[data]
pad = "batch"
max_length = 20
{data}

[raster]
pretrain_epochs = 0.5
joint = true
"""


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread, because small tensors only lose time to more; no TensorBoard, slow to import."""
    import torch

    monkeypatch.setenv("LIMNER_NO_TENSORBOARD", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """A set of 60 boxes and 60 zigzags by an unsteady hand, a quarter of them valid; the attribute
    `mood` is known for the boxes only."""
    generator = np.random.default_rng(0)
    shapes = [
        [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)],
        [(0, 0), (50, 120), (100, 0), (150, 120), (200, 0), (250, 120)],
    ]
    points, lengths, label = [], [], []
    for i in range(120):
        corners = np.array(shapes[i % 2]) + generator.integers(0, 6, (len(shapes[i % 2]), 2))
        rows = np.zeros((len(corners) + 2 * (i % 3 == 0), 3), np.int16)
        rows[: len(corners), :2] = np.diff(corners, axis=0, prepend=0)
        rows[len(corners) - 1, 2] = 1
        if i % 3 == 0:  # some have a second stroke
            rows[-2:] = [(10, 20, 0), (30, 5, 1)]
        points.append(rows)
        lengths.append(len(rows))
        label.append(i % 2)
    path = tmp_path / "shapes.npz"
    np.savez(
        path,
        points=np.concatenate(points),
        offsets=np.cumsum([0, *lengths]).astype(np.int32),
        label=np.array(label, np.int16),
        split=(np.arange(120) % 8 > 5).astype(np.uint8),
        mood=np.where(np.array(label) == 0, np.arange(120) % 3, -1).astype(np.int8),
    )
    path.with_suffix(".json").write_text(
        '{"label_names": ["box", "zigzag"], "licence": "CC0", "credit": "nobody"}'
    )
    return path


@pytest.fixture
def tiny_config(tmp_path: Path) -> Path:
    """AI-Sketcher with condition and influence, as small as it gets."""
    path = tmp_path / "tiny.toml"
    path.write_text(
        TINY.format(
            network="ai_sketcher",
            net='influence_size = 4\nraster = false\ndropout = "candidate"',
            data='condition = ["label"]\ncondition_dropout = 0.3\nsee_part = 0.5',
        )
    )
    return path
