"""Styles told apart from files: by hand, at other frame rates, what is refused, and the classifier that ships."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballo.errors import DataError
from ballo.metrics.style import SHIPPED, StyleClassifier, style_accuracy, summed
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER


@pytest.fixture(scope="module")
def shipped() -> StyleClassifier:
    return StyleClassifier.load()


@pytest.fixture(scope="module")
def dances(planted):
    """Two clips of 4.8 s at any frame rate: frame t is the planted dance at 25 t / fps."""

    def make(fps: float) -> np.ndarray:
        return np.stack([planted(np.arange(round(4.8 * fps)) * 25 / fps + start) for start in (0.0, 70.0)])

    return make


# How often it is right.


def test_accuracy_by_hand():
    likely = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.4, 0.3, 0.3], [0.0, 0.9, 0.1]])
    found = style_accuracy(likely, np.array([0, 0, 2, 0, 1]))
    assert found.confusion.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert (found.accuracy, found.clips) == (0.8, 5)
    np.testing.assert_allclose(found.by_style, [2 / 3, 1, 1])
    assert found.mean_over_styles == pytest.approx(8 / 9)
    assert summed(np.diag([3, 0, 1])).mean_over_styles == 1  # of the styles that there are


def test_without_clips_there_is_no_accuracy():
    found = style_accuracy(np.zeros((0, 4)), np.zeros(0, dtype=int))
    assert np.isnan(found.accuracy)
    assert (found.clips, found.confusion.shape) == (0, (4, 4))
    assert np.isnan(found.by_style).all()
    assert np.isnan(found.mean_over_styles)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_accuracy_is_the_share_of_equal_pairs_and_matrices_add_up(pairs):
    asked, taken = (np.array(side) for side in zip(*pairs, strict=True))
    found = style_accuracy(np.eye(4)[taken], asked)
    assert found.accuracy == pytest.approx(np.mean(asked == taken))
    assert found.confusion.sum(axis=1).tolist() == np.bincount(asked, minlength=4).tolist()
    assert found.confusion.sum(axis=0).tolist() == np.bincount(taken, minlength=4).tolist()
    halves = [style_accuracy(np.eye(4)[taken[part]], asked[part]) for part in (slice(None, None, 2), slice(1, None, 2))]
    assert summed(halves[0].confusion + halves[1].confusion).accuracy == pytest.approx(found.accuracy)


@pytest.mark.parametrize(
    ("likely", "labels", "reason"),
    [
        (np.ones(3), np.zeros(3, int), r"probabilities are \(B, C\)"),
        (np.ones((3, 2)), np.zeros(2, int), r"labels \(B,\)"),
        (np.ones((2, 2)), np.array([0, 2]), "labels are whole numbers from 0 to 1"),
        (np.ones((2, 2)), np.array([0, -1]), "labels are whole numbers"),
        (np.ones((2, 2)), np.array([0.0, 1.0]), "labels are whole numbers"),
    ],
)
def test_what_makes_no_sense_is_refused(likely, labels, reason):
    with pytest.raises(ValueError, match=reason):
        style_accuracy(likely, labels)


# What ships.


def test_it_says_what_it_is(shipped):
    assert shipped.classes == ("cha-cha", "rumba", "tango", "waltz")
    assert shipped.joint_names == DANCER.joint_names
    assert shipped.seconds == 4.8
    assert shipped.about["validation"]["accuracy"] > 0.95
    assert SHIPPED.stat().st_size < 1e6
    assert len(shipped.about["trained_on"]["manifest_sha256"]) == 64


def test_its_file_says_nothing_of_the_machine_that_made_it():
    content = SHIPPED.read_bytes()
    assert b".py" not in content
    assert str(Path.home()).encode() not in content


def test_it_gives_probabilities(shipped, dances):
    found = shipped.probabilities(dances(25.0), 25.0)
    assert found.shape == (2, 4)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert shipped.probabilities(np.zeros((0, 120, 22, 3)), 25.0).shape == (0, 4)
    many = np.repeat(dances(25.0), 70, axis=0)  # more than it takes at once
    np.testing.assert_allclose(shipped.probabilities(many, 25.0), np.repeat(found, 70, axis=0), atol=1e-6)


@pytest.mark.parametrize("fps", [12.5, 24.0, 29.97, 30.0, 50.0, 60.0, 120.0])
def test_frame_rate_does_not_matter(shipped, dances, fps):
    here, there = shipped.probabilities(dances(25.0), 25.0), shipped.probabilities(dances(fps), fps)
    np.testing.assert_allclose(there, here, atol=0.03)


def test_where_somebody_dances_and_faces_does_not_matter(shipped, dances):
    clips = dances(25.0)
    moved = kinematics.turned_about_y(clips, np.array([1.0, -2.5])[:, None, None]) + np.array([4.0, 0.3, -7.0])
    np.testing.assert_allclose(shipped.probabilities(moved, 25.0), shipped.probabilities(clips, 25.0), atol=1e-4)


def test_neither_unit_nor_size_matters(shipped, dances):
    np.testing.assert_allclose(
        shipped.probabilities(100 * dances(25.0), 25.0), shipped.probabilities(dances(25.0), 25.0), atol=1e-4
    )


def test_whoever_holds_a_pose_may_be_dancing_any_style(shipped, dances):
    held = np.repeat(dances(25.0)[:, 40:41], 120, axis=1)
    np.testing.assert_allclose(shipped.probabilities(held, 25.0), 0.25, atol=0.1)


@pytest.mark.parametrize(
    ("shape", "fps", "names", "reason"),
    [
        ((1, 120, 24, 3), 25.0, None, "judges the 22 joints pelvis, chest, .* and no others"),
        ((1, 120, 22, 3), 25.0, DANCER.joint_names[::-1], "judges the 22 joints"),
        ((1, 120, 22, 2), 25.0, None, r"clips are \(B, T, J, 3\)"),
        ((120, 22, 3), 25.0, None, r"clips are \(B, T, J, 3\)"),
        ((1, 120, 22, 3), 60.0, None, "judges clips of 4.8 s, not 120 frames at 60 fps"),
        ((1, 0, 22, 3), 25.0, None, "judges clips of 4.8 s"),
        ((1, 120, 22, 3), 0.0, None, "judges clips of 4.8 s"),
        ((1, 120, 22, 3), float("nan"), None, "judges clips of 4.8 s"),
    ],
)
def test_other_clips_are_refused(shipped, shape, fps, names, reason):
    with pytest.raises(ValueError, match=reason):
        shipped.probabilities(np.zeros(shape), fps, names)


def test_numbers_that_are_none_are_refused(shipped, dances):
    broken = dances(25.0)
    broken[1, 60, 3, 1] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        shipped.probabilities(broken, 25.0)


def test_files_that_are_no_classifier_are_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    with pytest.raises(DataError, match=r"no style classifier .*gone\.onnx: No such file"):
        StyleClassifier.load(tmp_path / "gone.onnx")
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(DataError, match="is no style classifier: make one with `ballo train style`"):
        StyleClassifier.load(tmp_path / "text.onnx")
    (tmp_path / "short.onnx").write_bytes(SHIPPED.read_bytes()[:50_000])
    with pytest.raises(DataError, match="is no style classifier"):
        StyleClassifier.load(tmp_path / "short.onnx")
    silent = onnx.load(SHIPPED)
    del silent.metadata_props[:]
    onnx.save_model(silent, tmp_path / "silent.onnx")
    with pytest.raises(DataError, match="is no style classifier"):
        StyleClassifier.load(tmp_path / "silent.onnx")


def test_nothing_of_it_needs_pytorch():
    script = (
        "import sys; from ballo.metrics.style import StyleClassifier; StyleClassifier.load(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.skipif("BALLO_DATA" not in os.environ, reason="set BALLO_DATA to the folder of the published data to test on it")
def test_it_knows_the_real_validation_dances_as_the_documentation_says(tmp_path, shipped):
    """docs/models.md: all clips of the validation songs; held poses and shuffled labels by chance."""
    from ballo.dataset import preparation, splits
    from ballo.dataset.archive import REMASTERED, Archive

    data, sample, names = Path(os.environ["BALLO_DATA"]), tmp_path / "sample", splits.shipped().val
    (sample / "tang2018").mkdir(parents=True)
    for name in names:
        if (data / "tang2018" / name).is_dir():
            (sample / "tang2018" / name).symlink_to(data / "tang2018" / name)
    (sample / "choreonet").symlink_to(data / "choreonet")
    preparation.prepare([sample], tmp_path / "archive", splits.Split((), names), preparation.Wish(REMASTERED))
    archive = Archive.open(tmp_path / "archive")
    windows = archive.windows("val", frames=120, hop=60)
    clips = np.stack([window.motion().positions for window in windows])
    labels = np.array([shipped.classes.index(window.dance.style) for window in windows])
    found = style_accuracy(shipped.probabilities(clips, archive.fps), labels)
    assert found.clips > 150
    assert found.accuracy > 0.97
    assert found.by_style.min() > 0.9
    held = np.repeat(clips[:, 60:61], 120, axis=1)
    assert style_accuracy(shipped.probabilities(held, archive.fps), labels).accuracy < 0.5
    stirred = np.random.default_rng(0).permutation(labels)
    assert style_accuracy(shipped.probabilities(clips, archive.fps), stirred).accuracy < 0.45
