"""The real data, in the folder that BALLO_DATA names: known facts about it come out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import preparation, recordings, splits, timebase
from ballo.dataset.archive import REPAIRED
from ballo.dataset.recordings import FIRST, SECOND
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

DATA = os.environ.get("BALLO_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="set BALLO_DATA to the folder of the published data to test on it")

DANCES = ("DANCE_C_4", "DANCE_R_6", "DANCE_W_22")


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A source of a few of the dances, so that the test is quick."""
    source, sample = Path(str(DATA)), tmp_path_factory.mktemp("sample")
    (sample / "choreonet").mkdir()
    shutil.copytree(source / "choreonet" / "choreography", sample / "choreonet" / "choreography")
    for release in ("tang2018", "tang2018-first-release"):
        for name in (*DANCES, "DANCE_R_2", "DANCE_T_5"):
            if (source / release / name).is_dir():
                shutil.copytree(source / release / name, sample / release / name)
    return sample


@pytest.fixture(scope="module")
def found(sample):
    return {(recording.release, recording.name): recording for recording in recordings.read(sample).recordings}


@pytest.fixture(scope="module")
def prepared(sample, tmp_path_factory):
    archive = tmp_path_factory.mktemp("prepared") / "archive"
    return preparation.prepare([sample], archive, splits.shipped(), preparation.Wish(REPAIRED))


def test_the_published_data_are_complete_but_for_what_they_lack(prepared):
    assert prepared.complete
    assert [dance.name for dance in prepared.archive.dances] == ["DANCE_C_4", "DANCE_R_2", "DANCE_R_6", "DANCE_W_22"]
    assert "jumps" in prepared.skipped["DANCE_T_5"]
    assert prepared.skipped["DANCE_C_1"] == "not in the source"


def test_scripts_reproduce_every_files_length(found):
    for (release, name), recording in found.items():
        rule = timebase.find(len(recording.points), recording.window_frames, recording.beats).rule
        if name == "DANCE_T_5" or (release, name) == (FIRST, "DANCE_W_22"):
            assert rule == timebase.STRETCH
        else:
            assert rule == (timebase.SCRIPT_FIRST if release == FIRST else timebase.SCRIPT_SECOND)


@pytest.mark.parametrize(("name", "centimetres"), [("DANCE_C_4", 0.5), ("DANCE_R_2", 0.9)])
def test_the_first_release_mended_is_the_second_frame_for_frame(found, name, centimetres):
    first, second = (found[release, name] for release in (FIRST, SECOND))
    mended = timebase.as_second_release(first.points, first.window_frames, first.beats)
    assert mended.shape == second.points.shape
    apart = np.linalg.norm(mended - second.points, axis=-1)
    assert np.sqrt((apart**2).mean()) < centimetres
    assert np.median(apart) < 0.1
    stretched = timebase.resample(first.points, timebase.TimeBase("", np.linspace(0, len(mended) - 1, len(first.points))))
    assert np.sqrt((np.linalg.norm(stretched - second.points, axis=-1) ** 2).mean()) > 1.2 * np.sqrt((apart**2).mean())


def test_one_dancer_on_one_floor_facing_her_way(prepared):
    for dance in prepared.archive.dances:
        positions = dance.motion().positions.astype(np.float64)
        bones = np.linalg.norm(positions[:, 1:] - positions[:, list(DANCER.parents[1:])], axis=-1)
        assert np.abs(bones - DANCER.bone_lengths[1:]).max() < 1e-5
        assert np.abs(kinematics.floor_height(DANCER, positions)).max() < 1e-5
        ahead = kinematics.turned_about_y(positions - positions[:, :1], -kinematics.heading(DANCER, positions)[:, None])
        toes, heels = ([DANCER.index(f"{side}_{part}") for side in ("left", "right")] for part in ("toe", "heel"))
        assert ((ahead[:, toes] - ahead[:, heels]).mean(axis=1)[:, 2] > 0).mean() > 0.98


def test_known_freezes_are_found(prepared):
    cha_cha = next(dance for dance in prepared.archive.dances if dance.name == "DANCE_C_4")
    (stretch,) = next(record for record in cha_cha.provenance["repairs"] if record["name"] == "left out")["figures"]["frozen"]
    assert stretch == pytest.approx([1428, 1457], abs=2)


def test_windows_hold_music_and_movement(prepared):
    for window in prepared.archive.windows("train", hop=200) + prepared.archive.windows("val", hop=200):
        assert len(window.motion()) == 120
        assert np.abs(window.music()).max() > 0.05
