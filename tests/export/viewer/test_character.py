"""A character of the user's own on the page: her nodes do the dance, and her textures are seen."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ballo.errors import ExportError
from ballo.export import gltf
from ballo.export.character import danced
from ballo.export.character import opened as opened_character
from ballo.motion.glb import Document
from ballo.motion.skeleton import DANCER

GREEN = (20, 200, 60)


def in_centimetres(path: Path, extension: str | None = None) -> Path:
    """A humanoid as Mixamo's are: bones in centimetres under a node that scales them, and a texture in the file, all green."""
    document, binary = gltf.figure(DANCER, "mixamo")
    own = Document(gltf.packed(document, binary))
    joints, vertices = len(DANCER), document["accessors"][0]["count"]
    for node in document["nodes"][:joints]:
        node["translation"] = [100 * share for share in node["translation"]]
    document["nodes"][joints]["scale"] = [0.01] * 3
    inverse_bind = document["accessors"][document["skins"][0]["inverseBindMatrices"]]
    start = document["bufferViews"][inverse_bind["bufferView"]]["byteOffset"]
    matrices = np.frombuffer(own.binary, "<f4", 16 * joints, start).reshape(joints, 4, 4) * [100, 100, 100, 1]
    binary = binary[:start] + matrices.astype("<f4").tobytes() + binary[start + 64 * joints :]
    picture = io.BytesIO()
    Image.new("RGB", (4, 4), GREEN).save(picture, "PNG")
    texture = picture.getvalue() + b"\0" * (-len(picture.getvalue()) % 4)
    views = len(document["bufferViews"])
    document["bufferViews"] += [
        {"buffer": 0, "byteOffset": len(binary), "byteLength": len(picture.getvalue())},
        {"buffer": 0, "byteOffset": len(binary) + len(texture), "byteLength": 8 * vertices},
    ]
    document["accessors"].append({"bufferView": views + 1, "componentType": 5126, "count": vertices, "type": "VEC2"})
    binary += texture + np.full((vertices, 2), 0.5, "<f4").tobytes()
    document["buffers"][0]["byteLength"] = len(binary)
    document |= {"images": [{"bufferView": views, "mimeType": "image/png"}], "textures": [{"source": 0}]}
    for material in document["materials"]:
        material["pbrMetallicRoughness"] = {"baseColorTexture": {"index": 0}}
    for primitive in document["meshes"][0]["primitives"]:
        primitive["attributes"]["TEXCOORD_0"] = len(document["accessors"]) - 1
    if extension is not None:
        document |= {"extensionsUsed": [extension], "extensionsRequired": [extension]}
    path.write_bytes(gltf.packed(document, binary))
    return path


def test_her_joints_do_the_dance_and_her_textures_are_seen(opened, browser, sought, tmp_path, smooth_dance):
    motion, character = smooth_dance(200), in_centimetres(tmp_path / "me & <you>.glb")
    page = opened(browser, motion.save(tmp_path / "page.html", character=character, beside=[smooth_dance(100, seed=1)]))
    page.evaluate("document.getElementById('viewer').classList.add('begun')")
    own = danced(motion, opened_character(character))
    for seconds in (0.0, 4.0):
        sought(page, seconds)
        found = np.array(page.evaluate("ballo.joints()[0]"))
        np.testing.assert_allclose(found, own.positions[round(25 * seconds)], atol=2e-3)
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    green = (picture[..., 1] - picture[..., 0] > 60) & (picture[..., 1] - picture[..., 2] > 40)
    for half in np.split(green[:, : green.shape[1] // 2 * 2], 2, axis=1):
        assert half.sum() > 500


def test_the_page_is_small_where_the_character_is(tmp_path, smooth_dance):
    motion = replace(smooth_dance(50), meta={})
    alone, character = tmp_path / "a.html", in_centimetres(tmp_path / "me.glb")
    motion.save(alone)
    motion.save(tmp_path / "b.html", character=character)
    assert (tmp_path / "b.html").stat().st_size - alone.stat().st_size < character.stat().st_size


def test_what_a_page_cannot_unpack_is_said(tmp_path, smooth_dance):
    character = in_centimetres(tmp_path / "me.glb", "KHR_draco_mesh_compression")
    with pytest.raises(ExportError, match=r"me on a page: it is compressed \(Draco\)"):
        smooth_dance(3).save(tmp_path / "page.html", character=character)
