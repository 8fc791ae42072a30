"""`ballo evaluate`: models, baselines and motion files on the songs of an archive, beside the real dances."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console, scores
from ballo.errors import BalloError, ExportError

if TYPE_CHECKING:
    from ballo.dataset.archive import Archive
    from ballo.evaluation.evaluate import Progress, Stage
    from ballo.evaluation.evaluation import Evaluation
    from ballo.evaluation.measures import Measure
    from ballo.evaluation.performers import Performer
    from ballo.evaluation.targets import Files

_WRITTEN = (".csv", ".html", ".json", ".md")
_MOST_SEEDS, _MOST_MINUTES = 100, 60
_MOST_NAMED = 4  # songs in one line

EXAMPLES = """\b
Examples:
  ballo evaluate ballroom --against archive -o report.html
  ballo evaluate my.ballo markov mean --against arc    beside baselines
  ballo evaluate results/ --against arc                a folder of .bvh, .npz or .npy
  ballo evaluate my.ballo --against arc -o all.json    every song's figures
"""


class Convention(StrEnum):
    """Whose way of computing a metric."""

    sound = "sound"
    paper = "paper"


def _list(asked: bool) -> None:
    """Say every measure, by family."""
    if not asked:
        return
    from ballo.evaluation.measures import MEASURES

    width = max(len(each.name) for each in MEASURES) + 2
    for family in dict.fromkeys(each.family for each in MEASURES):
        console.say(family)
        for each in MEASURES:
            if each.family == family:
                whose = f", --convention {each.convention}" if each.convention == "paper" else ""
                console.say(f"  {each.name:<{width}}{each.title.strip()}{whose}")
    raise typer.Exit


def evaluate(
    context: typer.Context,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            help="A .ballo file, a shipped model's name, a folder of motion files named after songs, or a baseline that learns "
            "from the archive: markov, retrieval, mean, other.",
        ),
    ],
    against: Annotated[
        Path, typer.Option(metavar="ARCHIVE", help="Whose songs are danced, and whose dances they are compared with.")
    ],
    split: Annotated[str, typer.Option(metavar="SPLIT", help="Which of its songs.")] = "val",
    seeds: Annotated[int, typer.Option(metavar="NUMBER", help="How many dances to each song.")] = 5,
    metrics: Annotated[
        str | None, typer.Option(metavar="NAME,...", help="Measure these only: names or families, see --list-metrics.")
    ] = None,
    convention: Annotated[
        Convention, typer.Option(help="As it should be measured, or as published codes compute it, bugs included.")
    ] = Convention.sound,
    folds: Annotated[
        int, typer.Option(metavar="NUMBER", help="Dance all songs, each left out of what baselines learn from.")
    ] = 0,
    minutes: Annotated[float, typer.Option(help="How long the dance is whose drift is measured; 0: none.")] = 5.0,
    raw: Annotated[bool, typer.Option("--raw", help="Models' own output, without the cleanup of `ballo dance`.")] = False,
    skeleton: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Joints of .npy files: dancer, smpl, tang, or a .json.")
    ] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second of .npy files.")] = None,
    style_model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Judge styles by this .onnx of `ballo pack` instead of the shipped one.")
    ] = None,
    list_metrics: Annotated[
        bool, typer.Option("--list-metrics", is_eager=True, callback=_list, help="Say what can be measured, and do nothing.")
    ] = False,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", metavar="FILE", help="Also write it: .html, .json, .csv or .md; repeat for more."),
    ] = None,
) -> None:
    """Measure how models, baselines and motion files dance the songs of an archive, beside the real dances.

    Each song is danced in its real style with seeds 0, 1 ... What each row means: docs/evaluation.md.
    """
    from rich.console import Console

    from ballo.dataset.archive import Archive
    from ballo.evaluation import table
    from ballo.evaluation.evaluate import evaluate as evaluated
    from ballo.evaluation.evaluation import Options
    from ballo.evaluation.findings import findings
    from ballo.evaluation.targets import Files
    from ballo.metrics.style import StyleClassifier

    if not 1 <= seeds <= _MOST_SEEDS:
        raise BalloError(f"--seeds {seeds}: give 1 to {_MOST_SEEDS}")
    if not 0 <= minutes <= _MOST_MINUTES:
        raise BalloError(f"--minutes {minutes:g}: give 0 to {_MOST_MINUTES}")
    measures = _chosen(metrics, convention)
    paths = list(dict.fromkeys(output or []))
    for path in paths:
        _check(path)
    judge = None if style_model is None else StyleClassifier.load(style_model)
    archive = Archive.open(against)
    asked = _Asked(archive, Files(skeleton, fps), raw)
    asked.find(targets)
    stages = asked.stages(split, folds)
    options = Options(seeds, measures, long_seconds=60 * minutes, style_model=judge, command=_typed(context))
    with console.Unbroken() as work, _progress(work) as progress:
        found = evaluated(stages, options, progress)
        said = findings(found)
    scores.show(Console(highlight=False, width=scores.WIDTH), found, said, chosen=metrics is not None)
    written = [_written(found, said, path) for path in paths]
    missed = list(table.missed(found.of("target"), _MOST_NAMED))
    for line in missed:
        console.complain(line)
    if asked.complained() or missed or not all(written):
        raise typer.Exit(1)


def _typed(context: typer.Context) -> str:
    """The command as it was typed, without where it wrote to and without what it is by default."""
    words = ["ballo", "evaluate"]
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        if parameter.name == "output" or value in (None, parameter.default, [], ()):
            continue
        values = () if value is True else value if isinstance(value, list | tuple) else (value,)
        texts = [f"{each:g}" if isinstance(each, float) else str(getattr(each, "value", each)) for each in values]
        words += texts if parameter.param_type_name == "argument" else [parameter.opts[0], *texts]
    return shlex.join(words)


def _chosen(asked: str | None, convention: Convention) -> tuple[Measure, ...]:
    """The measures of a convention that are asked for by their names or families."""
    from ballo.evaluation.measures import MEASURES

    allowed = tuple(each for each in MEASURES if each.convention in ("both", convention.value))
    if asked is None or asked == "all":
        return allowed
    names = [name.strip() for name in asked.split(",") if name.strip()]
    known = {name for each in allowed for name in (each.name, each.family)}
    for name in names:
        if name not in known:
            elsewhere = any(name in (each.name, each.family) for each in MEASURES)
            remedy = "it is of the other --convention" if elsewhere else "ballo evaluate --list-metrics says all"
            raise BalloError(f"--metrics: no {convention.value} metric is called {name!r}: {remedy}")
    chosen = tuple(each for each in allowed if each.name in names or each.family in names)
    if not chosen:
        raise BalloError("--metrics names nothing to measure")
    return chosen


def _check(path: Path) -> None:
    """Refuse a file that could not be written in the end, or that an archive would be damaged by."""
    from ballo.dataset.archive import is_archive
    from ballo.motion.formats import check_place

    if path.suffix.lower() not in _WRITTEN:
        raise ExportError(f"cannot write {path.name}: choose a suffix among {', '.join(_WRITTEN)}")
    if is_archive(path.parent):
        raise ExportError(f"cannot write {path}: that folder is an archive; write beside it")
    check_place(path)


class _Asked:
    """Who is to be evaluated, by the names that tables have."""

    def __init__(self, archive: Archive, files: Files, raw: bool) -> None:
        self._archive, self._files, self._raw = archive, files, raw
        self._performers: dict[str, tuple[str, Performer]] = {}
        self._refused = False

    def find(self, targets: Sequence[str]) -> None:
        """Find everybody; a lone one's fault ends it all, else it is said."""
        from ballo.evaluation.controls import CONTROLS
        from ballo.evaluation.row import HALVES
        from ballo.evaluation.targets import REAL, find

        asked = [text for text in dict.fromkeys(targets) if text != REAL]
        taken = {REAL, HALVES, *(control.name for control in CONTROLS)}
        for text in asked:
            try:
                performer = find(text, self._archive, self._files, raw=self._raw)
            except BalloError as error:
                if len(asked) == 1:
                    raise
                self._refused = True
                console.complain(str(error))
                continue
            # Two runs may pack their models under one name.
            name = performer.name if performer.name not in taken else text
            self._performers[name] = text, performer
            taken.add(name)
        if asked and not self._performers:
            raise BalloError("nobody is left to evaluate")

    def stages(self, split: str, count: int) -> list[Stage]:
        """Who dances what: everybody the split's songs; with folds all songs, each left out of what baselines learn from."""
        from ballo.dataset.splits import VALIDATION
        from ballo.evaluation.evaluate import Stage
        from ballo.evaluation.folds import folds
        from ballo.evaluation.targets import Named

        if not count:
            return [Stage(self._archive, split, [Named(name, each) for name, (_, each) in self._performers.items()])]
        parts = folds(self._archive, count)
        return [Stage(fold.archive, VALIDATION, list(self._left_out(fold.archive))) for fold in parts]

    def _left_out(self, archive: Archive) -> Iterator[Performer]:
        from ballo.evaluation.performers import Dancing
        from ballo.evaluation.targets import Named, Unlearnt, find, learns

        for name, (text, performer) in self._performers.items():
            if learns(text):
                yield Named(name, find(text, archive))
            elif isinstance(performer, Dancing):
                yield Named(name, Unlearnt.of(performer, self._archive))
            else:
                yield Named(name, performer)

    def complained(self) -> bool:
        """Say what was done to motion files and what is wrong with them; whether anything is, or somebody was refused."""
        from ballo.evaluation.folders import Folder

        folders = {name: each for name, (_, each) in self._performers.items() if isinstance(each, Folder)}
        for name, folder in folders.items():
            for said in folder.notes:
                console.say(f"{name}: {said}")
            for said in folder.problems:
                console.complain(f"{name}: {said}")
        return self._refused or any(folder.problems for folder in folders.values())


def _written(found: Evaluation, said: Sequence[str], path: Path) -> bool:
    """Write a file; where the system refuses, say so, as what was measured is worth its other files."""
    from ballo.evaluation import table
    from ballo.evaluation.page import page
    from ballo.motion.formats import whole

    makers = {
        ".json": lambda: json.dumps(found.as_json() | {"findings": list(said)}, indent=1, ensure_ascii=False, allow_nan=False),
        ".csv": lambda: table.csv_text(found),
        ".md": lambda: table.markdown(found, said),
        ".html": lambda: page(found, said),
    }
    text = makers[path.suffix.lower()]().rstrip("\n") + "\n"
    try:
        with whole(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    except ExportError as error:
        console.complain(str(error))
        return False
    console.say(f"Wrote {path}  ({len(text.encode()) / 1000:,.0f} kB)")
    return True


@contextmanager
def _progress(work: console.Unbroken) -> Iterator[Progress]:
    """Who dances what, on standard error, where somebody watches; between songs Ctrl-C is heard."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    watched = Console(stderr=True)
    with Bar(console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task("dancing", total=None)

        def told(name: str, what: str, done: int, total: int) -> None:
            work.rest()
            bar.update(task, description=f"{name}: {what}", completed=done, total=total)

        yield told
