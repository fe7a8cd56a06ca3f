# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads from seeds and drawings, and views of them: with a foretellable and with a real network."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from ai_tools.engine import Engine
from ai_tools.portrait import finish, infer
from ai_tools.portrait.finish import Frame
from ai_tools.portrait.infer import Portrait, PortraitNet
from ai_tools.portrait.labels import UNPAINTED
from ai_tools.weights import WeightsError
from app.jobs import BadInput, Cancelled, CancelToken
from tests.ai_tools.portrait.fakes import HAIR, SIDE, SKIN, FakeEngine, face, on_clear, on_paper

# -- people --------------------------------------------------------------------------------------


def test_a_seed_is_the_same_person_every_time(fake: FakeEngine) -> None:
    net = PortraitNet()
    one, again, other = net.from_seed(5), net.from_seed(5), net.from_seed(6)
    np.testing.assert_array_equal(one.planes, again.planes)
    assert (one.planes != other.planes).any()
    assert one.z is not None and one.z.shape == (1, 4) and one.frame is None
    np.testing.assert_allclose(one.z[0, :2], [-0.801931, -1.324359], atol=1e-4)


def test_people_that_are_not_there_are_refused(fake: FakeEngine) -> None:
    with pytest.raises(BadInput, match="-1"):
        PortraitNet().from_seed(-1)
    with pytest.raises(BadInput, match="from a drawing"):
        PortraitNet(FakeEngine(people=0)).from_seed(1)


def test_interpolation_goes_from_one_to_the_other(fake: FakeEngine) -> None:
    net = PortraitNet()
    a, b = net.from_seed(1), net.from_seed(2)
    assert net.interpolate(a, b, 0) is a and net.interpolate(a, b, 1) is b
    middle = net.interpolate(a, b, 0.5)
    assert middle.z is not None and a.z is not None and b.z is not None
    np.testing.assert_allclose(middle.z, (a.z + b.z) / 2, atol=1e-6)


def test_a_drawn_head_mixes_with_an_invented_one_in_its_place(fake: FakeEngine) -> None:
    net = PortraitNet()
    drawn, other = net.from_drawing(on_paper(face())), net.from_seed(2)
    mixed = net.interpolate(drawn, other, 0.25)
    expected = 0.75 * drawn.planes + 0.25 * other.planes
    np.testing.assert_allclose(mixed.planes, expected, atol=1e-6)
    assert (mixed.frame, mixed.yaw) == (drawn.frame, drawn.yaw)


# -- drawings ------------------------------------------------------------------------------------


def test_a_drawing_is_read_again_where_it_was_askew(fake: FakeEngine) -> None:
    ink = np.zeros((300, 400), np.uint8)
    ink[40:240, 150:350] = face(200)
    portrait = PortraitNet().from_drawing(on_clear(ink), origin=(1000, 500))
    assert fake.count("encode") == 2
    assert portrait.frame is not None
    # The stand-in takes the middle of the ink for the middle of the head.
    y, x = np.nonzero(ink > 127)
    assert abs(portrait.frame.x - 1000 - x.mean()) < 6
    assert abs(portrait.frame.y - 500 - y.mean()) < 20
    assert portrait.yaw == pytest.approx(np.degrees(0.35), abs=1e-3)


def test_a_second_look_that_is_worse_is_dropped(fake: FakeEngine) -> None:
    poses = iter(([0, 0, 0, 0, 0.2, 0], [0, 0, 0, 0, 0.4, 0]))

    def encode(drawing: np.ndarray) -> dict[str, np.ndarray]:
        return {"planes": drawing, "pose": np.array([next(poses)], np.float32)}

    fake._encode = encode  # type: ignore[method-assign]
    portrait = PortraitNet().from_drawing(on_paper(face()))
    first = fake.calls[0][1]["drawing"]
    np.testing.assert_array_equal(portrait.planes, first)


def test_a_wild_pose_stays_within_the_limits(fake: FakeEngine) -> None:
    def encode(drawing: np.ndarray) -> dict[str, np.ndarray]:
        return {"planes": drawing, "pose": np.array([[9, -9, 9, 9, 9, 9]], np.float32)}

    fake._encode = encode  # type: ignore[method-assign]
    portrait = PortraitNet().from_drawing(on_paper(face()))
    assert (portrait.yaw, portrait.pitch) == (60, -20)


