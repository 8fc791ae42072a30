"""New dances to songs: on every bar, of what may be danced, the same for the same seed; and in an archive, to learn from."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import arrange, entries, preparation, recordings, stock
from ballo.dataset.archive import REPAIRED, Archive, Beats
from ballo.dataset.arrange import Floor
from ballo.dataset.library import Library
from ballo.dataset.preparation import Wish
from ballo.dataset.recordings import Script
from ballo.dataset.remaster import HOLD, Score
from ballo.dataset.splits import Split
from ballo.dataset.units import Unit
from ballo.errors import DataError
from ballo.metrics.bar_phase import step_phase
from ballo.metrics.sync import InSong
from ballo.motion.steps import steps

PERIOD, PHASE = 0.484, 0.143
BEATS = {"C-0-1": 4, "C-1-1": 4, "C-2-1": 8, "C-3-1": 4, "C-4-1": 2, "C-5-1": 2, "C-6-1": 8, "C-7-1": 4, "C-0-2": 8}
SCRIPTS = [
    "C-0-1 C-1-1 C-2-1 C-4-1 C-5-1 C-3-1 C-6-1 C-7-1 C-1-1 C-0-2",
    "C-0-1 C-3-1 C-1-1 C-7-1 C-2-1 C-1-1 C-4-1 C-5-1 C-6-1 C-1-1 C-0-2",
]


@pytest.fixture(scope="module")
def library(take_15):
    """The planted dancer's take, cut into units end to end; C-7-1 was danced from the third beat of the bar on."""
    units, beat = {}, 0
    for tag, count in BEATS.items():
        first = beat + 2 if tag == "C-7-1" else beat
        start, end = PHASE + np.array([first, first + count]) * PERIOD
        place = None if tag.startswith("C-0") else first % 4
        units[tag] = Unit(tag, "15", float(start), float(end), count, True, count, place)
        beat += count
    scripts = {}
    for number, words in enumerate(SCRIPTS):
        tags = tuple(words.split())
        scripts[f"DANCE_C_{number}"] = Script(tags, tuple(BEATS[tag] for tag in tags))
    return Library({"15": take_15}, {}, units, frozenset(units), frozenset({"C-3-1"}), scripts)


def score(beats=96, period=0.5, first=0.7, metre=4, opens=0):
    seconds = first + np.arange(beats) * period
    return Score(Beats(seconds, (np.arange(beats) - opens) % metre, metre), float(seconds[-1] + period))


def tags(made):
    return [placed.unit.tag for placed in made.placements]


@pytest.mark.parametrize("beats", [9, 17, 30, 64, 201])
@pytest.mark.parametrize("opens", [0, 3])
def test_every_song_is_danced_from_its_first_bar_to_its_last(library, beats, opens):
    song = score(beats, opens=opens)
    made = arrange.arrange(library, song, "cha-cha", 1)
    bars = np.flatnonzero(song.beats.positions == 0)
    assert made.start_seconds == song.beats.seconds[opens]
    assert (made.placements[0].beat, made.placements[-1].end) == (bars[0], bars[-1])
    assert made.left == 0
    ends = made.start_seconds + len(made.rendered.motion) / 25
    assert ends == pytest.approx(song.beats.seconds[bars[-1]], abs=0.05)


def test_units_of_a_bar_lie_on_the_beats_of_the_bar_they_were_danced_on(library):
    kept = 0
    for seed in range(20):
        made = arrange.arrange(library, score(), "cha-cha", seed)
        for before, placed in itertools.pairwise(made.placements):
            unit = placed.unit
            goes_on = before.unit.end_seconds == unit.start_seconds
            if unit.tag != HOLD and unit.place is not None and unit.beats >= 4 and not goes_on:
                assert placed.beat % 4 == unit.place
                kept += unit.place != 0
    assert kept


def test_dances_begin_with_a_beginning_and_end_with_an_end(library):
    for seed in range(10):
        danced = tags(arrange.arrange(library, score(), "cha-cha", seed))
        assert (danced[0], danced[-1]) == ("C-0-1", "C-0-2")


def test_held_out_units_are_danced_only_if_asked_for(library):
    for seed in range(10):
        made = arrange.arrange(library, score(), "cha-cha", seed)
        assert "C-3-1" not in tags(made)
        assert "C-3-1" not in {tag for tag, _ in made.origin.units}
    assert any("C-3-1" in tags(arrange.arrange(library, score(), "cha-cha", seed, held_out=True)) for seed in range(10))


def test_a_seed_is_a_dance_and_so_is_a_song(library):
    one, again = (arrange.arrange(library, score(), "cha-cha", 3, song="a") for _ in range(2))
    np.testing.assert_array_equal(one.rendered.motion.rotations, again.rendered.motion.rotations)
    np.testing.assert_array_equal(one.rendered.motion.root, again.rendered.motion.root)
    others = {tuple(tags(arrange.arrange(library, score(), "cha-cha", seed, song=song))) for seed in range(4) for song in "ab"}
    assert len(others) == 8


