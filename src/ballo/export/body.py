"""The shape of a dancer in her T-pose, as sections measured along her trunk and limbs, and what she wears.

All in metres about `DANCER` standing on the floor at the origin: pelvis at 0.981, shoulders at 1.424, arms along x.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO
from ballo.export.surface import Field, Shape, ball, cut, joined, loft, mesh, mirrored, soft_maximum, sweep, together, tube

BODY_CELL, HEAD_CELL, HAND_CELL, SHOE_CELL = 0.0250, 0.0112, 0.0115, 0.0130
"""Metres; about how long the edges of the triangles are."""

_TRUNK = (
    (0.835, 0.0, -0.010, 0.040, 0.050),
    (0.870, 0.0, -0.012, 0.120, 0.094),
    (0.920, 0.0, -0.013, 0.160, 0.108),
    (0.970, 0.0, -0.010, 0.160, 0.106),
    (1.030, 0.0, -0.003, 0.138, 0.094),
    (1.090, 0.0, 0.003, 0.118, 0.085),
    (1.130, 0.0, 0.004, 0.114, 0.084),
    (1.190, 0.0, 0.003, 0.123, 0.089),
    (1.260, 0.0, 0.001, 0.136, 0.094),
    (1.320, 0.0, -0.003, 0.143, 0.091),
    (1.370, 0.0, -0.008, 0.138, 0.080),
    (1.410, 0.0, -0.013, 0.118, 0.066),
    (1.440, 0.0, -0.014, 0.085, 0.054),
    (1.460, 0.0, -0.013, 0.060, 0.048),
)
_NECK = (
    (1.380, 0.0, -0.014, 0.054, 0.052),
    (1.430, 0.0, -0.011, 0.0475, 0.0490),
    (1.475, 0.0, -0.006, 0.0440, 0.0465),
    (1.510, 0.0, -0.003, 0.0430, 0.0455),
    (1.550, 0.0, -0.003, 0.0440, 0.0470),
    (1.590, 0.0, -0.004, 0.0400, 0.0440),
)
_LEG = (
    (0.055, 0.0530, -0.010, 0.028, 0.034),
    (0.090, 0.0550, -0.009, 0.0285, 0.034),
    (0.140, 0.0570, -0.010, 0.032, 0.036),
    (0.220, 0.0600, -0.014, 0.044, 0.049),
    (0.290, 0.0625, -0.016, 0.050, 0.056),
    (0.340, 0.0635, -0.011, 0.049, 0.054),
    (0.395, 0.0640, -0.001, 0.045, 0.049),
    (0.440, 0.0650, 0.006, 0.047, 0.052),
    (0.500, 0.0690, 0.009, 0.053, 0.058),
    (0.620, 0.0790, 0.010, 0.063, 0.072),
    (0.740, 0.0880, 0.003, 0.072, 0.086),
    (0.810, 0.0910, -0.003, 0.078, 0.094),
    (0.860, 0.0920, -0.007, 0.084, 0.099),
    (0.920, 0.0880, -0.010, 0.086, 0.100),
    (0.970, 0.0780, -0.008, 0.070, 0.080),
    (1.010, 0.0600, -0.004, 0.030, 0.030),
)
_ARM = (
    (0.060, 1.385, -0.012, 0.050, 0.045),
    (0.120, 1.399, -0.008, 0.055, 0.053),
    (0.165, 1.408, -0.005, 0.052, 0.054),
    (0.220, 1.416, -0.003, 0.043, 0.047),
    (0.300, 1.421, -0.001, 0.038, 0.041),
    (0.380, 1.423, 0.000, 0.034, 0.036),
    (0.455, 1.424, 0.000, 0.030, 0.033),
    (0.510, 1.424, 0.001, 0.032, 0.034),
    (0.570, 1.424, 0.001, 0.028, 0.031),
    (0.640, 1.424, 0.001, 0.021, 0.026),
    (0.690, 1.424, 0.001, 0.0175, 0.025),
    (0.730, 1.424, 0.001, 0.0130, 0.019),
)
_PALM = (
    (0.660, 1.424, 0.001, 0.0130, 0.019),
    (0.680, 1.424, 0.001, 0.0170, 0.0245),
    (0.705, 1.424, 0.001, 0.0175, 0.029),
    (0.740, 1.424, 0.000, 0.0165, 0.036),
    (0.775, 1.424, -0.001, 0.0140, 0.039),
    (0.795, 1.423, -0.001, 0.0110, 0.037),
    (0.803, 1.422, -0.001, 0.0050, 0.030),
)
_HEAD = (
    (1.496, 0.0, 0.044, 0.008, 0.010),
    (1.507, 0.0, 0.036, 0.025, 0.035),
    (1.526, 0.0, 0.027, 0.041, 0.055),
    (1.545, 0.0, 0.020, 0.051, 0.067),
    (1.575, 0.0, 0.011, 0.060, 0.079),
    (1.605, 0.0, 0.004, 0.067, 0.089),
    (1.640, 0.0, -0.002, 0.068, 0.090),
    (1.670, 0.0, -0.004, 0.040, 0.050),
)
_CRANIUM, _CRANIUM_HALVES = (0.0, 1.628, -0.004), (0.0715, 0.088, 0.0950)
_SHOE = (
    (-0.073, 0.0510, 0.034, 0.010, 0.016),
    (-0.066, 0.0510, 0.036, 0.021, 0.030),
    (-0.045, 0.0510, 0.038, 0.029, 0.040),
    (-0.010, 0.0520, 0.038, 0.032, 0.041),
    (0.025, 0.0520, 0.035, 0.033, 0.040),
    (0.065, 0.0525, 0.026, 0.037, 0.033),
    (0.100, 0.0520, 0.020, 0.040, 0.026),
    (0.130, 0.0500, 0.017, 0.036, 0.021),
    (0.152, 0.0475, 0.015, 0.025, 0.016),
    (0.164, 0.0460, 0.014, 0.009, 0.009),
)
_FINGERS = ((0.0285, 0.070, 0.0086), (0.0095, 0.080, 0.0090), (-0.0100, 0.074, 0.0086), (-0.0280, 0.056, 0.0076))
"""From the front: where a finger starts across the hand, how long it is, and its radius."""
SOLE_METRES, HAIR_METRES = 0.011, 0.008
RIBBON_METRES, RIBBON_SIDES = 0.0036, 28
COLLAR_METRES = 1.453
"""Where the head's surface begins to run out of the dress's."""
ANKLE_METRES = 0.100
"""Where the shoe's begins to run into the leg's."""
OVERLAP_METRES, TUCK_METRES = 0.030, 0.0015
"""How far two pieces of one surface run side by side, and how deep each lies under the other at the end of that."""


@cache
def dancer() -> tuple[Shape, np.ndarray]:
    """The dancer's surface, and the kind (F,) of each triangle: TORSO, LEFT, RIGHT, SKIN or HAIR."""
    choker = _ribbon(_core(), (0.0, COLLAR_METRES + 0.5 * OVERLAP_METRES, -0.008), 0.019)
    pieces = [_dressed(), _head(), _all(choker, HAIR)]
    for lateral, kind in ((1.0, LEFT), (-1.0, RIGHT)):
        strap = _ribbon(sweep(1, _LEG), (0.056, ANKLE_METRES + 0.7 * OVERLAP_METRES, -0.010), 0.018)
        pieces += [_all(_sided(_hand(), lateral), kind), _shod(lateral, kind), _all(_sided(strap, lateral), HAIR)]
    return together([shape for shape, _ in pieces]), np.concatenate([kinds for _, kinds in pieces])


