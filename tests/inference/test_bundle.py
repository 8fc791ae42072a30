"""Bundles: what is written is read, and anything else is refused in one line."""

from __future__ import annotations

import hashlib
import json
import zipfile

import numpy as np
import pytest

from ballo.errors import BundleError
from ballo.inference import bundle
from ballo.inference.bundle import MUSIC, POSES, SEQUENCES, Hearing, Manifest, Noise
from ballo.motion.skeleton import DANCER

GRAPH = bytes(range(256)) * 40


@pytest.fixture
def manifest() -> Manifest:
    learnt = {"data": "planted dances, ½ of them", "steps": 3}
    states = {"memory": (2, 1, 16), "feet": (1, 4, 3)}
    hearing, noise, styles = Hearing(16000, 640, 7, 5, clock=True), Noise(8, 0.5), ("waltz", "rumba")
    return Manifest("small", MUSIC, styles, 25.0, DANCER, noise, hearing, states, learnt, {"speed_ratio": 0.9})


@pytest.fixture
def of_version_1():
    """The manifest of a bundle as the first version wrote it, word for word but for the bones."""
    bones = {"joint_names": ["hips", "foot"], "parents": [-1, 0], "offsets": [[0, 0, 0], [0, -0.9, 0]], "feet": [["foot"]]}
    hearing = {"rate": 16000, "samples_per_block": 640, "context_blocks": 7, "blocks_before": 5}
    hearing |= {"noise_size": 16, "noise_seconds": 1.0, "state_shapes": {"audio_state": [2, 1, 128], "feet_state": [1, 4, 3]}}
    plain = {"format": "ballo bundle", "format_version": 1, "name": "old", "styles": ["waltz"], "fps": 25.0}
    return plain | {"hearing": hearing, "skeleton": bones, "trained_on": {"steps": 9}, "figures": {"all": {"songs": 7}}}


@pytest.fixture
def path(manifest, tmp_path):
    return bundle.write(tmp_path / "small.ballo", manifest, GRAPH)


@pytest.fixture
def spoil(path):
    """Writes the bundle anew with its manifest or graph changed, and the header left as it was."""

    def spoilt(change=lambda plain: plain, graph=GRAPH, compression=zipfile.ZIP_STORED):
        with zipfile.ZipFile(path) as archive:
            plain = json.loads(archive.read("manifest.json"))
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("manifest.json", json.dumps(change(plain)))
            archive.writestr("model.onnx", graph)
        return path

    return spoilt


def refusal(path) -> str:
    with pytest.raises(BundleError) as caught:
        bundle.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_written_is_read(manifest, path):
    read = bundle.read(path)
    assert read.manifest == manifest
    assert read.graph == GRAPH
    assert len(read.sha256) == 64
    assert np.array_equal(read.manifest.skeleton.offsets, DANCER.offsets)


@pytest.mark.parametrize(
    ("kind", "states"), [(SEQUENCES, {"memory": (1, 1, 16)}), (SEQUENCES, {}), (POSES, {})], ids=["states", "none", "poses"]
)
def test_what_is_written_of_kinds_that_hear_nothing_is_read(tmp_path, kind, states):
    written = Manifest("quiet", kind, ("waltz",), 25.0, DANCER, Noise(10, 0.0), None, states)
    assert bundle.read(bundle.write(tmp_path / "quiet.ballo", written, GRAPH)).manifest == written
    assert written.inputs == {"noise", "style", *states}


def test_a_bundle_of_version_1_is_one_of_music(tmp_path, of_version_1):
    path = tmp_path / "old.ballo"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(of_version_1 | {"graph_sha256": hashlib.sha256(GRAPH).hexdigest()}))
        archive.writestr("model.onnx", GRAPH)
    manifest = bundle.read(path).manifest
    assert (manifest.name, manifest.kind, manifest.styles, manifest.fps) == ("old", MUSIC, ("waltz",), 25.0)
    assert (manifest.hearing, manifest.noise) == (Hearing(16000, 640, 7, 5, clock=False), Noise(16, 1.0))
    assert manifest.state_shapes == {"audio_state": (2, 1, 128), "feet_state": (1, 4, 3)}
    assert manifest.inputs == {"blocks", "noise", "style", "audio_state", "feet_state"}
    assert (manifest.trained_on, manifest.figures) == ({"steps": 9}, {"all": {"songs": 7}})
    again = bundle.write(tmp_path / "again.ballo", manifest, GRAPH)
    assert bundle.read(again).manifest == manifest


def test_the_same_content_gives_the_same_bytes_and_another_graph_another_hash(manifest, path, tmp_path):
    again = bundle.write(tmp_path / "again.ballo", manifest, GRAPH)
    assert again.read_bytes() == path.read_bytes()
    other = bundle.write(tmp_path / "other.ballo", manifest, GRAPH[:-1])
    assert bundle.read(other).sha256 != bundle.read(path).sha256


def test_only_the_bundle_lies_in_the_folder(path):
    assert list(path.parent.iterdir()) == [path]


def test_another_suffix_is_not_written(manifest, tmp_path):
    with pytest.raises(BundleError, match=r"small\.onnx: a bundle's name ends in \.ballo"):
        bundle.write(tmp_path / "small.onnx", manifest, GRAPH)
    with pytest.raises(BundleError, match="there is no folder"):
        bundle.write(tmp_path / "gone" / "small.ballo", manifest, GRAPH)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_bundle(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "cut short" in refusal(path)


def test_bytes_changed_on_the_way(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "get it again" in refusal(path)


def test_a_graph_that_is_not_the_manifests(spoil):
    assert "damaged" in refusal(spoil(graph=GRAPH[::-1]))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + bytes(100)])
