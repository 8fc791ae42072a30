"""A built wheel holds all it needs: installed alone in an empty folder, it dances outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", str(ROOT), *options], check=True)
    return next(folder.glob("ballo-*.whl"))


def test_it_holds_weights_song_and_split_and_little_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    for name in ("inference/bundles/ballroom.ballo", "metrics/style.onnx", "demo/song.mp3", "dataset/splits.json", "py.typed"):
        assert f"ballo/{name}" in sizes
    assert "ballo/export/viewer/template.html" in sizes
    assert {"ballo/export/gl/shaders/skin.vert", "ballo/export/gl/shaders/occlusion.glsl"} <= sizes.keys()
    assert sum(size for name, size in sizes.items() if name.endswith(".ballo")) <= 20e6
    assert not [name for name in sizes if "__pycache__" in name or name.startswith("tests/")]


def test_it_dances_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--quiet", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True)
    script = (
        "import ballo, ballo.demo, pathlib;"
        f"assert pathlib.Path(ballo.__file__).is_relative_to({str(site)!r}), ballo.__file__;"
        "motion = ballo.dance(ballo.demo.song(), duration=2.0);"
        "print(len(motion), motion.save('dance.bvh'))"
    )
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", script], cwd=work, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["50", "dance.bvh"]
    assert (work / "dance.bvh").stat().st_size > 10_000
