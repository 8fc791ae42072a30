"""Run by Blender's own Python: a dance on another armature, by `scripts/blender_retarget.py` as a user would run it.

blender_retarget.py FILE KIND SCRIPT OUT.npz FPS: KIND is "metarig" or "rig" (Rigify's human, before and after *Generate Rig*),
"mixamo", "unreal" or "vroid" (bones of such names, in centimetres, arms hanging at 45 degrees, legs apart, any rolls). In OUT:
names (N,) of the character's bones; heads (T, N, 3) in metres with Y up; rest (N, 3), where they are at rest.
"""

import math
import runpy
import sys

import bpy
import numpy as np
from blender_joints import imported, y_up
from mathutils import Vector

NAMES = {
    "mixamo": (
        ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head"),
        ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase"),
        "mixamorig:{}",
        "mixamorig:{side}{}",
        ("Left", "Right"),
    ),
    "unreal": (
        ("pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"),
        ("clavicle", "upperarm", "lowerarm", "hand", "thigh", "calf", "foot", "ball"),
        "{}",
        "{}_{side}",
        ("l", "r"),
    ),
    "vroid": (
        ("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head"),
        ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "ToeBase"),
        "J_Bip_C_{}",
        "J_Bip_{side}_{}",
        ("L", "R"),
    ),
}
SPINE = [100, 110, 122, 134, 148, 158, 178]
DOWN = math.sqrt(0.5)


def character(kind: str) -> bpy.types.Object:
    trunk, limbs, plain, sided, sides = NAMES[kind]
    rows = [(plain.format(name), n and plain.format(trunk[n - 1]), (0, 0, SPINE[n])) for n, name in enumerate(trunk)]
    for x, side in zip((1, -1), sides, strict=True):
        named = [sided.format(name, side=side) for name in limbs]
        above = [plain.format(trunk[3]), *named[:3], plain.format(trunk[0]), *named[4:7]]
        heads = [(x * 6, 0, 146), *((x * (18 + reach * DOWN), 0, 145 - reach * DOWN) for reach in (0, 28, 54))]
        heads += [(x * 9, 0, 95), (x * 14, -1, 50), (x * 20, 1, 9), (x * 20, -14, 2)]
        rows += list(zip(named, above, heads, strict=True))
    data = bpy.data.armatures.new("Character")
    figure = bpy.data.objects.new("Character", data)
    figure.scale = (0.01, 0.01, 0.01)
    bpy.context.scene.collection.objects.link(figure)
    bpy.context.view_layer.objects.active = figure
    bpy.ops.object.mode_set(mode="EDIT")
    for number, (name, parent, head) in enumerate(rows):
        bone = data.edit_bones.new(name)
        bone.head = Vector(head)
        bone.tail = bone.head + Vector((math.sin(number), math.cos(3 * number), 0.5)) * 9
        bone.roll = number
        bone.parent = data.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return figure


def rigify(generated: bool) -> bpy.types.Object:
    import addon_utils  # there is one once bpy is imported

    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    if generated:
        bpy.ops.pose.rigify_generate()
    return bpy.data.objects["rig"] if generated else bpy.context.object


def main(path: str, kind: str, script: str, out: str, fps: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = round(float(fps))
    imported(path)
    dancer = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    first, last = map(int, dancer.animation_data.action.frame_range)
    target = character(kind) if kind in NAMES else rigify(kind == "rig")
    bpy.ops.object.select_all(action="DESELECT")
    dancer.select_set(True)
    target.select_set(True)
    bpy.context.view_layer.objects.active = target
    scene.frame_set(first + 3)  # wherever the user has left it
    before = [bone.name for bone in dancer.data.bones]
    runpy.run_path(script, run_name="__main__")
    assert [bone.name for bone in dancer.data.bones] == before
    dancer.hide_viewport = True
    bpy.data.objects.remove(dancer)
    names = [bone.name for bone in target.pose.bones]
    heads = np.empty((last - first + 1, len(names), 3))
    for frame in range(len(heads)):
        scene.frame_set(first + frame)
        heads[frame] = [target.matrix_world @ bone.head for bone in target.pose.bones]
    rest = [target.matrix_world @ bone.head_local for bone in target.data.bones]
    np.savez(out, names=names, heads=y_up(heads), rest=y_up(np.array(rest)))


if __name__ == "__main__":
    main(*sys.argv[-5:])