def _all(shape: Shape, kind: int) -> tuple[Shape, np.ndarray]:
    return shape, np.full(len(shape.triangles), kind)


def _dressed() -> tuple[Shape, np.ndarray]:
    """Trunk, neck, arms and legs as one surface, cut where the leotard ends."""
    bust, seat = ball((0.064, 1.262, 0.062), (0.052, 0.054, 0.046)), ball((0.068, 0.902, -0.058), (0.076, 0.080, 0.066))
    knee = ball((0.065, 0.440, 0.030), (0.034, 0.044, 0.030))
    above, below = _running(1, COLLAR_METRES), _running(1, ANKLE_METRES + OVERLAP_METRES)
    field = joined(
        _tucked(_core(), above),
        (mirrored(bust), 0.035),
        (mirrored(seat), 0.040),
        (mirrored(_tucked(joined(sweep(1, _LEG), (knee, 0.03)), lambda points: -below(points))), 0.016),
    )
    shape = mesh(field, (-0.76, 0.03, -0.18), (0.76, 1.61, 0.18), BODY_CELL)
    kinds = np.full(len(shape.triangles), TORSO)
    for seam, kind in ((_leg_seam, LEFT), (_arm_seam, LEFT), (_neckline, SKIN)):
        shape, sources, beyond = cut(shape, seam(shape.vertices))
        kinds = np.where(beyond, kind, kinds[sources])
    middle = shape.vertices[shape.triangles].mean(axis=1)
    return shape, np.where((kinds == LEFT) & (middle[:, 0] < 0), RIGHT, kinds)


