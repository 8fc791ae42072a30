"""What the numbers of an evaluation support and what they do not, in sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ballo.evaluation.controls import CONTROLS, FROZEN, OTHER
from ballo.evaluation.evaluation import NEVER_SEEN, Evaluation
from ballo.evaluation.measures import Measure
from ballo.evaluation.measures.measure import LESS
from ballo.evaluation.row import Figure, Row, figures
from ballo.evaluation.table import SHORT, number
from ballo.evaluation.verdicts import SIGNIFICANT, as_good, ends, off
from ballo.metrics.intervals import LEAST_SONGS


def findings(found: Evaluation) -> list[str]:
    """Sentences, the weightiest caution first."""
    (real,) = found.of("real")
    measures = [each for each in found.measures if each.name in SHORT and not each.name.endswith("_p")]
    said = [_size(found), *_danced_so(found.of("target"))]
    said += _fooled(found, real, measures)
    for target in found.of("target"):
        if target.danced:
            said += _stands(target, real, found, measures)
    said += _ranked(found, real, measures)
    said += _never_seen(real)
    return said


def _size(found: Evaluation) -> str:
    counts = Counter(found.songs.values())
    styles = ", ".join(f"{count} {style}" for style, count in counts.items())
    if len(found.songs) == 1:
        return f"1 song ({styles}) is too few for any number to say more than of this song."
    songs = f"{len(found.songs)} songs ({styles})"
    if len(found.songs) < LEAST_SONGS:
        lone = " A style with one song says nothing about the style." if 1 in counts.values() else ""
        return (
            f"{songs} are too few for intervals: beside a number stands the range over songs, and a difference that lies "
            "within it says nothing. What is of all songs together, as FID, has the range with one left out, which is narrower "
            f"than chance is.{lone}"
        )
    return f"{songs}: beside a number stands its 95 % interval over songs; numbers whose intervals overlap are not told apart."


def _danced_so(targets: Sequence[Row]) -> Iterator[str]:
    """What is to be known of whose dances."""
    for about in dict.fromkeys(target.about for target in targets if target.about):
        yield f"{_listed([target.name for target in targets if target.about == about])}: {about}."


def _fooled(found: Evaluation, real: Row, measures: Sequence[Measure]) -> Iterator[str]:
    """Which measures each control passes: what they cannot see."""
    titles = {control.name: control.title for control in CONTROLS}
    for control in found.of("control"):
        passed = [each for each in measures if _alike(each, control.figures[each.name], real.figures[each.name])]
        if control.name in titles and passed:
            yield f"{_capital(titles[control.name])}: passes for real, or better, in {_titles(passed)}."


def _stands(target: Row, real: Row, found: Evaluation, measures: Sequence[Measure]) -> Iterator[str]:
    """Where somebody is like the real dances to the same songs and where not, and what chance says of the music."""
    of_real = _to_same_songs(target, real, measures)
    pairs = [(each, target.figures[each.name], of_real[each.name]) for each in measures]
    judged = [pair for pair in pairs if _judged(*pair)]
    good = [pair for pair in judged if _alike(*pair)]
    open_ = [pair for pair in judged if pair not in good and _overlap(*pair[1:])]
    bad = [pair for pair in judged if pair not in good and pair not in open_]
    parts = [f"differs from real dances in {_listed([_beside(*pair) for pair in bad])}"] if bad else []
    parts += [f"is not told from real dances in {_listed([_beside(*pair) for pair in open_])}"] if open_ else []
    parts += [f"is as real dances are, or better, in {_titles([each for each, *_ in good])}"] if good else []
    chances = [(each, target.figures[each.name].value) for each in found.measures if _is_chance(each)]
    kept = [f"{_stem(each)} (p {number(value)})" for each, value in chances if value < SIGNIFICANT]
    lost = [f"{_stem(each)} (p {number(value)})" for each, value in chances if value >= SIGNIFICANT]
    parts += [f"keeps to the music by more than chance in {_listed(kept)}"] if kept else []
    parts += [f"is not told from chance in {_listed(lost)}"] if lost else []
    if parts:
        fewer = f" ({len(target.by_song)} of {len(found.songs)} songs, beside the real dances to these)"
        yield f"{target.name}{fewer if of_real is not real.figures else ''}: {'; '.join(parts)}."


def _to_same_songs(target: Row, real: Row, measures: Sequence[Measure]) -> Mapping[str, Figure]:
    """The real dances' figures over the songs that somebody danced."""
    some = [song for song in real.danced if song.staged.name in target.by_song]
    return real.figures if len(some) == len(real.danced) else figures(some, measures)


