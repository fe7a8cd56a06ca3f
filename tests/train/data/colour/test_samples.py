# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples out of plates and out of nothing."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.data.colour.__main__ import main
from train.data.colour.augment import (
    draw_jitter,
    draw_view,
    jittered,
    whole_view,
)
from train.data.colour.flat_art import make_drawing, with_gaps
from train.data.colour.kernels import connected
from train.data.colour.plates import list_plates, make_record, plate_record, read_picture
from train.data.colour.records import Record, RecordError, read_record, save_record
from train.data.colour.samples import DRAWN_VALID, ColourData, ColourSample

SIZE = 64


def check(sample: ColourSample, size: int) -> None:
    """What must hold of every sample."""
    assert sample.colour.shape == sample.flat.shape == (size, size, 3)
    assert sample.colour.dtype == sample.flat.dtype == sample.clusters.dtype == np.uint8
    assert sample.line.shape == sample.regions.shape == sample.clusters.shape == (size, size)
    assert sample.line.dtype == np.float32
    assert sample.regions.dtype == np.int32
    assert 0 <= sample.line.min() <= sample.line.max() <= 1
    assert (np.unique(sample.regions) == np.arange(sample.regions.max() + 1)).all()
    assert sample.regions.max() == connected(sample.regions).max()
    assert (np.unique(sample.clusters) == np.arange(sample.clusters.max() + 1)).all()
    for number in range(sample.clusters.max() + 1):
        colours = sample.flat[sample.clusters == number]
        assert (colours == colours[0]).all()


def same(a: ColourSample, b: ColourSample) -> bool:
    names = ("colour", "line", "flat", "regions", "clusters")
    return all(np.array_equal(getattr(a, n), getattr(b, n)) for n in names)


@pytest.fixture(scope="module")
def data(plates: Path) -> ColourData:
    return ColourData([plates], "train", SIZE, None, 0.0, seed=3)


def test_samples_are_whole_and_right(data: ColourData) -> None:
    assert len(data) == 6
    for i in range(12):
        check(data.sample(i), SIZE)


def test_a_sample_belongs_to_seed_and_number(data: ColourData, plates: Path) -> None:
    assert same(data.sample(5), data.sample(5))
    assert not same(data.sample(5), data.sample(6))
    other = ColourData([plates], "train", SIZE, None, 0.0, seed=4)
    assert not same(data.sample(5), other.sample(5))
    generators = (np.random.default_rng(9) for _ in range(2))
    first, again = (data.sample(g) for g in generators)
    assert same(first, again)


def test_flat_colours_are_those_of_the_picture(data: ColourData) -> None:
    apart = []
    for i in range(8):
        sample = data.sample(i)
        open_ = sample.line < 0.1
        difference = sample.flat[open_].astype(float) - sample.colour[open_]
        apart.append(np.abs(difference).mean())
    assert np.mean(apart) < 25


def test_the_valid_part_is_the_middle_as_it_is(plates: Path) -> None:
    data = ColourData([plates], "valid", SIZE, None, 0.5)
    assert len(data) == 2
    sample = data.sample(1)
    check(sample, SIZE)
    assert same(sample, data.sample(1))
    names = [plate.path.name for plate in list_plates(plates, "valid")]
    assert names == ["p4.png", "p7.png"]
    picture = read_picture(plates / "manga_colour/p7.png")[20:140]
    small = cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(float) - sample.colour).mean() < 6
    drawn = data.sample(np.random.default_rng(0))
    assert any(same(drawn, data.sample(i)) for i in range(2))


def test_the_cache_gives_the_same_samples(plates: Path, tmp_path: Path, data: ColourData) -> None:
    first = ColourData([plates], "train", SIZE, tmp_path, 0.0, seed=3)
    kept = sorted(tmp_path.rglob("*.npz"))
    assert len(kept) == 6
    times = [path.stat().st_mtime_ns for path in kept]
    again = ColourData([plates], "train", SIZE, tmp_path, 0.0, seed=3)
    assert [path.stat().st_mtime_ns for path in kept] == times
    for i in range(4):
        assert same(first.sample(i), data.sample(i))
        assert same(again.sample(i), data.sample(i))


