"""Songs by name: the nearest, then what loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballo.dataset.adapters.songs import DEEPEST, Songs, files


def touched(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


@pytest.mark.parametrize(
    ("names", "near", "found"),
    [
        (["b/a.mp3", "a/a.wav"], "b", "b/a.mp3"),
        (["b/a.mp3", "a/a.wav"], "c", "a/a.wav"),
        (["a.aac", "a.wav"], "", "a.wav"),
        (["a.aac", "z/a.flac"], "x", "z/a.flac"),
        (["A.WAV"], "", "A.WAV"),
        (["ab.wav", "a.txt"], "", None),
        ([".a.wav", ".hidden/a.wav"], "", None),
    ],
)
def test_the_nearest_and_then_the_best_is_taken(tmp_path, names, near, found):
    touched(tmp_path, *names)
    song = Songs(tmp_path).named("a", tmp_path / near)
    assert (song.relative_to(tmp_path).as_posix() if song else None) == found


def test_files_are_looked_for_so_deep_and_no_deeper(tmp_path):
    inside = "/".join("d" * DEEPEST) + "/a.bvh"
    touched(tmp_path, inside, f"d/{inside}", "B.BVH", "c.bvh.txt")
    assert [path.relative_to(tmp_path).as_posix() for path in files(tmp_path, ".bvh")] == ["B.BVH", inside]


def test_a_shared_song_is_hashed_once(tmp_path):
    touched(tmp_path, "a.wav", "x/one.bvh")
    songs = Songs(tmp_path)
    first = songs.hashes(tmp_path / "a.wav", tmp_path / "x" / "one.bvh", None)
    assert set(first) == {"a.wav", "x/one.bvh"}
    (tmp_path / "a.wav").unlink()
    assert songs.hashes(tmp_path / "a.wav") == {"a.wav": first["a.wav"]}
