"""Which layout a folder has, by its names."""

from __future__ import annotations

import pytest

from ballo.dataset.adapters import layouts


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        (["keypoints3d/gBR_sBM_cAll_d04_mBR0_ch01.pkl", "splits/all.txt"], "AIST++"),
        (["aist_plusplus_final/keypoints3d/gBR_sBM_cAll_d04_mBR0_ch01.pkl", "wav/mBR0.wav"], "AIST++"),
        (["motion/001.npy", "music_wav/001.wav"], "joints as .npy (FineDance)"),
        (["a.npy", "a.mp3"], "joints as .npy (FineDance)"),
        (["a.bvh"], "BVH with songs"),
        (["salsa/A.BVH", "salsa/a.wav"], "BVH with songs"),
        (["a.npy"], None),
        (["a.wav", "notes.txt"], None),
        ([".a.bvh", ".hidden/a.bvh"], None),
        (["DANCE_C_2/skeletons.json", "DANCE_C_2/audio.mp3"], None),
        ([], None),
    ],
)
def test_a_folder_is_known_by_its_names(tmp_path, names, layout):
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = layouts.find(tmp_path)
    assert (found.LAYOUT if found else None) == layout


def test_what_is_no_folder_has_no_layout(tmp_path):
    assert layouts.find(tmp_path / "nowhere") is None
    (tmp_path / "a.bvh").touch()
    assert layouts.find(tmp_path / "a.bvh") is None
