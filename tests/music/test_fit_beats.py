"""scripts/fit_beats.py, which makes the weights of the beat tracker's rule."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ballo.music import beats, onsets
from ballo.music.weights import WEIGHTS

SCRIPT = Path(__file__).parents[2] / "scripts" / "fit_beats.py"
NAMES = ("octaves", "beat", "backbeat", "dull")
PLANTED = np.array([[0.8, 0.0, -1.5], [2.0, -1.0, 0.5], [-1.2, 1.6, 0.0], [0.0, 0.0, 0.0]])
SONGS, WAYS = 4000, 12


@pytest.fixture(scope="module")
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[SCRIPT.stem] = module  # where dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def planted(script: ModuleType) -> list[object]:
    """Songs in which the right way of counting is drawn with the chances that planted weights give it."""
    random = np.random.default_rng(5)
    return [_planted(script, random) for _ in range(SONGS)]


def _planted(script: ModuleType, random: np.random.Generator) -> object:
    figures = random.normal(size=(WAYS - random.integers(5), len(NAMES))) * (0.7, 1.0, 0.5, 0.0)
    circumstances = np.stack([np.ones(len(figures)), random.random(len(figures)) < 0.4, figures[:, 0]], axis=1)
    song = script.Counted(np.array(NAMES), figures, circumstances, np.zeros((len(figures), 2)))
    song.right[(song.scores(PLANTED) + random.gumbel(size=len(figures))).argmax()] = 1.0
    return song


def test_the_fit_finds_planted_weights(script: ModuleType, planted: list[object]) -> None:
    found = script.fit(planted)
    assert np.abs(found - PLANTED).max() < 0.2  # some three standard errors of the least certain weight
    assert (found[-1] == 0).all()  # a figure that does not vary says nothing
    right, known = (script.chosen(planted, weights).mean() for weights in (found, PLANTED))
    assert abs(right - known) < 0.005
    assert known > 0.5


def test_ways_that_are_as_right_as_the_best_share_its_credit(script: ModuleType) -> None:
    """Of two right ways one is a little better; were it alone right, the figure that tells them apart would be weighed."""
    figures = np.array([[1.0, 3.0], [1.0, -3.0], [0.0, 0.0]])
    circumstances = np.array([[1.0, 0.0, 0.0]] * 3)
    names = np.array(["beat", "other"])
    for second_best, is_right in ((0.91, True), (0.85, False)):
        right = np.array([[0.95, 0.99], [1.0, second_best], [0.4, 0.0]])
        weights = script.fit([script.Counted(names, figures, circumstances, right)])
        assert weights[0, 0] > 0.05
        assert (abs(weights[1, 0]) < 1e-6) == is_right


def test_a_song_s_figures_weigh_as_the_tracker_weighs_them(script: ModuleType) -> None:
    song = script.compose(10_000)  # it dies away before its end, so that what sounds has to be found
    found = script.measured(song.samples, song.beats, song.downbeats)
    weights = np.array([WEIGHTS[name] for name in found.names])
    _, ways = beats.ways_of_counting(onsets.listen([song.samples]))
    np.testing.assert_allclose(found.scores(weights), [way.score for way in ways], atol=1e-9)
    tracked = beats.track_samples(song.samples)
    is_right = script.f_measure(song.beats, tracked.times), script.f_measure(song.downbeats, tracked.downbeats)
    np.testing.assert_allclose(script.chosen([found], weights)[0], is_right, atol=0.05)  # but for the grid's ends
    assert min(is_right) > 0.9


def test_beats_score_as_mir_eval_scores_them(script: ModuleType) -> None:
    mir_eval = pytest.importorskip("mir_eval")
    random = np.random.default_rng(1)
    reference = np.cumsum(random.uniform(0.3, 1.0, 40))
    for shift in (0.0, 0.03, 0.06):
        found = np.sort(np.concatenate([reference[3:] + shift * random.choice([-1, 2], 37), [0.0, 70.0]]))
        assert script.f_measure(reference, found) == pytest.approx(mir_eval.beat.f_measure(reference, found))
    assert script.f_measure(reference, np.zeros(0)) == script.f_measure(np.zeros(0), reference) == 0


def test_the_command_writes_weights_and_goes_on_where_it_was(tmp_path: Path, script: ModuleType) -> None:
    """Two songs, fitted anew from what was kept of them, give the same module."""
    command = [sys.executable, str(SCRIPT), "--songs", "2", "--test", "1", "--workers", "2", "--cache", str(tmp_path / "kept")]
    written = []
    for name in ("first.py", "second.py"):
        ran = subprocess.run([*command, "-o", str(tmp_path / name)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        assert "held out" in ran.stdout
        written.append((tmp_path / name).read_text(encoding="utf-8"))
    kept = sorted(tmp_path.glob("kept/*/*"))
    assert [path.name for path in kept] == ["10000.npz", "10001.npz", "10002.npz"]
    assert written[0] == written[1]
    space: dict[str, dict[str, tuple[float, float, float]]] = {}
    exec(written[0], space)
    assert list(space["WEIGHTS"]) == list(WEIGHTS)  # that the names ship is what the tracker looks up
    weights = np.array(list(space["WEIGHTS"].values()))
    songs = [script.counted(seed, kept[0].parent) for seed in (10_000, 10_001)]
    np.testing.assert_allclose(weights, script.fit(songs), atol=0.0051)
