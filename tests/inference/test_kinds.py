"""The kinds of model beside those of music alone: with a clock, without music, of figures, and of raw coordinates."""

from __future__ import annotations

import numpy as np
import pytest

import ballo
from ballo import demo
from ballo.errors import BalloError, BundleError
from ballo.inference.bundle import MUSIC, POSES, SEQUENCES, Bundle, Manifest, Noise
from ballo.inference.choreographer import Choreographer
from ballo.inference.hearing import BeatClock
from ballo.inference.noise import NoiseStream
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER, Skeleton
from ballo.music import beats, clock
from ballo.music.audio import open_song


@pytest.fixture(scope="module")
def load(toy_graph):
    """A toy of a kind, ready."""

    def loaded(kind, **options):
        manifest, graph = toy_graph(kind=kind, **options)
        return Choreographer(Bundle(manifest, graph, "hash"))

    return loaded


@pytest.fixture(scope="module")
def free(load):
    return load(SEQUENCES)


@pytest.fixture(scope="module")
def poser(load):
    return load(POSES)


# Without music.


@pytest.mark.parametrize(("seconds", "frames"), [(20, 500), (0.04, 1), (0.041, 2), (0.1, 3), (1.0, 25), (1.16, 29)])
def test_a_dance_without_music_is_as_long_as_is_asked(free, seconds, frames):
    motion = free.freestyle(seconds)
    assert (len(motion), motion.fps) == (frames, 25.0)


@pytest.mark.parametrize("chunk_seconds", [0.01, 0.12, 1.0, 3.3, 7.36])
def test_chunks_without_music_give_the_whole(free, chunk_seconds):
    whole = free.freestyle(7.4, style="jig", seed=4, chunk_seconds=100)
    motion = free.freestyle(7.4, style="jig", seed=4, chunk_seconds=chunk_seconds)
    assert np.abs(motion.positions - whole.positions).max() < 1e-5
    assert np.array_equal(motion.contacts, whole.contacts)


def test_a_longer_dance_without_music_begins_as_the_shorter(free):
    short, long = free.freestyle(3, seed=2), free.freestyle(23, seed=2)
    assert np.array_equal(long.rotations[:75], short.rotations)
    assert np.abs(long.positions[:75] - short.positions).max() < 1e-6


def test_another_seed_or_style_is_another_dance_without_music(free):
    one = free.freestyle(4, seed=1)
    assert np.array_equal(free.freestyle(4, seed=1).positions, one.positions)
    assert np.abs(free.freestyle(4, seed=2).positions - one.positions).mean() > 0.01
    assert np.abs(free.freestyle(4, seed=1, style="jig").positions - one.positions).max() > 0.03


def test_meta_of_a_dance_without_music_names_no_song(free):
    assert free.freestyle(2, style="jig", seed=np.int64(3)).meta == {
        "song": None,
        "seconds": 2.0,
        "silent": False,
        "model": "toy",
        "model_sha256": "hash",
        "style": "jig",
        "seed": 3,
        "version": ballo.__version__,
    }


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_lengths_that_are_none(free, seconds):
    with pytest.raises(BalloError, match="the duration is"):
        free.freestyle(seconds)


def test_progress_without_music_reaches_the_end(free):
    reached = []
    free.freestyle(7, progress=reached.append, chunk_seconds=2.0)
    assert reached == [2, 4, 6, 7]


# Figures.


def test_figures_are_the_graphs_own_from_white_noise(poser, toy_graph):
    import onnxruntime

    _, graph = toy_graph(kind=POSES)
    figures = poser.poses(30, style="jig", seed=5)
    assert figures.shape == (30, len(DANCER), 3)
    white = np.random.Generator(np.random.PCG64(5)).standard_normal((30, 2), dtype=np.float32)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    one_by_one = [session.run(["pose"], {"noise": row[None, None], "style": np.array([1])})[0][0, 0] for row in white]
    np.testing.assert_allclose(figures, one_by_one, atol=1e-6)
    assert np.ptp(figures, axis=0).max() > 0.05, "they differ"


def test_more_figures_begin_with_the_fewer(poser):
    assert np.array_equal(poser.poses(9, seed=1)[:4], poser.poses(4, seed=1))
    assert not np.array_equal(poser.poses(4, seed=2), poser.poses(4, seed=1))


@pytest.mark.parametrize("count", [0, -3])
def test_no_figures(poser, count):
    with pytest.raises(BalloError, match=f"--poses {count}: give the number of figures, from 1 on"):
        poser.poses(count)


