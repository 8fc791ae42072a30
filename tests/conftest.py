"""What tests of several folders share.

Dances in the true published layout, made by code: a planted performance and everything the publishers did to it. And a toy
bundle, a small graph with no trained weights that dances as a bundle must.
"""

from __future__ import annotations

import json
import math
import signal
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest

from ballo.dataset import archiving, splits
from ballo.dataset.archive import Archive
from ballo.dataset.archiving import Contents, Entry
from ballo.inference import bundle
from ballo.inference.bundle import MUSIC, POSES, SEQUENCES, Hearing, Manifest, Noise
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER
from ballo.music import clock as clock_of_music

FPS = 25.0

# The same examples each time, so that what passed passes again; `pytest --hypothesis-profile explore` looks for new ones.
# How long an example takes only says how busy the machine is.
hypothesis.settings.register_profile("ballo", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile("ballo")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell has what it runs in the background ignore Ctrl-C, and so would every program that a test starts."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def planted_pose(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A smooth dance at fractional frames (F,): local rotations (F, 22, 4) and root positions (F, 3), feet on the floor.

    Thighs stay within 15 degrees of the spine, so that the planted body is the taller one throughout.
    """
    t = np.asarray(frames) / FPS
    wxyz = np.zeros((len(t), len(DANCER), 4))
    wxyz[..., 0] = 1.0

    def turn(joint: str, axis: str, radians: np.ndarray) -> None:
        index = DANCER.index(joint)
        wxyz[:, index] = rotations.multiply(wxyz[:, index], rotations.about(axis, radians))

    turn("pelvis", "y", 0.8 * np.sin(0.7 * t) + 0.3)
    turn("pelvis", "x", 0.05 * np.sin(1.1 * t))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        turn(f"{side}_hip", "x", 0.25 * sign * np.sin(2.0 * t))
        turn(f"{side}_knee", "x", 0.3 + 0.25 * np.sin(2.0 * t + sign))
        turn(f"{side}_shoulder", "z", sign * (-0.6 + 0.4 * np.sin(1.5 * t)))
        turn(f"{side}_elbow", "y", -sign * (0.7 + 0.3 * np.cos(1.3 * t)))
        turn(f"{side}_wrist", "y", -sign * 0.2 * np.sin(1.9 * t))
    root = np.stack([0.5 * np.sin(0.5 * t), np.zeros_like(t), 0.3 * t], axis=1)
    root[:, 1] = -kinematics.floor_height(DANCER, kinematics.forward(DANCER, wxyz, root))
    return wxyz, root


def planted_positions(frames: np.ndarray) -> np.ndarray:
    """(F, 22, 3) metres of the planted dance."""
    return kinematics.forward(DANCER, *planted_pose(frames))


def as_points(positions: np.ndarray) -> np.ndarray:
    """Joints (F, 22, 3) metres to the 23 points of the same person, right-handed metres: the inverse of `dancer.joints_of`."""
    joint = {name: positions[:, index] for index, name in enumerate(DANCER.joint_names)}
    across = joint["left_hip"] - joint["right_hip"]
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    spine = joint["chest"] - (joint["left_hip"] + joint["right_hip"]) / 2
    up = spine - np.sum(spine * across, axis=-1, keepdims=True) * across
    up /= np.linalg.norm(up, axis=-1, keepdims=True)
    elbow, forearm, bone, finger = 0.034, 0.216, 0.230, 0.520
    points = np.empty((len(positions), 23, 3))
    points[:, 0], points[:, 1] = joint["head"] + 0.055 * across, joint["head"] - 0.055 * across
    points[:, 2] = joint["chest"]
    for side, numbers in (("left", (3, 4, 22, 7, 8, 9, 10, 11)), ("right", (12, 13, 15, 16, 17, 18, 19, 20))):
        names = ("shoulder", "elbow", "hand", "hip", "knee", "ankle", "heel", "toe")
        for name, number in zip(names, numbers, strict=True):
            points[:, number] = joint[f"{side}_{name}"]
    points[:, [7, 16]] += 0.0625 * up[:, None]
    # Any forearm and wrist markers that make the wrist the right mean will do; the wrist marker sits on the wrist itself.
    left, right = (
        (joint[f"{side}_wrist"] * (1 - bone) - elbow * joint[f"{side}_elbow"] - finger * joint[f"{side}_hand"]) / forearm
        for side in ("left", "right")
    )
    points[:, 5], points[:, 6] = left, (joint["left_wrist"] + joint["left_hand"]) / 2
    points[:, 21], points[:, 14] = right, (right + joint["right_wrist"]) / 2
    return points


def published_frames(units: Sequence[int] | None, window: int) -> np.ndarray:
    """Where in the window each frame of the second release was taken, clip by clip."""
    if units is None:
        return np.arange(window, dtype=float)
    beat = window / sum(units)
    places: list[float] = []
    start = 0.0
    for beats in units:
        count = math.floor(beats * window / sum(units))
        step = (beats * beat - 1) / (count - 1)
        places += [start + step * frame for frame in range(count)]
        start += beats * beat
    return np.array(places)


def click_samples(
    start_seconds: float, every_seconds: float, count: int, total_seconds: float, rate: int = 16000
) -> np.ndarray:
    """Silence with single-sample clicks of half the full scale."""
    samples = np.zeros(round(total_seconds * rate), dtype=np.float32)
    for click in range(count):
        samples[round((start_seconds + click * every_seconds) * rate)] = 0.5
    return samples


@dataclass(frozen=True)
class Published:
    """A folder in the published layout, to fill with planted dances and to spoil."""

    folder: Path

    def dance(
        self,
        name: str = "DANCE_C_2",
        *,
        start: int = 30,
        window: int = 150,
        units: Sequence[int] | None = (4, 4, 8, 4),
        points: np.ndarray | None = None,
        song: bool = True,
        release: str = "tang2018",
    ) -> Path:
        """One dance: motion, window, script and song (clicks on the dance's every 25th frame)."""
        path = self.folder / release / name
        path.mkdir(parents=True)
        if points is None:
            points = as_points(planted_positions(published_frames(units, window)))
        self.skeletons(path, points)
        (path / "config.json").write_text(json.dumps({"start_position": start, "end_position": start + window}))
        if units is not None:
            self.script(name, units)
        if song:
            seconds = (start + window) / FPS + 6
            self.song(path / "audio.mp3", click_samples(start / FPS, 1.0, window // 25, seconds))
        return path

    def skeletons(self, path: Path, points: np.ndarray) -> None:
        """Points (F, 23, 3) right-handed metres as the publishers wrote them: mirrored centimetres around a centre."""
        mirrored = points * [-100, 100, 100]
        center = (mirrored[:, 7] + mirrored[:, 16]) / 2
        content = {
            "length": len(points),
            "skeletons": np.round(mirrored - center[:, None], 3).tolist(),
            "center": np.round(center, 3).tolist(),
        }
        (path / "skeletons.json").write_text(json.dumps(content))

    def script(self, name: str, units: Sequence[int]) -> None:
        """One more script in choreonet's file of the dance's style."""
        file = self.folder / "choreonet" / "choreography" / f"{name.split('_')[1]}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        tags = [f"{name}-{clip}" for clip in range(len(units))]
        scripts = json.loads(file.read_text()) if file.exists() else []
        file.write_text(json.dumps([*scripts, {"name": name, "movements": tags, "durations": list(units)}]))

    def song(self, path: Path, samples: np.ndarray, rate: int = 16000) -> None:
        """A song; it is a WAV file whatever its name, so that its clicks are where they were put, to the sample."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((samples * 32767).astype("<i2").tobytes())


@pytest.fixture
def published(tmp_path: Path) -> Published:
    """An empty folder in the published layout."""
    folder = tmp_path / "data"
    folder.mkdir()
    return Published(folder)


@pytest.fixture(scope="session")
def planted() -> Callable[[np.ndarray], np.ndarray]:
    """`planted_positions`: what repair should find again."""
    return planted_positions


@pytest.fixture(scope="session")
def planted_points() -> Callable[[np.ndarray], np.ndarray]:
    """The 23 points of the planted dance at fractional frames, right-handed metres."""
    return lambda frames: as_points(planted_positions(frames))


TOY_STYLES = ("march", "jig")
TOY_BEFORE, TOY_AFTER = 3, 2


@pytest.fixture(scope="session")
def toy_graph() -> Callable[..., tuple[Manifest, bytes]]:
    """`make_toy`: a toy bundle's manifest and graph, of any kind and at any frame rate."""
    return make_toy


@pytest.fixture(scope="session")
def toy_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy bundle's file: two styles, march and jig, at 25 frames a second."""
    return bundle.write(tmp_path_factory.mktemp("bundle") / "toy.ballo", *make_toy())


def make_toy(
    fps: float = 25.0, samples_per_block: int = 320, *, kind: str = MUSIC, clock: bool = False
) -> tuple[Manifest, bytes]:
    """A graph that honours the contract of `inference.bundle`, and what describes it.

    A recurrent net of three cells hears how loud the blocks around each frame are, each of the six with a weight of its own,
    and one number of noise. The cells swing the arms, bend the trunk and walk the dancer about, so that a wrong context, a lost
    state or the wrong noise shows; the style raises the hands. With a clock it hears the beats' numbers beside the loudness;
    without music it takes noise alone; and for poses the noise moves each figure's cells by itself.
    """
    from onnx import TensorProto, helper, numpy_helper

    constants = {
        "window": np.array([[[0.5, -1.0, 2.0, 3.0, -1.5, 0.7]]]),
        "beat": np.array([[0.3], [0.5], [0.2], [-0.4], [0.6], [0.8]]),
        "inputs": np.array([[[1.0, 0.4], [-0.6, 0.8], [0.3, -0.9]]]),
        "memory": np.array([[[0.9, -0.2, 0.0], [0.2, 0.9, 0.0], [0.0, 0.1, 0.95]]]),
        "own": np.array([[1.0, -0.6, 0.3], [0.4, 0.8, -0.9]]),
        "moves": _toy_moves(),
        "rest": _toy_rest(),
        "ways": np.array([[0.02, 0.0, 0.03], [0.0, 0.03, -0.02], [0.01, -0.01, 0.05]]),
    }
    shapes = {"flat_bones": [0, 0, len(DANCER), 3]}
    numbers = {"time": [1], "frames_of_noise": [1], "channel": [1], "first": [0], "one": [1], "last": [2]}
    nodes = [
        *(_toy_figures() if kind == POSES else [*_toy_drive(kind, clock), *_toy_cells()]),
        helper.make_node("MatMul", ["swing", "moves"], ["moved"]),
        helper.make_node("Gather", ["rest", "style"], ["styled"]),
        helper.make_node("Unsqueeze", ["styled", "channel"], ["still"]),
        helper.make_node("Add", ["moved", "still"], ["flat"]),
        helper.make_node("Reshape", ["flat", "flat_bones"], ["pose"]),
        helper.make_node("MatMul", ["swing", "ways"], ["travel"]),
    ]
    real, whole = TensorProto.FLOAT, TensorProto.INT64
    initial = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
    initial += [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in (shapes | numbers).items()]
    taken = [("noise", real, ["B", "T", 2]), ("style", whole, ["B"])]
    given = [("pose", real, ["B", "T", len(DANCER), 3]), ("travel", real, ["B", "T", 3])]
    if kind == MUSIC:
        taken.append(("blocks", real, ["B", "N", samples_per_block]))
    if clock:
        taken.append(("clock", real, ["B", "T", clock_of_music.CHANNELS]))
    if kind != POSES:
        taken.append(("cells", real, [1, "B", 3]))
        given.append(("next_cells", real, [1, "B", 3]))
    values = [[helper.make_tensor_value_info(*value) for value in side] for side in (taken, given)]
    graph = helper.make_graph(nodes, "toy", *values, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    context = TOY_BEFORE + TOY_AFTER
    hearing = Hearing(round(samples_per_block * fps), samples_per_block, context, TOY_BEFORE, clock)
    manifest = Manifest(
        "toy",
        kind,
        TOY_STYLES,
        fps,
        DANCER,
        Noise(2, 0.0 if kind == POSES else 0.4),
        hearing if kind == MUSIC else None,
        {} if kind == POSES else {"cells": (1, 1, 3)},
    )
    return manifest, model.SerializeToString()


def _toy_drive(kind: str, clock: bool) -> list[Any]:
    """What moves the cells: (T, B, 2)."""
    from onnx import helper

    if kind == SEQUENCES:
        return [helper.make_node("Transpose", ["noise"], ["drive"], perm=[1, 0, 2])]
    beaten = [
        helper.make_node("MatMul", ["clock", "beat"], ["beats"]),
        helper.make_node("Transpose", ["beats"], ["beats_by_time"], perm=[1, 0, 2]),
        helper.make_node("Add", ["heard", "beats_by_time"], ["heard_and_counted"]),
    ]
    return [
        helper.make_node("Abs", ["blocks"], ["loud"]),
        helper.make_node("ReduceMean", ["loud", "last"], ["energy"], keepdims=0),
        helper.make_node("Unsqueeze", ["energy", "channel"], ["energy_channel"]),
        helper.make_node("Conv", ["energy_channel", "window"], ["around"]),
        helper.make_node("Transpose", ["around"], ["heard"], perm=[2, 0, 1]),
        *(beaten if clock else []),
        helper.make_node("Slice", ["noise", "first", "one", "last"], ["drawn"]),
        helper.make_node("Transpose", ["drawn"], ["chance"], perm=[1, 0, 2]),
        helper.make_node("Concat", ["heard_and_counted" if clock else "heard", "chance"], ["drive"], axis=2),
    ]


def _toy_cells() -> list[Any]:
    """How the cells swing: (B, T, 3)."""
    from onnx import helper

    return [
        helper.make_node("RNN", ["drive", "inputs", "memory", "", "", "cells"], ["swung", "next_cells"], hidden_size=3),
        helper.make_node("Squeeze", ["swung", "one"], ["by_time"]),
        helper.make_node("Transpose", ["by_time"], ["swing"], perm=[1, 0, 2]),
    ]


def _toy_figures() -> list[Any]:
    """The cells of figures, each of its own noise: (B, T, 3)."""
    from onnx import helper

    return [helper.make_node("MatMul", ["noise", "own"], ["reached"]), helper.make_node("Tanh", ["reached"], ["swing"])]


def _toy_moves() -> np.ndarray:
    """(3, J * 3): which way each cell moves each joint. The hips stay, so that the dancer keeps facing +Z."""
    moves = np.zeros((3, len(DANCER), 3))
    arm = ("elbow", "wrist", "hand")
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for reach, part in enumerate(arm, start=1):
            moves[0, DANCER.index(f"{side}_{part}")] = [0.0, 0.08 * reach, 0.05 * sign * reach]
            moves[1, DANCER.index(f"{side}_{part}")] = [0.0, 0.0, 0.06 * reach]
        moves[2, DANCER.index(f"{side}_knee"), 2] = 0.05 * sign
    for joint, ahead in (("chest", 0.02), ("neck", 0.05), ("head", 0.1)):
        moves[1, DANCER.index(joint), 2] = ahead
    return moves.reshape(3, -1)


def _toy_rest() -> np.ndarray:
    """(styles, J * 3): standing on the floor, arms out; the second style with raised hands."""
    still = np.zeros((1, len(DANCER), 4))
    still[..., 0] = 1.0
    rest = kinematics.forward(DANCER, still, np.zeros((1, 3)))
    rest[..., 1] -= kinematics.floor_height(DANCER, rest)[:, None]
    raised = rest.copy()
    raised[:, [DANCER.index("left_hand"), DANCER.index("right_hand")], 1] += 0.08
    return np.concatenate([rest, raised]).reshape(2, -1)


@pytest.fixture(scope="session")
def make_song() -> Callable[..., Path]:
    """`write_song`: a song to dance to."""
    return write_song


def write_song(path: Path, samples: int, rate: int = 44100, *, channels: int = 1, level: float = 0.5) -> Path:
    """A wav of two tones under a beat of two a second, `samples` long; at level 0 it is silence."""
    seconds = np.arange(samples) / rate
    tones = np.sin(2 * np.pi * 330 * seconds) + 0.3 * np.sin(2 * np.pi * 1234 * seconds)
    music = level / 1.3 * tones * np.exp(-5 * (seconds % 0.5)) * (0.6 + 0.4 * np.sin(0.9 * seconds))
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.repeat((music * 32767).astype("<i2")[:, None], channels, axis=1).tobytes())
    return path


SMALL_FRAMES = 150


@pytest.fixture(scope="session")
def small_archive(tmp_path_factory: pytest.TempPathFactory, planted: Callable[[np.ndarray], np.ndarray]) -> Archive:
    """Three train dances and a validation dance, three styles."""
    rows = [("DANCE_C_2", "cha-cha", "train"), ("DANCE_R_2", "rumba", "train"), ("DANCE_W_4", "waltz", "train")]
    entries = [_entry(k, *row, planted) for k, row in enumerate([*rows, ("DANCE_W_1", "waltz", "val")])]
    folder = tmp_path_factory.mktemp("archives") / "small"
    return archiving.write(folder, Contents(entries, splits.shipped()))


def _entry(number: int, name: str, style: str, split: str, planted: Callable[[np.ndarray], np.ndarray]) -> Entry:
    positions = planted(np.arange(SMALL_FRAMES) + 40.0 * number)
    motion = Motion.from_positions(DANCER, positions, 25.0)
    samples = np.random.default_rng(number).normal(scale=0.1, size=(SMALL_FRAMES * 640 + 2 * 16_000)).astype(np.float32)
    return Entry(name, style, split, motion, ((0, SMALL_FRAMES),), archiving.as_int16(samples), {})
