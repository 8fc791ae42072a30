"""Everybody dances every song with every seed, and is measured beside the real dances and what was made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np

from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.evaluation import controls, seen, trained
from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.evaluation import NEVER_SEEN, SEEN, Evaluation, Options
from ballo.evaluation.longform import LongForm, drift
from ballo.evaluation.longsong import one_a_style
from ballo.evaluation.measures import style
from ballo.evaluation.performers import Dancing, Performer
from ballo.evaluation.row import HALVES, Kind, Row, cut, halved, row
from ballo.evaluation.seen import Span
from ballo.evaluation.songs import Staged, following, staged
from ballo.evaluation.targets import REAL, Named, about
from ballo.inference.dancer import Dancer

Progress = Callable[[str, str, int, int], None]
"""Called before each piece of work with who dances or is measured, what, how many pieces are done and how many there are."""


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


@dataclass(frozen=True, eq=False)
class _Cast:
    """Somebody over all stages.

    Args:
        by_stage: who it is in each.
        kind, about: of the row.
        spoilt: whether the real dances are danced, spoilt frame by frame.
    """

    name: str
    by_stage: tuple[Performer, ...]
    kind: Kind = "target"
    about: str = ""
    spoilt: bool = False


def evaluate(stages: Sequence[Stage], options: Options, progress: Progress | None = None) -> Evaluation:
    """Compare performers on songs, one performer after another, so that what one needs while being measured can go.

    Args:
        stages: at least one; see `Stage`.

    Raises:
        DataError: a split has no songs.
    """
    with ExitStack() as open_songs:
        contexts = [
            Context(stage.archive, stage.split, tuple(open_songs.enter_context(staged(stage.archive, stage.split))))
            for stage in stages
        ]
        if options.style_model is not None:
            for context in contexts:
                style.choose(context, options.style_model)
        casts = _casts(stages, options)
        dancers = _dancers(stages[0]) if len(stages) == 1 and options.long_seconds else {}
        told = _Told(progress, _pieces(contexts, casts, dancers, options))
        songs = [(context, song) for context in contexts for song in context.songs]
        real = [context.real(song) for context, song in songs]
        told(REAL, "bars that training shows")
        parts = _parts(real)
        rows = [_row(_Cast(REAL, (), "real"), real, {}, parts, options, told)]
        if options.controls:
            told(HALVES, "measuring")
            rows.append(halved(real, options.measures))
        for cast in casts:
            left_out: dict[str, str] = {}
            danced = list(_danced(cast, contexts, options.seeds, told, left_out))
            rows.append(_row(cast, danced, left_out, parts, options, told))
        long = {name: _long(name, dancer, contexts[0], options, told) for name, dancer in dancers.items()}
    first = stages[0].archive
    styles = {song.name: song.style for _, song in songs}
    split = stages[0].split if len(stages) == 1 else f"{len(stages)} folds"
    return Evaluation(str(first.path), first.manifest_sha256, split, options, styles, tuple(rows), long)


@dataclass
class _Told:
    """Progress over all of it."""

    progress: Progress | None
    total: int
    done: int = 0

    def __call__(self, name: str, what: str) -> None:
        if self.progress is not None:
            self.progress(name, what, self.done, self.total)
        self.done += 1


def _pieces(contexts: Sequence[Context], casts: Sequence[_Cast], dancers: Mapping[str, Dancer], options: Options) -> int:
    """How much there is to be told of: what training shows, rows measure by measure, songs, and long songs."""
    songs = sum(len(context.songs) for context in contexts)
    measured = (1 + len(casts)) * len(options.measures) + options.controls
    return 1 + measured + songs * len(casts) + len(dancers) * len(one_a_style(contexts[0].songs))


def _casts(stages: Sequence[Stage], options: Options) -> list[_Cast]:
    """Everybody in the order of the rows: what is made of the real dances first."""
    made = zip(*(controls.performers(stage.archive, stage.split) for stage in stages), strict=True)
    found = [
        _Cast(control.name, performers, "control", control.about, control.of_real)
        for control, performers in zip(controls.CONTROLS, made, strict=True)
    ]
    named = zip(*(stage.performers for stage in stages), strict=True)
    return [*(found if options.controls else ()), *(_Cast(each[0].name, each, about=about(each[0])) for each in named)]


def _dancers(stage: Stage) -> dict[str, Dancer]:
    """Those who can dance to any song, by name."""
    within = {each.name: each.performer if isinstance(each, Named) else each for each in stage.performers}
    return {name: each.dancer for name, each in within.items() if isinstance(each, Dancing)}


def _danced(cast: _Cast, contexts: Sequence[Context], seeds: int, told: _Told, left_out: dict[str, str]) -> Iterator[Danced]:
    """What somebody dances to the songs of all stages; the songs that it does not go into `left_out`."""
    for performer, context in zip(cast.by_stage, contexts, strict=True):
        other = following(context.songs)
        for song in context.songs:
            told(cast.name, song.name)
            try:
                own = performer.perform(song, song.style, seeds)
            except BalloError as error:
                left_out[song.name] = str(error).removeprefix(f"{song.file}: ")
                continue
            elsewhere = _tried(performer, other[song.name], song.style, len(own)) if len(context.songs) > 1 else ()
            yield Danced(song, own, elsewhere, context, spoilt=cast.spoilt)


def _tried(performer: Performer, song: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
    """Dances to another song, which need not go with the style: none then."""
    try:
        return performer.perform(song, style, seeds)
    except BalloError:
        return ()


def _row(
    cast: _Cast,
    danced: Sequence[Danced],
    left_out: Mapping[str, str],
    parts: Mapping[str, Mapping[str, Sequence[Span]]],
    options: Options,
    told: _Told,
) -> Row:
    """What somebody danced, measured."""
    cuts = {
        part: [cut(song, first, end) for song in danced for first, end in spans.get(song.staged.name, ())]
        for part, spans in parts.items()
    }
    found = row(
        cast.name,
        danced,
        left_out,
        options.measures,
        kind=cast.kind,
        parts=cuts,
        draws=options.intervals,
        about=cast.about,
        told=lambda measure: told(cast.name, f"measuring {measure.title.strip()}"),
    )
    # What was measured stays known; copies of the dances in other frames, made for measuring, go.
    return replace(found, danced=tuple(replace(song, other_song=()) for song in danced))


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


def _long(name: str, dancer: Dancer, context: Context, options: Options, told: _Told) -> LongForm:
    """How somebody keeps up over minutes."""

    def begun(song: str, _done: int, _total: int) -> None:
        told(name, f"{options.long_seconds:g} s to {song}")

    return drift(dancer, context.songs, name=name, seconds=options.long_seconds, progress=begun)
