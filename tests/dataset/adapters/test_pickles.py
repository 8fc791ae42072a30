"""The restricted loader: what numpy writes is read, whatever else a pickle can do is refused."""

from __future__ import annotations

import collections
import contextlib
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.adapters import pickles


def load(folder: Path, content: bytes):
    path = folder / "x.pkl"
    path.write_bytes(content)
    return pickles.load(path)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<i8", "|b1", "fortran", "empty"])
def test_arrays_are_read_by_every_protocol(tmp_path, protocol, kind):
    values = np.random.default_rng(0).normal(size=(5, 17, 3))
    array = {"fortran": np.asfortranarray(values), "empty": values[:0]}.get(kind)
    array = values.astype(kind) if array is None else array
    content = {"keypoints3d": array, "fps": np.float64(60.0), "more": [1, ("a", None, b"b", array)]}
    again = load(tmp_path, pickle.dumps(content, protocol))
    np.testing.assert_array_equal(again["keypoints3d"], array)
    assert again["keypoints3d"].dtype == array.dtype
    assert again["fps"] == 60.0
    assert again["more"][:1] == [1]
    np.testing.assert_array_equal(again["more"][1][3], array)


def test_the_names_of_numpy_1_are_known(tmp_path):
    content = pickle.dumps({"a": np.arange(6.0).reshape(2, 3)}, 4)
    old = content.replace(b"\x8c\x16numpy._core.multiarray", b"\x8c\x15numpy.core.multiarray")
    old = old.replace(b"\x8c\x13numpy._core.numeric", b"\x8c\x12numpy.core.numeric")
    # A frame says how long it is: leave it out, as protocol 3 does.
    old = old[:2] + old[11:] if old[2:3] == b"\x95" else old
    assert b"_core" not in old
    np.testing.assert_array_equal(load(tmp_path, old)["a"], np.arange(6.0).reshape(2, 3))


class Evil:
    """Runs a program when it is unpickled by a loader that lets it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("wrap", [lambda evil: evil, lambda evil: {"keypoints3d": np.zeros((2, 17, 3)), "more": [evil]}])
def test_a_pickle_that_runs_a_program_does_not(tmp_path, protocol, wrap):
    ran = tmp_path / "ran"
    content = pickle.dumps(wrap(Evil(ran)), protocol)
    with pytest.raises(ValueError, match=rf"refused: this pickle wants '{os.system.__module__}.system'"):
        load(tmp_path, content)
    assert not ran.exists()
    pickle.loads(content)  # it would have
    assert ran.exists()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"cbuiltins\neval\n(V1+1\ntR.", "'builtins.eval'"),
        (b"cnumpy.core.multiarray\nsomething\n.", "'numpy.core.multiarray.something'"),
        (b"cnumpy\nload\n.", "'numpy.load'"),
        (b"c_codecs\nencode\n(Vx\nVrot13\ntR.", "the codec 'rot13'"),
        (pickle.dumps(np.array([{}], dtype=object)), "an array of 'O8'"),
        (pickle.dumps(np.zeros(2, dtype=[("a", "f8")])), "an array of 'V8'"),
        (pickle.dumps(collections.Counter()), "'collections.Counter'"),
        (pickle.dumps(Path("x")), "'pathlib"),
        (b"Pelsewhere\n.", "outside itself"),
    ],
)
def test_all_else_is_refused_by_name_in_one_line(tmp_path, content, wanted):
    with pytest.raises(ValueError, match="refused") as refused:
        load(tmp_path, content)
    assert wanted in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_array_that_lies_about_its_size_is_broken(tmp_path):
    content = pickle.dumps(np.zeros((2, 3)), 2).replace(b"K\x02K\x03", b"K\x02K\x7f")
    with pytest.raises(ValueError, match="48 bytes are no array"):
        load(tmp_path, content)


@settings(max_examples=300)
@given(data=st.data())
def test_broken_bytes_are_a_value_error_and_nothing_else(tmp_path_factory, data):
    whole = pickle.dumps({"keypoints3d": np.zeros((2, 17, 3)), "x": [1, "a"]}, data.draw(st.integers(0, 4)))
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    # Letters and marks only: a count of gigabytes would be a test of the machine's memory.
    for _ in range(data.draw(st.integers(0, 3))):
        if broken:
            broken[data.draw(st.integers(0, min(len(broken), 150) - 1))] = data.draw(st.sampled_from(b"abcRbtu.()]}NKU0"))
    folder = tmp_path_factory.mktemp("pickle")
    with contextlib.suppress(ValueError):
        load(folder, bytes(broken))


def test_an_empty_file_is_said_to_be(tmp_path):
    with pytest.raises(ValueError, match=r"^empty$"):
        load(tmp_path, b"")
