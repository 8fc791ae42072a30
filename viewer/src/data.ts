// What the page is given: JSON that ballo/export/html.py writes. Metres, seconds, Y up, facing +Z, as in all of ballo.

/** A skeleton and its body: `glb` is base64 of zlib's bytes of a .glb, and `nodes` those of its nodes that are the joints. */
export interface BodyData {
  joints: string[];
  parents: number[];
  nodes: number[];
  glb: string;
}

/** A dance: `motion` is what `ballo.export.packing` packed; `standing` has, for each foot, frames at which it comes down and
 * leaves by turns. */
export interface DanceData {
  label: string;
  about: string;
  body: number;
  fps: number;
  frames: number;
  turn_step: number;
  metre_step: number;
  motion: string;
  feet: string[];
  standing: number[][];
}

/** Colours by kind of part: trunk, left and right limbs, skin, hair. */
export type Clothes = readonly [string, string, string, string, string];

/** The film's colours by day or by night (ballo/export/theme.py), as "#rrggbb": the room's, and each dancer's. */
export interface Colours {
  haze: string;
  sky: string;
  floor: string;
  pool: string;
  dancers: Clothes[];
}

export type Theme = "light" | "dark";

/** Everything but the sound, which stands in an element of its own. */
export interface PageData {
  format: number;
  title: string;
  subtitle: string;
  seconds: number;
  sound: { type: string; seconds: number } | null;
  beats: number[];
  bars: number[];
  loudness: string;
  looks: Record<Theme, Colours>;
  bodies: BodyData[];
  dances: DanceData[];
}

/** Bytes from base64. */
export function bytes(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64.trim());
  const out = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) out[at] = text.charCodeAt(at);
  return out;
}

/** Bytes from zlib's. */
export async function inflated(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
