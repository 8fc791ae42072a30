"""What is wrong with other people's dances: all but what only a publisher's script can tell.

`of_positions` judges one recording by its positions alone; `find` judges `Performance`s, which have music as well, and each
against the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ballo.dataset.adapters.performances import Performance
from ballo.dataset.faults import body, continuity, ground, sharing, songs, sync
from ballo.dataset.faults.fault import NOTE, SERIOUS, Fault
from ballo.dataset.faults.findings import Findings, Looked, Progress, in_order, movement_of
from ballo.dataset.faults.parts import JOINTS, Parts
from ballo.dataset.faults.sharing import Danced, Shared
from ballo.dataset.recordings import Problem
from ballo.errors import AudioError, DataError
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps
from ballo.music import audio, beats, phase
from ballo.music.beats import Beats

COMPARED_FPS = 30.0
MOST_FRAMES = 100_000
"""Movement is compared at this many frames a second at most, and of so many frames in all: all with all takes half a minute."""


def of_positions(points: np.ndarray, fps: float, parts: Parts) -> list[Fault]:
    """All that one recording's positions alone tell: (T, P, 3) metres, y up. For takes and other people's recordings.

    What needs a script, music or other recordings is left out.
    """
    found = continuity.faults(points, fps, parts)
    if not np.isfinite(points).all() or len(points) < 2:
        return found
    drawn = continuity.drawn(continuity.straight_lines(points, fps), len(points))
    found += body.faults(points, fps, parts, drawn)
    return found + ground.faults(points, fps, parts, drawn)


@dataclass(frozen=True)
class _Step:
    """The steps of one performance, in beats of its song."""

    style: str
    places: np.ndarray


def find(
    performances: Iterable[Performance],
    problems: Sequence[Problem],
    names: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Look at every performance and its song; nothing is changed or written.

    Args:
        performances: read one by one, as an adapter gives them.
        problems: files that could not be read; a list that may grow while `performances` are read.
        names: the dances to tell of; all by default. The others still count as those they may share with.
        progress: called as it goes on.

    Raises:
        DataError: a name is none of theirs.
    """
    report = progress or (lambda what, done, total: None)
    listener = _Listener()
    looked: list[Looked] = []
    found: list[Fault] = []
    danced: list[Danced] = []
    places: list[_Step] = []
    styles: dict[str, str] = {}
    for performance in performances:
        name = performance.name
        styles[name] = performance.style
        danced.append(_thinned(performance))
        if names is not None and name not in names:
            continue
        report(f"looking at {name}", len(looked), len(looked) + 1)
        looked.append(Looked(name, "", len(performance), performance.fps))
        found += [replace(fault, dance=name) for fault in of_positions(performance.joints, performance.fps, JOINTS)]
        music = listener.beats(performance)
        if music is not None:
            faults, step = _of_sync(performance, music)
            found += [replace(fault, dance=name) for fault in faults]
            places.append(step)
        if performance.song is None and not any(problem.dance == name for problem in problems):
            found.append(Fault("no music", NOTE, "no song was found for it", 1, "files", dance=name))
    unknown = sorted(set(names or ()) - set(styles) - {problem.dance for problem in problems})
    if unknown:
        raise DataError(f"there is no {unknown[0]} in the source; its dances are {', '.join(list(styles)[:3])} ...")
    chosen = set(styles if names is None else names)
    shared, left_out = _share(danced, chosen, report)
    found += [replace(fault, dance=name) for name, share in shared.items() for fault in sharing.faults(share)]
    found += [fault for fault in listener.faults() if fault.dance in chosen]
    found += [_of_problem(problem, problem.dance in styles) for problem in problems if names is None or problem.dance in chosen]
    groups = {style: [step.places for step in places if step.style == style] for style in dict.fromkeys(styles.values())}
    pooled = {style: phase.agreement(group) for style, group in groups.items() if any(len(places) for places in group)}
    return Findings(
        tuple(looked), len(listener.prints), in_order(found), pooled, movement_of(shared, styles.__getitem__), left_out
    )


class _Listener:
    """Listens to each song once, however many dance to it."""

    def __init__(self) -> None:
        self.prints: dict[str, np.ndarray] = {}
        self._beats: dict[Path, Beats | None] = {}
        self._faults: list[Fault] = []

    def beats(self, performance: Performance) -> Beats | None:
        """The beats of a performance's song, from the song's start; None if it has none that can be heard."""
        path, name = performance.song, performance.name
        if path is None:
            return None
        if path not in self._beats:
            self._beats[path] = None
            try:
                samples = audio.read(path, rate=songs.RATE)
                self.prints[name] = songs.fingerprint(samples)
            except AudioError as error:
                self._faults.append(Fault("unreadable", SERIOUS, str(error), 1, "files", dance=name))
                return None
            try:
                metre = sync.METRES.get(performance.style)
                self._beats[path] = beats.track_samples(samples, songs.RATE, metre=metre)
            except AudioError as error:
                self._faults.append(Fault("no beat", NOTE, f"its music: {error}", 1, "songs", dance=name))
        return self._beats[path]

    def faults(self) -> list[Fault]:
        """What was wrong with songs, each told of the first dance to it."""
        twice = songs.duplicates(self.prints)
        return self._faults + [replace(fault, dance=name) for name, found in twice.items() for fault in songs.faults(found)]


def _of_sync(performance: Performance, music: Beats) -> tuple[list[Fault], _Step]:
    joints, fps = performance.joints, performance.fps
    drawn = continuity.drawn(continuity.straight_lines(joints, fps), len(joints))
    seconds = sync.steps_away_from(drawn, steps(DANCER, joints, fps), fps) + performance.song_start_seconds
    beat, bar = sync.against(seconds, music.times), sync.against(seconds, music.downbeats)
    return sync.faults(None, beat, bar), _Step(performance.style, beat.places)


def _thinned(performance: Performance) -> Danced:
    """A performance for comparing: every so many frames, without those that are no movement."""
    joints, fps = performance.joints, performance.fps
    real = ~continuity.drawn(continuity.straight_lines(joints, fps), len(joints))
    for first, length in continuity.frozen(joints, fps):
        real[first : first + length + 1] = False
    every = max(1, int(np.ceil(fps / COMPARED_FPS)))
    return Danced(performance.name, joints[::every].astype(np.float32), fps / every, real[::every])


def _share(danced: Sequence[Danced], chosen: Collection[str], report: Progress) -> tuple[dict[str, Shared], tuple[str, ...]]:
    """What the chosen share with others, and what is to be said if that is too much to compare."""
    frames = sum(len(dance.points) for dance in danced)
    if frames > MOST_FRAMES:
        return {}, (f"movement that occurs twice was not looked for: {frames:,} frames are more than {MOST_FRAMES:,}",)
    report("comparing movement", 0, 1)
    return sharing.find(danced, JOINTS, chosen), ()


def _of_problem(problem: Problem, danced: bool) -> Fault:
    """A file's problem: of a dance that could be read all the same, it is its song that is missing."""
    if problem.expected or (danced and problem.reason.startswith("missing")):
        return Fault("no music", NOTE, f"{problem.path} is {problem.reason}", 1, "files", dance=problem.dance or "")
    return Fault("unreadable", SERIOUS, f"{problem.path}: {problem.reason}", 1, "files", dance=problem.dance or "")
