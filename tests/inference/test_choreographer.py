"""The choreographer: exact lengths, the same dance however it is cut, in memory that music does not fill."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
import weakref
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import ballo
from ballo.errors import AudioError, BalloError, BundleError
from ballo.inference import bundle
from ballo.inference.bundle import Bundle
from ballo.inference.choreographer import Choreographer
from ballo.inference.cleanup import clean
from ballo.inference.cleanup_steps import CleanupConfig
from ballo.inference.hearing import with_context
from ballo.music.audio import open_song


@pytest.fixture(scope="module")
def dancer(toy_bundle):
    return Choreographer.load(toy_bundle)


@pytest.fixture(scope="module")
def dancer_at_30(toy_graph):
    manifest, graph = toy_graph(fps=30.0)
    return Choreographer(Bundle(manifest, graph, "hash"))


@pytest.fixture(scope="module")
def song(make_song, tmp_path_factory):
    """7.37 s of music."""
    return make_song(tmp_path_factory.mktemp("music") / "song.wav", round(7.37 * 44100))


@pytest.fixture(scope="module")
def whole(dancer, song):
    """The song's dance in one chunk."""
    return dancer.dance(open_song(song), chunk_seconds=100)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 44100, 48000, 96000])
@pytest.mark.parametrize(("seconds", "more", "frames"), [("0.1", 0, 3), ("2", 0, 50), ("2", 1, 51), ("2", -1, 50)])
def test_a_dance_is_exactly_as_long_as_its_music(dancer, make_song, tmp_path, rate, seconds, more, frames):
    samples = math.floor(Fraction(seconds) * rate) + more
    motion = dancer.dance(open_song(make_song(tmp_path / "song.wav", samples, rate)))
    assert len(motion) == math.ceil(Fraction(samples, rate) * 25) == frames


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (1469, 1), (1470, 1), (1471, 2), (147000, 100), (147001, 101)])
def test_lengths_at_another_frame_rate(dancer_at_30, make_song, tmp_path, samples, frames):
    motion = dancer_at_30.dance(open_song(make_song(tmp_path / "song.wav", samples)))
    assert len(motion) == frames
    assert motion.fps == 30.0


@pytest.mark.parametrize("thousands", [24, 30, 60])
def test_a_film_rate_is_the_fraction_it_means(toy_graph, make_song, tmp_path, thousands):
    """100 frames at 30000/1001 a second are 3.336666... s to the sample, though no float says so."""
    manifest, graph = toy_graph(fps=thousands * 1000 / 1001)
    motion = Choreographer(Bundle(manifest, graph, "")).dance(
        open_song(make_song(tmp_path / "song.wav", 100100, thousands * 1000))
    )
    assert len(motion) == 100


def test_a_sample_more_than_whole_chunks_is_a_frame_more(dancer, make_song, tmp_path):
    """At the model's rate that sample is rounded away, and with it what would start another chunk."""
    song = make_song(tmp_path / "song.wav", 2 * 96000 + 1, 96000)
    assert len(dancer.dance(open_song(song), chunk_seconds=2.0)) == 51


@pytest.mark.parametrize("chunk_seconds", [0.01, 0.12, 1.0, 3.3, 7.36, 7.4])
def test_chunks_give_the_whole(dancer, song, whole, chunk_seconds):
    motion = dancer.dance(open_song(song), chunk_seconds=chunk_seconds)
    assert np.abs(motion.positions - whole.positions).max() < 1e-5
    assert np.abs(motion.rotations - whole.rotations).max() < 1e-5, "no quaternion changes its sign between chunks"
    assert np.array_equal(motion.contacts, whole.contacts)


def test_the_graph_hears_the_frames_around_each_frame(toy_graph):
    """The context's place, against a plain loop over frames."""
    hearing = toy_graph()[0].hearing
    music = np.arange(1, 8, dtype=np.float32)[:, None] * np.ones(hearing.samples_per_block, np.float32)
    heard = np.concatenate(
        [run[k : k + 6, 0][None] for run in with_context(iter(music), hearing, 3) for k in range(len(run) - 5)]
    )
    for frame in range(7):
        around = [frame + k + 1 if 0 <= frame + k < 7 else 0 for k in range(-3, 3)]
        assert heard[frame].tolist() == around


