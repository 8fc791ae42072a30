"""Figures of styles are what the metrics say when they are asked directly."""

from __future__ import annotations

import math
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import preparation
from ballo.dataset.archive import PUBLISHED, Archive
from ballo.metrics import alignment, bar_phase, bars, bones, feet, joins, sync
from ballo.motion.steps import steps
from ballo.music import onsets
from ballo.report import danced, report, rows
from ballo.report.measures import ALL, measure

TABLE = {row.key: (group, row) for group in rows.GROUPS for row in group.rows}


def number(measured, key: str) -> float:
    return TABLE[key][1].value(measured)


def test_a_remastered_style_beside_the_metrics_themselves(remastered):
    cha_cha = measure(danced.read(remastered))["cha-cha"]
    stepped, heard, braked, joined = [], [], [], []
    for dance, downbeat in zip(remastered.dances[:2], (0, 3), strict=True):
        motion = dance.motion()
        beats, positions = dance.beats.seconds, motion.positions
        joined.append(joins.Joined(positions, 25.0, np.array(dance.joins) / 25))
        stepped.append(sync.InSong(steps(motion.skeleton, positions, 25.0), beats, joined[-1].joins))
        sound = onsets.regions(onsets.listen([dance.samples.astype(np.float32) / 32767])).mean(axis=1)
        heard.append(sync.Heard(stepped[-1], sound, 100.0, onsets.EARLY_SECONDS - 1.0))
        signal = bars.braking(motion.skeleton, positions, 25.0)
        braked.append(bars.Braked(signal, 25.0, beats, downbeat, 4, joined[-1].joins))
    assert cha_cha.step_phase == bar_phase.step_phase(stepped)
    assert cha_cha.step_phase.events > 10
    assert cha_cha.onset_phase.p_value == sync.onset_phase(heard).p_value
    assert cha_cha.onset_phase.curve == pytest.approx(sync.onset_phase(heard).curve, abs=1e-4)
    assert cha_cha.alignment == alignment.alignment(stepped)
    assert cha_cha.fold == bars.bar_fold(braked)
    assert cha_cha.join_jerk == joins.join_jerk(joined)
    toes = [dance.motion().positions[:, [8, 13]] for dance in remastered.dances[:2]]
    assert number(cha_cha, "drift") == np.median([feet.toe_floor_drift(both, 25.0) for both in toes])
    assert number(cha_cha, "drift_worst") == max(feet.toe_floor_drift(both, 25.0) for both in toes)
    assert number(cha_cha, "skate") == np.median([feet.skate(both, 25.0).median for both in toes])
    assert number(cha_cha, "skate_worst") == max(feet.skate(both, 25.0).median for both in toes)
    assert number(cha_cha, "bones_worst") < 1e-5
    assert (number(cha_cha, "dances"), number(cha_cha, "heard"), number(cha_cha, "joins")) == (2, 2, 4)


def test_a_published_style_is_measured_on_its_points(as_published, remastered, later_seconds):
    waltz = measure(danced.read(as_published, remastered))["waltz"]
    points, beats = np.asarray(as_published.dances[1].points), remastered.dances[2].beats.seconds - later_seconds
    toes = points[:, [11, 20]]
    assert waltz.drift == feet.toe_floor_drift(toes, 25.0) > 0.05
    assert waltz.skate == feet.skate(toes, 25.0).median
    assert waltz.bones == bones.bone_variation(points, danced.POINT_BONES).mean > 0.03
    assert waltz.join_jerk == joins.join_jerk([joins.Joined(points, 25.0, np.array([4.0, 8.02]))])
    stepped = sync.InSong(steps(danced.POINTS, points, 25.0), beats, np.array([4.0, 8.02]))
    expected = bar_phase.step_phase([stepped])
    assert waltz.step_phase.events == expected.events > 0
    assert (waltz.step_phase.resultant, waltz.step_phase.phase) == pytest.approx((expected.resultant, expected.phase))


