"""Batches: movement and music in step whatever is done to them, and every process its part of one batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ballo.dataset import archiving, splits
from ballo.dataset.archive import PUBLISHED, Archive
from ballo.dataset.archiving import Contents, Entry
from ballo.errors import DataError
from ballo.learning.batches import Batch, BatchConfig, Batches
from ballo.learning.clips import MARGIN
from ballo.learning.models.layers import SILENCE
from ballo.learning.shard import Shard
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

PLAIN = BatchConfig(size=64, frames=40, warm_up_frames=10, begin_share=0.0, mirror=False, gain_decibels=0.0, heading=False)
HEARS = ("spectra", "blocks")
LEFT_KNEE, LEFT_HEEL = (DANCER.index(f"left_{name}") for name in ("knee", "heel"))


def _drawer(archive: Archive, config: BatchConfig, hears: tuple[str, ...] = HEARS, shard: Shard | None = None) -> Batches:
    return Batches(archive, config, hears, np.random.default_rng(3), shard or Shard())


def _start(drawer: Batches, batch: Batch, window: int) -> tuple[str, int]:
    """The clip that a plain window is from, and where."""
    first = batch.pose[window, 0].numpy()
    return next(
        (clip.name, start)
        for clip in drawer.clips.values()
        for start in np.flatnonzero((clip.pose == first).all(axis=(1, 2)))
        if clip.style == batch.style[window]
    )


def test_a_plain_window_and_its_music_are_the_clips_own(small_archive: Archive) -> None:
    drawer = _drawer(small_archive, PLAIN)
    batch = drawer.draw()
    assert batch.music["spectra"].shape == (64, 40 + 10 + 2 * MARGIN, 128)
    for window in range(20):
        name, start = _start(drawer, batch, window)
        clip = drawer.clips[name]
        np.testing.assert_array_equal(batch.pose[window], clip.pose[start : start + 40])
        np.testing.assert_array_equal(batch.travel[window], clip.travel[start : start + 40])
        assert batch.heading[window] == pytest.approx(clip.path[start, 2], abs=1e-6)
        for kind, silent in (("spectra", SILENCE), ("blocks", 0.0)):
            heard, before = batch.music[kind][window].numpy(), max(0, 10 - start)
            np.testing.assert_allclose(
                heard[before:], clip.music[kind][start - 10 + before : start + 40 + 2 * MARGIN], atol=1e-3
            )
            np.testing.assert_allclose(heard[:before], silent, atol=1e-3)


def test_rows_are_views_of_the_frames_asked_for(small_archive: Archive) -> None:
    batch = _drawer(small_archive, PLAIN).draw()
    rows = batch.rows("blocks", -10 - MARGIN, 3)
    assert rows.data_ptr() == batch.music["blocks"].data_ptr()
    torch.testing.assert_close(batch.rows("blocks", 0, 40), batch.music["blocks"][:, 10 + MARGIN : 50 + MARGIN])
    assert batch.rows("spectra", 40 + MARGIN - 1, 1).shape == (64, 1, 128)
    for first, count in ((-11 - MARGIN, 5), (0, 41 + MARGIN), (40 + MARGIN, 1), (0, -1)):
        with pytest.raises(ValueError, match="a batch has no blocks"):
            batch.rows("blocks", first, count)


def test_a_batch_in_pairs_holds_its_first_half_twice(small_archive: Archive) -> None:
    batch = _drawer(small_archive, PLAIN).draw()
    paired = batch.paired()
    for one, two in (
        (paired.pose, batch.pose),
        (paired.heading, batch.heading),
        (paired.rows("blocks", 0, 9), batch.rows("blocks", 0, 9)),
    ):
        torch.testing.assert_close(one, torch.cat([two[:32], two[:32]]))
    assert len(_drawer(small_archive, replace(PLAIN, size=1)).draw().paired().style) == 2


def test_styles_come_in_equal_shares(small_archive: Archive) -> None:
    drawer = _drawer(small_archive, replace(PLAIN, frames=20), ())
    styles = torch.cat([drawer.draw().style for _ in range(40)])
    assert (torch.bincount(styles, minlength=3) / len(styles) - 1 / 3).abs().max() < 0.05


def test_a_mirrored_window_is_the_dance_of_the_mirrored_body(small_archive: Archive) -> None:
    plain = _drawer(small_archive, PLAIN).draw()
    mirrored = _drawer(small_archive, replace(PLAIN, mirror=True)).draw()
    left, right = DANCER.index("left_toe"), DANCER.index("right_toe")
    flipped = [k for k in range(64) if not torch.equal(plain.pose[k], mirrored.pose[k])]
    assert 10 < len(flipped) < 54
    for k in flipped:
        torch.testing.assert_close(mirrored.pose[k, :, left], plain.pose[k, :, right] * torch.tensor([-1.0, 1, 1]))
        torch.testing.assert_close(mirrored.travel[k], plain.travel[k] * torch.tensor([-1.0, 1, -1]))
        assert mirrored.heading[k] == -plain.heading[k]
    torch.testing.assert_close(mirrored.music, plain.music)


def test_gain_turns_all_kinds_of_music_up_alike(small_archive: Archive) -> None:
    plain = _drawer(small_archive, PLAIN).draw()
    louder = _drawer(small_archive, replace(PLAIN, gain_decibels=6.0)).draw()
    decibels = (
        20
        * torch.log10(louder.rows("blocks", 0, 40).square().sum((1, 2)) / plain.rows("blocks", 0, 40).square().sum((1, 2)))
        / 2
    )
    assert decibels.abs().max() <= 6.0001
    assert decibels.max() > 3
    assert decibels.min() < -3
    level = (louder.rows("spectra", 0, 40) - plain.rows("spectra", 0, 40)).mean((1, 2)) * 3 * 10
    torch.testing.assert_close(level, decibels, atol=0.2, rtol=0)
    assert torch.equal(plain.pose, louder.pose)


def test_headings_are_anywhere_if_asked_for(small_archive: Archive) -> None:
    heading = _drawer(small_archive, replace(PLAIN, heading=True)).draw().heading
    assert heading.abs().max() <= np.pi
    assert (torch.bincount(((heading + np.pi) / (np.pi / 2)).long().clamp(0, 3), minlength=4) > 5).all()


@pytest.mark.parametrize("hears", [(), ("blocks",), HEARS])
@pytest.mark.parametrize(
    "config", [PLAIN, replace(PLAIN, mirror=True, gain_decibels=6.0, heading=True, stretch=0.1, start_phase=True)]
)
def test_the_parts_of_several_processes_are_the_batch_of_one(
    small_archive: Archive, config: BatchConfig, hears: tuple[str, ...]
) -> None:
    config = replace(config, size=6)
    alone = _drawer(small_archive, config, hears)
    shards = [_drawer(small_archive, config, hears, Shard(rank, 2)) for rank in range(2)]
    for _ in range(3):
        whole, parts = alone.draw(), [shard.draw() for shard in shards]
        for rank, part in enumerate(parts):
            assert part.warm_up_frames == whole.warm_up_frames
            torch.testing.assert_close(part.pose, whole.pose[rank::2], rtol=0, atol=0)
            torch.testing.assert_close(part.travel, whole.travel[rank::2], rtol=0, atol=0)
            torch.testing.assert_close(part.heading, whole.heading[rank::2], rtol=0, atol=0)
            assert torch.equal(part.style, whole.style[rank::2])
            for kind in hears:
                torch.testing.assert_close(part.music[kind], whole.music[kind][rank::2], rtol=0, atol=1e-6)
    assert alone.random.bit_generator.state == shards[1].random.bit_generator.state
    torch.testing.assert_close(shards[1].draw_poses(8).pose, alone.draw_poses(8).pose[1::2])


def test_a_batch_that_cannot_be_shared_evenly_is_refused(small_archive: Archive) -> None:
    with pytest.raises(DataError, match="batch of 64 cannot be shared evenly by 3"):
        _drawer(small_archive, PLAIN, (), Shard(2, 3))
    with pytest.raises(ValueError, match="none has the rank 2"):
        Shard(2, 2)


def test_windows_that_the_archive_does_not_hold_are_refused(small_archive: Archive) -> None:
    with pytest.raises(DataError, match="no window of 100000 frames with music"):
        _drawer(small_archive, replace(PLAIN, frames=100_000))


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"frames": -1}, {"warm_up_frames": -1}, {"begin_share": 1.5}, {"stretch": -0.1}]
)
def test_numbers_that_make_no_sense_are_refused_in_one_line(wrong: dict[str, float]) -> None:
    with pytest.raises(DataError, match=next(iter(wrong))):
        BatchConfig(**wrong)  # type: ignore[arg-type]


def test_batches_of_single_frames_and_figures_are_frames_of_the_clips(small_archive: Archive) -> None:
    drawer = _drawer(small_archive, replace(PLAIN, frames=1, size=5), ())
    for batch, warm_up_frames in ((drawer.draw(), 10), (drawer.draw_poses(30), 0)):
        assert batch.pose.shape[1:] == (1, 22, 3)
        assert not batch.music
        assert batch.warm_up_frames == warm_up_frames
        for window in range(len(batch.pose)):
            _start(drawer, batch, window)


# Steps that make a noise: the left knee bends for a moment, the dancer jerks ahead, and the music clicks.

EVENTS = np.array([9, 31, 50, 76, 97, 123, 145, 170, 188.0])
LENGTH = 200
USABLE = ((0, 130), (140, LENGTH))


def _bump(frames: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * ((frames[:, None] - EVENTS) / 1.5) ** 2).sum(axis=1)


@pytest.fixture(scope="module")
def stepping(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A dance with a step and a click at each of `EVENTS`; in the frames nobody may learn from, it spreads its arms."""
    frames = np.arange(float(LENGTH))
    wxyz = np.zeros((LENGTH, len(DANCER), 4))
    wxyz[..., 0] = 1
    wxyz[:, LEFT_KNEE] = rotations.about("x", 0.8 * _bump(frames))
    left_out = np.ones(LENGTH, bool)
    for first, end in USABLE:
        left_out[first:end] = False
    for side, sign in (("left", 1.0), ("right", -1.0)):
        wxyz[:, DANCER.index(f"{side}_shoulder")] = rotations.about("z", np.where(left_out, sign * 1.2, -sign * 1.2))
    root = np.zeros((LENGTH, 3))
    root[:, 2] = 0.1 * np.cumsum(_bump(frames - 0.5))
    samples = np.zeros(LENGTH * 640 + 2 * 16_000, np.float32)
    samples[(16_000 + 640 * EVENTS).astype(int)] = 0.9
    motion = Motion(DANCER, wxyz, root, 25.0, np.zeros((LENGTH, 2), bool), {})
    entry = Entry("DANCE_C_2", "cha-cha", "train", motion, USABLE, archiving.as_int16(samples), {})
    return archiving.write(tmp_path_factory.mktemp("stepping") / "archive", Contents([entry], splits.shipped()))