def test_the_same_song_gives_the_same_bytes(dancer, toy_bundle, song, tmp_path):
    for name in ("one.npz", "two.npz"):
        Choreographer.load(toy_bundle).dance(open_song(song)).save(tmp_path / name)
    ballo.dance(song, model=toy_bundle, raw=True).save(tmp_path / "three.npz")
    assert len({(tmp_path / f"{name}.npz").read_bytes() for name in ("one", "two", "three")}) == 1


def test_a_dance_is_cleaned_up_unless_it_is_wanted_raw(dancer, toy_bundle, song):
    own = dancer.dance(open_song(song))
    assert ballo.dance(song, model=toy_bundle, style="march", raw=True) == own
    assert ballo.dance(song, model=toy_bundle, style="march") == clean(own)
    bounded = ballo.dance(song, model=toy_bundle, style="march", bounds=(2.0, 3.0))
    assert bounded == clean(own, CleanupConfig(bounds=(2.0, 3.0)))
    assert ballo.dance(song, model=toy_bundle, style="march", in_place=True) == clean(own, CleanupConfig(in_place=True))
    with pytest.raises(BalloError, match="contradict one another: give one of them"):
        ballo.dance(song, model=toy_bundle, raw=True, in_place=True)
    with pytest.raises(BalloError, match="a stage is at least 2 m"):
        ballo.dance(song, model=toy_bundle, bounds=(1.0, 1.0))


def test_another_seed_style_or_song_is_another_dance(dancer, song, make_song, tmp_path, whole):
    def apart(motion):
        return np.abs(motion.positions - whole.positions).mean()

    assert apart(dancer.dance(open_song(song), seed=1)) > 0.01
    assert apart(dancer.dance(open_song(song), style="jig")) > 1e-3
    assert apart(dancer.dance(open_song(make_song(tmp_path / "loud.wav", round(7.37 * 44100), level=0.9)))) > 0.01


def test_a_style_goes_by_name_and_the_first_is_the_default(dancer, song, whole):
    assert whole.meta["style"] == "march"
    assert np.array_equal(dancer.dance(open_song(song), style="march").positions, whole.positions)
    jig = dancer.dance(open_song(song, duration_seconds=1), style="jig")
    march = dancer.dance(open_song(song, duration_seconds=1))
    hand = jig.skeleton.index("left_hand")
    assert (jig.positions[:, hand, 1] > march.positions[:, hand, 1]).all(), "the toy's jig has raised hands"
    assert jig.meta["style"] == "jig"


def test_what_it_cannot_dance(dancer, song):
    with pytest.raises(BalloError, match="toy dances no 'tango': choose among march, jig"):
        dancer.dance(open_song(song), style="tango")
    for seed in (-1, 1.5):
        with pytest.raises(BalloError, match="a seed is a whole number from 0 on"):
            dancer.dance(open_song(song), seed=seed)


def test_meta_says_where_it_comes_from(dancer, toy_bundle, song, whole, tmp_path):
    meta = dancer.dance(open_song(song), seed=np.int64(3)).meta
    assert meta == {
        "song": "song.wav",
        "song_sha256": hashlib.sha256(song.read_bytes()).hexdigest(),
        "start_seconds": 0.0,
        "seconds": pytest.approx(7.37),
        "truncated": False,
        "silent": False,
        "model": "toy",
        "model_sha256": hashlib.sha256(toy_bundle.read_bytes()).hexdigest(),
        "style": "march",
        "seed": 3,
        "version": ballo.__version__,
    }


def test_start_and_duration_are_as_cutting_the_song(dancer, make_song, tmp_path):
    long = make_song(tmp_path / "long.wav", 9 * 44100)
    whole = long.read_bytes()[44:]
    cut = make_song(tmp_path / "cut.wav", 4 * 44100)
    cut.write_bytes(cut.read_bytes()[:44] + whole[2 * 2 * 44100 : 2 * 6 * 44100])
    chosen = dancer.dance(open_song(long, start_seconds=2, duration_seconds=4))
    assert np.array_equal(chosen.positions, dancer.dance(open_song(cut)).positions)
    assert chosen.meta["start_seconds"] == 2
    assert chosen.meta["seconds"] == 4
    assert len(dancer.dance(open_song(long, start_seconds=8.5, duration_seconds=10))) == 13


