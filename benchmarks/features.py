"""Features of clips, all at once, against a frame and a joint at a time as reference codes are written; and all of realism.

The plain versions (plain/features.py) must give the same numbers. Dances are made by code, a person who turns all her joints
by sums of sines: what is danced does not change the speed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from ballo.errors import BalloError
from ballo.evaluation.danced import Danced
from ballo.evaluation.measures import realism
from ballo.evaluation.measures.measure import TooFew
from ballo.evaluation.songs import Staged
from ballo.metrics.geometric import geometric_features
from ballo.metrics.kinetic import kinetic_features
from ballo.metrics.paper.frechet import bailando
from ballo.metrics.paper.joints import smpl_joints
from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER
from benchmarks import timing
from benchmarks.plain import features as plain
from benchmarks.table import Row, Settings, at_least

FPS = 25.0
SONGS, SEEDS, FRAMES = 60, 5, 1_400
QUICK_SONGS, QUICK_SEEDS = 20, 2
CLIP_FRAMES, CLIPS, QUICK_CLIPS = 120, 24, 4
DANCE_FRAMES, QUICK_DANCE_FRAMES = 1_200, 300
TARGET_GAIN = 20.0
SAME = 1e-6

Measured = Callable[[np.ndarray], np.ndarray]


def run(settings: Settings) -> list[Row]:
    quick = settings.quick
    clips = _dance(0, CLIP_FRAMES * (QUICK_CLIPS if quick else CLIPS)).reshape(-1, CLIP_FRAMES, len(DANCER), 3)
    dance = smpl_joints(DANCER, _dance(1, QUICK_DANCE_FRAMES if quick else DANCE_FRAMES))
    dance -= dance[:1, :1]
    return [
        _beside_plain(settings, f"features of {len(clips)} clips of 4.8 s", clips, _sound, _plain_sound),
        _beside_plain(settings, f"the published ones of a dance of {len(dance)} frames", dance, _published, _plain_published),
        _realism(quick),
    ]


def _beside_plain(settings: Settings, work: str, movement: np.ndarray, ours: Measured, loops: Measured) -> Row:
    if not np.allclose(ours(movement), loops(movement), rtol=SAME, atol=SAME):
        raise BalloError(f"{work}: the plain version has other numbers")
    contestants = {
        "ballo": lambda: timing.seconds_of(lambda: ours(movement)),
        "plain": lambda: timing.seconds_of(lambda: loops(movement)),
    }
    measured = timing.in_turns(contestants, settings.rounds(3))
    gained = timing.gain(measured["ballo"], measured["plain"])
    numbers = ours(movement).shape[-1]
    return Row(
        work,
        "ms",
        1000 * median(measured["ballo"]),
        1000 * median(measured["plain"]),
        gained,
        None if settings.quick else at_least(TARGET_GAIN, "x plain", gained),
        f"{numbers} numbers each, kinetic and geometric. Plain: loops over frames and joints; same numbers to {SAME:g}.",
    )


def _realism(quick: bool) -> Row:
    """The whole family, sound and published, from positions."""
    songs, seeds = (QUICK_SONGS, QUICK_SEEDS) if quick else (SONGS, SEEDS)
    dances = [_dance(10 + song, FRAMES).astype(np.float32) for song in range(songs)]
    danced = []
    for song, real in enumerate(dances):
        staged = Staged(
            str(song), "waltz", DANCER, FPS, real, np.ones(FRAMES, dtype=bool), np.zeros(0), None, Path(f"{song}.wav")
        )
        danced.append(Danced(staged, tuple(dances[(song + seed + 1) % songs] for seed in range(seeds))))

    def measured() -> None:
        for measure in realism.MEASURES:
            assert measure.of_songs is not None
            try:
                measure.of_songs(danced)
            except TooFew as error:
                raise BalloError(f"{measure.name}: {error}") from None

    seconds = timing.seconds_of(measured)
    return Row(
        f"all {len(realism.MEASURES)} measures of realism of {songs} songs, {seeds} seeds",
        "s",
        seconds,
        remark=f"{FRAMES} frames a dance; without intervals. Run once.",
    )


def _sound(clips: np.ndarray) -> np.ndarray:
    return np.concatenate([kinetic_features(clips, FPS), geometric_features(DANCER, clips, FPS)], axis=1)


def _plain_sound(clips: np.ndarray) -> np.ndarray:
    return np.stack([np.concatenate([plain.sound_kinetic(clip), plain.sound_geometric(clip)]) for clip in clips])


def _published(dance: np.ndarray) -> np.ndarray:
    found = bailando(dance)
    return np.concatenate([found.kinetic, found.geometric])


def _plain_published(dance: np.ndarray) -> np.ndarray:
    return np.concatenate([plain.published_kinetic(dance), plain.published_geometric(dance)])


def _dance(seed: int, frames: int) -> np.ndarray:
    """(T, 22, 3) metres: each joint turns about each axis by three sines, and the root wanders."""
    random = np.random.default_rng(seed)
    seconds = np.arange(frames)[:, None, None] / FPS
    pace, phase = random.uniform(0.5, 8, size=(3, len(DANCER), 3)), random.uniform(0, 2 * np.pi, size=(3, len(DANCER), 3))
    turns = 0.25 * sum(np.sin(pace[k] * seconds + phase[k]) for k in range(3))
    wxyz = np.zeros((frames, len(DANCER), 4))
    wxyz[..., 0] = 1.0
    for axis, name in enumerate("xyz"):
        wxyz = rotations.multiply(wxyz, rotations.about(name, turns[..., axis]))
    root = np.stack([np.sin(0.3 * seconds[:, 0, 0] + k) for k in range(3)], axis=1)
    return kinematics.forward(DANCER, wxyz, root)
