"""What a frame is made of: the camera, the parts, the canvas."""

from __future__ import annotations

import av
import numpy as np
import pytest

from ballo.export import camera, capsules, picture, stage
from ballo.export.canvas import Canvas
from ballo.export.figure import LEFT, RIGHT, TORSO, figure_for
from ballo.motion.skeleton import DANCER, Skeleton


def test_a_point_is_where_a_pinhole_sees_it():
    view = camera.View(np.array([1.0, camera.PIVOT_METRES, -2.0]), 5.0)
    pixels, scale = camera.screen(view, view.pivot[None])
    np.testing.assert_allclose(pixels[0], [*camera.CENTRE, 0], atol=1e-4)
    np.testing.assert_allclose(scale, camera.FOCAL_PIXELS / 5)
    right, up, near = (camera.screen(view, view.pivot + np.eye(3)[axis] * 0.1)[0] for axis in range(3))
    assert right[0] > camera.CENTRE[0]
    assert up[1] < camera.CENTRE[1]
    assert near[2] > 0


def test_parallel_lines_meet_at_the_horizon():
    view = camera.View(np.array([0.0, camera.PIVOT_METRES, 0.0]), 5.0)
    far, _ = camera.screen(view, np.array([[0.0, 0.0, -1e6], [1e3, 0.0, -1e6]]))
    np.testing.assert_allclose(far[:, 1], stage.HORIZON, atol=1.5)


def test_the_floors_homography_is_the_cameras():
    view = camera.View(np.array([0.3, camera.PIVOT_METRES, -0.7]), 4.9)
    floor = np.random.default_rng(0).uniform(-2, 2, (20, 2))
    pixels = np.column_stack([floor, np.ones(20)]) @ stage._floor_to_screen(view).T
    points = np.column_stack([floor[:, 0], np.zeros(20), floor[:, 1]])
    np.testing.assert_allclose(pixels[:, :2] / pixels[:, 2:], camera.screen(view, points)[0][:, :2], atol=1e-2)


@pytest.mark.parametrize("speed", [0.5, 3.0])
def test_every_point_stays_in_the_picture(speed):
    time = np.arange(300) / 25
    random = np.random.default_rng(1)
    root = np.stack([np.sin(time * speed) * 2, np.full(300, 0.9), np.cos(time * speed * 1.3) * 2], axis=1)
    points = root[:, None] + random.uniform([-0.9, -0.9, -0.9], [0.9, 1.3, 0.9], (300, 40, 3))
    pivots = camera.follow(root, 25.0)
    away = camera.distances(camera.needed_distance(points, pivots), 25.0)
    assert (away >= camera.DISTANCE_METRES - 1e-9).all()
    assert np.abs(np.diff(away)).max() * 25 < 3  # metres a second
    for number in range(300):
        pixels, _ = camera.screen(camera.View(pivots[number], away[number]), points[number])
        assert (pixels[:, :2] >= np.array(camera.MARGIN_PIXELS) - 0.5).all()
        assert (pixels[:, :2] <= np.array([camera.WIDTH, camera.HEIGHT]) - camera.MARGIN_PIXELS + 0.5).all()


def test_a_still_dancer_has_a_still_camera():
    path = camera.follow(np.tile([1.0, 0.95, 2.0], (40, 1)), 25.0)
    np.testing.assert_allclose(path, np.tile([1.0, camera.PIVOT_METRES, 2.0], (40, 1)), atol=1e-6)


def _ball(radius: float) -> capsules.Parts:
    centre = np.array([[50.0, 40.0, 7.0]])
    return capsules.Parts(centre, centre, np.full((1, 2), radius), np.array([[0.2, 0.4, 0.6]]), np.ones(1))


def test_a_ball_is_round():
    surface = capsules.draw(_ball(20.0), 100, 80)
    assert abs(surface.cover.sum() - np.pi * 400) < 8
    row, column = 40 - surface.top, 50 - surface.left
    depth, x, y = surface.layers[:3, row, column]
    assert abs(depth - 27) < 0.1
    assert abs(x) < 0.05
    assert abs(y) < 0.05
    right_edge = surface.layers[1, row, column + 18]
    assert 0.85 < right_edge < 0.97
    np.testing.assert_allclose(surface.layers[3:, row, column], [0.2, 0.4, 0.6], atol=1e-6)


def test_a_capsule_seen_from_its_end_is_a_ball():
    far, near = np.array([[50.0, 40.0, -30.0]]), np.array([[50.0, 40.0, 7.0]])
    parts = capsules.Parts(far, near, np.full((1, 2), 20.0), np.ones((1, 3)), np.ones(1))
    ball, capsule = capsules.draw(_ball(20.0), 100, 80), capsules.draw(parts, 100, 80)
    inside = ball.cover > 0.9
    np.testing.assert_allclose(capsule.layers[:3][:, inside], ball.layers[:3][:, inside], atol=0.05)