def test_silence_breathes_and_says_so(dancer, make_song, tmp_path):
    motion = dancer.dance(open_song(make_song(tmp_path / "silence.wav", 88201, level=0.0)))
    assert len(motion) == 51
    assert motion.meta["silent"]
    assert motion.contacts.all()
    assert 0 < np.ptp(motion.positions, axis=0).max() < 0.03


def test_a_truncated_song_is_danced_as_far_as_it_decodes(dancer, tmp_path):
    from ballo import demo

    content = demo.song().read_bytes()
    (tmp_path / "cut.mp3").write_bytes(content[: len(content) // 4])
    motion = dancer.dance(open_song(tmp_path / "cut.mp3"))
    assert motion.meta["truncated"]
    assert 5 < motion.seconds < 15


def test_samples_that_are_no_numbers(dancer, tmp_path):
    samples = np.full(3 * 8000, 0.1, dtype="<f4")
    samples[2 * 8000] = np.nan
    header = b"RIFF" + (36 + samples.nbytes).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += b"\x03\x00\x01\x00" + (8000).to_bytes(4, "little") + (32000).to_bytes(4, "little") + b"\x04\x00\x20\x00"
    path = tmp_path / "nan.wav"
    path.write_bytes(header + b"data" + samples.nbytes.to_bytes(4, "little") + samples.tobytes())
    with pytest.raises(AudioError, match="NaN"):
        dancer.dance(open_song(path))


def test_progress_reaches_the_end(dancer, song):
    reached = []
    dancer.dance(open_song(song), progress=reached.append, chunk_seconds=2.0)
    assert reached == sorted(reached)
    assert len(reached) == 4
    assert reached[-1] >= 7.37


class Endless:
    """A song that never was a file: blocks made when they are asked for, and counted while anyone holds them."""

    path, sha256, start_seconds, truncated, peak = Path("endless.wav"), "", 0.0, False, 1.0

    def __init__(self, blocks):
        self._blocks = blocks
        self.made = self.alive = self.most_alive = 0
        self.seconds = None

    def blocks(self, rate, samples):
        for _ in range(self._blocks):
            block = np.full(samples, self.made % 7 / 7, np.float32)
            self.made, self.alive = self.made + 1, self.alive + 1
            self.most_alive = max(self.most_alive, self.alive)
            weakref.finalize(block, self._gone)
            yield block
        self.seconds = Fraction(self._blocks * samples, rate)

    def _gone(self):
        self.alive -= 1


def test_music_is_streamed_not_held(dancer):
    song = Endless(3000)
    ahead = []
    motion = dancer.dance(song, chunk_seconds=2.0, progress=lambda seconds: ahead.append(song.made - seconds * 25))
    assert len(motion) == 3000
    assert song.most_alive <= 50 + 5 + 2
    assert max(ahead) <= 5


def test_a_graph_that_does_not_load_or_is_another(toy_graph):
    manifest, graph = toy_graph()
    with pytest.raises(BundleError, match=r"^the graph in the bundle toy cannot be loaded[^\n]*$"):
        Choreographer(Bundle(manifest, b"no graph", "hash"))
    other = bundle.Manifest.from_json(manifest.as_json() | {"state_shapes": {}})
    with pytest.raises(BundleError, match="not the one it describes"):
        Choreographer(Bundle(other, graph, "hash"))


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import ballo, ballo.inference.choreographer, ballo.music.audio, onnxruntime", ["torch", "onnx"]),
        ("import ballo.inference.choreographer", ["torch", "onnxruntime", "av", "soxr", "PIL", "rich"]),
        ("import ballo", ["torch", "numpy", "onnxruntime", "av", "soxr", "PIL", "typer", "rich"]),
    ],
)
def test_importing_leaves_unloaded(code, unwanted):
    check = f"{code}\nimport sys\nprint([name for name in {unwanted} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
