"""Tables of docs/benchmark.md from what `ballo evaluate -o FILE.json` wrote.

    python scripts/benchmark_tables.py val.json                 dancers, and controls
    python scripts/benchmark_tables.py val.json --by-style
    python scripts/benchmark_tables.py val.json --parts         bars seen and never seen
    python scripts/benchmark_tables.py val.json --metrics all   instead of those that a terminal shows
    python scripts/benchmark_tables.py val.json --raw raw.json  what cleanup changes: raw.json is of `ballo evaluate --raw`

The real dances stand first. Under a mean stands its interval in brackets, where `--intervals` asks for it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ballo.evaluation.table import BY_STYLE, LITTLE, NOTHING, SHORT, number


def main() -> None:
    """Print what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("file", type=Path, help="the .json of an evaluation")
    asked.add_argument("--by-style", action="store_true")
    asked.add_argument("--parts", action="store_true")
    asked.add_argument("--intervals", action="store_true")
    asked.add_argument("--raw", type=Path, metavar="FILE", help="the same models' own output, to be set beside this")
    asked.add_argument("--metrics", default="", help="names, with commas; all; by default those that a terminal shows")
    given = asked.parse_args()
    found = json.loads(given.file.read_text(encoding="utf-8"))
    names = given.metrics.split(",") if given.metrics else BY_STYLE if given.by_style else SHORT
    measures = [each for each in found["measures"] if given.metrics == "all" or each["name"] in names]
    rows = {kind: [row for row in found["rows"] if row["kind"] == kind] for kind in ("real", "control", "target")}
    if given.raw is not None:
        own = {row["name"]: row for row in json.loads(given.raw.read_text(encoding="utf-8"))["rows"]}
        pairs = [(own[f"{row['name']} raw"], row) for row in rows["target"] if f"{row['name']} raw" in own]
        print("\n".join(changed(pairs, measures)))
        return
    if given.by_style or given.parts:
        scope = "by_style" if given.by_style else "by_part"
        print("\n".join(scoped([*rows["real"], *rows["target"]], measures, scope)))
        return
    for kind in ("target", "control"):
        if rows[kind]:
            print("\n".join(overall([*rows["real"], *rows[kind]], measures, given.intervals)), end="\n\n")


def overall(rows: Sequence[dict[str, Any]], measures: Iterable[dict[str, Any]], intervals: bool) -> list[str]:
    """A line a measure."""
    lines = [*_head(rows), _line("songs", [str(len(row["by_song"]) or NOTHING) for row in rows])]
    return lines + [_line(_titled(each), [_cell(row["all"][each["name"]], intervals) for row in rows]) for each in measures]


def changed(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], measures: Iterable[dict[str, Any]]) -> list[str]:
    """A line a measure, of models as they dance and cleaned up."""
    lines = _head([cleaned for _, cleaned in pairs])
    for each in measures:
        cells = [[_cell(row["all"].get(each["name"]), False) for row in pair] for pair in pairs]
        lines.append(_line(_titled(each), [own if own == cleaned else f"{own} to {cleaned}" for own, cleaned in cells]))
    return lines


def scoped(rows: Sequence[dict[str, Any]], measures: Iterable[dict[str, Any]], scope: str) -> list[str]:
    """A line a measure and style, or part."""
    lines = _head(rows)
    parts = list(dict.fromkeys(part for row in rows for part in row[scope]))
    for each in measures:
        found = [(part, [_cell(row[scope].get(part, {}).get(each["name"]), False) for row in rows]) for part in parts]
        if any(cell not in (NOTHING, LITTLE) for _, cells in found for cell in cells):
            lines += [_line(f"{_titled(each)}: {part}", cells) for part, cells in found]
    return lines


def _head(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [_line("", [row["name"] for row in rows]), "|---|" + "---:|" * len(rows)]


def _line(title: str, cells: Iterable[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"


def _titled(measure: dict[str, Any]) -> str:
    return f"{measure['title']}, {measure['unit']}" if measure["unit"] else str(measure["title"])


def _cell(figure: dict[str, Any] | None, intervals: bool) -> str:
    if figure is None or figure["value"] is None:
        return LITTLE if figure is not None and "note" in figure else NOTHING
    value = number(figure["value"])
    if not intervals or figure.get("low") is None:
        return value
    return f"{value} ({number(figure['low'])}..{number(figure['high'])})"


if __name__ == "__main__":
    main()