@pytest.mark.parametrize("rise", [0.0, 30.0, 200.0])
@pytest.mark.parametrize("length", [0.0, 2.0, 12.0, 40.0])
@pytest.mark.parametrize("radii", [(20.0, 20.0), (20.0, 9.0), (6.0, 20.0)])
def test_a_part_covers_the_balls_between_its_ends(rise, length, radii):
    start, end = np.array([[50.0, 50.0, 0.0]]), np.array([[50.0 + length * 0.6, 50.0 + length * 0.8, rise]])
    surface = capsules.draw(capsules.Parts(start, end, np.array([radii]), np.ones((1, 3)), np.ones(1)), 120, 120)
    cover = np.zeros((120, 120))
    height, width = surface.cover.shape
    cover[surface.top : surface.top + height, surface.left : surface.left + width] = surface.cover
    rows, columns = np.mgrid[:120, :120] + 0.5
    inside = np.full((120, 120), -np.inf)
    for share in np.linspace(0, 1, 200):
        x, y, _ = (start + (end - start) * share)[0]
        radius = radii[0] + (radii[1] - radii[0]) * share
        inside = np.maximum(inside, radius - np.hypot(columns - x, rows - y))
    np.testing.assert_allclose(cover, np.clip(inside + 0.5, 0, 1), atol=0.12)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_nearer_part_hides_the_farther(reverse):
    depths = np.array([0.0, 60.0])[:: -1 if reverse else 1]
    centres = np.column_stack([np.full(2, 30.0), np.full(2, 30.0), depths])
    colours = np.where(depths[:, None] > 0, np.array([1.0, 0, 0]), np.array([0, 0, 1.0]))
    surface = capsules.draw(
        capsules.Parts(centres, centres, np.array([[10.0, 10], [10, 10]]), colours, np.full(2, 3.0)), 60, 60
    )
    np.testing.assert_allclose(surface.layers[3:, 30 - surface.top, 30 - surface.left], [1, 0, 0], atol=1e-6)


def test_what_is_outside_is_not_drawn():
    away = np.array([[500.0, 500.0, 0.0]])
    assert capsules.draw(capsules.Parts(away, away, np.ones((1, 2)), np.ones((1, 3)), np.ones(1)), 100, 80) is None


def test_a_canvas_holds_the_colours_it_is_given():
    columns, rows = np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 48))
    colour = np.stack([columns, rows, 0.5 * np.ones_like(rows)], axis=-1).astype(np.float32)
    frame = av.VideoFrame.from_ndarray(Canvas.of(colour).planes, format="yuv420p")
    seen = frame.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_color_range="JPEG") / 255
    assert np.abs(seen - colour).mean() < 0.01


def test_half_a_cover_mixes_half():
    canvas = Canvas.of(np.zeros((8, 8, 3), dtype=np.float32))
    white = np.ones((3, 4, 4), dtype=np.float32)
    canvas.paste(2, 2, white * 0.5, np.full((4, 4), 0.5, dtype=np.float32))
    assert abs(int(canvas.luma[4, 4]) - (16 + 219 / 2)) <= 1
    assert canvas.luma[0, 0] == 16
    assert np.abs(canvas.chroma.astype(int) - 128).max() <= 1
    canvas.tint(0, 0, 200.0, np.ones((2, 2), dtype=np.float32))
    assert canvas.luma[0, 0] == 200


def test_the_dancer_has_a_body_and_anyone_has_sticks():
    body = figure_for(DANCER)
    assert len(body.ends) > len(DANCER)
    assert {TORSO, LEFT, RIGHT} <= set(body.kinds.tolist())
    other = Skeleton(("hips", "left_leg", "head"), (-1, 0, 0), np.array([[0, 0, 0], [0, -0.9, 0], [0, 0.7, 0]]))
    sticks = figure_for(other)
    assert sticks.kinds.tolist()[:2] == [LEFT, TORSO]
    assert len(sticks.ends) == 3


def test_a_body_rides_on_its_joints(smooth_dance):
    motion = smooth_dance(4)
    body = figure_for(DANCER)
    points = body.points(motion.rotations, motion.root)
    np.testing.assert_allclose(points[:, : len(DANCER)], motion.positions, atol=1e-5)
    for added in range(len(DANCER), len(body.skeleton)):
        lengths = np.linalg.norm(points[:, added] - points[:, body.skeleton.parents[added]], axis=-1)
        np.testing.assert_allclose(lengths, body.skeleton.bone_lengths[added], atol=1e-5)


def test_a_shadow_lies_by_the_feet_on_the_far_side_from_the_light(smooth_dance):
    motion = smooth_dance(1)
    body = figure_for(DANCER)
    points = body.points(motion.rotations, motion.root)[0]
    view = camera.View(np.array([motion.root[0, 0], camera.PIVOT_METRES, motion.root[0, 2]]), 5.0)
    canvas = Canvas.of(np.ones((camera.HEIGHT, camera.WIDTH, 3), dtype=np.float32))
    stage.draw_shadow(canvas, view, points[body.ends[:, 0]], points[body.ends[:, 1]], body.radii)
    dark = 235 - canvas.luma.astype(float)
    rows, columns = np.arange(camera.HEIGHT), np.arange(camera.WIDTH)
    assert dark.max() > 60
    assert (dark.sum(axis=0) @ columns) / dark.sum() > camera.CENTRE[0]
    assert (dark.sum(axis=1) @ rows) / dark.sum() > stage.HORIZON


def test_the_same_shot_is_the_same_frame(smooth_dance):
    motion = smooth_dance(2)
    body = figure_for(DANCER)
    view = camera.View(np.array([0.0, camera.PIVOT_METRES, 0.0]), 5.0)
    shot = picture.Shot(view, body.points(motion.rotations, motion.root)[0], "waltz   0:00.0", "ballo")
    np.testing.assert_array_equal(picture.draw(body, shot).planes, picture.draw(body, shot).planes)
