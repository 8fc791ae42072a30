"""Files that are broken or meant to break: every format that is read, a thousand seeded mutations of valid files each.

Whatever a file says, reading it ends in a motion or in one line, in memory that the file's own size bounds, and never in
another exception. What is still read can be written in every format.
"""

from __future__ import annotations

import io
import json
import random
import re
import struct
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import BalloError
from ballo.motion import formats
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

MUTATIONS = 1000
STYLES = Path(__file__).parent / "bvh"
WORDS = [
    *("-1", "0", "1000000000", "99999999999999999999999999", "1e999", "-1e308", "nan", "inf", "-inf", "NaN", "Infinity", ""),
    *(
        "null",
        "true",
        "[]",
        "{}",
        '""',
        "²",
        "٣",
        "0x10",
        "1_000",
        "1e-320",
        "{",
        "}",
        "ROOT",
        "End Site",
        "OFFSET",
        "\0",
        "\n",
    ),
    *("2147483648", "-2147483649", "9" * 5000, "0.0", "\u2028", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")),
]


def motion(skeleton: Skeleton = DANCER, frames: int = 4) -> Motion:
    draw = np.random.default_rng(1)
    wxyz = draw.normal(size=(frames, len(skeleton), 4)) * 0.1 + [1.0, 0, 0, 0]
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    standing = draw.random((frames, len(skeleton.feet))) < 0.5
    return Motion(skeleton, wxyz, draw.normal(size=(frames, 3)), 25.0, standing, {"style": "waltz", "seed": 3})


def chain() -> Skeleton:
    return Skeleton(("hip", "shin", "sole"), (-1, 0, 1), np.array([[0, 0, 0], [0, -0.4, 0], [0, -0.5, 0.1]]), (("sole",),))


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """Valid files of each format that mutate well, the small ones first."""
    folder = tmp_path_factory.mktemp("valid")
    made = {}
    for suffix in (".bvh", ".csv", ".json", ".npz"):
        files = [motion(chain()).save(folder / f"chain{suffix}"), motion().save(folder / f"dancer{suffix}")]
        if suffix == ".bvh":
            files += sorted(STYLES.glob("*.bvh"))[::5]
        made[suffix] = [path.read_bytes() for path in files]
    return made


# Mutations: bytes to bytes.


def flipped(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8, 60))):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def holed(data: bytes, dice: random.Random) -> bytes:
    first = dice.randrange(len(data))
    return data[:first] + data[first + dice.randrange(1, 200) :]


def doubled(data: bytes, dice: random.Random) -> bytes:
    first = dice.randrange(len(data))
    last = first + dice.randrange(1, 400)
    return data[:last] + data[first:]


def reworded(data: bytes, dice: random.Random) -> bytes:
    """One of a text's words, or several, another."""
    text = data.decode("latin-1")
    spans = [(m.start(), m.end()) for m in re.finditer(r"[^\s,:\[\]{}]+", text)]
    # Heads are short, and say most.
    near = spans[: dice.choice((12, 80, len(spans)))]
    for first, last in sorted(dice.sample(near, min(len(near), dice.choice((1, 1, 2, 5)))), reverse=True):
        text = text[:first] + dice.choice(WORDS) + text[last:]
    return text.encode("latin-1", errors="replace")