def test_a_network_can_find_the_regions(plates: Path, tmp_path: Path) -> None:
    def halves(colour: np.ndarray) -> np.ndarray:
        height = np.full(colour.shape[:2], 255, np.float32)
        height[colour.shape[0] // 2 - 3 : colour.shape[0] // 2 + 3] = 0
        return height

    for _ in range(2):
        data = ColourData([plates], "valid", SIZE, tmp_path, 0.0, disnet=halves)
        assert [int(record.regions.max()) for record in data.records] == [1, 1]
    other = ColourData([plates], "valid", SIZE, tmp_path, 0.0)
    assert other.records[0].regions.max() > 1


def test_each_root_is_drawn_from_equally_often(plates: Path, tmp_path: Path) -> None:
    red = np.full((80, 80, 3), (250, 0, 0), np.uint8)
    red[30:50, 30:50] = 0
    plane = np.zeros((80, 80), np.uint8)
    plane[30:50, 30:50] = 1
    record = Record(red, 255 * plane, True, plane, red[[0, 40], [0, 40]], plane.astype(np.uint16))
    save_record(tmp_path / "train-0.npz", record)
    data = ColourData([plates, tmp_path], "train", 48, None, 0.0)
    assert len(data) == 7
    drawn = [data.sample(i).clusters.max() == 1 for i in range(120)]
    assert 0.3 < np.mean(drawn) < 0.7


def test_a_folder_above_the_illustrations_will_do(plates: Path, tmp_path: Path) -> None:
    (tmp_path / "illustrations").symlink_to(plates)
    assert len(ColourData([tmp_path], "train", SIZE, None, 0.0, limit=2)) == 2


def test_drawings_by_program_need_no_files() -> None:
    for split in ("train", "valid"):
        data = ColourData([], split, SIZE, None, 1.0)
        assert len(data) == DRAWN_VALID
        for i in range(4):
            check(data.sample(i), SIZE)
            assert same(data.sample(i), data.sample(i))
    train, valid = (ColourData([], s, SIZE, None, 1.0) for s in ("train", "valid"))
    assert not same(train.sample(0), valid.sample(0))


def test_drawings_are_mixed_in_by_their_share(plates: Path) -> None:
    mixed = ColourData([plates], "train", SIZE, None, 1.0)
    for i in range(5):
        assert mixed.art == 1
        check(mixed.sample(i), SIZE)


def test_what_cannot_be_drawn_from_is_refused(tmp_path: Path, plates: Path) -> None:
    with pytest.raises(ValueError, match="share"):
        ColourData([plates], "train", SIZE, None, 1.5)
    with pytest.raises(RecordError, match="no record"):
        ColourData([], "train", SIZE, None, 0.5)
    with pytest.raises(RecordError, match="neither"):
        ColourData([tmp_path], "train", SIZE, None)
    (tmp_path / "manifest.csv").write_text("name\nx\n")
    with pytest.raises(RecordError, match=r"manifest\.csv"):
        list_plates(tmp_path, "train")
    (tmp_path / "manifest.csv").write_text("file,split\nbooks_colour/x.webp,train\n")
    with pytest.raises(RecordError, match=r"x\.webp"):
        ColourData([tmp_path], "train", SIZE, None)
    with pytest.raises(RecordError, match="valid"):
        list_plates(tmp_path, "valid")


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    for content in (b"", b"not a picture"):
        (tmp_path / "x.webp").write_bytes(content)
        with pytest.raises(RecordError, match=r"x\.webp"):
            read_picture(tmp_path / "x.webp")


def test_clear_pixels_lie_on_white_and_grey_pictures_have_three_channels(tmp_path: Path) -> None:
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[0, 0] = (30, 20, 10, 255)  # BGR
    cv2.imwrite(str(tmp_path / "a.png"), clear)
    picture = read_picture(tmp_path / "a.png")
    assert picture[0, 0].tolist() == [10, 20, 30]
    assert picture[3, 3].tolist() == [255, 255, 255]
    cv2.imwrite(str(tmp_path / "b.png"), np.full((4, 5), 7, np.uint8))
    assert read_picture(tmp_path / "b.png").shape == (4, 5, 3)


def test_records_come_back_from_their_files(tmp_path: Path, data: ColourData) -> None:
    record = data.records[0]
    save_record(tmp_path / "r.npz", record)
    again = read_record(tmp_path / "r.npz")
    for name in ("colour", "source", "clusters", "palette", "regions"):
        assert np.array_equal(getattr(record, name), getattr(again, name)), name
    assert again.drawn == record.drawn
    assert again.weight == pytest.approx(record.weight)


def test_damaged_records_are_named(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    with pytest.raises(RecordError, match=r"r\.npz"):
        read_record(path)
    path.write_bytes(b"PK\3\4 and no more")
    with pytest.raises(RecordError, match=r"r\.npz"):
        read_record(path)
    np.savez(path, colour=np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(RecordError, match=r"r\.npz"):
        read_record(path)


def test_records_that_do_not_fit_together_are_refused() -> None:
    colour, plane = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)
    regions = np.zeros((4, 4), np.uint16)
    with pytest.raises(RecordError, match="size"):
        Record(colour, plane[:3], True, plane, colour[0], regions)
    with pytest.raises(RecordError, match="colour"):
        Record(colour, plane, True, plane + np.uint8(9), colour[0], regions)


def test_paper_becomes_white_in_scans_only() -> None:
    picture = np.full((90, 90, 3), (235, 225, 200), np.uint8)
    cv2.rectangle(picture, (20, 20), (60, 60), (150, 30, 30), -1)
    scan, screen = (make_record(picture, 90, scan) for scan in (True, False))
    assert scan.colour[5, 5].min() > 250
    assert screen.colour[5, 5].tolist() == [235, 225, 200]
    assert scan.palette[scan.clusters[40, 40]][0] > 140


def test_line_drawings_weigh_more_than_paintings() -> None:
    drawn = np.full((120, 120, 3), 255, np.uint8)
    for i, tone in enumerate(((240, 120, 90), (90, 200, 120), (120, 140, 240))):
        centre = (35 + 25 * i, 45 + 12 * i)
        cv2.circle(drawn, centre, 20, tone, -1)
        cv2.circle(drawn, centre, 20, (10, 10, 10), 2)
    noise = np.random.default_rng(0).uniform(60, 250, (120, 120, 3)).astype(np.float32)
    brushed = np.clip(cv2.GaussianBlur(noise, (0, 0), 2.5) * 4 - 450, 0, 255).astype(np.uint8)
    assert make_record(drawn, 120, False).weight > 1.5 * make_record(brushed, 120, False).weight


def test_plates_keep_their_short_side(plates: Path) -> None:
    record = plate_record(list_plates(plates, "train")[0], 96, None)
    assert record.colour.shape == (128, 96, 3)


def test_the_whole_view_is_the_middle_square() -> None:
    picture = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
    assert (whole_view((40, 60), 40).picture(picture) == picture[:, 10:50]).all()
    halved = whole_view((40, 60), 20)
    assert halved.fine == 2
    flat = np.repeat(np.repeat(np.arange(30, dtype=np.uint8)[None], 20, 0), 2, 0).repeat(2, 1)
    assert (halved.picture(flat) == np.arange(5, 25)[None]).all()
    assert (halved.labels(flat) == np.arange(5, 25)[None]).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.sampled_from([(90, 130), (130, 90), (100, 100)]))
def test_views_show_pictures_and_labels_alike(seed: int, shape: tuple[int, int]) -> None:
    labels = np.zeros(shape, np.uint8)
    labels[20:60, 30:80] = 200
    view = draw_view(shape, 48, np.random.default_rng(seed))
    picture = view.picture(labels)
    found = view.labels(labels)
    assert picture.shape == found.shape == (48, 48)
    # Well inside, beyond what interpolation mixes; also away from the view's own border.
    inside = np.pad((found == 200).astype(np.uint8), 1)
    inside = cv2.erode(inside, np.ones((5, 5), np.uint8))[1:-1, 1:-1] > 0
    assert (picture[inside] > 150).all()
    assert abs(float(picture.mean()) - float(found.mean())) < 5


def test_views_differ_in_scale_angle_and_hand() -> None:
    views = [draw_view((100, 140), 50, np.random.default_rng(i)) for i in range(60)]
    areas = [abs(np.linalg.det(view.matrix[:, :2])) for view in views]
    assert 0.9**2 * 0.99 <= min(areas) < 1.5 < max(areas) <= 2**2 * 1.01
    hands = [np.linalg.det(view.matrix[:, :2]) > 0 for view in views]
    assert 15 < sum(hands) < 45
    upright = [abs(view.matrix[1, 0]) < 0.4 * np.hypot(*view.matrix[:, 0]) for view in views]
    assert 20 < sum(upright) < 55


def test_colours_change_alike_in_picture_and_palette() -> None:
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (9, 3)).astype(np.uint8)
    index = rng.integers(0, 9, (30, 30))
    changed = []
    for seed in range(12):
        change = draw_jitter(palette[index], np.random.default_rng(seed))
        after = jittered(palette[None], change)[0]
        assert (jittered(palette[index], change) == after[index]).all()
        changed.append(np.abs(after.astype(int) - palette).max() > 2)
    assert 4 < sum(changed) < 12  # some stay


