"""The noise of a seed: the same however it is cut, of unit variance, with the memory that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballo.inference.noise import NoiseStream, memory, wander

FPS = 25.0


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(0, 2**70))
def test_chunks_give_the_whole(cuts, seed):
    stream = NoiseStream(seed, 3, 0.4, FPS)
    chunks = [stream.take(frames) for frames in cuts]
    whole = NoiseStream(seed, 3, 0.4, FPS).take(sum(cuts))
    assert np.array_equal(np.concatenate([np.zeros((0, 3), np.float32), *chunks]), whole)


def test_unit_variance_from_the_first_frame_on():
    walks = np.stack([NoiseStream(seed, 8, 0.5, FPS).take(40) for seed in range(400)])
    assert walks.dtype == np.float32
    assert np.abs(walks.mean(axis=(0, 2))).max() < 0.1
    assert walks.std(axis=(0, 2)) == pytest.approx(np.ones(40), abs=0.06)


@pytest.mark.parametrize("seconds", [0.2, 1.0])
def test_correlation_falls_to_one_eth_in_its_time(seconds):
    walk = NoiseStream(5, 200, seconds, FPS).take(4000).astype(np.float64)
    lag = round(seconds * FPS)
    assert (walk[:-lag] * walk[lag:]).mean() == pytest.approx(np.exp(-1), abs=0.03)


def test_without_memory_it_is_white():
    white = np.random.default_rng(0).normal(size=(50, 2))
    assert memory(0.0, FPS) == 0.0
    assert np.array_equal(wander(white, 0.0, white[0]), white)
    assert memory(0.5, 50.0) == pytest.approx(memory(1.0, 25.0))


def test_wander_by_hand():
    walk = wander(np.array([1.0, 0.0, 1.0]), 0.6, None)
    assert walk == pytest.approx([1.0, 0.6, 0.36 + 0.8])
    assert wander(np.array([1.0]), 0.6, np.array(2.0)) == pytest.approx([2.0])


def test_another_seed_is_another_walk():
    first, second = (NoiseStream(seed, 100, 0.4, FPS).take(200) for seed in (0, 1))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05
