"""Which of the published ballroom dances go into an archive, from which recording, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ballo.dataset import recordings
from ballo.dataset.recordings import FIRST, SECOND, Problem, Publication, Recording
from ballo.dataset.splits import MOTION_ONLY, Split


def choose(publication: Publication, split: Split, remaster: bool = False) -> tuple[list[Recording], dict[str, str]]:
    """The one recording of each dance to use, and the dances that have none, with the reason.

    The second release is taken wherever it was published. Only where it has music but no motion does the first release
    serve; its time base is mended, yet coarser.

    Args:
        remaster: whether a script serves as well as a recording.
    """
    by_release = {(recording.release, recording.name): recording for recording in publication.recordings}
    lost = {problem.dance for problem in publication.problems if not problem.expected}
    chosen, skipped = [], {}
    for name in sorted({*publication.dances, *split.names}, key=recordings.order):
        recording = by_release.get((SECOND, name))
        if recording is None and name in publication.songs and name not in lost:
            recording = by_release.get((FIRST, name))
        reason = _why_not(name, recording, publication, split, name in lost)
        if reason == "music without motion" and remaster and name in publication.scripts:
            continue
        if reason is not None:
            skipped[name] = reason
        elif recording is not None:
            chosen.append(recording)
    return chosen, skipped


def scripted(publication: Publication, split: Split, skipped: Mapping[str, str]) -> set[str]:
    """Dances that have a script and music and are in the split, whether or not their motion was published."""
    return {name for name in split.names if name in publication.scripts and name in publication.songs and name not in skipped}


def _why_not(name: str, recording: Recording | None, publication: Publication, split: Split, lost: bool) -> str | None:
    """Why a dance cannot be used, or None if it can."""
    if name not in publication.dances:
        return "not in the source"
    if recording is None and lost:
        return "its files are broken"
    if recording is None and any(found.name == name for found in publication.recordings):
        return "first release without music"
    if recording is None and split.part_of(name) is None:
        return "not in the split"
    if recording is None:
        return "music without motion" if name in publication.songs else "neither music nor motion"
    part = split.part_of(name)
    if part is None:
        return "not in the split"
    if part != MOTION_ONLY and recording.song is None:
        return "motion without music"
    return None


def held_against(publication: Publication, skipped: Mapping[str, str]) -> list[Problem]:
    """The publication's problems; music that is missing is a fault where the split counts on it and there is motion."""
    robbed = {name for name, reason in skipped.items() if reason == "motion without music"}
    return [replace(problem, expected=problem.expected and problem.dance not in robbed) for problem in publication.problems]


def window(recording: Recording | None, script: recordings.Script) -> tuple[int, int]:
    """Where in its song a dance was published to start and end, at 25 frames a second."""
    if recording is not None:
        return recording.start_frame, recording.end_frame
    return script.start_frame or 0, script.end_frame or 0
