"""A folder of motion files as somebody who danced, on songs whose dances are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import timebase
from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.evaluation import folders, joint_layouts
from ballo.evaluation.songs import Staged
from ballo.motion import rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

SONG = "DANCE_W_1"
MILLIMETRE = 1e-3
HEELS = [DANCER.index("left_heel"), DANCER.index("right_heel")]
HANDS = [DANCER.index("left_hand"), DANCER.index("right_hand")]
HEAD = DANCER.index("head")
AS_DANCER = {"skeleton": "dancer", "fps": 25.0}


@pytest.fixture(scope="module")
def songs(small_archive: Archive) -> dict[str, Staged]:
    """The archive's songs by name, without their sound."""
    found = {}
    for dance in small_archive.dances:
        motion = dance.motion()
        keep, none = np.ones(len(dance), dtype=bool), np.zeros(0)
        found[dance.name] = Staged(
            dance.name, dance.style, motion.skeleton, motion.fps, motion.positions, keep, none, None, Path(dance.name)
        )
    return found


@pytest.fixture
def song(songs) -> Staged:
    return songs[SONG]


@pytest.fixture
def danced(small_archive, song) -> Callable[..., tuple[np.ndarray, folders.Folder]]:
    """Opens a folder and gives its first dance to the song, and the folder."""

    def dance(folder: Path, **options) -> tuple[np.ndarray, folders.Folder]:
        opened = folders.open(folder, small_archive, **options)
        return opened.perform(song, song.style, 1)[0], opened

    return dance


def put(path: Path, positions: np.ndarray) -> Path:
    np.save(path, positions)
    return path.parent


def lines(folder: folders.Folder) -> list[str]:
    assert all("\n" not in str(said) for said in (*folder.problems, *folder.notes))
    return [str(said) for said in folder.problems]


@pytest.mark.parametrize("suffix", [".npz", ".bvh"])
def test_what_ballo_writes_comes_back(tmp_path, song, small_archive, danced, suffix):
    (dance,) = (each for each in small_archive.dances if each.name == SONG)
    dance.motion().save(tmp_path / f"{SONG}{suffix}")
    got, folder = danced(tmp_path)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, song.real, atol=0.0 if suffix == ".npz" else 0.01 * MILLIMETRE)
    assert (folder.name, folder.problems, folder.notes) == (tmp_path.name, (), ())


@pytest.mark.parametrize(
    ("unit", "name"), [(1.0, None), (100.0, "cm"), (1000.0, "mm"), (1 / 0.0254, "inch")], ids=["m", "cm", "mm", "inch"]
)
@pytest.mark.parametrize("up", ["Y", "Z", "-Y"])
def test_units_and_axes(tmp_path, song, danced, unit, name, up):
    to_file = {"Y": np.eye(3), "Z": np.eye(3)[[2, 0, 1]], "-Y": np.diag([-1.0, -1.0, 1.0])}[up]
    got, folder = danced(put(tmp_path / f"{SONG}.npy", song.real @ to_file.T * unit), **AS_DANCER)
    expected = song.real.astype(np.float64)
    # Any turn about the vertical will do.
    turn = rotations.fit(expected[::10].reshape(-1, 3), got[::10].reshape(-1, 3).astype(np.float64))
    assert turn[1, 1] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(got, expected @ turn.T, atol=0.01 * MILLIMETRE)
    said = lines(folder)
    assert len(said) == (name is not None) + (up != "Y")
    if name:
        assert any(f"in {name} by the length of its legs, where m is usual" in line for line in said)
    if up != "Y":
        assert any(f"turned so that Y is up; in the file {up} is" in line for line in said)


