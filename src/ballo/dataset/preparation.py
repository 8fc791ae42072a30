"""From a published folder to an archive: read, choose, repair, cut the music, write; all that is left out is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ballo.dataset import archive, chaining, recordings, repair
from ballo.dataset.archive import MARGIN_SECONDS, SAMPLE_RATE, Archive, Entry
from ballo.dataset.chaining import Use
from ballo.dataset.recordings import FIRST, FPS, SECOND, Problem, Progress, Publication, Recording
from ballo.dataset.repair import Unusable
from ballo.dataset.splits import MOTION_ONLY, Split
from ballo.errors import AudioError, DataError
from ballo.music import audio


@dataclass(frozen=True)
class Preparation:
    """What came of it.

    Args:
        archive: as written.
        skipped: dances left out, by name, with the reason.
        problems: every file missing or broken.
    """

    archive: Archive
    skipped: dict[str, str]
    problems: tuple[Problem, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing was lost but what the publication itself lacks."""
        return all(problem.expected for problem in self.problems)


def prepare(source: Path, output: Path, split: Split, progress: Progress | None = None) -> Preparation:
    """Make an archive of every usable dance under `source` that `split` names.

    Args:
        progress: called with a dance's name before it is read or repaired, how many steps are done, and how many there are.

    Raises:
        DataError: the source holds no dance, none is usable, or the archive cannot be written.
    """
    tell = progress or (lambda name, done, total: None)
    archive.check(output)
    publication = recordings.read(source, lambda name, done, total: tell(name, done, 2 * total))
    chosen, skipped = choose(publication, split)
    problems, entries = _held_against(publication, skipped), []
    chained = chaining.turns_by_dance(chosen)
    for done, recording in enumerate(chosen):
        tell(recording.name, len(chosen) + done, 2 * len(chosen))
        try:
            entries.append(_entry(recording, split, *chained.get(recording.name, ((), ()))))
        except Unusable as error:
            skipped[recording.name] = str(error)
        except AudioError as error:
            path = recording.song.relative_to(source).as_posix() if recording.song else recording.name
            problems.append(Problem(path, str(error).removeprefix(f"{recording.song}: "), False, recording.name))
            skipped[recording.name] = "its music is broken"
    if not entries:
        raise DataError(f"no dance in {source} is usable: {_reasons(skipped)}")
    in_order = dict(sorted(skipped.items(), key=lambda item: recordings.order(item[0])))
    return Preparation(archive.write(output, entries, split, in_order, problems), in_order, tuple(problems))


def choose(publication: Publication, split: Split) -> tuple[list[Recording], dict[str, str]]:
    """The one recording of each dance to use, and the dances that have none, with the reason.

    The second release is taken wherever it was published. Only where it has music but no motion does the first release
    serve; its time base is mended, yet coarser.
    """
    by_release = {(recording.release, recording.name): recording for recording in publication.recordings}
    lost = {problem.dance for problem in publication.problems if not problem.expected}
    chosen, skipped = [], {}
    for name in sorted({*publication.dances, *split.names}, key=recordings.order):
        recording = by_release.get((SECOND, name))
        if recording is None and name in publication.songs and name not in lost:
            recording = by_release.get((FIRST, name))
        reason = _why_not(name, recording, publication, split, name in lost)
        if reason is not None:
            skipped[name] = reason
        elif recording is not None:
            chosen.append(recording)
    return chosen, skipped


def _why_not(name: str, recording: Recording | None, publication: Publication, split: Split, lost: bool) -> str | None:
    """Why a dance cannot be used, or None if it can."""
    if name not in publication.dances:
        return "not in the source"
    if recording is None and lost:
        return "its files are broken"
    if recording is None and any(found.name == name for found in publication.recordings):
        return "first release without music"
    if recording is None:
        return "music without motion" if name in publication.songs else "neither music nor motion"
    part = split.part_of(name)
    if part is None:
        return "not in the split"
    if part != MOTION_ONLY and recording.song is None:
        return "motion without music"
    return None


def _held_against(publication: Publication, skipped: dict[str, str]) -> list[Problem]:
    """The publication's problems; music that is missing is a fault where the split counts on it and there is motion."""
    robbed = {name for name, reason in skipped.items() if reason == "motion without music"}
    return [replace(problem, expected=problem.expected and problem.dance not in robbed) for problem in publication.problems]


def _entry(recording: Recording, split: Split, uses: Sequence[Use], turns: Sequence[float]) -> Entry:
    """A recording repaired, with its music (Unusable if nothing is left of it)."""
    repaired = repair.repair(recording, uses, turns)
    part = split.part_of(recording.name) or ""
    samples, usable = None, repaired.usable
    if part != MOTION_ONLY and recording.song is not None:
        samples, heard_frames = window_music(recording.song, recording.start_frame, len(repaired.motion))
        usable = tuple((first, min(end, heard_frames)) for first, end in usable if first < heard_frames)
    if not usable:
        raise Unusable("nobody moves to the music")
    provenance = {
        "release": recording.release,
        "start_frame_in_song": recording.start_frame,
        "sources": dict(recording.sha256),
        "repairs": [record.as_json() for record in repaired.records],
    }
    return Entry(recording.name, recording.style, part, repaired.motion, usable, samples, provenance)


def window_music(song: Path, start_frame: int, frames: int) -> tuple[np.ndarray, int]:
    """The music of a dance with its margins, zero where the song has not begun or is over, and how many frames are heard.

    Args:
        start_frame: where in the song the dance starts, at 25 frames a second.
        frames: how long it is.

    Returns:
        ((frames / 25 + 2 margins) * SAMPLE_RATE,) float32, and the number of the dance's frames before the song ends.

    Raises:
        AudioError: the song cannot be decoded, or ends before the dance starts.
    """
    margin = round(MARGIN_SECONDS * SAMPLE_RATE)
    start = round(start_frame / FPS * SAMPLE_RATE)
    length = round(frames / FPS * SAMPLE_RATE)
    first = max(0, start - margin)
    seconds = (start + length + margin - first) / SAMPLE_RATE
    heard = audio.read(song, rate=SAMPLE_RATE, start_seconds=first / SAMPLE_RATE, seconds=seconds)
    window = np.zeros(length + 2 * margin, dtype=np.float32)
    offset = margin - (start - first)
    heard = heard[: len(window) - offset]
    window[offset : offset + len(heard)] = heard
    heard_frames = int((offset + len(heard) - margin) * FPS // SAMPLE_RATE)
    if heard_frames <= 0:
        raise AudioError(f"{song}: ends before its dance starts, at {start_frame / FPS:.1f} s")
    return window, min(heard_frames, frames)


def _reasons(skipped: dict[str, str]) -> str:
    counts = {reason: list(skipped.values()).count(reason) for reason in skipped.values()}
    return ", ".join(f"{reason} ({count})" for reason, count in sorted(counts.items()))
