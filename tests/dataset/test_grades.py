"""From a planted source to archives of three grades, and again when something changes, breaks or is missing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from ballo.cli import data
from ballo.dataset import archiving, preparation, recordings
from ballo.dataset.archive import GRADES, PUBLISHED, REMASTERED, REPAIRED, Archive
from ballo.dataset.preparation import Wish
from ballo.dataset.splits import Split
from ballo.errors import DataError
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps

SPLIT = Split(("DANCE_C_2", "DANCE_C_6"), ("DANCE_C_8",), ("DANCE_C_9",))
PERIOD, PHASE = 0.484, 0.143
SONGS = {"DANCE_C_2": 0.5, "DANCE_C_6": 0.46, "DANCE_C_8": 0.52}
SCRIPTS = {
    "DANCE_C_2": ("C-1-1", "C-2-1", "C-7-1", "C-5-1", "HOLD", "C-9-1"),
    "DANCE_C_6": ("START", "C-3-1", "C-4-1", "C-10-1", "C-11-1"),
    "DANCE_C_8": ("C-6-1", "C-6-1", "C-2-1", "C-12-1"),
    "DANCE_C_9": ("C-1-1", "C-13-1"),
}
START = 75  # frames into each song

ballo = typer.Typer()
ballo.add_typer(data.app, name="data")


@pytest.fixture(scope="module")
def planted(tmp_path_factory, source_in, planted_dancer, beaten_song):
    """A take of fourteen bars, three songs, four scripts, three of them published as dances, one without music."""
    source, dancer = source_in(tmp_path_factory.mktemp("planted")), planted_dancer()
    source.take(dancer.markers("15"), dancer.intervals([4] * 13, jitter=0.15, first_beat=4))
    source.row("15", "C-0-1", "", "", "11", "160", "4")
    source.row("15", "NIL", "", "", "0", "10", "2")
    for name, tags in SCRIPTS.items():
        source.script(name, [(tag, 4) for tag in tags], start_pos=START, end_pos=4000)
        samples = beaten_song(SONGS[name], 0.4, 44) if name in SONGS else None
        if name == "DANCE_C_6":
            source.song(name, samples)  # music and script alone
            continue
        beat = np.arange(50) / 12.5
        parts = []
        for tag in tags:
            bar = int(tag.split("-")[1]) if tag != "HOLD" else 6
            parts.append(dancer.joints(PHASE + (4 * bar + beat) * PERIOD))
        source.dance(name, np.concatenate(parts), START, song=samples)
    return source


@pytest.fixture
def source(planted, tmp_path, source_in):
    """A copy to spoil."""
    shutil.copytree(planted.folder, tmp_path / "source")
    copy = type(planted)(tmp_path / "source", list(planted.rows))
    return copy


def prepared(source, output, grade=REMASTERED, split=SPLIT, fps=None):
    return preparation.prepare([source.folder], output, split, Wish(grade, fps))


@pytest.fixture(scope="module")
def made(planted, tmp_path_factory):
    """An archive of each grade."""
    folder = tmp_path_factory.mktemp("made")
    return {grade: prepared(planted, folder / grade, grade) for grade in GRADES}


def dance_of(archive, name):
    return next(dance for dance in archive.dances if dance.name == name)


def content(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


# Remastered.


def test_every_dance_with_a_script_is_danced_anew(made):
    remastered = made[REMASTERED]
    assert remastered.complete
    assert {problem.path for problem in remastered.problems} == {"tang2018/DANCE_C_9/audio.mp3"}
    found = {dance.name: (dance.split, dance.samples is not None) for dance in remastered.archive.dances}
    assert found == {
        "DANCE_C_2": ("train", True),
        "DANCE_C_6": ("train", True),
        "DANCE_C_8": ("val", True),
        "DANCE_C_9": ("motion_only", False),
    }


def test_steps_are_on_the_true_beats_of_the_song(made):
    """The song's beats are known, and so is where in the bar the planted dancer steps."""
    at = np.array([0.0, 1.0, 2.0, 3.0, 3.5, 4.0])
    for name, period in SONGS.items():
        dance = dance_of(made[REMASTERED].archive, name)
        start = dance.provenance["start_seconds_in_song"]
        assert start >= START / 25 - period / 2
        first_beat = (start - 0.4) / period
        assert first_beat == pytest.approx(4 * round(first_beat / 4), abs=0.05)
        positions = dance.motion().positions.astype(float)
        seconds = steps(DANCER, positions, dance.fps)
        away = np.abs(seconds[:, None] - np.array([*dance.joins, -100]) / dance.fps).min(axis=1) > 0.3
        apart = (seconds[away] / period)[:, None] % 4 - at
        apart = apart[np.arange(away.sum()), np.abs(apart).argmin(axis=1)]
        assert len(apart) >= 7
        assert abs(apart.mean()) < 0.06
        assert np.abs(apart).max() < 0.12


