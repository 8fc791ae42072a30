"""Units danced one after another in time with a song, on one body whose feet stand.

For every frame of the dance the song's beats say where in its unit, and the unit where in its take it is: the tempo is locked,
and what was danced on a beat is danced on a beat. Three things remain:

- joins: where one take leaves off and another goes on, the two are led into one another, half the difference (of pose, and of
  its first and second derivative) on either side, dying away by a quintic;
- the way: the dancer faces and goes on as she did before, and her root moves as her standing feet tell, so that they stand on
  the dancer's own bones as they stood on the performer's;
- the stage: where that would lead off it, she is turned a little all along the way.

Source of the joins: Bollo, "Inertialization: High-Performance Animation Transitions in Gears of War", GDC 2018, made symmetric.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset import staging
from ballo.dataset.takes import FEET, Repair, Take
from ballo.dataset.timebase import sample
from ballo.dataset.units import Unit
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import smooth
from ballo.music import phase

JOIN_SECONDS = 0.6
"""How long before a join, and after it, the difference takes to come and go; a shorter unit has half its length."""

NO_UNIT = -1

_MIX_SECONDS = 0.12
_HEIGHT_SECONDS, _WEIGHT_SECONDS = 0.05, 0.04  # a change of foot takes this long (standard deviations)
_CONTIGUOUS_SECONDS, _SAME_PACE = 1e-6, 0.02
_PAST_FRAMES = 4  # a join looks this far beyond a take's ends


@dataclass(frozen=True)
class Placement:
    """A unit on the beats of a song.

    Args:
        unit: what is danced.
        beat: the beat of the song on which it starts, an index into the song's beats.
        source: which item of the script asked for it.
    """

    unit: Unit
    beat: int
    source: int = 0

    @property
    def end(self) -> int:
        """The beat on which it ends."""
        return self.beat + self.unit.beats


@dataclass(frozen=True, eq=False)
class Rendered:
    """A dance with the origin of each of its frames.

    Args:
        motion: the dance.
        placement: (T,) which placement a frame belongs to.
        source_seconds: (T,) where in its take.
        repairs: (T,) uint8, `Repair` flags.
        joins: frames, with fractions, at which takes change.
    """

    motion: Motion
    placement: np.ndarray
    source_seconds: np.ndarray
    repairs: np.ndarray
    joins: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class _Stream:
    """A dance before it is set on the floor: per frame pose (T, 22, 4), heading (T,), slip (T, 4, 2) in m/s of dance time and
    stance (T, 4), as in `takes.Play`."""

    pose: np.ndarray
    heading: np.ndarray
    slip: np.ndarray
    stance: np.ndarray


def render(
    placements: Sequence[Placement], takes: Mapping[str, Take], beats: np.ndarray, fps: float, start_seconds: float
) -> Rendered:
    """Dance units that follow one another without a gap.

    Args:
        placements: at least one, each starting where the one before ends.
        takes: by name.
        beats: (K,) seconds into the song.
        fps: frames a second of the dance.
        start_seconds: into the song, where the dance's first frame lies: the first placement's beat.

    Raises:
        ValueError: there is no placement, or one does not start where the one before ended.
    """
    if not placements or any(a.end != b.beat for a, b in itertools.pairwise(placements)):
        raise ValueError("units must follow one another")
    bounds = phase.at_beat(np.array([placements[0].beat, *(each.end for each in placements)], dtype=float), beats)
    frames = max(2, int(np.floor((bounds[-1] - start_seconds) * fps)))
    seconds = start_seconds + np.arange(frames) / fps
    clips = [_Clip(each, takes[each.unit.take], beats) for each in placements]
    owner = np.clip(np.searchsorted(bounds, seconds, side="right") - 1, 0, len(clips) - 1)
    stream, joins = _joined(clips, bounds, seconds, owner)
    motion = _set_on_floor(stream, fps)
    source = np.concatenate([clip.at(seconds[owner == number]) for number, clip in enumerate(clips)])
    flags = np.concatenate([clip.repairs(seconds[owner == number]) for number, clip in enumerate(clips)])
    for join, reach in joins:
        flags[np.abs(seconds - join) < reach] |= np.uint8(Repair.JOIN)
    return Rendered(motion, owner, source, flags, tuple(float((join - start_seconds) * fps) for join, _ in joins))


class _Clip:
    """A placed unit as a function of the song's time; it can be asked beyond its own bounds."""

    def __init__(self, placed: Placement, take: Take, beats: np.ndarray) -> None:
        self.placed, self.take, self.beats = placed, take, beats

    def at(self, seconds: np.ndarray) -> np.ndarray:
        """Seconds of the song to seconds of the take."""
        return self.placed.unit.seconds(phase.on_grid(seconds, self.beats) - self.placed.beat)

    def repairs(self, seconds: np.ndarray) -> np.ndarray:
        frames = np.clip(np.round(self.at(seconds) * self.take.fps).astype(int), 0, len(self.take) - 1)
        unit = self.placed.unit
        flag = Repair.HELD if unit.start_seconds == unit.end_seconds else Repair.STRETCHED if not unit.in_tempo else 0
        return (self.take.repairs[frames] | flag).astype(np.uint8)

    def pose(self, seconds: np.ndarray) -> np.ndarray:
        pose = _led_on(self.take.play.pose, self.at(seconds) * self.take.fps)
        return pose / np.linalg.norm(pose, axis=-1, keepdims=True)

    def heading(self, seconds: np.ndarray) -> np.ndarray:
        return _led_on(self.take.play.heading, self.at(seconds) * self.take.fps)

    def stance(self, seconds: np.ndarray) -> np.ndarray:
        return np.maximum(sample(self.take.play.stance, self.at(seconds) * self.take.fps), 1e-9)

    def slip(self, seconds: np.ndarray) -> np.ndarray:
        step = 1e-3
        pace = (self.at(seconds + step) - self.at(seconds - step)) / (2 * step)
        return sample(self.take.play.slip, self.at(seconds) * self.take.fps) * pace[:, None, None]

    def leads_to(self, other: _Clip) -> bool:
        """Whether the other goes on where this one ends, in the same take and at the same pace."""
        here, there = self.placed.unit, other.placed.unit
        paces = [(unit.end_seconds - unit.start_seconds) / unit.beats for unit in (here, there)]
        return (
            here.take == there.take
            and abs(here.end_seconds - there.start_seconds) < _CONTIGUOUS_SECONDS
            and abs(paces[0] - paces[1]) <= _SAME_PACE * max(paces)
        )


