"""Units bent at their ends are found, and nothing else is taken for them."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.dataset.faults import bends
from ballo.dataset.faults.bends import Use
from ballo.dataset.faults.parts import POINTS
from ballo.motion import kinematics


def use(planted_points, dance, *, start=0, length=51, frames=60, bend=0.0, turn=0.0, tag="W-3-1"):
    """The planted dance's first 60 frames on `length`, turned and moved, ten frames at each end bent by `bend` metres."""
    points = planted_points(start + np.linspace(0, frames - 1, length))
    away = np.minimum(np.arange(length), np.arange(length)[::-1])
    points = points + np.clip(1 - away / 10, 0, 1)[:, None, None] * bend * np.array([0.6, 0.0, 0.8])
    # The pelvis goes with the rest, as in the publication only what is around it is bent.
    points = points - np.clip(1 - away / 10, 0, 1)[:, None, None] * bend * np.array([0.6, 0.0, 0.8]) * _hips_only()
    return Use(("second", dance), tag, 100, kinematics.turned_about_y(points, np.array(turn)) + np.array([turn, 0, -turn]))


def _hips_only():
    mask = np.zeros((1, 23, 1))
    mask[:, list(POINTS.hips)] = 1
    return mask


def test_bent_ends_are_found_and_sized(planted_points):
    straight = [use(planted_points, f"DANCE_W_{n}", turn=0.4 * n, length=51 + n) for n in range(3)]
    bent = use(planted_points, "DANCE_W_9", bend=0.10, turn=2.0)
    found = {bend.use.dance[1]: bend for bend in bends.find([*straight, bent], POINTS)}
    assert found["DANCE_W_9"].bent
    # Frames 3 to 5 from the end have .7 to .5 of the bend, but for the hips' share.
    assert found["DANCE_W_9"].ends == pytest.approx(0.06 * 21 / 23, abs=0.012)
    assert found["DANCE_W_9"].middle < 0.003
    assert not any(found[f"DANCE_W_{n}"].bent for n in range(3))


def test_another_movement_under_one_name_is_not_bent(planted_points):
    uses = [use(planted_points, "DANCE_W_1"), use(planted_points, "DANCE_W_2", start=90)]
    assert not any(bend.bent for bend in bends.find(uses, POINTS))


def test_what_cannot_be_compared_is_left_out(planted_points):
    alone = use(planted_points, "DANCE_W_1")
    short = [use(planted_points, f"DANCE_W_{n}", length=20, tag="C-3-1") for n in range(2)]
    assert bends.find([alone, *short], POINTS) == []
    assert bends.faults([]) == {}


def test_a_dance_is_told_of_all_its_bent_units(planted_points):
    straight = [use(planted_points, f"DANCE_W_{n}") for n in range(5)]
    bent = [use(planted_points, "DANCE_W_9", bend=0.10), use(planted_points, "DANCE_W_9", bend=0.08)]
    (fault,) = bends.faults(bends.find([*straight, *bent], POINTS)).values()
    assert (fault.dance, fault.release, fault.kind, fault.size) == ("DANCE_W_9", "second", "bent", 2)
    assert fault.stretches == ((100, 151), (100, 151))
