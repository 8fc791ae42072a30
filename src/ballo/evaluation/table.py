"""An evaluation as tables of text, for a terminal, a page and a spreadsheet alike."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ballo.evaluation.evaluation import Evaluation
from ballo.evaluation.evaluation import number as rounded
from ballo.evaluation.longform import LongForm
from ballo.evaluation.measures import Measure
from ballo.evaluation.minutes import SHOWN
from ballo.evaluation.row import Figure, Row

SHORT = (
    "fid_kinetic", "fid_geometric", "div_kinetic", "coverage", "style_accuracy", "in_time", "in_time_p",
    "steps_to_music_over_shifted", "steps_to_music_shifted_p", "tempo_gain", "bar_fold", "speed_ratio", "jerk_ratio",
    "foot_contact", "skate", "frozen", "newness", "distance", "seed_change", "response", "figure_bits",
    "paper_fid_kinetic", "paper_fid_geometric", "paper_div_kinetic", "paper_div_geometric", "alignment_fact",
    "alignment_bailando", "foot_contact_edge", "skating_lodge", "jerkiness",
)  # fmt: skip
"""What a terminal shows where nobody asks for certain measures; files hold all of it."""

BY_STYLE = ("style_accuracy", "in_time", "speed_ratio", "jerk_ratio", "skate", "distance", "response")
"""What is shown style by style; files hold all of it."""

_HUGE = 1e6  # published FID of what no real dance does is endless, or nearly

NOTHING, LITTLE = "-", "few"
"""Where there is no number; where there is too little for one."""


@dataclass(frozen=True)
class Line:
    """A line of a table.

    Args:
        title: what is measured.
        cells: one a dancer.
        ranges: what goes under each of them: its interval; "" where there is none.
        heads: whether lines that belong to it follow.
    """

    title: str
    cells: tuple[str, ...]
    ranges: tuple[str, ...] = ()
    heads: bool = False


def overall(rows: Sequence[Row], measures: Iterable[Measure]) -> Iterator[Line]:
    """A line a measure, over all songs."""
    yield Line("songs", tuple(str(danced(row)) for row in rows))
    for measure in measures:
        found = [row.figures.get(measure.name) for row in rows]
        yield Line(titled(measure), tuple(map(cell, found)), tuple(map(_range, found)))


def by_style(rows: Sequence[Row], styles: Sequence[str], measures: Iterable[Measure]) -> Iterator[Line]:
    """For some measures a line a style."""
    for measure in measures:
        if measure.name in BY_STYLE:
            yield Line(titled(measure), ("",) * len(rows), heads=True)
            for style in styles:
                yield Line(f"  {style}", tuple(cell(row.by_style.get(style, {}).get(measure.name)) for row in rows))


def by_part(rows: Sequence[Row], measures: Iterable[Measure]) -> Iterator[Line]:
    """For measures that bars have a line a sort of bars."""
    parts = list(dict.fromkeys(part for row in rows for part in row.by_part))
    for measure in measures:
        lines = [Line(f"  {part}", tuple(cell(row.by_part.get(part, {}).get(measure.name)) for row in rows)) for part in parts]
        if any(each not in (NOTHING, LITTLE) for line in lines for each in line.cells):
            yield Line(titled(measure), ("",) * len(rows), heads=True)
            yield from lines


def titled(measure: Measure) -> str:
    """Its title with its unit."""
    return f"{measure.title}, {measure.unit}" if measure.unit else measure.title


def cell(figure: Figure | None) -> str:
    """A figure's value, or what stands in its place."""
    if figure is None or not math.isfinite(figure.value):
        return LITTLE if figure is not None and figure.note else NOTHING
    return number(figure.value)


def number(value: float) -> str:
    """Three digits that tell; of what is nearly nothing, one."""
    if not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if 0 < size < 0.00995:
        return f"{value:.1g}" if size >= 0.0005 else "<0.001" if value > 0 else ">-0.001"
    if size >= _HUGE:
        return f"{value:.0e}".replace("e+", "e")
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.0995 or not size else 3
    return f"{value:.{digits}f}"


def _range(figure: Figure | None) -> str:
    if figure is None or figure.interval is None or not math.isfinite(figure.interval.low):
        return ""
    low, high = number(figure.interval.low), number(figure.interval.high)
    return "" if low == high else f"{low}..{high}"


_SPREADS = {
    "bootstrap": "the 95 % interval over songs",
    "range": "the least and the greatest of one song",
    "leaving one out": "of what is of all songs together, the least and the greatest with one song left out",
}


def intervals_are(found: Evaluation) -> str:
    """What stands for the spread of a number, in words; "" where there is none."""
    methods = {f.interval.method for row in found.rows for f in row.figures.values() if f.interval is not None}
    return "; ".join(said for method, said in _SPREADS.items() if method in methods)


def danced(row: Row) -> int:
    """How many songs a row is of."""
    return len(row.by_song) or max((figure.songs for figure in row.figures.values()), default=0)


