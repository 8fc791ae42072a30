"""A planted source: a dancer of whom all is known, and the folder in which ChoreoNet would have published her.

She walks in a circle on the beats of music that nobody kept: bars of four beats with steps on 1, 2, 3, 4 and the half beat
after. Feet swing for a fifth of a second and then stand where they are, to the last digit, so that every slide is a fault of
the program under test. Arms and trunk go round at other tempi, so that no two moments are alike.
"""

from __future__ import annotations

import csv
import json
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset.adapters.choreonet import Interval, Markers
from ballo.dataset.takes import Take, from_markers
from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER

TAKE_FPS = 80.0
RATE = 16_000
STEPS_IN_BAR = (0.0, 1.0, 2.0, 3.0, 3.5)
SWING_SECONDS, LIFT_METRES = 0.22, 0.05
LANDS_EARLY = 0.005  # a foot so smooth is counted as landed (see `motion.steps`) this much after it stands
STRIDE_METRES, CIRCLE = 0.203, 0.3  # a beat, and radians a second
PELVIS_METRES = 0.89

BELT_DROP = 0.062
EXTRA = ("LFRM", "RFRM", "LUPA", "RUPA", "LTHI", "RTHI", "LSHN", "RSHN", "RBAC", "LMT5", "RMT5")