# The wrong kind of work.


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (MUSIC, "toy dances to songs: give it one"),
        (SEQUENCES, "toy dances without music: give it no song, but a --duration"),
        (POSES, "toy draws figures, and dances none: give it --poses and no song"),
    ],
)
def test_a_model_does_the_work_of_its_kind_and_says_so(load, make_song, tmp_path, kind, reason):
    dancer, song = load(kind), open_song(make_song(tmp_path / "song.wav", 9000))
    works = {MUSIC: lambda: dancer.dance(song), SEQUENCES: lambda: dancer.freestyle(1), POSES: lambda: dancer.poses(1)}
    works.pop(kind)()
    for work in works.values():
        with pytest.raises(BalloError, match=f"^{reason}$"):
            work()
    with pytest.raises(BalloError, match="a seed is a whole number from 0 on"):
        dancer.check(None, -1, kind)
    with pytest.raises(BalloError, match="dances no 'tango': choose among march, jig"):
        dancer.check("tango", 0, kind)


def test_a_graph_of_another_kind_is_refused(toy_graph):
    manifest, _ = toy_graph()
    for kind, beaten in ((SEQUENCES, False), (POSES, False), (MUSIC, True)):
        with pytest.raises(BundleError, match="not the one it describes"):
            Choreographer(Bundle(manifest, toy_graph(kind=kind, clock=beaten)[1], "hash"))


# The beats beside the blocks.


@pytest.fixture(scope="module")
def counted(load):
    """A toy that takes the beats."""
    return load(MUSIC, clock=True)


def test_the_beats_reach_the_graph_in_step_with_the_blocks(counted, load):
    song = open_song(demo.song(), start_seconds=3, duration_seconds=9.37)
    whole = counted.dance(song, chunk_seconds=100)
    for chunk_seconds in (0.12, 1.0, 3.3):
        motion = counted.dance(song, chunk_seconds=chunk_seconds)
        assert np.abs(motion.positions - whole.positions).max() < 1e-5
    assert np.abs(load(MUSIC).dance(song).positions - whole.positions).mean() > 0.01


def test_the_clock_is_that_of_the_stretch_that_is_danced(toy_graph, load, monkeypatch):
    """What the graph is given, against the clock of the whole stretch."""
    dancer, given = load(MUSIC, clock=True), []
    run = dancer._session.run

    class Spy:
        def run(self, names, inputs):
            given.append(inputs["clock"][0])
            return run(names, inputs)

    dancer._session = Spy()
    song = open_song(demo.song(), start_seconds=3, duration_seconds=9.37)
    frames = len(dancer.dance(song, chunk_seconds=1.7))
    expected = clock.clock(beats.track_song(song), frames, 25.0)
    assert len(given) == 6
    np.testing.assert_allclose(np.concatenate(given)[:frames], expected, atol=1e-6)
    assert expected[:, clock.ARRIVAL].sum() > 10


def test_the_clock_of_a_song_without_a_beat_stands(counted, load, make_song, tmp_path):
    song = make_song(tmp_path / "short.wav", 44100)
    with pytest.raises(beats.NoBeat):
        beats.track_song(open_song(song))
    assert not BeatClock.listening(open_song(song), 25.0).at(3, 7).any()
    assert np.array_equal(counted.dance(open_song(song)).positions, load(MUSIC).dance(open_song(song)).positions)


# Raw coordinates: a pose that turns by itself, on bones that are not the skeleton's.

TURN = 0.05
"""Radians a frame."""


