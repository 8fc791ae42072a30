"""Which style clips look danced in, and how often that is the style that was asked for.

The classifier learnt on real dances (`ballo train style`) and runs from its ONNX file, without PyTorch. It judges movement
alone: neither where somebody dances and faces, nor a body's size, nor a pose that is held changes what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ballo.errors import DataError
from ballo.metrics.resampling import resample

SHIPPED = Path(__file__).parent / "style.onnx"
FORMAT = "ballo style classifier"
INPUT = "positions"
_BATCH = 64


@dataclass(frozen=True, eq=False)
class StyleAccuracy:
    """How often the style that was asked for is the likeliest.

    Args:
        accuracy: share of the clips, 0 to 1; nan without any.
        confusion: (C, C) clips by the style asked for (rows) and the likeliest (columns).
        clips: how many.
    """

    accuracy: float
    confusion: np.ndarray
    clips: int

    @property
    def by_style(self) -> np.ndarray:
        """(C,) the accuracy of each style asked for; nan where none was."""
        asked = self.confusion.sum(axis=1)
        return np.where(asked > 0, np.diagonal(self.confusion) / np.maximum(asked, 1), np.nan)

    @property
    def mean_over_styles(self) -> float:
        """The mean of those that there are: one class for everything is 1 / C of it, however many clips each style has."""
        found = self.by_style[np.isfinite(self.by_style)]
        return float(found.mean()) if len(found) else float("nan")


@dataclass(frozen=True, eq=False)
class StyleClassifier:
    """A classifier of clips of one length, made by `load`.

    Args:
        classes: the styles it knows, in the order of its probabilities.
        fps: frames a second that it judges at; clips of any other rate are resampled.
        frames: how many of them a clip has.
        joint_names: the joints it knows, in their order.
        about: what its file says besides: on what it was trained, and how well it does.
    """

    classes: tuple[str, ...]
    fps: float
    frames: int
    joint_names: tuple[str, ...]
    about: Mapping[str, Any]
    session: Any

    @property
    def seconds(self) -> float:
        """How long a clip lasts."""
        return self.frames / self.fps

    @classmethod
    def load(cls, path: Path | None = None) -> StyleClassifier:
        """A classifier from a file that `ballo pack` wrote; the shipped one by default.

        Raises:
            DataError: there is no such file, or it is something else.
        """
        file = path or SHIPPED
        try:
            session = _session(file.read_bytes())
            said = {key: json.loads(text) for key, text in session.get_modelmeta().custom_metadata_map.items()}
            if said.pop("format") != FORMAT:
                raise ValueError("another format")
            known = (
                tuple(said.pop("classes")),
                float(said.pop("fps")),
                int(said.pop("frames")),
                tuple(said.pop("joint_names")),
            )
        except OSError as error:
            raise DataError(f"no style classifier {file}: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{file} is no style classifier: make one with `ballo train style` and `ballo pack`") from error
        return cls(*known, about=said, session=session)

    def probabilities(self, clips: np.ndarray, fps: float, joint_names: Sequence[str] | None = None) -> np.ndarray:
        """How likely each style is.

        Args:
            clips: (B, T, J, 3) joint positions in the world, Y up; in metres or any other unit.
            fps: theirs; T of them must last as long as the clips that it was trained on, to half a frame of its own.
            joint_names: theirs, where the caller knows them.

        Returns:
            (B, C), rows that sum to one.

        Raises:
            ValueError: other joints, another length, or numbers that are not finite.
        """
        self._check(clips, fps, joint_names)
        parts = [clips[first : first + _BATCH] for first in range(0, len(clips), _BATCH)]
        found = [self.session.run(None, {INPUT: _resampled(part, fps, self.frames, self.fps)})[0] for part in parts]
        return np.concatenate([np.zeros((0, len(self.classes))), *found]).astype(np.float64)

    def _check(self, clips: np.ndarray, fps: float, joint_names: Sequence[str] | None) -> None:
        joints = len(self.joint_names)
        if clips.ndim != 4 or clips.shape[-1] != 3:
            raise ValueError(f"clips are (B, T, J, 3), not {clips.shape}")
        if clips.shape[2] != joints or (joint_names is not None and tuple(joint_names) != self.joint_names):
            raise ValueError(f"the style classifier judges the {joints} joints {', '.join(self.joint_names)}, and no others")
        if not (np.isfinite(fps) and fps > 0 and abs(clips.shape[1] / fps - self.seconds) <= 0.5 / self.fps + 1e-9):
            raise ValueError(
                f"the style classifier judges clips of {self.seconds:g} s, not {clips.shape[1]} frames at {fps:g} fps"
            )
        if not np.isfinite(clips).all():
            raise ValueError("clips hold numbers that are not finite")


def style_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> StyleAccuracy:
    """Sum up what `StyleClassifier.probabilities` gives.

    Args:
        probabilities: (B, C).
        labels: (B,) whole numbers, the styles asked for.

    Raises:
        ValueError: other shapes, or a label that is no style.
    """
    labels = np.asarray(labels)
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise ValueError(f"probabilities are (B, C) and labels (B,), not {probabilities.shape} and {labels.shape}")
    styles = probabilities.shape[1]
    if len(labels) and not (np.issubdtype(labels.dtype, np.integer) and labels.min() >= 0 and labels.max() < styles):
        raise ValueError(f"labels are whole numbers from 0 to {styles - 1}")
    confusion = np.zeros((styles, styles), dtype=np.int64)
    if len(labels):
        np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    return summed(confusion)


def summed(confusion: np.ndarray) -> StyleAccuracy:
    """The accuracy in a confusion matrix (C, C); those of several lots of clips add up."""
    clips = int(confusion.sum())
    return StyleAccuracy(float(np.trace(confusion)) / clips if clips else float("nan"), confusion, clips)


def _resampled(clips: np.ndarray, fps: float, frames: int, wanted: float) -> np.ndarray:
    """(B, frames, J, 3) float32 at another rate; what a lower one leaves open of the last frame is as the frame before."""
    by_time = resample(np.moveaxis(clips, 1, 0), fps, wanted)[:frames]
    missing = frames - len(by_time)
    whole = np.concatenate([by_time, np.repeat(by_time[-1:], missing, axis=0)]) if missing else by_time
    return np.ascontiguousarray(np.moveaxis(whole, 0, 1), dtype=np.float32)


def _session(graph: bytes) -> Any:
    """An onnxruntime session (ValueError for anything else than a graph)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no base class
        raise ValueError(str(error)) from error
