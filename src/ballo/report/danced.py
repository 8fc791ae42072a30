"""A dance of an archive as it is measured, whatever the archive's grade: points, bones, joins, beats, and what is heard.

Of a published archive the points themselves are measured, 23 of them, not the dancer that they were put on since: her bones
cannot stretch, and she stands on a floor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ballo.dataset import dancer
from ballo.dataset.archive import FULL_SCALE, MARGIN_SECONDS, SAMPLE_RATE, Archive, Beats, Dance
from ballo.metrics.sync import Heard, InSong
from ballo.motion.skeleton import Skeleton
from ballo.motion.steps import steps
from ballo.music import onsets

_POINTS = 23
_FOOT_POINTS = {
    "left_heel": dancer.LEFT_HEEL,
    "left_toe": dancer.LEFT_TOE,
    "right_heel": dancer.RIGHT_HEEL,
    "right_toe": dancer.RIGHT_TOE,
}
_RIGID = (
    (dancer.LEFT_HEAD, dancer.RIGHT_HEAD),
    (dancer.LEFT_BELT, dancer.RIGHT_BELT),
    (dancer.LEFT_KNEE, dancer.LEFT_BELT),
    (dancer.LEFT_ANKLE, dancer.LEFT_KNEE),
    (dancer.LEFT_HEEL, dancer.LEFT_ANKLE),
    (dancer.LEFT_TOE, dancer.LEFT_ANKLE),
    (dancer.LEFT_ELBOW, dancer.LEFT_SHOULDER),
    (dancer.LEFT_FOREARM, dancer.LEFT_ELBOW),
    (dancer.RIGHT_KNEE, dancer.RIGHT_BELT),
    (dancer.RIGHT_ANKLE, dancer.RIGHT_KNEE),
    (dancer.RIGHT_HEEL, dancer.RIGHT_ANKLE),
    (dancer.RIGHT_TOE, dancer.RIGHT_ANKLE),
    (dancer.RIGHT_ELBOW, dancer.RIGHT_SHOULDER),
    (dancer.RIGHT_FOREARM, dancer.RIGHT_ELBOW),
)
_BLOCK = 10 * SAMPLE_RATE


def _points() -> Skeleton:
    """The published points as a skeleton without bones: all it says is which points are feet."""
    names = [f"point_{number}" for number in range(_POINTS)]
    for name, number in _FOOT_POINTS.items():
        names[number] = name
    feet = (("left_heel", "left_toe"), ("right_heel", "right_toe"))
    return Skeleton(tuple(names), (-1, *[0] * (_POINTS - 1)), np.zeros((_POINTS, 3)), feet)


def _bones() -> tuple[int, ...]:
    """Each point's other end of a bone, -1 for none. Spine, shoulders and wrists bend between their points: no bones."""
    ends = [-1] * _POINTS
    for lower, upper in _RIGID:
        ends[lower] = upper
    return tuple(ends)


POINTS = _points()
POINT_BONES = _bones()


@dataclass(frozen=True, eq=False)
class Danced:
    """A dance to measure. All times are seconds from its first frame.

    Args:
        name, style, split: as in the archive.
        skeleton: which of the points are feet.
        positions: (T, P, 3) metres.
        bones: P indices of each bone's other end, -1 for none.
        fps: frames a second.
        joins: (N,) seconds.
        beats: of its music; None where nobody knows, or where there is no music.
        strength: (F,) onset strength of its music at `onsets.FPS`, from `heard_from` on; None without music.
    """

    name: str
    style: str
    split: str
    skeleton: Skeleton
    positions: np.ndarray
    bones: Sequence[int]
    fps: float
    joins: np.ndarray
    beats: Beats | None
    strength: np.ndarray | None

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.positions) / self.fps

    @property
    def heard_from(self) -> float:
        """When the first value of `strength` is."""
        return onsets.EARLY_SECONDS - MARGIN_SECONDS

    @property
    def toes(self) -> np.ndarray:
        """(T, feet, 3) the foremost point of each foot."""
        return self.positions[:, [foot[-1] for foot in self.skeleton.foot_joints]]

    @property
    def downbeat(self) -> int | None:
        """The index of a beat that opens a bar."""
        opening = np.flatnonzero(self.beats.positions == 0) if self.beats is not None else np.zeros(0, int)
        return int(opening[0]) if len(opening) else None

    def steps(self) -> InSong | None:
        """Its steps on the beats of its music; None where these are not known."""
        if self.beats is None:
            return None
        return InSong(steps(self.skeleton, self.positions, self.fps), self.beats.seconds, self.joins)

    def heard(self) -> Heard | None:
        """Its steps in the sound of its music."""
        danced = self.steps()
        if danced is None or self.strength is None:
            return None
        return Heard(danced, self.strength, onsets.FPS, self.heard_from)


def read(
    archive: Archive, other: Archive | None = None, progress: Callable[[str, int, int], None] | None = None
) -> list[Danced]:
    """The dances of an archive, their music listened to.

    Args:
        other: where the beats of dances come from that know none themselves: the dance of that name.
        progress: called before each dance with its name, how many are done and how many there are.
    """
    elsewhere = {dance.name: dance for dance in other.dances} if other is not None else {}
    danced = []
    for done, dance in enumerate(archive.dances):
        if progress is not None:
            progress(dance.name, done, len(archive.dances))
        danced.append(_danced(dance, elsewhere))
    return danced


def _danced(dance: Dance, elsewhere: Mapping[str, Dance]) -> Danced:
    raw = dance.points is not None and dance.points.shape[1] == _POINTS
    return Danced(
        name=dance.name,
        style=dance.style,
        split=dance.split,
        skeleton=POINTS if raw else dance.skeleton,
        positions=np.asarray(dance.points) if raw else dance.motion().positions,
        bones=POINT_BONES if raw else dance.skeleton.parents,
        fps=dance.fps,
        joins=np.array(dance.joins, dtype=np.float64) / dance.fps,
        beats=_beats(dance, elsewhere) if dance.samples is not None else None,
        strength=onset_strength(dance.samples) if dance.samples is not None else None,
    )


def _beats(dance: Dance, elsewhere: Mapping[str, Dance]) -> Beats | None:
    """The beats of its music: its own, or those of the same song in another archive, which may begin elsewhere in it."""
    found = dance.beats
    other = elsewhere.get(dance.name)
    if found is None and other is not None and other.beats is not None:
        begins = [known.provenance.get("start_seconds_in_song") for known in (dance, other)]
        if None not in begins:
            found = replace(other.beats, seconds=other.beats.seconds + begins[1] - begins[0])
    return found if found is not None and len(found.seconds) > 1 else None


def onset_strength(samples: np.ndarray) -> np.ndarray:
    """(F,) how strongly notes begin, the mean over regions of pitch, in int16 samples (S,) at 16 kHz."""
    blocks = (samples[at : at + _BLOCK].astype(np.float32) / FULL_SCALE for at in range(0, len(samples), _BLOCK))
    return onsets.regions(onsets.listen(blocks)).mean(axis=1).astype(np.float64)