@pytest.fixture(scope="module")
def spinner() -> Choreographer:
    """A model of sequences that emits coordinates: a figure with longer legs and shorter arms, spinning where it stands.

    One leg is drawn up, higher the longer she spins, so that the floor is not where the skeleton's own bones would have it.
    """
    from onnx import TensorProto, helper, numpy_helper

    real = TensorProto.FLOAT
    still = _long_legged()
    drawn = np.zeros((len(DANCER), 3))
    drawn[[DANCER.index(f"left_{part}") for part in ("knee", "ankle", "heel", "toe")], 1:] = 0.03
    constants = {
        "turn": np.full((1, 1, 1), TURN),
        "nothing": np.zeros((1, 1, 1)),
        "rest": still[None, None],
        "drawn": drawn[None, None],
    }
    integers = {"one": [1], "last": [3], "two": [2], "end": [2**31], "before_end": [-1], "time": [1]}
    nodes = [
        helper.make_node("Slice", ["noise", "zero", "one", "two"], ["first_noise"]),
        helper.make_node("Mul", ["first_noise", "nothing"], ["none"]),
        helper.make_node("Add", ["none", "turn"], ["turns"]),
        helper.make_node("CumSum", ["turns", "time"], ["turned"]),
        helper.make_node("Add", ["turned", "angle"], ["heading"]),
        helper.make_node("Slice", ["heading", "before_end", "end", "one"], ["next_angle"]),
        helper.make_node("Unsqueeze", ["heading", "last"], ["wide"]),
        helper.make_node("Mul", ["wide", "drawn"], ["up"]),
        helper.make_node("Add", ["rest", "up"], ["lifted"]),
        helper.make_node("Split", ["lifted"], ["x", "y", "z"], axis=3, num_outputs=3),
        helper.make_node("Cos", ["wide"], ["cosine"]),
        helper.make_node("Sin", ["wide"], ["sine"]),
        helper.make_node("Mul", ["x", "cosine"], ["xc"]),
        helper.make_node("Mul", ["z", "sine"], ["zs"]),
        helper.make_node("Mul", ["z", "cosine"], ["zc"]),
        helper.make_node("Mul", ["x", "sine"], ["xs"]),
        helper.make_node("Add", ["xc", "zs"], ["new_x"]),
        helper.make_node("Sub", ["zc", "xs"], ["new_z"]),
        helper.make_node("Concat", ["new_x", "y", "new_z"], ["pose"], axis=3),
        helper.make_node("Concat", ["none", "none", "none"], ["travel"], axis=2),
    ]
    initial = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
    initial += [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in integers.items()]
    initial.append(numpy_helper.from_array(np.array([0], np.int64), "zero"))
    taken = [("noise", real, ["B", "T", 3]), ("style", TensorProto.INT64, ["B"]), ("angle", real, ["B", 1, 1])]
    given = [("pose", real, ["B", "T", 22, 3]), ("travel", real, ["B", "T", 3]), ("next_angle", real, ["B", 1, 1])]
    values = [[helper.make_tensor_value_info(*value) for value in side] for side in (taken, given)]
    model = helper.make_model(
        helper.make_graph(nodes, "spinner", *values, initial), opset_imports=[helper.make_opsetid("", 20)], ir_version=10
    )
    states = {"angle": (1, 1, 1)}
    manifest = Manifest("spinner", SEQUENCES, ("whirl",), 25.0, DANCER, Noise(3, 0.0), None, states)
    return Choreographer(Bundle(manifest, model.SerializeToString(), "hash"))


def _long_legged() -> np.ndarray:
    """(J, 3): the dancer at rest with legs a tenth longer and arms a tenth shorter, on the floor, the root over the origin."""
    wxyz = np.zeros((1, len(DANCER), 4))
    wxyz[..., 0] = 1.0
    scales = {"knee": 1.1, "ankle": 1.1, "elbow": 0.9, "wrist": 0.9}
    scale = [scales.get(name.split("_")[-1], 1.0) for name in DANCER.joint_names]
    body = Skeleton(DANCER.joint_names, DANCER.parents, DANCER.offsets * np.array(scale)[:, None], DANCER.feet)
    rest = kinematics.forward(body, wxyz, np.zeros((1, 3)))
    rest[..., 1] -= kinematics.floor_height(body, rest)[:, None]
    return rest[0]


def test_raw_coordinates_dance_on_the_skeletons_bones_with_their_feet_on_the_floor(spinner):
    motion = spinner.freestyle(6, chunk_seconds=1.5)
    positions = motion.positions.astype(np.float64)
    lengths = np.linalg.norm(np.diff(positions[:, [DANCER.parents[4], 4]], axis=1)[:, 0], axis=-1)
    np.testing.assert_allclose(lengths, DANCER.bone_lengths[4], atol=1e-5)
    assert np.abs(kinematics.floor_height(DANCER, positions)).max() < 1e-3
    feet = [joint for foot in DANCER.foot_joints for joint in foot]
    assert np.abs(positions[:, feet, 1].min(axis=1)).max() < 0.008
    left_toe = positions[:, DANCER.index("left_toe"), 1]
    assert left_toe[-1] - left_toe[0] > 0.05, "the leg that is drawn up is"


def test_raw_coordinates_turn_by_themselves_and_stay_where_they_are(spinner):
    motion = spinner.freestyle(6, chunk_seconds=1.5)
    headings = np.unwrap(kinematics.heading(DANCER, motion.positions.astype(np.float64)))
    np.testing.assert_allclose(np.diff(headings), TURN, atol=1e-4)
    assert np.abs(motion.root[:, [0, 2]]).max() < 1e-6
    steps = np.abs(np.diff(motion.root[:, 1]))
    assert steps.max() < 0.01, "the floor is held without a jump"
    assert np.abs(np.diff(motion.rotations, axis=0)).max() < 0.05, "nor does a quaternion change its sign"


def test_white_noise_has_no_memory():
    drawn = NoiseStream(0, 4, 0.0, 25.0).take(4000)
    assert abs(np.corrcoef(drawn[1:, 0], drawn[:-1, 0])[0, 1]) < 0.05
    assert abs(drawn.std() - 1) < 0.03