def missed(rows: Iterable[Row], most: int | None = None) -> Iterator[str]:
    """Who did not dance which songs, a line for each reason, with the names of so many songs at most."""
    for row in rows:
        songs_of: dict[str, list[str]] = {}
        for song, why in row.left_out.items():
            songs_of.setdefault(why, []).append(song)
        for why, songs in songs_of.items():
            more = f" and {len(songs) - most} more" if most is not None and len(songs) > most else ""
            yield f"{row.name} did not dance {', '.join(songs[:most])}{more}: {why}"


def markdown(found: Evaluation, findings: Sequence[str] = ()) -> str:
    """All tables, for a page; intervals in brackets."""
    real, targets, controls = found.of("real"), found.of("target"), found.of("control")
    styles = list(dict.fromkeys(found.songs.values()))
    songs = "1 song" if len(found.songs) == 1 else f"{len(found.songs)} songs"
    dances = "1 dance" if found.options.seeds == 1 else f"{found.options.seeds} dances"
    spread = intervals_are(found)
    parts = [f"{songs} ({found.split}), {dances} each" + (f"; in brackets: {spread}." if spread else "."), ""]
    parts += [f"- {finding}" for finding in findings] + ([""] if findings else [])
    parts += _table([*real, *targets], overall([*real, *targets], found.measures), "")
    if controls:
        parts += ["", *_table([*real, *controls], overall([*real, *controls], found.measures), "controls")]
    if len(styles) > 1:
        parts += ["", *_table([*real, *targets], by_style([*real, *targets], styles, found.measures), "by style")]
    if any(row.by_part for row in found.rows):
        parts += ["", *_table([*real, *targets], by_part([*real, *targets], found.measures), "by part")]
    for name, long in found.long.items():
        parts += ["", *_long(name, long)]
    notes = list(_notes(found))
    left_out = list(missed(found.rows))
    return "\n".join([*parts, *(["", *notes] if notes else []), *(["", *left_out] if left_out else [])]) + "\n"


def _long(name: str, long: LongForm) -> list[str]:
    """What was measured minute by minute, the mean over songs."""
    tables = {shown: long.table(shown.name) for shown in SHOWN}
    count = max((table.shape[1] for table in tables.values() if len(table)), default=0)
    if not count:
        return []
    parts = [f"| {name}, by minute | {' | '.join(str(1 + minute) for minute in range(count))} |", "|---|" + "---:|" * count]
    for shown, table in tables.items():
        if len(table):
            means = [number(value) for value in table.mean(axis=0)]
            # What is taken from earlier minutes has no number in the first.
            cells = [NOTHING] * (count - len(means)) + means
            parts.append(f"| {shown.title}{f', {shown.unit}' if shown.unit else ''} | {' | '.join(cells)} |")
    return [*parts, "", *(f"- {line}" for line in long.words)]


def _notes(found: Evaluation) -> Iterator[str]:
    """Why numbers are not there, those of one reason together."""
    for measure in found.measures:
        names: dict[str, list[str]] = {}
        for row in found.rows:
            if note := row.figures[measure.name].note:
                names.setdefault(note, []).append(row.name)
        for note, of in names.items():
            yield f"{LITTLE}: {measure.title.strip()} of {', '.join(of)}: {note}"


def _table(rows: Sequence[Row], lines: Iterable[Line], title: str) -> list[str]:
    names = [row.name for row in rows]
    parts = [f"| {title} | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for line in lines:
        ranges = line.ranges or ("",) * len(names)
        cells = [f"{cell} ({span})" if span else cell for cell, span in zip(line.cells, ranges, strict=True)]
        name = f"**{line.title}**" if line.heads else line.title.strip()
        parts.append(f"| {name} | {' | '.join(cells)} |")
    return parts


def csv_text(found: Evaluation) -> str:
    """A line a number: who, over what, of which measure, with its interval."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["dancer", "kind", "over", "name", "measure", "unit", "value", "low", "high", "interval", "songs", "note"])
    for row in found.rows:
        for over, name, figures in _scopes(row):
            for measure in found.measures:
                if (figure := figures.get(measure.name)) is not None:
                    writer.writerow([row.name, row.kind, over, name, measure.name, measure.unit, *_figure(figure)])
        for song, values in row.by_song.items():
            for measure in found.measures:
                value = _cell(values[measure.name])
                writer.writerow([row.name, row.kind, "song", song, measure.name, measure.unit, value, "", "", "", 1, ""])
    return text.getvalue()


def _scopes(row: Row) -> Iterator[tuple[str, str, Mapping[str, Figure]]]:
    yield "all", "", row.figures
    for style, figures in row.by_style.items():
        yield "style", style, figures
    for part, figures in row.by_part.items():
        yield "part", part, figures


def _figure(figure: Figure) -> list[object]:
    span = figure.interval
    limits = ["", "", ""] if span is None else [_cell(span.low), _cell(span.high), span.method]
    return [_cell(figure.value), *limits, figure.songs, figure.note]


def _cell(value: float) -> str:
    found = rounded(value)
    return "" if found is None else repr(found)