VARIATIONS = {
    "plain": {},
    "mirror": {"mirror": True},
    "gain": {"gain_decibels": 6.0},
    "heading": {"heading": True},
    "phase": {"start_phase": True},
    "stretch": {"stretch": 0.15},
    "all": {"mirror": True, "gain_decibels": 6.0, "heading": True, "start_phase": True, "stretch": 0.15},
}


@pytest.mark.parametrize("name", VARIATIONS)
def test_steps_and_clicks_coincide_whatever_is_done_to_them(stepping: Archive, name: str) -> None:
    drawer = _drawer(stepping, replace(PLAIN, size=40, frames=50, **VARIATIONS[name]))
    batch = drawer.draw()
    seen = []
    for window in range(40):
        pose, travel = batch.pose[window].numpy(), batch.travel[window].numpy()
        samples = batch.rows("blocks", 0, 50)[window].numpy().reshape(-1)
        spectra = batch.rows("spectra", -1, 52)[window].numpy()
        for click in _peaks(np.abs(samples), 6000) / 640:
            if 5 < click < 45:
                bends = [_nearest(-pose[:, heel, 2], click) for heel in (LEFT_HEEL, DANCER.index("right_heel"))]
                # The window that the click is loudest in is centred on it: -1 is where the rows begin.
                heard = _nearest(spectra.reshape(-1, 64).mean(axis=1) - SILENCE, 2 * (click + 1) + 1) / 2 - 1.5
                # A step of travel leads from the frame before to this one, so its middle is half a frame earlier.
                seen.append([min(np.abs(np.array(bends) - click)), _nearest(travel[:, 1], click) - 0.5 - click, heard - click])
    assert len(seen) > 40
    bend, way, heard = np.abs(np.array(seen)).max(axis=0)
    assert bend < 0.1, "4 ms"
    assert way < 0.1
    assert heard < 0.5


