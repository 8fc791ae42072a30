"""Frames by OpenGL, held to laws of projection, light and colour, and to the other drawer's silhouette; to no golden one."""

from __future__ import annotations

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ballo.export import camera, gl, picture, reel
from ballo.export.camera import SCREENS
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO
from ballo.export.gl import body
from ballo.export.mesh import mesh_for
from ballo.export.pulses import Pulse
from ballo.export.stage import KEY_LIGHT, SLIDE
from ballo.export.theme import THEMES
from ballo.motion.skeleton import DANCER, Skeleton

pytestmark = pytest.mark.usefixtures("egl")


def painter():
    return gl._studio()._painter


def turned(frames: int = 1) -> np.ndarray:
    """Local rotations (T, J, 4), up to 70 degrees a joint."""
    wxyz = np.concatenate([np.ones((frames, 22, 1)), np.random.default_rng(5).uniform(-0.35, 0.35, (frames, 22, 3))], axis=-1)
    return wxyz / np.linalg.norm(wxyz, axis=-1, keepdims=True)


def test_the_skin_on_the_card_is_the_meshs_own(posed):
    rotations = turned()[0]
    figure, shot = posed(rotations, at=(0.3, -0.2))
    gl.draw(figure, shot)
    skin = next(reversed(painter()._skins.values()))
    on_card = gl._studio()._thread.submit(skin.places).result()
    mesh = mesh_for(DANCER)
    surface = body.Surface.of(mesh)
    # Vertices of two kinds are there twice: each finds its like at rest.
    rest = {tuple(vertex): number for number, vertex in enumerate(mesh.vertices)}
    numbers = [rest[tuple(vertex)] for vertex in surface.rest[:, :3]]
    expected = mesh.posed(DANCER, rotations, shot.points[0])[numbers]
    np.testing.assert_allclose(on_card, expected, atol=1e-5)


def test_each_triangle_keeps_its_kind():
    mesh = mesh_for(DANCER)
    surface = body.Surface.of(mesh)
    np.testing.assert_array_equal(surface.rest[surface.triangles, :3], mesh.vertices[mesh.triangles])
    for corner in range(3):
        np.testing.assert_array_equal(surface.kinds[surface.triangles[:, corner]], mesh.kinds)
    assert set(surface.kinds) == {TORSO, LEFT, RIGHT, SKIN, HAIR}


