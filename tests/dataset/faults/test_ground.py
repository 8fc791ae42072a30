"""The floor stays, lies level and holds the feet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.faults import ground
from ballo.dataset.faults.parts import JOINTS

FPS = 25.0
FRAMES = 400
NEVER = np.zeros(FRAMES, dtype=bool)


def test_a_clean_dance_has_none(clean):
    assert ground.faults(clean(FRAMES), FPS, JOINTS, NEVER) == []


@settings(max_examples=20)
@given(st.floats(0.06, 0.6), st.booleans())
def test_a_floor_that_sinks_is_found_and_measured(clean, metres, up):
    points = clean(FRAMES)
    points[..., 1] += np.clip((np.arange(FRAMES) - 100) / 200, 0, 1)[:, None] * (metres if up else -metres)
    assert ground.drift(points, FPS) == pytest.approx(metres, abs=0.01)
    fault = next(fault for fault in ground.faults(points, FPS, JOINTS, NEVER) if fault.kind == "floor")
    assert fault.size == pytest.approx(100 * metres, abs=1)
    assert fault.severity == ("serious" if fault.figures["drift_metres"] > 0.15 else "mild")


@settings(max_examples=20)
@given(st.floats(0.1, 1.0), st.floats(0, 2 * np.pi))
def test_feet_that_slide_are_found_and_measured(clean, speed, heading):
    way = np.arange(FRAMES)[:, None] / FPS * speed * np.array([np.cos(heading), 0, np.sin(heading)])
    points = clean(FRAMES) + way[:, None]
    assert ground.slide(points, FPS, JOINTS, NEVER) == pytest.approx(speed, abs=0.01)
    (fault,) = [fault for fault in ground.faults(points, FPS, JOINTS, NEVER, speed / 5) if fault.kind == "sliding"]
    assert fault.figures["chaining_slip"]
    (fault,) = [fault for fault in ground.faults(points, FPS, JOINTS, NEVER, speed * 0.9) if fault.kind == "sliding"]
    assert not fault.figures["chaining_slip"]


def test_splices_do_not_count_as_sliding(clean):
    points, drawn = clean(FRAMES), NEVER.copy()
    points[:250] += np.arange(250)[:, None, None] * [0.1, 0, 0]
    drawn[:251] = True
    assert ground.slide(points, FPS, JOINTS, drawn) == pytest.approx(0, abs=1e-9)


@settings(max_examples=20)
@given(st.floats(0.0, 0.05), st.floats(0, 2 * np.pi))
def test_a_tilted_floor_is_found_and_measured(clean, tilt, heading):
    points = wandering(clean(FRAMES))
    points[..., 1] += tilt * (points[..., 0] * np.cos(heading) + points[..., 2] * np.sin(heading))
    assert ground.slope(points, FPS, JOINTS).metres_a_metre == pytest.approx(tilt, abs=0.002)
    tilts = [fault.size for fault in ground.faults(points, FPS, JOINTS, NEVER) if fault.kind == "tilt"]
    if tilt > ground.TILT + 0.002:
        assert tilts == [pytest.approx(100 * tilt, abs=0.2)]
    elif tilt < ground.TILT - 0.002:
        assert tilts == []


def test_who_stays_in_place_says_nothing_about_a_slope(clean):
    points = clean(FRAMES)
    points -= points[:, :1] * [1, 0, 1]
    assert ground.slope(points, FPS, JOINTS) is None


def wandering(points: np.ndarray) -> np.ndarray:
    """The dance hopping to a new place every two seconds, so that it stands all over a room."""
    hops = np.random.default_rng(3).uniform(-2, 2, (len(points) // 50 + 1, 3)) * [1, 0, 1]
    return points + np.repeat(hops, 50, axis=0)[: len(points), None]
