"""The .csv: a table that others open, and that comes back."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from ballo.errors import BalloError
from ballo.motion import formats
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton


def table(path, motion, header=None, rows=None):
    """A table as another program would write it: positions only, no comment."""
    names = header or ["time", *(f"{name}.{axis}" for name in motion.skeleton.joint_names for axis in "xyz")]
    values = np.concatenate([np.arange(len(motion))[:, None] / motion.fps, motion.positions.reshape(len(motion), -1)], axis=1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(values.tolist() if rows is None else rows)
    return path


def test_numpy_and_the_csv_module_read_what_is_in_it(tmp_path, smooth_dance):
    motion = smooth_dance(7)
    path = motion.save(tmp_path / "a.csv")
    lines = path.read_text("utf-8").splitlines()
    header = next(csv.reader([lines[1]]))
    assert header[:4] == ["time_s", "pelvis.x_m", "pelvis.y_m", "pelvis.z_m"]
    assert len(header) == 1 + 3 * 22
    values = np.genfromtxt(path, delimiter=",", comments="#")[1:]
    np.testing.assert_allclose(values[:, 0], np.arange(7) / 25, atol=1e-6)
    np.testing.assert_allclose(values[:, 1:].reshape(7, 22, 3), motion.positions, atol=6e-6)


def test_it_comes_back_but_for_twists(tmp_path, smooth_dance):
    motion = smooth_dance(40, fps=29.97)
    again = formats.read(motion.save(tmp_path / "a.csv"))
    assert (again.skeleton, again.fps, again.meta) == (motion.skeleton, motion.fps, motion.meta)
    np.testing.assert_allclose(again.positions, motion.positions, atol=1e-4)  # a tenth of a millimetre


def test_another_body_comes_back(tmp_path, smooth_dance):
    tree = Skeleton(
        ("root", "a, b", 'c "d"', "é"), (-1, 0, 0, 2), np.array([[0, 0, 0], [0.1, 0.4, 0], [0, -0.3, 0.2], [0, 0, 0.2]])
    )
    motion = smooth_dance(5, skeleton=tree)
    again = formats.read(motion.save(tmp_path / "a.csv"))
    assert again.skeleton == tree
    np.testing.assert_allclose(again.positions, motion.positions, atol=1e-4)


def test_a_table_of_the_dancer_s_joints_needs_no_comment_in_any_order_and_unit(tmp_path, smooth_dance):
    motion = smooth_dance(6)
    again = formats.read(table(tmp_path / "a.csv", motion))
    assert (again.skeleton, again.fps) == (DANCER, 25)
    np.testing.assert_allclose(again.positions, motion.positions, atol=1e-4)
    order = np.random.default_rng(0).permutation(66)
    names = np.array([f"{name}_{axis}_cm" for name in DANCER.joint_names for axis in "XYZ"])[order]
    rows = (100 * motion.positions.reshape(6, 66)[:, order]).tolist()
    other = formats.read(table(tmp_path / "b.csv", motion, names.tolist(), rows), fps=25)
    np.testing.assert_allclose(other.positions, motion.positions, atol=1e-4)


def test_a_smaller_dancer_keeps_her_size(tmp_path, smooth_dance):
    small = Skeleton(DANCER.joint_names, DANCER.parents, 0.8 * DANCER.offsets, DANCER.feet)
    motion = smooth_dance(6, skeleton=small)
    again = formats.read(table(tmp_path / "a.csv", motion))
    np.testing.assert_allclose(again.skeleton.offsets, small.offsets, atol=1e-6)
    np.testing.assert_allclose(again.positions, motion.positions, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("a,b,c\n1,2,3\n", "names no column such as left_hand.x_m"),
        ("a.x,a.y\n1,2\n", "names no column a.z"),
        ("a.x,a.y,a.z,a.x\n1,2,3,4\n", "names a.x twice"),
        ("a.x,a.y,a.z\n", "no rows"),
        ("a.x,a.y,a.z\n1,2\n", "row 1 has 2 cells under a header of 3"),
        ("a.x,a.y,a.z\n1,2,\n", "positions hold nan"),
        ("a.x,a.y,a.z\n1,2,x\n", "positions hold nan"),
        ("a.x,a.y,a.z\n1,2,1e9\n", r"positions hold 1e\+09, over 1e\+06 m"),
        ("a.x,a.y,a.z\n1,2,3\n4,5,6\n", "how many frames a second"),
        ("time,a.x,a.y,a.z\n0,1,2,3\n0,4,5,6\n", "time does not grow"),
        ("time,a.x,a.y,a.z\n0,1,2,3\n0.04,4,5,6\n", "how its joints hang together"),
        ("# ballo {}\na.x,a.y,a.z\n1,2,3\n", "how many frames a second"),
        ('# ballo {"fps":25,"parents":[0]}\na.x,a.y,a.z\n1,2,3\n', "parent"),
        ('# ballo {"fps":NaN,"parents":[-1]}\na.x,a.y,a.z\n1,2,3\n', "holds NaN"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, text, reason):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(BalloError, match=f"^cannot read .*a.csv: .*{reason}") as refused:
        formats.read(tmp_path / "a.csv")
    assert "\n" not in str(refused.value)


def test_a_comment_gives_a_tree_to_any_joints(tmp_path):
    (tmp_path / "a.csv").write_text('# ballo {"fps":30,"parents":[-1,0]}\na.x,a.y,a.z,b.x,b.y,b.z\n0,1,0,0,0,0\n0,1,0,1,1,0\n')
    motion = formats.read(tmp_path / "a.csv")
    assert isinstance(motion, Motion)
    np.testing.assert_allclose(motion.positions[1], [[0, 1, 0], [1, 1, 0]], atol=1e-6)
