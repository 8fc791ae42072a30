"""Long songs that go on in time, minutes of dances of which all is known, and changes that are one or are chance."""

from __future__ import annotations

import math
import os
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import BalloError
from ballo.evaluation import longform, longsong, minutes
from ballo.evaluation.longform import LongForm, changed
from ballo.evaluation.minutes import SHOWN, Minute, by_minute
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER
from ballo.music import beats as tracking

RATE = 16_000
PERIOD = 0.5


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return path


def read(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


@pytest.fixture
def band(staged, tmp_path):
    """Eight seconds and a bit of a song whose beats begin 0.3 s late, four a bar, the first of them a downbeat's second."""

    def make(sound=None, **more):
        seconds = np.arange(round(8.7 * RATE)) / RATE
        phase = (seconds - 0.3) % PERIOD
        count = np.floor((seconds - 0.3) / PERIOD) + 1
        hertz = np.where(count % 4 == 0, 70, 180)
        drum = np.where(count % 4 == 0, 0.8, 0.35) * np.sin(2 * np.pi * hertz * phase) * np.exp(-25 * phase)
        samples = drum * (seconds >= 0.3) if sound is None else sound(seconds)
        beats = 0.3 + PERIOD * np.arange(16)
        given = {"beats": beats, "positions": (np.arange(16) + 1) % 4, "metre": 4} | more
        song = staged(**given)
        return replace(song, file=write(tmp_path / "song.wav", samples))

    return make


def test_bars_are_repeated_from_the_first_downbeat_to_the_last(band, tmp_path):
    """Downbeats are at 1.8, 3.8, 5.8 and 7.8 s: six seconds go round, and beats go on at their period."""
    (tmp_path / "out").mkdir()
    long = longsong.looped(band(), tmp_path / "out", seconds=40)
    assert long.seconds == 40
    assert len(read(long.file)) == 40 * RATE
    np.testing.assert_allclose(long.seams, [6, 12, 18, 24, 30, 36])
    np.testing.assert_allclose(long.beats, PERIOD * np.arange(80), atol=1e-4)


def test_the_long_song_s_beats_are_heard_where_they_are_said_to_be(band, tmp_path):
    """Ears of their own: the tracker finds one tempo over all of it, and its beats on those of the long song."""
    (tmp_path / "out").mkdir()
    long = longsong.looped(band(), tmp_path / "out", seconds=60)
    heard = tracking.track(long.file, metre=4)
    assert heard.constant
    assert heard.bpm == pytest.approx(120, rel=1e-4)
    nearest = np.abs(heard.times[:, None] - long.beats).min(axis=1)
    assert nearest.max() < 0.02
    sound = read(long.file)
    loud = [np.abs(sound[at : at + RATE // 10]).mean() for at in np.round(long.beats * RATE).astype(int)]
    assert (np.reshape(loud, (-1, 4)).argmax(axis=1) == 0).all()  # every bar opens with its own heavy beat


@pytest.mark.skipif("BALLO_DATA" not in os.environ, reason="set BALLO_DATA to the folder of the published data to test on it")
@pytest.mark.parametrize("name", ["DANCE_C_2", "DANCE_W_1"])
def test_a_real_song_goes_on_in_time(staged, tmp_path, name):
    """Over five minutes made of it one tempo is heard, that of the song, on the beats that the long song says it has."""
    song = Path(os.environ["BALLO_DATA"]) / "tang2018" / name / "audio.mp3"
    own = tracking.track(song)
    long = longsong.looped(
        replace(staged(name, beats=own.times, positions=own.positions, metre=own.metre), file=song), tmp_path, seconds=300
    )
    assert len(long.seams) >= 1
    heard = tracking.track(long.file, metre=own.metre)
    assert heard.constant
    assert heard.bpm == pytest.approx(own.bpm, rel=1e-4)
    nearest = np.abs(heard.times[:, None] - long.beats).min(axis=1)
    assert np.percentile(nearest, 95) < 0.01 * own.period_seconds


def test_what_is_alike_on_both_sides_of_a_seam_goes_on(band, tmp_path):
    """A tone of whole waves a bar is one tone throughout: neither a click nor a fade is heard."""
    (tmp_path / "out").mkdir()
    long = longsong.looped(band(lambda seconds: 0.5 * np.sin(2 * np.pi * 220 * seconds)), tmp_path / "out", seconds=20)
    tone = 0.5 * np.sin(2 * np.pi * 220 * (1.8 + np.arange(20 * RATE) / RATE))
    np.testing.assert_allclose(read(long.file), tone, atol=2e-3)


def test_what_is_not_alike_is_faded_in_before_the_seam(band, tmp_path):
    """Ones before the first downbeat and zeros from it on: what goes round is silence that rises for 20 ms."""
    (tmp_path / "out").mkdir()
    long = longsong.looped(band(lambda seconds: 0.5 * (seconds < 1.8)), tmp_path / "out", seconds=12)
    sound = read(long.file)
    fade = sound[6 * RATE - 320 : 6 * RATE]
    np.testing.assert_allclose(fade, 0.5 * np.arange(320) / 320, atol=1e-3)
    assert not sound[: 6 * RATE - 320].any()
    assert not sound[6 * RATE : 12 * RATE - 320].any()


def test_without_bars_beats_go_round_and_without_beats_all_of_it(band, tmp_path):
    (tmp_path / "out").mkdir()
    counted = longsong.looped(band(positions=None, metre=0), tmp_path / "out", seconds=30)
    np.testing.assert_allclose(counted.seams, [7.5, 15, 22.5])
    np.testing.assert_allclose(np.diff(counted.beats), PERIOD, atol=1e-4)
    whole = longsong.looped(band(beats=None, positions=None, metre=0), tmp_path / "out", seconds=30)
    np.testing.assert_allclose(whole.seams, [8.7, 17.4, 26.1])
    assert whole.beats is None


def test_a_song_may_be_longer_than_wanted(band, tmp_path):
    (tmp_path / "out").mkdir()
    long = longsong.looped(band(), tmp_path / "out", seconds=2)
    assert len(read(long.file)) == 2 * RATE
    assert not len(long.seams)
    np.testing.assert_allclose(long.beats, [0, 0.5, 1, 1.5], atol=1e-4)


def test_the_longest_song_of_each_style_is_repeated(staged):
    short = replace(staged("short"), real=staged().real[:90])
    chosen = longsong.one_a_style([short, staged("long"), staged("as long"), staged("tango", style="tango")])
    assert {style: song.name for style, song in chosen.items()} == {"waltz": "long", "tango": "tango"}


def test_minutes_of_a_dance_that_goes_round(planted):
    """Each minute is the first again: no number changes, and every pose comes again."""
    one = planted(1.3 * np.arange(1500))
    found = by_minute(DANCER, np.concatenate([one] * 3), 25.0, np.arange(0, 180, 0.5))
    assert len(found) == 3
    for minute in found[1:]:
        for name in ("speed", "jerk", "skate", "frozen", "floor", "sunk", "strayed", "spread"):
            assert getattr(minute, name) == pytest.approx(getattr(found[0], name), rel=0.02, abs=1e-6), name
        assert minute.shifted == pytest.approx(0, abs=1e-6)
        assert minute.nearest == pytest.approx(0, abs=1e-3)
    assert [minute.repeated for minute in found] == [100, 100, 100]
    assert math.isnan(found[0].nearest)


def test_minutes_of_a_dance_that_sinks_strays_and_stops(planted):
    """In the second minute she dances 10 cm lower and 3 m off; in the third she stands as she stood in the end."""
    one = planted(1.3 * np.arange(1500))
    lower = one + np.array([3.0, -0.1, 0.0])
    dance = np.concatenate([one, lower, np.repeat(lower[-1:], 1500, axis=0)])
    first, second, third = by_minute(DANCER, dance, 25.0)
    assert second.floor - first.floor == pytest.approx(-10, abs=1e-6)
    assert second.sunk > first.sunk + 5
    assert second.strayed > 1.5
    assert second.speed == pytest.approx(first.speed)
    assert second.repeated < 100  # 10 cm lower is another pose: nothing of the first minute comes again
    assert third.speed == third.jerk == 0
    assert third.spread == pytest.approx(0, abs=1e-9)
    assert third.frozen == pytest.approx(100, abs=0.2)
    assert math.isnan(first.in_time)


def test_numbers_of_a_minute_against_a_plain_version(planted):
    """Slowly, one pose after another: how far poses lie apart, from their mean, and from the nearest of earlier minutes."""
    rate = 1.0  # a frame a second: 60 poses a minute
    dance = planted(40.0 * np.arange(180) + 5 * np.random.default_rng(0).normal(size=180))
    found = by_minute(DANCER, dance, rate)
    from ballo.motion import kinematics

    poses, _ = kinematics.unplace(DANCER, dance)

    def apart(a, b):
        return float(np.mean([np.sqrt(((p - q) ** 2).sum()) for p, q in zip(a, b, strict=True)]))

    def rms(a, b):
        return float(np.sqrt(((a - b) ** 2).sum()))

    for number, minute in enumerate(found):
        own, rest = range(60 * number, 60 * number + 60), [*range(60 * number), *range(60 * number + 60, 180)]
        mean = sum(poses[k] for k in own) / 60
        assert minute.spread == pytest.approx(100 * np.mean([apart(poses[k], mean) for k in own]))
        same = [apart(poses[k], poses[min(rest, key=lambda other, k=k: rms(poses[k], poses[other]))]) < 0.03 for k in own]
        assert minute.repeated == pytest.approx(100 * np.mean(same))
        if number:
            before = [apart(poses[k], poses[min(range(60 * number), key=lambda o, k=k: rms(poses[k], poses[o]))]) for k in own]
            assert minute.nearest == pytest.approx(100 * np.mean(before), rel=1e-4)
        assert minute.strayed == pytest.approx(np.mean([np.hypot(*(dance[k, 0, [0, 2]] - dance[0, 0, [0, 2]])) for k in own]))


def test_a_short_dance_is_one_minute_and_no_other(planted):
    (only,) = by_minute(DANCER, planted(np.arange(100)), 25.0)
    assert math.isnan(only.repeated)
    assert math.isnan(only.nearest)
    assert only.speed > 0
    (only,) = by_minute(DANCER, planted(np.arange(1700)), 25.0)
    assert only.speed > 0


@pytest.mark.parametrize("shape", [(0, 22, 3), (3, 22, 3), (100, 21, 3), (100, 66)])
def test_nonsense_is_refused(shape):
    with pytest.raises(ValueError, match="a dance must be"):
        by_minute(DANCER, np.zeros(shape), 25.0)


def test_a_straight_line_is_a_change_and_its_slope_is_found():
    values = np.array([[1.0, 2, 3, 4, 5], [11, 12, 13, 14, 15]])
    change = changed(SHOWN[0], values)
    assert change.change == pytest.approx(4)
    assert change.between == pytest.approx(0, abs=1e-12)
    assert (change.first, change.last) == (6, 10)
    assert change.drifts


def test_the_chance_of_a_slope_is_that_of_all_orders():
    """Of five minutes of one song there are 120 orders: counted one by one."""
    from itertools import permutations

    values = np.array([[0.3, 0.1, 0.9, 0.7, 1.4]])
    place = np.arange(5) - 2

    def slope(row):
        return abs(float(np.dot(place, row)))

    share = np.mean([slope(order) >= slope(values[0]) - 1e-12 for order in permutations(values[0])])
    assert changed(SHOWN[0], values, draws=40_000).p_value == pytest.approx(share, abs=0.005)


def test_a_song_s_own_level_and_minutes_in_any_order_are_no_change():
    """Of a hundred dancers who do not change about p of a hundred are said to."""
    found = []
    for seed in range(100):
        random = np.random.default_rng(seed)
        values = 100 * random.normal(size=(4, 1)) + random.normal(size=(4, 5))
        found.append(changed(SHOWN[0], values, draws=400).p_value)
    assert 0.4 < np.mean(found) < 0.6
    assert np.mean(np.array(found) < 0.05) < 0.13


def test_what_is_constant_does_not_change():
    change = changed(SHOWN[0], np.full((3, 5), 7.7))
    assert change.p_value == 1
    assert not change.drifts


@pytest.mark.parametrize("values", [np.zeros((0, 5)), np.zeros((2, 1)), np.full((2, 3), np.nan)])
def test_a_change_of_nothing_is_refused(values):
    with pytest.raises(ValueError, match="a change needs"):
        changed(SHOWN[0], values)


def minute(**more):
    return Minute(**{each.name: 0.0 for each in SHOWN} | more)


def long_form(**rows):
    return LongForm("she", dict.fromkeys(rows, "song"), rows, {}, {})


def test_words_name_what_drifts_with_its_numbers():
    slower = {
        style: tuple(minute(speed=level - 0.1 * k, jerk=50 + 3 * (-1) ** k, repeated=40.0) for k in range(5))
        for style, level in (("waltz", 0.9), ("tango", 1.1))
    }
    level, said = long_form(**slower).words
    assert level == "she: 40 % of poses come again in another minute, to music that goes round."
    assert said.startswith("she: speed falls from 1 to 0.6 m/s between minute 1 and 5 (p 0.0")


def test_words_where_nothing_can_be_said():
    steady = {style: tuple(minute(speed=1 + 0.001 * k) for k in range(5)) for style in ("waltz", "tango", "rumba")}
    assert "nothing changes" in long_form(**steady).words[1]  # a millimetre a second is not worth a word
    assert "one long song" in long_form(waltz=steady["waltz"]).words[1]
    assert "less than two minutes" in long_form(waltz=(minute(),)).words[0]
    assert long_form().words == ("she danced to no long song.",)


def test_songs_and_minutes_without_a_number_are_left_out_of_tables():
    nan = float("nan")
    found = long_form(
        waltz=(minute(nearest=nan, in_time=0.4), minute(nearest=2.0, in_time=0.5)),
        tango=(minute(nearest=nan, in_time=nan), minute(nearest=3.0, in_time=0.1)),
    )
    np.testing.assert_array_equal(found.table("nearest"), [[2.0], [3.0]])
    np.testing.assert_array_equal(found.table("in_time"), [[0.4, 0.5]])


class Slower:
    """Dances slower and slower, to whatever she hears."""

    name, styles, fps, skeleton = "slower", ("cha-cha", "rumba"), 25.0, DANCER

    def __init__(self, planted):
        self.planted, self.asked = planted, []

    def dance(self, song, *, style, seed, progress=None):
        if style not in self.styles:
            raise BalloError(f"{song.path}: no such dance")
        list(song.blocks(RATE, RATE))
        self.asked.append((style, float(song.seconds)))
        frames = np.arange(math.ceil(song.seconds * 25))
        positions = self.planted(2 * frames - frames**2 / (1.4 * len(frames)))
        return Motion.from_positions(DANCER, positions, 25.0)


def test_who_gets_slower_is_found_out(small_archive, planted):
    """From end to end; a style that is not danced is left out with its reason."""
    from ballo.evaluation.songs import staged

    told = []
    with staged(small_archive, "train") as songs:
        dancer = Slower(planted)
        found = longform.drift(dancer, songs, name="she", seconds=300, progress=lambda *said: told.append(said))
    assert dancer.asked == [("cha-cha", 300.0), ("rumba", 300.0)]
    assert told == [("DANCE_C_2", 0, 3), ("DANCE_R_2", 1, 3), ("DANCE_W_4", 2, 3)]
    assert found.name == "she"
    assert found.left_out == {"waltz": "no such dance"}
    assert set(found.real) == {"cha-cha", "rumba", "waltz"}
    speeds = found.table("speed")
    assert speeds.shape == (2, 5)
    assert (np.diff(speeds) < 0).all()
    assert any("speed falls" in sentence for sentence in found.words)


def test_minutes_are_named_as_they_are_shown():
    assert minutes.SHOWN[0].name == "speed"
    assert {each.name for each in minutes.SHOWN if math.isinf(each.least)} == {"shifted", "nearest"}