@pytest.mark.parametrize("fps", [50.0, 60.0, 120.0, 30.0])
def test_another_frame_rate(tmp_path, planted, songs, danced, fps):
    # The planted dance is smooth and known at any moment; this song's begins with its 120th frame.
    frames = round(6 * fps)
    got, folder = danced(put(tmp_path / f"{SONG}.npy", planted(120 + np.arange(frames) * 25 / fps)), skeleton="dancer", fps=fps)
    assert len(got) >= 149
    np.testing.assert_allclose(got, planted(120.0 + np.arange(len(got))), atol=MILLIMETRE)
    assert lines(folder) == [f"{SONG}.npy: {fps:g} frames a second, the archive has 25: resampled"]


def as_smpl(joints: np.ndarray, hands: bool = True) -> np.ndarray:
    """Joints (T, 22, 3) in the order of SMPL's 24, or of its body's 22."""
    at = {name: joints[:, joint] for joint, name in enumerate(DANCER.joint_names)}
    back = [at["pelvis"] + share * (at["chest"] - at["pelvis"]) for share in (0.5, 1.0)]
    spine3 = (at["chest"] + at["neck"]) / 2
    # SMPL's head is its joint on the neck, which ballo's is 10 cm beyond, seen from the chest.
    onward = at["head"] - at["chest"]
    head = at["head"] - 0.10 * onward / np.linalg.norm(onward, axis=-1, keepdims=True)
    collars = [(spine3 + at[f"{side}_shoulder"]) / 2 for side in ("left", "right")]
    pairs = {part: [at[f"left_{part}"], at[f"right_{part}"]] for part in ("hip", "knee", "ankle", "toe", "shoulder", "elbow")}
    points = [at["pelvis"], *pairs["hip"], back[0], *pairs["knee"], back[1], *pairs["ankle"], spine3, *pairs["toe"]]
    points += [at["neck"], *collars, head, *pairs["shoulder"], *pairs["elbow"], at["left_wrist"], at["right_wrist"]]
    return np.stack([*points, *([at["left_hand"], at["right_hand"]] if hands else [])], axis=1)


@pytest.mark.parametrize("count", [22, 24])
def test_smpl_s_order(tmp_path, song, danced, count):
    folder = put(tmp_path / f"{SONG}.npy", as_smpl(song.real.astype(np.float64), hands=count == 24))
    got, opened = danced(folder, skeleton="smpl", fps=25.0)
    error = np.linalg.norm(got - song.real, axis=-1)
    direct = [joint for joint in range(22) if joint not in (*HEELS, *HANDS)]
    assert error[:, direct].max() < MILLIMETRE
    assert error[:, HANDS].max() < (MILLIMETRE if count == 24 else 0.05)
    assert error[:, HEELS].max() < 0.12  # guessed: nothing in SMPL says where they are
    assert not opened.problems
    made_up = " ".join(map(str, opened.notes))
    assert "no heels" in made_up
    assert "no crown" in made_up
    assert ("no hands" in made_up) == (count == 22)


SMPL_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]


@pytest.mark.parametrize("known", [{}, {"parents": np.array(SMPL_PARENTS)}], ids=["by name", "by tree"])
def test_smpl_s_names_need_no_option(tmp_path, song, danced, known):
    names = np.array(joint_layouts.SMPL_NAMES)
    shuffled = np.array([*range(12, 24), *range(12)])
    if known:
        known = {
            "parents": np.array([int(np.flatnonzero(shuffled == p)[0]) if p >= 0 else -1 for p in known["parents"][shuffled]])
        }
    points = as_smpl(song.real.astype(np.float64))[:, shuffled]
    np.savez(tmp_path / f"{SONG}.npz", positions=points, fps=25, joint_names=names[shuffled], **known)
    got, folder = danced(tmp_path)
    error = np.linalg.norm(got - song.real, axis=-1)
    assert error[:, [joint for joint in range(22) if joint not in HEELS]].max() < MILLIMETRE
    assert not folder.problems


