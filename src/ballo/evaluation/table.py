"""An evaluation as tables of text, for a terminal, a page and a spreadsheet alike."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ballo.evaluation.evaluate import Evaluation, Figure, Row
from ballo.evaluation.measures import MEASURES, Measure

BY_STYLE = ("speed_ratio", "jerk_ratio", "distance", "seed_change", "response", "skate", "in_time")
"""What is shown style by style; files hold all of it."""

NOTHING = "-"


@dataclass(frozen=True)
class Line:
    """A line of a table.

    Args:
        title: what is measured.
        cells: one a dancer.
        ranges: what goes under each of them: the least and the most of one song; "" where there is none.
        heads: whether lines that belong to it follow.
    """

    title: str
    cells: tuple[str, ...]
    ranges: tuple[str, ...] = ()
    heads: bool = False


def overall(rows: Sequence[Row]) -> Iterator[Line]:
    """A line a measure, over all songs."""
    yield Line("songs", tuple(str(len(row.by_song)) for row in rows))
    for measure in MEASURES:
        found = [row.figures[measure.name] for row in rows]
        yield Line(titled(measure), tuple(number(f.value) for f in found), tuple(_range(f) for f in found))


def by_style(rows: Sequence[Row], styles: Sequence[str]) -> Iterator[Line]:
    """For some measures a line a style."""
    for measure in MEASURES:
        if measure.name in BY_STYLE:
            yield Line(titled(measure), ("",) * len(rows), heads=True)
            for style in styles:
                cells = [row.by_style[style][measure.name] if style in row.by_style else None for row in rows]
                yield Line(f"  {style}", tuple(NOTHING if cell is None else number(cell.value) for cell in cells))


def titled(measure: Measure) -> str:
    """Its title with its unit."""
    return f"{measure.title}, {measure.unit}" if measure.unit else measure.title


def number(value: float) -> str:
    """Three digits that tell; of what is nearly nothing, one."""
    if not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if 0 < size < 0.00995:
        return f"{value:.1g}" if size >= 0.0005 else "<0.001"
    return f"{value:.0f}" if size >= 99.95 else f"{value:.1f}" if size >= 9.995 else f"{value:.2f}"


def _range(figure: Figure) -> str:
    if figure.songs < 2 or not math.isfinite(figure.least):
        return ""
    least, most = number(figure.least), number(figure.most)
    return "" if least == most else f"{least}..{most}"


def markdown(found: Evaluation) -> str:
    """Both tables, for a page; ranges in brackets."""
    names = [row.name for row in found.rows]
    styles = list(dict.fromkeys(found.songs.values()))
    head = [f"| | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    parts = [
        f"{len(found.songs)} songs of the split {found.split!r}, {found.seeds} seeds; least..most of one song in brackets.",
        "",
    ]
    parts += head
    for line in overall(found.rows):
        ranges = line.ranges or ("",) * len(names)
        cells = [f"{cell} ({span})" if span else cell for cell, span in zip(line.cells, ranges, strict=True)]
        parts.append(f"| {line.title.strip()} | {' | '.join(cells)} |")
    parts += ["", *head]
    for line in by_style(found.rows, styles):
        title = f"**{line.title}**" if line.heads else line.title.strip()
        parts.append(f"| {title} | {' | '.join(line.cells)} |")
    left_out = [f"{row.name} did not dance {song}: {why}" for row in found.rows for song, why in row.left_out.items()]
    return "\n".join([*parts, *(["", *left_out] if left_out else [])]) + "\n"


def csv_text(found: Evaluation) -> str:
    """A line a number: who, over what, of which measure, with its range."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["dancer", "over", "name", "measure", "unit", "value", "least", "most"])
    for row in found.rows:
        scopes = [("all", "", row.figures), *(("style", style, figures) for style, figures in row.by_style.items())]
        for over, name, figures in scopes:
            for measure in MEASURES:
                f = figures[measure.name]
                values = [_cell(value) for value in (f.value, f.least, f.most)]
                writer.writerow([row.name, over, name, measure.name, measure.unit, *values])
        for song, values_of in row.by_song.items():
            for measure in MEASURES:
                writer.writerow([row.name, "song", song, measure.name, measure.unit, _cell(values_of[measure.name]), "", ""])
    return text.getvalue()


def _cell(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""