def test_greys_stay_grey_whatever_the_hue() -> None:
    greys = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[None, :, None], 3, 2)
    for seed in range(20):
        after = jittered(greys, draw_jitter(greys, np.random.default_rng(seed)))
        assert np.ptp(after.astype(int), axis=2).max() <= 2


def test_a_drawings_lines_lie_on_the_borders_of_its_regions() -> None:
    shares = []
    for seed in range(12):
        record = make_drawing(128, np.random.default_rng(seed))
        assert record.drawn
        edge = np.zeros((128, 128), bool)
        edge[:, 1:] |= record.regions[:, 1:] != record.regions[:, :-1]
        edge[1:] |= record.regions[1:] != record.regions[:-1]
        near = cv2.dilate((record.source > 60).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        shares.append(near[2:-2, 2:-2][edge[2:-2, 2:-2]].mean())
        assert record.source.max() > 200
        assert len(np.unique(record.clusters)) >= 2
    assert np.mean(shares) > 0.93


def test_gaps_take_ink_away_and_add_none() -> None:
    ink = np.zeros((40, 40), np.uint8)
    cv2.circle(ink, (20, 20), 14, 255, 2)
    torn = with_gaps(ink, np.random.default_rng(0))
    assert (torn <= ink).all()
    assert 0 < torn.sum() < ink.sum()
    assert not with_gaps(0 * ink, np.random.default_rng(0)).any()


@pytest.mark.parametrize("split", ["train", "valid"])
def test_the_sheet_shows_samples(tmp_path: Path, plates: Path, split: str) -> None:
    out = tmp_path / "sheet.png"
    arguments = ["--data", str(plates), "--out", str(out), "--split", split, "--size", "64"]
    main([*arguments, "--count", "2", "--cache", str(tmp_path)])
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (2 * 66 + 2, 7 * 64 + 4, 3)
    assert picture.std() > 10


def test_the_sheet_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path), "--out", str(tmp_path / "sheet.png")])
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()


def test_no_torch_is_loaded() -> None:
    code = "import sys, train.data.colour.tasks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.needs_shared
def test_shared_plates_give_full_samples(shared: Path) -> None:
    data = ColourData([shared / "data"], "train", SIZE, None, 0.0, limit=4)
    for i in range(6):
        sample = data.sample(i)
        check(sample, SIZE)
        assert sample.regions.max() > 2
