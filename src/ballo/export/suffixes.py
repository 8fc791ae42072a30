"""Which suffix is written and read by what, and what says beforehand whether it can be. Strings, so that libraries load when
they are used."""

WRITERS = {
    ".bvh": "ballo.export.bvh:write",
    ".csv": "ballo.export.csv:write",
    ".fbx": "ballo.export.fbx:write",
    ".gif": "ballo.export.gif:write",
    ".glb": "ballo.export.gltf:write",
    ".html": "ballo.export.html:write",
    ".json": "ballo.export.json:write",
    ".mp4": "ballo.export.video:write",
    ".npz": "ballo.export.npz:write",
    ".png": "ballo.export.strip:write",
    ".usda": "ballo.export.usd:write",
    ".usdc": "ballo.export.usd:write",
    ".usdz": "ballo.export.usd:write",
    ".vrm": "ballo.export.vrm:write_avatar",
    ".vrma": "ballo.export.vrm:write_animation",
}

READERS = {
    ".bvh": "ballo.motion.bvh:read_motion",
    ".csv": "ballo.export.csv:read",
    ".fbx": "ballo.export.fbx:read",
    ".glb": "ballo.motion.gltf:read",
    ".json": "ballo.export.json:read",
    ".npz": "ballo.export.npz:read",
    ".usd": "ballo.motion.usd:read",
    ".usda": "ballo.motion.usd:read",
    ".usdc": "ballo.motion.usd:read",
    ".usdz": "ballo.motion.usd:read",
    ".vrma": "ballo.motion.gltf:read",
}

NEEDS = {
    ".fbx": "ballo.export.fbx:check",
    ".usda": "ballo.export.usd:check",
    ".usdc": "ballo.export.usd:check",
    ".usdz": "ballo.export.usd:check",
}

VIEW = "ballo.export.html:notebook"
"""How a notebook shows a motion."""
