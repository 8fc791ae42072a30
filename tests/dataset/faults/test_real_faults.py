"""The real data, in the folder that BALLO_DATA names: its known faults are found by measurement, at their place and size."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import dancer, recordings, timebase
from ballo.dataset.faults import body, find, timing
from ballo.dataset.faults.fault import Fault
from ballo.dataset.faults.findings import Findings
from ballo.dataset.faults.parts import POINTS
from ballo.dataset.recordings import FIRST, SECOND

DATA = os.environ.get("BALLO_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="set BALLO_DATA to the folder of the published data to test on it")

FROZEN = {
    (SECOND, "DANCE_C_4"): [[1422, 29]],
    (SECOND, "DANCE_R_3"): [[1119, 17]],
    (SECOND, "DANCE_R_4"): [[2437, 50]],
    (SECOND, "DANCE_R_8"): [[828, 19], [1389, 52], [1554, 19], [1686, 19]],
    (SECOND, "DANCE_R_9"): [[1060, 19]],
    (FIRST, "DANCE_R_6"): [[1703, 36]],
    (FIRST, "DANCE_R_10"): [[803, 36]],
}
"""As looked for by hand: the frame repeated, and how many repeat it."""

TEMPO = {"DANCE_C_4": 1.11, "DANCE_C_8": 1.14, "DANCE_R_7": 1.20, "DANCE_W_16": 0.94, "DANCE_W_18": 1.05, "DANCE_T_5": 2.2}
"""The dance's tempo over the music's, by hand; within 2 % in all other dances."""


@pytest.fixture(scope="module")
def publication():
    return recordings.read(Path(str(DATA)))


@pytest.fixture(scope="module")
def found(publication) -> Findings:
    return find.find(publication)


def of_kind(found: Findings, kind: str) -> dict[tuple[str, str], Fault]:
    return {(fault.release, fault.dance): fault for fault in found.faults if fault.kind == kind}


def test_frozen_stretches_are_those_known_and_no_others(found, publication):
    frozen = {where: fault.figures["frozen"] for where, fault in of_kind(found, "frozen").items()}
    looked = {(recording.release, recording.name) for recording in publication.recordings}
    assert {where: known for where, known in FROZEN.items() if where in looked}.items() <= frozen.items()
    # The first release repeats what the second has: only its own are listed above.
    assert set(frozen) - set(FROZEN) <= {(FIRST, name) for _, name in FROZEN}


def test_there_are_as_many_joins_as_the_scripts_say_and_where(found, publication):
    splices = of_kind(found, "splices")
    for recording in publication.recordings:
        where = (recording.release, recording.name)
        if recording.name == "DANCE_T_5":
            assert len(splices[where].stretches) > 5 * 480 / 4 / 8
            continue
        timed = timing.measure(len(recording.points), recording.window_frames, recording.beats)
        middles = [(first + end - 1) / 2 for first, end in splices[where].stretches]
        assert len(middles) == len(timed.bounds) == splices[where].figures["script_joins"]
        np.testing.assert_allclose(middles, timed.bounds, atol=1)


def test_every_recordings_length_follows_a_rule_but_t_5s(found, publication):
    for recording in publication.recordings:
        rule = timing.measure(len(recording.points), recording.window_frames, recording.beats).rule
        if recording.name == "DANCE_T_5":
            assert rule == timing.UNKNOWN
        elif recording.release == SECOND:
            assert rule == timebase.SCRIPT_SECOND
        else:
            assert rule == (timing.BY_BARS_OF_THREE if recording.style == "waltz" else timebase.SCRIPT_FIRST)


def test_the_first_release_has_the_known_frame_rates(found):
    rates = {
        dance: fault.figures["fps"] for (release, dance), fault in of_kind(found, "frame rate").items() if release == FIRST
    }
    assert rates
    for dance, fps in rates.items():
        assert 5.4 <= fps <= 6.6 if "_W_" in dance else 14 <= fps <= 29.5
    assert all(release == FIRST for release, _ in of_kind(found, "frame rate"))


def test_the_second_release_runs_ahead_by_less_than_half_a_second_in_the_median(publication):
    ahead = [
        timing.measure(len(recording.points), recording.window_frames, recording.beats).ahead_seconds[-1]
        for recording in publication.recordings
        if recording.release == SECOND and recording.name != "DANCE_T_5"
    ]
    assert np.median(ahead) == pytest.approx(0.4, abs=0.05)
    assert 0 <= min(ahead) <= max(ahead) <= 1.1


def test_everyone_is_mirrored_and_nobody_is_once_unmirrored(found, publication):
    assert set(of_kind(found, "mirrored")) == {(recording.release, recording.name) for recording in publication.recordings}
    for recording in publication.recordings:
        told = body.handedness(recording.points / 100 * [-1, 1, 1], POINTS)
        assert told.mirrored is False
        assert told.by_toes < 0.02


def test_bodies_switch_as_the_repair_finds(found, publication):
    switches = {where: int(fault.size) for where, fault in of_kind(found, "bodies").items()}
    for recording in publication.recordings:
        points = recording.points / 100 * [-1, 1, 1]
        if recording.name != "DANCE_T_5":
            assert switches.get((recording.release, recording.name), 0) == dancer.body_of(points).switches
    assert max(switches.values()) == 10
    for fault in of_kind(found, "bodies").values():
        assert fault.figures["bone"] == "thigh"
        assert fault.figures["metres"] == pytest.approx([0.45, 0.545], abs=0.01)


def test_floors_drift_and_feet_slide_by_the_publishers_slip(found):
    drifts = {dance: fault.size for (release, dance), fault in of_kind(found, "floor").items() if release == SECOND}
    assert 20 < np.median(list(drifts.values())) < 35
    assert 45 < max(drifts.values()) < 55
    slides = [
        fault for (release, dance), fault in of_kind(found, "sliding").items() if release == SECOND and dance != "DANCE_T_5"
    ]
    assert len(slides) > 0.9 * len(drifts)
    assert all(fault.figures["chaining_slip"] and fault.figures["mended_slide"] < 0.08 for fault in slides)


def test_the_markers_mistakes_are_found(found, publication):
    for fault in of_kind(found, "unequal sides").values():
        assert set(fault.figures) >= {"elbow to wrist", "wrist to finger"}
        left, right = fault.figures["wrist to finger"]
        assert left < 0.06 < 0.1 < right
    assert len(of_kind(found, "unequal sides")) == len(publication.recordings)
    heads = {dance: fault.size for (release, dance), fault in of_kind(found, "head").items() if release == SECOND}
    assert all(20 <= size <= 140 for dance, size in heads.items() if "_W_" in dance)
    assert {recording.name for recording in publication.recordings if recording.style == "waltz"} <= set(heads)


def test_t_5_is_unusable_and_r_6_turns_in_a_frame(found):
    spikes = of_kind(found, "spikes")
    assert {where for where, fault in spikes.items() if fault.severity == "serious"} == {(SECOND, "DANCE_T_5")}
    # By hand: 472 spikes, meaning steps of a point at more than 6 m/s.
    assert spikes[SECOND, "DANCE_T_5"].figures["fast_frames"] == pytest.approx(472, abs=2)
    tears = {where: [tear["frame"] for tear in fault.figures["tears"]] for where, fault in of_kind(found, "tears").items()}
    assert tears[FIRST, "DANCE_R_6"] == [849, 850]
    assert set(tears) == {(FIRST, "DANCE_R_6"), (SECOND, "DANCE_T_5")}


def test_tempo_misfits_are_those_known_and_no_others(found):
    ratios = {dance: fault.figures["ratio"] for (_, dance), fault in of_kind(found, "tempo").items()}
    here = {looked.dance for looked in found.recordings}
    assert ratios == {dance: pytest.approx(ratio, abs=0.01) for dance, ratio in TEMPO.items() if dance in here}


def test_published_steps_take_no_notice_of_the_beat(found, publication):
    for style in ("cha-cha", "rumba", "waltz"):
        assert found.steps[style].resultant < 0.1
        assert found.steps[style].p_value > 0.05
    out = of_kind(found, "out of step")
    assert len(out) > 0.85 * sum(looked.dance in publication.songs for looked in found.recordings)


def test_movement_is_shared_as_known_and_within_a_style(found):
    shares = {style: movement.shared_seconds / movement.seconds for style, movement in found.movement.items()}
    assert shares["cha-cha"] == pytest.approx(0.83, abs=0.05)
    assert shares["rumba"] == pytest.approx(0.91, abs=0.05)
    assert shares["waltz"] == pytest.approx(0.98, abs=0.02)
    assert shares["tango"] == pytest.approx(0.02, abs=0.02)
    for (_, dance), fault in of_kind(found, "shared").items():
        styles = {partner[6] for partner in fault.figures["partners"]}
        assert styles <= ({"W", "T"} if dance[6] in "WT" else {dance[6]})
    minutes = {style: movement.fresh_seconds / 60 for style, movement in found.movement.items()}
    assert 1.5 < minutes["cha-cha"] < 2.5
    assert 3 < minutes["rumba"] < 4.5
    assert 1.8 < minutes["waltz"] < 3.2
