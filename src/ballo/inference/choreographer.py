"""A song in, a Motion out: music is decoded, heard and danced in chunks, so that its length costs no memory but the dance's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ballo.errors import BalloError, BundleError
from ballo.inference import bundle as bundles
from ballo.inference import standing
from ballo.inference.bundle import Bundle, Hearing
from ballo.inference.noise import NoiseStream
from ballo.inference.style import for_song
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.music.audio import Song, open_song
from ballo.version import VERSION

if TYPE_CHECKING:
    import onnxruntime

CHUNK_SECONDS = 10.0

THREADS = 1
"""Of the graph. A recurrent cell takes its steps one after another, so a second thread waits much, by spinning. Three minutes
of song take 0.9 s of processor time on one thread and 1.4 to 1.9 s on two: as quick on idle cores, half as quick on busy
ones."""

SILENCE_PEAK = 1e-3
"""Music that never gets louder than this (60 dB under full scale) is silence."""


def dance(
    song: str | Path,
    *,
    style: str | None = None,
    seed: int = 0,
    model: str | Path | None = None,
    start: float = 0.0,
    duration: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Motion:
    """Dance to a song.

    Args:
        song: any file that PyAV decodes sound from.
        style: one of the bundle's styles; by default the one that suits the song's metre and tempo.
        seed: another seed is another dance.
        model: a bundle's path, or a shipped one's name.
        start: seconds into the file at which the music starts.
        duration: seconds of music at most; all of it by default.
        progress: called with the seconds of music danced so far.

    Returns:
        A motion exactly as long as the music: ceil(seconds x fps) frames.

    Raises:
        AudioError: the song cannot be opened or decoded, or start or duration do not fit it.
        BundleError: the bundle cannot be read.
        BalloError: the bundle has no such style, or the seed is no whole number from 0 on.
    """
    chosen = open_song(song, start_seconds=start, duration_seconds=duration)
    choreographer = Choreographer.load(model)
    choreographer.check(style, seed)
    suited = style or for_song(choreographer.manifest.styles, chosen).style
    return choreographer.dance(chosen, style=suited, seed=seed, progress=progress)


@dataclass(frozen=True)
class Chunk:
    """A stretch of dance in the dancer's heading frame: pose (T, J, 3) metres, travel (T, 3)."""

    pose: np.ndarray
    travel: np.ndarray


class Choreographer:
    """A bundle, ready to dance."""

    def __init__(self, bundle: Bundle) -> None:
        self.manifest, self.sha256 = bundle.manifest, bundle.sha256
        self._session = _session(bundle)

    @classmethod
    def load(cls, model: str | Path | None = None) -> Choreographer:
        """The choreographer of a bundle, by path or shipped name (BundleError if it cannot be read)."""
        return cls(bundles.read(bundles.find(model)))

    def style_number(self, style: str | None) -> int:
        """The number of a style, the first for None. Raises BalloError, naming the styles there are."""
        styles = self.manifest.styles
        if style is None:
            return 0
        if style not in styles:
            raise BalloError(f"{self.manifest.name} dances no {style!r}: choose among {', '.join(styles)}")
        return styles.index(style)

    def check(self, style: str | None, seed: int) -> None:
        """Refuse what no song could be danced with (BalloError): an unknown style, a seed that is no whole number from 0 on."""
        self.style_number(style)
        if not (isinstance(seed, Integral) and seed >= 0):
            raise BalloError(f"a seed is a whole number from 0 on, not {seed}")

    def dance(
        self,
        song: Song,
        *,
        style: str | None = None,
        seed: int = 0,
        progress: Callable[[float], None] | None = None,
        chunk_seconds: float = CHUNK_SECONDS,
    ) -> Motion:
        """Dance to a song; see the function `dance`. `chunk_seconds` changes nothing but memory."""
        self.check(style, seed)
        number, fps = self.style_number(style), self.manifest.fps
        danced, frames = _Danced(), 0
        for chunk in self._chunks(song, number, seed, max(1, round(chunk_seconds * fps))):
            danced.add(self.manifest.skeleton, chunk)
            frames += len(chunk.pose)
            if progress is not None:
                progress(frames / fps)
        assert song.seconds is not None, "a whole pass over a song tells its length"
        frames = math.ceil(song.seconds * _exact(fps))
        meta = self._meta(song, self.manifest.styles[number], seed)
        if meta["silent"]:
            return standing.breathe(self.manifest.skeleton, frames, fps, meta)
        return danced.motion(self.manifest.skeleton, frames, fps, meta)

    def _chunks(self, song: Song, style: int, seed: int, frames: int) -> Iterator[Chunk]:
        """The dance in chunks of `frames`, the last as long as is left."""
        hearing = self.manifest.hearing
        noise = NoiseStream(seed, hearing.noise_size, hearing.noise_seconds, self.manifest.fps)
        states = {name: np.zeros(shape, np.float32) for name, shape in hearing.state_shapes.items()}
        for blocks in _with_context(song.blocks(hearing.rate, hearing.samples_per_block), hearing, frames):
            taken = noise.take(len(blocks) - hearing.context_blocks)
            inputs = {"blocks": blocks[None], "noise": taken[None], "style": np.array([style])}
            pose, travel, *after = self._session.run(None, inputs | states)
            states = dict(zip(states, after, strict=True))
            yield Chunk(pose[0], travel[0])

    def _meta(self, song: Song, style: str, seed: int) -> dict[str, Any]:
        return {
            "song": song.path.name,
            "song_sha256": song.sha256,
            "start_seconds": float(song.start_seconds),
            "model": self.manifest.name,
            "model_sha256": self.sha256,
            "style": style,
            "seed": int(seed),
            "version": VERSION,
            "seconds": float(song.seconds or 0),
            "truncated": song.truncated,
            "silent": song.peak <= SILENCE_PEAK,
        }


