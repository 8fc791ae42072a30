"""What a frame is made of: the camera, the parts, the canvas."""

from __future__ import annotations

import av
import numpy as np
import pytest

from ballo.errors import ExportError
from ballo.export import camera, capsules, grid, picture, pulses, reel, stage, theme, tiles
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
    np.testing.assert_allclose(far[:, 1], camera.STANDARD.horizon, atol=1.5)


def test_the_floors_homography_is_the_cameras():
    view = camera.View(np.array([0.3, camera.PIVOT_METRES, -0.7]), 4.9)
    floor = np.random.default_rng(0).uniform(-2, 2, (20, 2))
    pixels = np.column_stack([floor, np.ones(20)]) @ stage.floor_to_screen(view).T
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
        assert (pixels[:, :2] >= np.array(camera.STANDARD.margins[:2]) - 0.5).all()
        assert (pixels[:, :2] <= np.array([camera.WIDTH, camera.HEIGHT]) - np.array(camera.STANDARD.margins[:2]) + 0.5).all()


def test_a_still_dancer_has_a_still_camera():
    path = camera.follow(np.tile([1.0, 0.95, 2.0], (40, 1)), 25.0)
    np.testing.assert_allclose(path, np.tile([1.0, camera.PIVOT_METRES, 2.0], (40, 1)), atol=1e-6)


def _ball(radius: float) -> capsules.Parts:
    centre = np.array([[50.0, 40.0, 7.0]])
    return capsules.Parts(centre, centre, np.full((1, 2), radius), np.array([[0.2, 0.4, 0.6]]), np.ones(1))


