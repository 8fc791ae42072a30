"""Batches: movement and music in step, styles in equal shares, mirrors that are mirrors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ballo.dataset.archive import Archive
from ballo.learning import batches
from ballo.learning.batches import BatchConfig, Batches, louder
from ballo.learning.models.layers import SILENCE
from ballo.learning.models.music import Generator
from ballo.motion.skeleton import DANCER

PLAIN = BatchConfig(size=64, frames=40, warm_up_frames=10, begin_share=0.0, mirror=False, gain_decibels=0.0)


def _drawer(archive: Archive, generator: Generator, config: BatchConfig) -> Batches:
    return Batches(archive, generator, config, 16_000, seed=3)


def test_a_window_and_its_music_belong_together(small_archive: Archive, generator: Generator) -> None:
    drawer = _drawer(small_archive, generator, PLAIN)
    batch = drawer.draw()
    for pose, spectra, style in zip(batch.pose.numpy(), batch.spectra.numpy(), batch.style, strict=True):
        clip = next(clip for clip in drawer.clips.values() if clip.style == style)
        start = next(s for s in range(len(clip.pose)) if np.array_equal(clip.pose[s], pose[0]))
        np.testing.assert_array_equal(clip.pose[start : start + 40], pose)
        heard = clip.spectra[max(0, start - 10) : start + 40 + generator.audio_encoder.context]
        np.testing.assert_allclose(spectra[max(0, 10 - start) :], heard, atol=1e-4)
        assert (spectra[: max(0, 10 - start)] == SILENCE).all()


def test_row_t_of_a_clips_spectra_starts_the_context_of_frame_t(small_archive: Archive, generator: Generator) -> None:
    clip = batches.clips(small_archive, "val", generator, 16_000)[0]
    dance = small_archive.select("val")[0]
    frame = 70
    blocks = dance.music(frame - generator.context_before, generator.context_blocks + 1)
    expected = generator.front_end(torch.tensor(blocks).reshape(1, -1, 640))[0].numpy()
    np.testing.assert_allclose(clip.spectra[frame : frame + generator.context_blocks], expected, atol=1e-5)


def test_styles_come_in_equal_shares_however_long_they_are(small_archive: Archive, generator: Generator) -> None:
    drawer = _drawer(small_archive, generator, replace(PLAIN, frames=20))
    styles = torch.cat([drawer.draw().style for _ in range(40)])
    shares = torch.bincount(styles, minlength=3) / len(styles)
    assert (shares - 1 / 3).abs().max() < 0.05


def test_a_mirrored_dance_is_the_dance_of_the_mirrored_body(small_archive: Archive, generator: Generator) -> None:
    plain = _drawer(small_archive, generator, PLAIN).draw()
    mirrored = _drawer(small_archive, generator, replace(PLAIN, mirror=True)).draw()
    left, right = DANCER.index("left_toe"), DANCER.index("right_toe")
    flipped = [k for k in range(64) if not torch.equal(plain.pose[k], mirrored.pose[k])]
    assert 10 < len(flipped) < 54
    for k in flipped:
        torch.testing.assert_close(mirrored.pose[k, :, left], plain.pose[k, :, right] * torch.tensor([-1.0, 1, 1]))
        torch.testing.assert_close(mirrored.travel[k], plain.travel[k] * torch.tensor([-1.0, 1, -1]))


def test_turning_up_spectra_is_turning_up_the_waveform(generator: Generator) -> None:
    blocks = torch.randn(2, 6, 640) * 0.05
    for decibels in (-6.0, 0.0, 6.0):
        expected = generator.front_end(blocks * 10 ** (decibels / 20))
        torch.testing.assert_close(louder(generator.front_end(blocks), torch.tensor(decibels)), expected, atol=1e-3, rtol=0)


def test_the_same_seed_draws_the_same_batches(small_archive: Archive, generator: Generator) -> None:
    config = replace(PLAIN, mirror=True, gain_decibels=6.0, begin_share=0.5)
    one, other = (_drawer(small_archive, generator, config) for _ in range(2))
    for _ in range(3):
        a, b = one.draw(), other.draw()
        assert a.warm_up_frames == b.warm_up_frames
        assert torch.equal(a.pose, b.pose)
        assert torch.equal(a.spectra, b.spectra)


def test_an_archive_without_windows_is_refused(small_archive: Archive, generator: Generator) -> None:
    from ballo.errors import DataError

    with pytest.raises(DataError, match="no window"):
        _drawer(small_archive, generator, replace(PLAIN, frames=100_000))
