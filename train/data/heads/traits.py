# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes one synthetic person, as plain numbers and names, drawn at random.  Imports numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from train.data.heads.materials import IRIS_TINTS
from train.data.heads.pack import HeadPack

HAIR_COLOURS = {  # linear RGB
    "black": (0.020, 0.017, 0.018),
    "dark brown": (0.07, 0.042, 0.028),
    "brown": (0.18, 0.105, 0.062),
    "auburn": (0.36, 0.155, 0.075),
    "red": (0.52, 0.22, 0.09),
    "dark blond": (0.50, 0.37, 0.22),
    "blond": (0.78, 0.62, 0.38),
    "platinum": (0.90, 0.84, 0.70),
    "grey": (0.55, 0.55, 0.55),
    "white": (0.86, 0.86, 0.86),
}
PALE_HAIR = ("platinum", "white")


def both_sides(**amounts: float) -> dict[str, float]:
    """The same amount for the left and the right expression unit."""
    return {name + side: v for name, v in amounts.items() for side in ("Left", "Right")}


EXPRESSIONS: dict[str, tuple[float, dict[str, float]]] = {  # probability, expression units
    "neutral": (0.22, {}),
    "friendly": (0.14, both_sides(mouthSmile=0.35, cheekSquint=0.15)),
    "smile": (0.18, both_sides(mouthSmile=0.8, cheekSquint=0.5)),
    "grin": (
        0.12,
        both_sides(mouthSmile=0.8, mouthUpperUp=0.5, mouthLowerDown=0.3, cheekSquint=0.6)
        | {"jawOpen": 0.12},
    ),
    "laugh": (
        0.05,
        both_sides(mouthSmile=0.9, mouthUpperUp=0.4, cheekSquint=0.9, eyeSquint=0.5)
        | {"jawOpen": 0.4},
    ),
    "open": (0.05, {"jawOpen": 0.35}),
    "surprise": (
        0.05,
        both_sides(browOuterUp=0.7, eyeWide=0.7) | {"jawOpen": 0.35, "browInnerUp": 0.8},
    ),
    "sad": (0.04, both_sides(mouthFrown=0.6) | {"browInnerUp": 0.8}),
    "angry": (0.03, both_sides(browDown=0.9, noseSneer=0.4, mouthPress=0.5)),
    "pout": (0.04, {"mouthPucker": 0.6}),
    "smirk": (0.05, {"mouthSmileLeft": 0.8, "mouthDimpleLeft": 0.5}),
    "sleepy": (0.03, both_sides(eyeBlink=0.3)),
}
HAIR = {
    "male": {
        **{"crew": 0.15, "quiff": 0.13, "slick": 0.11, "curly_short": 0.13, "messy": 0.12},
        **{"curtain": 0.09, "afro": 0.06, "mullet": 0.05, "pixie": 0.05, "part_bob": 0.03},
        **{"bald": 0.04, "buzz": 0.04},
    },
    "female": {
        **{"part_long": 0.18, "part_bob": 0.16, "bangs_bob": 0.14, "curly_long": 0.14},
        **{"curly_short": 0.06, "bun": 0.12, "pixie": 0.08, "afro": 0.05, "messy": 0.03},
        **{"curtain": 0.04},
    },
}
BEARDS = {"none": 0.45, "stubble": 0.25, "beard": 0.15, "moustache": 0.07, "goatee": 0.08}
HEAD_SHAPES = (
    *("oval", "round", "square", "triangular"),
    *("invertedtriangular", "diamond", "rectangular"),
)
ANCESTRIES = ("caucasian", "african", "asian")
OPPOSITES = {
    **{"incr": "decr", "out": "in", "up": "down", "forward": "backward", "convex": "concave"},
    **{"uncompress": "compress", "big": "small"},
}


