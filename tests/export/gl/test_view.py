"""Matrices and rectangles, without any OpenGL: they agree with the camera of every film."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ballo.export import camera
from ballo.export.camera import SCREENS, View
from ballo.export.gl import view
from ballo.export.stage import KEY_LIGHT


@pytest.mark.parametrize("size", list(SCREENS))
@pytest.mark.parametrize("turn", [0.0, 0.7, -2.5])
def test_a_point_falls_where_the_camera_has_it(size, turn):
    seen = View(np.array([0.3, 0.9, -0.2]), 5.1, turn, SCREENS[size])
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (50, 3))
    clip = np.column_stack([points, np.ones(50)]) @ view.to_picture(seen).T
    pixels = (clip[:, :2] / clip[:, 3:] + 1) / 2 * SCREENS[size].size
    expected, _ = camera.screen(seen, points)
    np.testing.assert_allclose(pixels, expected[:, :2], atol=1e-6)
    depth = clip[:, 2] / clip[:, 3]
    assert (np.abs(depth) < 1).all()
    away = np.linalg.norm(seen.eye - points, axis=1)
    nearest, farthest = np.argmin(away), np.argmax(away)
    assert depth[nearest] < depth[farthest]


def test_the_key_light_sees_all_of_her_and_what_is_nearer_to_it_first():
    points = np.random.default_rng(1).uniform(-0.9, 1.0, (40, 3))
    seen = np.column_stack([points, np.ones(40)]) @ view.to_light(points).T
    assert (np.abs(seen[:, :3]) <= 1).all()
    # A step towards the light changes the depth alone.
    moved = np.column_stack([points + 0.1 * KEY_LIGHT, np.ones(40)]) @ view.to_light(points).T
    np.testing.assert_allclose(moved[:, :2], seen[:, :2], atol=1e-12)
    assert (moved[:, 2] < seen[:, 2]).all()


def test_the_floors_square_holds_her_shadow_and_moves_by_whole_cells():
    points = np.random.default_rng(2).uniform(-0.8, 0.8, (40, 3)) + np.array([0, 0.8, 0])
    x, z, side = view.square_of(points, 100)
    laid = view._laid(points)
    assert (laid > np.array([x, z])).all()
    assert (laid < np.array([x, z]) + side).all()
    for step in np.random.default_rng(3).uniform(0, 0.3, 10):
        x2, _, side2 = view.square_of(points + np.array([step, 0, 0]), 100)
        assert side2 == side
        cells = (x2 - x) / (side / 100)
        assert abs(cells - round(cells)) < 1e-6


@given(
    body=some.tuples(*[some.integers(0, 60)] * 4),
    shade=some.tuples(*[some.integers(0, 60)] * 4),
    horizon=some.integers(1, 39),
)
def test_rectangles_tile_the_picture(body, shade, horizon):
    def box(numbers):
        left, right = sorted(min(number, 60) for number in numbers[:2])
        top, bottom = sorted(min(number, 40) for number in numbers[2:])
        return left, top, right, bottom

    body, shade = box(body), box(shade)
    hull = tuple(f(a, b) for f, a, b in zip((min, min, max, max), body, shade, strict=True))
    seen = np.zeros((40, 60), dtype=int)
    for floor, depth, (left, top, right, bottom) in view.split(body, hull, (60, 40), horizon):
        assert left < right
        assert top < bottom
        seen[top:bottom, left:right] += 1
        assert floor == (top >= horizon)
        assert floor or bottom <= horizon
        for number, (x0, y0, x1, y1) in enumerate((hull, body), start=1):
            inside = x0 <= left and right <= x1 and y0 <= top and bottom <= y1
            assert (depth >= number) == inside
    assert (seen == 1).all()
