"""The table of measures: which rows it has, how a number in it is written, and which numbers are good.

The terminal and the page print the same rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ballo.report.measures import OfStyle

SIGNIFICANT = 0.05
OFF_BEATS = 0.1
"""Steps further than this from the beat, on average, are beside it."""
STILL_METRES = 0.01
"""A floor that drifts by less is level."""
SLIDING = 0.05
"""Metres a second; a standing foot that slides less than this stands: the source takes have 0.3 to 5 cm/s."""
NOTICED = 1.25
"""A join as jerky as this many of the dance's own hardest moments shows."""
STRETCHED = 0.01
"""The share by which a bone may change."""

NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """A line of the table: a number of each style."""

    key: str
    title: str
    value: Callable[[OfStyle], float]
    write: Callable[[float], str]

    def text(self, measured: OfStyle | None) -> str:
        """The number as the table has it."""
        value = self.value(measured) if measured is not None else math.nan
        return self.write(value) if math.isfinite(value) else NOTHING


@dataclass(frozen=True)
class Group:
    """Lines that tell of one thing.

    Args:
        about: what is measured, in words, and what is good.
        asked: the same as a question that a style answers with yes where it is good; empty where there is no good or bad.
        verdict: whether a style is good, None where nobody can say; the first row bears it.
    """

    key: str
    title: str
    asked: str
    about: str
    verdict: Callable[[OfStyle], bool | None]
    rows: tuple[Row, ...]


def of_one(value: float) -> str:
    """0.4427 as ".443"."""
    return f"{value:.3f}".replace("0.", ".", 1)


def of_beat(value: float) -> str:
    """A place in the beat, from -0.5 to 0.5."""
    text = f"{value:+.2f}".replace("0.", ".", 1).replace("-", "−")
    return ".00" if text.endswith(".00") else text


def of_chance(value: float) -> str:
    """A p-value: how often chance does as well."""
    return "<.001" if value < 0.001 else of_one(value)


def count(value: float) -> str:
    """A whole number."""
    return f"{value:,.0f}"


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.2f}"


def centimetres(value: float) -> str:
    """Metres to centimetres."""
    return f"{100 * value:.1f}" if value >= 0.0995 else f"{100 * value:.2f}"


def percent(value: float) -> str:
    """A share to percent."""
    return f"{100 * value:.2f}" if value < 0.1 else f"{100 * value:.1f}"


def _p(value: float, songs: int) -> float:
    """A p-value, nan of one song: chance shifts songs against one another."""
    return value if songs > 1 else math.nan


def _steps(measured: OfStyle, name: str) -> float:
    found = measured.step_phase
    return math.nan if found is None or not found.events else float(getattr(found, name))


def _steps_p(measured: OfStyle) -> float:
    return _p(_steps(measured, "p_value"), measured.heard)


def _onsets(measured: OfStyle, name: str) -> float:
    found = measured.onset_phase
    return math.nan if found is None or not found.events else float(getattr(found, name))


def _onsets_p(measured: OfStyle) -> float:
    return _p(_onsets(measured, "p_value"), measured.heard)


def _near(measured: OfStyle, name: str) -> float:
    found = measured.alignment
    return math.nan if found is None or not found.to_music.count else float(getattr(found.to_music, name))


def _bar(measured: OfStyle, name: str) -> float:
    return math.nan if measured.fold is None or not measured.fold.frames else float(getattr(measured.fold, name))


def _joins(measured: OfStyle, name: str) -> float:
    return math.nan if measured.join_jerk is None else float(getattr(measured.join_jerk, name))


def _significant(p_value: float, place: float = 0.0) -> bool | None:
    """Whether it is no chance, and at the right place in the beat."""
    return p_value < SIGNIFICANT and abs(place) < OFF_BEATS if math.isfinite(p_value) else None


def _below(value: float, limit: float) -> bool | None:
    return value < limit if math.isfinite(value) else None


def _folds(measured: OfStyle) -> bool | None:
    best = _bar(measured, "null_99")
    return _bar(measured, "explained") > best if math.isfinite(best) and measured.heard > 1 else None


