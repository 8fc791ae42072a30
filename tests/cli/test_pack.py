"""`ballo pack` of a classifier of styles, as a user types it; bundles are packed in the tests of what dances with them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from ballo.metrics.style import StyleClassifier

SMOKE = Path(__file__).parents[2] / "configs" / "smoke"


def trained(ballo, archive, kind):
    said = ballo("train", kind, archive.path, "-o", kind, "--config", SMOKE / f"{kind}.toml", "--device", "cpu")
    assert said.status == 0
    return said.out.splitlines()[-1]


def test_a_classifier_is_packed_and_its_confusions_are_shown(ballo, folder, small_archive):
    assert trained(ballo, small_archive, "style") == "Done. Next: ballo pack style -o style.onnx"
    said = ballo("pack", "style", "-o", "style.onnx")
    assert (said.status, said.err) == (0, "")
    head, *rows, total, last = said.out.splitlines()
    assert head.split() == ["danced", "cha-cha", "rumba", "waltz", "right"]
    assert [row.split()[0] for row in rows] == ["cha-cha", "rumba", "waltz"]
    assert rows[0].split()[1:] == ["0", "0", "0", "-"]
    assert sum(map(int, rows[2].split()[1:4])) == 6
    assert total.endswith("of 6 validation clips")
    assert last.startswith("Packed style.onnx (0.")
    assert StyleClassifier.load(folder / "style.onnx").classes == small_archive.styles


def test_what_dances_and_what_judges_are_told_apart(ballo, folder, small_archive):
    trained(ballo, small_archive, "style")
    judging = "cannot write a.ballo: style holds a classifier of styles: its file's name ends in .onnx"
    assert judging in ballo("pack", "style", "-o", "a.ballo").refusal
    trained(ballo, small_archive, "poses")
    dancing = "cannot write a.onnx: poses holds a model that dances: its bundle's name ends in .ballo"
    assert dancing in ballo("pack", "poses", "-o", "a.onnx").refusal
    assert sorted(path.name for path in folder.iterdir()) == ["poses", "style"]
