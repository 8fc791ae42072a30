"""The LSTM autoencoder: what the mask keeps out, chunks against the whole, ONNX against PyTorch, and that all of it learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from ballo.dataset import archiving, splits
from ballo.dataset.archive import MARGIN_SECONDS, Archive, Beats
from ballo.dataset.archiving import Contents, Entry
from ballo.learning import config, exporting
from ballo.learning.batches import BatchConfig
from ballo.learning.models import spaces
from ballo.learning.models.melody import Generator, GeneratorConfig
from ballo.learning.phases.melody import LossConfig, MelodyConfig, MelodyPhase
from ballo.learning.shard import Shard
from ballo.learning.timing import beats_of
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER
from ballo.music import clock as clocks

CPU, ALONE = torch.device("cpu"), Shard()
RATE, SAMPLES, FPS = 16_000, 640, 25.0
SMALL = MelodyConfig(batches=BatchConfig(size=4, frames=40, warm_up_frames=10))


@pytest.fixture(scope="module")
def beaten_archive(tmp_path_factory: pytest.TempPathFactory, planted: Callable[[np.ndarray], np.ndarray]) -> Archive:
    """Three train dances and a validation dance of 8 s, three styles, to noise that a beat each 0.52 s makes louder."""
    frames, beats = 200, np.arange(-1, 16) * 0.52 + 0.1
    rows = [("DANCE_C_2", "cha-cha", "train"), ("DANCE_R_2", "rumba", "train"), ("DANCE_W_4", "waltz", "train")]
    entries = []
    for number, (name, style, split) in enumerate([*rows, ("DANCE_W_1", "waltz", "val")]):
        motion = Motion.from_positions(DANCER, planted(np.arange(frames) + 40.0 * number), FPS)
        time = np.arange(frames * SAMPLES + 2 * RATE) / RATE - MARGIN_SECONDS
        since = (time - beats[0]) % 0.52
        noise = np.random.default_rng(number).normal(scale=0.1, size=len(time)) * (0.02 + np.exp(-since / 0.05))
        known = Beats(beats, np.arange(len(beats)) % 4, 4)
        samples = archiving.as_int16(noise.astype(np.float32))
        entries.append(Entry(name, style, split, motion, ((0, frames),), samples, {}, beats=known))
    folder = tmp_path_factory.mktemp("archives") / "beaten"
    return archiving.write(folder, Contents(entries, splits.shipped()))


def make(**changes: object) -> Generator:
    torch.manual_seed(0)
    config = GeneratorConfig(**changes)  # type: ignore[arg-type]
    return Generator(config, spaces.make(config.space, DANCER, FPS, len(DANCER)), 3, SAMPLES, RATE).eval()


def inputs(generator: Generator, batch: int, frames: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Rows, clock with a beat each 11 frames from the fourth on, noise and styles."""
    random = torch.Generator().manual_seed(1)
    rows = torch.randn(batch, frames + generator.ear.before + generator.ear.after, SAMPLES, generator=random) * 0.1
    beats = np.arange(3, frames + 11, 11) / FPS
    told = torch.from_numpy(clocks.rows(beats, np.arange(len(beats)) % 4, 4, frames, FPS))
    return rows, told.expand(batch, -1, -1), torch.zeros(batch, frames, 1), torch.arange(batch) % 3


@pytest.fixture(scope="module")
def phase(beaten_archive: Archive) -> MelodyPhase:
    return MelodyPhase(beaten_archive, SMALL, CPU, ALONE)


# The mask.


def test_music_is_heard_where_a_beat_arrives_and_nowhere_else() -> None:
    generator = make()
    rows, clock, _, style = inputs(generator, 2, 40)
    heard = generator.listen(rows, clock, style, generator.start(2))
    on_beats = clock[0, :, clocks.ARRIVAL] == 1
    assert on_beats.nonzero().flatten().tolist() == [3, 14, 25, 36]
    assert heard.reduced[:, on_beats].abs().amin() > 0
    assert not heard.reduced[:, ~on_beats].any()


def test_what_is_masked_does_not_reach_the_cells_that_dance() -> None:
    """A code that differs off the beat alone makes the very same dance, and the first beat is where dances begin to differ."""
    generator = make()
    rows, clock, noise, style = inputs(generator, 1, 40)
    other = rows + 0.2 * torch.randn(rows.shape, generator=torch.Generator().manual_seed(2))
    one, two = (generator(x, clock, noise, style, generator.start(1)).numbers[0] for x in (rows, other))
    differ = (one - two).abs().amax(dim=1) > 0
    assert not differ[:3].any()
    assert differ[3]
    without_beats = clock.clone()
    without_beats[..., clocks.ARRIVAL] = 0
    one, two = (generator(x, without_beats, noise, style, generator.start(1)).numbers for x in (rows, other))
    assert torch.equal(one, two)


