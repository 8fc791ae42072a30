// What is seen of a dancer: her meshes, their image in the floor, and how she lets a skeleton be seen inside.
import { Group, Matrix4, MeshStandardMaterial, SkinnedMesh, type Material, type Mesh } from "three";
import type { Clothes } from "../data";

const OVER = new Matrix4().makeScale(1, -1, 1);

export class Body {
  /** Her image in the floor. */
  readonly mirrored = new Group();
  /** What is drawn, unseen, before a body that is seen through, so that only her nearest side is. */
  readonly veils = new Group();
  private readonly rigid: { mesh: Mesh; copies: { mesh: Mesh; over: boolean }[] }[] = [];
  private readonly solid: { material: Material; transparent: boolean; opacity: number }[];

  constructor(meshes: readonly Mesh[], materials: readonly Material[]) {
    this.solid = materials.map((material) => ({ material, transparent: material.transparent, opacity: material.opacity }));
    this.mirrored.scale.y = -1;
    const unseen = new Map(materials.map((material) => [material, veil(material)]));
    for (const mesh of meshes) {
      mesh.castShadow = mesh.receiveShadow = true;
      mesh.frustumCulled = false;
      const [image, before] = [this.copy(mesh, this.mirrored, true), this.copy(mesh, this.veils, false)];
      image.castShadow = image.receiveShadow = before.castShadow = before.receiveShadow = false;
      before.renderOrder = -1;
      before.material = Array.isArray(mesh.material) ? mesh.material.map((one) => unseen.get(one) ?? one) : (unseen.get(mesh.material) ?? mesh.material);
    }
    this.veils.visible = false;
  }

  /** Give her colours of her own, where her model leaves them open by saying which kind of surface a material is. */
  dress(clothes: Clothes): void {
    for (const { material } of this.solid) {
      const kind: unknown = material.userData["kind"];
      if (material instanceof MeshStandardMaterial && typeof kind === "number") material.color.set(clothes[kind]);
    }
  }

  /** Bring what is no skin along, after the scene's matrices were brought up to date. */
  follow(): void {
    for (const { mesh, copies } of this.rigid) {
      for (const copy of copies) {
        copy.mesh.matrixWorld.copy(mesh.matrixWorld);
        if (copy.over) copy.mesh.matrixWorld.premultiply(OVER);
      }
    }
  }

  /** 1 is solid; less lets a skeleton be seen inside. */
  fade(opacity: number): void {
    for (const { material, ...own } of this.solid) {
      material.transparent = own.transparent || opacity < 1;
      material.opacity = own.opacity * opacity;
      material.needsUpdate = true;
    }
    this.veils.visible = opacity < 1;
  }

  private copy(mesh: Mesh, into: Group, over: boolean): Mesh {
    const made = mesh.clone(false);
    into.add(made);
    if (made instanceof SkinnedMesh) {
      // Bones bring it to where the first one is, and what it hangs on from there to its own place.
      made.bindMode = "detached";
      made.position.set(0, 0, 0);
      made.quaternion.identity();
      made.scale.set(1, 1, 1);
    } else {
      made.matrixAutoUpdate = made.matrixWorldAutoUpdate = false;
      const known = this.rigid.find((one) => one.mesh === mesh);
      if (known) known.copies.push({ mesh: made, over });
      else this.rigid.push({ mesh, copies: [{ mesh: made, over }] });
    }
    return made;
  }
}

/** A material that says only how near its surface is. */
function veil(material: Material): Material {
  const made = material.clone();
  made.colorWrite = false;
  made.depthWrite = !material.transparent;
  return made;
}
