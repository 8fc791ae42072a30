// Colours: dancers', and the room's by day and by night.

/** Colours by kind of part: trunk, left and right limbs, skin, hair. sRGB, as 0xrrggbb. */
export interface Palette {
  name: string;
  kinds: readonly [number, number, number, number, number];
  /** The one colour that stands for the dancer on the timeline and in labels. */
  accent: string;
}

/** The first is the film's dancer (ballo/export/picture.py); the others keep their distance from her and from one another. */
export const PALETTES: readonly Palette[] = [
  { name: "coral", kinds: [0x39425f, 0xe2704f, 0xa83e64, 0xf0cdb4, 0x3a2c33], accent: "#e2704f" },
  { name: "teal", kinds: [0x2e4a4e, 0x2fa79b, 0x1f6f8b, 0xe8c3a4, 0x2b2a30], accent: "#2fa79b" },
  { name: "gold", kinds: [0x4f4636, 0xe0a52e, 0xa8741f, 0xf2d3b8, 0x4a3524], accent: "#d99a1c" },
  { name: "violet", kinds: [0x3c3358, 0x8f78e0, 0x6a4fb5, 0xefcdb8, 0x2c2438], accent: "#8f78e0" },
];

export interface Room {
  /** The air at the horizon, which the floor fades into. */
  haze: number;
  /** The air above. */
  sky: number;
  floor: number;
  pool: number;
  line: number;
  lineStrength: number;
  shadow: number;
  mirror: number;
  ambient: { sky: number; ground: number; strength: number };
  key: { colour: number; strength: number };
  rim: { colour: number; strength: number };
}

export const ROOMS: Record<"light" | "dark", Room> = {
  light: {
    haze: 0xe9ecf2,
    sky: 0xd5dce8,
    floor: 0xe3e2e1,
    pool: 0xf7f4ef,
    line: 0x8d93a3,
    lineStrength: 0.34,
    shadow: 0.34,
    mirror: 0.13,
    ambient: { sky: 0xdfe8fb, ground: 0xb79f8e, strength: 1.6 },
    key: { colour: 0xfff2e0, strength: 2.8 },
    rim: { colour: 0xcfdcff, strength: 1.3 },
  },
  dark: {
    haze: 0x12141c,
    sky: 0x0b0c12,
    floor: 0x171a23,
    pool: 0x2b2f3d,
    line: 0x8c98b8,
    lineStrength: 0.2,
    shadow: 0.55,
    mirror: 0.24,
    ambient: { sky: 0x8fa3d8, ground: 0x5a4a58, strength: 1.25 },
    key: { colour: 0xffe6c8, strength: 2.6 },
    rim: { colour: 0x8fb0ff, strength: 2.6 },
  },
};
