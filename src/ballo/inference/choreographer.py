"""A bundle, ready to dance: a song in, a Motion out; or no song at all, with a model that needs none.

Music is decoded, heard and danced in chunks, so that its length costs no memory but the dance's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ballo.errors import BalloError, BundleError
from ballo.inference import bundle as bundles
from ballo.inference import dancer, standing
from ballo.inference.bundle import MUSIC, POSES, SEQUENCES, Bundle
from ballo.inference.cleanup import clean
from ballo.inference.cleanup_steps import CleanupConfig
from ballo.inference.hearing import BeatClock, with_context
from ballo.inference.noise import NoiseStream
from ballo.inference.placing import Chunk, Danced
from ballo.inference.style import for_song
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
    raw: bool = False,
    in_place: bool = False,
    bounds: tuple[float, float] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Motion:
    """Dance to a song, and clean the dance up (see `cleanup`).

    Args:
        song: any file that PyAV decodes sound from.
        style: one of the bundle's styles; by default the one that suits the song's metre and tempo.
        seed: another seed is another dance.
        model: a bundle's path, or a shipped one's name.
        start: seconds into the file at which the music starts.
        duration: seconds of music at most; all of it by default.
        raw: leave out the cleanup: the model's own output.
        in_place: stay on the spot; only sway is left.
        bounds: width and depth in metres of a stage to stay on.
        progress: called with the seconds of music danced so far.

    Returns:
        A motion exactly as long as the music: ceil(seconds x fps) frames.

    Raises:
        AudioError: the song cannot be opened or decoded, or start or duration do not fit it.
        BundleError: the bundle cannot be read.
        BalloError: the bundle has no such style, or the seed is no whole number from 0 on; no stage is so small, or there is
            none with `raw` or `in_place`.
    """
    if raw + in_place + (bounds is not None) > 1:
        raise BalloError("raw, in_place and bounds contradict one another: give one of them")
    settings = CleanupConfig(in_place=in_place, bounds=bounds)
    chosen = open_song(song, start_seconds=start, duration_seconds=duration)
    choreographer = Choreographer.load(model)
    choreographer.check(style, seed)
    suited = style or for_song(choreographer.manifest.styles, chosen).style
    motion = choreographer.dance(chosen, style=suited, seed=seed, progress=progress)
    return motion if raw or motion.meta["silent"] else clean(motion, settings)


HOW = {
    MUSIC: "dances to songs: give it one",
    SEQUENCES: "dances without music: give it no song, but a --duration",
    POSES: "draws figures, and dances none: give it --poses and no song",
}
"""What to do with a model of each kind."""


class Choreographer:
    """A bundle, ready to dance; a `dancer.Dancer` if it is one of music."""

    def __init__(self, bundle: Bundle) -> None:
        self.manifest, self.sha256 = bundle.manifest, bundle.sha256
        self._session = _session(bundle)

    @classmethod
    def load(cls, model: str | Path | None = None, kind: str = MUSIC) -> Choreographer:
        """The choreographer of a bundle, by path or shipped name; of the default one of a kind if no model is named.

        Raises:
            BundleError: it cannot be read.
        """
        return cls(bundles.read(bundles.find(model, kind)))

    @property
    def name(self) -> str:
        """What people call it."""
        return self.manifest.name

    @property
    def styles(self) -> tuple[str, ...]:
        """What it can dance."""
        return self.manifest.styles

    @property
    def fps(self) -> float:
        """Frames a second of its dances."""
        return self.manifest.fps

    @property
    def skeleton(self) -> Skeleton:
        """Whose joints it moves."""
        return self.manifest.skeleton

    def check(self, style: str | None, seed: int, kind: str = MUSIC) -> None:
        """Refuse what it could not do in the end (BalloError): another kind of work, style or seed than there is."""
        if self.manifest.kind != kind:
            raise BalloError(f"{self.name} {HOW[self.manifest.kind]}")
        dancer.check(self, style, seed)

    def style_number(self, style: str | None) -> int:
        """The number of a style, the first for None. Raises BalloError, naming the styles there are."""
        dancer.check(self, style, 0)
        return 0 if style is None else self.styles.index(style)

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
        self.check(style, seed, MUSIC)
        number = self.style_number(style)
        danced = self._danced(self._chunks(song, number, seed, self._frames(chunk_seconds)), progress)
        assert song.seconds is not None, "a whole pass over a song tells its length"
        frames = math.ceil(song.seconds * _exact(self.fps))
        meta = self._heard(song) | self._meta(number, seed)
        if meta["silent"]:
            return standing.breathe(self.skeleton, frames, self.fps, meta)
        return danced.motion(self.skeleton, frames, self.fps, meta)

    def freestyle(
        self,
        seconds: float,
        *,
        style: str | None = None,
        seed: int = 0,
        progress: Callable[[float], None] | None = None,
        chunk_seconds: float = CHUNK_SECONDS,
    ) -> Motion:
        """Dance without music, for ceil(seconds x fps) frames; its meta names no song.

        Args:
            seconds: any length above 0.
            style, seed, progress: as for a song.
            chunk_seconds: changes nothing but memory.

        Raises:
            BalloError: the bundle is none of sequences, or has no such style; the seed or the length is no such number.
        """
        self.check(style, seed, SEQUENCES)
        if not 0 < seconds < math.inf:
            raise BalloError(f"the duration is {seconds:g} s: give more than 0")
        number, frames = self.style_number(style), math.ceil(Fraction(str(seconds)) * _exact(self.fps))
        danced = self._danced(self._freely(frames, number, seed, self._frames(chunk_seconds)), progress)
        meta = {"song": None, "seconds": float(seconds), "silent": False} | self._meta(number, seed)
        return danced.motion(self.skeleton, frames, self.fps, meta)

    def poses(self, count: int, *, style: str | None = None, seed: int = 0) -> np.ndarray:
        """Figures (count, J, 3) metres, each on its own, as the graph gives them: on the floor, the root over the origin.

        The first of a greater count are those of a smaller one.

        Raises:
            BalloError: the bundle is none of poses, or has no such style; the seed or the count is no such number.
        """
        self.check(style, seed, POSES)
        if count < 1:
            raise BalloError(f"--poses {count}: give the number of figures, from 1 on")
        noise = self._noise(seed).take(count)
        pose, *_ = self._session.run(None, {"noise": noise[None], "style": np.array([self.style_number(style)])})
        figures: np.ndarray = pose[0]
        return figures

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * self.fps))

    def _noise(self, seed: int) -> NoiseStream:
        return NoiseStream(seed, self.manifest.noise.size, self.manifest.noise.seconds, self.fps)

    def _states(self) -> dict[str, np.ndarray]:
        return {name: np.zeros(shape, np.float32) for name, shape in self.manifest.state_shapes.items()}

    def _danced(self, chunks: Iterator[Chunk], progress: Callable[[float], None] | None) -> Danced:
        danced, frames = Danced(), 0
        for chunk in chunks:
            danced.add(self.skeleton, chunk)
            frames += len(chunk.pose)
            if progress is not None:
                progress(frames / self.fps)
        return danced

    def _chunks(self, song: Song, style: int, seed: int, frames: int) -> Iterator[Chunk]:
        """The dance to a song in chunks of `frames`, the last as long as is left."""
        hearing = self.manifest.hearing
        assert hearing is not None, "a model of music hears"
        clock = BeatClock.listening(song, self.fps) if hearing.clock else None
        noise, states, done = self._noise(seed), self._states(), 0
        for blocks in with_context(song.blocks(hearing.rate, hearing.samples_per_block), hearing, frames):
            own = len(blocks) - hearing.context_blocks
            heard = {"blocks": blocks[None]}
            if clock is not None:
                heard["clock"] = clock.at(done, own)[None]
            chunk, states = self._step(heard, noise.take(own), style, states)
            done += own
            yield chunk

    def _freely(self, frames: int, style: int, seed: int, most: int) -> Iterator[Chunk]:
        """A dance of `frames` without music in chunks of at most `most`."""
        noise, states = self._noise(seed), self._states()
        for first in range(0, frames, most):
            chunk, states = self._step({}, noise.take(min(most, frames - first)), style, states)
            yield chunk

    def _step(
        self, heard: dict[str, np.ndarray], noise: np.ndarray, style: int, states: dict[str, np.ndarray]
    ) -> tuple[Chunk, dict[str, np.ndarray]]:
        """One run of the graph, and the states that it leaves."""
        inputs = heard | {"noise": noise[None], "style": np.array([style])} | states
        pose, travel, *after = self._session.run(None, inputs)
        return Chunk(pose[0], travel[0]), dict(zip(states, after, strict=True))

    def _heard(self, song: Song) -> dict[str, Any]:
        return {
            "song": song.path.name,
            "song_sha256": song.sha256,
            "start_seconds": float(song.start_seconds),
            "seconds": float(song.seconds or 0),
            "truncated": song.truncated,
            "silent": song.peak <= SILENCE_PEAK,
        }

    def _meta(self, style: int, seed: int) -> dict[str, Any]:
        return {
            "model": self.name,
            "model_sha256": self.sha256,
            "style": self.styles[style],
            "seed": int(seed),
            "version": VERSION,
        }


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
    if taken != bundle.manifest.inputs:
        raise BundleError(f"the graph in the bundle {bundle.manifest.name} is not the one it describes: get it again")
    return session
