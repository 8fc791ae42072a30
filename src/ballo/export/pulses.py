"""What is seen of the music's beats: a ring of light that spreads over the floor from under the dancer, wider on downbeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.export.camera import View
from ballo.export.canvas import Canvas
from ballo.export.theme import Theme

LASTS_SECONDS = 0.9
FADES_SECONDS = 0.24
"""In which a ring fades to a third."""
SPREADS_SECONDS = 0.30
INNERMOST_METRES = 0.30
REACH_METRES = {False: 0.62, True: 1.05}
STRENGTH = {False: 0.40, True: 0.72}
"""Of beats, and of downbeats."""
WIDTH_METRES = 0.045


@dataclass(frozen=True)
class Beat:
    """A beat of the music: when it sounds, in the film, and whether it begins a bar."""

    seconds: float
    down: bool


@dataclass(frozen=True)
class Pulse:
    """A beat that has sounded.

    Args:
        place: (2,) x and z on the floor, metres: where the dancer was.
        age_seconds: since it did.
        down: it began a bar.
    """

    place: np.ndarray
    age_seconds: float
    down: bool


def pulse_at(beats: Sequence[Beat], seconds: float, place: np.ndarray) -> Pulse | None:
    """What is seen of the last beat at a time of the film; None before the first, and long after one."""
    past = [beat for beat in beats if seconds - LASTS_SECONDS < beat.seconds <= seconds + 1e-6]
    return Pulse(place, max(0.0, seconds - past[-1].seconds), past[-1].down) if past else None


def draw_pulse(canvas: Canvas, view: View, pulse: Pulse, theme: Theme) -> None:
    """Draw a ring on the floor, at half the picture's size, since it is soft."""
    from ballo.export.stage import floor_to_screen

    radius = INNERMOST_METRES + REACH_METRES[pulse.down] * (1 - np.exp(-pulse.age_seconds / SPREADS_SECONDS))
    reach = radius + 3 * WIDTH_METRES
    to_screen = floor_to_screen(view)
    corners = np.array([[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]]) * [reach, reach, 1] + [*pulse.place, 0]
    pixels = corners @ to_screen.T
    pixels = pixels[:, :2] / pixels[:, 2:]
    size = np.array(view.screen.size) // 2
    left, top = np.clip(np.floor(pixels.min(axis=0) / 2), 0, size).astype(int).tolist()
    right, bottom = np.clip(np.ceil(pixels.max(axis=0) / 2), 0, size).astype(int).tolist()
    if left >= right or top >= bottom:
        return
    back = np.linalg.inv(to_screen)
    x, y = 2 * np.arange(left, right) + 1.0, 2 * np.arange(top, bottom)[:, None] + 1.0
    flat_x, flat_z, depth = (row[0] * x + row[1] * y + row[2] for row in back)
    away = np.hypot(flat_x / depth - pulse.place[0], flat_z / depth - pulse.place[1])
    strength = STRENGTH[pulse.down] * np.exp(-pulse.age_seconds / FADES_SECONDS)
    ring = np.exp(-(((away - radius) / WIDTH_METRES) ** 2)) + 0.25 * np.clip(1 - away / radius, 0, 1)
    cover = (strength * np.clip(ring, 0, 1)).astype(np.float32)
    colour = np.array(theme.pulse, dtype=np.float32)[:, None, None] / 255
    canvas.lay_half(2 * left, 2 * top, colour * cover, cover)
