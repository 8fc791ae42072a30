"""Which clips are shown, and how bodies are drawn."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ballo.evaluation.danced import Danced
from ballo.evaluation.measures.measure import LESS, MORE, NEAR_ONE, NEAR_REAL, Measure
from ballo.evaluation.page import bodies
from ballo.evaluation.page.clips import clips, shown
from ballo.evaluation.row import row
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER, Skeleton


def long_song(staged, heights, real=1.0, name="one", **more):
    """A song of 4.8 s a height: whoever dances it holds each height for so long; the real dancer always the same."""
    song = staged(name, **more)
    frames = 120 * len(heights)
    pose = song.real[:1] - song.real[0, 0]
    up = np.repeat(np.array(heights, dtype=np.float32), 120)[:, None, None] * np.array([0, 1, 0], dtype=np.float32)
    still = np.repeat(pose, frames, axis=0)
    level = np.array([0, real, 0], dtype=np.float32)
    song = replace(song, real=still + level, keep=np.ones(frames, bool), usable=np.ones(frames, bool))
    return Danced(song, (still + up, still + 100))


def height(better):
    return Measure("height", "height", "m", better, lambda danced: float(danced.by_seed[0][:, 0, 1].mean()))


@pytest.mark.parametrize(
    ("better", "said"),
    [
        (LESS, [("best", 0.5, 1), ("median", 2.0, 3), ("worst", 4.0, 0)]),
        (MORE, [("best", 4.0, 0), ("median", 2.0, 3), ("worst", 0.5, 1)]),
        (NEAR_ONE, [("best", 0.9, 2), ("median", 2.0, 3), ("worst", 4.0, 0)]),
        (NEAR_REAL, [("best", 2.0, 3), ("median", 3.5, 4), ("worst", 4.0, 0)]),
    ],
)
def test_the_best_the_median_and_the_worst_clip(staged, better, said):
    """Clips of the first seed at these heights; the real dancer stands at 2.1 m."""
    danced = long_song(staged, [4.0, 0.5, 0.9, 2.0, 3.5], real=2.1)
    measure = height(better)
    found = row("ada", [danced], {}, [measure], draws=False)
    picked = shown(measure, found, clips(found))
    assert [(each.called, round(each.value, 4), each.clip.first // 120) for each in picked] == said
    for each in picked:
        np.testing.assert_array_equal(each.clip.positions, danced.by_seed[0][each.clip.first : each.clip.end])
        assert each.clip.seconds == each.clip.first / 25
        assert each.of_clip


def test_real_dances_go_from_the_least_to_the_most_where_neither_is_better(staged):
    danced = replace(long_song(staged, [3.0, 1.0, 2.0]), real=True)
    measure = height(NEAR_REAL)
    found = row("real", [danced], {}, [measure], kind="real", draws=False)
    assert [(each.called, each.value) for each in shown(measure, found, clips(found))] == [
        ("least", 1.0),
        ("median", 2.0),
        ("most", 3.0),
    ]


def test_where_all_are_alike_one_is_shown(staged):
    measure = height(LESS)
    found = row("ada", [long_song(staged, [1.0, 1.0, 1.0])], {}, [measure], draws=False)
    assert [each.called for each in shown(measure, found, clips(found))] == ["all alike"]
    one = row("ada", [long_song(staged, [1.0])], {}, [measure], draws=False)
    assert [each.called for each in shown(measure, one, clips(one))] == ["one"]


def test_what_only_songs_have_a_number_of_picks_songs(staged):
    """A clip has under 200 frames, so that only whole songs have a number; from their middles."""
    songs = [long_song(staged, [h, h, h], name=name) for h, name in ((3.0, "c"), (1.0, "a"), (2.0, "b"))]
    measure = replace(
        height(LESS), of_song=lambda danced: height(LESS).of_song(danced) if len(danced.by_seed[0]) > 200 else np.nan
    )
    found = row("ada", songs, {}, [measure], draws=False)
    picked = shown(measure, found, clips(found))
    assert [(each.called, each.clip.song.staged.name, each.clip.first, each.of_clip) for each in picked] == [
        ("best", "a", 120, False),
        ("median", "b", 120, False),
        ("worst", "c", 120, False),
    ]


def test_nothing_is_shown_of_what_nobody_has(staged):
    measure = replace(height(LESS), of_song=lambda danced: np.nan)
    found = row("ada", [long_song(staged, [1.0, 2.0])], {}, [measure], draws=False)
    assert shown(measure, found, clips(found)) == []


def test_clips_lie_where_the_real_dance_is_usable(staged):
    danced = long_song(staged, [1.0, 2.0, 3.0])
    usable = np.ones(360, dtype=bool)
    usable[130] = False
    found = row("ada", [replace(danced, staged=replace(danced.staged, usable=usable))], {}, [], draws=False)
    assert [clip.first for clip in clips(found)] == [0, 240]


def test_of_a_song_under_a_clip_all_is_shown(staged):
    danced = long_song(staged, [1.0])
    short = Danced(
        replace(danced.staged, real=danced.staged.real[:50], keep=np.ones(50, bool), usable=np.ones(50, bool)),
        (danced.by_seed[0][:50],),
    )
    assert [(clip.first, clip.end) for clip in clips(row("ada", [short], {}, [], draws=False))] == [(0, 50)]


def standing(turn: float = 0.0, at=(0.0, 0.0), frames: int = 80) -> np.ndarray:
    """The dancer at rest with feet on the floor, turned about the vertical."""
    wxyz = np.zeros((1, len(DANCER), 4))
    wxyz[..., 0] = 1
    pose = kinematics.forward(DANCER, wxyz, np.zeros((1, 3)))
    pose[..., 1] -= pose[..., 1].min()
    turned = kinematics.turned_about_y(pose, np.full((1, 1), turn))
    return np.repeat(turned + np.array([at[0], 0, at[1]]), frames, axis=0)


def drawn(written):
    """Corners of the first pose's sides, and its head."""
    pose = re.search(r'<g class="pose">(.*?)</g>', written)[1]
    sides = {name: path for path, name in re.findall(r'<path d="([^"]*)" class="(\w+)"', pose)}
    return sides, re.search(r'<circle cx="(-?\d+)" cy="(-?\d+)" r="9" class="(\w+)"', pose)


