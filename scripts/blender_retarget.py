"""Put ballo's dance on a character of your own, in Blender 4.5 or 5.x, without an add-on.

In Blender: import the dance (.glb, .fbx, .bvh or USD) and the character; select the dance's armature, then with Ctrl the
character's, so that it is the active one; *Scripting* workspace, *Open* this file, *Run Script*. The dance is baked into the
character's bones, a key on every frame; the dance's armature can be deleted then.

Characters whose bones are called as those of `FAMILIES` are known: Mixamo, Rigify (its metarig, and the rig that *Generate Rig*
makes of it, whose limbs are set to FK), Unreal's mannequins, VRoid Studio's. For another, add a line to `FAMILIES`.

How it goes, as add-ons do it: the character's limbs are turned to stand as the dancer does at rest; each of its bones gets a
twin on the dancer's bone, turned as the character's is, and copies the twin's rotation, the hips its place as well; that is
baked. The dancer is scaled for so long, so that the character's feet are on the floor whatever its height.
"""

import bpy
from mathutils import Matrix, Quaternion, Vector

SIDED = ("Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")
TRUNK = ("Hips", "Spine", "Neck", "Head")
FAMILIES = {
    "Rigify's rig": (
        ("torso", "chest", "neck", "head"),
        ("upper_arm_fk.{}", "forearm_fk.{}", "hand_fk.{}", "thigh_fk.{}", "shin_fk.{}", "foot_fk.{}", "toe_fk.{}"),
        "LR",
    ),
    "Rigify's metarig": (
        ("spine", "spine.001", "spine.004", "spine.006"),
        ("upper_arm.{}", "forearm.{}", "hand.{}", "thigh.{}", "shin.{}", "foot.{}", "toe.{}"),
        "LR",
    ),
    "Mixamo": (TRUNK, tuple("{}" + name for name in SIDED), ("Left", "Right")),
    "Unreal": (
        ("pelvis", "spine_01", "neck_01", "head"),
        ("upperarm_{}", "lowerarm_{}", "hand_{}", "thigh_{}", "calf_{}", "foot_{}", "ball_{}"),
        "lr",
    ),
    "VRoid": (
        ("J_Bip_C_Hips", "J_Bip_C_Spine", "J_Bip_C_Neck", "J_Bip_C_Head"),
        tuple(f"J_Bip_{{}}_{name}" for name in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "ToeBase")),
        "LR",
    ),
}
"""Bones of the trunk as `TRUNK` has them, of a side as `SIDED` has them, and how sides are called, left first."""
MUST_HAVE = ("Hips", "LeftArm", "RightArm", "LeftUpLeg", "RightUpLeg")
POINTING = {"Arm": "ForeArm", "ForeArm": "Hand", "UpLeg": "Leg", "Leg": "Foot"}
"""Bones that have to point as the dancer's do, and where hers end."""
TWIN = ".twin"


def bones(armature: bpy.types.Object) -> dict[str, str]:
    """An armature's bones under Mixamo's names: "LeftArm" to whatever it calls that bone. Prefixes ("mixamorig:") do not count.

    Raises:
        ValueError: it is of no family.
    """
    there = {bone.name.rsplit(":", 1)[-1]: bone.name for bone in armature.data.bones}
    for trunk, limbs, sides in FAMILIES.values():
        named = dict(zip(TRUNK, trunk, strict=True))
        for side, letter in zip(("Left", "Right"), sides, strict=True):
            named |= {side + name: limb.format(letter) for name, limb in zip(SIDED, limbs, strict=True)}
        if all(named[name] in there for name in MUST_HAVE):
            return {name: there[bone] for name, bone in named.items() if bone in there}
    known = ", ".join(FAMILIES)
    raise ValueError(f"the bones of {armature.name} have names that are none of {known}: add them to FAMILIES")


def retarget(dancer: bpy.types.Object, character: bpy.types.Object) -> dict[str, str]:
    """Bake the dancer's action into the character; which bone of hers went to which of its, by name."""
    hers, its = bones(dancer), bones(character)
    pairs = {hers[name]: its[name] for name in its if name in hers}
    scale, place = dancer.scale.copy(), dancer.location.copy()
    first, last = (int(frame) for frame in dancer.animation_data.action.frame_range)
    for bone in character.pose.bones:
        bone.matrix_basis = Matrix()
        if "IK_FK" in bone:
            bone["IK_FK"] = 1.0
    dancer.scale *= hips_height(character, its) / hips_height(dancer, hers)
    bpy.context.view_layer.update()
    stand_alike(dancer, character, hers, its)
    follow(dancer, character, pairs, its["Hips"])
    bake(character, set(pairs.values()), first, last)
    edited(dancer)
    for theirs in pairs.values():
        dancer.data.edit_bones.remove(dancer.data.edit_bones[theirs + TWIN])
    bpy.ops.object.mode_set(mode="OBJECT")
    dancer.scale, dancer.location = scale, place
    return pairs


