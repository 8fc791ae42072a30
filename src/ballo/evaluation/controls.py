"""What every table has beside the dancers: real dances spoilt in known ways, which show what a measure can be fooled by.

Each control is made of the real dance to the song in the same run. A pure function makes it, and a performer gives it as a
dancer would be asked for it:

    for performer in controls.performers(archive, split):
        performer.perform(staged, staged.style, seeds)

Axes: T frames, J joints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ballo.dataset.archive import Archive, Dance
from ballo.errors import BalloError
from ballo.evaluation.folds import ARRANGED, song_of
from ballo.evaluation.performers import Performer
from ballo.evaluation.songs import Staged
from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton
from ballo.motion.steps import smooth

NOISE_METRES = 0.01
KEY_POSE_SECONDS = 0.48
"""12 frames at 25 frames a second."""
SMOOTHING_SECONDS = 0.12
"""3 frames at 25 frames a second."""
LEAD_SECONDS = 0.48
"""A dance that begins anew fades from the pose it ended in for so long."""


@dataclass(frozen=True)
class Control:
    """A row that every table has.

    Args:
        name: in files.
        title: for people.
        about: a sentence on what the row is for.
        of_real: whether its frame t is the real dance's frame t spoilt, so that what does not count in the real dance (joins of
            recordings) does not count in it.
    """

    name: str
    title: str
    about: str
    of_real: bool = True


FROZEN = Control(
    "frozen",
    "frozen pose",
    "One real pose, held throughout: a measure on which it does well rewards standing still.",
    of_real=False,
)
NOISE = Control(
    "noise",
    "real + 1 cm noise",
    "The real dance with 1 cm of white noise on every coordinate: a measure on which it does well does not see trembling.",
)
KEY_POSES = Control(
    "key_poses",
    "key poses",
    "A real pose every 0.48 s, joined by straight lines: a measure on which it does well does not see how one moves between.",
)
SMOOTHED = Control(
    "smoothed",
    "smoothed real",
    "The real dance under a Gaussian of 0.12 s: a measure on which it does well does not see that accents are gone.",
)
OTHER = Control(
    "other_songs",
    "other songs' dances",
    "Real dances of the style to other songs, so to shuffled music: a measure on which it does well does not hear the music.",
    of_real=False,
)

CONTROLS = (FROZEN, NOISE, KEY_POSES, SMOOTHED, OTHER)
"""In the order of a table. Real dances and halves of them are rows of their own."""


def frozen(skeleton: Skeleton, positions: np.ndarray) -> np.ndarray:
    """The pose of a dance that is nearest to its mean pose, held for as long, its lowest foot on the floor: (T, J, 3) metres.

    Poses are compared in the dancer's heading frame. A mean pose would have bones too short, and the first pose is one of
    waiting. ValueError without frames, or of other joints than the skeleton's.
    """
    _check(positions)
    placed, _ = kinematics.unplace(skeleton, positions.astype(np.float64))
    away = np.linalg.norm(placed - placed.mean(axis=0), axis=-1).mean(axis=1)
    pose = positions[int(away.argmin())].copy()
    pose[:, 1] -= pose[[joint for foot in skeleton.foot_joints for joint in foot], 1].min()
    return np.repeat(pose[None], len(positions), axis=0)


def noise(positions: np.ndarray, name: str, seed: int, metres: float = NOISE_METRES) -> np.ndarray:
    """A dance (T, J, 3) with Gaussian noise of so many metres on every coordinate, other noise for each name and seed."""
    _check(positions)
    drawn = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed}\n{name}".encode()).digest()[:16], "big"))
    return positions + drawn.normal(scale=metres, size=positions.shape).astype(positions.dtype)


def key_poses(positions: np.ndarray, fps: float, seconds: float = KEY_POSE_SECONDS) -> np.ndarray:
    """A dance (T, J, 3) of which only a pose every `seconds` is left, the first and the last too, joined by straight lines.

    Poses are those of the nearest frames, so that these are exact.
    """
    _check(positions)
    last = len(positions) - 1
    keys = np.unique([*np.minimum(np.round(np.arange(0, last / fps, seconds) * fps).astype(int), last), last])
    frames = np.arange(len(positions))
    after = np.clip(np.searchsorted(keys, frames), 1, max(1, len(keys) - 1))
    first, second = keys[after - 1], keys[np.minimum(after, len(keys) - 1)]
    share = ((frames - first) / np.maximum(second - first, 1))[:, None, None]
    joined = (1 - share) * positions[first] + share * positions[second]
    return np.asarray(joined, dtype=positions.dtype)


def smoothed(positions: np.ndarray, fps: float, seconds: float = SMOOTHING_SECONDS) -> np.ndarray:
    """A dance (T, J, 3) under a Gaussian of `seconds` along time, ends repeated."""
    _check(positions)
    return smooth(positions.astype(np.float64), seconds * fps).astype(positions.dtype)


def lasting(skeleton: Skeleton, positions: np.ndarray, frames: int, fps: float) -> np.ndarray:
    """A dance (T, J, 3) cut to `frames`, or danced again until then.

    Again it begins where and as the dancer stood and faced in the end; the difference to the pose she ended in fades in
    `LEAD_SECONDS`, so that nothing jumps.
    """
    _check(positions)
    parts, count = [positions[:frames]], len(positions)
    while count < frames:
        ended = parts[-1][-1].astype(np.float64)
        again = _moved_to(skeleton, positions.astype(np.float64), ended)
        share = np.clip(np.arange(1, len(again) + 1) / max(1.0, LEAD_SECONDS * fps), 0, 1)[:, None, None]
        fade = 1 - share**2 * (3 - 2 * share)
        again += fade * (ended - again[0])
        parts.append(again[: frames - count].astype(positions.dtype))
        count += len(again)
    return np.concatenate(parts)


def _moved_to(skeleton: Skeleton, positions: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """A dance moved and turned on the floor so that its first root and heading are those of a pose (J, 3)."""
    turn = kinematics.heading(skeleton, pose) - kinematics.heading(skeleton, positions[0])
    root = positions[0, 0] * [1, 0, 1]
    return kinematics.turned_about_y(positions - root, np.asarray(turn)) + pose[0] * [1, 0, 1]


def performers(archive: Archive, split: str) -> tuple[Performer, ...]:
    """A performer for each of `CONTROLS`, in their order, for the songs of an archive's split."""
    return (
        _Spoilt(FROZEN, lambda staged, _: frozen(staged.skeleton, staged.real)),
        _Spoilt(NOISE, lambda staged, seed: noise(staged.real, staged.name, seed), by_chance=True),
        _Spoilt(KEY_POSES, lambda staged, _: key_poses(staged.real, staged.fps)),
        _Spoilt(SMOOTHED, lambda staged, _: smoothed(staged.real, staged.fps)),
        _Other(OTHER, archive, split),
    )


