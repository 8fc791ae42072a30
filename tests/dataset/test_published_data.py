"""The real data, in the folder that BALLO_DATA names: known facts about it come out."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import entries, grids, library, preparation, recordings, remaster, splits, staging, timebase
from ballo.dataset.adapters import choreonet
from ballo.dataset.archive import REPAIRED, Beats
from ballo.dataset.recordings import FIRST, SECOND
from ballo.dataset.remaster import Score
from ballo.metrics import bar_phase, feet, sync
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps

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


# Danced anew.

TABLE = [
    # take, period in seconds, resultant of its steps; see docs/data.md
    ("15", 0.4840, 0.43, 0.02),
    ("ll_qq_02_2", 0.4997, 0.39, 0.02),
    ("17", 0.4692, 0.38, 0.04),
    ("14", 0.4702, 0.27, 0.02),
    ("16", 0.6795, None, None),
]
RENDERED = {
    "cha-cha": ("DANCE_C_2", "DANCE_C_4", "DANCE_C_6", "DANCE_C_8"),
    "rumba": ("DANCE_R_2", "DANCE_R_3", "DANCE_R_8"),
    "tango": ("DANCE_T_2", "DANCE_T_7"),
    "waltz": ("DANCE_W_4", "DANCE_W_16", "DANCE_W_20", "DANCE_W_22"),
}


@pytest.fixture(scope="module")
def publication():
    source = Path(str(DATA))
    if not choreonet.recognises(source / "choreonet"):
        pytest.skip("BALLO_DATA has no takes: choreonet/raw_c3d and movement_interval.csv")
    return recordings.read(source)


@pytest.fixture(scope="module")
def built(publication):
    source = Path(str(DATA))
    return library.build(source / "choreonet", source, publication, splits.shipped().val)


def even(script, style, made):
    """Beats a little slower than the style is danced, as many as a script could need."""
    bar = 3 if style == "waltz" else 4
    periods = [made.grids[unit.take].period_seconds for unit in made.of_style(style) if unit.take in made.grids]
    count = sum(script.beats) + 8 * bar
    seconds = np.arange(count) * 1.03 * float(np.median(periods))
    return Score(Beats(seconds, np.arange(count) % bar, bar), float(seconds[-1]))


@pytest.fixture(scope="module")
def rendered(publication, built):
    """Some scripts of each style, danced on even beats: (remastered, beats) by name."""
    made, dances = built[0], {}
    for style, names in RENDERED.items():
        for name in names:
            script = publication.scripts[name]
            score = even(script, style, made)
            dances[name] = remaster.perform(script, style, score, made, 25.0, 0.0), score.beats.seconds
    return dances


@pytest.mark.parametrize(("take", "period", "resultant", "near"), TABLE)
def test_takes_beats_are_those_that_were_measured_by_hand(built, take, period, resultant, near):
    grid = built[0].grids[take]
    assert grid.period_seconds == pytest.approx(period, rel=0.003)
    if resultant is not None:
        assert grid.rule == grids.STEPS
        assert grid.resultant == pytest.approx(resultant, abs=near)


def test_the_take_that_was_not_published_is_rebuilt_and_steps_in_time(built):
    take, grid = built[0].takes["20"], built[0].grids["20"]
    assert [record.name for record in take.records] == ["rebuilt"]
    assert grid.period_seconds == pytest.approx(0.688, rel=0.005)
    assert grid.resultant > 0.5
    assert grid.rule == grids.STEPS
    assert len(take) / take.fps == pytest.approx(87.5, abs=1)
    bones = np.linalg.norm(take.joints[:, 1:] - take.joints[:, list(DANCER.parents[1:])], axis=-1)
    thigh = bones[:, DANCER.index("left_knee") - 1]
    assert thigh.std() < 0.03 * thigh.mean()


def test_every_unit_that_was_cut_can_be_danced(built):
    made, problems = built
    assert problems == []
    assert set(made.units) == made.known
    count = {letter: sum(tag.startswith(letter) for tag in made.units) for letter in "CRTW"}
    assert count == {"C": 41, "R": 44, "T": 46, "W": 32}
    in_tempo = {letter: sum(unit.in_tempo for tag, unit in made.units.items() if tag[0] == letter) for letter in "CRTW"}
    assert in_tempo["C"] >= 35
    assert in_tempo["R"] >= 39
    assert in_tempo["T"] >= 44
    assert in_tempo["W"] >= 30
    for unit in made.units.values():
        take = made.takes[unit.take]
        assert 0 <= unit.start_seconds < unit.end_seconds <= len(take) / take.fps + 0.1


def test_a_tenth_is_held_out(built):
    held_out = built[0].held_out
    assert {letter: sum(tag[0] == letter for tag in held_out) for letter in "CRTW"} == {"C": 3, "R": 4, "T": 4, "W": 3}


def test_a_marker_that_sits_too_high_is_the_one_mistake(built):
    wrong = {name for name, take in built[0].takes.items() if any(each.figures.get("mistake") for each in take.records)}
    assert wrong == {"14"}


def test_rendered_feet_stand(rendered):
    toes = [DANCER.index("left_toe"), DANCER.index("right_toe")]
    for style, names in RENDERED.items():
        positions = [rendered[name][0].rendered.motion.positions.astype(float)[:, toes] for name in names]
        assert np.mean([feet.skate(each, 25.0).median for each in positions]) <= 0.05, style
        assert max(feet.toe_floor_drift(each, 25.0) for each in positions) < 0.01, style


def test_rendered_dances_stay_on_the_stage_and_whole(rendered):
    for name, (made, _) in rendered.items():
        positions = made.rendered.motion.positions.astype(float)
        assert np.abs(made.rendered.motion.root[:, [0, 2]]).max() <= staging.STAGE_METRES / 2, name
        assert np.linalg.norm(np.diff(positions[:, 0], axis=0), axis=-1).max() * 25 < 4, name
        bones = np.linalg.norm(positions[:, 1:] - positions[:, list(DANCER.parents[1:])], axis=-1)
        assert np.abs(bones - DANCER.bone_lengths[1:]).max() < 1e-5, name
        lowest = positions[:, [joint for foot in DANCER.foot_joints for joint in foot], 1].min(axis=1)
        assert lowest.min() > -0.04, name
        assert np.percentile(np.abs(lowest), 95) < 0.015, name
        assert (made.missing, made.left) == ((), 0), name


@pytest.mark.parametrize(
    ("style", "least", "chance"), [("cha-cha", 0.40, 0.05), ("tango", 0.25, 0.2), ("waltz", 0.40, 0.05), ("rumba", 0.05, 1)]
)
def test_rendered_steps_are_in_time(rendered, style, least, chance):
    """As published, cha-cha's is .005. Rumba is danced to the bar, and tango's songs are too few to leave no doubt."""
    dances = []
    for name in RENDERED[style]:
        made, beats = rendered[name]
        seconds = steps(DANCER, made.rendered.motion.positions.astype(float), 25.0)
        dances.append(sync.InSong(seconds, beats, np.array(made.rendered.joins) / 25))
    found = bar_phase.step_phase(dances)
    assert found.resultant > least
    if style != "rumba":
        assert abs(found.phase) < 0.05
        assert found.p_value < chance


def test_held_out_movement_is_not_learnt(rendered, built):
    for made, _ in rendered.values():
        for first, end in remaster.usable(made, len(made.rendered.motion), withhold=True):
            for number in np.unique(made.rendered.placement[first:end]):
                assert made.placements[number].unit.tag not in built[0].held_out


def test_a_song_is_danced_on_its_beats(publication, built):
    """The tracked beats of a real song, and the steps that are danced to them."""
    name = "DANCE_C_2"
    song = publication.songs[name]
    entry = entries.remastered(name, "cha-cha", "train", publication.scripts[name], song, (0, 1000), built[0], 25.0)
    known = json.loads((Path(str(DATA)) / "tempo.json").read_text())["songs"][name]["beat_period_seconds"]
    assert np.median(np.diff(entry.beats.seconds)) == pytest.approx(known, rel=0.003)
    seconds = steps(DANCER, entry.motion.positions.astype(float), 25.0)
    found = bar_phase.step_phase([sync.InSong(seconds, entry.beats.seconds, np.array(entry.provenance["joins"]) / 25)])
    assert found.resultant > 0.35
    assert abs(found.phase) < 0.08
