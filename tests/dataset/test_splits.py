"""Splits by song."""

from __future__ import annotations

import json

import pytest

from ballo.dataset import splits
from ballo.errors import DataError


def test_the_shipped_split_keeps_validation_songs_apart():
    split = splits.shipped()
    assert (len(split.train), len(split.val), len(split.motion_only)) == (37, 7, 5)
    assert split.part_of("DANCE_C_2") == "train"
    assert split.part_of("DANCE_C_8") == "val"
    assert split.part_of("DANCE_C_9") == "motion_only"
    assert split.part_of("DANCE_T_1") is None


def test_a_split_of_ones_own(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"train": ["DANCE_C_2"], "val": ["DANCE_C_4"]}))
    assert splits.read(path) == splits.Split(("DANCE_C_2",), ("DANCE_C_4",))


NO_SPLITS = (
    "",
    "[]",
    "{}",
    '{"train": []}',
    '{"train": "DANCE_C_2", "val": []}',
    '{"train": ["a"], "val": ["a"]}',
    '{"train": [1], "val": []}',
)


@pytest.mark.parametrize("text", NO_SPLITS)
def test_a_file_that_is_no_split_is_refused(tmp_path, text):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"mine\.json is no split"):
        splits.read(path)


def test_a_missing_split_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot read the split"):
        splits.read(tmp_path / "none.json")
