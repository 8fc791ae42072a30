// A dancer's joints in the scene: nodes of her model that a pose turns, whatever hangs on them.
import type { Object3D, Vector3 } from "three";
import type { BodyData } from "./data";
import type { Pose } from "./motion";

export class Rig {
  constructor(
    readonly data: BodyData,
    readonly root: Object3D,
    /** A node for each joint, in the skeleton's order. */
    readonly nodes: readonly Object3D[],
  ) {}

  take(pose: Pose): void {
    this.nodes[0].position.fromArray(pose.root);
    this.nodes.forEach((node, joint) => node.quaternion.fromArray(pose.turns, 4 * joint));
  }

  /** Where joint `joint` is in the world, after the scene's matrices were brought up to date. */
  place(joint: number, into: Vector3): Vector3 {
    return into.setFromMatrixPosition(this.nodes[joint].matrixWorld);
  }

  /** Bring a place of the root's, as poses have it, to the world. */
  toWorld(place: Vector3): Vector3 {
    const above = this.nodes[0].parent;
    if (!above) return place;
    above.updateWorldMatrix(true, false);
    return place.applyMatrix4(above.matrixWorld);
  }
}