def _running(axis: int, start: float) -> Field:
    """How far points are beyond a place along an axis."""
    return lambda points: points[:, axis] - start


def _tucked(field: Field, beyond: Field) -> Field:
    """A field that sinks inward where `beyond` is positive, and ends: there another piece of the same surface goes on.

    The two meet at a slope of a few degrees, so that nothing shows.
    """

    def tucked(points: np.ndarray) -> np.ndarray:
        there = beyond(points)
        overlaps = np.maximum(there / OVERLAP_METRES, 0)
        sunk = TUCK_METRES * (overlaps + 4 * np.maximum(overlaps - 1, 0))
        return np.maximum(field(points) + sunk, there - 1.6 * OVERLAP_METRES)

    return tucked


@cache
def _core() -> Field:
    """Trunk, arms and neck, which the dress and the head are both cut from, so that they meet without a step."""
    return joined(sweep(1, _TRUNK), (mirrored(sweep(0, _ARM)), 0.050), (sweep(1, _NECK), 0.060))


def _leg_seam(points: np.ndarray) -> np.ndarray:
    """Positive below a leotard's legs, which are cut high at the side and low behind."""
    x, y, z = points.T
    return 0.866 + 0.78 * (np.abs(x) - 0.08) + 0.25 * z - y


def _arm_seam(points: np.ndarray) -> np.ndarray:
    """Positive beyond the armholes."""
    x, y, _ = points.T
    return -soft_maximum(0.134 + 0.20 * (y - 1.40) - np.abs(x), 1.318 - y, 0.06)


def _neckline(points: np.ndarray) -> np.ndarray:
    """Positive above a round neckline, deeper in front."""
    x, y, z = points.T
    return 1 - np.hypot(x / 0.085, (y - 1.500 + 0.45 * z) / 0.105)


def _head() -> tuple[Shape, np.ndarray]:
    """Neck and head, the hair combed back into a bun, cut where it begins."""
    shape = mesh(_skull(), (-0.10, 1.40, -0.18), (0.10, 1.76, 0.13), HEAD_CELL)
    shape, _, above = cut(shape, shape.vertices[:, 1] - _hairline(shape.vertices) + HAIR_METRES / 2)
    return shape, np.where(above, HAIR, SKIN)


def _hairline(points: np.ndarray) -> np.ndarray:
    """How high hair begins: high over the brow, low on the nape."""
    return 1.614 + 0.85 * points[:, 2]


def _skull() -> Field:
    nose = joined(
        ball((0.0, 1.589, 0.086), (0.0120, 0.0105, 0.0135)), (ball((0.0, 1.609, 0.083), (0.008, 0.024, 0.011)), 0.012)
    )
    ear = ball((0.067, 1.581, -0.004), (0.009, 0.028, 0.017))
    above = _running(1, COLLAR_METRES + OVERLAP_METRES)
    tucked = _tucked(_core(), lambda points: -above(points))

    def nape(points: np.ndarray) -> np.ndarray:
        return np.maximum(tucked(points), np.abs(points[:, 0]) - 0.068)

    solid = joined(
        sweep(1, _HEAD),
        (ball(_CRANIUM, _CRANIUM_HALVES), 0.012),
        (nape, 0.026),
        (nose, 0.014),
        (mirrored(ear), 0.008),
    )
    hollow = mirrored(ball((0.031, 1.617, 0.100), (0.022, 0.015, 0.024)))
    cap = ball(_CRANIUM, [half + HAIR_METRES for half in _CRANIUM_HALVES])

    def face(points: np.ndarray) -> np.ndarray:
        return soft_maximum(solid(points), -hollow(points), 0.022)

    def combed(points: np.ndarray) -> np.ndarray:
        return soft_maximum(cap(points), 0.76 * (_hairline(points) - points[:, 1]), 0.006)

    return joined(face, (combed, 0.004), (ball((0.0, 1.662, -0.122), (0.040, 0.040, 0.036)), 0.012))