def test_the_archives_beats_are_the_songs(made):
    for name, period in SONGS.items():
        dance = dance_of(made[REMASTERED].archive, name)
        beats = (dance.beats.seconds + dance.provenance["start_seconds_in_song"] - 0.4) / period
        assert np.abs(beats - np.round(beats)).max() < 0.06
        np.testing.assert_array_equal(np.round(beats).astype(int) % 4, dance.beats.positions)
        assert dance.beats.metre == 4


def test_every_frame_knows_its_unit_and_where_in_the_take_it_is(made, planted_dancer):
    """What the frame shows is what the planted dancer did there."""
    dancer = planted_dancer()
    for dance in made[REMASTERED].archive.dances:
        free = np.flatnonzero((dance.repairs == 0) & (dance.unit >= 0))
        assert len(free) > 50
        tags = {dance.units[number].tag for number in dance.unit[free]}
        assert tags <= set(SCRIPTS[dance.name]) | {"C-0-1"}
        assert {dance.units[number].take for number in dance.unit[free]} == {"15"}
        true = dancer.joints(dance.source_seconds[free].astype(float))
        shown = dance.motion().positions[free].astype(float)
        flat = [
            kinematics.turned_about_y(each - each[:, :1], -kinematics.heading(DANCER, each)[:, None]) for each in (true, shown)
        ]
        assert np.abs(flat[0] - flat[1]).max() < 0.005


def test_without_music_it_lasts_as_long_as_it_was_published(made):
    dance = dance_of(made[REMASTERED].archive, "DANCE_C_9")
    assert len(dance) == 100
    np.testing.assert_allclose(np.diff(dance.beats.seconds), 0.5, atol=1e-6)


def test_the_manifest_tells_of_takes_and_their_beats(made):
    manifest = made[REMASTERED].archive.manifest
    grid = manifest["takes"]["15"]["grid"]
    assert grid["period_seconds"] == pytest.approx(PERIOD, rel=0.001)
    (cut,) = [unit for unit in manifest["library"]["units"] if unit["tag"] == "C-5-1"]
    assert (cut["beats"], cut["said_beats"], cut["in_tempo"]) == (4, 4, True)


# Held out.


@pytest.mark.parametrize("grade", GRADES)
def test_held_out_units_are_in_no_training_window(made, grade):
    archive = made[grade].archive
    held_out = {unit.tag for unit in archive.units if unit.held_out}
    assert held_out == {"C-6-1"}  # of the validation dance's, the one that training needs least
    for part in ("train", "motion_only"):
        for window in archive.windows(part, frames=20, hop=1):
            frames = slice(window.start, window.start + 20)
            assert not window.dance.unseen[frames].any()
            if grade == REMASTERED:
                bars = (window.dance.source_seconds[frames] - PHASE) / PERIOD / 4
                assert not ((bars > 6.02) & (bars < 6.98)).any()


def test_validation_shows_them_and_says_so(made):
    dance = dance_of(made[REMASTERED].archive, "DANCE_C_8")
    assert dance.usable == ((0, len(dance)),)
    assert dance.unseen.sum() == pytest.approx(8 * 0.52 * 25, abs=1)
    assert not dance_of(made[REMASTERED].archive, "DANCE_C_6").unseen.any()


def test_a_hold_that_goes_on_into_them_is_left_out(made):
    """In DANCE_C_2 the take goes on from C-5-1 into C-6-1."""
    dance = dance_of(made[REMASTERED].archive, "DANCE_C_2")
    bars = (dance.source_seconds - PHASE) / PERIOD / 4
    inside = (bars > 6.02) & (bars < 6.98)
    assert inside.sum() > 40
    usable = np.zeros(len(dance), dtype=bool)
    for first, end in dance.usable:
        usable[first:end] = True
    assert not usable[inside].any()


@pytest.mark.parametrize("grade", GRADES)
def test_no_window_crosses_the_split(made, grade):
    archive = made[grade].archive
    for part, names in (("train", SPLIT.train), ("val", SPLIT.val), ("motion_only", SPLIT.motion_only)):
        windows = archive.windows(part, frames=40, hop=5)
        assert windows
        assert {window.dance.name for window in windows} <= set(names)


# The other grades.


