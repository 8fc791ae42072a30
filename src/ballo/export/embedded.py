"""A body in few bytes, for a page: a .glb deflated, and ballo's own dancer's with whole numbers for her vertices.

Source: Khronos, KHR_mesh_quantization. A skinned mesh's own place counts for nothing in glTF, so what leads from whole numbers
back to metres stands in the inverse bind matrices.
"""

from __future__ import annotations

import base64
import zlib
from functools import lru_cache
from typing import Any

import numpy as np

from ballo.errors import ExportError
from ballo.export import gltf
from ballo.export.character import Character
from ballo.export.mesh import Mesh, mesh_for
from ballo.motion.glb import Document
from ballo.motion.skeleton import Skeleton

UNREADABLE = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "Meshopt",
    "KHR_meshopt_compression": "Meshopt",
    "KHR_texture_basisu": "Basis",
}
"""Ways to compress that a page would need a decoder for, each larger than the whole viewer."""
_QUANTIZATION = "KHR_mesh_quantization"
_COMPONENTS = {"uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_MOST_SHORT = 2**15 - 1
_PLACE_BITS, _NORMAL_BITS = 13, 10
"""What is kept of sixteen, so that there is less to send: a dancer's vertices to 0.2 mm, her normals to a tenth of a degree."""


@lru_cache(maxsize=8)
def dancer(skeleton: Skeleton) -> str:
    """Ballo's dancer on a skeleton: base64 of zlib's bytes of a .glb.

    Her vertices are within 0.05 mm of those of her other .glb, whose nodes are hers. Materials say in their extras which
    kind of surface (`figure.TORSO` and so on) they are, for whoever gives several dancers colours of their own.
    """
    document, _ = gltf.figure(skeleton)
    kinds = {name: kind for kind, name in gltf.MATERIALS.items()}
    for material in document["materials"]:
        material["extras"] = {"kind": kinds[material["name"]]}
    return _text(_quantised(document, mesh_for(skeleton)))


def humanoid(character: Character) -> str:
    """A user's humanoid: base64 of zlib's bytes of its .glb.

    Raises:
        ExportError: it is compressed in a way that the page does not unpack.
    """
    for extension in Document(character.glb).json.get("extensionsRequired", []):
        if extension in UNREADABLE:
            raise ExportError(
                f"cannot show {character.name} on a page: it is compressed ({UNREADABLE[extension]}); export it without"
            )
    return _text(character.glb)


def _text(glb: bytes) -> str:
    return base64.b64encode(zlib.compress(glb, 9)).decode("ascii")


def _quantised(document: dict[str, Any], body: Mesh) -> bytes:
    """The .glb of a figure (`gltf.figure`), with the same accessors in whole numbers."""
    middle = (body.vertices.min(axis=0) + body.vertices.max(axis=0)) / 2
    reach = float(np.abs(body.vertices - middle).max())
    shares = _shares(body.weights)
    inverse_bind = np.tile(np.diag([reach, reach, reach, 1.0]), (len(body.rest), 1, 1))
    inverse_bind[:, :3, 3] = middle - body.rest
    (mesh,), (skin,) = document["meshes"], document["skins"]
    attributes = mesh["primitives"][0]["attributes"]
    arrays = {
        attributes["POSITION"]: _shorts((body.vertices - middle) / reach, _PLACE_BITS),
        attributes["NORMAL"]: _shorts(body.normals, _NORMAL_BITS),
        attributes["JOINTS_0"]: np.where(shares > 0, body.joints, 0).astype(body.joints.dtype),
        attributes["WEIGHTS_0"]: shares,
        # Column-major.
        skin["inverseBindMatrices"]: np.swapaxes(inverse_bind, 1, 2).astype(np.float32),
    }
    for primitive, kind in zip(mesh["primitives"], sorted(set(body.kinds.tolist())), strict=True):
        arrays[primitive["indices"]] = body.triangles[body.kinds == kind].reshape(-1)
    binary, views = b"", []
    for number, accessor in enumerate(document["accessors"]):
        array = np.ascontiguousarray(arrays[number])
        view = {key: value for key, value in document["bufferViews"][number].items() if key == "target"}
        views.append(view | {"buffer": 0, "byteOffset": len(binary), "byteLength": array.nbytes})
        accessor["componentType"] = _COMPONENTS[array.dtype.name]
        if array.dtype == np.int16:
            # Three of them are padded to four: vertices begin at multiples of four bytes.
            views[-1]["byteStride"] = array.shape[1] * array.itemsize
            accessor["min"], accessor["max"] = array[:, :3].min(axis=0).tolist(), array[:, :3].max(axis=0).tolist()
        if array.dtype == np.int16 or number == attributes["WEIGHTS_0"]:
            accessor["normalized"] = True
        if number == attributes["WEIGHTS_0"]:
            accessor.pop("min")
            accessor.pop("max")
        binary += array.tobytes() + b"\0" * (-array.nbytes % 4)
    extensions = {"extensionsRequired": [_QUANTIZATION], "extensionsUsed": [_QUANTIZATION]}
    described = {"bufferViews": views, "buffers": [{"byteLength": len(binary)}]}
    return gltf.packed(document | extensions | described, binary)


def _shorts(shares: np.ndarray, bits: int) -> np.ndarray:
    """(V, 3) from -1 to 1 as whole numbers (V, 4), the last of them 0, of which the lower bits are 0 as well."""
    step = 2 ** (16 - bits)
    whole = np.clip(np.rint(shares * _MOST_SHORT / step) * step, -_MOST_SHORT, _MOST_SHORT)
    return np.pad(whole.astype(np.int16), ((0, 0), (0, 1)))


def _shares(weights: np.ndarray) -> np.ndarray:
    """(V, 4) weights, the largest first, as bytes that add up to 255."""
    whole = np.rint(weights * 255).astype(np.int64)
    whole[:, 0] += 255 - whole.sum(axis=1)
    return whole.astype(np.uint8)