def _peaks(signal: np.ndarray, apart: int) -> np.ndarray:
    """The places of the strongest values, the strongest first taken, none nearer to another than `apart`."""
    places: list[int] = []
    for place in np.argsort(-signal)[:200]:
        if signal[place] > 0.2 and all(abs(place - other) > apart for other in places):
            places.append(int(place))
    return np.array(places, dtype=float)


def _nearest(signal: np.ndarray, place: float) -> float:
    """Where a signal is highest within 3 of a place, by the parabola through its highest three."""
    first = max(1, round(place) - 3)
    top = first + int(signal[first : round(place) + 4].argmax())
    before, here, after = signal[top - 1 : top + 2]
    return float(top + 0.5 * (before - after) / (before - 2 * here + after - 1e-12))


@pytest.mark.parametrize("name", ["plain", "phase", "stretch", "all"])
def test_nothing_outside_the_usable_ranges_is_ever_drawn(stepping: Archive, name: str) -> None:
    drawer = _drawer(stepping, replace(PLAIN, size=200, frames=50, **VARIATIONS[name]), ())
    hands = [DANCER.index("left_hand"), DANCER.index("right_hand")]
    clip = drawer.clips["DANCE_C_2"]
    height = clip.pose[:, hands, 1]
    lowest, highest = height[clip.keep].min() - 1e-3, height[clip.keep].max() + 1e-3
    assert (height[~clip.keep] > highest + 0.5).all(), "the frames left out look otherwise"
    for batch in (drawer.draw(), drawer.draw_poses(200)):
        drawn = batch.pose[:, :, hands, 1]
        assert lowest <= drawn.min()
        assert drawn.max() <= highest