def test_published_is_as_it_came(made, planted):
    archive = made[PUBLISHED].archive
    assert [dance.name for dance in archive.dances] == ["DANCE_C_2", "DANCE_C_8", "DANCE_C_9"]
    for dance in archive.dances:
        file = json.loads((planted.folder / "tang2018" / dance.name / "skeletons.json").read_text())
        points = (np.array(file["skeletons"]) + np.array(file["center"])[:, None]) / 100
        np.testing.assert_array_equal(dance.points, points.astype(np.float32))
        assert dance.fps == 25
        assert dance.provenance["start_seconds_in_song"] == START / 25
        assert dance.joins == tuple(range(50, len(dance), 50))
        tags = [dance.units[number].tag if number >= 0 else "HOLD" for number in dance.unit[::50]]
        assert tags == list(SCRIPTS[dance.name])


def test_repaired_keeps_the_published_time(made):
    archive = made[REPAIRED].archive
    assert [dance.name for dance in archive.dances] == ["DANCE_C_2", "DANCE_C_8", "DANCE_C_9"]
    assert all(dance.points is None for dance in archive.dances)
    assert archive.manifest["grade"] == REPAIRED


# Again.


@pytest.mark.parametrize("grade", GRADES)
def test_nothing_is_made_twice_and_all_is_the_same(source, tmp_path, made, grade):
    first = prepared(source, tmp_path / "a", grade)
    assert content(first.archive.path) == content(made[grade].archive.path)
    before = content(first.archive.path)
    again = prepared(source, tmp_path / "a", grade)
    assert (first.reused, set(again.reused)) == ((), {dance.name for dance in again.archive.dances})
    assert content(tmp_path / "a") == before


def test_a_song_that_changes_remakes_its_dance_alone(source, tmp_path, beaten_song, monkeypatch):
    output = tmp_path / "a"
    prepared(source, output)
    source.song("DANCE_C_6", beaten_song(0.55, 0.3, 40))
    again = prepared(source, output)
    assert set(again.reused) == {"DANCE_C_2", "DANCE_C_8", "DANCE_C_9"}
    assert np.median(np.diff(dance_of(again.archive, "DANCE_C_6").beats.seconds)) == pytest.approx(0.55, abs=0.005)
    cold = prepared(source, tmp_path / "cold")
    assert content(cold.archive.path) == content(output)


def test_what_was_broken_and_is_gone_is_forgotten(source, tmp_path):
    """Nothing has to be made anew, and nothing is left to complain about."""
    broken = source.folder / "tang2018" / "DANCE_C_3"
    broken.mkdir()
    (broken / "skeletons.json").write_text("{")
    (broken / "config.json").write_text("{}")
    assert not prepared(source, tmp_path / "a").complete
    shutil.rmtree(broken)
    again = prepared(source, tmp_path / "a")
    assert again.complete
    assert content(again.archive.path) == content(prepared(source, tmp_path / "cold").archive.path)


def test_what_is_wrong_with_takes_is_told_again(source, tmp_path):
    (source.choreonet / "raw_c3d" / "99.c3d").write_text("nothing")
    source.row("99", "C-50-1", "", "", "0", "100", "4")
    source.row("15", "C-51-1", "", "", "100", "50", "4")
    first = prepared(source, tmp_path / "a")
    assert not first.complete
    before = content(tmp_path / "a")
    again = prepared(source, tmp_path / "a")
    assert len(again.reused) == 4
    assert again.problems == first.problems
    assert content(tmp_path / "a") == before


def test_another_frame_rate_is_another_archive(source, tmp_path):
    prepared(source, tmp_path / "a")
    other = prepared(source, tmp_path / "a", fps=30.0)
    assert other.reused == ()
    assert other.archive.fps == 30


def test_dances_of_an_archive_that_rotted_are_made_anew(source, tmp_path, made):
    output = tmp_path / "a"
    shutil.copytree(made[REMASTERED].archive.path, output)
    before = content(output)
    root = np.load(output / "root.npy")
    root[100] += 1
    np.save(output / "root.npy", root)
    assert prepared(source, output).reused == ()
    assert content(output) == before


def test_another_split_is_another_archive(source, tmp_path, made):
    output = tmp_path / "a"
    shutil.copytree(made[REMASTERED].archive.path, output)
    other = Split(("DANCE_C_6", "DANCE_C_8"), ("DANCE_C_2",), ("DANCE_C_9",))
    found = prepared(source, output, split=other)
    assert found.reused == ()
    held_out = {unit.tag for unit in found.archive.units if unit.held_out}
    assert len(held_out) == 1
    assert held_out <= set(SCRIPTS["DANCE_C_2"])


# Interrupted.


