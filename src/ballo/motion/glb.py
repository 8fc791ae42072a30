"""The container of binary glTF (.glb): its JSON, and the arrays that accessors name in its binary part.

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022), sections 3.6 and 4.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from ballo.motion.admission import Refused, parsed

MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942

_DTYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Document:
    """The file's JSON, and its accessors as arrays."""

    def __init__(self, data: bytes) -> None:
        magic, version, _ = struct.unpack_from("<III", data) if len(data) >= 12 else (0, 0, 0)
        if magic != MAGIC or version != 2:
            raise Refused("it is no .glb of version 2; a .gltf with files beside it has to be packed into one first")
        chunks: dict[int, bytes] = {}
        at = 12
        while at + 8 <= len(data):
            length, kind = struct.unpack_from("<II", data, at)
            if at + 8 + length > len(data):
                raise Refused("it is cut short")
            chunks.setdefault(kind, data[at + 8 : at + 8 + length])
            at += 8 + length
        if JSON_CHUNK not in chunks:
            raise Refused("it is cut short")
        self.json: dict[str, Any] = parsed(chunks[JSON_CHUNK].decode("utf-8-sig"))
        self.binary = chunks.get(BINARY_CHUNK, b"")

    def array(self, number: int) -> np.ndarray:
        """An accessor's values (N, width), float64; whole numbers that are normalised as the shares that they mean."""
        accessor = self.json["accessors"][number]
        if "sparse" in accessor or "bufferView" not in accessor:
            raise Refused("its animation is stored sparsely, which is not read here: save it again from Blender")
        view = self.json["bufferViews"][accessor["bufferView"]]
        if self.json["buffers"][view["buffer"]].get("uri") is not None or view["buffer"] != 0:
            raise Refused("its animation is in a file beside it: pack it into one .glb first")
        kind, width, count = np.dtype(_DTYPES[accessor["componentType"]]), _WIDTHS[accessor["type"]], accessor["count"]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = view.get("byteStride", kind.itemsize * width)
        if not (count > 0 and start >= 0 and kind.itemsize * width <= stride):
            raise Refused("an accessor of it makes no sense")
        if start + stride * (count - 1) + kind.itemsize * width > len(self.binary):
            raise Refused("it is cut short")
        values = np.ndarray((count, width), kind, self.binary, start, (stride, kind.itemsize)).astype(np.float64)
        if accessor.get("normalized"):
            values = np.maximum(values / np.iinfo(kind).max, -1.0)
        if not np.isfinite(values).all():
            raise Refused("its animation holds numbers that are not finite")
        return values