GROUPS = (
    Group(
        "measured",
        "What is measured",
        "",
        "Dances whose music and beats are known can be in time with it; what happens within a quarter of a second of a join of "
        "two recordings is not counted as the dancer’s.",
        lambda measured: None,
        (
            Row("dances", "dances", lambda m: len(m.dances), count),
            Row("heard", "with music and beats", lambda m: m.heard, count),
            Row("steps", "steps", lambda m: _steps(m, "events"), count),
        ),
    ),
    Group(
        "step_phase",
        "Steps on the beat",
        "Do steps fall on the beat?",
        "Where in the beat feet come down. The resultant is 1 if it is always at the same place and near 0 if it is anywhere; "
        "phase 0 is on the beat. Good: p below .05 and a phase within a tenth of a beat. p is how often songs shifted at "
        "random agree as much.",
        lambda m: _significant(_steps_p(m), _steps(m, "phase")),
        (
            Row("step_resultant", "resultant, 0 to 1", lambda m: _steps(m, "resultant"), of_one),
            Row("step_phase", "phase, beats", lambda m: _steps(m, "phase"), of_beat),
            Row("step_p", "p", _steps_p, of_chance),
        ),
    ),
    Group(
        "onset_phase",
        "Steps and the music",
        "Do steps agree with the music’s sound?",
        "The same without believing any beat tracker: where, as seen from a step, notes begin in the music itself. Of the "
        "beats only the tempo is used. The numbers are small because notes begin between beats too; p says whether they mean "
        "anything. Good: p below .05 and a lag within a tenth of a beat.",
        lambda m: _significant(_onsets_p(m), _onsets(m, "lag_beats")),
        (
            Row("onset_resultant", "resultant, 0 to 1", lambda m: _onsets(m, "resultant"), of_one),
            Row("onset_lag", "lag, beats", lambda m: _onsets(m, "lag_beats"), of_beat),
            Row("onset_gain", "strongest over mean", lambda m: _onsets(m, "gain"), times),
            Row("onset_p", "p", _onsets_p, of_chance),
        ),
    ),
    Group(
        "alignment",
        "Steps near beats",
        "Are steps nearer to beats than by chance?",
        "How near a step is to the nearest beat: 1 is on it, .61 a tenth of a second off. It means something only beside what "
        "steps at any other moment would score. Good: well above chance.",
        lambda m: _significant(_p(_near(m, "p_value"), m.heard)),
        (
            Row("near", "score, 0 to 1", lambda m: _near(m, "value"), of_one),
            Row("near_chance", "by chance", lambda m: _near(m, "null"), of_one),
        ),
    ),
    Group(
        "fold",
        "Feet and the bar",
        "Do feet do the same in every bar?",
        "How much of how the feet brake the place in the bar explains: do the same things happen in every bar at the same "
        "beat? Good: above the best of a hundred random shifts of the songs’ bars.",
        _folds,
        (
            Row("fold", "explained, %", lambda m: _bar(m, "explained"), percent),
            Row("fold_chance", "by chance, %", lambda m: _bar(m, "null_mean"), percent),
            Row("fold_chance_99", "its 99th percentile, %", lambda m: _bar(m, "null_99"), percent),
        ),
    ),
    Group(
        "drift",
        "A floor that stays",
        "Does the floor stay where it is?",
        "How far the floor under the lower toe wanders up and down within a dance (standard deviation; the median over "
        "dances). Good: below 1 cm.",
        lambda m: _below(m.drift, STILL_METRES),
        (
            Row("drift", "toe-floor drift, cm", lambda m: m.drift, centimetres),
            Row("drift_worst", "worst dance, cm", lambda m: max(d.drift for d in m.dances), centimetres),
        ),
    ),
    Group(
        "skate",
        "Feet that stand",
        "Do standing feet stand?",
        "How fast the lower toe slides while it is on the floor (each dance’s median; the median over dances). A dancer’s feet "
        "do slide and turn; the source recordings have 0.3 to 5 cm/s. Good: no more than that.",
        lambda m: _below(m.skate, SLIDING),
        (
            Row("skate", "foot skate, cm/s", lambda m: m.skate, centimetres),
            Row("skate_worst", "worst dance, cm/s", lambda m: max(d.skate.median for d in m.dances), centimetres),
        ),
    ),
    Group(
        "joins",
        "Joins that do not show",
        "Are joins as smooth as the dance?",
        "The peak of jerk at a join over the 95th percentile of jerk away from joins: 1 is a join like the dance’s own hardest "
        "moments. Stretches as long without any join have the second number. Good: about 1 or less.",
        lambda m: _below(_joins(m, "ratio"), NOTICED),
        (
            Row("join_ratio", "jerk at joins, ratio", lambda m: _joins(m, "ratio"), times),
            Row("join_none", "the same without a join", lambda m: _joins(m, "random_windows"), times),
            Row("joins", "joins", lambda m: sum(d.joins for d in m.dances), count),
        ),
    ),
    Group(
        "bones",
        "Bones that do not stretch",
        "Do bones keep their length?",
        "How much bones change their length within a dance: standard deviation over mean, the mean over bones (the median over "
        "dances), and the worst bone of all. Good: none.",
        lambda m: _below(m.bones, STRETCHED),
        (
            Row("bones", "variation, %", lambda m: m.bones, percent),
            Row("bones_worst", "worst bone, %", lambda m: max(d.bone_worst for d in m.dances), percent),
        ),
    ),
)
