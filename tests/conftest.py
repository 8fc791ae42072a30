"""Dances in the true published layout, made by code: a planted performance and everything the publishers did to it."""

from __future__ import annotations

import json
import math
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER

FPS = 25.0


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