def test_not_a_zip(tmp_path, content):
    path = tmp_path / "strange.ballo"
    path.write_bytes(content)
    assert "not a ballo bundle" in refusal(path)


def test_a_zip_that_is_not_ours(tmp_path):
    path = tmp_path / "strange.ballo"
    np.savez(path.open("wb"), positions=np.zeros(3))
    assert "not a ballo bundle" in refusal(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: [],
        lambda plain: "text",
        lambda plain: plain | {"format": "another"},
        lambda plain: plain | {"format_version": "one"},
        lambda plain: plain | {"styles": []},
        lambda plain: plain | {"styles": [1, 2]},
        lambda plain: plain | {"name": None},
        lambda plain: plain | {"fps": 0},
        lambda plain: plain | {"fps": float("nan")},
        lambda plain: plain | {"hearing": plain["hearing"] | {"rate": 0}},
        lambda plain: plain | {"hearing": plain["hearing"] | {"samples_per_block": 1.5}},
        lambda plain: plain | {"hearing": plain["hearing"] | {"blocks_before": 8}},
        lambda plain: plain | {"hearing": plain["hearing"] | {"unknown": 1}},
        lambda plain: plain | {"hearing": plain["hearing"] | {"clock": 1}},
        lambda plain: plain | {"hearing": None},
        lambda plain: plain | {"kind": "opera"},
        lambda plain: plain | {"kind": SEQUENCES},
        lambda plain: plain | {"kind": POSES, "hearing": None},
        lambda plain: plain | {"noise": None},
        lambda plain: plain | {"noise": {"size": 0, "seconds": 1.0}},
        lambda plain: plain | {"noise": {"size": 8, "seconds": -1.0}},
        lambda plain: plain | {"state_shapes": None},
        lambda plain: plain | {"format_version": 1},
        lambda plain: plain | {"skeleton": plain["skeleton"] | {"parents": [0]}},
        lambda plain: {key: value for key, value in plain.items() if key != "figures"},
    ],
)
def test_a_manifest_that_makes_no_sense(spoil, change):
    assert "not a ballo bundle" in refusal(spoil(change))


def test_a_newer_format(spoil):
    reason = refusal(spoil(lambda plain: {key: plain[key] for key in ("format",)} | {"format_version": 3}))
    assert "pip install --upgrade ballo" in reason


def test_a_compressed_bundle_is_read_and_a_damaged_one_refused(spoil):
    path = spoil(compression=zipfile.ZIP_DEFLATED)
    assert bundle.read(path).graph == GRAPH
    content = bytearray(path.read_bytes())
    for at in range(100, 400, 7):
        content[at] ^= 0x55
    path.write_bytes(content)
    assert "not a ballo bundle" in refusal(path)


def test_a_missing_file_and_a_folder(tmp_path):
    assert "no bundle" in refusal(tmp_path / "missing.ballo")
    folder = tmp_path / "folder.ballo"
    folder.mkdir()
    assert refusal(folder).startswith("cannot read the bundle")


@pytest.fixture
def shipped(monkeypatch, tmp_path, manifest):
    """A folder of shipped bundles: ballroom and zumba."""
    folder = tmp_path / "bundles"
    folder.mkdir()
    for name in (bundle.DEFAULT, "zumba"):
        bundle.write(folder / f"{name}.ballo", manifest, GRAPH)
    monkeypatch.setattr(bundle, "SHIPPED", folder)
    return folder


def test_shipped_bundles_go_by_name(shipped):
    assert bundle.shipped() == [shipped / "ballroom.ballo", shipped / "zumba.ballo"]
    assert bundle.find(None) == shipped / "ballroom.ballo"
    assert bundle.find("zumba") == shipped / "zumba.ballo"
    with pytest.raises(BundleError, match=r"no model 'tango': shipped are ballroom, zumba"):
        bundle.find("tango")


def test_each_kind_has_a_default(shipped, manifest):
    with pytest.raises(
        BundleError, match=r"^no model of sequences came with this ballo: train one \(`ballo train sequences`\)"
    ):
        bundle.find(None, SEQUENCES)
    for name in ("freestyle", "poses"):
        bundle.write(shipped / f"{name}.ballo", manifest, GRAPH)
    assert [bundle.find(None, kind).stem for kind in (MUSIC, SEQUENCES, POSES)] == ["ballroom", "freestyle", "poses"]
    assert bundle.find("zumba", POSES).stem == "zumba"


def test_a_path_is_taken_as_it_is(shipped, tmp_path, monkeypatch):
    assert bundle.find("elsewhere/mine.ballo") == tmp_path.__class__("elsewhere/mine.ballo")
    (tmp_path / "zumba").mkdir()
    monkeypatch.chdir(tmp_path)
    assert bundle.find("zumba") == shipped / "zumba.ballo", "a folder of a shipped model's name does not hide it"


def test_no_bundle_shipped(shipped):
    for path in shipped.iterdir():
        path.unlink()
    for name in (None, "ballroom"):
        with pytest.raises(BundleError, match=r"^no model came with this ballo: [^\n]+$"):
            bundle.find(name)
