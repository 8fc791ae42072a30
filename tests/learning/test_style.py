"""The classifier of styles: what it sees and what it does not, that all of it learns, ONNX against PyTorch, and its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from ballo.dataset.archive import Archive
from ballo.learning import exporting, packing, runs
from ballo.learning.batches import BatchConfig
from ballo.learning.models.style import Classifier, ClassifierConfig
from ballo.learning.phases import style
from ballo.learning.phases.style import StyleConfig, StylePhase, VariationConfig
from ballo.learning.shard import Shard
from ballo.metrics.style import StyleClassifier
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

CPU = torch.device("cpu")
SMALL = StyleConfig(ClassifierConfig(hidden=8), batches=BatchConfig(size=6, frames=40, warm_up_frames=0, stretch=0.05))


def make(**changes: Any) -> Classifier:
    torch.manual_seed(0)
    return Classifier(ClassifierConfig(**changes), DANCER, 3).eval()


@pytest.fixture(scope="module")
def dances(planted: Callable[[np.ndarray], np.ndarray]) -> Tensor:
    """Four clips of 60 frames in the world."""
    return torch.from_numpy(np.stack([planted(np.arange(60) + 50.0 * k) for k in range(4)]).astype(np.float32))


@pytest.fixture(scope="module")
def phase(small_archive: Archive) -> StylePhase:
    return StylePhase(small_archive, SMALL, CPU, Shard())


# What it sees.


@pytest.mark.parametrize("posture", [False, True])
def test_where_somebody_dances_and_faces_does_not_matter(dances: Tensor, posture: bool) -> None:
    classifier = make(posture=posture)
    turned = kinematics.turned_about_y(dances.double().numpy(), np.array([0.4, 2.0, -3.0, 1.0])[:, None, None])
    elsewhere = torch.from_numpy((turned + np.array([3.0, 0.7, -5.0])).astype(np.float32))
    assert (classifier.see(dances) - classifier.see(elsewhere)).abs().max() < 2e-5
    torch.testing.assert_close(classifier(elsewhere), classifier(dances), atol=1e-4, rtol=0)


def test_it_sees_the_bones_of_the_heading_frame(dances: Tensor) -> None:
    """By hand: the unit bones of `kinematics.unplace`."""
    pose, _ = kinematics.unplace(DANCER, dances[0].double().numpy())
    bones = pose[:, 1:] - pose[:, list(DANCER.parents[1:])]
    expected = bones / np.linalg.norm(bones, axis=-1, keepdims=True)
    found = make(posture=True).see(dances[:1])[0].reshape(60, -1, 3).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(make().see(dances[:1])[0].numpy(), (expected - expected.mean(axis=0)).reshape(60, -1), atol=1e-5)


@pytest.mark.parametrize("posture", [False, True])
def test_neither_height_nor_limbs_matter(dances: Tensor, posture: bool) -> None:
    """Every bone has another length, each joint of it stands on its parent as before."""
    classifier, lengths = make(posture=posture), 0.5 + 0.1 * torch.arange(len(DANCER))
    lengths[DANCER.index("right_hip")] = lengths[DANCER.index("left_hip")]  # or she would face elsewhere
    other = dances.clone()
    for joint, parent in list(enumerate(DANCER.parents))[1:]:
        other[:, :, joint] = other[:, :, parent] + lengths[joint] * (dances[:, :, joint] - dances[:, :, parent])
    assert (classifier.see(dances) - classifier.see(other)).abs().max() < 1e-4


def test_a_pose_that_is_held_says_nothing_whichever_it_is(dances: Tensor) -> None:
    classifier = make()
    held = dances[:, 30:31].expand(-1, 60, -1, -1)
    assert classifier.see(held).abs().max() < 1e-5
    torch.testing.assert_close(classifier(held), classifier(held[:1]).expand(4, -1), atol=1e-4, rtol=0)
    assert make(posture=True).see(held).abs().max() > 0.5


def test_a_dancer_whose_hips_stand_one_over_the_other_gives_numbers() -> None:
    clip = torch.zeros(1, 12, len(DANCER), 3)
    clip.requires_grad_(True)
    scores = make()(clip)
    scores.sum().backward()
    assert torch.isfinite(scores).all()
    assert torch.isfinite(clip.grad).all()  # type: ignore[arg-type]


# Training.


def lowered(phase: StylePhase, batch: Any) -> Tensor:
    return torch.stack(list(phase.generator_loss(batch, 0.0).values())).sum()


@pytest.mark.parametrize("changes", [{}, {"posture": True, "every": 1, "dropout": 0.0}])
def test_every_weight_learns(small_archive: Archive, changes: dict[str, Any]) -> None:
    phase = StylePhase(small_archive, replace(SMALL, classifier=replace(SMALL.classifier, **changes)), CPU, Shard())
    lowered(phase, phase.draw()).backward()
    still = [name for name, p in phase.generator.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert still == []
    assert phase.critic is None
    assert phase.critic_loss(phase.draw()) == {}


def test_a_batch_of_one_works(small_archive: Archive) -> None:
    phase = StylePhase(small_archive, replace(SMALL, batches=replace(SMALL.batches, size=1)), CPU, Shard())
    assert torch.isfinite(lowered(phase, phase.draw()))


def test_one_batch_can_be_learnt_by_heart(small_archive: Archive) -> None:
    plain = VariationConfig(noise_metres=0.0, smoothing=0.0, still_share=0.0)
    config = replace(SMALL, classifier=ClassifierConfig(dropout=0.0), variation=plain)
    phase = StylePhase(small_archive, config, CPU, Shard())
    batch, optimiser = phase.draw(), torch.optim.Adam(phase.generator.parameters(), lr=3e-3)
    first = lowered(phase, batch).item()
    for _ in range(120):
        optimiser.zero_grad()
        loss = lowered(phase, batch)
        loss.backward()
        optimiser.step()
    assert first > 0.8
    assert loss.item() < 0.02


def test_what_a_clip_is_turned_into(small_archive: Archive) -> None:
    """Held clips may be of any style, the others are what they are; without variation nothing changes."""
    plain = VariationConfig(noise_metres=0.0, smoothing=0.0, still_share=0.0)
    drawn = [
        StylePhase(small_archive, replace(SMALL, variation=variation), CPU, Shard()).draw()
        for variation in (
            plain,
            replace(plain, still_share=1.0),
            replace(plain, noise_metres=0.02),
            replace(plain, smoothing=1.0),
        )
    ]
    real, held, noisy, smooth = (batch.positions for batch in drawn)
    assert real.shape == (6, 20, len(DANCER), 3)  # every other frame
    assert (held == real[:, 10:11]).all()
    assert (drawn[1].wanted == 1 / 3).all()
    for batch in (drawn[0], drawn[2], drawn[3]):
        assert ((batch.wanted == 1).sum(dim=1) == 1).all()
    assert 0.001 < (noisy - real).std() < 0.02
    apart = (smooth - real).abs().amax(dim=(1, 2, 3))
    assert (apart > 1e-4).all()
    assert (apart < 0.2).all()


def test_smoothing_is_a_gaussian_of_two_and_a_half_frames() -> None:
    from scipy.ndimage import gaussian_filter1d

    clips = np.random.default_rng(0).normal(size=(2, 40, 3, 3))
    expected = gaussian_filter1d(clips, 2.5, axis=1, mode="nearest", truncate=8 / 2.5)
    np.testing.assert_allclose(style.blurred(torch.from_numpy(clips)).numpy(), expected, atol=1e-9)


def test_processes_share_one_batch(small_archive: Archive) -> None:
    """Two halves of a batch are the whole of it."""
    whole = StylePhase(small_archive, SMALL, CPU, Shard()).draw()
    for rank in range(2):
        part = StylePhase(small_archive, SMALL, CPU, Shard(rank, 2)).draw()
        torch.testing.assert_close(part.positions, whole.positions[rank::2])
        assert torch.equal(part.wanted, whole.wanted[rank::2])


def test_clips_come_from_usable_ranges_alone(small_archive: Archive) -> None:
    dance = small_archive.select("val")[0]
    cut = replace(dance, usable=((3, 50), (60, 145)))
    archive = replace(small_archive, dances=tuple(cut if each is dance else each for each in small_archive.dances))
    found = style.real_clips(archive, "val", 40)
    pose, _ = kinematics.unplace(DANCER, dance.motion().positions.astype(np.float64))
    np.testing.assert_allclose(found.positions, np.stack([pose[first : first + 40] for first in (3, 60, 80, 100)]), atol=1e-5)
    assert found.styles.tolist() == [archive.styles.index("waltz")] * 4
    assert found.unseen.tolist() == [0.0] * 4
    assert style.real_clips(archive, "val", 100).positions.shape == (0, 100, len(DANCER), 3)


def test_without_validation_songs_there_is_nothing_to_say(small_archive: Archive, tmp_path: Path) -> None:
    archive = replace(small_archive, dances=small_archive.select("train"))
    phase = StylePhase(archive, SMALL, CPU, Shard())
    assert phase.validate(phase.generator) == {}
    phase.sample(phase.generator, tmp_path, 7)
    assert (tmp_path / "0000007_confusion.csv").read_text().splitlines()[1] == "cha-cha,0,0,0"


def _swinging(count: int, random: np.random.Generator) -> tuple[Tensor, np.ndarray]:
    """Clips of three kinds of movement, that swing arms at three tempos: (N, 40, J, 3) and their kinds."""
    kinds, time = np.arange(count) % 3, np.arange(40) / 25
    rest = kinematics.forward(DANCER, np.tile([1.0, 0, 0, 0], (1, len(DANCER), 1)), np.zeros((1, 3)))
    clips = np.repeat(np.repeat(rest[None], 40, axis=1), count, axis=0)
    phase = random.uniform(0, 2 * np.pi, (count, 1))
    swing = 0.2 * np.sin(2 * np.pi * np.array([0.7, 1.4, 2.8])[kinds][:, None] * time + phase)
    for side in ("left", "right"):
        for reach, part in enumerate(("elbow", "wrist", "hand"), start=1):
            clips[:, :, DANCER.index(f"{side}_{part}"), 1] += reach * swing / 3
    return torch.from_numpy((clips + random.normal(0, 0.01, clips.shape)).astype(np.float32)), kinds


def _taught(clips: Tensor, labels: np.ndarray) -> Classifier:
    torch.manual_seed(0)
    classifier = Classifier(ClassifierConfig(hidden=16), DANCER, 3)
    optimiser, wanted = torch.optim.Adam(classifier.parameters(), lr=2e-3), torch.from_numpy(labels)
    for _ in range(60):
        optimiser.zero_grad()
        functional.cross_entropy(classifier(clips), wanted).backward()
        optimiser.step()
    return classifier.eval()


@pytest.mark.parametrize("shuffled", [False, True])
def test_it_learns_movement_and_of_shuffled_labels_nothing(shuffled: bool) -> None:
    """Of labels that go with no movement it can learn nothing that holds of other clips: the right one is as likely as any."""
    random = np.random.default_rng(0)
    clips, kinds = _swinging(54, random)
    labels = np.repeat(np.arange(3), 18) if shuffled else kinds  # each movement has each label as often
    classifier = _taught(clips, labels)
    other, truth = _swinging(90, random)
    with torch.no_grad():
        likely = classifier(other).softmax(dim=-1).numpy()
    right = likely[np.arange(90), truth].mean()
    if shuffled:
        assert 0.23 < right < 0.43
    else:
        assert right > 0.9
        assert (likely.argmax(axis=1) == truth).mean() > 0.97


# Its graph and its file.


def test_onnx_judges_as_pytorch_does(dances: Tensor) -> None:
    import onnxruntime

    classifier = make(hidden=10)
    with torch.no_grad():
        classifier.normaliser.deviation.uniform_(0.2, 1.5)
    spelt = exporting.judging(classifier)
    session = onnxruntime.InferenceSession(exporting.export(spelt), providers=["CPUExecutionProvider"])
    for count, frames in ((1, 60), (4, 33), (4, 1)):
        clips = dances[:count, :frames]
        with torch.no_grad():
            expected = classifier(clips).softmax(dim=-1).numpy()
        (found,) = session.run(None, {"positions": clips.numpy()})
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_its_graph_says_nothing_of_the_machine_that_made_it() -> None:
    assert b".py" not in exporting.export(exporting.judging(make(hidden=4)))


@pytest.fixture(scope="module")
def run(small_archive: Archive, configured: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four steps."""
    folder = tmp_path_factory.mktemp("style") / "run"
    changes = ("engine.steps=4", "batches.size=4", "batches.frames=40", "classifier.hidden=8")
    runs.train("style", small_archive.path, folder, runs.Options(changes=changes, device="cpu"))
    return folder