def test_no_variation_stretches_a_bone(stepping: Archive) -> None:
    pose = _drawer(stepping, replace(PLAIN, **VARIATIONS["all"]), ()).draw().pose.numpy()
    bones = np.linalg.norm(pose[:, :, 1:] - pose[:, :, DANCER.parents[1:]], axis=-1)
    np.testing.assert_allclose(bones, np.broadcast_to(DANCER.bone_lengths[1:], bones.shape), atol=1e-5)


def test_faster_windows_are_faster(stepping: Archive) -> None:
    plain = _drawer(stepping, replace(PLAIN, size=200, frames=50), ()).draw()
    varied = _drawer(stepping, replace(PLAIN, size=200, frames=50, stretch=0.15), ()).draw()
    fastest = [batch.travel[:, :, 1].amax(dim=1) for batch in (plain, varied)]
    # Each event moves the dancer by up to 0.1 m a frame; between two of them windows are slow and say nothing.
    assert 0.09 < fastest[0].median() < 0.105
    assert fastest[1].max() > 0.11
    assert fastest[1].quantile(0.1) < 0.093


def test_points_are_drawn_and_mirrored_as_points(tmp_path: Path, planted: Callable, planted_points: Callable) -> None:
    frames = np.arange(80.0)
    motion = Motion.from_positions(DANCER, planted(frames), 25.0)
    entry = Entry("DANCE_C_2", "cha-cha", "train", motion, ((0, 80),), None, {}, points=planted_points(frames) * [-1, 1, 1])
    archive = archiving.write(tmp_path / "points", Contents([entry], splits.shipped(), grade=PUBLISHED))
    plain, mirrored = (
        Batches(archive, replace(PLAIN, mirror=mirror), (), np.random.default_rng(0), Shard(), points=True).draw()
        for mirror in (False, True)
    )
    assert plain.pose.shape == (64, 40, 23, 3)
    flipped = [k for k in range(64) if not torch.equal(plain.pose[k], mirrored.pose[k])]
    assert len(flipped) > 10
    across = torch.tensor([-1.0, 1, 1])
    for k in flipped:
        one, other = plain.pose[k], mirrored.pose[k]
        torch.testing.assert_close(other[:, 11], one[:, 20] * across)
        # The mirrored left wrist is the right wrist's image, though the two were published in different means.
        torch.testing.assert_close(2 * other[:, 6] - other[:, 22], (2 * one[:, 14] - one[:, 21]) * across, atol=1e-5, rtol=0)


def test_windows_in_the_world_are_the_dance_turned_to_the_heading(small_archive: Archive) -> None:
    drawer = _drawer(small_archive, PLAIN, ())
    batch = drawer.draw()
    name, start = _start(drawer, batch, 0)
    dance = next(dance for dance in small_archive.dances if dance.name == name)
    real = dance.motion().positions[start : start + 40]
    travel = batch.travel[0].numpy().copy()
    travel[0] = 0
    world, _, _ = kinematics.place(batch.pose[0].numpy(), travel, real[0, 0, [0, 2]], float(batch.heading[0]))
    np.testing.assert_allclose(world, real, atol=1e-4)