@dataclass(frozen=True, eq=False)
class _Spoilt:
    """A control that is made of the real dance to the song; one dance, whatever the seeds, if nothing of it is chance."""

    control: Control
    make: Callable[[Staged, int], np.ndarray]
    by_chance: bool = False

    @property
    def name(self) -> str:
        return self.control.name

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        if style != staged.style:
            raise BalloError(f"nobody danced {style} to {staged.name}, and {self.control.title} is made of its real dance")
        return tuple(self.make(staged, seed) for seed in range(seeds if self.by_chance else 1))


@dataclass(frozen=True, eq=False)
class _Other:
    """Real dances of the style to other songs, from their first usable frame on: seed k is the k-th, as many as there are.

    Those as long as the song come first, then those of its split, then the others in the order of their names; one that is
    too short is danced again from its start. Arranged dances are nobody's.
    """

    control: Control
    archive: Archive
    split: str
    _danced: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return self.control.name

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        frames, chosen = len(staged.real), self._others(staged, style)[:seeds]
        if not chosen:
            raise BalloError(f"no other song of the archive is danced as {style}")
        return tuple(lasting(staged.skeleton, self._positions(dance), frames, staged.fps) for dance in chosen)

    def _others(self, staged: Staged, style: str) -> Sequence[Dance]:
        frames, songs = len(staged.real), song_of(self.archive)
        own = songs.get(staged.name)
        dances = [dance for dance in self.archive.dances if dance.style == style and dance.usable and songs[dance.name] != own]
        dances = [dance for dance in dances if ARRANGED not in dance.provenance]
        return sorted(dances, key=lambda dance: (_span(dance) < frames, dance.split != self.split, dance.name))

    def _positions(self, dance: Dance) -> np.ndarray:
        if dance.name not in self._danced:
            self._danced[dance.name] = dance.motion(dance.usable[0][0], _span(dance)).positions
        return self._danced[dance.name]


def _span(dance: Dance) -> int:
    """How many frames lie between the first and the last that are usable."""
    return dance.usable[-1][1] - dance.usable[0][0]


def _check(positions: np.ndarray) -> None:
    if positions.ndim != 3 or positions.shape[-1] != 3 or not len(positions):
        raise ValueError(f"a dance must be (T, J, 3) with a frame or more, not {positions.shape}")