def test_a_file_says_what_the_run_was_and_judges_as_it_did(run: Path, small_archive: Archive, tmp_path: Path) -> None:
    trained = runs.load(run)
    told = packing.pack_classifier(trained, tmp_path / "style.onnx")
    loaded = StyleClassifier.load(tmp_path / "style.onnx")
    assert (loaded.classes, loaded.fps, loaded.frames) == (small_archive.styles, 12.5, 20)
    assert loaded.joint_names == DANCER.joint_names
    about = loaded.about
    assert about["trained_on"]["manifest_sha256"] == small_archive.manifest_sha256
    assert (about["trained_on"]["phase"], about["trained_on"]["steps"]) == ("style", 4)
    assert about["validation"]["clips"] == told.clips == 6
    assert np.array(about["validation"]["confusion"]).sum() == 6
    assert about["validation_unseen"] == {"clips": 0, "accuracy": None, "confusion": [[0] * 3] * 3}
    shown = style.real_clips(small_archive, "val", 40)
    with torch.no_grad():
        expected = trained.generator(torch.from_numpy(shown.positions[:, ::2])).softmax(dim=-1).numpy()
    np.testing.assert_allclose(loaded.probabilities(shown.positions, 25.0), expected, atol=1e-5)
    assert about["validation"]["accuracy"] == pytest.approx((expected.argmax(axis=1) == shown.styles).mean(), abs=1e-4)


