# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of drawings: reading, choosing, joining, and refusing what does not fit together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from train.data.sketch_import import SketchDataError
from train.data.sketches import (
    main,
    offsets_of,
    read_sketches,
    scale_factor,
    write_sketches,
)


def test_a_set_has_its_drawings_labels_and_attributes(drawings: Path) -> None:
    data = read_sketches([drawings])
    assert len(data) == 120
    assert data.label_names == ("box", "zigzag")
    assert len(data.part("train")) == 90 and len(data.part("valid")) == 30
    assert len(data.part("test")) == 0
    assert set(data.attributes["mood"][data.label == 1]) == {-1}
    assert data.sources[0].licence == "CC0" and data.sources[0].sketches == 120


def test_choosing_keeps_a_drawing_and_its_label_together(drawings: Path) -> None:
    data = read_sketches([drawings])
    chosen = data.choose(data.label == 1)
    assert chosen.label_names == ("zigzag",)
    assert set(chosen.label) == {0}
    assert all(a is b for a, b in zip(chosen.sketches, data.sketches[1::2], strict=True))
    assert (chosen.lengths() == [len(offsets_of(sketch)) for sketch in chosen.sketches]).all()


def test_labels_of_the_same_name_are_joined(drawings: Path, tmp_path: Path) -> None:
    data = read_sketches([drawings])
    other = tmp_path / "other.npz"
    write_sketches(other, data.choose(data.label == 1))
    both = read_sketches([drawings, other])
    assert both.label_names == ("box", "zigzag")
    assert np.bincount(both.label).tolist() == [60, 120]
    assert len(both.attributes["mood"]) == 180
    assert [source.name for source in both.sources] == ["shapes", "other"]


def test_a_written_set_reads_back(drawings: Path, tmp_path: Path) -> None:
    data = read_sketches([drawings])
    write_sketches(tmp_path / "copy.npz", data)
    again = read_sketches([tmp_path / "copy.npz"])
    assert all((a == b).all() for a, b in zip(data.sketches, again.sketches, strict=True))
    assert (again.label == data.label).all() and (again.split == data.split).all()
    assert (again.attributes["mood"] == data.attributes["mood"]).all()
    assert again.sources[0].credit == "nobody"


def test_a_model_starts_at_the_first_point() -> None:
    sketch = np.array([[40, 50, 0], [3, 4, 1], [-2, 0, 0], [1, 1, 1]], np.int16)
    assert offsets_of(sketch).tolist() == [[3, 4, 1], [-2, 0, 0], [1, 1, 1]]
    assert sketch[0].tolist() == [40, 50, 0]


def test_a_drawing_that_starts_with_a_dot_keeps_it() -> None:
    sketch = np.array([[40, 50, 1], [3, 4, 0], [1, 1, 1]], np.int16)
    assert offsets_of(sketch).tolist() == [[0, 0, 1], [3, 4, 0], [1, 1, 1]]


def test_the_scale_factor_makes_offsets_of_unit_deviation(drawings: Path) -> None:
    data = read_sketches([drawings])
    every = np.concatenate([offsets_of(sketch)[:, :2] for sketch in data.sketches])
    assert (every / scale_factor(data)).std() == pytest.approx(1, rel=1e-6)


def break_arrays(path: Path, **changes: Any) -> None:
    with np.load(path) as archive:
        arrays = dict(archive)
    np.savez(path, **{name: value for name, value in {**arrays, **changes}.items()})


@pytest.mark.parametrize(
    "changes",
    [
        {"offsets": np.array([0, 5], np.int32)},
        {"label": np.full(120, 7, np.int16)},
        {"label": np.full(120, -2, np.int16)},
        {"split": np.full(120, 9, np.uint8)},
        {"points": np.zeros((4, 2), np.int16)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(drawings: Path, changes: dict[str, Any]) -> None:
    break_arrays(drawings, **changes)
    with pytest.raises(SketchDataError, match=r"shapes\.npz"):
        read_sketches([drawings])


def test_files_that_are_no_sets_are_refused(drawings: Path, tmp_path: Path) -> None:
    with pytest.raises(SketchDataError, match="nowhere"):
        read_sketches([tmp_path / "nowhere.npz"])
    text = tmp_path / "text.npz"
    text.write_text("hello")
    with pytest.raises(SketchDataError, match="text"):
        read_sketches([text])
    np.savez(tmp_path / "numbers.npz", x=np.zeros(3))
    with pytest.raises(SketchDataError, match="numbers"):
        read_sketches([tmp_path / "numbers.npz"])
    drawings.with_suffix(".json").unlink()
    with pytest.raises(SketchDataError, match=r"shapes\.json"):
        read_sketches([drawings])


def test_the_command_draws_a_sheet_and_writes_a_set(
    drawings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(drawings), "--sheet", str(tmp_path / "s.png"), "--out", str(tmp_path / "o.npz")])
    assert "120 drawings, 2 labels" in capsys.readouterr().out
    assert (tmp_path / "s.png").stat().st_size > 1000
    assert len(read_sketches([tmp_path / "o.npz"])) == 120
