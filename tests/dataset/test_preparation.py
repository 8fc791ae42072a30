"""From a published folder to an archive: what is chosen, what is left out and why, and music that keeps step."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.dataset import entries, preparation
from ballo.dataset.archive import PUBLISHED, REMASTERED, REPAIRED, SAMPLE_RATE, Archive
from ballo.dataset.preparation import Wish
from ballo.dataset.splits import Split
from ballo.errors import AudioError, DataError

SPLIT = Split(("DANCE_C_2", "DANCE_R_6"), ("DANCE_C_8",), ("DANCE_W_2",))


@pytest.fixture
def prepare(published, tmp_path):
    def prepared(split=SPLIT, grade=REPAIRED):
        return preparation.prepare([published.folder], tmp_path / "archive", split, Wish(grade))

    return prepared


def test_the_split_is_respected(published, prepare):
    for name in ("DANCE_C_2", "DANCE_C_8", "DANCE_W_3"):
        published.dance(name)
    published.dance("DANCE_W_2", song=False)
    prepared = prepare()
    found = {dance.name: (dance.split, dance.samples is not None) for dance in prepared.archive.dances}
    assert found == {"DANCE_C_2": ("train", True), "DANCE_C_8": ("val", True), "DANCE_W_2": ("motion_only", False)}
    assert prepared.skipped == {"DANCE_R_6": "not in the source", "DANCE_W_3": "not in the split"}
    assert prepared.complete


def test_the_archive_remembers_its_sources(published, prepare):
    published.dance(start=30)
    (dance,) = prepare().archive.dances
    assert sorted(dance.provenance["sources"]) == [
        f"tang2018/DANCE_C_2/{name}" for name in ("audio.mp3", "config.json", "skeletons.json")
    ]
    assert (dance.provenance["release"], dance.provenance["start_seconds_in_song"]) == ("second", 1.2)
    assert [record["name"] for record in dance.provenance["repairs"]][:3] == ["way", "handedness", "time base"]


@pytest.mark.parametrize("start", [0, 10, 30, 333])
def test_clicks_are_heard_on_their_frames(published, prepare, start):
    """The song clicks on the dance's every 25th frame, wherever in the song the dance begins."""
    published.dance(start=start, window=150)
    (dance,) = prepare().archive.dances
    for frame in (0, 25, 50, 125):
        heard = dance.music(frame, 25)
        assert heard[0] == pytest.approx(0.5, abs=1e-3)
        assert np.abs(heard[1:]).max() < 1e-3


def test_a_song_that_ends_early_ends_the_windows(published, prepare):
    path = published.dance(start=0, window=150)
    published.song(path / "audio.mp3", np.full(4 * SAMPLE_RATE + 100, 0.1, dtype=np.float32))
    (dance,) = prepare().archive.dances
    assert dance.usable == ((0, 100),)
    assert len(dance) == 150
    assert not dance.music(101, 49).any()


def test_a_song_that_ends_before_its_dance_is_a_fault(published, prepare):
    published.dance("DANCE_C_8")
    path = published.dance("DANCE_C_2", start=300)
    published.song(path / "audio.mp3", np.zeros(2 * SAMPLE_RATE, dtype=np.float32))
    prepared = prepare()
    assert prepared.skipped["DANCE_C_2"] == "its music is broken"
    assert not prepared.complete


def test_music_before_the_song_is_silence(tmp_path, published):
    path = tmp_path / "song.mp3"
    published.song(path, np.full(10 * SAMPLE_RATE, 0.25, dtype=np.float32))
    heard = entries.window_music(path, 0.0, 50, 25.0)
    assert len(heard.samples) == 4 * SAMPLE_RATE
    assert not heard.samples[:SAMPLE_RATE].any()
    assert (heard.samples[SAMPLE_RATE:] > 0.2 * 32767).all()
    assert heard.frames == 50
    with pytest.raises(AudioError):
        entries.window_music(path, 100.0, 50, 25.0)


def test_broken_motion_is_not_replaced_by_the_first_release(published, prepare):
    published.dance("DANCE_C_8")
    (published.dance("DANCE_R_6") / "skeletons.json").write_text("{")
    published.dance("DANCE_R_6", release="tang2018-first-release")
    prepared = prepare()
    assert prepared.skipped["DANCE_R_6"] == "its files are broken"
    assert not prepared.complete


def test_the_first_release_serves_where_the_second_has_music_only(published, prepare, planted_points):
    units = (4, 4, 4, 4)
    places = np.concatenate([np.linspace(100 * clip, 100 * clip + 99, 50) for clip in range(4)])
    published.dance("DANCE_R_6", window=400, units=units, points=planted_points(places), release="tang2018-first-release")
    second = published.dance("DANCE_R_6", window=400, units=None)
    (second / "skeletons.json").unlink()
    (dance,) = prepare().archive.dances
    assert dance.provenance["release"] == "first"
    assert len(dance) == 400
    assert dance.joins == (100, 200, 300)


