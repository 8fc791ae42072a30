"""What is uniform in a picture: the theme's colours and lights, as shaders take them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ballo.export import pulses
from ballo.export.camera import View
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO
from ballo.export.pulses import Pulse
from ballo.export.theme import Theme, linear

EXPOSURE = 0.72
"""What light is multiplied by before the tone curve."""
FINISHES = {
    TORSO: (0.60, 0.032, 0.15, 0.35),
    LEFT: (0.60, 0.035, 0.20, 0.25),
    RIGHT: (0.60, 0.035, 0.20, 0.25),
    SKIN: (0.62, 0.026, 0.38, 0.08),
    HAIR: (0.45, 0.045, 0.10, 0.20),
}
"""Of each kind of part: roughness, how much of light is mirrored head on, how far light wraps around, the shine of cloth."""
POOL_METRES = 2.1
"""How far the pool of light reaches over the floor, to 1/e."""
SHADE = np.array([0.78, 0.84, 1.0])
"""What a full shadow is tinted with."""


def ring(pulse: Pulse | None) -> tuple[float, float, float, float]:
    """A beat's ring on the floor: where it is, x and z, its radius, and how strong it is; metres."""
    if pulse is None:
        return 0.0, 0.0, 1.0, 0.0
    spread = 1 - math.exp(-pulse.age_seconds / pulses.SPREADS_SECONDS)
    radius = pulses.INNERMOST_METRES + pulses.REACH_METRES[pulse.down] * spread
    strength = pulses.STRENGTH[pulse.down] * math.exp(-pulse.age_seconds / pulses.FADES_SECONDS)
    return float(pulse.place[0]), float(pulse.place[1]), radius, strength


def ring_light(pulse: Pulse | None, theme: Theme) -> np.ndarray:
    """What a beat's ring throws up at her from the floor (3,)."""
    return 0.5 * ring(pulse)[3] * linear(theme.pulse)


def pool(view: View) -> tuple[float, float, float, float]:
    """The pool of light about the dancer: where it is, x and z, and one by how far it reaches along both, metres."""
    return float(view.pivot[0]), float(view.pivot[2]), 1 / POOL_METRES, 1 / POOL_METRES


@lru_cache(maxsize=8)
def of_body(theme: Theme) -> dict[str, Any]:
    """The body's colours and what falls on it."""
    bodies = dict(theme.bodies)
    return {
        "albedos": np.array([linear(bodies[kind]) for kind in sorted(FINISHES)]),
        "finishes": np.array([FINISHES[kind] for kind in sorted(FINISHES)]),
        "key_light": 1.55 * np.array(theme.key_light),
        "sky_light": 1.25 * np.array(theme.sky_light),
        "floor_light": 1.25 * np.array(theme.floor_light),
        "rim_light": 0.7 * np.array(theme.rim_light),
    }


@lru_cache(maxsize=8)
def of_stage(theme: Theme) -> dict[str, Any]:
    """The floor's and the sky's colours, and how dark a shadow is."""
    code = {name: np.array(getattr(theme, name)) / 255 for name in ("haze", "sky_top", "floor_near", "pool")}
    return code | {
        "vignette": theme.vignette,
        "line_level": theme.line_luma / 255,
        "line_strength": theme.line_strength,
        "title_colour": np.array(theme.title) / 255,
        "ring_colour": np.array(theme.pulse) / 255,
        "ring_width": pulses.WIDTH_METRES,
        "shade": SHADE * (1 - theme.cast),
        "touch": theme.touch,
    }