def swapped_lines(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


VALUES = [None, True, -1, 0, 1e308, 10**30, "", "a", [], [[]], {}, [[1], [1, 2]], "\ud800", "a\nb", [None], [1e300] * 3]


def rearranged(data: bytes, dice: random.Random) -> bytes:
    """JSON in which some value, anywhere, is another, missing, or there twice."""
    held = json.loads(data)
    at: list | dict = held
    for _ in range(dice.randrange(4)):
        inside = [v for v in (at.values() if isinstance(at, dict) else at) if isinstance(v, list | dict) and v]
        if inside:
            at = dice.choice(inside)
    key = dice.choice(list(at)) if isinstance(at, dict) else dice.randrange(len(at))
    match dice.randrange(3):
        case 0:
            del at[key]
        case 1 if isinstance(at, list):
            at.insert(key, at[key])
        case _:
            at[key] = dice.choice(VALUES)
    return json.dumps(held).encode()


def repacked(data: bytes, dice: random.Random) -> bytes:
    """A .npz with an array that is another: missing, of another shape or kind, of absurd numbers, with a lying header."""
    with np.load(io.BytesIO(data)) as arrays:
        held = dict(arrays)
    name = dice.choice(list(held))
    array = held.pop(name)
    others: list[Callable[[], object]] = [
        lambda: array.reshape(-1),
        lambda: array[..., None],
        lambda: array[:0] if array.ndim else np.zeros(0, array.dtype),
        lambda: np.zeros(array.shape, dtype=dice.choice(["f2", "f8", "i1", "u8", "U3", "S2", "c16", "M8[s]", "?"])),
        lambda: np.full(array.shape, dice.choice([np.nan, np.inf, -1, 1e300, 10**9])),
        lambda: np.array({"a": 1}, dtype=object),
        lambda: np.asfortranarray(array),
        lambda: np.zeros((), dtype="U0"),
    ]
    if name == "parents":
        others.append(lambda: np.roll(np.arange(len(array)), 1) - 1)
        others.append(lambda: np.array([-1, *range(2, len(array)), 1]))
    if dice.random() < 0.9:
        held[name] = dice.choice(others)()
    file = io.BytesIO()
    (np.savez_compressed if dice.random() < 0.5 else np.savez)(file, allow_pickle=True, **held)
    packed = file.getvalue()
    if dice.random() < 0.3:
        packed = packed.replace(
            b"'shape': (4,", b"'shape': (" + dice.choice([b"-4", b"9" * 9, b"4,4", b"4L", b"1e9"]) + b",", 1
        )
    return packed


def mutated(suffix: str, data: bytes, dice: random.Random) -> bytes:
    ways = [flipped, cut, holed, doubled]
    text = [reworded, reworded, reworded, swapped_lines]
    ways += {".json": [*text, *[rearranged] * 4], ".npz": [repacked] * 5}.get(suffix, text)
    return dice.choice(ways)(data, dice)


@pytest.mark.parametrize("suffix", [".bvh", ".csv", ".json", ".npz"])
def test_a_thousand_mutations_end_in_a_motion_or_in_one_line(tmp_path, valid, suffix):
    dice = random.Random(suffix)
    path, read, refusals = tmp_path / f"mutated{suffix}", 0, set()
    for number in range(MUTATIONS):
        data = mutated(suffix, dice.choice(valid[suffix]), dice)
        if number % 7 == 0 and data:
            data = mutated(suffix, data, dice) if suffix in (".bvh", ".csv") else flipped(data, dice)
        path.write_bytes(data)
        try:
            again = formats.read(path)
        except BalloError as error:
            said = str(error)
            assert "\n" not in said, said
            assert path.name in said
            assert len(said) < 1000
            refusals.add(said.split(path.name)[-1][:40])
            continue
        read += 1
        assert np.isfinite(again.positions).all()
        if read % 20 == 1:
            for other in (".bvh", ".csv", ".json", ".npz"):
                written = again.save(tmp_path / f"again{other}")
                if len(again):
                    assert len(formats.read(written)) == len(again)
    assert 0 < read < MUTATIONS
    assert len(refusals) > 10, "mutations that are all refused for one reason test little"


# What a fuzzer does not come upon.


def npz(folder: Path, changes: dict[str, object], name: str = "made.npz") -> Path:
    plain = motion(chain()).save(folder / "plain.npz")
    with np.load(plain) as arrays:
        held = {**arrays, **changes}
    path = folder / name
    np.savez(path, allow_pickle=True, **{key: value for key, value in held.items() if value is not None})
    return path


class Bomb:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def test_pickles_are_refused_and_nothing_is_run(tmp_path):
    path = npz(tmp_path, {"root": np.array([Bomb()], dtype=object)})
    with pytest.raises(BalloError, match="a pickle"):
        formats.read(path)


@pytest.mark.parametrize("parents", [[-1, 2, 1], [0, 0, 1], [-1, 1, 1], [-1, -1, 0], [1, 2, 0], [-1, 0, 9]])
def test_parents_that_make_no_tree_are_refused(tmp_path, parents):
    with pytest.raises(BalloError, match="parent"):
        formats.read(npz(tmp_path, {"parents": np.array(parents)}))
    path = motion(chain()).save(tmp_path / "a.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"parents": parents}))
    with pytest.raises(BalloError, match="parent"):
        formats.read(path)


@pytest.mark.parametrize("fps", [0, -25, 1e9, float("nan"), float("inf"), 1e-9])
def test_frame_rates_that_are_none_are_refused(tmp_path, fps):
    with pytest.raises(BalloError, match="frames a second"):
        formats.read(npz(tmp_path, {"fps": np.array(fps)}))


def test_what_breaks_nested_parsers_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("[" * 200_000)
    (tmp_path / "b.json").write_text('{"a":' * 200_000)
    (tmp_path / "c.csv").write_text('# ballo {"meta":' + "[" * 200_000 + "\n")
    (tmp_path / "d.bvh").write_text("HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\n" + "JOINT b\n{\nOFFSET 0 0 0\n" * 100_000)
    (tmp_path / "e.csv").write_text('"' + "a" * 1_000_000 + '"\n')
    paths = [*(tmp_path / name for name in ("a.json", "b.json", "c.csv", "d.bvh", "e.csv"))]
    paths.append(npz(tmp_path, {"meta": np.array("[" * 200_000)}))
    for path in paths:
        with pytest.raises(BalloError) as refused:
            formats.read(path)
        assert "\n" not in str(refused.value)


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder.bvh").mkdir()
    for path, reason in (("folder.bvh", "it is a folder"), ("none.bvh", "no such file"), ("none.xyz", "are read from .bvh")):
        with pytest.raises(BalloError, match=reason):
            formats.read(tmp_path / path)
    if Path("/dev/zero").exists():
        (tmp_path / "zero.bvh").symlink_to("/dev/zero")
        with pytest.raises(BalloError, match="not a regular file"):
            formats.read(tmp_path / "zero.bvh")


def bomb(path: Path, shape: tuple[int, ...]) -> None:
    """A .npz of a few kilobytes whose rotations declare 3 GB of zeros, and unpack to 128 MB of them."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
    zeros = bytes(1 << 24)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        with np.load(motion(chain()).save(path.with_name("plain.npz"))) as arrays:
            for name in ("joint_names", "parents", "offsets", "feet", "fps", "root", "contacts"):
                part = io.BytesIO()
                np.save(part, arrays[name])
                file.writestr(f"{name}.npy", part.getvalue())
        with file.open("rotations.npy", "w", force_zip64=True) as stream:
            stream.write(head.getvalue())
            for _ in range(8):
                stream.write(zeros)


def many_entries(path: Path) -> None:
    """A zip file of nothing but a directory of entries."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, 0, 0)
    path.write_bytes(entry * count + end)


LIMITED = """
    import resource, sys
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    import ballo
    from ballo.errors import BalloError
    from ballo.motion import formats
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        formats.read(sys.argv[1])
    except BalloError as error:
        print(error)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and counted so on Linux only")
@pytest.mark.parametrize(
    "kind", ["npz-zeros", "npz-declared", "npz-entries", "bvh-declared", "bvh-joints", "csv-cells", "json-lists"]
)
def test_files_that_ask_for_memory_do_not_get_it(tmp_path, kind):
    path = tmp_path / f"bomb.{kind.split('-')[0]}"
    match kind:
        case "npz-zeros":
            bomb(path, (1 << 26, 3, 4))
        case "npz-declared":
            bomb_of = np.lib.format
            head = io.BytesIO()
            bomb_of.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (10**9, 3, 4)})
            npz(tmp_path, {"rotations": None}, "bomb.npz")
            with zipfile.ZipFile(path, "a") as file:
                file.writestr("rotations.npy", head.getvalue())
        case "npz-entries":
            many_entries(path)
        case "bvh-declared":
            text = motion(chain()).save(tmp_path / "plain.bvh").read_text()
            path.write_text(text.replace("Frames: 4", "Frames: 1000000000"))
        case "bvh-joints":
            # No channels but the root's: a line of two bytes stands for a frame of 1,900 joints.
            inner = "JOINT j{}\n{{\nOFFSET 0 1 0\nCHANNELS 0\n"
            joints = "".join(inner.format(k) for k in range(1900))
            head = f"HIERARCHY\nROOT r\n{{\nOFFSET 0 0 0\nCHANNELS 1 Xrotation\n{joints}{'}' * 1901}\n"
            path.write_text(f"{head}MOTION\nFrames: 1000000\nFrame Time: 0.01\n" + "0\n" * 1_000_000)
        case "csv-cells":
            path.write_text("a.x,a.y,a.z\n" + "0,0,0\n" * 10_100_000)
        case "json-lists":
            path.write_text('{"format":"ballo motion","version":1,"root":[' + "[]," * 5_000_000 + "[]]}")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LIMITED), str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    said, megabytes = done.stdout.splitlines()
    assert said.startswith(f"cannot read {path}: ") or said.startswith(f"{path}: ")
    assert int(megabytes) < 2500
