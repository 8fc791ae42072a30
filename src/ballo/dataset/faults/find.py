"""Everything that is wrong with a publication: each of its dances, each of its songs, and all of them against one another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ballo.dataset import chaining
from ballo.dataset.faults import bends, body, continuity, ground, sharing, songs, sync, timing
from ballo.dataset.faults.bends import Use
from ballo.dataset.faults.fault import NOTE, SERIOUS, Fault
from ballo.dataset.faults.findings import Findings, Looked, Progress, in_order, movement_of
from ballo.dataset.faults.parts import POINTS
from ballo.dataset.faults.sharing import Danced, Shared
from ballo.dataset.recordings import FIRST, FPS, SECOND, STYLES, Problem, Publication, Recording, order, style_of
from ballo.errors import AudioError, DataError
from ballo.music import audio, beats, phase
from ballo.music.beats import Beats
from ballo.music.phase import Agreement


@dataclass(frozen=True)
class _Dance:
    """A recording with what several families of faults need of it."""

    recording: Recording
    points: np.ndarray  # (T, 23, 3) metres, mirrored as published
    timing: timing.Timing
    fps: float
    drawn: np.ndarray  # (T,) on a splice
    frozen: np.ndarray  # (T,) repeated


@dataclass(frozen=True)
class _Heard:
    """What the songs told: beats of those that have some, prints of all, and what was wrong with the rest."""

    beats: Mapping[str, Beats]
    prints: Mapping[str, np.ndarray]
    faults: tuple[Fault, ...]


def find(publication: Publication, names: Collection[str] | None = None, progress: Progress | None = None) -> Findings:
    """Look at every recording and every song, by measurement; nothing is changed or written.

    Args:
        names: the dances to tell of; all by default. The others still count as those they may share with.
        progress: called as it goes on.

    Raises:
        DataError: a name is none of the publication's.
    """
    unknown = sorted(set(names or ()) - set(publication.dances))
    if unknown:
        raise DataError(f"there is no {unknown[0]} in the source; name one of its dances, like {publication.dances[0]}")
    chosen = set(publication.dances if names is None else names)
    report = progress or (lambda what, done, total: None)
    dances = [_dance(recording) for recording in publication.recordings]
    told = [dance for dance in dances if dance.recording.name in chosen]
    found = [_of_problem(problem) for problem in publication.problems if problem.dance is None or problem.dance in chosen]
    slides = _mended_slides(publication.recordings)
    for done, dance in enumerate(told):
        report(f"looking at {dance.recording.name}", done, len(told))
        found += _of_body(dance, slides.get((dance.recording.release, dance.recording.name)))
    heard = _hear(publication, {dance.recording.name for dance in told}, report)
    steps = [_of_sync(dance, heard.beats) for dance in told]
    report("comparing movement", 0, 1)
    shared = _share(dances, chosen)
    found += [fault for fault in heard.faults if fault.dance in chosen]
    found += [fault for of_one, _ in steps for fault in of_one]
    found += _of_sharing(dances, shared)
    bent = bends.faults(bends.find([use for dance in dances for use in _uses(dance)], POINTS))
    found += [fault for (_, name), fault in bent.items() if name in chosen]
    for name, matches in songs.duplicates(heard.prints).items():
        if name in chosen:
            found += [replace(fault, dance=name) for fault in songs.faults(matches)]
    looked = tuple(
        Looked(dance.recording.name, dance.recording.release, len(dance.points), round(dance.fps, 3)) for dance in told
    )
    places = [(dance, step) for dance, (_, step) in zip(told, steps, strict=True)]
    return Findings(looked, len(heard.prints), in_order(found), _pooled(places), movement_of(shared, style_of))


def _dance(recording: Recording) -> _Dance:
    points = recording.points / 100
    timed = timing.measure(len(points), recording.window_frames, recording.beats)
    fps = timed.fps if abs(timed.fps / FPS - 1) > timing.RATE_TOLERANCE else FPS
    drawn = continuity.drawn(continuity.straight_lines(points, fps), len(points))
    frozen = np.zeros(len(points), dtype=bool)
    for first, length in continuity.frozen(points, fps):
        frozen[first : first + length + 1] = True
    return _Dance(recording, points, timed, fps, drawn, frozen)


def _uses(dance: _Dance) -> list[Use]:
    """The units of a dance, where its script tells them."""
    recording, lengths = dance.recording, dance.timing.lengths
    if recording.script is None or not lengths:
        return []
    bounds = np.cumsum([0, *lengths])
    return [
        Use((recording.release, recording.name), tag, int(first), dance.points[first:end])
        for tag, first, end in zip(recording.script.tags, bounds[:-1], bounds[1:], strict=True)
    ]


def _of_body(dance: _Dance, mended_slide: float | None) -> list[Fault]:
    """What the recording itself tells, with its script."""
    recording = dance.recording
    joins = len(recording.beats) - 1 if recording.beats else None
    found = timing.faults(dance.timing, len(dance.points), recording.beats is not None)
    found += continuity.faults(dance.points, dance.fps, POINTS, joins)
    found += body.faults(dance.points, dance.fps, POINTS, dance.drawn)
    # The slip is known in cm/s at 25 frames a second, whatever the file's true rate.
    mended = None if mended_slide is None else mended_slide / 100 * dance.fps / FPS
    found += ground.faults(dance.points, dance.fps, POINTS, dance.drawn, mended)
    return [replace(fault, dance=recording.name, release=recording.release) for fault in found]


def _mended_slides(recordings: Sequence[Recording]) -> dict[tuple[str, str], float]:
    """The lowest foot's median slide with the chaining slip undone, cm/s at 25 frames a second, by release and name."""
    slides = {}
    for release in (FIRST, SECOND):
        ours = {recording.name: recording for recording in recordings if recording.release == release}
        for name, (uses, turns) in chaining.turns_by_dance(list(ours.values())).items():
            slides[release, name] = chaining.mend(ours[name], uses, turns).slides[1]
    return slides


