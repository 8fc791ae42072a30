"""Dancers on the songs of an archive, from end to end."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from ballo.dataset.archive import SAMPLE_RATE
from ballo.errors import BalloError, DataError
from ballo.evaluation import songs, table, targets
from ballo.evaluation.evaluate import Stage, evaluate
from ballo.evaluation.evaluation import Options
from ballo.evaluation.findings import findings
from ballo.evaluation.folds import folds as left_out
from ballo.evaluation.measures import MEASURES
from ballo.evaluation.performers import Dancing
from ballo.evaluation.row import Row
from ballo.inference.choreographer import Choreographer
from ballo.inference.cleaned import Cleaned
from ballo.inference.cleanup import clean
from ballo.motion.motion import Motion


class Known:
    """Dances what she is told to: for each song's name and seed some motion."""

    name = "known"
    styles = ("cha-cha", "rumba", "waltz")
    fps = 25.0

    def __init__(self, archive, shift=0.0, deaf_to=()):
        self.skeleton, self.dances = archive.skeleton, {dance.name: dance for dance in archive.dances}
        self.shift, self.deaf_to, self.asked = shift, deaf_to, []

    def dance(self, song, *, style, seed, progress=None):
        name = song.path.stem
        self.asked.append((name, style, seed))
        if name in self.deaf_to:
            raise BalloError("has no beat")
        real = self.dances[name].motion()
        root = real.root + np.array([0, self.shift * (1 + seed), 0])
        return Motion(real.skeleton, real.rotations, root, real.fps, real.contacts)


def evaluated(archive, split, seeds, progress=None, **dancers):
    """Dancers by name, without controls and long dances."""
    performers = [Dancing(name, dancer) for name, dancer in dancers.items()]
    options = Options(seeds, controls=False, long_seconds=0)
    return evaluate([Stage(archive, split, performers)], options, progress)


def test_the_songs_are_the_windows_of_the_real_dances(small_archive):
    with songs.staged(small_archive, "train") as found:
        assert [song.name for song in found] == ["DANCE_C_2", "DANCE_R_2", "DANCE_W_4"]
        for song, dance in zip(found, small_archive.select("train"), strict=True):
            np.testing.assert_array_equal(song.real, dance.motion().positions)
            heard = np.concatenate(list(song.song().blocks(SAMPLE_RATE, 16_000)))
            np.testing.assert_allclose(heard, dance.music(0, len(dance)), atol=2e-4)
        file = found[0].file
    assert not file.exists()


def test_a_split_without_songs_is_refused(small_archive):
    with pytest.raises(DataError, match=r"has no songs in its split 'test': choose --split train or val"):
        evaluated(small_archive, "test", 1)


def test_who_dances_the_real_dances_scores_as_they_do(small_archive):
    found = evaluated(small_archive, "train", 2, known=Known(small_archive))
    real, known = found.rows
    for name in ("speed_ratio", "jerk_ratio", "distance", "skate", "jerkiness", "song_spread"):
        assert known.figures[name].value == pytest.approx(real.figures[name].value, abs=1e-4), name
    assert known.figures["seed_change"].value == 0


def test_a_known_distance(small_archive):
    """Seed k hovers (1 + k) cm over the real dance: 1.5 cm away on average, 1 cm from seed to seed."""
    found = evaluated(small_archive, "train", 2, known=Known(small_archive, shift=0.01))
    assert found.rows[1].figures["distance"].value == pytest.approx(1.5, rel=1e-3)
    assert found.rows[1].figures["seed_change"].value == pytest.approx(1, rel=1e-3)


def test_each_song_is_danced_in_its_style_and_the_next_in_it_too(small_archive):
    known = Known(small_archive)
    evaluated(small_archive, "train", 1, known=known)
    own = [("DANCE_C_2", "cha-cha", 0), ("DANCE_R_2", "rumba", 0), ("DANCE_W_4", "waltz", 0)]
    other = [("DANCE_R_2", "cha-cha", 0), ("DANCE_W_4", "rumba", 0), ("DANCE_C_2", "waltz", 0)]
    assert sorted(known.asked) == sorted(own + other)