@dataclass(frozen=True, kw_only=True)
class Traits:
    """One person.  Shares are 0..1 unless said otherwise."""

    gender: float  # 0 female .. 1 male
    age: float  # 0 baby, 0.19 child, 0.5 young adult, 1 old
    ancestry: Mapping[str, float]  # weights of three macro shapes, sum 1
    muscle: float
    weight: float
    face: tuple[tuple[str, float], ...]  # target, amount
    expression: str
    units: Mapping[str, float]  # expression unit -> amount
    hair: str  # "bald", "buzz" or a style of `hair_styles`
    hair_colour: str
    hair_length: float  # factor
    receding: float
    brow: str
    lash: str
    eye: str
    skin: str  # texture of the pack, or "" for a made one
    skin_tone: float  # 0 light .. 1 dark
    skin_tint: tuple[float, float, float]  # factors
    beard: str
    lipstick: float
    cloth: str
    cloth_colour: tuple[float, float, float]  # sRGB
    light: tuple[float, float, float]  # direction to the key light
    key_light: float
    ambient_light: float
    background: tuple[float, float, float]  # sRGB
    hair_seed: int


def face_sliders(pack: HeadPack) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Two-way sliders as (targets one way, targets the other way); both body sides in one."""
    sliders = []
    for name in pack.targets:
        stem, _, ending = name.rpartition("-")
        if name.startswith(("macro/", "expression/")) or "/r-" in name:
            continue
        opposite = f"{stem}-{OPPOSITES.get(ending, '')}"
        if opposite in pack.targets:
            sliders.append((_sides(opposite), _sides(name)))
    return sliders


def _sides(target: str) -> tuple[str, ...]:
    return (target, target.replace("/l-", "/r-")) if "/l-" in target else (target,)


def draw_traits(pack: HeadPack, seed: int) -> Traits:
    """A person from a seed; the same pack, mode and seed give the same person."""
    rng = np.random.default_rng((0x4EAD, seed))
    male = bool(rng.random() < 0.5)
    gender = float(np.clip(rng.normal(0.92 if male else 0.08, 0.08), 0, 1))
    low, high = ((0.30, 0.42), (0.40, 0.6), (0.6, 0.75), (0.75, 0.98))[
        rng.choice(4, p=[0.22, 0.38, 0.2, 0.2])
    ]
    age = float(rng.uniform(low, high))
    shares = rng.dirichlet([0.35] * 3)
    ancestry = {name: float(share) for name, share in zip(ANCESTRIES, shares, strict=True)}
    expression, units = _draw_expression(rng)
    hair, hair_colour = _draw_hair(rng, male, age, ancestry)
    dark = ancestry["african"] + 0.25 * ancestry["asian"] + float(rng.normal(0.04, 0.08))
    tone = float(np.clip(dark, 0, 1))
    clothes = [n for n in pack.names("cloth") if ("female" in n) != male] or pack.names("cloth")
    brown_eyed = ancestry["african"] + ancestry["asian"] > 0.5 and rng.random() < 0.9
    side = float(rng.choice([-1, 1]))
    light = (side * _uniform(rng, 0.25, 0.9), _uniform(rng, 0.25, 0.8), _uniform(rng, 0.5, 1))
    return Traits(
        gender=gender,
        age=age,
        ancestry=ancestry,
        muscle=_uniform(rng, 0.3, 0.8),
        weight=float(np.clip(rng.normal(0.5, 0.2), 0.1, 1)),
        face=_draw_face(pack, rng),
        expression=expression,
        units=units,
        hair=hair,
        hair_colour=hair_colour,
        hair_length=_uniform(rng, 0.75, 1.25),
        receding=_uniform(rng, 0, 0.9 if male and age > 0.75 else 0.15),
        brow=str(rng.choice(pack.names("brow"))),
        lash=str(rng.choice(pack.names("lash"))),
        eye="brown" if brown_eyed else str(rng.choice(list(IRIS_TINTS))),
        skin=_draw_skin(pack, rng, male, age, tone),
        skin_tone=tone,
        skin_tint=_triple((1 + rng.normal(0, 0.04, 3)) * rng.uniform(0.88, 1.06)),
        beard=_pick(rng, BEARDS) if male and age > 0.42 else "none",
        lipstick=_uniform(rng, 0, 0.15 if male else 0.7),
        cloth=str(rng.choice(clothes)),
        cloth_colour=_draw_cloth_colour(rng),
        light=light,
        key_light=_uniform(rng, 0.7, 1.0),
        ambient_light=_uniform(rng, 0.34, 0.5),
        background=_triple(np.clip(rng.uniform(0.35, 0.95) + rng.normal(0, 0.06, 3), 0.1, 1)),
        hair_seed=int(rng.integers(1 << 31)),
    )


def _uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    a, b, c = (float(value) for value in values)
    return a, b, c


def _pick(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    shares = np.array(list(weights.values()))
    return str(rng.choice(list(weights), p=shares / shares.sum()))


def _draw_face(pack: HeadPack, rng: np.random.Generator) -> tuple[tuple[str, float], ...]:
    shape = rng.choice(HEAD_SHAPES)
    face = [(f"head/head-{shape}", _uniform(rng, 0.05, 0.5))]
    for back, forth in face_sliders(pack):
        if rng.random() > 0.75:
            continue
        amount = float(np.clip(rng.normal(0, 0.23), -0.7, 0.7))
        if any(part in back[0] for part in ("head-age", "trans-", "neck")):
            amount *= 0.4
        if any(part in back[0] for part in ("ears", "head-scale", "head-angle")):
            amount *= 0.6
        face += [(target, abs(amount)) for target in (back if amount < 0 else forth)]
    wide = _uniform(rng, 0, 0.5)
    return (*face, ("eyes/l-eye-scale-incr", wide), ("eyes/r-eye-scale-incr", wide))


def _draw_expression(rng: np.random.Generator) -> tuple[str, dict[str, float]]:
    name = _pick(rng, {n: share for n, (share, _) in EXPRESSIONS.items()})
    strength = rng.uniform(0.7, 1.1)
    units = {unit: amount * strength for unit, amount in EXPRESSIONS[name][1].items()}

    def add(unit: str, amount: float) -> None:
        units[unit] = units.get(unit, 0.0) + amount

    # The base mesh looks stern: its brows are low and its lids half closed.
    add("browInnerUp", 0.25 + _uniform(rng, 0, 0.2))
    brows = _uniform(rng, -0.15, 0.4)
    for side in ("Left", "Right"):
        if name != "sleepy":
            add("eyeWide" + side, _uniform(rng, 0.10, 0.25))
        if name not in ("sad", "angry", "pout"):
            add("mouthSmile" + side, _uniform(rng, 0.0, 0.2))
        add(("browOuterUp" if brows > 0 else "browDown") + side, abs(brows))
    gaze, lift = rng.normal(0, 0.18), rng.normal(0, 0.08)
    inner, outer = ("Right", "Left") if gaze > 0 else ("Left", "Right")
    add("eyeLookOut" + outer, abs(gaze))
    add("eyeLookIn" + inner, abs(gaze))
    for side in ("Left", "Right"):
        add(("eyeLookUp" if lift > 0 else "eyeLookDown") + side, abs(lift))
    return name, {unit: float(amount) for unit, amount in units.items()}


def _draw_hair(
    rng: np.random.Generator, male: bool, age: float, ancestry: Mapping[str, float]
) -> tuple[str, str]:
    hair = _pick(rng, HAIR["male" if male else "female"])
    if hair == "afro" and ancestry["african"] < 0.5:
        hair = "curly_short"
    if age < 0.45 and hair == "bald":
        hair = "crew"
    if age > 0.75 and rng.random() < 0.6:
        return hair, str(rng.choice(["grey", "white"]))
    if ancestry["african"] > 0.45 or ancestry["asian"] > 0.5:
        return hair, str(rng.choice(["black", "black", "dark brown"]))
    return hair, str(rng.choice(list(HAIR_COLOURS)[:8]))


def _draw_cloth_colour(rng: np.random.Generator) -> tuple[float, float, float]:
    """Mostly muted, as worn colours are."""
    vivid = rng.uniform(0.08, 0.9, 3)
    return _triple(vivid.mean() + (vivid - vivid.mean()) * rng.uniform(0.1, 0.9))


def _draw_skin(
    pack: HeadPack, rng: np.random.Generator, male: bool, age: float, tone: float
) -> str:
    """A painted skin where the pack may use one."""
    years = "old" if age > 0.75 else ("middleage" if age > 0.6 else "young")
    prefix = f"skin/{years}_{'dark' if tone > 0.45 else 'light'}skinned_"
    prefix += "male" if male else "female"
    skins = [name for name in pack.textures if name.startswith(prefix)]
    return str(rng.choice(skins)) if skins else ""