def test_an_empty_drawing_is_refused_before_the_network_runs(fake: FakeEngine) -> None:
    with pytest.raises(BadInput, match="nothing drawn"):
        PortraitNet().from_drawing(np.zeros((40, 40, 4), np.uint8))
    assert not fake.calls


def test_reading_stops_between_its_steps(fake: FakeEngine) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        PortraitNet().from_drawing(on_paper(face()), token=token)
    assert not fake.calls


def test_what_training_moves_is_moved_back() -> None:
    """The pose that the network learns, applied to the frame, undoes the move."""
    from train.portrait_data import moved

    drawing = cv2.GaussianBlur(on_paper(face(256))[..., :3], (0, 0), 1.5)
    change = (0.2, -0.25, 0.15, -0.1)
    askew = moved(drawing, change, 256).astype(np.float32) / 255
    roll, log_scale, right, down = change
    frame = Frame(128, 128, 256).moved(right, down, math.exp(log_scale), roll)
    back = finish.cut(askew, (0, 0), frame, 256)
    original = drawing.astype(np.float32) / 255
    assert np.abs(askew - original)[40:216, 40:216].mean() > 0.05
    assert np.abs(back - original)[40:216, 40:216].mean() < 0.01


# -- views ---------------------------------------------------------------------------------------


def head(net: PortraitNet) -> Portrait:
    return net.from_seed(1)


