"""The dancer's body as a page has it: her other .glb in fewer bytes."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from ballo.export import embedded, gltf
from ballo.export.mesh import mesh_for
from ballo.motion.glb import Document
from ballo.motion.skeleton import DANCER, Skeleton

STICKS = Skeleton(("hips", "head"), (-1, 0), np.array([[0, 0, 0], [0, 0.6, 0]]))


def glb(skeleton: Skeleton) -> bytes:
    return zlib.decompress(base64.b64decode(embedded.dancer(skeleton)))


def inverse_bind(document: Document) -> np.ndarray:
    """(J, 4, 4), of which a Document's arrays have none."""
    accessor = document.json["accessors"][document.json["skins"][0]["inverseBindMatrices"]]
    start = document.json["bufferViews"][accessor["bufferView"]]["byteOffset"]
    matrices = np.frombuffer(document.binary, "<f4", 16 * accessor["count"], start).reshape(-1, 4, 4)
    return np.swapaxes(matrices, 1, 2).astype(float)


@pytest.mark.parametrize("skeleton", [DANCER, STICKS])
def test_at_rest_its_vertices_are_those_of_the_other(skeleton):
    document, body = Document(glb(skeleton)), mesh_for(skeleton)
    attributes = document.json["meshes"][0]["primitives"][0]["attributes"]
    arrays = {name: document.array(number) for name, number in attributes.items()}
    places = np.concatenate([arrays["POSITION"], np.ones((len(body.vertices), 1))], axis=1)
    # Joints that are not turned stand at rest.
    to_world = np.tile(np.eye(4), (len(skeleton), 1, 1))
    to_world[:, :3, 3] = body.rest
    skinned = np.einsum("jab,jbc->jac", to_world, inverse_bind(document))[arrays["JOINTS_0"].astype(int)]
    found = np.einsum("vk,vkab,vb->va", arrays["WEIGHTS_0"], skinned, places)[:, :3]
    assert abs(found - body.vertices).max() < 2.5e-4
    assert np.allclose(arrays["WEIGHTS_0"].sum(axis=1), 1)
    assert abs(arrays["WEIGHTS_0"] - body.weights).max() < 0.01
    normals = arrays["NORMAL"] / np.linalg.norm(arrays["NORMAL"], axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.clip(np.sum(normals * body.normals, axis=1), -1, 1))).max() < 0.2


def test_it_is_a_sound_file_and_smaller(tmp_path, validated):
    path: Path = tmp_path / "body.glb"
    path.write_bytes(glb(DANCER))
    assert validated(path)["messages"] == []
    assert len(embedded.dancer(DANCER)) < 0.75 * len(base64.b64encode(zlib.compress(gltf.packed(*gltf.figure(DANCER)), 9)))


def test_materials_say_what_they_are_of():
    materials = Document(glb(DANCER)).json["materials"]
    assert [gltf.MATERIALS[material["extras"]["kind"]] for material in materials] == [one["name"] for one in materials]
    assert json.dumps(Document(gltf.packed(*gltf.figure(DANCER))).json["materials"]).count("kind") == 0