def test_a_run_goes_on_as_if_it_had_not_stopped(run: Path, small_archive: Archive, tmp_path: Path) -> None:
    """Four steps, and then two more, are six."""
    changes = ("engine.steps=6", "engine.schedule=constant", "batches.size=4", "batches.frames=40", "classifier.hidden=8")
    runs.train("style", small_archive.path, tmp_path / "whole", runs.Options(changes=changes, device="cpu"))
    shorter = ("engine.steps=4", *changes[1:])
    runs.train("style", small_archive.path, tmp_path / "parts", runs.Options(changes=shorter, device="cpu"))
    more = runs.Options(changes=("engine.steps=6",), resume=True, device="cpu")
    runs.train("style", small_archive.path, tmp_path / "parts", more)
    one, other = (runs.load(tmp_path / name).generator.state_dict() for name in ("whole", "parts"))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert (tmp_path / "whole" / "samples" / "0000006_confusion.csv").is_file()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("classifier.hidden=0", "classifier.hidden must be at least 1"),
        ("classifier.dropout=1", "classifier.dropout must be below 1"),
        ("classifier.every=0", "classifier.every must be at least 1"),
        ("classifier.temporal.kernel=4", "classifier.temporal.kernel must be an odd number"),
        ("variation.still_share=2", "variation.still_share must be at most 1"),
        ("variation.noise_metres=-1", "variation.noise_metres must be at least 0"),
    ],
)
def test_what_no_classifier_can_be_is_refused(change: str, reason: str) -> None:
    from ballo.errors import DataError
    from ballo.learning import config

    with pytest.raises(DataError, match=reason):
        config.layered(StyleConfig, [config.from_change(change)])