def test_a_view_is_turned_cut_out_and_labelled(fake: FakeEngine) -> None:
    net = PortraitNet()
    view = net.view(head(net), 40, 0, "oil")
    assert view.picture.shape == (SIDE, SIDE, 3) and view.rgba is not None
    assert view.rgba.shape == (SIDE, SIDE, 4) and view.labels is not None
    assert (view.yaw, view.pitch) == (40, 0)
    solid = view.rgba[..., 3] == 255
    columns = np.nonzero(solid)[1]
    assert abs(columns.mean() + 0.5 - (0.5 - 40 / 200) * SIDE) < 1
    assert view.rgba[0, 0, 3] == view.rgba[-1, -1, 3] == 0
    assert set(np.unique(view.labels)) == {0, SKIN}
    assert view.labels[SIDE // 2, round(0.3 * SIDE)] == SKIN
    camera = fake.calls[-1][1]["camera"]
    np.testing.assert_allclose(camera, np.radians([[40, 0]]), atol=1e-6)


def test_the_style_reaches_the_network(fake: FakeEngine) -> None:
    net = PortraitNet()
    tones = [net.view(head(net), 0, 0, style).picture[32, 32, 0] for style in net.styles]
    expected = [round((number / 10 + 1) / 2 * 255) for number in range(7)]
    np.testing.assert_allclose(tones, expected, atol=1)


@pytest.mark.parametrize("side", [32, 100, 512])
def test_a_view_has_the_wanted_size(fake: FakeEngine, side: int) -> None:
    net = PortraitNet()
    view = net.view(head(net), 0, 0, "line", side=side)
    assert view.labels is not None and view.rgba is not None
    assert view.picture.shape[:2] == view.labels.shape == view.rgba.shape[:2] == (side, side)
    share = (view.rgba[..., 3] > 127).mean()
    assert abs(share - np.pi * 0.3**2) < 0.02


def test_a_preview_is_the_picture_alone(fake: FakeEngine) -> None:
    net = PortraitNet()
    view = net.view(head(net), 10, 5, "pen", preview=True)
    assert view.picture.shape == (32, 32, 3)
    assert view.rgba is None and view.labels is None
    assert fake.count("view") == 0


def test_painted_labels_change_the_picture_and_the_outline(fake: FakeEngine) -> None:
    net = PortraitNet()
    person = head(net)
    plain = net.view(person, 0, 0, "line")
    painted = np.full((SIDE, SIDE), UNPAINTED, np.uint8)
    painted[2:14, 20:44] = HAIR  # above the head
    edited = net.view(person, 0, 0, "line", painted=painted)
    assert plain.rgba is not None and edited.rgba is not None and edited.labels is not None
    assert (edited.labels[4:12, 22:42] == HAIR).all()
    assert (edited.picture[4:12, 24:40] == 0).all()
    assert plain.rgba[8, 32, 3] == 0 and edited.rgba[8, 32, 3] == 255
    np.testing.assert_array_equal(edited.picture[20:], plain.picture[20:])


def test_the_next_stroke_costs_an_edit_only(fake: FakeEngine) -> None:
    net = PortraitNet()
    person = head(net)
    painted = np.full((SIDE, SIDE), HAIR, np.uint8)
    for style in ("line", "oil", "line"):
        net.view(person, 20, 0, style, painted=painted)
    assert (fake.count("view"), fake.count("edit")) == (1, 3)
    net.view(person, 0, 0, "line", painted=painted)
    assert fake.count("view") == 2


@pytest.mark.parametrize(
    ("yaw", "pitch", "style", "side", "said"),
    [
        (61, 0, "line", None, "60°"),
        (0, -21, "line", None, "20°"),
        (float("nan"), 0, "line", None, "60°"),
        (0, 0, "water", None, "“water”"),
        (0, 0, "line", 5, "5"),
        (0, 0, "line", 99999, "2048"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    fake: FakeEngine, yaw: float, pitch: float, style: str, side: int | None, said: str
) -> None:
    net = PortraitNet()
    person = head(net)
    with pytest.raises(BadInput, match=said):
        net.view(person, yaw, pitch, style, side=side)
    assert fake.count("view") == 0


def test_a_view_stops_between_its_steps(fake: FakeEngine) -> None:
    net = PortraitNet()
    person, token = head(net), CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        net.view(person, 0, 0, "line", token=token)


def test_missing_weights_are_an_error_of_their_own(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ai_tools.engine import open_engine

    monkeypatch.setattr(infer, "open_engine", lambda name: open_engine(name, folder=tmp_path))
    with pytest.raises(WeightsError, match="portrait"):
        PortraitNet()


@pytest.mark.parametrize(("style", "grey"), [("pen", True), ("oil", False)])
def test_drawings_are_grey_and_paintings_are_not(fake: FakeEngine, style: str, grey: bool) -> None:
    plain = fake._image

    def tinted(*arguments: object) -> np.ndarray:
        image = plain(*arguments).copy()
        image[:, 0] *= 0.5
        return image

    fake._image = tinted  # type: ignore[method-assign]
    net = PortraitNet()
    for preview in (False, True):
        picture = net.view(head(net), 0, 0, style, preview=preview).picture
        assert (np.ptp(picture, axis=2).max() == 0) == grey


# -- the real network, tiny and untrained --------------------------------------------------------


def test_the_real_network_does_all_of_it(tiny: Engine) -> None:
    net = PortraitNet()
    assert net.styles[0] == "line" and net.classes == 19 and net.side == 64
    drawn = net.from_drawing(on_paper(face()))
    assert drawn.frame is not None and drawn.planes.shape == (1, 3, 4, 8, 8)
    invented = net.interpolate(net.from_seed(3), net.from_seed(4), 0.5)
    for person in (drawn, invented):
        left, right = (net.view(person, yaw, 10, "pen", side=96) for yaw in (-60, 60))
        assert left.rgba is not None and left.rgba.shape == (96, 96, 4)
        assert (left.picture != right.picture).any()
    preview = net.view(drawn, 0, 0, "oil", preview=True)
    assert preview.picture.shape == (32, 32, 3)
    painted = np.full((64, 64), UNPAINTED, np.uint8)
    plain = net.view(drawn, 0, 0, "oil")
    np.testing.assert_array_equal(
        net.view(drawn, 0, 0, "oil", painted=painted).picture, plain.picture
    )
    painted[:32] = HAIR
    edited = net.view(drawn, 0, 0, "oil", painted=painted)
    assert edited.labels is not None and (edited.labels[:30] == HAIR).all()
    assert (edited.picture != plain.picture).any()
