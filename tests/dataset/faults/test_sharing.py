"""Movement that occurs twice is found whatever way it faces, wherever it is and however fast it is played."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.faults import sharing
from ballo.dataset.faults.parts import JOINTS
from ballo.dataset.faults.sharing import Danced
from ballo.dataset.repair import runs
from ballo.motion import kinematics


def danced(planted, name: str, places: np.ndarray, radians: float = 0.0, fps: float = 25.0) -> Danced:
    """The planted dance at fractional frames, turned, elsewhere and higher."""
    points = kinematics.turned_about_y(planted(places), np.full(1, radians)) + radians * np.array([1, 0.1, -2])
    return Danced(name, points, fps, np.ones(len(points), dtype=bool))


@settings(max_examples=8)
@given(st.integers(40, 160), st.floats(-3, 3), st.floats(0.6, 1.5))
def test_what_two_dances_share_is_found_to_the_frame(planted, common, radians, rate):
    """The second dance begins in the first's last `common` frames, at another speed."""
    first = danced(planted, "a", np.arange(250.0))
    second = danced(planted, "b", np.arange(250 - common, 450, rate), radians, 25 / rate)
    found = sharing.find([first, second], JOINTS)
    # The planted dance is so smooth that frames just before are within a centimetre too.
    ((begun, ended),) = runs(found["a"].frames)
    assert (begun, ended) == (pytest.approx(250 - common, abs=7), 250)
    assert found["b"].share == pytest.approx(common / (200 + common), abs=0.03)
    assert found["a"].partners == {"b": found["a"].share}
    assert found["a"].fresh_seconds == pytest.approx(10.0)
    assert found["b"].fresh_seconds == pytest.approx(8.0, abs=0.3)


def test_different_dances_share_nothing(planted):
    found = sharing.find([danced(planted, name, np.arange(k, k + 200.0)) for name, k in (("a", 0), ("b", 5000))], JOINTS)
    assert [(share.share, share.partners, share.fresh_seconds) for share in found.values()] == [(0.0, {}, 8.0)] * 2
    assert sharing.faults(found["a"]) == []


def test_a_dance_that_repeats_itself_is_fresh_once(planted):
    places = np.concatenate([np.arange(150.0), np.arange(150.0)])
    (found,) = sharing.find([danced(planted, "a", places)], JOINTS).values()
    assert found.share == 0
    assert found.fresh_seconds == pytest.approx(6.0, abs=0.1)


def test_who_stands_as_someone_else_shares_nothing(planted):
    moving, still = danced(planted, "a", np.arange(200.0)), danced(planted, "b", np.full(100, 50.0))
    assert sharing.find([moving, still], JOINTS)["b"].share == 0


def test_frames_that_are_no_movement_do_not_count(planted):
    real = np.arange(200) >= 100
    first = Danced("a", planted(np.arange(200.0)), 25.0, real)
    found = sharing.find([first, danced(planted, "b", np.arange(200.0))], JOINTS)
    assert (found["a"].share, found["a"].seconds) == (pytest.approx(1.0, abs=0.02), 4.0)
    assert found["b"].share == pytest.approx(0.5, abs=0.02)


def test_another_performance_of_the_same_is_not_the_same(planted):
    first = danced(planted, "a", np.arange(200.0))
    wobble = 0.04 * np.sin(np.arange(200)[:, None, None] / 7 + np.arange(22)[:, None])
    second = Danced("b", first.points + wobble, 25.0, first.real)
    assert sharing.find([first, second], JOINTS)["a"].share < 0.05


def test_only_the_chosen_are_told_of(planted):
    dances = [danced(planted, name, np.arange(200.0)) for name in "abc"]
    found = sharing.find(dances, JOINTS, {"b"})
    assert list(found) == ["b"]
    assert found["b"].partners == pytest.approx({"a": 1.0, "c": 1.0}, abs=0.02)
    assert sharing.find([], JOINTS) == {}


def test_the_fault_names_the_partners(planted):
    shares = {"DANCE_C_2": 0.6, "DANCE_C_4": 0.3, "DANCE_C_6": 0.1}
    (fault,) = sharing.faults(sharing.Shared(np.array([False, True, True]), 0.7, shares, 2.0, 10.0))
    assert (fault.severity, fault.size, fault.stretches) == ("serious", 70.0, ((1, 3),))
    assert "DANCE_C_2 60%, DANCE_C_4 30% and 1 more" in fault.text