def test_steps_fall_where_the_dancer_had_them(library):
    """She steps on the beat (and once half-way); the song is a tenth slower, and so is she."""
    song = score(200, period=0.53)
    dances = []
    for seed in range(3):
        made = arrange.arrange(library, song, "cha-cha", seed)
        motion = made.rendered.motion
        at = steps(motion.skeleton, motion.positions, motion.fps)
        dances.append(InSong(at, made.beats.seconds, np.array(made.rendered.joins) / motion.fps))
    found = step_phase(dances)
    assert found.events > 300
    assert abs(found.phase) < 0.06
    assert found.resultant > 0.5
    shifted = step_phase([replace(dance, events=dance.events * 1.07) for dance in dances])
    assert shifted.resultant < 0.2


def test_the_song_s_start_can_be_left_out(library):
    song = score()
    made = arrange.arrange(library, song, "cha-cha", 0, from_seconds=11.0)
    assert made.start_seconds == pytest.approx(0.7 + 0.5 * 24)


def test_another_metre_is_refused_with_what_would_fit(library):
    with pytest.raises(DataError, match="the song is in 3/4 and cha-cha is danced in 4/4: choose another song"):
        arrange.arrange(library, score(metre=3), "cha-cha", 0)
    waltz = Unit("W-1-1", "15", 1.0, 3.0, 3, True, 3, 0)
    both = replace(library, units={**library.units, "W-1-1": waltz})
    with pytest.raises(DataError, match="cha-cha is danced in 4/4: choose waltz, or another song"):
        arrange.arrange(both, score(metre=3), "cha-cha", 0)
    with pytest.raises(DataError, match="nothing to arrange a jig from: choose cha-cha or waltz"):
        arrange.arrange(both, score(), "jig", 0)


def test_a_song_without_a_bar_is_refused(library):
    for song in (score(3), score(4), score(7, opens=3)):
        with pytest.raises(DataError, match="no whole bar to dance to"):
            arrange.arrange(library, song, "cha-cha", 0)


def test_tempo_is_told_against_the_takes(library):
    assert arrange.tempo_ratio(library, score(period=PERIOD / 1.5), "cha-cha") == pytest.approx(1.5)


# Into an archive.


@pytest.fixture
def source(choreonet_folder, planted_dancer, beaten_song):
    """Two songs and their scripts, over the units of one take; the second song is to be judged by."""
    dancer = planted_dancer()
    choreonet_folder.take(dancer.markers(), dancer.intervals([4, 8, 4, 4, 8, 4, 4, 8, 4, 8]))
    script = [(f"C-{number}-1", beats) for number, beats in ((1, 4), (3, 4), (2, 8), (4, 4), (1, 4), (3, 4), (5, 8), (6, 4))]
    for name, period in (("DANCE_C_2", 0.5), ("DANCE_C_8", 0.47)):
        choreonet_folder.song(name, beaten_song(period, 0.6, 60))
        choreonet_folder.script(name, script, start_pos=20, end_pos=600)
    return choreonet_folder


@pytest.fixture
def prepare(source, tmp_path):
    def run(arrangements, grade="remastered"):
        split = Split(("DANCE_C_2",), ("DANCE_C_8",))
        return preparation.prepare([source.folder], tmp_path / "archive", split, Wish(grade, None, arrangements))

    return run


def test_arrangements_are_training_pairs_of_their_own(prepare):
    archive = prepare(2).archive
    assert [(dance.name, dance.split) for dance in archive.dances] == [
        ("DANCE_C_2", "train"),
        ("DANCE_C_8", "val"),
        ("DANCE_C_2~1", "train"),
        ("DANCE_C_2~2", "train"),
    ]
    assert archive.manifest["split"]["train"] == ["DANCE_C_2", "DANCE_C_2~1", "DANCE_C_2~2"]
    danced, _, one, other = archive.dances
    assert one.style == "cha-cha"
    for dance in (one, other):
        assert dance.beats.metre == 4
        bars = dance.beats.seconds[dance.beats.positions == 0]
        assert bars[0] == pytest.approx(0, abs=1e-6)
        assert bars[-1] == pytest.approx(dance.seconds, abs=1 / dance.fps)
        assert dance.usable
        assert not any(dance.unseen[start:end].any() for start, end in dance.usable)
        shown = {dance.units[index].tag for index in np.unique(dance.unit) if index >= 0}
        assert shown
        assert not shown & {unit.tag for unit in archive.units if unit.held_out}
    assert one.provenance["arranged"]["seed"] == 1
    assert one.provenance["arranged"]["units"] != other.provenance["arranged"]["units"]
    assert danced.provenance.get("arranged") is None


def test_the_archive_s_library_arranges_what_prepare_did(prepare, source):
    archive = prepare(1).archive
    dance = archive.dances[2]
    library = stock.opened(archive)
    assert set(library.scripts) == {"DANCE_C_2"}
    song = source.choreonet / "music" / "C" / "2.mp3"
    score = entries.song_score(song, "cha-cha", library)
    made = arrange.arrange(library, score, "cha-cha", 1, song=recordings.sha256(song), fps=archive.fps)
    assert np.abs(made.rendered.motion.positions - dance.motion().positions).max() < 1e-3


