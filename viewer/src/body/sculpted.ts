// A body sculpted from round parts into one skin, when the page opens: it costs the file nothing.
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  Group,
  Matrix4,
  MeshStandardMaterial,
  Skeleton,
  SkinnedMesh,
} from "three";
import type { BodyData } from "../data";
import { bindingOf, type Binding, type Rig } from "../rig";
import type { Body, Palette } from "./body";
import { HAIR, away, partsOf, sampled, type Part } from "./field";
import { skinOf } from "./skin";
import { settled, surfaceOf } from "./surface";

/** Of the grid that a body is sculpted on, in metres. */
const CELL = 0.0125;
/** How softly colours pass into one another, in metres. */
const SOFT_COLOUR = 0.0018;
/** Hair lies over skin by so much, in metres: from the front, too, a dancer has some. */
const HAIR_OVER = 0.018;

interface Sculpture {
  geometry: BufferGeometry;
  binding: Binding;
  /** (V, kinds): how much of each kind a vertex is. */
  kinds: Float32Array;
}

const made = new WeakMap<BodyData, Sculpture>();

/** A dancer's body; dancers of one skeleton share what is the same. */
export function sculpted(rig: Rig, palette: Palette): Body {
  const sculpture = made.get(rig.data) ?? sculpt(rig.data);
  made.set(rig.data, sculpture);
  const geometry = sculpture.geometry.clone();
  geometry.setAttribute("color", new BufferAttribute(colours(sculpture.kinds, palette), 3));
  const material = new MeshStandardMaterial({ vertexColors: true, roughness: 0.62, metalness: 0 });
  const inverses = sculpture.binding.frames.map((frame) => frame.clone().invert());
  const mesh = new SkinnedMesh(geometry, material);
  mesh.bind(new Skeleton(rig.bones, inverses), new Matrix4());
  mesh.castShadow = mesh.receiveShadow = true;
  mesh.frustumCulled = false;
  const image = mesh.clone();
  image.bindMode = "detached";
  image.castShadow = image.receiveShadow = false;
  const mirrored = new Group();
  mirrored.scale.y = -1;
  mirrored.add(image);
  return {
    object: mesh,
    mirrored,
    fade(opacity: number): void {
      material.transparent = opacity < 1;
      material.opacity = opacity;
      material.needsUpdate = true;
    },
  };
}

function sculpt(data: BodyData): Sculpture {
  const binding = bindingOf(data);
  const parts = partsOf(data, binding);
  const field = sampled(parts, CELL);
  const { places, triangles } = surfaceOf(field);
  const normals = settled(field, places);
  const skin = skinOf(data, binding.points, places);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(places, 3));
  geometry.setAttribute("normal", new BufferAttribute(normals, 3));
  geometry.setAttribute("skinIndex", new BufferAttribute(skin.joints, 4));
  geometry.setAttribute("skinWeight", new BufferAttribute(skin.shares, 4));
  geometry.setIndex(new BufferAttribute(triangles, 1));
  return { geometry, binding, kinds: kindsOf(parts, places) };
}

const KINDS = 5;

function kindsOf(parts: readonly Part[], places: Float32Array): Float32Array {
  const count = places.length / 3;
  const kinds = new Float32Array(KINDS * count);
  for (let vertex = 0; vertex < count; vertex++) {
    const nearest = new Array<number>(KINDS).fill(Infinity);
    for (const part of parts) {
      const distance = away(part, places[3 * vertex], places[3 * vertex + 1], places[3 * vertex + 2]);
      if (distance < nearest[part.kind]) nearest[part.kind] = distance;
    }
    nearest[HAIR] -= HAIR_OVER;
    const first = Math.min(...nearest);
    const shares = nearest.map((distance) => Math.exp((first - distance) / SOFT_COLOUR));
    const sum = shares.reduce((total, share) => total + share, 0);
    shares.forEach((share, kind) => (kinds[KINDS * vertex + kind] = share / sum));
  }
  return kinds;
}

function colours(kinds: Float32Array, palette: Palette): Float32Array {
  const linear = palette.kinds.map((colour) => new Color(colour));
  const count = kinds.length / KINDS;
  const out = new Float32Array(3 * count);
  for (let vertex = 0; vertex < count; vertex++) {
    linear.forEach((colour, kind) => {
      const share = kinds[KINDS * vertex + kind];
      out[3 * vertex] += share * colour.r;
      out[3 * vertex + 1] += share * colour.g;
      out[3 * vertex + 2] += share * colour.b;
    });
  }
  return out;
}