@pytest.mark.parametrize(("size", "turn"), [("720p", 0.0), ("720p", 2.2), ("vertical", 0.6), ("1080p", -0.9)])
def test_joints_lie_on_the_body(posed, apart, size, turn):
    """Every joint is seen where the camera has it, and those of arms and legs in their own side's colour."""
    figure, shot = posed(size=size, turn=turn)
    farther = 2.2 if size == "vertical" else 1.0
    shot = replace(shot, view=replace(shot.view, distance_metres=farther * shot.view.distance_metres))
    luma, chroma = apart(figure, shot)
    pixels, _ = camera.screen(shot.view, shot.points[:22])
    for name in ("pelvis", "chest", "head", *(f"{side}_{part}" for side in ("left", "right") for part in ("elbow", "wrist"))):
        x, y = pixels[DANCER.index(name), :2].astype(int)
        blue, red = chroma[:, y // 2, x // 2]
        assert abs(luma[y, x]) + abs(blue) + abs(red) > 25, name
        if name.endswith(("elbow", "wrist")):
            assert red > 15, name
            assert (blue < -10) == name.startswith("left"), name
        if name in ("pelvis", "chest"):
            assert blue > 5


def test_it_is_the_other_drawers_silhouette(posed, apart):
    """Two bodies of one dancer: not equal, but where the one is the other is too."""
    shares = []
    for rotations in (None, *turned(3)):
        figure, shot = posed(rotations)
        nobody = replace(shot, points=shot.points + np.array([0, 0, 500], dtype=np.float32))
        plain = picture.draw(figure, shot).luma.astype(int) - picture.draw(figure, nobody).luma
        plain_chroma = picture.draw(figure, shot).chroma.astype(int) - picture.draw(figure, nobody).chroma
        luma, chroma = apart(figure, shot)
        # Over the knees, where no shadow falls.
        floor = int(camera.screen(shot.view, shot.points)[0][:, 1].max()) - 160
        ours, theirs = (
            (np.abs(light) > 40) | (np.abs(lean).max(axis=0).repeat(2, axis=0).repeat(2, axis=1) > 8)
            for light, lean in ((luma, chroma), (plain, plain_chroma))
        )
        ours, theirs = ours[:floor], theirs[:floor]
        shares.append((ours & theirs).sum() / (ours | theirs).sum())
    assert min(shares) > 0.70, shares


@pytest.mark.parametrize("theme", list(THEMES))
def test_her_shadow_falls_away_from_the_light(posed, apart, theme):
    figure, shot = posed(theme=theme, turn=0.4)
    luma, _ = apart(figure, shot)
    chest = shot.points[DANCER.index("neck")]

    def at(metres):
        floor = np.array([chest[0] + metres[0], 0.0, chest[2] + metres[1]])
        x, y = camera.screen(shot.view, floor)[0][:2].astype(int)
        return luma[y - 4 : y + 5, x - 8 : x + 9].mean()

    fallen = -SLIDE * chest[1]
    assert at(fallen) < -8
    assert abs(at(-fallen)) < 1.5


def test_feet_darken_the_floor_where_they_stand(posed, apart):
    """Light from around does not get under a sole, on the side to the key light too."""
    figure, shot = posed()
    luma, _ = apart(figure, shot)

    def beside(metres: float) -> float:
        place = shot.points[DANCER.index("right_ankle")] + np.array([-metres, 0, 0.02], dtype=np.float32)
        place[1] = 0
        x, y = camera.screen(shot.view, place)[0][:2].astype(int)
        return float(luma[y - 1 : y + 2, x - 2 : x + 3].mean())

    assert beside(0.06) < 2.5 * beside(0.12) < -5
    assert beside(0.5) > -0.5


def test_parts_shade_one_another(posed):
    """A hand held between the light and the chest darkens it: the same body is darker there than with the arm away."""
    up = np.tile([1.0, 0, 0, 0], (22, 1))
    lifted = up.copy()
    # The right arm, on the key light's side, forward and across.
    half = np.radians(80) / 2
    lifted[DANCER.index("right_shoulder")] = [np.cos(half), 0, np.sin(half), 0]
    figure, open_shot = posed(up)
    _, shot = posed(lifted)
    one, other = gl.draw(figure, open_shot).luma.astype(int), gl.draw(figure, shot).luma.astype(int)
    chest = camera.screen(shot.view, shot.points[DANCER.index("chest")] + np.array([0, 0.1, 0.1], dtype=np.float32))[0][:2]
    x, y = chest.astype(int)
    window = np.s_[y - 45 : y + 45, x - 45 : x + 46]
    assert (other[window] - one[window]).min() < -10


def test_the_key_light_falls_on_the_side_that_it_comes_from(posed):
    """What it adds to the head, which nothing shades, on the side to it and on the other."""
    figure, shot = posed()
    unlit = replace(shot, theme=replace(shot.theme, key_light=(0.0, 0.0, 0.0)))
    added = gl.draw(figure, shot).luma.astype(int) - gl.draw(figure, unlit).luma
    head, aside = shot.points[DANCER.index("head")], np.array([0.06, 0, 0], dtype=np.float32)
    near, far = (
        added[y - 3 : y + 4, x - 3 : x + 4].mean()
        for x, y in (camera.screen(shot.view, place)[0][:2].astype(int) for place in (head - aside, head + aside))
    )
    assert KEY_LIGHT[0] < 0
    assert near > far + 10


def test_light_is_brighter_than_dark(posed):
    light, dark = (gl.draw(*posed(theme=theme)).luma.mean() for theme in ("light", "dark"))
    assert light > dark + 90


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("size", list(SCREENS))
@pytest.mark.parametrize("where", camera.CAMERAS)
def test_every_look_is_drawn_whole(smooth_dance, theme, size, where):
    drawn = list(reel.of(smooth_dance(1), reel.Look(size, where, theme, "Moon River", renderer="gl")).drawn())
    for canvas in drawn:
        assert canvas.luma.shape[::-1] == SCREENS[size].size
        assert canvas.luma.min() >= 16
        assert canvas.luma.max() <= 235
        # No part of the picture is left out: a sky, a floor and somebody.
        assert canvas.luma[:40].std() > 0.5
        assert canvas.luma[-40:].std() > 0.5
        assert np.ptp(canvas.chroma, axis=(1, 2)).min() > 15
    assert painter().error == "GL_NO_ERROR"


def test_the_stage_is_the_other_drawers_but_for_its_light(posed):
    """Same horizon, same colours, same lines: far from the pool of light the two stages are one."""
    figure, shot = posed()
    nobody = replace(shot, points=shot.points + np.array([0, 0, 500], dtype=np.float32))
    ours, theirs = gl.draw(figure, nobody), picture.draw(figure, nobody)
    assert np.abs(ours.luma[:170].astype(int) - theirs.luma[:170]).max() <= 2
    assert np.abs(ours.luma[170:230].astype(int) - theirs.luma[170:230]).max() <= 8
    assert np.abs(ours.luma.astype(int) - theirs.luma).mean() < 3
    assert np.abs(ours.chroma.astype(int) - theirs.chroma).mean() < 1.5


def test_title_stands_behind_her_and_small_print_is_there(posed):
    figure, shot = posed()
    titled = gl.draw(figure, replace(shot, title="Moon River", left_print="waltz")).luma.astype(int)
    plain = gl.draw(figure, shot).luma.astype(int)
    assert (np.abs(titled - plain)[:120, :500] > 40).sum() > 100
    assert (np.abs(titled - plain)[640:, :300] > 30).sum() > 30
    changed = np.abs(titled - plain)[120:640]
    assert changed.max() <= 1


def test_a_beat_is_a_ring_about_her(posed):
    figure, shot = posed()
    rung = replace(shot, pulse=Pulse(np.zeros(2), 0.05, True))
    red = gl.draw(figure, rung).chroma[1].astype(int) - gl.draw(figure, shot).chroma[1]
    rows, columns = np.nonzero(red > 8)
    feet = camera.screen(shot.view, np.zeros(3))[0][:2] / 2
    assert len(rows) > 200
    assert abs(columns.mean() - feet[0]) < 20
    assert abs(rows.mean() - feet[1]) < 20


def test_the_same_shot_is_the_same_picture_even_anew(posed):
    figure, shot = posed(turned()[0], turn=1.0)
    first = gl.draw(figure, shot).planes
    gl.draw(*posed(size="vertical"))
    np.testing.assert_array_equal(gl.draw(figure, shot).planes, first)
    gl.release()
    gl.release()
    np.testing.assert_array_equal(gl.draw(figure, shot).planes, first)


def test_to_be_asked_whether_it_can_draw_does_not_disturb_it(posed):
    figure, shot = posed()
    first = gl.draw(figure, shot).planes
    gl.check()
    np.testing.assert_array_equal(gl.draw(figure, shot).planes, first)


def test_any_thread_may_ask(posed):
    shots = [posed(rotations, turn=0.3 * k) for k, rotations in enumerate(turned(6))]
    expected = [gl.draw(*shot).planes for shot in shots]
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda shot: gl.draw(*shot).planes, shots * 2))
    for one, other in zip(drawn, expected * 2, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_is_left_after_release(posed):
    gl.draw(*posed())
    assert any(thread.name.startswith("ballo-gl") for thread in threading.enumerate())
    gl.release()
    assert not any(thread.name.startswith("ballo-gl") for thread in threading.enumerate())


def test_many_frames_take_no_more_memory_than_few(posed, resident_bytes):
    """Also when sizes, titles and bodies change all the time."""
    other = Skeleton(("hip", "knee", "head"), (-1, 0, 1), np.array([[0, 0, 0], [0, 0.5, 0], [0, 0.6, 0]]))
    shots = [posed(), posed(size="vertical"), posed(title="Moon River"), posed(title="Blue"), posed(skeleton=other)]

    def draw(rounds):
        for _ in range(rounds):
            for figure, shot in shots:
                gl.draw(figure, shot)
        gc.collect()
        return resident_bytes()

    draw(3)
    before = draw(2)
    assert draw(8) - before < 30e6
    assert len(painter()._skins) <= 4
    assert painter().error == "GL_NO_ERROR"


@pytest.fixture
def resident_bytes():
    """How much memory this process has."""
    told = Path("/proc/self/statm")
    if not told.exists():
        pytest.skip("what memory a process has is asked of Linux here")
    return lambda: int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_processes_draw_what_is_drawn_here(smooth_dance, monkeypatch):
    here = [canvas.planes for canvas in reel.of(smooth_dance(5), reel.Look(renderer="gl")).drawn()]
    monkeypatch.setattr(reel, "FEWEST_FOR_PROCESSES", 2)
    there = [canvas.planes for canvas in reel.of(smooth_dance(5), reel.Look(renderer="gl")).drawn()]
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)


