"""Which suffix is written by what. Strings, so that a format's libraries load only when it is written."""

WRITERS = {
    ".bvh": "ballo.export.bvh:write",
    ".fbx": "ballo.export.fbx:write",
    ".gif": "ballo.export.gif:write",
    ".glb": "ballo.export.gltf:write",
    ".mp4": "ballo.export.video:write",
    ".npz": "ballo.export.npz:write",
    ".usda": "ballo.export.usd:write",
    ".usdc": "ballo.export.usd:write",
    ".usdz": "ballo.export.usd:write",
}
