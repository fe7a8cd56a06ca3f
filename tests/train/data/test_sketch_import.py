# SPDX-License-Identifier: GPL-3.0-or-later
"""QuickDraw's and Sketch-RNN's public files, also broken and hostile ones."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.data.sketch_import import (
    SketchDataError,
    from_polylines,
    read_ndjson,
    read_sketch_rnn,
)
from train.data.sketches import read_sketches

SQUARE = [[0, 255, 255, 0], [0, 0, 255, 255]]


def ndjson(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "drawings.ndjson"
    path.write_text("\n".join(e if isinstance(e, str) else json.dumps(e) for e in entries))
    return path


def entry(drawing: Any, word: str = "cat", key: int = 1, **more: Any) -> dict[str, Any]:
    return {"word": word, "key_id": str(key), "drawing": drawing, **more}


def object_file(tmp_path: Path, name: str = "sketchrnn_hot_dog.full.npz", **parts: Any) -> Path:
    arrays: dict[str, Any] = {}
    for part in ("train", "valid", "test"):
        arrays[part] = np.empty(len(parts.get(part, [])), object)
        for i, item in enumerate(parts.get(part, [])):
            arrays[part][i] = item
    np.savez(tmp_path / name, **arrays)
    return tmp_path / name


def test_quickdraw_strokes_become_pen_movements(tmp_path: Path) -> None:
    path = ndjson(tmp_path, entry([SQUARE, [[100, 100], [50, 90]]]))
    (sketch,), words, splits = read_ndjson(path)
    assert sketch.tolist() == [
        [0, 0, 0],
        [255, 0, 0],
        [0, 255, 0],
        [-255, 0, 1],
        [100, -205, 0],
        [0, 40, 1],
    ]
    assert words == ["cat"] and splits == [0]


def test_raw_drawings_with_times_are_scaled_and_simplified(tmp_path: Path) -> None:
    x = np.linspace(0, 1000, 400)
    path = ndjson(tmp_path, entry([[x.tolist(), [3.5] * 400, list(range(400))]]))
    (sketch,), _, _ = read_ndjson(path)
    assert sketch.tolist() == [[0, 0, 0], [255, 0, 1]]


def test_drawings_not_recognised_are_left_out_and_keys_choose_the_split(tmp_path: Path) -> None:
    path = ndjson(
        tmp_path,
        entry([SQUARE], key=20),
        entry([SQUARE], key=21),
        entry([SQUARE], recognized=False),
        "",
    )
    sketches, _, splits = read_ndjson(path)
    assert len(sketches) == 2 and splits == [1, 0]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"word": "x"}', '{"word": "x", "drawing": [[["a"], ["b"]]]}', '{"drawing": []}'],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = ndjson(tmp_path, entry([SQUARE]), line)
    with pytest.raises(SketchDataError, match=r"drawings\.ndjson: line 2"):
        read_ndjson(path)


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SketchDataError, match="no drawing"):
        read_ndjson(ndjson(tmp_path, ""))
    with pytest.raises(SketchDataError, match="nowhere"):
        read_ndjson(tmp_path / "nowhere.ndjson")


@given(
    st.lists(
        st.lists(st.tuples(st.integers(-500, 900), st.integers(-500, 900)), min_size=1, max_size=9),
        min_size=1,
        max_size=4,
    )
)
def test_any_drawing_fills_the_box_and_keeps_its_strokes(strokes: list[Any]) -> None:
    sketch = from_polylines([np.array(stroke, float) for stroke in strokes])
    path = sketch[:, :2].astype(int).cumsum(0)
    assert path.min() >= 0 and path.max() <= 255
    assert sketch[:, 2].sum() == len(strokes) and sketch[-1, 2] == 1
    if len({point for stroke in strokes for point in stroke}) > 1:
        assert np.ptp(path, axis=0).max() >= 249  # simplifying may move an extreme by epsilon


def test_sketch_rnn_files_are_read_with_their_splits(tmp_path: Path) -> None:
    one = np.array([[10, 0, 0], [0, 20, 1], [5, 5, 1]], np.int16)
    path = object_file(tmp_path, train=[one, one], valid=[one], test=[one])
    sketches, words, splits = read_sketch_rnn(path)
    assert set(words) == {"hot dog"} and splits == [0, 0, 1, 2]
    assert sketches[0].tolist() == [[0, 0, 0], [10, 0, 0], [0, 20, 1], [5, 5, 1]]
    assert read_sketches([path]).label_names == ("hot dog",)


def test_a_drawing_larger_than_the_box_is_scaled_down(tmp_path: Path) -> None:
    path = object_file(tmp_path, train=[np.array([[510, 0, 0], [0, -255, 1]], np.int16)])
    (sketch,), _, _ = read_sketch_rnn(path)
    assert sketch.tolist() == [[0, 128, 0], [255, 0, 0], [0, -128, 1]]


class Hostile:
    """Unpickling this would run a command."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


def test_a_pickle_with_more_than_arrays_is_refused_and_does_not_run(tmp_path: Path) -> None:
    path = object_file(tmp_path, train=[Hostile(tmp_path / "mark")])
    with pytest.raises(SketchDataError, match="system"):
        read_sketches([path])
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("item", [np.zeros(3), np.zeros((3, 4)), np.full((2, 3), np.nan), "text"])
def test_drawings_of_another_shape_are_refused(tmp_path: Path, item: Any) -> None:
    with pytest.raises(SketchDataError, match="hot_dog"):
        read_sketch_rnn(object_file(tmp_path, train=[item]))


def test_other_archives_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "plain.npz", train=np.zeros((3, 3)))
    with pytest.raises(SketchDataError, match="plain"):
        read_sketch_rnn(tmp_path / "plain.npz")
    (tmp_path / "x.npz").write_bytes(b"PK")
    with pytest.raises(SketchDataError, match="x"):
        read_sketch_rnn(tmp_path / "x.npz")


def test_a_stroke_that_ends_where_it_began_stays_closed() -> None:
    square = np.array([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], float)
    sketch = from_polylines([square])
    places = np.cumsum(sketch[:, :2], axis=0)
    assert (places[0] == places[-1]).all()
    assert len(sketch) == 5
