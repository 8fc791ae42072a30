"""What the numbers of an evaluation support and what they do not, in sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ballo.evaluation.controls import CONTROLS
from ballo.evaluation.evaluation import NEVER_SEEN, Evaluation
from ballo.evaluation.measures import Measure
from ballo.evaluation.measures.measure import LESS, MORE, NEAR_ONE
from ballo.evaluation.row import Figure, Row
from ballo.evaluation.table import SHORT, number, titled
from ballo.metrics.intervals import LEAST_SONGS

SIGNIFICANT = 0.05


def findings(found: Evaluation) -> list[str]:
    """Sentences, the weightiest caution first."""
    (real,) = found.of("real")
    measures = [each for each in found.measures if each.name in SHORT and not each.name.endswith("_p")]
    said = [_size(found)]
    said += _fooled(found, real, measures)
    for target in found.of("target"):
        if target.danced:
            said += [*_stands(target, real, measures), *_in_time(target, found)]
    said += _ranked(found, real, measures)
    said += _never_seen(real)
    return said


def _size(found: Evaluation) -> str:
    counts = Counter(found.songs.values())
    styles = ", ".join(f"{count} {style}" for style, count in counts.items())
    songs = f"{len(found.songs)} songs ({styles})" if len(found.songs) > 1 else f"1 song ({styles})"
    if len(found.songs) < LEAST_SONGS:
        return (
            f"{songs} are too few for intervals: beside a number stands the range over songs, and a difference that lies "
            "within it says nothing. A style with one song says nothing about the style."
        )
    return f"{songs}: beside a number stands its 95 % interval over songs; numbers whose intervals overlap are not told apart."


def _fooled(found: Evaluation, real: Row, measures: Sequence[Measure]) -> Iterator[str]:
    """Which measures each control passes: what they cannot see."""
    titles = {control.name: control.title for control in CONTROLS}
    for control in found.of("control"):
        if control.name not in titles:
            continue
        passed = [each for each in measures if _as_good(each, control.figures[each.name], real.figures[each.name])]
        if passed:
            title = _capital(titles[control.name])
            yield f"{title}: as good as real dances in {_titles(passed)}. These do not see what is wrong with it."


def _stands(target: Row, real: Row, measures: Sequence[Measure]) -> Iterator[str]:
    """Where somebody is like the real dances, and where not."""
    judged = [each for each in measures if _judged(each, target.figures[each.name], real.figures[each.name])]
    good = [each for each in judged if _as_good(each, target.figures[each.name], real.figures[each.name])]
    bad = [each for each in judged if each not in good]
    if bad:
        parts = [_beside(each, target.figures[each.name], real.figures[each.name]) for each in bad]
        yield f"{target.name} differs from real dances in {_listed(parts)}."
    if good:
        yield f"{target.name} is within what real dances vary by in {_titles(good)}."


def _in_time(target: Row, found: Evaluation) -> Iterator[str]:
    """What chance says."""
    chance = [
        (each, target.figures[each.name].value) for each in found.measures if each.name in SHORT and each.name.endswith("_p")
    ]
    known = [(each, value) for each, value in chance if math.isfinite(value)]
    if known:
        kept = [f"{_stem(each)} (p {number(value)})" for each, value in known if value < SIGNIFICANT]
        lost = [f"{_stem(each)} (p {number(value)})" for each, value in known if value >= SIGNIFICANT]
        if kept:
            yield f"{target.name} and the music: more than chance by {_listed(kept)}."
        if lost:
            yield f"{target.name} and the music: no more than chance by {_listed(lost)}."


def _ranked(found: Evaluation, real: Row, measures: Sequence[Measure]) -> Iterator[str]:
    """Who is best of several."""
    targets = [row for row in found.of("target") if row.danced]
    if len(targets) < 2:
        return
    best: dict[str, list[Measure]] = {row.name: [] for row in targets}
    for each in measures:
        values = [(_off(each, row.figures[each.name], real.figures[each.name]), row.name) for row in targets]
        finite = sorted(value for value in values if math.isfinite(value[0]))
        if len(finite) > 1 and finite[0][0] < finite[1][0]:
            best[finite[0][1]].append(each)
    yield (
        "Nearest to real dances, or best where less or more is: "
        + "; ".join(f"{name} in {_titles(some)}" if some else f"{name} in nothing" for name, some in best.items())
        + "."
    )


def _never_seen(real: Row) -> Iterator[str]:
    part = real.by_part.get(NEVER_SEEN)
    seconds = sum(len(song.staged.real) / song.staged.fps for song in real.danced)
    if part is None and seconds:
        yield "No bar of these songs shows movement that never occurs in training: nothing here is about unseen movement."


def _judged(measure: Measure, figure: Figure, real: Figure) -> bool:
    """Whether a measure has a number of both that can be held against one another."""
    return math.isfinite(figure.value) and math.isfinite(real.value) and not _is_reference(measure, real)


def _is_reference(measure: Measure, real: Figure) -> bool:
    """Whether the real dances have 0 because they are what is compared with."""
    return measure.better == LESS and real.value == 0


def _as_good(measure: Measure, figure: Figure, real: Figure) -> bool:
    """Whether a figure is as good as the real dances', or lies within what they vary by."""
    if not _judged(measure, figure, real):
        return False
    if number(figure.value) == number(real.value):
        return True
    low, high = (real.interval.low, real.interval.high) if real.interval is not None else (real.value, real.value)
    if measure.better == LESS:
        return figure.value <= high
    if measure.better == MORE:
        return figure.value >= low
    if measure.better == NEAR_ONE and figure.interval is not None:
        return figure.interval.low <= 1 <= figure.interval.high
    return low <= figure.value <= high


def _off(measure: Measure, figure: Figure, real: Figure) -> float:
    """How far from the best; nan where nobody knows."""
    if measure.better == LESS:
        return figure.value
    if measure.better == MORE:
        return -figure.value
    return abs(figure.value - (1.0 if measure.better == NEAR_ONE else real.value))


def _beside(measure: Measure, figure: Figure, real: Figure) -> str:
    return f"{titled(measure).strip()} ({number(figure.value)}; real {number(real.value)})"


def _stem(measure: Measure) -> str:
    return measure.title.strip().partition(", p")[0]


def _titles(measures: Iterable[Measure]) -> str:
    return _listed([measure.title.strip() for measure in measures])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