def test_without_a_mask_music_is_heard_at_every_frame() -> None:
    generator = make(masking=False)
    rows, clock, noise, style = inputs(generator, 1, 20)
    assert (generator.listen(rows, clock, style, generator.start(1)).reduced.abs().amax(dim=-1) > 0).all()
    other = generator(rows + 0.2, clock, noise, style, generator.start(1)).numbers
    assert (other - generator(rows, clock, noise, style, generator.start(1)).numbers)[:, 0].abs().max() > 0


# What moves the dance.


def test_music_beat_and_style_move_the_dance_and_noise_does_not() -> None:
    generator = make()
    rows, clock, noise, style = inputs(generator, 1, 30)
    plain = generator(rows, clock, noise, style, generator.start(1)).moved.pose
    later = torch.cat([clock[:, 5:], clock[:, :5]], dim=1)
    for changed in ((rows * 3, clock, noise, style), (rows, later, noise, style), (rows, clock, noise, style + 1)):
        assert (generator(*changed, generator.start(1)).moved.pose - plain).abs().max() > 1e-5
    assert torch.equal(generator(rows, clock, noise + 1, style, generator.start(1)).moved.pose, plain)


@pytest.mark.parametrize(
    "changes", [{"style_size": 0}, {"temporal": False}, {"masking": False}, {"temporal": False, "masking": False}]
)
def test_variants_leave_out_what_they_say(changes: dict[str, object]) -> None:
    generator = make(**changes)
    rows, clock, noise, style = inputs(generator, 1, 30)
    told = clock if generator.clocked else None
    plain = generator(rows, told, noise, style, generator.start(1)).numbers
    assert generator.clocked == (generator.config.temporal or generator.config.masking)
    other_style = generator(rows, told, noise, style + 1, generator.start(1)).numbers
    assert torch.equal(plain, other_style) == (generator.config.style_size == 0)
    if told is not None:
        slow = told.clone()
        slow[..., [clocks.SINCE, clocks.BAR_COSINE, clocks.BAR_SINE]] *= 0.5
        same = torch.equal(generator(rows, slow, noise, style, generator.start(1)).numbers, plain)
        assert same == (not generator.config.temporal)


# Chunks and graphs.


@pytest.mark.parametrize("space", ["directions", "coordinates"])
def test_chunks_with_their_state_give_what_the_whole_gives(space: str) -> None:
    generator, cut = make(space=space), 17
    rows, clock, noise, style = inputs(generator, 2, 50)
    whole = generator(rows, clock, noise, style, generator.start(2))
    context = generator.ear.before + generator.ear.after
    first = generator(rows[:, : cut + context], clock[:, :cut], noise[:, :cut], style, generator.start(2))
    second = generator(rows[:, cut:], clock[:, cut:], noise[:, cut:], style, first.state)
    for name in ("pose", "travel"):
        joined = torch.cat([getattr(first.moved, name), getattr(second.moved, name)], dim=1)
        torch.testing.assert_close(joined, getattr(whole.moved, name), atol=1e-5, rtol=0)


def test_onnx_dances_as_pytorch_does_at_any_length() -> None:
    generator = make()
    exported = exporting.graph(generator)
    session = onnxruntime.InferenceSession(exporting.export(exported), providers=["CPUExecutionProvider"])
    assert [taken.name for taken in session.get_inputs()] == list(exported.inputs)
    for count, length in ((1, 1), (1, 130), (3, 40)):
        rows, clock, noise, style = inputs(generator, count, length)
        states = {f"{name}_state": torch.randn_like(value) * 0.1 for name, value in generator.start(count).items()}
        given = {"blocks": rows, "clock": clock, "noise": noise, "style": style} | states
        with torch.no_grad():
            expected = exported.module(*(given[name] for name in exported.inputs))
        got = session.run(list(exported.outputs), {name: value.numpy() for name, value in given.items()})
        for name, one, other in zip(exported.outputs, got, expected, strict=True):
            np.testing.assert_allclose(one, other.numpy(), atol=5e-5, err_msg=name)


# Training.


def lowered(phase: MelodyPhase, batch: object) -> Tensor:
    return torch.stack(list(phase.generator_loss(batch, 0.0).values())).sum()  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{}, {"masking": False, "temporal": False, "style_size": 0}, {"space": "coordinates"}])