def corners(path):
    """Points of all lines of a path, in absolute units."""
    found = []
    for line in path.split("M")[1:]:
        start, _, rest = line.partition("l")
        at = np.array([int(v) for v in start.split("h")[0].split()])
        steps = np.array([int(v) for v in rest.split()]).reshape(-1, 2)
        found.append(at + np.concatenate([np.zeros((1, 2), int), np.cumsum(steps, axis=0)]))
    return np.concatenate(found)


@pytest.mark.parametrize("turn", [0.0, 2.0, -1.0])
def test_a_body_is_seen_from_where_she_faces(turn):
    """Arms out, her left hand is 78.5 cm to the right of the pelvis, whichever way she faces and wherever she stands."""
    written = bodies.strip(DANCER, standing(turn, (3.0, -2.0)), 25.0, "one")
    sides, head = drawn(written)
    assert corners(sides["left"])[:, 0].max() == 45 + 78 or corners(sides["left"])[:, 0].max() == 45 + 79
    assert corners(sides["right"])[:, 0].min() in (45 - 79, 45 - 78)
    # Toes stand on the floor line, the head is over the pelvis's place.
    assert corners(sides["left"])[:, 1].max() == 205 - 8
    assert (head[1], head[3]) == ("45", "face")
    assert written.count('class="pose"') == 8


def test_who_turns_round_is_seen_from_behind():
    there = np.concatenate([standing(0.0, frames=40), standing(np.pi, frames=40)])
    written = bodies.strip(DANCER, there, 25.0, "one")
    assert re.findall(r'class="(face|back)"', written) == ["face"] * 4 + ["back"] * 4


def test_who_floats_is_drawn_over_the_floor():
    sides, _ = drawn(bodies.strip(DANCER, standing() + np.array([0, 0.3, 0]), 25.0, "one"))
    assert corners(sides["left"])[:, 1].max() == 205 - 8 - 30


def test_ways_show_where_hands_and_feet_go():
    still = bodies.strip(DANCER, standing(), 25.0, "one")
    assert corners(drawn(still)[0]["way"]).shape == (4, 2)
    sliding = standing()
    sliding[:, :, 0] += np.arange(80)[:, None] * 0.01
    path = drawn(bodies.strip(DANCER, sliding, 25.0, "one"))[0]["way"]
    ways = [corners(f"M{line}") for line in path.split("M")[1:]]
    assert [np.ptp(way, axis=0).tolist() for way in ways] == [[10, 0]] * 4


def test_every_bone_is_drawn_once():
    chains = [chain for side in bodies.limbs(DANCER).values() for chain in side]
    bones = [pair for chain in chains for pair in pairwise(chain)]
    assert sorted(bones) == sorted((parent, joint) for joint, parent in enumerate(DANCER.parents) if parent >= 0)


def test_a_skeleton_without_hips_or_a_head_is_drawn_as_it_stands():
    skeleton = Skeleton(("root", "a", "b"), (-1, 0, 1), np.array([[0, 0, 0], [0, 1, 0], [0.5, 0, 0]]))
    clip = np.repeat(np.array([[[2.0, 0, 1], [2, 1, 1], [2.5, 1, 1]]]), 10, axis=0)
    written = bodies.strip(skeleton, clip, 25.0, "one")
    assert corners(drawn(written)[0]["trunk"]).tolist() == [[45, 197], [45, 97], [95, 97]]
    assert "<circle" not in written


def test_moves_are_the_clip_in_centimetres(planted):
    clip = planted(np.arange(120))
    read = np.frombuffer(base64.b64decode(bodies.moves(DANCER, clip, 25.0)), dtype=np.uint8).reshape(60, 4 + 2 * 22)
    root = read[:, :4].copy().view("<i2")
    joints = read[:, 4:].copy().view("i1").reshape(60, 22, 2) + root[:, None]
    start = kinematics.heading(DANCER, clip[0])
    seen = kinematics.turned_about_y(clip[::2] - clip[0, 0] * [1, 0, 1], -start)
    np.testing.assert_allclose(joints, 100 * seen[..., :2] * [1, -1], atol=1.0)
    assert root[0, 0] == 0