def _ribbon(field: Field, centre: tuple[float, float, float], tall: float) -> Shape:
    """A narrow band around a limb that stands upright, where two pieces of its surface meet."""
    angle = 2 * np.pi * np.arange(RIBBON_SIDES) / RIBBON_SIDES
    outward = np.stack([np.sin(angle), np.zeros(RIBBON_SIDES), np.cos(angle)], axis=1)
    heights = tall * np.array([-0.5, -0.42, 0.42, 0.5])
    middle = np.array(centre) + heights[:, None, None] * np.array([0.0, 1.0, 0.0])
    near, far = np.zeros((4, RIBBON_SIDES, 1)), np.full((4, RIBBON_SIDES, 1), 0.2)
    for _ in range(30):
        half = (near + far) / 2
        inside = field((middle + half * outward).reshape(-1, 3)).reshape(half.shape) < 0
        near, far = np.where(inside, half, near), np.where(inside, far, half)
    rings = middle + (near + RIBBON_METRES * np.array([-1.5, 1.0, 1.0, -1.5])[:, None, None]) * outward
    leaning = outward + np.array([-0.8, -0.15, 0.15, 0.8])[:, None, None] * np.array([0.0, 1.0, 0.0])
    return loft(rings, leaning / np.linalg.norm(leaning, axis=2, keepdims=True))


def _hand() -> Shape:
    """A left hand, palm down: the palm, and fingers a little bent."""
    palm = mesh(sweep(0, _PALM), (0.64, 1.39, -0.06), (0.82, 1.46, 0.06), HAND_CELL)
    fingers = [_finger((0.786, 1.424, z), length, radius, 0.20 + 4.0 * abs(z)) for z, length, radius in _FINGERS]
    thumb = np.array(
        [[0.706, 1.421, 0.018], [0.725, 1.417, 0.034], [0.745, 1.413, 0.045], [0.766, 1.409, 0.051], [0.782, 1.406, 0.054]]
    )
    return together([palm, *fingers, tube(thumb, np.array([0.012, 0.0125, 0.0105, 0.0095, 0.0055]), 8)])


def _finger(start: tuple[float, float, float], length: float, radius: float, bend: float) -> Shape:
    shares = np.array([-0.25, 0.15, 0.40, 0.65, 0.88, 1.0])
    drop = np.cumsum(np.diff(shares, prepend=shares[0]) * np.sin(bend * np.clip(shares, 0, 1) * 1.6))
    fan = start[2] * 0.22 * np.clip(shares, 0, 1)
    points = np.stack([start[0] + length * shares, start[1] - length * drop, start[2] + fan], axis=1)
    return tube(points, radius * np.array([0.9, 1.0, 0.93, 0.88, 0.74, 0.42]), 8)


def _shod(lateral: float, kind: int) -> tuple[Shape, np.ndarray]:
    ankle = _tucked(sweep(1, _LEG), _running(1, ANKLE_METRES))
    solid = joined(sweep(2, _SHOE), (ankle, 0.025))
    shape = mesh(
        lambda points: soft_maximum(solid(points), -points[:, 1], 0.006), (-0.02, -0.02, -0.10), (0.12, 0.17, 0.19), SHOE_CELL
    )
    shape, _, sole = cut(shape, SOLE_METRES - shape.vertices[:, 1])
    return _sided(shape, lateral), np.where(sole, HAIR, kind)


def _sided(shape: Shape, lateral: float) -> Shape:
    """The left side's shape, or its mirror image."""
    image = np.array([lateral, 1.0, 1.0])
    triangles = shape.triangles if lateral > 0 else shape.triangles[:, ::-1]
    return Shape(shape.vertices * image, shape.normals * image, triangles)