def test_every_weight_learns(beaten_archive: Archive, changes: dict[str, object]) -> None:
    config = replace(SMALL, generator=replace(SMALL.generator, **changes))  # type: ignore[arg-type]
    phase = MelodyPhase(beaten_archive, config, CPU, ALONE)
    lowered(phase, phase.draw()).backward()
    still = [name for name, p in phase.generator.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert still == []
    assert phase.critic is None


def test_a_batch_of_one_works(beaten_archive: Archive) -> None:
    phase = MelodyPhase(beaten_archive, replace(SMALL, batches=replace(SMALL.batches, size=1)), CPU, ALONE)
    assert torch.isfinite(lowered(phase, phase.draw()))


def test_one_batch_can_be_learnt_by_heart(beaten_archive: Archive) -> None:
    larger, fewer = replace(SMALL.generator, hidden=64, dense=64), replace(SMALL.batches, size=2, frames=30)
    phase = MelodyPhase(beaten_archive, replace(SMALL, generator=larger, batches=fewer), CPU, ALONE)
    batch = phase.draw()
    optimiser = torch.optim.Adam(phase.generator.parameters(), lr=1e-2)
    losses = []
    for _ in range(150):
        loss = phase.generator_loss(batch, 0.0)["movement"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.1 * losses[0]


def test_the_features_error_is_bounded_from_below(beaten_archive: Archive) -> None:
    content = replace(SMALL, losses=LossConfig(features=2.0, enough=1e3))
    phase = MelodyPhase(beaten_archive, content, CPU, ALONE)
    terms = phase.generator_loss(phase.draw(), 0.0)
    assert terms["features"].item() == 2000.0
    (gradient,) = torch.autograd.grad(terms["features"], phase.generator.restore.weight)
    assert not gradient.any()


def test_features_are_scaled_by_the_train_split(phase: MelodyPhase) -> None:
    """Over a song's own frames, where augmentation changes nothing but loudness."""
    clips = list(phase.batches.clips.values())
    ear, normaliser = phase.generator.ear, phase.generator.acoustic_normaliser
    rows = [
        torch.from_numpy(clip.music["blocks"][8 - ear.before : len(clip.pose) + 8 + ear.after].copy())[None] for clip in clips
    ]
    features = torch.cat([normaliser.normalise(ear(x))[0] for x in rows])
    moving = normaliser.deviation > 1.1e-3
    torch.testing.assert_close(features.mean(dim=0), torch.zeros(ear.size), atol=1e-3, rtol=0)
    torch.testing.assert_close(features.std(dim=0)[moving], torch.ones(int(moving.sum())), atol=1e-2, rtol=0)
    assert moving.sum() > 10


def test_the_warm_up_reaches_the_window_but_is_not_learnt_from(phase: MelodyPhase) -> None:
    batch = next(batch for batch in iter(phase.draw, None) if batch.warm_up_frames)
    state = phase._warmed(batch)
    assert state["dancer_cell"].abs().max() > 0
    assert not any(value.requires_grad for value in state.values())
    cold = replace(batch, warm_up_frames=0, music={kind: rows[:, batch.warm_up_frames :] for kind, rows in batch.music.items()})
    assert lowered(phase, cold).item() != lowered(phase, batch).item()


def test_two_processes_make_the_loss_of_one(beaten_archive: Archive) -> None:
    alone = MelodyPhase(beaten_archive, SMALL, CPU, ALONE)
    halves = [MelodyPhase(beaten_archive, SMALL, CPU, Shard(rank, 2)) for rank in range(2)]
    whole = alone.generator_loss(alone.draw(), 0.0)["movement"].item()
    parts = [half.generator_loss(half.draw(), 0.0)["movement"].item() for half in halves]
    assert np.mean(parts) == pytest.approx(whole, rel=1e-4)


# The beats of an archive.


def test_beats_that_the_archive_does_not_know_are_heard_in_its_music(beaten_archive: Archive) -> None:
    dance = beaten_archive.select("train")[0]
    heard = beats_of(replace(dance, beats=None))
    assert dance.beats is not None
    assert heard is not None
    assert dance.samples is not None
    # The same grid: which of its beats begins a bar nothing in this music tells.
    away = (heard.seconds - dance.beats.seconds[0] + 0.26) % 0.52 - 0.26
    np.testing.assert_allclose(away, 0, atol=0.01)
    np.testing.assert_allclose(np.diff(heard.seconds), 0.52, atol=0.005)
    assert beats_of(replace(dance, beats=heard)) is heard
    assert beats_of(replace(dance, beats=None, samples=None)) is None
    assert beats_of(replace(dance, beats=None, samples=np.zeros_like(dance.samples))) is None


# The files that name its settings.


def test_the_toml_writes_out_the_defaults_and_the_ablations_change_one_thing() -> None:
    configs = Path(__file__).parents[2] / "configs"
    plain = MelodyConfig()
    assert config.read(configs / "melody.toml", MelodyConfig) == plain
    for name, change in (("unmasked", {"masking": False}), ("untimed", {"temporal": False})):
        changed = config.read(configs / "ablations" / f"melody-{name}.toml", MelodyConfig)
        assert changed == replace(plain, generator=replace(plain.generator, **change))
