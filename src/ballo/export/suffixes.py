"""Which suffix is written by what, and what says beforehand whether it can be. Strings, so that libraries load when used."""

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

NEEDS = {
    ".fbx": "ballo.export.fbx:check",
    ".usda": "ballo.export.usd:check",
    ".usdc": "ballo.export.usd:check",
    ".usdz": "ballo.export.usd:check",
}