def test_dancers_side_by_side_have_their_panels(smooth_dance):
    first, second = smooth_dance(2, seed=1), smooth_dance(2, seed=2)
    one_way, other_way = (list(reel.beside(pair, renderer="gl").drawn()) for pair in ((first, second), (second, first)))
    for canvas, swapped in zip(one_way, other_way, strict=True):
        left, right = np.split(canvas.luma, 2, axis=1)
        there, here = np.split(swapped.luma, 2, axis=1)
        assert np.array_equal(left[:, 2:-2], here[:, 2:-2])
        assert np.array_equal(right[:, 2:-2], there[:, 2:-2])
        assert np.abs(left.astype(int) - right).mean() > 1


def test_a_skeleton_that_nobody_knows_is_drawn(posed, apart):
    stranger = Skeleton(("hip", "spine", "head"), (-1, 0, 1), np.array([[0, 0, 0], [0, 0.5, 0], [0, 0.5, 0]]))
    figure, shot = posed(skeleton=stranger)
    luma, _ = apart(figure, shot)
    x, y = camera.screen(shot.view, shot.points[1])[0][:2].astype(int)
    assert abs(luma[y, x]) > 25


def test_a_drawing_is_a_call_that_another_process_can_be_sent(posed):
    import pickle

    again = pickle.loads(pickle.dumps(partial(gl.draw, *posed())))
    assert again().luma.shape == (720, 1280)
