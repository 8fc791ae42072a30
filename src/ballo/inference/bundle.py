"""A bundle: one trained model as it travels. A zip, not compressed, of model.onnx and manifest.json that says how to use it.

A model is of one of three kinds, which says what its graph takes, B clips of T frames of J joints:

- music: blocks (B, N, samples) of a frame's mono samples each, N = T + context blocks; clock (B, T, channels) as
  `music.clock.clock` gives it, where the manifest's hearing says so; noise (B, T, size), style (B,) and states;
- sequences: noise, style and states;
- poses: noise and style; each frame is a figure of its own.

All give pose (B, T, J, 3) in metres and travel (B, T, 3) for `kinematics.place`, then the next states in the order in which
the manifest names them, `next_` before each name. Poses stand in the dancer's heading frame; a model that emits coordinates may
turn the pose itself, and need not keep the skeleton's bone lengths: only the bones' directions are danced.
"""

from __future__ import annotations

import hashlib
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ballo.errors import BundleError
from ballo.motion.formats import whole
from ballo.motion.skeleton import Skeleton

SUFFIX = ".ballo"
FORMAT = "ballo bundle"
FORMAT_VERSION = 2
"""Version 1 knew only music models and kept noise and states with the hearing; it is still read."""
SHIPPED = Path(__file__).parent / "bundles"
MUSIC, SEQUENCES, POSES = "music", "sequences", "poses"
DEFAULTS = {MUSIC: "ballroom", SEQUENCES: "freestyle", POSES: "poses"}
"""Each kind, and the name of the shipped model that is taken where none is named."""
DEFAULT = DEFAULTS[MUSIC]
ALL = "all"
"""Where a manifest keeps its figures over all styles."""
NONE_SHIPPED = f"no model came with this ballo: install it again, or give a {SUFFIX} file with --model"

_MANIFEST, _GRAPH = "manifest.json", "model.onnx"
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_NOT_OURS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, TypeError, ValueError, AttributeError)
"""What reading anything else as a bundle may raise; RuntimeError is zipfile's for what is encrypted or packed unusually."""


@dataclass(frozen=True)
class Noise:
    """What makes one seed's dance differ from another's.

    Args:
        size: numbers a frame.
        seconds: how long it remembers; white at 0.
    """

    size: int
    seconds: float

    def __post_init__(self) -> None:
        if not (isinstance(self.size, int) and self.size > 0 and 0 <= self.seconds < math.inf):
            raise ValueError("noise is a positive whole number of numbers, remembered for seconds from 0 on")


@dataclass(frozen=True)
class Hearing:
    """How a model takes its music.

    Args:
        rate: samples a second.
        samples_per_block: samples of one frame.
        context_blocks: how many blocks more than frames it takes.
        blocks_before: how many of these lie before the first frame.
        clock: it takes the song's beats as well.
    """

    rate: int
    samples_per_block: int
    context_blocks: int
    blocks_before: int
    clock: bool = False

    def __post_init__(self) -> None:
        sizes = (self.rate, self.samples_per_block, self.context_blocks)
        if not (all(isinstance(size, int) for size in sizes) and min(sizes[:2]) > 0 and isinstance(self.clock, bool)):
            raise ValueError("rates and sizes must be positive whole numbers")
        if not 0 <= self.blocks_before <= self.context_blocks:
            raise ValueError("the blocks before are a part of the context")


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Args:
        name: what people call it.
        kind: `MUSIC`, `SEQUENCES` or `POSES`.
        styles: in the order of the model's style numbers.
        fps: frames a second.
        skeleton: whose joints it moves.
        noise: what it takes of chance.
        hearing: how it takes music; None for the kinds that take none.
        state_shapes: shapes of the states, by input name, for one dance; empty for poses.
        trained_on: data, split, steps, seed and version, as the run recorded them.
        figures: how well it dances the validation songs, by style and over `ALL`: the numbers of `metrics.report.Figures`.
            Empty if it was not measured.
    """

    name: str
    kind: str
    styles: tuple[str, ...]
    fps: float
    skeleton: Skeleton
    noise: Noise
    hearing: Hearing | None = None
    state_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    trained_on: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.styles and all(isinstance(word, str) and word for word in (self.name, *self.styles))):
            raise ValueError("a bundle has a name and at least one style")
        if not (math.isfinite(self.fps) and self.fps > 0):
            raise ValueError("a bundle dances at a positive rate")
        if self.kind not in DEFAULTS or (self.kind == MUSIC) != (self.hearing is not None):
            raise ValueError(f"a bundle is one of {', '.join(DEFAULTS)}, and those of music say how they hear it")
        if self.kind == POSES and self.state_shapes:
            raise ValueError("poses remember nothing")

    @property
    def inputs(self) -> set[str]:
        """What its graph takes, by name."""
        heard = {"blocks"} if self.hearing else set()
        counted = {"clock"} if self.hearing and self.hearing.clock else set()
        return {"noise", "style", *self.state_shapes} | heard | counted

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        skeleton = self.skeleton
        bones = {"joint_names": skeleton.joint_names, "parents": skeleton.parents, "offsets": skeleton.offsets.tolist()}
        return {
            "name": self.name,
            "kind": self.kind,
            "styles": self.styles,
            "fps": self.fps,
            "noise": asdict(self.noise),
            "hearing": None if self.hearing is None else asdict(self.hearing),
            "state_shapes": dict(self.state_shapes),
            "skeleton": bones | {"feet": skeleton.feet},
            "trained_on": dict(self.trained_on),
            "figures": dict(self.figures),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Manifest:
        """The inverse of `as_json` (KeyError, TypeError or ValueError if it is none)."""
        bones = plain["skeleton"]
        skeleton = Skeleton(
            tuple(bones["joint_names"]),
            tuple(bones["parents"]),
            np.array(bones["offsets"]),
            tuple(tuple(foot) for foot in bones["feet"]),
        )
        return cls(
            plain["name"],
            plain["kind"],
            tuple(plain["styles"]),
            float(plain["fps"]),
            skeleton,
            Noise(**plain["noise"]),
            None if plain["hearing"] is None else Hearing(**plain["hearing"]),
            {name: tuple(shape) for name, shape in plain["state_shapes"].items()},
            plain["trained_on"],
            plain["figures"],
        )


def _brought_up(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest of version 1 as this version writes it."""
    heard = dict(plain["hearing"])
    noise = {"size": heard.pop("noise_size"), "seconds": heard.pop("noise_seconds")}
    return {**plain, "kind": MUSIC, "noise": noise, "state_shapes": heard.pop("state_shapes"), "hearing": heard}


