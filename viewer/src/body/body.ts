// What the viewer asks of a body. To show another one (a character from a file, say), write another maker.
import type { Object3D } from "three";
import type { Rig } from "../rig";

/** Colours by kind of part: trunk, left and right limbs, skin, hair. sRGB, as 0xrrggbb. */
export interface Palette {
  name: string;
  kinds: readonly [number, number, number, number, number];
  /** The one colour that stands for the dancer on the timeline and in labels. */
  accent: string;
}

/** A body that follows a rig's bones by itself once it stands in the scene. */
export interface Body {
  readonly object: Object3D;
  /** Her image in the floor, or null if this body has none. */
  readonly mirrored: Object3D | null;
  /** 1 is solid; less lets a skeleton be seen inside. */
  fade(opacity: number): void;
}

export type BodyMaker = (rig: Rig, palette: Palette) => Body;