def test_the_published_points_mirrored_or_not(tmp_path, planted, planted_points, song, small_archive):
    points = planted_points(120.0 + np.arange(150)) * 100
    for name, factor in (("mirrored", -1.0), ("right", 1.0)):
        (tmp_path / name).mkdir()
        put(tmp_path / name / f"{SONG}.npy", points * [factor, 1.0, 1.0])
        opened = folders.open(tmp_path / name, small_archive, skeleton="tang", fps=25.0)
        (got,) = opened.perform(song, song.style, 1)
        # Where the belt's markers are, the planted points are inexact by a millimetre.
        np.testing.assert_allclose(got, planted(120.0 + np.arange(150)), atol=MILLIMETRE)
        assert not opened.problems


@pytest.mark.parametrize(("said", "held"), [("smpl", "dancer"), ("dancer", "smpl")])
def test_as_many_joints_in_another_order_are_no_body(tmp_path, song, danced, said, held):
    points = song.real if held == "dancer" else as_smpl(song.real, hands=False)
    put(tmp_path / f"{SONG}.npy", points)
    with pytest.raises(BalloError, match=f"makes no body in the order of the skeleton '{said}' .*see --skeleton"):
        danced(tmp_path, skeleton=said, fps=25.0)


def test_another_s_names(tmp_path, song, small_archive, danced):
    (dance,) = (each for each in small_archive.dances if each.name == SONG)
    path = dance.motion().save(tmp_path / f"{SONG}.bvh")
    text = path.read_text()
    for ours, theirs in (("hip", "UpLeg"), ("knee", "Leg"), ("ankle", "Foot"), ("toe", "ToeBase"), ("shoulder", "Arm")):
        text = text.replace(f"left_{ours}", f"Left{theirs}").replace(f"right_{ours}", f"Right{theirs}")
    path.write_text(text.replace("pelvis", "Hips").replace("chest", "Spine"))
    got, folder = danced(tmp_path)
    limbs = [joint for joint, name in enumerate(DANCER.joint_names) if "_" in name]
    np.testing.assert_allclose(got[:, limbs], song.real[:, limbs], atol=0.01 * MILLIMETRE)
    assert not folder.problems
    path.write_text(text.replace("LeftUpLeg", "Nothing"))
    with pytest.raises(BalloError, match=rf"^{SONG}\.bvh no joint is known as the left (hip|knee)"):
        danced(tmp_path)


def test_a_skeleton_in_a_file(tmp_path, song, danced):
    order = [*range(1, 22), 0]
    names = [DANCER.joint_names[joint] for joint in order]
    (tmp_path / "mine.json").write_text(json.dumps({"joint_names": names}))
    folder = tmp_path / "dances"
    folder.mkdir()
    put(folder / f"{SONG}.npy", song.real[:, order])
    got, _ = danced(folder, skeleton=str(tmp_path / "mine.json"), fps=25.0)
    np.testing.assert_array_equal(got, song.real)


def test_a_dancer_of_another_size(tmp_path, song, danced):
    got, folder = danced(put(tmp_path / f"{SONG}.npy", song.real * 0.8), **AS_DANCER)
    np.testing.assert_allclose(got, song.real, atol=0.01 * MILLIMETRE)
    assert not folder.problems
    assert "legs of 0.68 m, the archive's dancer's are 0.85 m: all of it scaled by 1.25" in str(folder.notes[0])
    got, folder = danced(put(tmp_path / f"{SONG}.npy", song.real * 0.97), **AS_DANCER)
    np.testing.assert_allclose(got, song.real * 0.97, rtol=1e-6, atol=1e-7)
    assert not folder.notes


def test_a_dance_that_runs_away(tmp_path, song, danced):
    positions = song.real.copy()
    positions[100:] += 1e5
    put(tmp_path / f"{SONG}.npy", positions)
    with pytest.raises(BalloError, match=r"goes as far as 1e\+05 m away"):
        danced(tmp_path, **AS_DANCER)


def test_a_file_is_read_once(tmp_path, song, small_archive):
    folder = folders.open(put(tmp_path / f"{SONG}.npy", song.real), small_archive, **AS_DANCER)
    (first,) = folder.perform(song, song.style, 1)
    (tmp_path / f"{SONG}.npy").unlink()
    (second,) = folder.perform(song, song.style, 1)
    np.testing.assert_array_equal(first, second)