def test_styles_come_in_order_and_together_last(remastered):
    by_style = measure(danced.read(remastered))
    assert list(by_style) == ["cha-cha", "waltz", ALL]
    together = by_style[ALL]
    assert len(together.dances) == 3
    assert together.drift == sorted(dance.drift for dance in together.dances)[1]
    assert together.step_phase.events == by_style["cha-cha"].step_phase.events + by_style["waltz"].step_phase.events
    # Bars of three and of four beats have no place in common, and styles differ in how hard they dance.
    assert (together.fold, together.join_jerk) == (None, None)


def test_one_style_has_no_total(remastered):
    alone = replace(remastered, dances=remastered.dances[:1])
    assert list(measure(danced.read(alone))) == ["cha-cha"]


def test_one_song_has_no_p(remastered):
    waltz = measure(danced.read(remastered))["waltz"]
    assert TABLE["step_p"][1].text(waltz) == TABLE["onset_p"][1].text(waltz) == rows.NOTHING
    assert TABLE["step_resultant"][1].text(waltz) != rows.NOTHING
    assert [TABLE[key][0].verdict(waltz) for key in ("step_p", "onset_p", "near", "fold")] == [None] * 4


def test_without_music_and_joins_only_the_body_is_measured(small_archive):
    silent = replace(small_archive, dances=tuple(replace(dance, samples=None) for dance in small_archive.dances))
    waltz = measure(danced.read(silent))["waltz"]
    unmeasured = [key for key, (_, row) in TABLE.items() if not math.isfinite(row.value(waltz))]
    assert {"step_resultant", "onset_p", "near", "fold", "join_ratio"} <= set(unmeasured)
    assert not {"drift", "skate", "bones", "dances", "joins"} & set(unmeasured)


def test_a_verdict_needs_the_right_place_too(remastered):
    cha_cha = measure(danced.read(remastered))["cha-cha"]
    group = TABLE["step_p"][0]
    for phase, p_value, good in ((0.05, 0.001, True), (0.3, 0.001, False), (0.05, 0.2, False)):
        agreed = replace(cha_cha.step_phase, phase=phase, p_value=p_value)
        assert group.verdict(replace(cha_cha, step_phase=agreed)) is good


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (rows.of_one, 0.44269, ".443"),
        (rows.of_one, 1.0, "1.000"),
        (rows.of_beat, -0.3006, "\N{MINUS SIGN}.30"),
        (rows.of_beat, 0.0821, "+.08"),
        (rows.of_beat, -0.004, ".00"),
        (rows.of_chance, 0.00025, "<.001"),
        (rows.of_chance, 0.0343, ".034"),
        (rows.centimetres, 0.22461, "22.5"),
        (rows.centimetres, 0.0036, "0.36"),
        (rows.centimetres, 0.09996, "10.0"),
        (rows.percent, 0.2396, "24.0"),
        (rows.percent, 0.0056, "0.56"),
        (rows.count, 4485.0, "4,485"),
    ],
)
def test_numbers_are_written_to_three_places(write, value, text):
    assert write(value) == text


@pytest.mark.skipif("BALLO_DATA" not in os.environ, reason="set BALLO_DATA to the folder of the published data to test on it")
def test_published_waltzes_have_the_faults_they_are_known_for(tmp_path):
    source, sample = Path(os.environ["BALLO_DATA"]), tmp_path / "sample"
    for name in ("DANCE_W_4", "DANCE_W_5", "DANCE_W_6"):
        shutil.copytree(source / "tang2018" / name, sample / "tang2018" / name)
    shutil.copytree(source / "choreonet" / "choreography", sample / "choreonet" / "choreography")
    preparation.prepare([sample], tmp_path / "archive", None, preparation.Wish(PUBLISHED))
    waltz = report.make(Archive.open(tmp_path / "archive")).now.by_style["waltz"]
    assert len(waltz.dances) == 3
    assert 0.09 < waltz.skate < 0.35
    assert 0.03 < waltz.drift < 0.16
    assert 0.05 < waltz.bones < 0.12
    assert 1.5 < waltz.join_jerk.ratio < 4
    assert waltz.step_phase is None
