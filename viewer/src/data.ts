// What the page is given: JSON that ballo/export/html.py writes. Metres, seconds, Y up, facing +Z, as in all of ballo.

/** A skeleton, and the round parts that make its body: `points` [joint, x, y, z] ride on joints in rest frames, and `parts`
 * [point, point, radius, radius, kind] run between points; a point below the number of joints is that joint itself. */
export interface BodyData {
  joints: string[];
  parents: number[];
  offsets: [number, number, number][];
  points: [number, number, number, number][];
  parts: [number, number, number, number, number][];
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
