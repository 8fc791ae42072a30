"""Each dance as it goes into an archive, in each grade; see `preparation` for which dances those are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ballo.dataset import chaining, dancer, remaster, repair, timebase
from ballo.dataset.adapters.performances import Performance, as_motion, level
from ballo.dataset.archive import MARGIN_SECONDS, SAMPLE_RATE, Beats
from ballo.dataset.archiving import NO_UNIT, Entry, Origin, as_int16
from ballo.dataset.library import Library
from ballo.dataset.recordings import FPS, Recording, Script
from ballo.dataset.remaster import Score
from ballo.dataset.repair import Unusable
from ballo.dataset.splits import MOTION_ONLY, VALIDATION
from ballo.dataset.units import beats_a_bar
from ballo.errors import AudioError
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER
from ballo.music import audio
from ballo.music import beats as tracking

_OCTAVE = 1.6
"""A song this many times faster or slower than its style is danced was counted at half or double tempo."""

_HIPS = (DANCER.index("left_hip"), DANCER.index("right_hip"))


@dataclass(frozen=True)
class Heard:
    """A dance's music: int16 samples with a margin on either side, and how many of its frames sound before the song ends."""

    samples: np.ndarray
    frames: int


@dataclass(frozen=True, eq=False)
class Chained:
    """How a recording was chained from clips, as `chaining.turns_by_dance` gives it."""

    uses: Sequence[chaining.Use] = ()
    turns: Sequence[float] = ()


def published(recording: Recording, part: str, held_out: frozenset[str]) -> Entry:
    """A dance as it came: every frame at 25 a second where its file has it. (`Unusable` if nobody could be its dancer.)

    The points are kept to the last digit, in metres. To be seen and learnt from like any other it is on the dancer's bones
    too, turned right-handed; nothing else is mended.
    """
    points, handed = repair.right_handed(recording.points)
    body = dancer.body_of(points)
    if np.median(body.leg_metres) <= dancer.SHORTEST_LEG_METRES:
        raise Unusable("the points are no human body")
    motion = dancer.retarget(dancer.joints_of(points, body), body.leg_metres, FPS)
    origin, joins = _script_origin(recording, len(points), mended=False)
    heard = _heard(recording.song, part, recording.start_frame / FPS, motion)
    usable = _without(_audible(((0, len(motion)),), heard), origin, part, held_out)
    provenance = {
        "release": recording.release,
        "start_seconds_in_song": recording.start_frame / FPS,
        "joins": joins,
        "sources": dict(recording.sha256),
        "repairs": [handed.as_json()],
    }
    samples = heard.samples if heard else None
    return Entry(
        recording.name, recording.style, part, motion, usable, samples, provenance, origin, None, recording.points / 100
    )


def repaired(recording: Recording, part: str, chained: Chained, held_out: frozenset[str], fps: float = FPS) -> Entry:
    """A recording mended, with its music (`Unusable` if nothing is left of it)."""
    made = repair.repair(recording, chained.uses, chained.turns, fps)
    heard = _heard(recording.song, part, recording.start_frame / FPS, made.motion)
    origin, joins = _script_origin(recording, len(made.motion), mended=True, fps=fps)
    usable = _audible(made.usable, heard)
    if not usable:
        raise Unusable("nobody moves to the music")
    provenance = {
        "release": recording.release,
        "start_seconds_in_song": recording.start_frame / FPS,
        "joins": joins,
        "sources": dict(recording.sha256),
        "repairs": [record.as_json() for record in made.records],
    }
    usable = _without(usable, origin, part, held_out)
    samples = heard.samples if heard else None
    return Entry(recording.name, recording.style, part, made.motion, usable, samples, provenance, origin)


def remastered(
    name: str, style: str, part: str, script: Script, song: Path | None, window: tuple[int, int], library: Library, fps: float
) -> Entry:
    """A script danced anew to its song, or, for a dance without music, at its published tempo.

    Args:
        window: the published start and end in the song, at 25 frames a second.

    Raises:
        Unusable: nothing of it can be danced.
        AudioError: its music is broken or has no beat.
    """
    start_frame, end_frame = window
    if (part == MOTION_ONLY or song is None) and end_frame <= start_frame:
        raise Unusable("nothing says how long it lasts")
    if part == MOTION_ONLY or song is None:
        score, from_seconds = remaster.steady(script, beats_a_bar(style), end_frame - start_frame), 0.0
    else:
        score, from_seconds = song_score(song, style, library), start_frame / FPS
    made = remaster.perform(script, style, score, library, fps, from_seconds)
    if made is None:
        barless = remaster.first_bar(score.beats, from_seconds) is None
        raise Unusable("its song has no bar to dance to" if barless else "no unit of its script is there, or has room")
    motion = made.rendered.motion
    heard = _heard(song, part, made.start_seconds, motion)
    usable = remaster.usable(made, heard.frames if heard else len(motion), withhold=part != VALIDATION)
    if not usable:
        raise Unusable("none of its units is there")
    provenance = made.provenance() | {"published_start_frame": start_frame, "published_end_frame": end_frame}
    return Entry(name, style, part, motion, usable, heard.samples if heard else None, provenance, made.origin, made.beats)