def test_bones_that_stretch_keep_stretching(tmp_path, song, danced):
    joint, parent = DANCER.index("left_hand"), DANCER.index("left_wrist")
    positions = song.real.astype(np.float64)
    stretch = 1 + 0.3 * np.sin(np.arange(len(positions)))[:, None]
    positions[:, joint] = positions[:, parent] + stretch * (positions[:, joint] - positions[:, parent])
    got, _ = danced(put(tmp_path / f"{SONG}.npy", positions), **AS_DANCER)
    np.testing.assert_allclose(got, positions, atol=1e-6)


def test_a_dancer_far_above_the_floor_and_one_who_floats(tmp_path, song, danced):
    got, folder = danced(put(tmp_path / f"{SONG}.npy", song.real + np.array([0, 1.5, 0])), **AS_DANCER)
    np.testing.assert_allclose(got, song.real, atol=0.03)
    assert "above 0: set on the floor" in lines(folder)[0]
    got, folder = danced(put(tmp_path / f"{SONG}.npy", song.real + np.array([0, 0.08, 0])), **AS_DANCER)
    np.testing.assert_allclose(got, song.real + np.array([0, 0.08, 0]), atol=1e-6)
    assert not folder.problems


def test_a_dancer_without_a_way_over_the_floor(tmp_path, song, danced):
    got, folder = danced(put(tmp_path / f"{SONG}.npy", song.real - song.real[:, :1]), **AS_DANCER)
    assert np.ptp(got[:, 0], axis=0).max() < 1e-6
    assert any("the pelvis stays in one place" in line for line in lines(folder))


def test_a_figure_that_never_moves_is_measured_as_it_is(tmp_path, song, danced):
    still = np.repeat(song.real[:1], 150, axis=0)
    got, folder = danced(put(tmp_path / f"{SONG}.npy", still), **AS_DANCER)
    np.testing.assert_array_equal(got, still)
    assert not folder.problems


def test_who_lies_is_measured_as_she_lies(tmp_path, song, danced):
    leaning = rotations.between(np.array([0.0, 1.0, 0.0]), np.array([1.0, 1.0, 1.0]))
    lying = song.real @ leaning.T
    _, folder = danced(put(tmp_path / f"{SONG}.npy", lying), **AS_DANCER)
    assert any("which way is up cannot be told: taken to be Y" in line for line in lines(folder))


def test_a_mirror_image_is_refused(tmp_path, song, danced):
    put(tmp_path / f"{SONG}.npy", song.real * [-1, 1, 1])
    with pytest.raises(BalloError, match="left and right are exchanged, or the coordinates are left-handed: negate one"):
        danced(tmp_path, **AS_DANCER)


@pytest.mark.parametrize(
    ("seconds", "frames", "said"),
    [
        (6.0, 150, None),
        (5.6, 140, None),
        (6.4, 150, None),
        (5.0, 125, "lasts 5.0 s, the song 6.0 s: measured over the first 5.0 s"),
        (8.0, 150, "lasts 8.0 s, the song 6.0 s: measured over the first 6.0 s"),
        (200.0, 150, "lasts 200.0 s, the song 6.0 s: measured over the first 6.0 s"),
    ],
)
def test_another_length_than_the_song_s(tmp_path, planted, song, danced, seconds, frames, said):
    positions = planted(120.0 + np.arange(round(seconds * 25)))
    got, folder = danced(put(tmp_path / f"{SONG}.npy", positions), **AS_DANCER)
    np.testing.assert_allclose(got, song.real[:frames], atol=1e-5)
    assert lines(folder) == ([f"{SONG}.npy: {said}"] if said else [])


def test_less_than_half_a_song_is_refused(tmp_path, song, danced):
    put(tmp_path / f"{SONG}.npy", song.real[:74])
    with pytest.raises(BalloError, match=r"lasts 3\.0 s, less than half of the song's 6\.0 s"):
        danced(tmp_path, **AS_DANCER)


