"""Everybody dances every song with every seed, and is measured beside the real dances and what was made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import numpy as np

from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.evaluation import controls, seen, trained
from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.evaluation import NEVER_SEEN, SEEN, Evaluation, Options
from ballo.evaluation.longform import LongForm, drift
from ballo.evaluation.measures import style
from ballo.evaluation.performers import Dancing, Performer
from ballo.evaluation.row import Kind, Row, cut, halved, row
from ballo.evaluation.seen import Span
from ballo.evaluation.songs import Staged, following, staged
from ballo.evaluation.targets import REAL, Named

Progress = Callable[[str, str, int, int], None]
"""Called before each piece of work with who dances, what, how many pieces are done and how many there are."""


@dataclass(frozen=True)
class Stage:
    """Songs to be danced and who dances them: one for a split, or one a fold.

    Args:
        archive: whose songs they are, and what baselines learn from.
        split: which of them.
        performers: everybody, by the same names in all stages.
    """

    archive: Archive
    split: str
    performers: Sequence[Performer]


@dataclass(eq=False)
class _Collected:
    """What one performer danced over all stages."""

    control: bool
    danced: list[Danced] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def evaluate(stages: Sequence[Stage], options: Options, progress: Progress | None = None) -> Evaluation:
    """Compare performers on songs.

    Args:
        stages: at least one; see `Stage`.

    Raises:
        DataError: a split has no songs.
    """
    told = _Told(progress)
    with ExitStack() as open_songs:
        contexts = [
            Context(stage.archive, stage.split, tuple(open_songs.enter_context(staged(stage.archive, stage.split))))
            for stage in stages
        ]
        if options.style_model is not None:
            for context in contexts:
                style.choose(context, options.style_model)
        songs = [(context, song) for context in contexts for song in context.songs]
        told.total = len(songs) * (len(stages[0].performers) + options.controls * len(controls.CONTROLS))
        found = _collected(stages, contexts, options, told)
        real = [context.real(song) for context, song in songs]
        parts = _parts(real)
        rows = [_row(REAL, real, {}, parts, options, "real")]
        if options.controls:
            rows.append(halved(real, options.measures))
        abouts = {control.name: control.about for control in controls.CONTROLS}
        for name, mine in found.items():
            kind: Kind = "control" if mine.control else "target"
            about = abouts[name] if mine.control else ""
            rows.append(_row(name, mine.danced, mine.left_out, parts, options, kind, about))
        long = {} if len(stages) > 1 else _long(stages[0], contexts[0], options, told)
    first = stages[0].archive
    styles = {song.name: song.style for _, song in songs}
    split = stages[0].split if len(stages) == 1 else f"{len(stages)} folds"
    return Evaluation(str(first.path), first.manifest_sha256, split, options, styles, tuple(rows), long)


@dataclass
class _Told:
    """Progress over all of it."""

    progress: Progress | None
    done: int = 0
    total: int = 0

    def __call__(self, name: str, what: str) -> None:
        if self.progress is not None:
            self.progress(name, what, self.done, self.total)
        self.done += 1


def _collected(stages: Sequence[Stage], contexts: Sequence[Context], options: Options, told: _Told) -> dict[str, _Collected]:
    """Everything that everybody dances, by name."""
    found: dict[str, _Collected] = {}
    spoilt = {control.name for control in controls.CONTROLS if control.of_real}
    for stage, context in zip(stages, contexts, strict=True):
        made = controls.performers(stage.archive, stage.split) if options.controls else ()
        for performer in (*made, *stage.performers):
            mine = found.setdefault(performer.name, _Collected(performer in made))
            for danced in _danced(performer, context, options.seeds, told, mine.left_out):
                mine.danced.append(replace(danced, spoilt=mine.control and performer.name in spoilt))
    return found


def _danced(performer: Performer, context: Context, seeds: int, told: _Told, left_out: dict[str, str]) -> Iterator[Danced]:
    """What a performer dances to the songs of a stage; the songs that it does not go into `left_out`."""
    other = following(context.songs)
    for song in context.songs:
        told(performer.name, song.name)
        try:
            own = performer.perform(song, song.style, seeds)
        except BalloError as error:
            left_out[song.name] = str(error).removeprefix(f"{song.file}: ")
            continue
        elsewhere = _tried(performer, other[song.name], song.style, len(own)) if len(context.songs) > 1 else ()
        yield Danced(song, own, elsewhere, context)


def _tried(performer: Performer, song: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
    """Dances to another song, which need not go with the style: none then."""
    try:
        return performer.perform(song, style, seeds)
    except BalloError:
        return ()


def _row(
    name: str,
    danced: Sequence[Danced],
    left_out: Mapping[str, str],
    parts: Mapping[str, Mapping[str, Sequence[Span]]],
    options: Options,
    kind: Kind,
    about: str = "",
) -> Row:
    cuts = {
        part: [cut(song, first, end) for song in danced for first, end in spans.get(song.staged.name, ())]
        for part, spans in parts.items()
    }
    return row(name, danced, left_out, options.measures, kind=kind, parts=cuts, draws=options.intervals, about=about)


def _parts(real: Sequence[Danced]) -> dict[str, dict[str, Sequence[Span]]]:
    """Runs of bars whose movement occurs in training, and of those in which it never does: their frames, by song."""
    parts: dict[str, dict[str, Sequence[Span]]] = {SEEN: {}, NEVER_SEEN: {}}
    for danced in real:
        context, staged = danced.shared, danced.staged
        dance = next(each for each in context.archive.dances if each.name == staged.name)
        bars = seen.bars_of(dance, staged.downbeats, _shown(context))
        parts[SEEN][staged.name], parts[NEVER_SEEN][staged.name] = bars.seen, bars.never_seen
    return parts


def _shown(context: Context) -> seen.Shown:
    return context.kept("shown", lambda: seen.shown(context.archive, trained.shown_in(context)))


def _long(stage: Stage, context: Context, options: Options, told: _Told) -> dict[str, LongForm]:
    """How those who can dance to any song keep up over minutes."""
    found = {}
    for performer in stage.performers if options.long_seconds else ():
        within = performer.performer if isinstance(performer, Named) else performer
        if isinstance(within, Dancing):
            told(performer.name, f"{options.long_seconds / 60:g} minutes")
            found[performer.name] = drift(within.dancer, context.songs, name=performer.name, seconds=options.long_seconds)
    return found
