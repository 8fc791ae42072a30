"""`ballo train music` and `ballo pack`, from an archive to a dance."""

from __future__ import annotations

from pathlib import Path

import pytest

SMOKE = Path(__file__).parents[2] / "configs" / "smoke.toml"

pytest.importorskip("torch")


def test_from_an_archive_to_a_dance(ballo, folder, small_archive, make_song):
    said = ballo("train", "music", small_archive.path, "-o", "run", "--config", SMOKE)
    assert (said.status, said.err) == (0, "")
    assert "Training in run; Ctrl-C saves" in said.out
    assert "step 6: validation songs 1" in said.out
    again = ballo("train", "music", small_archive.path, "-o", "run", "--config", SMOKE)
    assert "already holds a run" in again.refusal
    assert ballo("train", "music", small_archive.path, "-o", "run", "--resume").status == 0
    packed = ballo("pack", "run", "-o", "small.ballo")
    assert (packed.status, packed.err) == (0, "")
    assert "waltz" in packed.out
    song = make_song(folder / "song.wav", 44100)
    assert ballo("dance", song, "--model", "small.ballo", "--style", "rumba", "-o", "d.npz").status == 0
    assert (folder / "d.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("train", "music", "nowhere", "-o", "run"), "nowhere"),
        (("train", "music", ".", "-o", "run"), "archive"),
        (("pack", "nowhere", "-o", "x.ballo"), "nowhere"),
        (("pack", "nowhere", "-o", "x.onnx"), ".ballo"),
    ],
)
def test_what_is_not_there_is_named(ballo, folder, arguments, reason):
    assert reason in ballo(*arguments).refusal
    assert list(folder.iterdir()) == []