def _hear(publication: Publication, danced: Collection[str], report: Progress) -> _Heard:
    """Every song's print, and the beats of those that someone dances to; each is decoded once."""
    tracked, prints, found = {}, {}, []
    for done, (name, path) in enumerate(sorted(publication.songs.items(), key=lambda item: order(item[0]))):
        report(f"listening to {name}", done, len(publication.songs))
        try:
            samples = audio.read(path, rate=songs.RATE)
        except AudioError as error:
            found.append(Fault("unreadable", SERIOUS, str(error), 1, "files", dance=name))
            continue
        prints[name] = songs.fingerprint(samples)
        if name in danced:
            try:
                tracked[name] = beats.track_samples(samples, songs.RATE, metre=sync.METRES[style_of(name)])
            except AudioError as error:
                found.append(Fault("no beat", NOTE, f"its music: {error}", 1, "songs", dance=name))
    return _Heard(tracked, prints, tuple(found))


def _of_sync(dance: _Dance, heard: Mapping[str, Beats]) -> tuple[list[Fault], np.ndarray]:
    """Faults of a dance against its music, and its steps in beats of it."""
    recording = dance.recording
    music = heard.get(recording.name)
    if music is None:
        return [], np.zeros(0)
    pace = sync.tempo(sum(recording.beats), recording.window_frames / FPS, music) if recording.beats else None
    seconds = sync.step_seconds(dance.points, dance.fps, dance.drawn) + recording.start_frame / FPS
    beat, bar = sync.against(seconds, music.times), sync.against(seconds, music.downbeats)
    found = sync.faults(pace, beat, bar)
    return [replace(fault, dance=recording.name, release=recording.release) for fault in found], beat.places


def _pooled(steps: Sequence[tuple[_Dance, np.ndarray]]) -> dict[str, Agreement]:
    """By style, the steps of the better release of each dance."""
    best = {dance.recording.name: places for dance, places in steps if len(places)}  # the second release comes later
    groups = {style: [places for name, places in best.items() if style_of(name) == style] for style in STYLES.values()}
    return {style: phase.agreement(group) for style, group in groups.items() if group}


def _share(dances: Sequence[_Dance], chosen: Collection[str]) -> dict[str, Shared]:
    """What each dance's better release shares with the others'."""
    best = {dance.recording.name: dance for dance in dances}  # sorted so that the second release comes later
    compared = [Danced(name, dance.points, dance.fps, ~(dance.drawn | dance.frozen)) for name, dance in best.items()]
    return sharing.find(compared, POINTS, chosen)


def _of_sharing(dances: Sequence[_Dance], shared: Mapping[str, Shared]) -> list[Fault]:
    releases = {dance.recording.name: dance.recording.release for dance in dances}
    return [
        replace(fault, dance=name, release=releases[name]) for name, share in shared.items() for fault in sharing.faults(share)
    ]


def _of_problem(problem: Problem) -> Fault:
    release = FIRST if "first-release" in problem.path else SECOND
    if problem.expected:
        kind = "no music" if problem.path.endswith(".mp3") else "no motion"
        return Fault(kind, NOTE, f"{problem.path} is {problem.reason}", 1, "files", dance=problem.dance or "", release=release)
    text = f"{problem.path}: {problem.reason}"
    return Fault("unreadable", SERIOUS, text, 1, "files", dance=problem.dance or "", release=release)