@pytest.mark.parametrize("moment", ["arrays", "manifest", "rename"])
@pytest.mark.parametrize("how", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interrupted_run_leaves_the_old_archive(source, tmp_path, made, monkeypatch, moment, how):
    output = tmp_path / "a"
    shutil.copytree(made[REMASTERED].archive.path, output)
    before = content(output)

    def stop(*_, **__):
        raise how

    renamed = Path.rename

    def second(self, target):
        if Path(target) == output and ".old" not in self.name:
            raise how
        return renamed(self, target)

    with monkeypatch.context() as patch:
        if moment == "rename":
            patch.setattr(Path, "rename", second)
        elif moment == "arrays":
            patch.setattr(np, "save", stop)
        else:
            patch.setattr(archiving, "_described", stop)
        wanted = DataError if isinstance(how, OSError) else KeyboardInterrupt
        with pytest.raises(wanted):
            prepared(source, output)
    assert content(output) == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "source"]


def test_what_a_killed_run_left_behind_is_in_nobodys_way(source, tmp_path, made):
    """Killed between putting the old archive aside and the new one in its place, or while taking the old one away."""
    output = tmp_path / "a"
    shutil.copytree(made[REMASTERED].archive.path, output)
    for left in (".a.old", ".a.0123abcd", ".a.0123abcd.old"):
        shutil.copytree(output, tmp_path / left)
    assert prepared(source, output).complete
    assert Archive.open(output)


# Faults.


@pytest.fixture
def prepare(source, tmp_path):
    split = tmp_path / "split.json"
    split.write_text(json.dumps(SPLIT.as_json()))

    def run(*more):
        paths = [str(path) for path in (source.folder, *more)]
        result = CliRunner().invoke(ballo, ["data", "prepare", *paths, "-o", str(tmp_path / "out"), "--split", str(split)])
        return result, " ".join(result.stdout.split())

    return run


def test_a_good_source_is_status_0(prepare):
    result, said = prepare()
    assert result.exit_code == 0, result.output
    assert "4 dances" in said


def _cut_short(source, dancer, c3d_of):
    (source.choreonet / "raw_c3d" / "15.c3d").write_bytes(b"\x02\x50 no more")
    return "not a C3D file that can be read"


def _without_t10(source, dancer, c3d_of):
    markers = dancer.markers("15")
    labels = tuple("OTHER" if label == "T10" else label for label in markers.labels)
    c3d_of(source.choreonet / "raw_c3d" / "15.c3d", type(markers)("15", markers.points, labels, 80.0))
    return "no marker T10"


@pytest.mark.parametrize("spoil", [_cut_short, _without_t10])
def test_a_take_that_cannot_be_used_is_named_and_rebuilt_from_the_dances(
    source, prepare, planted_dancer, c3d_of, tmp_path, spoil
):
    reason = spoil(source, planted_dancer(), c3d_of)
    result, said = prepare()
    assert result.exit_code == 1
    assert f"choreonet/raw_c3d/15.c3d {reason}" in said
    archive = Archive.open(tmp_path / "out")
    records = [record["name"] for record in archive.manifest["takes"]["15"]["records"]]
    assert "rebuilt" in records
    assert dance_of(archive, "DANCE_C_2").provenance["missing"] == []
    # What no dance shows is not made up.
    assert "no unit of its script is there, or has room DANCE_C_6" in said
    assert not {unit.tag for unit in archive.units} & {"C-3-1", "C-4-1", "C-10-1", "C-11-1"}


def test_every_fault_is_one_line_and_the_rest_goes_on(source, prepare, planted_dancer, beaten_song, tmp_path):
    """A second take that breaks off, a tag nobody cut, music that is silent, a line of the csv that is none."""
    dancer = planted_dancer(mood=1.0, seconds=20.0)
    late = [replace(unit, tag=unit.tag[:-1] + "2") for unit in dancer.intervals([4] * 12, take="17", first_beat=4)]
    source.take(dancer.markers("17"), late)
    source.row("15", "C-70-1", "", "", "soon", "later", "4")
    source.script("DANCE_C_2", [("C-1-1", 4), ("C-99-9", 4), ("C-2-1", 4), ("C-99-9", 4)], start_pos=START)
    source.song("DANCE_C_6", 0 * beaten_song(0.5, 0.4, 40))
    result, said = prepare()
    assert result.exit_code == 1, result.output
    assert "3 dances" in said
    archive = Archive.open(tmp_path / "out")
    problems = [problem for problem in archive.manifest["problems"] if not problem["expected"]]
    told = {(problem["path"].split("/", 1)[1], problem["dance"]): problem["reason"] for problem in problems}
    assert "asks for C-99-9, which movement_interval.csv does not have" in told["choreography/C.json", None]
    assert ("music/C/6.mp3", "DANCE_C_6") in told
    csv = [problem["reason"] for problem in problems if problem["path"] == "choreonet/movement_interval.csv"]
    assert any("ends before C-10-2, C-11-2, C-12-2" in reason for reason in csv)
    assert any("is no unit" in reason for reason in csv)
    assert len(problems) == 4
    for problem in problems:
        assert problem["path"] in said
    missing = dance_of(archive, "DANCE_C_2").provenance["missing"]
    assert [row[0] for row in missing] == ["C-99-9", "C-99-9"]