def hips_height(armature: bpy.types.Object, named: dict[str, str]) -> float:
    """Metres from the lowest of its bones that are known to its hips, at rest."""
    heights = [(armature.matrix_world @ armature.data.bones[bone].head_local).z for bone in named.values()]
    return (armature.matrix_world @ armature.data.bones[named["Hips"]].head_local).z - min(heights)


def stand_alike(dancer: bpy.types.Object, character: bpy.types.Object, hers: dict[str, str], its: dict[str, str]) -> None:
    """Pose the character's arms and legs so that they point as hers do at rest, a T-pose, its feet as flat as before."""
    for side in ("Left", "Right"):
        for start, end in POINTING.items():
            if not all(side + name in named for name in (start, end) for named in (hers, its)):
                continue
            bone = character.pose.bones[its[side + start]]
            ends = [dancer.data.bones[hers[side + name]].head_local for name in (start, end)]
            wanted = dancer.matrix_world.to_3x3() @ (ends[1] - ends[0])
            there = character.matrix_world @ bone.matrix
            end_bone = character.pose.bones[its[side + end]]
            points = (character.matrix_world @ end_bone.matrix).translation - there.translation
            turn: Quaternion = points.rotation_difference(wanted)
            fixed = Matrix.Translation(there.translation)
            bone.matrix = character.matrix_world.inverted() @ fixed @ turn.to_matrix().to_4x4() @ fixed.inverted() @ there
            bpy.context.view_layer.update()
        if side + "Foot" in its:
            foot = character.pose.bones[its[side + "Foot"]]
            foot.matrix = Matrix.Translation(foot.matrix.translation) @ foot.bone.matrix_local.to_3x3().to_4x4()
            bpy.context.view_layer.update()


def follow(dancer: bpy.types.Object, character: bpy.types.Object, pairs: dict[str, str], hips: str) -> None:
    """Give the dancer twins of the character's bones as they stand now, and let it copy them."""
    stands = {theirs: character.matrix_world @ character.pose.bones[theirs].matrix for theirs in pairs.values()}
    edited(dancer)
    for ours, theirs in pairs.items():
        twin = dancer.data.edit_bones.new(theirs + TWIN)
        twin.head, twin.tail = Vector(), Vector((0, 0.1, 0))
        turned = (dancer.matrix_world.inverted() @ stands[theirs]).to_3x3().normalized().to_4x4()
        twin.matrix = Matrix.Translation(dancer.data.edit_bones[ours].head) @ turned
        twin.parent = dancer.data.edit_bones[ours]
    bpy.ops.object.mode_set(mode="OBJECT")
    for theirs in pairs.values():
        for kind in ("COPY_ROTATION", "COPY_LOCATION") if theirs == hips else ("COPY_ROTATION",):
            copy = character.pose.bones[theirs].constraints.new(kind)
            copy.target, copy.subtarget = dancer, theirs + TWIN


def bake(character: bpy.types.Object, names: set[str], first: int, last: int) -> None:
    """Key what its constraints do, and take the constraints away."""
    edited(character, "POSE")
    for bone in character.pose.bones:
        (bone if hasattr(bone, "select") else bone.bone).select = bone.name in names
    bpy.ops.nla.bake(
        frame_start=first, frame_end=last, visual_keying=True, only_selected=True, clear_constraints=True, bake_types={"POSE"}
    )
    bpy.ops.object.mode_set(mode="OBJECT")


def edited(armature: bpy.types.Object, mode: str = "EDIT") -> None:
    """Make it the active one and enter a mode."""
    if bpy.context.object and bpy.context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.object.select_all(action="DESELECT")
    armature.select_set(True)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode=mode)


if __name__ == "__main__":
    chosen = [thing for thing in bpy.context.selected_objects if thing.type == "ARMATURE"]
    if len(chosen) != 2 or bpy.context.object not in chosen:
        raise ValueError("select the dance's armature, then with Ctrl the character's")
    dancer = next(thing for thing in chosen if thing is not bpy.context.object)
    for ours, theirs in retarget(dancer, bpy.context.object).items():
        print(f"{ours} -> {theirs}")
