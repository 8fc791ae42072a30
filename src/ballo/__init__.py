"""ballo: any song, danced.

    import ballo
    ballo.dance("song.mp3", seed=1).save("dance.bvh")

Names load when they are first used, so that `import ballo` and `ballo --help` stay quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ballo.export import suffixes
from ballo.motion import formats
from ballo.version import VERSION

if TYPE_CHECKING:
    from ballo.inference.choreographer import dance
    from ballo.motion.motion import Motion
    from ballo.motion.skeleton import DANCER, Skeleton

__version__ = VERSION
__all__ = ["DANCER", "Motion", "Skeleton", "__version__", "dance"]

_HOMES = {
    "DANCER": "ballo.motion.skeleton",
    "Motion": "ballo.motion.motion",
    "Skeleton": "ballo.motion.skeleton",
    "dance": "ballo.inference.choreographer",
}

formats.register(suffixes.WRITERS, suffixes.NEEDS)
formats.register_readers(suffixes.READERS)
formats.register_view(suffixes.VIEW)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ballo' has no attribute {name!r}")
