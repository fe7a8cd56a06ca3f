# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures made by program: skins, the hairs of brows and lashes, eye colours.

Imports numpy and cv2.  They stand in for all painted textures in strict mode.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from train.data.heads.convention import Floats, Picture
from train.data.heads.pack import FittedMesh, HeadPack

TEXTURE_SIZE = 512
IRIS_CENTRES = ((0.705, 0.700), (0.290, 0.288))
"""Of the two eyes in the eye texture, uv."""
IRIS_RADIUS = 0.105
IRIS_TINTS = {
    "brown": None,
    "hazel": (1.5, 1.25, 1.0),
    "green": (0.75, 1.25, 0.75),
    "blue": (0.7, 1.2, 2.2),
    "grey": (1.1, 1.4, 1.7),
    "light blue": (0.95, 1.6, 2.4),
    "blue-green": (0.7, 1.4, 1.6),
}
"""Factors on the brown iris' brightness, RGB."""
LIGHT_SKIN, DARK_SKIN = np.array([228, 180, 154]), np.array([104, 68, 50])


def blur(image: Floats, sigma: float | tuple[float, float]) -> Floats:
    """Gaussian blur, float32; sigma in pixels, or (down, across)."""
    down, across = sigma if isinstance(sigma, tuple) else (sigma, sigma)
    source = np.ascontiguousarray(image, np.float32)
    return cv2.GaussianBlur(source, (0, 0), across, sigmaY=down, borderType=cv2.BORDER_REFLECT)


@lru_cache(maxsize=128)
def noise(shape: tuple[int, int], sigma: float | tuple[float, float], seed: int) -> Floats:
    """Smooth noise, mean 0 and variance 1; the array must not be changed."""
    raw = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    smooth = blur(raw, sigma)
    return (smooth - smooth.mean()) / smooth.std()


def skin_texture(pack: HeadPack, name: str, tone: float, age: float) -> Picture:
    """A skin in the base mesh's texture space, (512, 512, 3).

    Args:
        name: a texture of the pack; "" makes one.
        tone: 0 light .. 1 dark; age: 0..1, as in `person`; both for made skins only.
    """
    if name:
        return np.ascontiguousarray(pack.textures[name][..., :3])
    shape = (TEXTURE_SIZE, TEXTURE_SIZE)
    base = LIGHT_SKIN + (DARK_SKIN - LIGHT_SKIN) * tone
    strength = base.mean() / LIGHT_SKIN.mean()
    blotch = (0.6 * noise(shape, 18.0, 40) + 0.4 * noise(shape, 5.0, 41)) * strength
    skin = base + blotch[..., None] * np.array([2.5, 3.5, 3.5])
    skin += (noise(shape, 1.2, 42) * 1.5)[..., None]
    if age > 0.75:
        spots = np.clip(noise(shape, 2.5, 43) - 1.9, 0, 1)[..., None]
        skin = skin * 0.95 - spots * np.array([14, 17, 17]) * strength
    lips, ears, lids = (_small_mask(pack, part) for part in ("lips", "ears", "eyelids"))
    skin = skin * (1 - 0.5 * lips) + 0.5 * lips * base * np.array([0.80, 0.52, 0.52])
    skin = skin * (1 - 0.12 * ears * np.array([0.2, 1, 1])) * (1 - 0.10 * lids)
    return np.rint(skin.clip(0, 255)).astype(np.uint8)


def _small_mask(pack: HeadPack, part: str) -> Floats:
    mask = cv2.resize(
        pack.textures["mask/" + part], (TEXTURE_SIZE, TEXTURE_SIZE), interpolation=cv2.INTER_AREA
    )
    return (mask.astype(np.float32) / 255)[..., None]


def card_texture(pack: HeadPack, name: str) -> Picture:
    """Hairs on a brow's or lash's card, RGBA; only alpha matters for made ones."""
    if name in pack.textures:
        return pack.textures[name]
    key = "card " + name
    if key not in pack.memory:
        seed = 100 + list(pack.meshes).index(name)
        pack.memory[key] = _made_card(pack.meshes[name], name.startswith("brow/"), seed)
    made = pack.memory[key]
    assert isinstance(made, np.ndarray)
    return made


def _made_card(mesh: FittedMesh, brow: bool, seed: int) -> Picture:
    """Streaks along a brow's card or across a lash's, fading out at the card's rim."""
    mask = np.zeros((TEXTURE_SIZE, TEXTURE_SIZE), np.uint8)
    corners = mesh.face_uv * np.array([1, -1]) + np.array([0, 1])
    for triangle in np.round(corners * TEXTURE_SIZE * 16).astype(np.int32):
        cv2.fillConvexPoly(mask, triangle, (255,), cv2.LINE_AA, 4)
    covered = mask.astype(np.float32) / 255
    inside = np.clip((blur(covered, 6 if brow else 3) - 0.35) * 2.2, 0, 1) * covered
    streak = noise(mask.shape, (1.2, 7.0) if brow else (9.0, 1.1), seed)
    cover, gain = (0.55, 0.35) if brow else (0.35, 0.9)
    out = np.full((TEXTURE_SIZE, TEXTURE_SIZE, 4), 30, np.uint8)
    out[..., 3] = np.clip(inside * (cover + gain * streak), 0, 1) * 255
    return out


def eye_texture(pack: HeadPack, colour: str) -> Picture:
    """Both eyes, RGBA, with irises of a colour of IRIS_TINTS."""
    brown, tint = pack.textures["eye/brown"], IRIS_TINTS[colour]
    if tint is None:
        return brown
    height, width = brown.shape[:2]
    v, u = (np.mgrid[0:height, 0:width] + 0.5) / np.array([height, width])[:, None, None]
    distance = [np.hypot(u - iu, (1 - v) - iv) / IRIS_RADIUS for iu, iv in IRIS_CENTRES]
    iris = np.clip((1.02 - np.minimum(*distance)) / 0.08, 0, 1)[..., None]
    colours = brown[..., :3].astype(np.float32)
    tinted = (colours.mean(-1, keepdims=True) * np.array(tint)).clip(0, 255)
    out = brown.copy()
    out[..., :3] = colours * (1 - iris) + iris * tinted
    return out
