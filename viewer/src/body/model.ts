// A body from a .glb: ballo's own dancer, or a character of the user's, as the page holds it.
import { Camera, Light, Mesh, type Material, type Object3D } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { clone } from "three/addons/utils/SkeletonUtils.js";
import { bytes, inflated, type BodyData } from "../data";
import { Rig } from "../rig";
import { Body } from "./body";

/** Metal mirrors what is around it, and there is little around a dancer here: more than this would be black. */
const MOST_METAL = 0.35;

/** A model that was read, of which dancers are made. */
export class Model {
  private constructor(
    private readonly data: BodyData,
    private readonly scene: Object3D,
    private readonly joints: readonly Object3D[],
  ) {}

  static async read(data: BodyData): Promise<Model> {
    const { buffer } = await inflated(bytes(data.glb));
    const { scene, parser } = await new GLTFLoader().parseAsync(buffer, "");
    const joints = (await parser.getDependencies("node")) as Object3D[];
    const beside: Object3D[] = [];
    scene.traverse((one) => (one instanceof Light || one instanceof Camera) && beside.push(one));
    for (const one of beside) one.removeFromParent();
    return new Model(data, scene, data.nodes.map((node) => joints[node]));
  }

  /** A dancer of her own. */
  dancer(): { rig: Rig; body: Body } {
    const root = clone(this.scene);
    const copies = new Map<Object3D, Object3D>();
    together(this.scene, root, (one, copy) => copies.set(one, copy));
    const nodes = this.joints.map((joint) => copies.get(joint));
    if (!nodes.every((node) => node !== undefined)) throw new Error("a joint is not in the character's scene");
    const materials = new Map<Material, Material>();
    const meshes: Mesh[] = [];
    root.traverse((one) => {
      if (!(one instanceof Mesh)) return;
      meshes.push(one);
      const painted = (material: Material): Material => {
        const made = materials.get(material) ?? dulled(material.clone());
        materials.set(material, made);
        return made;
      };
      one.material = Array.isArray(one.material) ? one.material.map(painted) : painted(one.material as Material);
    });
    return { rig: new Rig(this.data, root, nodes), body: new Body(meshes, [...materials.values()]) };
  }
}

function together(one: Object3D, other: Object3D, act: (one: Object3D, other: Object3D) => void): void {
  act(one, other);
  one.children.forEach((child, number) => together(child, other.children[number], act));
}

function dulled(material: Material): Material {
  if ("metalness" in material && typeof material.metalness === "number") material.metalness = Math.min(material.metalness, MOST_METAL);
  return material;
}
