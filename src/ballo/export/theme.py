"""The two looks of films and pages: a pale room by day, and a stage at night. Numbers only, for whoever draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.errors import ExportError
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255, as on a screen."""
Bodies = tuple[tuple[int, Colour], ...]
"""The colour of each kind of part."""
Light = tuple[float, float, float]
"""Red, green and blue, linear."""


@dataclass(frozen=True)
class Theme:
    """How the stage and the dancer look.

    Args:
        haze, sky_top, floor_near: where floor and sky meet, and the picture's top and bottom.
        pool: the floor where the key light falls, around the dancer.
        vignette: how much darker corners are.
        line_luma, line_strength: the grid's.
        shadow_luma, cast, touch: a shadow's, and how dark it is at the floor: the key light's, and where a part touches.
        mirror: how much of the dancer's mirror image is seen at the feet.
        ink_luma: of small print.
        title: of the title.
        pulse: of what is seen on a beat.
        bodies: of each kind of part.
        sky_light, floor_light, key_light, rim_light: what falls on the dancer.
    """

    haze: Colour
    sky_top: Colour
    floor_near: Colour
    pool: Colour
    vignette: float
    line_luma: float
    line_strength: float
    shadow_luma: float
    cast: float
    touch: float
    mirror: float
    ink_luma: float
    title: Colour
    pulse: Colour
    bodies: Bodies
    sky_light: Light
    floor_light: Light
    key_light: Light
    rim_light: Light


LIGHT = Theme(
    haze=(238, 234, 228),
    sky_top=(203, 208, 216),
    floor_near=(214, 209, 204),
    pool=(250, 246, 239),
    vignette=0.22,
    line_luma=132.0,
    line_strength=0.58,
    shadow_luma=62.0,
    cast=0.66,
    touch=0.72,
    mirror=0.20,
    ink_luma=84.0,
    title=(72, 74, 88),
    pulse=(226, 112, 84),
    bodies=(
        (TORSO, (58, 66, 98)),
        (LEFT, (226, 112, 84)),
        (RIGHT, (168, 62, 100)),
        (SKIN, (240, 208, 184)),
        (HAIR, (62, 46, 56)),
    ),
    sky_light=(0.36, 0.39, 0.47),
    floor_light=(0.25, 0.20, 0.18),
    key_light=(1.02, 0.96, 0.88),
    rim_light=(0.62, 0.66, 0.74),
)
DARK = Theme(
    haze=(47, 51, 66),
    sky_top=(15, 17, 25),
    floor_near=(24, 26, 35),
    pool=(92, 93, 106),
    vignette=0.30,
    line_luma=128.0,
    line_strength=0.34,
    shadow_luma=18.0,
    cast=0.78,
    touch=0.80,
    mirror=0.26,
    ink_luma=158.0,
    title=(236, 234, 240),
    pulse=(255, 158, 116),
    bodies=(
        (TORSO, (98, 112, 168)),
        (LEFT, (236, 122, 92)),
        (RIGHT, (196, 76, 122)),
        (SKIN, (240, 208, 184)),
        (HAIR, (92, 70, 82)),
    ),
    sky_light=(0.22, 0.25, 0.36),
    floor_light=(0.12, 0.11, 0.14),
    key_light=(1.08, 1.00, 0.90),
    rim_light=(0.50, 0.56, 0.70),
)
OTHERS: tuple[Bodies, ...] = (
    ((TORSO, (46, 74, 78)), (LEFT, (47, 167, 155)), (RIGHT, (31, 111, 139)), (SKIN, (232, 195, 164)), (HAIR, (43, 42, 48))),
    ((TORSO, (79, 70, 54)), (LEFT, (224, 165, 46)), (RIGHT, (168, 116, 31)), (SKIN, (242, 211, 184)), (HAIR, (74, 53, 36))),
    ((TORSO, (60, 51, 88)), (LEFT, (143, 120, 224)), (RIGHT, (106, 79, 181)), (SKIN, (239, 205, 184)), (HAIR, (44, 36, 56))),
)
"""What dancers wear who are seen beside the theme's own: no two are taken for one another."""
THEMES = {"light": LIGHT, "dark": DARK}


def theme_named(name: str) -> Theme:
    """The look of that name.

    Raises:
        ExportError: there is none.
    """
    if name not in THEMES:
        raise ExportError(f"no theme is called {name}: choose among {', '.join(THEMES)}")
    return THEMES[name]


def linear(colour: Colour) -> np.ndarray:
    """A screen's colour in linear light, (3,) from 0 to 1 (IEC 61966-2-1)."""
    code = np.array(colour) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