def performed(performance: Performance, part: str, mended: bool, fps: float | None) -> Entry:
    """Somebody else's dance, on the dancer; mended also means without points that jump.

    Args:
        fps: frames a second of the result; None for its own.
    """
    joints, records = performance.joints, [repair.Record("notes", note) for note in performance.notes]
    if mended:
        joints, spikes = repair.without_spikes(joints)
        records.append(spikes)
    if fps is not None and fps != performance.fps:
        places = np.arange(int((len(joints) - 1) * fps / performance.fps) + 1) * performance.fps / fps
        joints = timebase.sample(joints, places)
    rate = fps or performance.fps
    same = Performance(performance.name, performance.style, joints, rate, performance.song)
    motion = as_motion(same)
    levelled, _ = level(joints, rate)
    usable, marked = repair.usable_ranges(levelled, rate, _HIPS) if mended else (((0, len(joints)),), None)
    heard = _heard(performance.song, part, performance.song_start_seconds, motion)
    usable = _audible(usable, heard)
    if not usable:
        raise Unusable("nobody moves")
    provenance = {
        "start_seconds_in_song": performance.song_start_seconds,
        "joins": [],
        "sources": dict(performance.sha256),
        "repairs": [record.as_json() for record in [*records, *([marked] if marked else [])]],
    }
    points = None if mended else performance.joints
    return Entry(
        performance.name, performance.style, part, motion, usable, heard.samples if heard else None, provenance, points=points
    )


def song_score(song: Path, style: str, library: Library, heard: tracking.Beats | None = None) -> Score:
    """A song's beats, counted as its style is danced.

    Args:
        heard: them, if they were listened for already, however they were counted.

    Raises:
        AudioError: it cannot be decoded or has no beat.
    """
    bar = beats_a_bar(style)
    periods = [library.grids[unit.take].period_seconds for unit in library.of_style(style) if unit.take in library.grids]
    found = heard if heard is not None and heard.metre == bar else tracking.track(song, metre=bar)
    if periods:
        danced = 60 / float(np.median(periods))
        if not 1 / _OCTAVE < found.bpm / danced < _OCTAVE:
            found = tracking.track(song, metre=bar, bpm=danced)
    period = found.period_seconds
    return Score(Beats(found.times, found.positions, found.metre), float(found.times[-1] + period))


def _script_origin(recording: Recording, frames: int, mended: bool, fps: float = FPS) -> tuple[Origin, list[float]]:
    """Which clip of the script each frame shows, as far as the script tells, and where clips are joined."""
    clips = timebase.clip_lengths(len(recording.points), recording.window_frames, recording.beats)
    blank = Origin.unknown(frames, fps)
    if clips is None or recording.script is None or recording.beats is None:
        return blank, []
    if mended:
        bounds = np.cumsum([0, *recording.beats]) * (recording.window_frames / sum(recording.beats)) * (fps / FPS)
    else:
        bounds = np.cumsum([0, *clips.lengths]).astype(float)
    item = np.clip(np.searchsorted(bounds, np.arange(frames), side="right") - 1, 0, len(clips.lengths) - 1)
    names = tuple(dict.fromkeys((tag, recording.name) for tag in recording.script.tags if tag not in remaster.WORDS))
    of_item = np.array(
        [names.index((t, recording.name)) if t not in remaster.WORDS else NO_UNIT for t in recording.script.tags]
    )
    joins = [round(float(bound), 3) for bound in bounds[1:-1]]
    return Origin(names, of_item[item].astype(np.int16), blank.source_seconds, blank.repairs), joins


def _audible(usable: tuple[tuple[int, int], ...], heard: Heard | None) -> tuple[tuple[int, int], ...]:
    """Ranges cut off where the music ends; without music, as they are."""
    if heard is None:
        return usable
    return tuple((first, min(end, heard.frames)) for first, end in usable if first < heard.frames)


def _without(
    usable: tuple[tuple[int, int], ...], origin: Origin, part: str, held_out: frozenset[str]
) -> tuple[tuple[int, int], ...]:
    """Ranges without the frames of held-out units, if the dance is learnt from."""
    if part == VALIDATION:
        return usable
    shown = np.array([tag in held_out for tag, _ in origin.units] + [False])[origin.unit]
    kept = np.zeros(len(shown), dtype=bool)
    for first, end in usable:
        kept[first:end] = True
    return repair.runs(kept & ~shown)


def _heard(song: Path | None, part: str, start_seconds: float, motion: Motion) -> Heard | None:
    """A dance's music, unless it is for its motion only."""
    return None if part == MOTION_ONLY or song is None else window_music(song, start_seconds, len(motion), motion.fps)


def window_music(song: Path, start_seconds: float, frames: int, fps: float) -> Heard:
    """The music of a dance with its margins, zero where the song has not begun or is over.

    Args:
        start_seconds: where in the song the dance's first frame lies.
        frames, fps: how long it is.

    Returns:
        ((frames / fps + 2 margins) * SAMPLE_RATE,) samples, and the number of the dance's frames before the song ends.

    Raises:
        AudioError: the song cannot be decoded, or ends before the dance starts.
    """
    margin = round(MARGIN_SECONDS * SAMPLE_RATE)
    start = round(start_seconds * SAMPLE_RATE)
    length = round(frames / fps * SAMPLE_RATE)
    first = max(0, start - margin)
    seconds = float(Fraction(start + length + margin - first, SAMPLE_RATE))
    heard = audio.read(song, rate=SAMPLE_RATE, start_seconds=first / SAMPLE_RATE, seconds=seconds)
    window = np.zeros(length + 2 * margin, dtype=np.float32)
    offset = margin - (start - first)
    heard = heard[: len(window) - offset]
    window[offset : offset + len(heard)] = heard
    heard_frames = int((offset + len(heard) - margin) * fps // SAMPLE_RATE)
    if heard_frames <= 0:
        raise AudioError(f"{song}: ends before its dance starts, at {start_seconds:.1f} s")
    return Heard(as_int16(window), min(heard_frames, frames))