def test_seeds_come_in_order_and_of_one_length(tmp_path, song, small_archive):
    for number, name in enumerate((f"{SONG}.2.npy", f"{SONG}_seed10.npy", f"{SONG}.npy", f"{SONG}-1.npy")):
        put(tmp_path / name, song.real[: 150 - number] + np.array([number, 0, 0]))
    folder = folders.open(tmp_path, small_archive, **AS_DANCER)
    assert [path.stem for path in folder.files[SONG]] == [SONG, f"{SONG}-1", f"{SONG}.2", f"{SONG}_seed10"]
    got = folder.perform(song, song.style, 9)
    for dance, number in zip(got, (2, 3, 0, 1), strict=True):
        np.testing.assert_allclose(dance, song.real[:147] + np.array([number, 0, 0]), atol=1e-6)
    assert len(folder.perform(song, song.style, 2)) == 2
    assert [str(note) for note in folder.notes] == [
        f"{SONG}: 4 dances to the song where 9 were asked for",
        f"{SONG}: 4 dances to the song where 2 were asked for: the first 2 count",
    ]


def test_two_files_for_one_seed(tmp_path, song, small_archive):
    put(tmp_path / f"{SONG}.npy", song.real)
    put(tmp_path / f"{SONG}.0.npy", song.real)
    Motion.from_positions(DANCER, song.real, 25.0).save(tmp_path / f"{SONG}.bvh")
    folder = folders.open(tmp_path, small_archive, **AS_DANCER)
    assert [path.name for path in folder.files[SONG]] == [f"{SONG}.bvh"]
    assert lines(folder) == [
        f"{SONG}.npy, {SONG}.0.npy: a second dance of one seed, after {SONG}.bvh: left out, rename it",
    ]


def test_what_is_wrong_with_one_file_costs_that_file(tmp_path, songs, small_archive):
    for number, (name, staged) in enumerate(songs.items()):
        put(tmp_path / f"{name}.npy", staged.real * (100 if number < 2 else 1))
    (tmp_path / f"{SONG}.1.npy").write_bytes(b"")
    (tmp_path / "DANCE_R_2.npy").write_bytes(b"hello")
    put(tmp_path / "DANCE_W_5.npy", songs[SONG].real)
    put(tmp_path / "walk.npy", songs[SONG].real)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".hidden.npy").write_bytes(b"")
    folder = folders.open(tmp_path, small_archive, **AS_DANCER)
    danced, refused = [], {}
    for name, staged in songs.items():
        try:
            danced.append((name, len(folder.perform(staged, staged.style, 2))))
        except BalloError as error:
            refused[name] = str(error)
    assert danced == [("DANCE_C_2", 1), ("DANCE_W_4", 1), ("DANCE_W_1", 1)]
    assert list(refused) == ["DANCE_R_2"]
    assert refused["DANCE_R_2"].startswith("DANCE_R_2.npy is no array as numpy writes them")
    said = lines(folder)
    assert len(said) == 4
    assert said[0].startswith("DANCE_W_5.npy: named after no song of the archive; did you mean DANCE_W_")
    assert said[1].startswith("walk.npy: named after no song of the archive; songs are called DANCE_C_2")
    assert said[2] == "DANCE_C_2.npy: in cm by the length of its legs, where m is usual: taken as such"
    assert said[3] == f"{SONG}.1.npy: is empty; the song's other dances are measured"


def test_like_faults_are_said_once(tmp_path, songs, small_archive):
    for name, staged in songs.items():
        put(tmp_path / f"{name}.npy", staged.real * 100)
    folder = folders.open(tmp_path, small_archive, **AS_DANCER)
    for staged in (*songs.values(), *songs.values()):
        folder.perform(staged, staged.style, 1)
    (said,) = folder.problems
    assert len(said.files) == 4
    assert str(said).startswith("DANCE_C_2.npy, DANCE_R_2.npy, DANCE_W_4.npy and 1 more: in cm")