def _led_on(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """`sample`, but just beyond a take's ends it goes on as it went: what moves there until the end is not still."""
    past = np.clip(places - np.clip(places, 0, len(values) - 1), -_PAST_FRAMES, _PAST_FRAMES)
    past = past.reshape(-1, *(1,) * (values.ndim - 1))
    return (
        sample(values, places)
        + np.clip(past, None, 0) * (values[1] - values[0])
        + np.clip(past, 0, None) * (values[-1] - values[-2])
    )


def _joined(
    clips: Sequence[_Clip], bounds: np.ndarray, seconds: np.ndarray, owner: np.ndarray
) -> tuple[_Stream, list[tuple[float, float]]]:
    """All clips as one stream, led into one another, and the joins with their reach in seconds."""
    parts = [seconds[owner == number] for number in range(len(clips))]
    pose = np.concatenate([clip.pose(part) for clip, part in zip(clips, parts, strict=True)])
    slip = np.concatenate([clip.slip(part) for clip, part in zip(clips, parts, strict=True)])
    stands = np.concatenate([clip.stance(part) for clip, part in zip(clips, parts, strict=True)])
    turned, headings = 0.0, []
    joins = []
    for number, (clip, part) in enumerate(zip(clips, parts, strict=True)):
        headings.append(clip.heading(part) + turned)
        if number + 1 < len(clips):
            here = bounds[number + 1 : number + 2]
            turned += float((clip.heading(here) - clips[number + 1].heading(here))[0])
    heading = np.concatenate(headings)
    for number in range(len(clips) - 1):
        before, after, join = clips[number], clips[number + 1], float(bounds[number + 1])
        if before.leads_to(after):
            continue
        shorter = min(join - bounds[number], bounds[number + 2] - join)
        reach = min(JOIN_SECONDS, float(shorter) / 2)
        joins.append((join, reach))
        near = np.flatnonzero(np.abs(seconds - join) < reach)
        weights = _Decay.at(before, after, join, seconds[near], reach)
        pose[near] = rotations.multiply(pose[near], rotations.from_vector(weights.pose))
        heading[near] += weights.heading
        mixed = np.flatnonzero(np.abs(seconds - join) < _MIX_SECONDS)
        _mix(slip, stands, mixed, (before, after), seconds, join)
    return _Stream(rotations.continuous(pose), heading, slip, stands), joins


@dataclass(frozen=True, eq=False)
class _Decay:
    """What is added to frames near a join: rotation vectors (F, 22, 3) and heading (F,)."""

    pose: np.ndarray
    heading: np.ndarray

    @classmethod
    def at(cls, before: _Clip, after: _Clip, join: float, seconds: np.ndarray, reach: float) -> _Decay:
        step = 0.02
        around = join + np.array([-step, 0.0, step])
        between = rotations.multiply(rotations.inverse(before.pose(around)), after.pose(around))
        # The shorter way at the join itself; a moment before and after it, the same way, even past half a circle.
        between *= np.sign(between[1, ..., :1]) + (between[1, ..., :1] == 0)
        between *= np.where(np.sum(between * between[1], axis=-1, keepdims=True) < 0, -1.0, 1.0)
        apart = rotations.to_vector(between, shorter=False)
        turn = after.heading(around) - before.heading(around)
        away = np.abs(seconds - join) / reach
        side = np.where(seconds < join, 1.0, -1.0)
        columns = []
        for values in (apart.reshape(3, -1), (turn - turn[1]).reshape(3, -1)):
            rate, bend = (values[2] - values[0]) / (2 * step), (values[2] - 2 * values[1] + values[0]) / step**2
            # Seen from the join outwards, time runs backwards on the near side.
            value = _quintic(away, values[1], -side[:, None] * rate * reach, bend * reach**2)
            columns.append(side[:, None] * value / 2)
        return cls(columns[0].reshape(len(seconds), *apart.shape[1:]), columns[1][:, 0])


def _quintic(t: np.ndarray, value: np.ndarray, rate: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """From a value with its first and second derivative at t = 0 to rest at t = 1: (F,) and (C,) or (F, C) to (F, C)."""
    t = t[:, None]
    k3 = -10 * value - 6 * rate - 1.5 * bend
    k4 = 15 * value + 8 * rate + 1.5 * bend
    k5 = -6 * value - 3 * rate - 0.5 * bend
    return value + rate * t + bend / 2 * t**2 + k3 * t**3 + k4 * t**4 + k5 * t**5


def _mix(
    slip: np.ndarray,
    stands: np.ndarray,
    frames: np.ndarray,
    clips: tuple[_Clip, _Clip],
    seconds: np.ndarray,
    join: float,
) -> None:
    """Near a join, what the feet do is faded from one clip to the other, in place."""
    before, after = clips
    t = np.clip((seconds[frames] - join) / (2 * _MIX_SECONDS) + 0.5, 0, 1)
    fade = t * t * (3 - 2 * t)
    at = seconds[frames]
    slip[frames] = before.slip(at) * (1 - fade)[:, None, None] + after.slip(at) * fade[:, None, None]
    stands[frames] = before.stance(at) * (1 - fade)[:, None] + after.stance(at) * fade[:, None]


def _set_on_floor(stream: _Stream, fps: float) -> Motion:
    """The dancer on the stage: the lowest foot on the floor, standing feet where they stand."""
    rest = kinematics.forward(DANCER, stream.pose, np.zeros((len(stream.pose), 3)))
    height = -smooth(kinematics.floor_height(DANCER, rest), _HEIGHT_SECONDS * fps)
    share = smooth(stream.stance / stream.stance.sum(axis=1, keepdims=True), _WEIGHT_SECONDS * fps)
    weights = (share[1:] + share[:-1]) / 2
    slip = (stream.slip[1:] + stream.slip[:-1]) / 2 / fps
    way = staging.Way(rest[:, FEET][..., [0, 2]], stream.heading, slip, weights)
    heading, path = staging.on_stage(way, fps)
    root = np.stack([path[:, 0], height, path[:, 1]], axis=1)
    wxyz = stream.pose.copy()
    wxyz[:, 0] = rotations.multiply(rotations.about("y", heading), wxyz[:, 0])
    positions = kinematics.forward(DANCER, wxyz, root)
    return Motion(DANCER, rotations.continuous(wxyz), root, fps, kinematics.contacts(DANCER, positions, fps))