@dataclass(frozen=True)
class PlantedDancer:
    """A dancer whose beat k lies at phase + k period; beat 0 is a downbeat.

    Args:
        period, phase: seconds.
        seconds: how long she dances.
        mood: another one moves her arms and trunk otherwise.
        restless: a seed; she then steps at random moments.
        bob: metres by which she sinks and rises.
    """

    period: float = 0.484
    phase: float = 0.143
    seconds: float = 32.0
    mood: float = 0.0
    restless: int | None = None
    bob: float = 0.0

    @property
    def landings(self) -> np.ndarray:
        """(S,) seconds at which a foot comes down to stand, left and right in turn."""
        bars = np.arange(-3, int(self.seconds / self.period / 4) + 4)
        beats = (4 * bars[:, None] + np.array(STEPS_IN_BAR)).ravel()
        if self.restless is None:
            return self.phase + beats * self.period
        gaps = np.random.default_rng(self.restless).uniform(0.24, 0.75, len(beats))
        return self.phase + beats[0] * self.period + np.cumsum(gaps)

    def heading(self, t: np.ndarray) -> np.ndarray:
        """(S,) radians about +Y."""
        return CIRCLE * t + 0.25 * np.sin(0.7 * t + self.mood)

    def home(self, t: np.ndarray) -> np.ndarray:
        """(S, 3) the middle of her way, on the floor."""
        radius = STRIDE_METRES / (self.period if self.restless is None else 0.75) / CIRCLE
        return np.stack([-radius * np.cos(CIRCLE * t), np.zeros_like(t), radius * np.sin(CIRCLE * t)], axis=-1)

    def joints(self, seconds: np.ndarray) -> np.ndarray:
        """(S, 22, 3) metres at any moments: bones and feet as `DANCER` has them."""
        t = np.asarray(seconds, dtype=float)
        wxyz = self._trunk_and_arms(t)
        root = self.home(t) + np.array([0, PELVIS_METRES, 0])
        root[:, 1] -= self.bob * (1 + np.sin(2.3 * t)) / 2
        joints = kinematics.forward(DANCER, wxyz, root)
        ahead = _turned(np.array([0.0, 0.0, 1.0]), self.heading(t))
        for side, which in (("left", 0), ("right", 1)):
            ankle, yaw = self._foot(t, which)
            hip = joints[:, DANCER.index(f"{side}_hip")]
            joints[:, DANCER.index(f"{side}_knee")] = _knee(hip, ankle, ahead)
            joints[:, DANCER.index(f"{side}_ankle")] = ankle
            for part in ("heel", "toe"):
                index = DANCER.index(f"{side}_{part}")
                joints[:, index] = ankle + _turned(DANCER.offsets[index], yaw)
        return joints

    def standing(self, seconds: np.ndarray) -> np.ndarray:
        """(S, 2) which foot stands."""
        swung = [self._swing(np.asarray(seconds, dtype=float), which)[0] for which in (0, 1)]
        return np.stack([(share == 0) | (share == 1) for share in swung], axis=1)

    def _swing(self, t: np.ndarray, which: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How much of its way to the next place a foot has swung, and when it landed in the last and in the next place."""
        down = self.landings[which::2]
        following = np.clip(np.searchsorted(down - LANDS_EARLY, t, side="right"), 1, len(down) - 1)
        late = t - (down[following] - LANDS_EARLY - SWING_SECONDS)
        return np.clip(late / SWING_SECONDS, 0, 1), down[following - 1], down[following]

    def _foot(self, t: np.ndarray, which: int) -> tuple[np.ndarray, np.ndarray]:
        share, last, following = self._swing(t, which)
        smooth = share**3 * (10 - 15 * share + 6 * share**2)  # least jerk from rest to rest
        sideways = np.array([0.1 if which == 0 else -0.1, 0.0, 0.0])
        here, there = (self.home(at + 0.15) + _turned(sideways, self.heading(at)) for at in (last, following))
        yaw = self.heading(last) + smooth * (self.heading(following) - self.heading(last))
        ankle = here + smooth[:, None] * (there - here)
        ankle[:, 1] = 0.073 + LIFT_METRES * 64 * (share * (1 - share)) ** 3
        return ankle, yaw

    def _trunk_and_arms(self, t: np.ndarray) -> np.ndarray:
        wxyz = np.zeros((len(t), len(DANCER), 4))
        wxyz[..., 0] = 1.0

        def turn(joint: str, axis: str, radians: np.ndarray) -> None:
            index = DANCER.index(joint)
            wxyz[:, index] = rotations.multiply(wxyz[:, index], rotations.about(axis, radians))

        turn("pelvis", "y", self.heading(t))
        turn("chest", "z", 0.06 * np.sin(1.3 * t + self.mood))
        for side, sign in (("left", 1.0), ("right", -1.0)):
            turn(f"{side}_shoulder", "z", sign * (-0.7 + 0.4 * np.sin(1.5 * t + 2 * self.mood)))
            turn(f"{side}_elbow", "y", -sign * (0.7 + 0.3 * np.cos(1.13 * t + self.mood)))
            turn(f"{side}_wrist", "y", -sign * 0.2 * np.sin(1.9 * t))
        return wxyz

    @property
    def frames(self) -> np.ndarray:
        """(T,) seconds of the frames of her take."""
        return np.arange(round(self.seconds * TAKE_FPS)) / TAKE_FPS

    def markers(self, name: str = "15") -> Markers:
        """What 41 cameras would have seen of her."""
        labels, points = as_markers(self.joints(self.frames), self.heading(self.frames))
        return Markers(name, points, labels, TAKE_FPS)

    def take(self, name: str = "15") -> Take:
        """Her take, read."""
        return from_markers(self.markers(name))

    def intervals(
        self,
        beats: Sequence[int],
        *,
        take: str = "15",
        letter: str = "C",
        first_beat: int = 0,
        jitter: float = 0.0,
        seed: int = 0,
    ) -> list[Interval]:
        """Units of so many beats, end to end from `first_beat` on; bounds are off by up to `jitter` seconds."""
        bounds = self.phase + (first_beat + np.cumsum([0, *beats])) * self.period
        bounds = np.maximum(bounds + np.random.default_rng(seed).uniform(-jitter, jitter, len(bounds)), 0)
        return [
            Interval(take, f"{letter}-{number}-1", round(start * TAKE_FPS, 1), round(end * TAKE_FPS - 1, 1), count)
            for number, (start, end, count) in enumerate(zip(bounds[:-1], bounds[1:], beats, strict=True), start=1)
        ]


def _turned(vector: np.ndarray, radians: np.ndarray) -> np.ndarray:
    return kinematics.turned_about_y(np.broadcast_to(vector, (*radians.shape, 3)), radians)


def _knee(hip: np.ndarray, ankle: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Where the knee is if it bends ahead (law of cosines)."""
    thigh, shin = 0.485, 0.361
    reach = ankle - hip
    length = np.linalg.norm(reach, axis=-1, keepdims=True)
    assert (length < thigh + shin).all()
    along = reach / length
    side = ahead - np.sum(ahead * along, axis=-1, keepdims=True) * along
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    share = (length**2 + thigh**2 - shin**2) / (2 * length)
    return hip + share * along + np.sqrt(thigh**2 - share**2) * side


def as_markers(joints: np.ndarray, heading: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Joints (T, 22, 3) to 41 markers (T, 41, 3) around them: the inverse of `takes.joints_of`."""
    joint = {name: joints[:, index] for index, name in enumerate(DANCER.joint_names)}
    ahead, left = (_turned(np.array(axis), heading) for axis in ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0]))
    spine = joint["chest"] - (joint["left_hip"] + joint["right_hip"]) / 2
    up = spine - np.sum(spine * left, axis=-1, keepdims=True) * left
    up /= np.linalg.norm(up, axis=-1, keepdims=True)
    placed = {
        "STRN": joint["chest"] + 0.1 * ahead,
        "T10": joint["chest"] - 0.1 * ahead,
        "CLAV": joint["neck"] + 0.06 * ahead,
        "C7": joint["neck"] - 0.06 * ahead,
    }
    for letter, side, sign in (("L", "left", 1.0), ("R", "right", -1.0)):
        belt = joint[f"{side}_hip"] + BELT_DROP * up
        placed[f"{letter}FWT"], placed[f"{letter}BWT"] = belt + 0.08 * ahead, belt - 0.08 * ahead
        temple = joint["head"] + 0.07 * sign * left
        placed[f"{letter}FHD"], placed[f"{letter}BHD"] = temple + 0.07 * ahead, temple - 0.07 * ahead
        placed[f"{letter}WRA"] = joint[f"{side}_wrist"] + [0, 0.03, 0]
        placed[f"{letter}WRB"] = joint[f"{side}_wrist"] - [0, 0.03, 0]
        for label, name in (("SHO", "shoulder"), ("ELB", "elbow"), ("FIN", "hand"), ("KNE", "knee")):
            placed[letter + label] = joint[f"{side}_{name}"]
        for label, name in (("ANK", "ankle"), ("HEE", "heel"), ("TOE", "toe")):
            placed[letter + label] = joint[f"{side}_{name}"]
    placed |= {label: joint["chest"] + 0.01 * number for number, label in enumerate(EXTRA)}
    return tuple(placed), np.stack(list(placed.values()), axis=1)


def as_points(joints: np.ndarray) -> np.ndarray:
    """Joints (T, 22, 3) to the 23 published points of the taller dancer: the inverse of `dancer.joints_of`."""
    joint = {name: joints[:, index] for index, name in enumerate(DANCER.joint_names)}
    left = joint["left_hip"] - joint["right_hip"]
    left /= np.linalg.norm(left, axis=-1, keepdims=True)
    spine = joint["chest"] - (joint["left_hip"] + joint["right_hip"]) / 2
    up = spine - np.sum(spine * left, axis=-1, keepdims=True) * left
    up /= np.linalg.norm(up, axis=-1, keepdims=True)
    points = np.empty((len(joints), 23, 3))
    points[:, 0], points[:, 1], points[:, 2] = joint["head"] + 0.07 * left, joint["head"] - 0.07 * left, joint["chest"]
    sides = {"left": (3, 4, 22, 7, 8, 9, 10, 11), "right": (12, 13, 15, 16, 17, 18, 19, 20)}
    for side, numbers in sides.items():
        names = ("shoulder", "elbow", "hand", "hip", "knee", "ankle", "heel", "toe")
        points[:, list(numbers)] = np.stack([joint[f"{side}_{name}"] for name in names], axis=1)
    points[:, [7, 16]] += BELT_DROP * up[:, None]
    # A forearm marker that makes the weighted mean of it, elbow, wrist marker (on the wrist itself) and finger the wrist.
    forearms = [
        (joint[f"{side}_wrist"] * 0.77 - 0.034 * joint[f"{side}_elbow"] - 0.52 * joint[f"{side}_hand"]) / 0.216
        for side in sides
    ]
    points[:, 5], points[:, 6] = forearms[0], (joint["left_wrist"] + joint["left_hand"]) / 2
    points[:, 21], points[:, 14] = forearms[1], (forearms[1] + joint["right_wrist"]) / 2
    return points


def write_c3d(path: Path, markers: Markers, *, prefix: str = "vskvsk2:", unit: str = "mm", first_frame: int = 1) -> Path:
    """Markers as a C3D file: Z up, millimetres, prefixed labels; a marker that is NaN was not seen."""
    import ezc3d

    content = ezc3d.c3d()
    turned = np.stack([markers.points[..., 0], -markers.points[..., 2], markers.points[..., 1]], axis=-1)
    points = np.ones((4, len(markers.labels), len(turned)))
    points[:3] = turned.transpose(2, 1, 0) * 1000
    content["header"]["points"]["first_frame"] = first_frame
    content["parameters"]["POINT"]["RATE"]["value"] = [markers.fps]
    content["parameters"]["POINT"]["UNITS"]["value"] = [unit]
    content["parameters"]["POINT"]["LABELS"]["value"] = [prefix + label for label in markers.labels]
    content["data"]["points"] = points
    path.parent.mkdir(parents=True, exist_ok=True)
    content.write(str(path))
    return path


def beat_song(period: float, first_beat: float, beats: int, bar: int = 4) -> np.ndarray:
    """Samples of a song: a drum on every beat, louder and deeper on the first of a bar, a chord that changes with the bar."""
    samples = np.zeros(round((first_beat + beats * period) * RATE))
    random = np.random.default_rng(0)
    t = np.arange(round(0.2 * RATE)) / RATE
    for beat in range(beats):
        at = round((first_beat + beat * period) * RATE)
        opens = beat % bar == 0
        drum = np.exp(-t / 0.03) * (0.5 * np.sin(2 * np.pi * (60 if opens else 180) * t) + 0.1 * random.normal(size=len(t)))
        chord = np.sin(2 * np.pi * 220 * (4, 5, 6, 5)[beat // bar % 4] / 4 * t) * np.exp(-t / 0.1) * (0.3 if opens else 0.05)
        sound = ((1.0 if opens else 0.6) * drum + chord)[: len(samples) - at]
        samples[at : at + len(sound)] += sound
    return samples / np.abs(samples).max() * 0.8


def write_song(path: Path, samples: np.ndarray) -> Path:
    """A song; it is a WAV file whatever its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


@dataclass
class ChoreoNet:
    """A source folder with choreonet/, to fill and to spoil."""

    folder: Path
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def choreonet(self) -> Path:
        return self.folder / "choreonet"

    def take(self, markers: Markers, intervals: Sequence[Interval] = (), **how: object) -> Path:
        """A take and its units."""
        path = write_c3d(self.choreonet / "raw_c3d" / f"{markers.name}.c3d", markers, **how)  # type: ignore[arg-type]
        self.units(*intervals)
        return path

    def units(self, *intervals: Interval) -> None:
        """More rows of the csv, with the bounds at 40 Hz that nobody should read."""
        for unit in intervals:
            end = "" if unit.end_frame is None else f"{unit.end_frame:g}"
            fakes = f"{unit.first_frame / 2:g}", "" if unit.end_frame is None else f"{unit.end_frame / 2:g}"
            self.row(unit.take, unit.tag, *fakes, f"{unit.first_frame:g}", end, "" if unit.beats is None else str(unit.beats))

    def row(self, *values: str) -> None:
        """Any row."""
        names = ("c3d_file", "movement_tag", "fake_start_frame", "fake_end_frame", "start_frame", "end_frame", "beats")
        self.rows.append(dict(zip(names, values, strict=False)))
        path = self.choreonet / "movement_interval.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self.rows)

    def script(self, name: str, items: Sequence[tuple[str, int]], **more: object) -> None:
        """One more script: tags and how many beats each is said to last."""
        path = self.choreonet / "choreography" / f"{name.split('_')[1]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        scripts = json.loads(path.read_text()) if path.exists() else []
        script = {"name": name, "movements": [tag for tag, _ in items], "durations": [beats for _, beats in items], **more}
        path.write_text(json.dumps([each for each in scripts if each["name"] != name] + [script]))

    def dance(
        self, name: str, joints: np.ndarray, start: int = 0, frames: int | None = None, song: np.ndarray | None = None
    ) -> Path:
        """A published dance: joints (F, 22, 3) right-handed metres as mirrored centimetres, its window and its song."""
        path = self.folder / "tang2018" / name
        path.mkdir(parents=True)
        points = as_points(joints) * [-100, 100, 100]
        center = (points[:, 7] + points[:, 16]) / 2
        skeletons = np.round(points - center[:, None], 3).tolist()
        content = {"length": len(points), "skeletons": skeletons, "center": np.round(center, 3).tolist()}
        (path / "skeletons.json").write_text(json.dumps(content))
        window = {"start_position": start, "end_position": start + (frames or len(joints))}
        (path / "config.json").write_text(json.dumps(window))
        if song is not None:
            write_song(path / "audio.mp3", song)
        return path

    def song(self, name: str, samples: np.ndarray) -> Path:
        """A dance's song."""
        _, letter, number = name.split("_")
        return write_song(self.choreonet / "music" / letter / f"{number}.mp3", samples)


@pytest.fixture(scope="session")
def planted_dancer() -> type[PlantedDancer]:
    """The dancer."""
    return PlantedDancer


@pytest.fixture
def choreonet_folder(tmp_path: Path) -> ChoreoNet:
    """An empty source."""
    return empty_source(tmp_path)


@pytest.fixture(scope="session")
def source_in() -> object:
    """`empty_source`, for those that many tests share."""
    return empty_source


def empty_source(folder: Path) -> ChoreoNet:
    """A source to fill, in a folder."""
    (folder / "source").mkdir()
    return ChoreoNet(folder / "source")


@pytest.fixture(scope="session")
def c3d_of() -> object:
    """`write_c3d`."""
    return write_c3d


@pytest.fixture(scope="session")
def beaten_song() -> object:
    """`beat_song`: samples whose beats are known."""
    return beat_song


@pytest.fixture(scope="session")
def take_15() -> Take:
    """The planted dancer's take, read once."""
    return PlantedDancer().take()


@pytest.fixture(scope="session")
def points_of() -> object:
    """`as_points`: joints to the 23 published points."""
    return as_points