@dataclass(frozen=True)
class Bundle:
    """A manifest, the ONNX graph it describes, and the file's SHA-256."""

    manifest: Manifest
    graph: bytes
    sha256: str


def check(path: Path) -> None:
    """Refuse a path that no bundle could be written to, before any work is done for it.

    Raises:
        BundleError: the name does not end in .ballo, or there is no folder for it.
    """
    if path.suffix != SUFFIX:
        raise BundleError(f"cannot write {path}: a bundle's name ends in {SUFFIX}")
    if not path.parent.is_dir():
        raise BundleError(f"cannot write {path}: there is no folder {path.parent}; make it first")


def write(path: Path, manifest: Manifest, graph: bytes) -> Path:
    """Write a bundle; the same content gives the same bytes.

    Raises:
        BundleError: as `check`.
        ExportError: the system refused.
    """
    check(path)
    header = {"format": FORMAT, "format_version": FORMAT_VERSION, "graph_sha256": hashlib.sha256(graph).hexdigest()}
    text = json.dumps(header | manifest.as_json(), indent=1, ensure_ascii=False) + "\n"
    with whole(path) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_MANIFEST, _NO_DATE), text)
        archive.writestr(zipfile.ZipInfo(_GRAPH, _NO_DATE), graph)
    return path


def read(path: Path) -> Bundle:
    """Read a bundle.

    Raises:
        BundleError: missing, not a bundle, cut short, or written by a newer ballo.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            plain = json.loads(archive.read(_MANIFEST))
            graph = archive.read(_GRAPH)
        _check_header(path, plain)
        manifest = Manifest.from_json(_brought_up(plain) if plain["format_version"] == 1 else plain)
        if plain["graph_sha256"] != hashlib.sha256(graph).hexdigest():
            raise BundleError(f"the bundle {path} is damaged: get it again")
        return Bundle(manifest, graph, hashlib.sha256(path.read_bytes()).hexdigest())
    except FileNotFoundError as error:
        raise BundleError(f"no bundle {path}: name a file, or a model that ships (`ballo models`)") from error
    except OSError as error:
        raise BundleError(f"cannot read the bundle {path}: {error.strerror or error}") from error
    except _NOT_OURS as error:
        raise BundleError(f"{path} is not a ballo bundle, or was cut short: get it again") from error


def _check_header(path: Path, plain: Mapping[str, Any]) -> None:
    if plain["format"] != FORMAT:
        raise ValueError("another format")
    if plain["format_version"] > FORMAT_VERSION:
        raise BundleError(f"the bundle {path} needs a newer ballo: pip install --upgrade ballo")


def shipped() -> list[Path]:
    """The bundles that came with the package."""
    return sorted(SHIPPED.glob(f"*{SUFFIX}"))


def find(name_or_path: str | Path | None, kind: str = MUSIC) -> Path:
    """A bundle by its file's path or a shipped one's name; the kind's default one for None.

    Raises:
        BundleError: there is none of that name.
    """
    path = Path(name_or_path or DEFAULTS[kind])
    if name_or_path is not None and (path.suffix == SUFFIX or path.is_file()):
        return path
    known = {bundle.stem: bundle for bundle in shipped()}
    if not known:
        raise BundleError(NONE_SHIPPED)
    if str(path) in known:
        return known[str(path)]
    if name_or_path is None:
        raise BundleError(
            f"no model of {kind} came with this ballo: train one (`ballo train {kind}`), pack it, and give --model"
        )
    raise BundleError(f"no model {str(path)!r}: shipped are {', '.join(known)}; or give the path of a {SUFFIX} file")