ODD_SCRIPTS = [
    {"name": "my dance", "movements": ["C-1-1"], "durations": [4]},
    {"name": "DANCE_X_1", "movements": ["C-1-1"], "durations": [4]},
    {"name": "DANCE_C_2", "movements": [1, 2], "durations": [4, 4]},
    {"name": "DANCE_C_2", "movements": ["C-1-1"], "durations": [4], "start_pos": "soon"},
    {"name": "DANCE_C_2", "movements": ["C-1-1"], "durations": [4], "start_pos": [3]},
    {"name": "DANCE_C_2", "movements": ["C-1-1", "C-2-1"], "durations": [4]},
    {"name": "DANCE_C_2", "movements": ["C-1-1"], "durations": [0]},
    {"name": "DANCE_C_2", "movements": "C-1-1", "durations": 4},
    {"name": 5, "movements": ["C-1-1"], "durations": [4]},
    ["C-1-1"],
    None,
]


@pytest.mark.parametrize("odd", ODD_SCRIPTS)
def test_an_odd_script_is_named(source, odd):
    path = source.choreonet / "choreography" / "C.json"
    known = recordings.read(source.folder).scripts
    path.write_text(json.dumps([odd, *json.loads(path.read_text())]))
    publication = recordings.read(source.folder)
    assert publication.scripts == known
    (problem,) = (problem for problem in publication.problems if not problem.expected)
    assert problem.path == "choreonet/choreography/C.json"
    assert problem.reason.startswith("script 1 is none with name, movements and durations (")


def test_odd_scripts_are_named_and_the_rest_is_danced(source, tmp_path):
    path = source.choreonet / "choreography" / "C.json"
    path.write_text(json.dumps([*ODD_SCRIPTS, *json.loads(path.read_text())]))
    found = prepared(source, tmp_path / "a")
    assert len(found.archive.dances) == 4
    assert len([problem for problem in found.problems if not problem.expected]) == len(ODD_SCRIPTS)


def test_music_that_is_far_too_short(source, tmp_path, beaten_song):
    """Two seconds, and one too short for a bar: the dance is left out, with a reason."""
    source.song("DANCE_C_6", beaten_song(0.5, 0.1, 4))
    found = prepared(source, tmp_path / "a")
    assert "DANCE_C_6" in found.skipped
    assert len(found.archive.dances) == 3


def test_missing_music_is_a_fault_where_the_split_counts_on_it(source, prepare, tmp_path):
    (source.folder / "tang2018" / "DANCE_C_2" / "audio.mp3").unlink()
    result, said = prepare()
    assert result.exit_code == 1
    assert "motion without music" in said
    assert "tang2018/DANCE_C_2/audio.mp3" in said
    assert len(Archive.open(tmp_path / "out").dances) == 3


def test_a_dance_in_two_sources_is_named(source, prepare, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(source.folder / "tang2018" / "DANCE_C_2", other / "tang2018" / "DANCE_C_2")
    result, said = prepare(other)
    assert result.exit_code == 1
    assert "tang2018/DANCE_C_2" in said
    assert "more than once" in said
    assert len(Archive.open(tmp_path / "out").dances) == 4


def test_a_script_without_length_and_music_is_left_out(source, tmp_path):
    shutil.rmtree(source.folder / "tang2018" / "DANCE_C_9")
    source.script("DANCE_C_9", [("C-1-1", 4)])
    (source.choreonet / "music" / "C" / "9.mp3").write_bytes((source.choreonet / "music" / "C" / "6.mp3").read_bytes())
    found = prepared(source, tmp_path / "a")
    assert found.skipped["DANCE_C_9"] == "nothing says how long it lasts"


def test_a_folder_of_takes_without_units_is_told(source, tmp_path):
    """The csv was lost: what is left are the published dances, mended."""
    (source.choreonet / "movement_interval.csv").unlink()
    found = prepared(source, tmp_path / "a")
    assert [dance.name for dance in found.archive.dances] == ["DANCE_C_2", "DANCE_C_8", "DANCE_C_9"]