def _is_chance(measure: Measure) -> bool:
    return measure.name in SHORT and measure.name.endswith("_p")


def _ranked(found: Evaluation, real: Row, measures: Sequence[Measure]) -> Iterator[str]:
    """Who is best of several who danced all songs, in what does not reward standing still."""
    targets = [row for row in found.of("target") if row.danced and set(row.by_song) == set(real.by_song)]
    if len(targets) < 2:
        return
    best: dict[str, list[Measure]] = {row.name: [] for row in targets}
    lazy = [each for each in measures if _rewards_stillness(each, found, real)]
    for each in measures:
        values = [(off(each, row.figures[each.name].value, real.figures[each.name].value), row.name) for row in targets]
        finite = sorted(value for value in values if math.isfinite(value[0]))
        if each not in lazy and len(finite) > 1 and finite[0][0] < finite[1][0]:
            best[finite[0][1]].append(each)
    won = "; ".join(f"{name} in {_titles(some)}" for name, some in best.items() if some) or "nobody in anything"
    lost = [name for name, some in best.items() if not some]
    yield f"Nearest to real dances, or best where less or more is: {won}" + (f"; {_listed(lost)} in nothing." if lost else ".")
    if lazy:
        yield f"Not counted there: {_titles(lazy)}, in which a frozen pose beats real dances to other songs."


def _rewards_stillness(measure: Measure, found: Evaluation, real: Row) -> bool:
    """Whether standing still is better by a measure than dancing as people do to other songs."""
    controls = {row.name: row.figures[measure.name].value for row in found.of("control")}
    if not {FROZEN.name, OTHER.name} <= set(controls):
        return False
    still, danced = (off(measure, controls[each.name], real.figures[measure.name].value) for each in (FROZEN, OTHER))
    return still < danced


def _never_seen(real: Row) -> Iterator[str]:
    part = real.by_part.get(NEVER_SEEN)
    seconds = sum(len(song.staged.real) / song.staged.fps for song in real.danced)
    if part is None and seconds:
        yield "No bar of these songs shows movement that never occurs in training: nothing here is about unseen movement."


def _judged(measure: Measure, figure: Figure, real: Figure) -> bool:
    """Whether a measure has a number of both that can be held against one another: of 0, what is compared with, it has none."""
    return math.isfinite(figure.value) and math.isfinite(real.value) and not (measure.better == LESS and real.value == 0)


def _alike(measure: Measure, figure: Figure, real: Figure) -> bool:
    """Whether a figure is as good as the real dances', or looks the same."""
    return _judged(measure, figure, real) and (as_good(measure, figure, real) or number(figure.value) == number(real.value))


def _overlap(figure: Figure, real: Figure) -> bool:
    """Whether the intervals of both have something in common."""
    mine, theirs = ends(figure), ends(real)
    return mine is not None and theirs is not None and mine[0] <= theirs[1] and theirs[0] <= mine[1]


def _beside(measure: Measure, figure: Figure, real: Figure) -> str:
    unit = f" {measure.unit}" if measure.unit else ""
    return f"{_plain(measure)} ({number(figure.value)}{unit}; real {number(real.value)})"


def _stem(measure: Measure) -> str:
    return measure.title.strip().partition(", p")[0]


def _plain(measure: Measure) -> str:
    """Its title in a list, where commas part titles."""
    return measure.title.strip().replace(", ", " ")


def _titles(measures: Iterable[Measure]) -> str:
    return _listed([_plain(measure) for measure in measures])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
