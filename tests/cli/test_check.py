"""`ballo data check`, as a user types it."""

from __future__ import annotations

import json

import numpy as np
import pytest

KEYS = {"dance", "release", "kind", "severity", "text", "size", "unit", "stretches", "figures"}


@pytest.fixture
def standing(published, planted_points):
    """Writes a right-handed dance whose feet slide no more than they should: a dancer who stays in place."""

    def write(name: str, spoil=lambda points: points, begin: int = 0):
        points = planted_points(np.arange(150.0) + begin)
        points[:, [10, 11, 19, 20]] = points[:1, [10, 11, 19, 20]]
        return published.dance(name, units=None, points=spoil(points * [-1, 1, 1]))

    return write


def frozen(points: np.ndarray) -> np.ndarray:
    points[40:61] = points[40]
    return points


def test_a_good_folder_passes_and_nothing_is_written(ballo, published, standing):
    standing("DANCE_C_2")
    before = sorted(published.folder.rglob("*"))
    said = ballo("data", "check", published.folder)
    assert said.status == 0, said.out
    assert "1 dance in 1 recording, 0.1 min; 1 song listened to" in said.out
    assert "mirrored" not in said.out
    assert sorted(published.folder.rglob("*")) == before


def test_what_is_serious_ends_with_1_and_is_told_with_its_place(ballo, published, standing):
    standing("DANCE_C_2")
    standing("DANCE_R_2", frozen)
    said = ballo("data", "check", published.folder)
    assert said.status == 1
    (line,) = [line for line in said.out.splitlines() if line.strip().startswith("frozen")]
    assert "DANCE_R_2" in line
    assert "40+20" in line
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= 100


def test_all_about_one_dance(ballo, published, standing):
    standing("DANCE_C_2")
    standing("DANCE_R_2", frozen, begin=3000)
    good, bad = (ballo("data", "check", published.folder, "--dance", name) for name in ("DANCE_C_2", "R_2"))
    assert (good.status, bad.status) == (0, 1)
    assert "DANCE_R_2" not in good.out
    assert "frozen" in bad.out
    assert "nothing moves for 0.8 s: 40+20" in bad.out


def test_everything_as_json_and_nothing_else(ballo, published, standing):
    standing("DANCE_R_2", frozen)
    standing("DANCE_C_2")
    said = ballo("data", "check", published.folder, "--json")
    content = json.loads(said.out)
    assert said.err == ""
    assert set(content) == {"recordings", "songs", "faults", "summary", "steps", "movement", "left_out"}
    assert [recording["dance"] for recording in content["recordings"]] == ["DANCE_C_2", "DANCE_R_2"]
    assert all(set(fault) == KEYS for fault in content["faults"])
    (fault,) = [fault for fault in content["faults"] if fault["kind"] == "frozen"]
    assert (fault["dance"], fault["severity"], fault["stretches"], fault["size"]) == ("DANCE_R_2", "serious", [[40, 61]], 20)
    (summary,) = [row for row in content["summary"] if row["kind"] == "frozen"]
    assert summary["worst"] == {"dance": "DANCE_R_2", "release": "second", "size": 20, "unit": "frames"}
    assert content["songs"] == 2


def test_a_broken_file_is_named_and_the_rest_looked_at(ballo, published, standing):
    (standing("DANCE_C_2") / "skeletons.json").write_text("[")
    standing("DANCE_C_3")
    said = ballo("data", "check", published.folder)
    assert said.status == 1
    assert "tang2018/DANCE_C_2/skeletons.json: not JSON" in " ".join(said.out.split())
    assert "1 dance in 1 recording" in said.out


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_no_data_is_refused(ballo, tmp_path, name):
    (tmp_path / "empty").mkdir()
    assert "DANCE_*" in ballo("data", "check", tmp_path / name).refusal


def test_an_unknown_dance_is_refused(ballo, published, standing):
    standing("DANCE_C_2")
    assert ballo("data", "check", published.folder, "--dance", "DANCE_X").refusal == (
        "there is no DANCE_X in the source; name one of its dances, like DANCE_C_2"
    )


def test_markup_in_a_name_stays_text(ballo, published, standing):
    standing("DANCE_C_2")
    (published.folder / "tang2018" / "DANCE_[bold]").mkdir()
    said = ballo("data", "check", published.folder)
    assert said.status == 1
    assert "DANCE_[bold]" in said.out
