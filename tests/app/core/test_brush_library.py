# SPDX-License-Identifier: GPL-3.0-or-later
"""The presets: all bundled ones work, and a broken file costs only itself."""

from __future__ import annotations

import json

import pytest

from app.core.brush import BrushError, BrushSettings
from app.core.brush_library import BrushLibrary, load_brush
from app.core.brush_preview import render_preview


def test_the_bundled_presets_are_complete():
    library = BrushLibrary()
    assert library.errors == []
    assert len(library) >= 20
    assert {"ink", "pencil", "airbrush", "paint", "marker", "texture", "eraser"} <= {*library.tags}
    assert all(brush.tags and library.get(brush.id) == brush for brush in library)
    assert len({brush.name for brush in library}) == len(library)
    assert {b.id for b in library if b.erase} == {b.id for b in library.search("eraser")}


@pytest.mark.parametrize("brush", list(BrushLibrary()), ids=lambda b: b.id)
def test_every_preset_paints(brush):
    picture = render_preview(brush, 160, 60)
    alpha = picture[..., 3]
    touched = alpha < 255 if brush.erase else alpha > 0
    assert picture.shape == (60, 160, 4)
    assert 0.03 < touched.mean() < 0.9
    assert (picture[..., :3] <= alpha[..., None]).all()


def test_a_broken_file_costs_only_itself(tmp_path):
    good = BrushSettings(name="Mine", id="mine")
    (tmp_path / "a.json").write_text(json.dumps(good.to_json()))
    (tmp_path / "b.json").write_text("{ not json")
    (tmp_path / "c.json").write_text('{"name": "C", "id": "c", "size": -4}')
    (tmp_path / "d.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "e.json").write_text("[" * 100_000)
    (tmp_path / "f.json").mkdir()
    library = BrushLibrary(tmp_path)
    assert list(library) == [good]
    messages = sorted(str(e) for e in library.errors)
    assert [m.split(": ")[0] for m in messages] == [str(tmp_path / f"{x}.json") for x in "bcdef"]


def test_an_absent_or_oversized_file_is_a_typed_error(tmp_path):
    with pytest.raises(BrushError, match=r"gone\.json"):
        load_brush(tmp_path / "gone.json")
    (tmp_path / "big.json").write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(BrushError, match=r"big\.json: larger"):
        load_brush(tmp_path / "big.json")


def test_a_later_folder_wins_and_folders_are_read_late(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    library = BrushLibrary(first, second)
    for folder, size in ((first, 3), (second, 9)):
        folder.mkdir()
        (folder / "pen.json").write_text(json.dumps(BrushSettings(id="pen", size=size).to_json()))
    assert [b.size for b in library] == [9]
    (second / "pen.json").unlink()
    library.reload()
    assert [b.size for b in library] == [3]


def test_presets_are_found_by_name_and_tag():
    library = BrushLibrary()
    assert [b.id for b in library.search("PENCIL 6b")] == ["pencil-6b"]
    assert len(library.search("")) == len(library)
    assert library.search("no such brush") == []
    assert library.get("no-such-id") is None