def _whole(surface: capsules.Surface, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Layers (6, height, width) and cover (height, width) of all of a picture."""
    left, top, there = tiles.whole(surface.corners, np.concatenate([surface.layers, surface.cover[None]]), (width, height))
    drawn = np.zeros((7, height, width))
    drawn[:, top : top + there.shape[1], left : left + there.shape[2]] = there
    return drawn[:6], drawn[6]


def _plainly(parts: capsules.Parts, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """What `_whole` gives, one part after another over all of the picture."""
    layers, cover = np.zeros((6, height, width)), np.zeros((height, width))
    layers[0] = capsules.FARTHEST
    rows, columns = np.mgrid[:height, :width] + 0.5
    for part in np.argsort(np.maximum(parts.starts[:, 2], parts.ends[:, 2])):
        start, axis = parts.starts[part], parts.ends[part] - parts.starts[part]
        first, gain = parts.radii[part, 0], np.diff(parts.radii[part])[0]
        flat = max(np.hypot(*axis[:2]), 1e-3)
        across = axis[:2] / flat if flat > 1e-3 else np.array([1.0, 0.0])
        x, y = columns - start[0], rows - start[1]
        along, aside = x * across[0] + y * across[1], y * across[0] - x * across[1]
        near = first + gain * np.clip(along / flat, 0, 1)
        tilt = axis[2] / max(np.linalg.norm(axis), 1e-3)
        ball = np.clip((along + tilt * np.sqrt(np.maximum(near**2 - aside**2, 0))) / flat, 0, 1)
        radius, x, y = first + gain * ball, x - ball * axis[0], y - ball * axis[1]
        depth = start[2] + ball * axis[2] + np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0))
        sine = gain / flat
        lean = np.abs(aside) * sine / np.sqrt(1 - sine**2) if abs(sine) < 1 else np.inf * sine
        rim = np.clip((along + lean) / flat, 0, 1)
        inside = first + gain * rim - np.hypot(along - rim * flat, aside)
        share = np.clip(inside + 0.5, 0, 1)
        cover = np.maximum(cover, share)
        nearer = (depth - layers[0]) / (2 * parts.joins[part])
        visible = share / np.maximum(cover, 1e-6)
        layers[:3] += (np.stack([depth, x / radius, -y / radius]) - layers[:3]) * np.clip(nearer + 0.5, 0, 1) * visible
        edge = np.clip(nearer * capsules.COLOUR_EDGE + 0.5, 0, 1)
        layers[3:] += (parts.colours[part][:, None, None] - layers[3:]) * edge * visible
    return layers, cover


@pytest.mark.parametrize("seed", range(4))
def test_parts_in_tiles_are_parts_one_after_another(seed):
    """Balls, capsules and discs within discs, over one another, with some that reach out of a picture of no whole tiles."""
    random = np.random.default_rng(seed)
    starts, ends = random.uniform([-10, -10, -40], [110, 90, 40], (2, 25, 3))
    ends[:4] = starts[:4]  # balls
    ends[4:8, :2] = starts[4:8, :2] + random.uniform(-2, 2, (4, 2))  # seen from their ends
    radii = random.uniform(2, 18, (25, 2))
    radii[:4, 1] = radii[:4, 0]
    parts = capsules.Parts(starts, ends, radii, random.uniform(0, 1, (25, 3)), random.uniform(2, 6, 25))
    surface = capsules.draw(parts, 98, 83)
    drawn, cover = _whole(surface, 98, 83)
    expected, expected_cover = _plainly(parts, 98, 83)
    np.testing.assert_allclose(cover, expected_cover, atol=1e-4)
    away = np.abs(drawn - expected) * cover / np.array([5.0, 1, 1, 1, 1, 1])[:, None, None]
    assert (away > 0.01).sum() < 20  # of 50,000: where a ball's surface ends, its depth falls too steeply to be the same
    assert away.max() < 0.2


def test_tiles_are_touched_by_the_parts_that_reach_them():
    random = np.random.default_rng(5)
    low = random.uniform(-20, 90, (12, 2))
    boxes = np.concatenate([low, low + random.uniform(0, 40, (12, 2))], axis=1)
    ranks = random.permutation(12)
    found = tiles.touches(boxes, ranks, (70, 50))
    corners = [tuple(corner) for corner in found.corners.tolist()]
    expected = {}
    for left in range(0, 70, tiles.TILE):
        for top in range(0, 50, tiles.TILE):
            right, bottom = left + tiles.TILE, top + tiles.TILE
            within = (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
            if within.any():
                expected[left, top] = sorted(np.flatnonzero(within).tolist(), key=lambda part: ranks[part])
    assert sorted(corners) == sorted(expected)
    layered: dict[tuple[int, int], list[int]] = {corner: [] for corner in corners}
    for layer in found.layers:
        assert found.tiles[layer].tolist() == list(range(layer.stop - layer.start))
        for tile, part in zip(found.tiles[layer].tolist(), found.parts[layer].tolist(), strict=True):
            layered[corners[tile]].append(part)
    assert layered == expected


def test_a_part_that_its_tile_is_too_far_from_is_left_out():
    """The box of a slanted part is mostly empty."""
    start, end = np.array([[10.0, 10.0, 0.0]]), np.array([[150.0, 150.0, 0.0]])
    surface = capsules.draw(capsules.Parts(start, end, np.full((1, 2), 4.0), np.ones((1, 3)), np.ones(1)), 160, 160)
    assert len(surface.corners) < 60
    assert (surface.cover.max(axis=1) > 0).mean() > 0.8


def test_what_is_smooth_is_known_from_its_cells():
    """Of a slope over cells, every pixel between is on the slope."""
    rows, columns = np.mgrid[: 4 * tiles.CELLS, : 5 * tiles.CELLS].astype(np.float32)
    place = np.array([[1, 1], [3, 2], [2, 1]])
    pixels = tiles.between_cells(2 * columns + 5 * rows, place)
    x, y = (place[:, axis, None] * tiles.TILE + tiles.CENTRES[axis] for axis in (0, 1))
    expected = 2 * (x / tiles.CELL - 0.5) + 5 * (y / tiles.CELL - 0.5)
    np.testing.assert_allclose(pixels, expected, rtol=1e-5)
    np.testing.assert_allclose(tiles.in_cells(x).reshape(3, -1)[:, 0], place[:, 0] * tiles.TILE + tiles.CELL / 2, rtol=1e-6)


def test_laying_tiles_is_pasting_their_rectangle():
    random = np.random.default_rng(6)
    corners = np.array([[8, 16], [24, 16], [16, 0]])
    cover = random.uniform(0, 1, (3, tiles.PIXELS)).astype(np.float32)
    colour = random.uniform(0, 1, (3, 3, tiles.PIXELS)).astype(np.float32) * cover
    laid, pasted = (Canvas.of(np.full((32, 48, 3), 0.6, dtype=np.float32)) for _ in range(2))
    laid.lay(corners, colour, cover)
    left, top, joined = tiles.whole(corners, np.concatenate([colour, cover[None]]), (48, 32))
    pasted.paste(left, top, joined[:3], joined[3])
    np.testing.assert_allclose(laid.planes.astype(int), pasted.planes.astype(int), atol=1)
    assert (laid.planes != Canvas.of(np.full((32, 48, 3), 0.6, dtype=np.float32)).planes).sum() > 100


def test_a_part_is_shaded_by_what_stands_before_it_and_only_there():
    """Against the blur of the depth worked out pixel by pixel."""
    centres = np.array([[100.0, 60.0, 0.0], [100.0, 60.0, 90.0]])
    parts = capsules.Parts(centres, centres, np.array([[50.0, 50], [16, 16]]), np.ones((2, 3)), np.ones(2))
    surface = capsules.draw(parts, 200, 120)
    (_, _, reached) = tiles.whole(surface.corners, picture._unoccluded(surface, 40.0, 14.0)[None], (200, 120))
    left, top = surface.corners.min(axis=0)
    layers, cover = _whole(surface, 200, 120)
    for row, column in ((60, 100), (60, 118), (60, 125), (30, 100), (95, 80)):
        near = np.s_[max(0, row - 14) : row + 14, column - 14 : column + 14]
        around = (layers[0] * cover)[near].sum() / cover[near].sum()
        expected = 1 - picture.OCCLUSION * np.clip((around - layers[0, row, column]) / 40, 0, 1)
        assert abs(reached[0, row - top, column - left] - expected) < 0.06
    assert reached[0, 60 - top, 118 - left] < 0.85
    assert reached[0, 60 - top, 100 - left] == 1


def test_a_ball_is_round():
    layers, cover = _whole(capsules.draw(_ball(20.0), 100, 80), 100, 80)
    assert abs(cover.sum() - np.pi * 400) < 8
    depth, x, y = layers[:3, 40, 50]
    assert abs(depth - 27) < 0.1
    assert abs(x) < 0.05
    assert abs(y) < 0.05
    right_edge = layers[1, 40, 50 + 18]
    assert 0.85 < right_edge < 0.97
    np.testing.assert_allclose(layers[3:, 40, 50], [0.2, 0.4, 0.6], atol=1e-6)


def test_a_capsule_seen_from_its_end_is_a_ball():
    far, near = np.array([[50.0, 40.0, -30.0]]), np.array([[50.0, 40.0, 7.0]])
    parts = capsules.Parts(far, near, np.full((1, 2), 20.0), np.ones((1, 3)), np.ones(1))
    (ball, cover), (capsule, _) = (_whole(capsules.draw(each, 100, 80), 100, 80) for each in (_ball(20.0), parts))
    inside = cover > 0.9
    np.testing.assert_allclose(capsule[:3, inside], ball[:3, inside], atol=0.05)


@pytest.mark.parametrize("rise", [0.0, 30.0, 200.0])
@pytest.mark.parametrize("length", [0.0, 2.0, 12.0, 40.0])
@pytest.mark.parametrize("radii", [(20.0, 20.0), (20.0, 9.0), (6.0, 20.0)])
def test_a_part_covers_the_balls_between_its_ends(rise, length, radii):
    start, end = np.array([[50.0, 50.0, 0.0]]), np.array([[50.0 + length * 0.6, 50.0 + length * 0.8, rise]])
    surface = capsules.draw(capsules.Parts(start, end, np.array([radii]), np.ones((1, 3)), np.ones(1)), 120, 120)
    _, cover = _whole(surface, 120, 120)
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
    np.testing.assert_allclose(_whole(surface, 60, 60)[0][3:, 30, 30], [1, 0, 0], atol=1e-6)


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
    assert (dark.sum(axis=1) @ rows) / dark.sum() > camera.STANDARD.horizon


def test_the_floor_is_as_dark_as_the_darkest_of_all_that_is_over_it():
    """Blurred capsules one after another on the whole square."""
    random = np.random.default_rng(7)
    starts, ends = random.uniform(-0.4, 4.0, (2, 20, 2))
    ends[:3] = starts[:3]
    radii, soft, strength = random.uniform(0.02, 0.1, (20, 2)), random.uniform(0.03, 0.3, 20), random.uniform(0.2, 0.9, 20)
    dark = stage._Stamps(starts, ends, radii, soft, strength).darkest()
    expected = np.zeros_like(dark)
    z, x = (np.mgrid[: stage.SHADOW_CELLS, : stage.SHADOW_CELLS] + 0.5) * stage.CELL_METRES
    for start, end, (first, last), blur, peak in zip(starts, ends, radii, soft, strength, strict=True):
        axis = end - start
        where = np.clip(((x - start[0]) * axis[0] + (z - start[1]) * axis[1]) / max(axis @ axis, 1e-9), 0, 1)
        away = np.hypot(x - start[0] - where * axis[0], z - start[1] - where * axis[1])
        inside = np.clip((first + (last - first) * where - away) / (2 * blur) + 0.5, 0, 1)
        expected = np.maximum(expected, inside**2 * (3 - 2 * inside) * peak)
    np.testing.assert_allclose(dark, expected, atol=2e-3)


def test_the_same_shot_is_the_same_frame(smooth_dance):
    motion = smooth_dance(2)
    body = figure_for(DANCER)
    view = camera.View(np.array([0.0, camera.PIVOT_METRES, 0.0]), 5.0)
    shot = picture.Shot(view, body.points(motion.rotations, motion.root)[0], "waltz   0:00.0", "ballo")
    np.testing.assert_array_equal(picture.draw(body, shot).planes, picture.draw(body, shot).planes)


SIZES = list(camera.SCREENS)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", camera.CAMERAS)
def test_all_of_the_dancer_is_in_the_picture(smooth_dance, size, kind):
    screen = camera.SCREENS[size]
    for drawing in reel.of(smooth_dance(60), reel.Look(size, kind)).drawings:
        shot = drawing.args[1]
        pixels, _ = camera.screen(shot.view, shot.points)
        sides, top, bottom = screen.margins
        assert (pixels[:, 0] >= sides - 0.5).all()
        assert (pixels[:, 0] <= screen.width - sides + 0.5).all()
        assert (pixels[:, 1] >= top - 0.5).all()
        assert (pixels[:, 1] <= screen.height - bottom + 0.5).all()


def test_cameras_go_as_they_are_called(smooth_dance):
    motion = smooth_dance(200)
    views = {
        kind: [drawing.args[1].view for drawing in reel.of(motion, reel.Look(camera=kind)).drawings] for kind in camera.CAMERAS
    }
    assert len({(tuple(view.pivot), round(view.distance_metres, 6), view.turn) for view in views["front"]}) == 1
    assert {view.turn for view in views["follow"]} == {0.0}
    turns = np.diff([view.turn for view in views["orbit"]])
    np.testing.assert_allclose(turns, 2 * np.pi / 25 / camera.ORBIT_SECONDS, rtol=1e-6)
    for follow, orbit in zip(views["follow"], views["orbit"], strict=True):
        np.testing.assert_array_equal(follow.pivot, orbit.pivot)


def test_a_turned_camera_sees_what_a_turned_world_shows():
    """Turning the camera one way is turning everything the other way about the pivot."""
    random = np.random.default_rng(3)
    points, turn = random.uniform(-1, 1, (30, 3)), 0.7
    pivot = np.array([0.2, camera.PIVOT_METRES, -0.4])
    sine, cosine = np.sin(-turn), np.cos(-turn)
    away = points - pivot
    turned = (
        np.column_stack([away[:, 0] * cosine + away[:, 2] * sine, away[:, 1], away[:, 2] * cosine - away[:, 0] * sine]) + pivot
    )
    seen, _ = camera.screen(camera.View(pivot, 5.0, turn), points)
    expected, _ = camera.screen(camera.View(pivot, 5.0), turned)
    np.testing.assert_allclose(seen, expected, atol=1e-3)
    eye = camera.View(pivot, 5.0, turn)
    np.testing.assert_allclose(eye.to_view(eye.eye), [0, 0, 5.0], atol=1e-6)


@pytest.mark.parametrize("turn", [0.0, 0.3, np.pi / 4, 2.0, np.pi])
@pytest.mark.parametrize("size", SIZES)
def test_lines_lie_where_the_floor_has_them(turn, size):
    """What is drawn on the floor's grid is drawn; what lies between the lines is left alone."""
    view = camera.View(np.array([0.13, camera.PIVOT_METRES, -0.21]), 5.0, turn, camera.SCREENS[size])
    screen = view.screen
    canvas = Canvas.of(np.ones((screen.height, screen.width, 3), dtype=np.float32))
    grid.draw_grid(canvas, view)
    places = np.arange(-6, 7) * grid.SPACING_METRES

    def darkness(x: np.ndarray, z: np.ndarray) -> np.ndarray:
        pixels, _ = camera.screen(view, np.stack([x, np.zeros_like(x), z], axis=-1))
        column, row = np.floor(pixels[..., :2]).astype(int).reshape(-1, 2).T
        seen = (column > 2) & (column < screen.width - 3) & (row > 2) & (row < screen.height - 3)
        # A line narrower than a pixel may lie in the pixel beside.
        around = [canvas.luma[row[seen] + y, column[seen] + x] for x in (-1, 0, 1) for y in (-1, 0, 1)]
        return 235.0 - np.min(around, axis=0)

    lines = np.concatenate([darkness(*np.meshgrid(places, places + 0.1)), darkness(*np.meshgrid(places + 0.1, places))])
    between = darkness(*np.meshgrid(places[4:-4] + 0.25, places[4:-4] + 0.25))
    assert len(lines) > 40
    assert len(between) > 6
    assert lines.min() >= 3
    assert between.max() <= 1


@pytest.mark.parametrize("turn", [0.0, 0.3, np.pi / 4, 2.0])
def test_lines_are_as_strong_as_what_they_cover(turn):
    """Against looking at a hundred points of every pixel, block by block: how dark the lines make it."""
    view = camera.View(np.array([0.13, camera.PIVOT_METRES, -0.21]), 5.0, turn)
    canvas = Canvas.of(np.ones((camera.HEIGHT, camera.WIDTH, 3), dtype=np.float32))
    grid.draw_grid(canvas, view)
    top, left, side = 480, 400, 160
    back = np.linalg.inv(stage.floor_to_screen(view))
    rows, columns = np.mgrid[: side * 10, : side * 10] / 10 + 0.05
    x, z, w = (line[0] * (columns + left) + line[1] * (rows + top) + line[2] for line in back)
    covered = np.zeros_like(x)
    for place in (x / w, z / w):
        number = np.rint(place / grid.SPACING_METRES)
        lined = np.abs(place - number * grid.SPACING_METRES) < grid.LINE_METRES / 2
        covered += lined * np.where(number % 2 == 0, 1.0, 0.5)
    pixels = covered.reshape(side, 10, side, 10).mean(axis=(1, 3))
    strength = grid._strength(grid._Floor.of(view), np.arange(top, top + side) + 0.5, theme.LIGHT)
    expected = (pixels * strength[:, None]).reshape(4, 40, 4, 40).sum(axis=(1, 3))
    drawn = (235.0 - canvas.luma[top : top + side, left : left + side]) / (235 - theme.LIGHT.line_luma)
    drawn = drawn.reshape(4, 40, 4, 40).sum(axis=(1, 3))
    assert expected.max() > 30
    np.testing.assert_allclose(drawn, expected, rtol=0.1, atol=2)


def test_the_shadow_turns_with_the_stage(smooth_dance):
    """From behind, it falls to the other side."""
    motion = smooth_dance(1)
    body = figure_for(DANCER)
    points = body.points(motion.rotations, motion.root)[0]
    pivot = np.array([motion.root[0, 0], camera.PIVOT_METRES, motion.root[0, 2]])
    middles = []
    for turn in (0.0, np.pi):
        canvas = Canvas.of(np.ones((camera.HEIGHT, camera.WIDTH, 3), dtype=np.float32))
        view = camera.View(pivot, 5.0, turn)
        stage.draw_shadow(canvas, view, points[body.ends[:, 0]], points[body.ends[:, 1]], body.radii)
        dark = 235 - canvas.luma.astype(float)
        middles.append((dark.sum(axis=0) @ np.arange(camera.WIDTH)) / dark.sum())
    assert middles[0] > camera.CENTRE[0] + 20
    assert middles[1] < camera.CENTRE[0] - 20


def test_a_dark_stage_is_dark_and_the_dancer_is_not(smooth_dance):
    shots = [next(reel.of(smooth_dance(1), reel.Look(theme=name)).drawings).args for name in ("light", "dark")]
    light, dark = (picture.draw(*shot) for shot in shots)
    surface = capsules.draw(picture._parts(shots[0][0], shots[0][1].view, shots[0][1].points, shots[0][1].theme), 1280, 720)
    assert np.median(dark.luma) < 70 < 180 < np.median(light.luma)
    there = _whole(surface, 1280, 720)[1] > 0.9
    assert dark.luma[there].mean() > np.median(dark.luma) + 40
    assert light.luma[there].mean() < np.median(light.luma) - 40


def test_a_pulse_starts_on_its_beat_grows_and_fades():
    beats = [pulses.Beat(1.0, True), pulses.Beat(1.5, False)]
    place = np.zeros(2)
    assert pulses.pulse_at(beats, 0.99, place) is None
    assert pulses.pulse_at(beats, 4.0, place) is None
    assert pulses.pulse_at(beats, 1.0, place).down
    assert abs(pulses.pulse_at(beats, 1.7, place).age_seconds - 0.2) < 1e-9
    assert not pulses.pulse_at(beats, 1.7, place).down
    view, drawn = camera.View(np.array([0.0, camera.PIVOT_METRES, 0.0]), 5.0), []
    for age in (0.0, 0.2, 0.6):
        canvas = Canvas.of(np.full((camera.HEIGHT, camera.WIDTH, 3), 0.2, dtype=np.float32))
        before = canvas.copy().planes
        pulses.draw_pulse(canvas, view, pulses.Pulse(place, age, True), theme.LIGHT)
        changed = np.abs(canvas.planes.astype(int) - before)
        rows, columns = np.nonzero(changed[: camera.HEIGHT] > 1)
        assert rows.min() > camera.STANDARD.horizon
        drawn.append((np.ptp(columns), changed.max()))
    assert drawn[0][0] < drawn[1][0]
    assert drawn[0][1] > drawn[1][1] > drawn[2][1]


@pytest.mark.parametrize("look", [reel.Look(size="4k"), reel.Look(camera="drone"), reel.Look(theme="pink")])
def test_a_look_that_there_is_not(smooth_dance, look):
    with pytest.raises(ExportError, match="choose"):
        reel.of(smooth_dance(2), look)


def test_a_title_has_no_boxes_for_signs_that_the_font_lacks():
    drawn = [stage.backdrop(theme=theme.DARK, title=text).planes for text in ("Blue \u2014 Danube", "Blue - Danube")]
    np.testing.assert_array_equal(*drawn)
    assert (stage.backdrop(title="\u821e").planes == stage.backdrop().planes).all()


def test_small_print_has_no_boxes_either():
    written = [picture._text(label).tolist() for label in ("Stra\u00dfe, caf\u00e9\u821e", "Strasse, cafe")]
    assert written[0] == written[1]


@pytest.mark.parametrize("title", ["Moon River", "A title that is far too long for a picture " * 3])
@pytest.mark.parametrize("size", SIZES)
def test_a_title_stands_behind_the_dancer_and_in_the_picture(title, size):
    screen = camera.SCREENS[size]
    plain, titled = (stage.backdrop(screen, theme.DARK, text).luma.astype(int) for text in ("", title))
    rows, columns = np.nonzero(np.abs(titled - plain) > 30)
    assert len(rows) > 300
    assert rows.min() > 10
    assert rows.max() < screen.horizon
    assert columns.min() > 10
    assert columns.max() < screen.width - 10
