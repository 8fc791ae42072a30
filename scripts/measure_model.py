"""Measure a training run song by song, as docs/model-card.md states it: speed, jerk and how far standing feet slide.

    python scripts/measure_model.py RUN [--archive ARCHIVE]

Both the last step's weights and their average over the steps are measured, three seeds each, on the validation songs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ballo.learning import runs, validation
from ballo.learning.batches import clips
from ballo.learning.phases import SAMPLE_RATE
from ballo.metrics import physics
from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton

SEEDS = 3
LOW_METRES = 0.03


def main() -> None:
    """Print a line a song for each of the run's two sets of weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--archive", type=Path)
    arguments = parser.parse_args()
    for averaged in (False, True):
        print("average over the steps" if averaged else "last step")
        _measure(runs.load_music(arguments.run, arguments.archive, averaged))


def _measure(trained: runs.Trained) -> None:
    archive, fps = trained.archive, trained.archive.fps
    for clip in clips(archive, "val", trained.generator, SAMPLE_RATE):
        real, _, _ = kinematics.place(clip.pose, clip.travel, validation.ORIGIN, 0.0)
        dances = [validation.perform(trained.generator, clip, clip.style, seed, fps) for seed in range(SEEDS)]
        speed = np.array([physics.joint_speed(dance, fps).mean() for dance in dances]) / physics.joint_speed(real, fps).mean()
        jerk = np.array([physics.jerk(dance, fps) for dance in dances]) / physics.jerk(real, fps, clip.keep)
        slide = np.mean([_slide(archive.skeleton, dance, fps) for dance in dances])
        print(
            f"  {clip.name:12} {archive.styles[clip.style]:8} speed {speed.min():.2f}-{speed.max():.2f} x"
            f"  jerk {jerk.min():.2f}-{jerk.max():.2f} x"
            f"  slide {slide * 100:.1f} cm/s, real {_slide(archive.skeleton, real, fps) * 100:.1f}"
        )


def _slide(skeleton: Skeleton, positions: np.ndarray, fps: float) -> float:
    """Median horizontal speed, metres a second, of the foot points within 3 cm of the floor."""
    feet = positions[:, [joint for foot in skeleton.foot_joints for joint in foot]]
    speed = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1) * fps
    return float(np.median(speed[feet[1:, :, 1] < LOW_METRES]))


if __name__ == "__main__":
    main()
