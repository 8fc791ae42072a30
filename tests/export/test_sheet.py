"""Contact sheets: every figure is there, whole, on its place, whatever their number."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ballo.errors import ExportError
from ballo.export import sheet
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER, Skeleton

ORANGE = np.array([226, 112, 84])


@pytest.fixture(scope="module")
def figures(smooth_dance):
    """200 poses of a dance, anywhere and facing anyhow."""
    positions = smooth_dance(200).positions.astype(np.float64)
    turned = kinematics.turned_about_y(positions, np.linspace(0, 6, 200)[:, None])
    return turned + np.array([3.0, 0.4, -2.0])


def limbs(picture: Image.Image) -> np.ndarray:
    """(columns,) how many pixels of each are of her orange side."""
    seen = np.asarray(picture).astype(int)
    return ((seen[..., 0] - seen[..., 2] > 80) & (seen[..., 0] - seen[..., 1] > 60)).sum(axis=0)


@pytest.mark.parametrize("count", [1, 7, 16, 64])
def test_each_figure_is_on_its_place(figures, tmp_path, count):
    path = sheet.write(tmp_path / "sheet.png", DANCER, figures[:count])
    assert path.stat().st_size < 1_000_000
    picture = Image.open(path)
    width, height = picture.size
    assert width <= 1600
    columns = [c for c in range(1, count + 1) if width % c == 0 and 0.3 < (width / c) / (height / -(-count // c)) < 1.6]
    assert columns, "places are upright and of equal size"
    shown = []
    for columns_in_a_row in columns:
        rows = -(-count // columns_in_a_row)
        if height % rows:
            continue
        size = width // columns_in_a_row, height // rows
        places = [(k % columns_in_a_row * size[0], k // columns_in_a_row * size[1]) for k in range(count)]
        shown.append(all(limbs(picture.crop((x, y, x + size[0], y + size[1]))).sum() > 60 for x, y in places))
    assert any(shown)


def test_where_they_stand_and_face_makes_no_difference(figures):
    there = sheet.draw(DANCER, figures[:3])
    moved = kinematics.turned_about_y(figures[:3], np.array([1.0, -2.0, 0.5])[:, None]) + np.array([7.0, -1.0, 2.0])
    assert np.abs(np.asarray(there).astype(int) - np.asarray(sheet.draw(DANCER, moved)).astype(int)).max() <= 3


def test_bones_of_any_length_are_drawn_on_the_skeletons_own(figures):
    longer = figures[:2] * 1.3
    assert np.abs(np.asarray(sheet.draw(DANCER, figures[:2])).astype(int) - np.asarray(sheet.draw(DANCER, longer))).max() <= 3


def test_nothing_is_cut_off_and_the_figures_differ(figures):
    picture = np.asarray(sheet.draw(DANCER, figures[[0, 60, 120, 180]])).astype(int)
    places = np.split(picture, 4, axis=1)
    for place in places:
        columns = limbs(Image.fromarray(place.astype(np.uint8)))
        assert not columns[:3].any()
        assert not columns[-3:].any()
    assert np.abs(places[0] - places[1]).mean() > 2


def test_labels_are_printed_under_them_and_cut_to_fit(figures):
    plain, labelled = (sheet.draw(DANCER, figures[:2], labels) for labels in ((), ("waltz", "an endless label " * 20)))
    width, height = labelled.size
    assert height >= plain.size[1]
    below = np.asarray(labelled)[height - 40 :].astype(int)
    without = np.asarray(sheet.draw(DANCER, figures[:2], (" ", " ")))[height - 40 :].astype(int)
    changed = np.abs(below - without).max(axis=(0, 2)) > 20
    assert changed[: width // 2].any()
    assert changed[width // 2 :].any()
    assert not changed[width // 2 - 2 : width // 2 + 2].any(), "a label stays under its figure"


def test_a_skeleton_that_is_not_the_dancers():
    body = Skeleton(("hips", "leg", "head"), (-1, 0, 0), np.array([[0, 0, 0], [0, -0.9, 0], [0, 0.7, 0]]))
    figures = np.array([[[0, 0.9, 0], [0, 0.0, 0], [0, 1.6, 0]], [[0, 0.9, 0], [0.3, 0.1, 0], [0.3, 1.5, 0]]])
    picture = np.asarray(sheet.draw(body, figures)).astype(int)
    assert picture.std() > 10


@pytest.mark.parametrize(
    ("name", "count", "reason"),
    [
        ("a.jpg", 3, "a sheet of figures is a .png"),
        ("a.png", 0, "a sheet holds 1 to 400 figures, not 0"),
        ("a.png", 401, "a sheet holds 1 to 400 figures, not 401"),
        ("nowhere/a.png", 3, "there is no folder"),
    ],
)
def test_what_is_no_sheet(tmp_path, name, count, reason):
    with pytest.raises(ExportError, match=reason):
        sheet.write(tmp_path / name, DANCER, np.zeros((count, 22, 3)))
    assert not list(tmp_path.iterdir())