def test_what_a_wait_shows_of_held_out_movement_is_not_learnt_from(library, choreonet_folder, beaten_song):
    """C-1-1's take goes on into C-2-1; where it does so in a wait before C-7-1, those frames are in no training window."""
    kept = replace(library, held_out=frozenset({"C-2-1"}))
    song = choreonet_folder.song("DANCE_C_2", beaten_song(PERIOD, 0.6, 120))
    floor = Floor(song, "cha-cha", lambda: kept, 25.0)
    seen = 0
    for seed in range(8):
        entry = floor.entry("DANCE_C_2~1", seed)
        made = arrange.arrange(kept, floor.score(), "cha-cha", seed, song=recordings.sha256(song))
        waited = [placed for placed in made.placements if placed.unit.tag == HOLD]
        shown = made.rendered.source_seconds
        unit = kept.units["C-2-1"]
        frames = (shown > unit.start_seconds + 0.01) & (shown < unit.end_seconds - 0.01)
        seen += int(frames.sum())
        assert waited or not frames.any()
        assert not any(frames[start:end].any() for start, end in entry.usable)
    assert seen


def test_more_arrangements_are_added_and_none_made_again(prepare, tmp_path):
    prepare(1)
    before = {file.name: file.read_bytes() for file in (tmp_path / "archive").iterdir()}
    assert set(prepare(1).reused) == {"DANCE_C_2", "DANCE_C_8", "DANCE_C_2~1"}
    assert {file.name: file.read_bytes() for file in (tmp_path / "archive").iterdir()} == before
    more = prepare(3)
    assert set(more.reused) == {"DANCE_C_2", "DANCE_C_8", "DANCE_C_2~1"}
    assert len(more.archive.dances) == 5
    assert len(prepare(0).archive.dances) == 2


def test_arrangements_need_takes(published, tmp_path):
    published.dance("DANCE_C_2")
    with pytest.raises(DataError, match="--arrangements needs ChoreoNet's takes"):
        preparation.prepare([published.folder], tmp_path / "archive", None, Wish(arrangements=1))
    with pytest.raises(DataError, match="use --as remastered"):
        Wish(REPAIRED, None, 1)


def test_a_broken_song_is_said_once_and_the_rest_goes_on(prepare, source):
    (source.choreonet / "music" / "C" / "2.mp3").write_bytes(b"no music")
    prepared = prepare(2)
    assert [dance.name for dance in prepared.archive.dances] == ["DANCE_C_8"]
    assert [problem.dance for problem in prepared.problems if not problem.expected] == ["DANCE_C_2"]
    assert set(prepared.skipped) >= {"DANCE_C_2", "DANCE_C_2~1", "DANCE_C_2~2"}


# The real data.

DATA = os.environ.get("BALLO_DATA")


@pytest.mark.skipif(not DATA, reason="set BALLO_DATA to the folder of the published data to test on it")
def test_real_arrangements_step_on_the_beat_as_remastered_dances_do(tmp_path):
    """Cha-cha: steps agree on a place in the beat, as those of the remastered dances of the same songs."""
    sample = tmp_path / "sample"
    (sample / "tang2018").mkdir(parents=True)
    for part in ("choreonet", "tang2018/DANCE_C_2", "tang2018/DANCE_C_4"):
        (sample / part).symlink_to(Path(str(DATA)) / part)
    split = Split(("DANCE_C_2", "DANCE_C_4", "DANCE_C_5"), ())
    archive = preparation.prepare([sample], tmp_path / "archive", split, Wish(arrangements=2)).archive
    dances = {True: [], False: []}
    for dance in Archive.open(archive.path).dances:
        at = steps(dance.skeleton, dance.motion().positions, dance.fps)
        dances["~" in dance.name].append(InSong(at, dance.beats.seconds, np.array(dance.joins) / dance.fps))
    assert len(dances[True]) == 6
    arranged, remastered = step_phase(dances[True]), step_phase(dances[False])
    assert arranged.p_value < 0.01
    assert arranged.resultant > remastered.resultant - 0.1
    assert abs(arranged.phase - remastered.phase) < 0.08


@pytest.mark.parametrize("period", [0.25, 0.33, 0.5, 0.75, 0.95])
def test_standing_about_at_any_tempo_leaves_the_last_bar_where_it_is(library, period):
    """Rests without a tempo last as many bars as the song's tempo asks for; what is composed must count with that."""
    slow = {tag: replace(unit, in_tempo=False) if unit.rest else unit for tag, unit in library.units.items()}
    song = score(72, period=period)
    made = arrange.arrange(replace(library, units=slow), song, "cha-cha", 3)
    assert made.placements[-1].end == np.flatnonzero(song.beats.positions == 0)[-1]
    rests = [placed.unit for placed in made.placements if placed.unit.rest]
    for rest in rests:
        assert rest.beats % 4 == 0
        assert 1 / 1.5 < (rest.end_seconds - rest.start_seconds) / rest.beats / period < 1.5 or rest.beats == 4
    assert rests
