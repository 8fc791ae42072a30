// A dancer's joints in the scene: what bodies hang on, whatever they are made of.
import { Bone, Group, Matrix4, Quaternion, Vector3 } from "three";
import type { BodyData } from "./data";
import type { Pose } from "./motion";

/** Bones named and nested as the skeleton's joints, in its order. */
export class Rig {
  readonly root = new Group();
  readonly bones: Bone[];

  constructor(readonly data: BodyData) {
    this.bones = data.joints.map((name, joint) => {
      const bone = new Bone();
      bone.name = name;
      bone.position.fromArray(data.offsets[joint]);
      return bone;
    });
    data.parents.forEach((parent, joint) => (parent < 0 ? this.root : this.bones[parent]).add(this.bones[joint]));
  }

  take(pose: Pose): void {
    this.bones[0].position.fromArray(pose.root);
    this.bones.forEach((bone, joint) => bone.quaternion.fromArray(pose.turns, 4 * joint));
  }

  /** Where joint `joint` is in the world, after the scene's matrices were brought up to date. */
  place(joint: number, into: Vector3): Vector3 {
    return into.setFromMatrixPosition(this.bones[joint].matrixWorld);
  }
}

/** The skeleton in the pose that bodies are made in: legs apart and arms a little lowered, so that no parts grow together. */
export interface Binding {
  /** Each joint's frame, in metres. */
  frames: Matrix4[];
  /** Where each point of the body is (those that are joints first). */
  points: Vector3[];
}

const SPREAD: Record<string, number> = { left_hip: 0.2, right_hip: -0.2, left_shoulder: -0.35, right_shoulder: 0.35 };

export function bindingOf(data: BodyData): Binding {
  const frames: Matrix4[] = [];
  const forward = new Vector3(0, 0, 1);
  const one = new Vector3(1, 1, 1);
  data.joints.forEach((name, joint) => {
    const turn = new Quaternion().setFromAxisAngle(forward, SPREAD[name] ?? 0);
    const local = new Matrix4().compose(new Vector3().fromArray(data.offsets[joint]), turn, one);
    const parent = data.parents[joint];
    frames.push(parent < 0 ? local : frames[parent].clone().multiply(local));
  });
  const joints = frames.map((frame) => new Vector3().setFromMatrixPosition(frame));
  const riding = data.points.map(([joint, x, y, z]) => new Vector3(x, y, z).applyMatrix4(frames[joint]));
  return { frames, points: [...joints, ...riding] };
}
