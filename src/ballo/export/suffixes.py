"""Which suffix is written and read by what. Strings, so that a format's libraries load only when it is used."""

WRITERS = {
    ".bvh": "ballo.export.bvh:write",
    ".csv": "ballo.export.csv:write",
    ".fbx": "ballo.export.fbx:write",
    ".gif": "ballo.export.gif:write",
    ".glb": "ballo.export.gltf:write",
    ".json": "ballo.export.json:write",
    ".mp4": "ballo.export.video:write",
    ".npz": "ballo.export.npz:write",
    ".png": "ballo.export.strip:write",
    ".usda": "ballo.export.usd:write",
    ".usdc": "ballo.export.usd:write",
    ".usdz": "ballo.export.usd:write",
}

READERS = {
    ".bvh": "ballo.motion.bvh:read_motion",
    ".csv": "ballo.export.csv:read",
    ".glb": "ballo.motion.gltf:read",
    ".json": "ballo.export.json:read",
    ".npz": "ballo.export.npz:read",
}