def test_a_song_that_cannot_be_danced_is_left_out_and_named(small_archive):
    found = evaluated(small_archive, "train", 1, known=Known(small_archive, deaf_to=("DANCE_R_2",)))
    assert found.rows[1].left_out == {"DANCE_R_2": "has no beat"}
    assert set(found.rows[1].by_song) == {"DANCE_C_2", "DANCE_W_4"}
    assert found.rows[1].figures["distance"].songs == 2
    assert "known did not dance DANCE_R_2: has no beat" in table.markdown(found)


def test_songs_left_out_for_one_reason_are_said_in_one_line():
    rows = [
        Row("a", "target", {}, {}, {}, left_out={"one": "no beat", "two": "too long", "three": "no beat", "four": "no beat"})
    ]
    assert list(table.missed(rows)) == ["a did not dance one, three, four: no beat", "a did not dance two: too long"]
    assert list(table.missed(rows, 2)) == ["a did not dance one, three and 1 more: no beat", "a did not dance two: too long"]


def test_one_song_and_no_other_to_change_it_for(small_archive):
    found = evaluated(small_archive, "val", 2, known=Known(small_archive))
    assert np.isnan(found.rows[1].figures["song_change"].value)


def test_progress_names_everything(small_archive):
    told = []
    both = {"a": Known(small_archive), "b": Known(small_archive)}
    evaluated(small_archive, "train", 1, lambda *said: told.append(said), **both)
    assert [done for _, _, done, _ in told] == list(range(len(told))), "each piece once"
    assert {total for *_, total in told} == {len(told)}, "as many as were told of"
    danced = [(name, what) for name, what, *_ in told if what.startswith("DANCE_")]
    assert danced == [(name, song) for name in "ab" for song in ("DANCE_C_2", "DANCE_R_2", "DANCE_W_4")]
    measured = [name for name, what, *_ in told if what.startswith("measuring ")]
    assert measured == [name for name in ("real", "a", "b") for _ in Options().measures]


@pytest.mark.parametrize("folds", [0, 2])
def test_progress_ends_where_it_said_with_controls_and_minutes(small_archive, folds):
    told = []
    options = Options(1, MEASURES[:3], long_seconds=0 if folds else 60)
    archives = [(fold.archive, "val") for fold in left_out(small_archive, folds)] if folds else [(small_archive, "train")]
    stages = [Stage(*each, [Dancing("known", Known(small_archive, deaf_to=("DANCE_R_2",)))]) for each in archives]
    evaluate(stages, options, lambda *said: told.append(said))
    assert [(done, total) for *_, done, total in told] == [(k, len(told)) for k in range(len(told))]
    assert any("60 s to DANCE_W_4" in what for _, what, *_ in told) != bool(folds)


def test_what_only_measuring_needs_goes(small_archive):
    (found,) = evaluated(small_archive, "train", 2, known=Known(small_archive)).of("target")
    for song in found.danced:
        assert len(song.by_seed) == 2
        assert not song.other_song
        assert "placed" not in vars(song), "a copy in another frame"


def test_files_say_the_same(small_archive):
    found = evaluated(small_archive, "train", 2, known=Known(small_archive, shift=0.01))
    plain = json.loads(json.dumps(found.as_json(), allow_nan=False))
    known = plain["rows"][1]
    assert known["all"]["distance"]["value"] == pytest.approx(1.5, rel=1e-3)
    assert known["all"]["fid_kinetic"]["value"] is None
    assert known["all"]["fid_kinetic"]["note"] == "3 clips of 3 songs: needs 100 of 5"
    lines = list(csv.DictReader(io.StringIO(table.csv_text(found))))
    assert {line["dancer"] for line in lines} == {"real", "known"}
    (one,) = [
        line for line in lines if line["dancer"] == "known" and line["name"] == "DANCE_W_4" and line["measure"] == "distance"
    ]
    assert float(one["value"]) == pytest.approx(known["by_song"]["DANCE_W_4"]["distance"], rel=1e-4)
    assert one["value"] == str(known["by_song"]["DANCE_W_4"]["distance"]), "to the last digit"
    text = table.markdown(found)
    assert text.startswith("3 songs (train), 2 dances each; in brackets: the least and the greatest of one song; ")
    assert "| L1 to real, cm | 0.00 | 1.50 |" in text
    assert "| FID_k | few | few |" in text
    assert "few: FID_k of real, known: 3 clips of 3 songs: needs 100 of 5\n" in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0.00"),
        (1e-9, "<0.001"),
        (0.001, "0.001"),
        (0.00994, "0.01"),
        (0.0208, "0.021"),
        (1.234, "1.23"),
        (9.999, "10.0"),
        (12.34, "12.3"),
        (827651303689.0, "8e11"),
        (-99.99, "-100"),
        (float("nan"), "-"),
    ],
)
def test_numbers_have_three_digits(value, said):
    assert table.number(value) == said