def test_songs_without_a_motion_and_other_styles(tmp_path, songs, small_archive):
    put(tmp_path / f"{SONG}.npy", songs[SONG].real)
    folder = folders.open(tmp_path, small_archive, **AS_DANCER)
    with pytest.raises(BalloError, match=r"no motion: nothing in .* is called DANCE_R_2 with \.npz, \.bvh or \.npy"):
        folder.perform(songs["DANCE_R_2"], "rumba", 1)
    with pytest.raises(BalloError, match=f"dances waltz, not rumba, to {SONG}"):
        folder.perform(songs[SONG], "rumba", 1)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, r"arrays alone.*give --skeleton and --fps; its 22 joints may be those of dancer or smpl$"),
        ({"skeleton": "dancer"}, r"arrays alone, which do not say what they are: give --fps$"),
        ({"fps": 25.0}, r"give --skeleton; its 22 joints"),
        ({"skeleton": "dancer", "fps": 0.0}, r"--fps 0: give 1 to 1000"),
        ({"skeleton": "dancer", "fps": float("nan")}, r"--fps nan"),
        ({"skeleton": "bear", "fps": 25.0}, r"--skeleton bear: choose dancer, smpl, tang"),
    ],
)
def test_arrays_need_to_be_told_what_they_are(tmp_path, song, small_archive, options, line):
    put(tmp_path / f"{SONG}.npy", song.real)
    with pytest.raises(BalloError, match=line):
        folders.open(tmp_path, small_archive, **options)


def test_an_array_beside_files_that_say_what_they_are(tmp_path, song, songs, danced, small_archive):
    Motion.from_positions(DANCER, song.real, 25.0).save(tmp_path / f"{SONG}.npz")
    put(tmp_path / "DANCE_W_4.npy", songs["DANCE_W_4"].real)
    _, folder = danced(tmp_path)
    with pytest.raises(BalloError, match=r"^DANCE_W_4\.npy does not say what its joints are: give --skeleton$"):
        folder.perform(songs["DANCE_W_4"], "waltz", 1)


def test_folders_that_are_none(tmp_path, song, small_archive):
    def refusal(path: Path) -> str:
        with pytest.raises(BalloError) as found:
            folders.open(path, small_archive, **AS_DANCER)
        assert "\n" not in str(found.value)
        return str(found.value)

    assert refusal(tmp_path / "gone").startswith("there is no folder")
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / "file").endswith("is no folder")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refusal(empty).endswith("is empty: put .npz, .bvh, .npy files in it, named after songs")
    (empty / "walk.fbx").write_text("")
    assert refusal(empty).endswith("holds no motion file (.npz, .bvh, .npy)")
    (empty / "waltz").mkdir()
    assert refusal(empty).endswith("; name one of its folders instead, waltz")
    put(empty / "DANCE_W_17.npy", song.real)
    assert "is named after a song" in refusal(empty)
    assert "call DANCE_W_17.npy after its song, say DANCE_W_1" in refusal(empty)


def test_the_first_frames_of_a_long_file_say_what_all_of_it_would(tmp_path, planted, danced):
    short, long = planted(120.0 + np.arange(180)), planted(120.0 + np.arange(3000))
    first, _ = danced(put(tmp_path / f"{SONG}.npy", short * 100), **AS_DANCER)
    second, _ = danced(put(tmp_path / f"{SONG}.npy", long * 100), **AS_DANCER)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_a_planted_foot_stays_planted(tmp_path, song, danced):
    """At another frame rate too: what stands still in a file must not slide."""
    positions = timebase.sample(song.real.astype(np.float64), np.arange(178) * 25 / 30)
    toe = DANCER.index("left_toe")
    positions[30:90, toe] = positions[30, toe]
    got, _ = danced(put(tmp_path / f"{SONG}.npy", positions), skeleton="dancer", fps=30.0)
    slid = np.abs(np.diff(got[32:68, toe], axis=0)).max()
    assert slid < 0.1 * MILLIMETRE
