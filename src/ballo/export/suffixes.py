"""Which suffix is written by what. Strings, so that a format's libraries load only when it is written."""

WRITERS = {
    ".bvh": "ballo.export.bvh:write",
    ".gif": "ballo.export.gif:write",
    ".html": "ballo.export.html:write",
    ".mp4": "ballo.export.video:write",
    ".npz": "ballo.export.npz:write",
}

VIEW = "ballo.export.html:notebook"
"""How a notebook shows a motion."""