def test_models_are_measured_as_users_get_them_unless_they_are_wanted_raw(small_archive, toy_bundle):
    model = Choreographer.load(toy_bundle)
    cleaned, raw = (targets.find(str(toy_bundle), small_archive, raw=wanted) for wanted in (False, True))
    assert (cleaned.name, raw.name) == ("toy", "toy raw")
    with songs.staged(small_archive, "val") as (song,):
        own = [model.dance(song.song(), style="march", seed=seed) for seed in range(2)]
        for dance, given, written in zip(own, raw.perform(song, "march", 2), cleaned.perform(song, "march", 2), strict=True):
            assert np.array_equal(given, dance.positions)
            assert np.array_equal(written, clean(dance).positions)
            assert not np.array_equal(given, written)


def test_recordings_are_measured_as_they_were_recorded(small_archive):
    one, other = (targets.find("other", small_archive, raw=wanted) for wanted in (False, True))
    assert one.name == other.name == "other"
    with songs.staged(small_archive, "val") as (song,):
        assert np.array_equal(one.perform(song, "waltz", 1), other.perform(song, "waltz", 1))


def test_a_row_says_which_of_a_models_dances_it_is_of(small_archive, toy_bundle):
    found = [targets.find(str(toy_bundle), small_archive, raw=wanted) for wanted in (False, True)]
    named = [targets.Named("one", found[0]), targets.Unlearnt("two", found[1], frozenset(), "")]
    performers = [*named, targets.find("mean", small_archive)]
    of = evaluate([Stage(small_archive, "val", performers)], Options(1, controls=False, long_seconds=0))
    assert [row.about for row in of.of("target")] == [targets.CLEANED, targets.RAW, ""]
    assert [row["about"] for row in of.as_json()["rows"]] == ["", targets.CLEANED, targets.RAW, ""]
    said = findings(of)
    assert f"one: {targets.CLEANED}." in said
    assert f"two: {targets.RAW}." in said


def test_five_minutes_are_danced_as_users_get_them_too(small_archive, toy_bundle, monkeypatch):
    """The long form has a dancer of its own, by the same name."""
    monkeypatch.setattr("ballo.evaluation.evaluate.drift", lambda dancer, songs, **_: dancer)
    performers = [targets.find(str(toy_bundle), small_archive, raw=wanted) for wanted in (False, True)]
    found = evaluate([Stage(small_archive, "val", performers)], Options(1, controls=False, long_seconds=120))
    assert isinstance(found.long["toy"], Cleaned)
    assert isinstance(found.long["toy raw"], Choreographer)


def test_targets_are_found_by_name(small_archive, toy_bundle):
    assert targets.find("mean", small_archive).name == "mean"
    assert targets.find(f"other:{small_archive.path}", small_archive).name == "other"
    assert targets.find(str(toy_bundle), small_archive).name == "toy"
    with pytest.raises(BalloError, match=r"nobody is called 'someone': name markov, retrieval, mean, other"):
        targets.find("someone", small_archive)


def test_another_frame_rate_is_refused(small_archive, toy_graph, tmp_path):
    from ballo.inference import bundle

    path = bundle.write(tmp_path / "quick.ballo", *toy_graph(fps=50.0))
    with pytest.raises(BalloError, match="dances at 50 frames a second, the archive at 25"):
        targets.find(str(path), small_archive)


def test_another_skeleton_is_refused(small_archive, toy_graph, tmp_path):
    from dataclasses import replace

    from ballo.inference import bundle
    from ballo.motion.skeleton import DANCER

    manifest, graph = toy_graph()
    taller = replace(DANCER, offsets=DANCER.offsets * 1.1)
    path = bundle.write(tmp_path / "tall.ballo", replace(manifest, skeleton=taller), graph)
    with pytest.raises(BalloError, match="moves another skeleton"):
        targets.find(str(path), small_archive)
