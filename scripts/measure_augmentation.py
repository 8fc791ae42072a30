"""Whether music and movement stay in step when training varies them, as docs/training.md states it.

    python scripts/measure_augmentation.py ARCHIVE [--windows 150]

Windows of 10 s are drawn from the train split of a remastered archive, each variation by itself and all together. Per style: R,
how much steps agree on a place in the beat by the window's own clock (`metrics.sync.step_phase`), and how much they agree with
the onsets of the window's own sound, with the lag in beats and the chance of as much by accident (`metrics.sync.onset_phase`).
The control plays the movement faster or slower and leaves the music as it was.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from ballo.dataset.archive import Archive
from ballo.learning.batches import Batch, BatchConfig, Batches
from ballo.learning.clips import BLOCKS, CLOCK, MARGIN
from ballo.learning.shard import Shard
from ballo.metrics import sync
from ballo.motion import kinematics, steps
from ballo.music import clock, onsets

SECONDS, SIZE, SEED = 10.0, 25, 1
EDGE_SECONDS = 0.2
"""Steps so near a window's ends are not told apart from its cut."""

VARIATIONS: dict[str, dict[str, object]] = {
    "plain": {},
    "mirror": {"mirror": True},
    "gain": {"gain_decibels": 6.0},
    "heading": {"heading": True},
    "start phase": {"start_phase": True},
    "stretch 0.1": {"stretch": 0.1},
    "all": {"mirror": True, "gain_decibels": 6.0, "heading": True, "start_phase": True, "stretch": 0.1},
}
CONTROL = "control: stretched movement, music as it was"


def main() -> None:
    """Print a line a variation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--windows", type=int, default=150)
    asked = parser.parse_args()
    archive = Archive.open(asked.archive)
    frames = round(SECONDS * archive.fps)
    plain = BatchConfig(size=SIZE, frames=frames, warm_up_frames=0, mirror=False, gain_decibels=0.0, heading=False)
    batches = Batches(archive, plain, (BLOCKS, CLOCK), np.random.default_rng(SEED), Shard())
    print(f"{'':45}" + "".join(f"{style:>34}" for style in archive.styles))
    stretched = replace(plain, **VARIATIONS["stretch 0.1"])  # type: ignore[arg-type]
    for name, changes in VARIATIONS.items():
        varied = replace(plain, **changes)  # type: ignore[arg-type]
        print(f"{name:45}" + _line(archive, batches, varied, varied, asked.windows), flush=True)
    print(f"{CONTROL:45}" + _line(archive, batches, stretched, plain, asked.windows))


def _line(archive: Archive, batches: Batches, moving: BatchConfig, sounding: BatchConfig, windows: int) -> str:
    """Every style's figures, of windows whose movement is varied one way and whose music another."""
    songs: dict[int, list[sync.Heard]] = {style: [] for style in range(len(archive.styles))}
    moved, heard = (_drawn(batches, config, windows) for config in (moving, sounding))
    for movement, music in zip(moved, heard, strict=True):
        for window, style in enumerate(movement.style.tolist()):
            songs[style].append(_in_song(archive, movement, music, window))
    return "".join(f"{_figures(of_style):>34}" for of_style in songs.values())


def _drawn(batches: Batches, config: BatchConfig, windows: int) -> list[Batch]:
    """The same windows for every config: a batch takes the same chance whatever is varied."""
    batches.config, batches.random = config, np.random.default_rng(SEED)
    return [batches.draw() for _ in range(-(-windows // SIZE))]


def _in_song(archive: Archive, movement: Batch, music: Batch, window: int) -> sync.Heard:
    """A window's steps, beats and onsets, all in seconds of the window."""
    pose, travel = movement.pose[window].numpy(), movement.travel[window].numpy()
    world, _, _ = kinematics.place(pose, travel, np.zeros(2), 0.0)
    seconds = len(pose) / archive.fps
    found = steps.steps(archive.skeleton, world, archive.fps)
    found = found[(found > EDGE_SECONDS) & (found < seconds - EDGE_SECONDS)]
    told = music.music[CLOCK][window].numpy()
    arrived = np.flatnonzero(told[:, clock.ARRIVAL])
    beats = (arrived - MARGIN) / archive.fps - told[arrived, clock.SINCE]
    strength = onsets.regions(onsets.listen([music.music[BLOCKS][window].numpy().reshape(-1)])).mean(axis=1).astype(float)
    return sync.Heard(sync.InSong(found, beats, np.zeros(0)), strength, onsets.FPS, -MARGIN / archive.fps)


def _figures(songs: list[sync.Heard]) -> str:
    phase = sync.step_phase([song.danced for song in songs], draws=1000)
    sound = sync.onset_phase(songs, draws=300)
    return f"R {phase.resultant:.2f}; {sound.resultant:.3f} at {sound.lag_beats:+.2f} p {sound.p_value:.3f}"


if __name__ == "__main__":
    main()