def test_the_first_release_does_not_serve_without_music(published, prepare):
    published.dance("DANCE_C_8")
    published.dance("DANCE_R_6", song=False, release="tang2018-first-release")
    assert prepare().skipped["DANCE_R_6"] == "first release without music"


def test_missing_music_is_a_fault_only_where_the_split_counts_on_it(published, prepare):
    published.dance("DANCE_C_8")
    published.dance("DANCE_W_2", song=False)
    assert prepare().complete
    published.dance("DANCE_C_2", song=False)
    prepared = prepare()
    assert prepared.skipped["DANCE_C_2"] == "motion without music"
    assert not prepared.complete
    assert {problem.path: problem.expected for problem in prepared.problems} == {
        "tang2018/DANCE_C_2/audio.mp3": False,
        "tang2018/DANCE_W_2/audio.mp3": True,
    }


def test_music_that_is_none_is_named_and_the_rest_goes_on(published, prepare):
    published.dance("DANCE_C_8")
    (published.dance("DANCE_C_2") / "audio.mp3").write_bytes(b"no music")
    prepared = prepare()
    assert [dance.name for dance in prepared.archive.dances] == ["DANCE_C_8"]
    (problem,) = prepared.problems
    assert problem.path == "tang2018/DANCE_C_2/audio.mp3"
    assert "not audio" in problem.reason
    assert str(published.folder) not in problem.reason


def test_nothing_usable_is_refused_and_nothing_is_written(published, prepare, tmp_path):
    published.dance("DANCE_W_30")
    with pytest.raises(DataError, match=r"no dance in .* is usable: not in the source \(4\), not in the split \(1\)"):
        prepare()
    assert not (tmp_path / "archive").exists()


def test_a_bad_place_is_refused_before_any_work(published, tmp_path):
    with pytest.raises(DataError, match="exists and is no ballo archive"):
        preparation.prepare([tmp_path / "no source"], tmp_path, SPLIT, Wish())


def test_an_archive_prepared_twice_is_the_same(published, prepare):
    published.dance()
    first = {file.name: file.read_bytes() for file in prepare().archive.path.iterdir()}
    second = {file.name: file.read_bytes() for file in prepare().archive.path.iterdir()}
    assert first == second
    assert Archive.open(prepare().archive.path).dances[0].name == "DANCE_C_2"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"grade": "polished"}, "there is no grade 'polished': choose published, repaired, remastered"),
        ({"fps": 1.0}, "1 frames a second: choose 5 to 240"),
        ({"fps": float("nan")}, "nan frames a second"),
        ({"fps": 1e9}, "choose 5 to 240"),
        ({"grade": PUBLISHED, "fps": 25.0}, "--fps changes motion"),
        ({"grade": REPAIRED, "arrangements": 3}, "use --as remastered"),
    ],
)
def test_wishes_that_cannot_be_granted_are_refused(wish, reason):
    with pytest.raises(DataError, match=reason):
        Wish(**wish)


@pytest.mark.parametrize("fps", [24.0, 50.0])
def test_repaired_at_another_frame_rate_lasts_as_long(published, prepare, tmp_path, fps):
    published.dance()
    (dance,) = preparation.prepare([published.folder], tmp_path / "other", SPLIT, Wish(REPAIRED, fps)).archive.dances
    (known,) = prepare().archive.dances
    assert dance.fps == fps
    assert dance.seconds == pytest.approx(known.seconds, abs=1.1 / 24)
    assert len(dance.samples) == pytest.approx(len(known.samples), abs=SAMPLE_RATE / 20)
    # Common moments show the same.
    every = {24.0: (24, 25), 50.0: (2, 1)}[fps]
    one, other = dance.motion().positions[:: every[0]], known.motion().positions[:: every[1]]
    count = min(len(one), len(other)) - 1
    away = np.abs(np.array(known.joins) / 25 - np.arange(count)[:, None] * every[1] / 25).min(axis=1) > 0.2
    centred = [each[:count][away] - each[:count][away][:, :1] for each in (one, other)]
    assert np.abs(centred[0] - centred[1]).max() < 0.01


def test_scripts_without_takes_are_mended_and_not_danced_anew(published, prepare):
    """Of ChoreoNet only the scripts are there."""
    published.dance()
    (danced,) = prepare(grade=REMASTERED).archive.dances
    (mended,) = prepare().archive.dances
    np.testing.assert_array_equal(danced.rotations, mended.rotations)
    assert danced.beats is None


def test_an_archive_of_another_grade_is_made_anew(published, prepare):
    published.dance()
    prepare()
    again = prepare(grade=PUBLISHED)
    assert again.reused == ()
    assert prepare(grade=PUBLISHED).reused == ("DANCE_C_2",)
    assert again.archive.dances[0].points is not None
