"""Published folders are read as they are, and what is wrong with them is named."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from ballo.dataset import recordings
from ballo.errors import DataError


def read(published):
    return recordings.read(published.folder)


def only_problem(published):
    publication = read(published)
    assert not publication.recordings
    (problem,) = publication.problems
    return problem


def test_a_dance_is_read_as_it_is(published):
    path = published.dance("DANCE_R_7", start=12, window=150, units=(4, 4, 8, 4))
    publication = read(published)
    (recording,) = publication.recordings
    content = json.loads((path / "skeletons.json").read_text())
    expected = np.array(content["skeletons"]) + np.array(content["center"])[:, None]
    np.testing.assert_array_equal(recording.points, expected)
    np.testing.assert_array_equal(recording.center, content["center"])
    assert (recording.name, recording.style, recording.release) == ("DANCE_R_7", "rumba", "second")
    assert (recording.start_frame, recording.end_frame, recording.window_frames) == (12, 162, 150)
    assert recording.beats == (4, 4, 8, 4)
    assert recording.song == path / "audio.mp3"
    assert not publication.problems


def test_hashes_name_every_source_file(published):
    path = published.dance()
    (recording,) = read(published).recordings
    files = {f"tang2018/DANCE_C_2/{name}": path / name for name in ("skeletons.json", "config.json", "audio.mp3")}
    assert recording.sha256 == {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}


def test_the_folder_of_the_dances_will_do(published):
    published.dance()
    publication = recordings.read(published.folder / "tang2018")
    assert [(r.name, r.release, r.script) for r in publication.recordings] == [("DANCE_C_2", "second", None)]


def test_the_first_release_is_known_by_its_folder(published):
    published.dance("DANCE_R_6", release="tang2018-first-release")
    published.dance("DANCE_R_6", song=False)
    found = {(recording.name, recording.release) for recording in read(published).recordings}
    assert found == {("DANCE_R_6", "first"), ("DANCE_R_6", "second")}
    alone = recordings.read(published.folder / "tang2018-first-release")
    assert [recording.release for recording in alone.recordings] == ["first"]


def test_choreonets_songs_belong_to_their_dances(published):
    published.dance("DANCE_C_5", song=False)
    published.song(published.folder / "choreonet" / "music" / "C" / "5.mp3", np.zeros(16000))
    (recording,) = read(published).recordings
    assert recording.song == published.folder / "choreonet" / "music" / "C" / "5.mp3"


def test_dances_come_in_the_order_of_their_numbers(published):
    for number in (10, 2, 1):
        published.dance(f"DANCE_W_{number}", window=30, units=None)
    assert [recording.name for recording in read(published).recordings] == ["DANCE_W_1", "DANCE_W_2", "DANCE_W_10"]


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("skeletons.json", "", "empty"),
        ("skeletons.json", '{"skeletons": [[1, 2', "not JSON"),
        ("skeletons.json", "[1, 2]", "skeletons and center"),
        ("skeletons.json", "{}", "skeletons and center"),
        ("skeletons.json", '{"skeletons": [], "center": []}', "shape"),
        ("skeletons.json", '{"skeletons": [[[1, 2, 3]], [[1, 2, 3]]], "center": [[0, 0, 0], [0, 0, 0]]}', "(2, 1, 3)"),
        ("skeletons.json", '{"skeletons": [[1, 2], [3]], "center": [[0, 0, 0]]}', "array of numbers"),
        ("skeletons.json", '{"skeletons": [["a"]], "center": [[0, 0, 0]]}', "array of numbers"),
        ("skeletons.json", "\xff\xfe", "not"),
        ("skeletons.json", "[" * 100_000, "nested too deep"),
        ("config.json", "", "empty"),
        ("config.json", "nonsense", "not JSON"),
        ("config.json", '{"start_position": 3}', "end_position"),
        ("config.json", '{"start_position": 3, "end_position": "x"}', "end_position"),
        ("config.json", '{"start_position": 30, "end_position": 30}', "from frame 30 to frame 30"),
        ("config.json", '{"start_position": -1, "end_position": 30}', "from frame -1"),
        ("config.json", '{"start_position": NaN, "end_position": 30}', "start_position"),
        ("config.json", '{"start_position": Infinity, "end_position": 30}', "start_position"),
    ],
)
def test_a_broken_file_is_named_with_its_reason(published, file, text, reason):
    path = published.dance()
    (path / file).write_bytes(text.encode("latin-1"))
    problem = only_problem(published)
    assert problem.path == f"tang2018/DANCE_C_2/{file}"
    assert reason in problem.reason
    assert not problem.expected
    assert problem.dance == "DANCE_C_2"


@pytest.mark.parametrize("center", [[], [[0, 0, 0]] * 149, [[0, 0]] * 150, 3])
def test_a_center_that_does_not_fit_is_named(published, center):
    path = published.dance()
    content = json.loads((path / "skeletons.json").read_text())
    (path / "skeletons.json").write_text(json.dumps({**content, "center": center}))
    assert "center has the shape" in only_problem(published).reason


def test_frames_that_are_no_numbers_are_counted(published, planted_points):
    points = planted_points(np.arange(150.0))
    points[20:23, 5] = np.nan
    published.dance(points=points)
    assert "3 frames hold numbers that are not finite; the first is frame 20" in only_problem(published).reason


def test_points_beyond_the_horizon_are_no_stage(published, planted_points):
    published.dance(points=planted_points(np.arange(150.0)) * 1e200)
    assert "points lie as far away as" in only_problem(published).reason


def test_a_single_frame_is_no_motion(published, planted_points):
    published.dance(points=planted_points(np.zeros(1)))
    assert "only 1 frame" in only_problem(published).reason


def test_missing_music_and_motion_are_expected_a_missing_window_is_not(published):
    silent, still, lost = (published.dance(f"DANCE_C_{n}", song=n > 2) for n in (2, 3, 4))
    (still / "skeletons.json").unlink()
    (lost / "config.json").unlink()
    publication = read(published)
    assert [(problem.path.split("/", 1)[1], problem.expected) for problem in publication.problems] == [
        ("DANCE_C_2/audio.mp3", True),
        ("DANCE_C_3/skeletons.json", True),
        ("DANCE_C_4/config.json", False),
    ]
    assert [recording.name for recording in publication.recordings] == [silent.name]
    assert publication.dances == ("DANCE_C_2", "DANCE_C_3", "DANCE_C_4")


def test_one_broken_dance_does_not_stop_the_next(published):
    (published.dance("DANCE_C_2") / "skeletons.json").write_text("{")
    published.dance("DANCE_C_3")
    publication = read(published)
    assert [recording.name for recording in publication.recordings] == ["DANCE_C_3"]
    assert [problem.dance for problem in publication.problems] == ["DANCE_C_2"]


@pytest.mark.parametrize("text", ["{", "[3]", '[{"name": "DANCE_C_2"}]', '[{"name": "DANCE_C_2", "durations": ["x"]}]', "3"])
def test_a_broken_script_costs_no_dance(published, text):
    published.dance()
    (published.folder / "choreonet" / "choreography" / "C.json").write_text(text)
    publication = read(published)
    assert publication.recordings[0].script is None
    (problem,) = publication.problems
    assert problem.path == "choreonet/choreography/C.json"
    assert problem.dance is None


@pytest.mark.parametrize("name", ["DANCE_X_1", "DANCE_C", "DANCE_C_one"])
def test_a_strange_folder_is_named(published, name):
    published.dance()
    (published.folder / "tang2018" / name).mkdir()
    publication = read(published)
    assert [problem.path for problem in publication.problems] == [f"tang2018/{name}"]
    assert len(publication.recordings) == 1


def test_progress_is_told(published):
    published.dance("DANCE_C_2", window=30, units=None)
    published.dance("DANCE_C_3", window=30, units=None)
    told = []
    recordings.read(published.folder, progress=lambda *step: told.append(step))
    assert told == [("DANCE_C_2", 0, 2), ("DANCE_C_3", 1, 2)]


def test_a_folder_without_dances_is_refused(published):
    with pytest.raises(DataError, match="holds no dances"):
        read(published)
    with pytest.raises(DataError, match="there is no folder"):
        recordings.read(published.folder / "nowhere")