class _Danced:
    """A dance as it grows: rotations, root and positions of what has been set into the world so far.

    All that takes more room than these is done chunk by chunk: the matrices of an hour of dance would fill half a gigabyte.
    """

    def __init__(self) -> None:
        self._rotations: list[np.ndarray] = []
        self._root: list[np.ndarray] = []
        self._positions: list[np.ndarray] = []
        self._stands: tuple[np.ndarray, float] = (np.zeros(2), 0.0)

    def add(self, skeleton: Skeleton, chunk: Chunk) -> None:
        """Set the next chunk where the last one ended."""
        world, xz, heading = kinematics.place(chunk.pose, chunk.travel, *self._stands)
        self._stands = (xz, heading)
        solved = kinematics.solve(skeleton, world).astype(np.float32)
        before = [part[-1:] for part in self._rotations[-1:]]
        local = rotations.continuous(np.concatenate([*before, solved]))[len(before) :].astype(np.float32)
        root = world[:, 0].astype(np.float32)
        self._rotations.append(local)
        self._root.append(root)
        self._positions.append(kinematics.forward(skeleton, local, root))

    def motion(self, skeleton: Skeleton, frames: int, fps: float, meta: dict[str, Any]) -> Motion:
        """The first `frames` of it."""
        local, root, positions = (np.concatenate(parts)[:frames] for parts in (self._rotations, self._root, self._positions))
        return Motion(skeleton, local, root, fps, kinematics.contacts(skeleton, positions, fps), meta)


def _with_context(music: Iterator[np.ndarray], hearing: Hearing, frames: int) -> Iterator[np.ndarray]:
    """Blocks of a frame's samples each, in runs of `frames` + context that overlap by the context.

    Before the music and after it there is silence; the last run is shorter.
    """
    silence = np.zeros((1, hearing.samples_per_block), np.float32)
    held = [silence[0]] * hearing.blocks_before
    wanted = frames + hearing.context_blocks
    # One silent block more: a resampler may round the music's end down by a sample, to a frame less than it lasts.
    for block in chain(music, silence):
        missing = hearing.samples_per_block - len(block)
        held.append(np.pad(block, (0, missing)) if missing else block)
        if len(held) == wanted:
            yield np.stack(held)
            held = held[frames:]
    # What is held still has its own frames to dance, and the context after them.
    while len(held) > hearing.blocks_before:
        own = min(frames, len(held) - hearing.blocks_before)
        heard = np.stack(held)[: own + hearing.context_blocks]
        yield np.concatenate([heard, silence.repeat(own + hearing.context_blocks - len(heard), axis=0)])
        held = held[own:]


def _exact(fps: float) -> Fraction:
    """A frame rate as the fraction that was meant, so that lengths round as they should."""
    return Fraction(fps).limit_denominator(1001)


def _session(bundle: Bundle) -> onnxruntime.InferenceSession:
    """The graph, ready to run (BundleError if it is none, or takes something else than the manifest says)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = THREADS
    try:
        session = onnxruntime.InferenceSession(bundle.graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no base class
        raise BundleError(f"the graph in the bundle {bundle.manifest.name} cannot be loaded: get it again") from error
    taken = {graph_input.name for graph_input in session.get_inputs()}
    if taken != {"blocks", "noise", "style", *bundle.manifest.hearing.state_shapes}:
        raise BundleError(f"the graph in the bundle {bundle.manifest.name} is not the one it describes: get it again")
    return session
