"""ChoreoNet's files as they are: markers from C3D, units from the csv, and everything odd about both."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from ballo.dataset.adapters import choreonet
from ballo.dataset.adapters.choreonet import Interval, Markers, read_c3d, read_intervals
from ballo.errors import DataError


@pytest.fixture
def markers():
    points = np.random.default_rng(0).normal(size=(30, 3, 3))
    return Markers("15", points, ("LFHD", "STRN", "LTOE"), 80.0)


@pytest.fixture
def source(choreonet_folder):
    return choreonet_folder


def intervals_of(source):
    return read_intervals(source.choreonet / "movement_interval.csv", source.folder)


@pytest.mark.parametrize("prefix", ["vskvsk:", "vskvsk2:", "vskvskok2:", ""])
@pytest.mark.parametrize("first_frame", [1, 77])
def test_markers_come_back_whatever_their_prefix_and_the_header(c3d_of, tmp_path, markers, prefix, first_frame):
    read = read_c3d(c3d_of(tmp_path / "15.c3d", markers, prefix=prefix, first_frame=first_frame))
    assert (read.name, read.labels, read.fps) == ("15", markers.labels, 80.0)
    np.testing.assert_allclose(read.points, markers.points, atol=1e-6)
    np.testing.assert_array_equal(read["STRN"], read.points[:, 1])


def test_z_up_becomes_y_up_and_stays_right_handed(tmp_path):
    import ezc3d

    content = ezc3d.c3d()
    content["parameters"]["POINT"]["RATE"]["value"] = [80]
    content["parameters"]["POINT"]["LABELS"]["value"] = ["a", "b", "c"]
    content["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    points = np.ones((4, 3, 2))
    points[:3] = 1000 * np.eye(3)[:, :, None]  # one marker on each axis
    content["data"]["points"] = points
    content.write(str(tmp_path / "axes.c3d"))
    x, y, z = read_c3d(tmp_path / "axes.c3d").points[0]
    np.testing.assert_allclose([x, y, z], [[1, 0, 0], [0, 0, -1], [0, 1, 0]], atol=1e-9)
    np.testing.assert_allclose(np.cross(x, y), z, atol=1e-9)


@pytest.mark.parametrize(("unit", "metres"), [("mm", 1.0), ("cm", 10.0), ("m", 1000.0), ("MM", 1.0)])
def test_units_of_length(c3d_of, tmp_path, markers, unit, metres):
    read = read_c3d(c3d_of(tmp_path / "15.c3d", markers, unit=unit))
    np.testing.assert_allclose(read.points, markers.points * metres, atol=1e-6 * metres)


def test_markers_that_were_not_seen_are_nan(c3d_of, tmp_path, markers):
    markers.points[3:6, 0] = 0.0  # as zeros
    markers.points[8, 1] = np.nan
    read = read_c3d(c3d_of(tmp_path / "15.c3d", markers))
    unseen = np.isnan(read.points).all(axis=-1)
    assert np.argwhere(unseen).tolist() == [[3, 0], [4, 0], [5, 0], [8, 1]]
    assert np.isfinite(read.points[~unseen]).all()


def test_a_negative_residual_is_a_marker_that_was_not_seen(tmp_path, c3d_of, markers):
    import ezc3d

    content = ezc3d.c3d(str(c3d_of(tmp_path / "whole.c3d", markers)))
    content["data"]["meta_points"]["residuals"][0, 2, 10:12] = -1
    content.write(str(tmp_path / "15.c3d"))
    unseen = np.isnan(read_c3d(tmp_path / "15.c3d").points).all(axis=-1)
    assert np.argwhere(unseen).tolist() == [[10, 2], [11, 2]]


def test_what_cannot_be_used_is_said(c3d_of, tmp_path, markers):
    path = tmp_path / "15.c3d"
    path.write_text("not a C3D file")
    with pytest.raises(ValueError, match="not a C3D file that can be read"):
        read_c3d(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="not a C3D file that can be read"):
        read_c3d(path)
    with pytest.raises(ValueError, match="points in furlong, not in mm, cm, m"):
        read_c3d(c3d_of(path, markers, unit="furlong"))


@pytest.mark.parametrize("rate", [0.0, -80.0, 5000.0, np.nan])
def test_rates_that_are_none(c3d_of, tmp_path, markers, rate):
    """The rate is in the file thrice, and no program would write such a one."""
    path = c3d_of(tmp_path / "15.c3d", markers)
    path.write_bytes(path.read_bytes().replace(struct.pack("<f", 80), struct.pack("<f", rate)))
    with pytest.raises(ValueError, match="not a C3D file" if np.isnan(rate) else f"a rate of {rate:g} frames a second"):
        read_c3d(path)


def test_one_frame_is_no_motion(c3d_of, tmp_path, markers):
    path = c3d_of(tmp_path / "15.c3d", Markers("15", markers.points[:1], markers.labels, 80.0))
    with pytest.raises(ValueError, match="no motion: 3 points, 1 frames"):
        read_c3d(path)


@pytest.mark.parametrize("lost", ["LABELS", "RATE", "UNITS"])
def test_a_c3d_file_that_does_not_say_what_its_points_are(c3d_of, tmp_path, markers, monkeypatch, lost):
    """A file of forces alone, say."""
    import ezc3d

    path = c3d_of(tmp_path / "15.c3d", markers)
    content = ezc3d.c3d(str(path))
    for emptied in (False, True):
        if emptied:
            content["parameters"]["POINT"][lost] = {"value": []}
        else:
            del content["parameters"]["POINT"][lost]
        monkeypatch.setattr(ezc3d, "c3d", lambda path: content)
        with pytest.raises(ValueError, match=rf"no POINT:{lost}|no motion"):
            read_c3d(path)


def test_a_c3d_file_that_breaks_off_is_said(c3d_of, tmp_path, markers):
    whole = c3d_of(tmp_path / "15.c3d", markers).read_bytes()
    for share in (0.1, 0.5):
        (tmp_path / "16.c3d").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ValueError, match=r"not a C3D file|no motion"):
            read_c3d(tmp_path / "16.c3d")


def test_broken_takes_are_named_and_the_rest_is_read(source, markers):
    source.take(markers)
    (source.choreonet / "raw_c3d" / "16.c3d").write_text("nothing")
    seen = []
    found, problems = choreonet.read_takes(
        choreonet.take_files(source.choreonet), source.folder, lambda name, done, total: seen.append((name, done, total))
    )
    assert [each.name for each in found] == ["15"]
    assert [(each.path, each.reason, each.expected) for each in problems] == [
        ("choreonet/raw_c3d/16.c3d", "not a C3D file that can be read", False)
    ]
    assert seen == [("take 15", 0, 2), ("take 16", 1, 2)]


def test_without_the_package_the_remedy_is_told(c3d_of, tmp_path, markers, monkeypatch):
    path = c3d_of(tmp_path / "15.c3d", markers)
    monkeypatch.setitem(__import__("sys").modules, "ezc3d", None)
    with pytest.raises(DataError, match="pip install"):
        read_c3d(path)


# The csv.


def test_the_csv_is_read_at_80_hz_with_fractions(source):
    source.row("15", "C-1-1", "50.2", "97.7", "100.4", "195.4", "4")
    source.row("15", "C-2-1", "98", "146", "196", "", "")
    source.row("15", "NIL", "98", "146", "196", "292", "4")
    found, problems = intervals_of(source)
    assert found == [Interval("15", "C-1-1", 100.4, 195.4, 4), Interval("15", "C-2-1", 196.0, None, None)]
    assert problems == []


def test_a_byte_order_mark_and_columns_in_another_order(source):
    path = source.choreonet / "movement_interval.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\ufeffbeats,c3d_file,end_frame,start_frame,movement_tag\r\n4,15,200,100,C-1-1\r\n", encoding="utf-8")
    assert intervals_of(source)[0] == [Interval("15", "C-1-1", 100.0, 200.0, 4)]


@pytest.mark.parametrize(
    "row",
    [
        ("15", "C-1-1", "", "", "soon", "200", "4"),
        ("15", "C-1-1", "", "", "200", "100", "4"),
        ("15", "C-1-1", "", "", "-5", "100", "4"),
        ("15", "C-1-1", "", "", "nan", "100", "4"),
        ("15", "C-1-1", "", "", "100", "inf", "4"),
        ("15", "C-1-1", "", "", "100", "200", "0"),
        ("15", "C-1-1", "", "", "100", "200", "4.5"),
        ("15", "X-1-1", "", "", "100", "200", "4"),
        ("15", "", "", "", "100", "200", "4"),
        ("15", "C", "", "", "100", "200", "4"),
        ("15",),
    ],
)
def test_rows_that_are_no_units_are_named_and_the_rest_is_read(source, row):
    source.row("15", "C-5-1", "", "", "0", "90", "4")
    source.row(*row)
    source.row("15", "C-6-1", "", "", "200", "290", "4")
    found, problems = intervals_of(source)
    assert [unit.tag for unit in found] == ["C-5-1", "C-6-1"]
    assert [(each.path, each.expected) for each in problems] == [("choreonet/movement_interval.csv", False)]
    assert problems[0].reason.startswith("line 3 is no unit (")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00garbage\xd8", b"", b"a,b,c\n1,2,3\n"])
def test_a_csv_that_is_none_gives_no_units(source, content):
    path = source.choreonet / "movement_interval.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    found, problems = intervals_of(source)
    assert found == []
    assert len(problems) == (content != b"")


def test_a_folder_is_recognised_by_takes_and_csv(source, markers):
    assert not choreonet.recognises(source.choreonet)
    source.take(markers)
    assert not choreonet.recognises(source.choreonet)
    source.row("15", "C-5-1", "", "", "0", "90", "4")
    assert choreonet.recognises(source.choreonet)
