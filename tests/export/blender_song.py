"""Run by Blender's own Python: the steps of docs/export.md that put the song under a dance, and what is heard then.

blender_song.py DANCE.glb OUT.wav: the sound of the dance's frames.
"""

import json
import struct
import sys
from pathlib import Path
from urllib.parse import unquote

import bpy


def main(path: str, out: str) -> None:
    data = Path(path).read_bytes()
    said = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])["extras"]["ballo"]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = round(said["fps"])
    bpy.ops.import_scene.gltf(filepath=path)
    scene.frame_start, scene.frame_end = 0, said["frames"] - 1
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_sound("Song", str(Path(path).with_name(unquote(said["song"]["uri"]))), 1, 0)
    strip.frame_start = -round(said["song"]["start_seconds"] * scene.render.fps)
    bpy.ops.sound.mixdown(filepath=out, container="WAV", codec="PCM", format="S16")


if __name__ == "__main__":
    main(*sys.argv[-2:])
