"""Variations: mirrors that are mirrors, louder music that is the louder music, and readings between frames that hold still."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ballo.learning import augment, markers
from ballo.learning.models.layers import SILENCE, MelFrontEnd
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

ACROSS = np.array([-1.0, 1.0, 1.0])


def test_the_mirrored_dancer_is_the_mirror_image_of_the_dancer_in_the_world(planted: Callable) -> None:
    world = planted(np.arange(40.0))
    pose, travel = kinematics.unplace(DANCER, world)
    heading = kinematics.heading(DANCER, world)[0]
    flipped = augment.mirrored(pose, travel, augment.mirror_of(DANCER))
    swapped = [
        DANCER.index(name.replace("left", "x").replace("right", "left").replace("x", "right")) for name in DANCER.joint_names
    ]
    start = world[0, 0, [0, 2]] * [-1, 1]
    again, _, _ = kinematics.place(*flipped, start, -heading)
    np.testing.assert_allclose(again, world[:, swapped] * ACROSS, atol=1e-6)


def test_two_mirrors_show_the_dancer_herself() -> None:
    for mirror in (augment.mirror_of(DANCER), markers.mirror()):
        np.testing.assert_array_equal(mirror @ mirror, np.eye(len(mirror)))


def test_the_mirrored_points_are_what_would_be_published_of_the_mirrored_person() -> None:
    names = ["FHD", "SHO", "ELB", "FRM", "WRB", "FIN", "WT", "KNE", "ANK", "HEE", "TOE"]
    person = {
        side + name: np.random.default_rng(k).normal(size=3)
        for k, (side, name) in enumerate((s, n) for s in "LR" for n in names)
    }
    person["T10"] = np.array([0.1, 1.2, 0.3])
    image = {{"L": "R", "R": "L"}.get(name[0], name[0]) + name[1:]: at * ACROSS for name, at in person.items()}
    np.testing.assert_allclose(markers.mirror() @ _published(person) * ACROSS, _published(image), atol=1e-6)


def _published(person: dict[str, np.ndarray]) -> np.ndarray:
    """Table "The 23 points" of the data's description, each marker of a pair of two standing for their mean."""
    points = np.zeros((23, 3))
    single = {
        0: "LFHD",
        1: "RFHD",
        2: "T10",
        3: "LSHO",
        4: "LELB",
        5: "LFRM",
        22: "LFIN",
        7: "LWT",
        8: "LKNE",
        9: "LANK",
        10: "LHEE",
    }
    single |= {
        11: "LTOE",
        12: "RSHO",
        13: "RELB",
        21: "RFRM",
        15: "RFIN",
        16: "RWT",
        17: "RKNE",
        18: "RANK",
        19: "RHEE",
        20: "RTOE",
    }
    for point, name in single.items():
        points[point] = person[name]
    points[6] = (person["LWRB"] + person["LFIN"]) / 2
    points[14] = (person["RFRM"] + person["RWRB"]) / 2
    return points


def test_turning_up_spectra_is_turning_up_the_waveform() -> None:
    front_end, blocks = MelFrontEnd(640, 16_000), torch.randn(2, 6, 640) * 0.05
    for decibels in (-6.0, 0.0, 6.0):
        scaled = augment.louder_blocks(blocks, torch.tensor(decibels))
        torch.testing.assert_close(scaled, blocks * 10 ** (decibels / 20))
        heard = front_end(blocks)
        torch.testing.assert_close(augment.louder(heard, torch.tensor(decibels)), front_end(scaled), atol=1e-3, rtol=0)
        assert torch.equal(heard, front_end(blocks)), "what came in was changed"


def test_silence_stays_silent_however_loud() -> None:
    silent = torch.full((3, 4), SILENCE)
    torch.testing.assert_close(augment.louder(silent, torch.tensor(20.0)), silent, atol=1e-5, rtol=0)


def test_poses_between_frames_are_where_the_dancer_was(planted: Callable) -> None:
    pose, _ = kinematics.unplace(DANCER, planted(np.arange(80.0)))
    places = 10.3 + 1.07 * np.arange(50)
    read = augment.poses_at(pose.astype(np.float32), places, (0, 80))
    true, _ = kinematics.unplace(DANCER, planted(places))
    assert np.abs(read - true).max() < 1e-3
    bones = [np.linalg.norm(x[:, 1:] - x[:, DANCER.parents[1:]], axis=-1) for x in (read, true)]
    assert np.abs(bones[0] / bones[1] - 1).max() < 1e-3


def test_bones_get_their_lengths_back_and_keep_their_directions(planted: Callable) -> None:
    pose, _ = kinematics.unplace(DANCER, planted(np.arange(20.0)))
    stretched = pose.astype(np.float32) * np.float32(1.1)
    np.testing.assert_allclose(augment.with_bones_of(DANCER, stretched), pose + 0.1 * pose[:, :1], atol=1e-5)


