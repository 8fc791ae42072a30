"""A bundle danced by a straightforward script: python benchmarks/plain/dance.py SONG OUT.npz [--at-once]

The whole song is decoded and held. By default frames are then danced one by one, each with the overlapping stretch of music
that the graph needs around it, the state carried in a loop; with --at-once all of them go through the graph in one call. Model,
noise, placing, rotations and output are ballo's own, so both give ballo's dance.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
import onnxruntime
import soxr

from ballo.inference import bundle
from ballo.inference.bundle import Bundle, Hearing
from ballo.inference.noise import NoiseStream
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.music import clock
from ballo.music.beats import NoBeat, track


def main(song: Path, output: Path, at_once: bool) -> None:
    """Decode, dance, place, save."""
    chosen = bundle.read(bundle.find(None))
    manifest = chosen.manifest
    assert manifest.hearing is not None, "a model of music hears"
    samples, seconds = decode(song, manifest.hearing.rate)
    frames = int(np.ceil(seconds * manifest.fps))
    blocks = framed(samples, manifest.hearing, frames)
    noise = NoiseStream(0, manifest.noise.size, manifest.noise.seconds, manifest.fps).take(frames)
    beats = ticks(song, frames, manifest.fps) if manifest.hearing.clock else None
    pose, travel = run(chosen, blocks, noise, beats, frames if at_once else 1)
    world, _, _ = kinematics.place(pose, travel, np.zeros(2), 0.0)
    Motion.from_positions(manifest.skeleton, world, manifest.fps).save(output)


def decode(song: Path, rate: int) -> tuple[np.ndarray, float]:
    """All of a song as mono samples at `rate`, and how many seconds it lasts."""
    with av.open(str(song)) as container:
        frames = list(container.decode(audio=0))
        native = frames[0].sample_rate
        channels = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    mono = channels.mean(axis=0)
    return soxr.resample(mono, native, rate), len(mono) / native


def framed(samples: np.ndarray, hearing: Hearing, frames: int) -> np.ndarray:
    """The samples in blocks of a frame's, silence before them and after."""
    before = hearing.blocks_before * hearing.samples_per_block
    wanted = (frames + hearing.context_blocks) * hearing.samples_per_block
    after = max(0, wanted - before - len(samples))
    return np.pad(samples, (before, after))[:wanted].reshape(-1, hearing.samples_per_block)


def ticks(song: Path, frames: int, fps: float) -> np.ndarray:
    """The song's clock (T, channels), for a model that takes one."""
    try:
        return clock.clock(track(song), frames, fps)
    except NoBeat:
        return clock.clock(None, frames, fps)


def run(
    chosen: Bundle, blocks: np.ndarray, noise: np.ndarray, beats: np.ndarray | None, frames_a_call: int
) -> tuple[np.ndarray, np.ndarray]:
    """Poses and travel of every frame, so many frames a call."""
    session = onnxruntime.InferenceSession(chosen.graph, providers=["CPUExecutionProvider"])
    hearing = chosen.manifest.hearing
    assert hearing is not None, "a model of music hears"
    states = {name: np.zeros(shape, np.float32) for name, shape in chosen.manifest.state_shapes.items()}
    poses, travels = [], []
    for start in range(0, len(noise), frames_a_call):
        end = start + frames_a_call
        inputs = {
            "blocks": blocks[None, start : end + hearing.context_blocks],
            "noise": noise[None, start:end],
            "style": np.array([0]),
        }
        if beats is not None:
            inputs["clock"] = beats[None, start:end]
        pose, travel, *after = session.run(None, inputs | states)
        states = dict(zip(states, after, strict=True))
        poses.append(pose[0])
        travels.append(travel[0])
    return np.concatenate(poses), np.concatenate(travels)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), "--at-once" in sys.argv[3:])
