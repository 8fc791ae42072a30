"""Clips: every row of music at its frame, every pose where its dancer stood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ballo.dataset import archiving, splits
from ballo.dataset.archive import PUBLISHED, Archive
from ballo.dataset.archiving import Contents, Entry
from ballo.errors import DataError
from ballo.learning import markers
from ballo.learning.clips import MARGIN, clips
from ballo.learning.models.layers import MelFrontEnd
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

FRAMES = 80
CLICKS = (0, 17, 42, 79)


def _archive(folder: Path, planted: Callable, points: np.ndarray | None = None, **facts: object) -> Archive:
    """A dance with a click at each of `CLICKS`, and one without music."""
    motion = Motion.from_positions(DANCER, planted(np.arange(float(FRAMES))), 25.0)
    samples = np.zeros(FRAMES * 640 + 2 * 16_000, np.float32)
    samples[[16_000 + 640 * frame for frame in CLICKS]] = 0.5
    heard, usable = archiving.as_int16(samples), ((0, 30), (33, FRAMES))
    entries = [
        Entry("DANCE_C_2", "cha-cha", "train", motion, usable, heard, {"joins": [50.0]}, points=points),
        Entry("DANCE_W_2", "waltz", "motion_only", motion, ((5, FRAMES),), None, {}, points=points),
    ]
    return archiving.write(folder, Contents(entries, splits.shipped(), **facts))  # type: ignore[arg-type]


@pytest.fixture
def clicking(tmp_path: Path, planted: Callable) -> Archive:
    return _archive(tmp_path / "clicking", planted)


def test_a_click_on_a_frame_is_the_first_sample_of_its_block_and_in_the_middle_of_its_second_window(clicking: Archive) -> None:
    (clip,) = clips(clicking, "train", ["spectra", "blocks"])
    blocks, spectra = clip.music["blocks"], clip.music["spectra"]
    assert len(blocks) == len(spectra) == FRAMES + 2 * MARGIN
    assert np.argwhere(blocks > 0.1).tolist() == [[frame + MARGIN, 0] for frame in CLICKS]
    windows = spectra.reshape(len(spectra), 2, 64).mean(axis=2)
    for frame in CLICKS:
        around = windows[frame + MARGIN - 2 : frame + MARGIN + 3].reshape(-1)
        assert around.argmax() == 5, "the window whose middle is the frame's instant"


def test_rows_of_spectra_are_the_front_ends_of_the_blocks_around_them(small_archive: Archive) -> None:
    (clip,) = clips(small_archive, "val", ["spectra"])
    (dance,) = small_archive.select("val")
    assert set(clip.music) == {"spectra"}
    for frame in (-MARGIN, 70, len(dance) + MARGIN - 1):
        blocks = torch.tensor(dance.music(frame - 1, 2)).reshape(1, 2, 640)
        np.testing.assert_allclose(clip.music["spectra"][frame + MARGIN], MelFrontEnd(640, 16_000)(blocks)[0, 0], atol=1e-5)


def test_a_clips_pose_and_travel_lead_back_to_the_dance(small_archive: Archive) -> None:
    (clip,) = clips(small_archive, "val", ["spectra"])
    (dance,) = small_archive.select("val")
    world, _, _ = kinematics.place(clip.pose, clip.travel, clip.path[0, :2], clip.path[0, 2])
    np.testing.assert_allclose(world, dance.motion().positions, atol=1e-4)
    assert clip.pose.dtype == clip.travel.dtype == np.float32


def test_frames_near_a_join_or_outside_the_usable_ranges_are_not_kept(clicking: Archive) -> None:
    (clip,) = clips(clicking, "train", [])
    assert np.flatnonzero(~clip.keep).tolist() == [30, 31, 32, *range(47, 54)]
    assert clip.kept == ((0, 30), (33, 47), (54, FRAMES))


def test_dances_without_music_are_taken_where_nothing_is_heard(clicking: Archive) -> None:
    assert clips(clicking, "motion_only", ["blocks"]) == []
    (clip,) = clips(clicking, "motion_only", [])
    assert clip.name == "DANCE_W_2"
    assert not clip.music
    assert clicking.styles[clip.style] == "waltz"


def test_published_points_face_ahead_with_their_feet_on_the_floor(
    tmp_path: Path, planted: Callable, planted_points: Callable
) -> None:
    world = planted_points(np.arange(float(FRAMES)))
    # As published: in a mirrored room, and on a floor that drifts.
    published = world * [-1, 1, 1]
    published[..., 1] += np.linspace(0.2, 0.5, FRAMES)[:, None]
    archive = _archive(tmp_path / "points", planted, published, grade=PUBLISHED)
    (clip,) = clips(archive, "train", [], points=True)
    pose = clip.pose
    assert pose.shape == (FRAMES, 23, 3)
    np.testing.assert_allclose((pose[:, 7] + pose[:, 16])[:, [0, 2]], 0, atol=1e-5)
    assert np.abs((pose[:, 7] - pose[:, 16])[:, 2]).max() < 1e-5
    assert (pose[:, 7, 0] > pose[:, 16, 0]).all()
    lowest = pose[:, [10, 11, 19, 20], 1].min(axis=1)
    assert (lowest >= 0).all()
    assert lowest.max() < 0.005 * np.log(4)
    again, _, _ = kinematics.place(pose, clip.travel, clip.path[0, :2], clip.path[0, 2])
    np.testing.assert_allclose(again[..., [0, 2]], world[..., [0, 2]], atol=1e-4)
    # Toes of a dancer who faces +Z lie ahead of her heels.
    assert (pose[:, 11, 2] > pose[:, 10, 2]).all()


def test_points_are_refused_where_the_archive_has_none(clicking: Archive) -> None:
    with pytest.raises(DataError, match=r"no published points.*--grade published"):
        clips(clicking, "train", [], points=True)


def test_frames_that_no_even_number_of_samples_fills_are_refused_only_if_music_is_heard(
    tmp_path: Path, planted: Callable
) -> None:
    motion = Motion.from_positions(DANCER, planted(np.arange(60.0)), 30.0)
    heard = np.zeros(2 * 16_000 + 2 * 16_000, np.int16)
    entry = Entry("DANCE_C_2", "cha-cha", "train", motion, ((0, 60),), heard, {})
    archive = archiving.write(tmp_path / "thirty", Contents([entry], splits.shipped()))
    assert len(clips(archive, "train", [])) == 1
    with pytest.raises(DataError, match="30 a second"):
        clips(archive, "train", ["spectra"])


def test_the_heading_frame_of_points_is_that_of_their_hip_line(planted_points: Callable) -> None:
    world = planted_points(np.arange(20.0))
    hips = world[:, 7] - world[:, 16]
    np.testing.assert_allclose(markers.heading(world), np.arctan2(-hips[:, 2], hips[:, 0]))