def test_poses_at_whole_frames_are_the_frames_and_no_frame_outside_is_read() -> None:
    pose = np.random.default_rng(0).normal(size=(30, 4, 3)).astype(np.float32)
    np.testing.assert_array_equal(augment.poses_at(pose, np.arange(10.0, 20.0), (10, 20)), pose[10:20])
    spoilt = pose.copy()
    spoilt[:10] = spoilt[20:] = np.nan
    places = np.linspace(10, 19, 23)
    assert np.isfinite(augment.poses_at(spoilt, places, (10, 20))).all()


@given(st.floats(0.7, 1.4), st.floats(0, 0.99))
def test_travel_leads_along_the_same_way_at_any_tempo(tempo: float, phase: float) -> None:
    frames = np.arange(100) / 25
    path = np.stack([np.sin(frames), 0.5 * frames, 2 * np.sin(0.7 * frames)], axis=1)
    places = 20 + phase + tempo * np.arange(50)
    travel = augment.travel_at(path, places, tempo)
    seconds = (places[0] - tempo) / 25
    start = np.array([np.sin(seconds), 0.5 * seconds]), 2 * np.sin(0.7 * seconds)
    way, _, heading = kinematics.place(np.zeros((50, 1, 3)), travel, *start)
    seconds = places / 25
    np.testing.assert_allclose(way[:, 0, [0, 2]], np.stack([np.sin(seconds), 0.5 * seconds], axis=1), atol=1e-4)
    assert heading == pytest.approx(2 * np.sin(0.7 * seconds[-1]), abs=1e-4)


def test_travel_at_whole_frames_is_the_travel(planted: Callable) -> None:
    world = planted(np.arange(60.0))
    _, travel = kinematics.unplace(DANCER, world)
    path = np.concatenate([world[:, 0, [0, 2]], np.unwrap(kinematics.heading(DANCER, world))[:, None]], axis=1)
    np.testing.assert_allclose(augment.travel_at(path, np.arange(0.0, 60), 1.0), travel, atol=1e-6)


def test_rows_between_rows_lie_on_straight_lines_and_silence_lies_around() -> None:
    rows = np.arange(10, dtype=np.float32)[:, None] * [1, 2]
    read = augment.rows_at(rows.astype(np.float32), 2.25 + 1.1 * np.arange(5), SILENCE)
    np.testing.assert_allclose(read[:, 0], 2.25 + 1.1 * np.arange(5), rtol=1e-6)
    read = augment.rows_at(rows.astype(np.float32), np.arange(-4.0, 15.0), SILENCE)
    np.testing.assert_array_equal(read[4:14], rows)
    assert (read[:4] == SILENCE).all()
    assert (read[14:] == SILENCE).all()


@pytest.mark.parametrize(("first", "count"), [(-20, 10), (-3, 5), (-3, 20), (2, 3), (8, 5), (30, 4)])
def test_a_part_beyond_the_ends_is_silent_there(first: int, count: int) -> None:
    values = np.arange(1.0, 11.0)[:, None]
    expected = [values[row, 0] if 0 <= row < 10 else 0.0 for row in range(first, first + count)]
    np.testing.assert_array_equal(augment.part(values, first, count, 0.0)[:, 0], expected)


@pytest.mark.parametrize("tempo", [0.9, 1.0, 1.1])
def test_a_faster_waveform_is_the_waveform_read_faster(tempo: float) -> None:
    hertz, start = 440.0, 10.37
    sine = np.sin(2 * np.pi * hertz * np.arange(60 * 640) / 16_000).astype(np.float32).reshape(60, 640)
    played = augment.blocks_at(sine, start, tempo, 30).reshape(-1)
    seconds = (start * 640 + tempo * np.arange(30 * 640)) / 16_000
    # Half a sample of the start may be lost, which is 0.09 of a 440 Hz sine.
    assert np.abs(played - np.sin(2 * np.pi * hertz * seconds)).max() < 0.1
    assert np.corrcoef(played, np.sin(2 * np.pi * hertz * seconds))[0, 1] > 0.995


def test_the_waveform_is_silent_beyond_its_ends() -> None:
    noise = np.random.default_rng(0).normal(size=(20, 640)).astype(np.float32)
    for tempo in (1.0, 1.05):
        played = augment.blocks_at(noise, -5.0, tempo, 40)
        assert played.shape == (40, 640)
        assert np.abs(played[:4]).max() < 1e-3
        assert np.abs(played[8]).max() > 1
        assert np.abs(played[25:]).max() < 1e-3
