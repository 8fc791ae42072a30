// The song from end to end, and the moments around now with beats and standing feet.
import { bytes, type DanceData, type PageData } from "./data";
import type { Player } from "./player";

/** How much of the song the close view shows, in seconds. */
const CLOSE_SECONDS = 8;
const NARROW = 560;

interface Ink {
  text: string;
  faint: string;
  wave: string;
  played: string;
  accent: string;
  loop: string;
}

interface Lane {
  data: DanceData;
  foot: number;
  colour: string;
}

/** A canvas that is as sharp as the screen. */
class Sheet {
  readonly pen: CanvasRenderingContext2D;
  width = 0;
  height = 0;

  constructor(readonly canvas: HTMLCanvasElement) {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("this browser draws no canvas");
    this.pen = pen;
  }

  clear(): void {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, this.width, this.height);
  }
}

export class Timeline {
  private readonly whole: Sheet;
  private readonly close: Sheet;
  private readonly loudness: Uint8Array;
  private readonly bars: Set<number>;
  private ink: Ink = { text: "", faint: "", wave: "", played: "", accent: "", loop: "" };
  lanes: Lane[] = [];

  constructor(
    whole: HTMLCanvasElement,
    close: HTMLCanvasElement,
    private readonly page: PageData,
    private readonly player: Player,
  ) {
    this.whole = new Sheet(whole);
    this.close = new Sheet(close);
    this.loudness = bytes(page.loudness);
    this.bars = new Set(page.bars);
    this.scrubbing(whole, (x) => (x / Math.max(1, whole.clientWidth)) * page.seconds);
    this.pulling(close);
  }

  /** Which dancers' feet are shown. */
  show(dances: readonly { data: DanceData; colour: string }[]): void {
    this.lanes = dances.flatMap(({ data, colour }) => data.standing.map((_, foot) => ({ data, foot, colour })));
  }

  repaint(): void {
    const style = getComputedStyle(this.whole.canvas);
    const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    this.ink = { text: of("ink"), faint: of("faint"), wave: of("wave"), played: of("played"), accent: of("accent"), loop: of("loop") };
  }

  draw(now: number): void {
    this.drawWhole(now);
    this.drawClose(now);
  }

  private drawWhole(now: number): void {
    this.whole.clear();
    const { pen, width, height } = this.whole;
    const x = (seconds: number): number => (seconds / this.page.seconds) * width;
    const middle = height / 2;
    const { loop } = this.player;
    if (loop) {
      pen.fillStyle = this.ink.loop;
      rounded(pen, x(loop.from), 0, x(loop.to) - x(loop.from), height, 4);
    }
    const bar = 3;
    for (let left = 0; left < width; left += bar) {
      const seconds = ((left + bar / 2) / width) * this.page.seconds;
      const tall = Math.max(1.5, this.loud(seconds, (bar / width) * this.page.seconds) * (height - 6));
      pen.fillStyle = seconds <= now ? this.ink.played : this.ink.wave;
      rounded(pen, left, middle - tall / 2, bar - 1, tall, 1);
    }
    if (loop) for (const end of [loop.from, loop.to]) this.mark(pen, x(end), height);
    pen.fillStyle = this.ink.text;
    rounded(pen, Math.min(width - 2, Math.max(0, x(now) - 1)), 0, 2, height, 1);
  }

  private mark(pen: CanvasRenderingContext2D, x: number, height: number): void {
    pen.fillStyle = this.ink.accent;
    rounded(pen, x - 1.5, 0, 3, height, 1.5);
  }

  private drawClose(now: number): void {
    this.close.clear();
    const { pen, width, height } = this.close;
    if (!height) return;
    const span = this.span();
    const x = (seconds: number): number => width * (0.5 + (seconds - now) / span);
    const [first, last] = [now - span / 2, now + span / 2];
    for (const beat of this.page.beats) {
      if (beat < first || beat > last) continue;
      const bar = this.bars.has(beat);
      pen.fillStyle = this.ink.text;
      const near = Math.max(0, 1 - Math.abs(beat - now) / 0.12);
      pen.globalAlpha = Math.min(1, (bar ? 0.55 : 0.22) + 0.45 * near);
      pen.fillRect(Math.round(x(beat)) - (bar ? 1 : 0.5), 0, bar ? 2 : 1, height);
    }
    pen.globalAlpha = 1;
    this.drawLanes(x, first, last);
    pen.fillStyle = this.ink.faint;
    const [left, right] = [Math.max(0, x(0)), Math.min(width, x(this.page.seconds))];
    pen.fillRect(0, 0, left, height);
    pen.fillRect(right, 0, width - right, height);
    pen.fillStyle = this.ink.text;
    rounded(pen, width / 2 - 1, 0, 2, height, 1);
  }

  /** Bars where feet stand, a row a foot; the left foot over the right one. */
  private drawLanes(x: (seconds: number) => number, first: number, last: number): void {
    const { pen, height } = this.close;
    const gap = Math.min(3, height / (4 * Math.max(1, this.lanes.length)));
    const tall = Math.min(12, (height - gap) / Math.max(1, this.lanes.length) - gap);
    const top = (height - this.lanes.length * (tall + gap) + gap) / 2;
    this.lanes.forEach(({ data, foot, colour }, row) => {
      const toggles = data.standing[foot];
      pen.fillStyle = colour;
      pen.globalAlpha = foot % 2 ? 0.62 : 1;
      for (let at = 0; at < toggles.length; at += 2) {
        const [from, to] = [toggles[at] / data.fps, (toggles[at + 1] ?? data.frames) / data.fps];
        if (to < first || from > last) continue;
        rounded(pen, x(from), top + row * (tall + gap), Math.max(2, x(to) - x(from)), tall, Math.min(4, tall / 2));
      }
    });
    pen.globalAlpha = 1;
    if (this.close.width < NARROW || tall < 7) return;
    pen.font = `600 ${Math.min(9.5, tall)}px system-ui, sans-serif`;
    pen.textBaseline = "middle";
    pen.fillStyle = this.ink.text;
    this.lanes.forEach(({ data, foot }, row) => {
      pen.globalAlpha = 0.75;
      const letter = (data.feet[foot] ?? "").toLowerCase().startsWith("left") ? "L" : "R";
      pen.fillText(letter, 5, top + row * (tall + gap) + tall / 2 + 0.5);
    });
    pen.globalAlpha = 1;
  }

  private span(): number {
    return this.close.width < NARROW ? CLOSE_SECONDS / 2 : CLOSE_SECONDS;
  }

  /** The loudest of a stretch, 0 to 1. */
  private loud(seconds: number, stretch: number): number {
    if (!this.loudness.length) return 0;
    const at = (moment: number): number => Math.floor((moment / this.page.seconds) * this.loudness.length);
    let most = 0;
    for (let k = Math.max(0, at(seconds - stretch / 2)); k <= Math.min(this.loudness.length - 1, at(seconds + stretch / 2)); k++) {
      most = Math.max(most, this.loudness[k]);
    }
    return most / 255;
  }

  private scrubbing(canvas: HTMLCanvasElement, seconds: (x: number) => number): void {
    let end: "from" | "to" | null = null;
    const place = (event: PointerEvent): number => seconds(event.clientX - canvas.getBoundingClientRect().left);
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      end = this.endNear(event.clientX - canvas.getBoundingClientRect().left, canvas.clientWidth);
      if (!end) this.player.seek(place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) {
        const near = this.endNear(event.clientX - canvas.getBoundingClientRect().left, canvas.clientWidth);
        canvas.style.cursor = near ? "ew-resize" : "pointer";
      } else if (end) this.player.setEnd(end, place(event));
      else this.player.seek(place(event));
    });
  }

  /** The end of the loop that a pointer is at, if it is at one. */
  private endNear(x: number, width: number): "from" | "to" | null {
    const { loop } = this.player;
    if (!loop) return null;
    const away = (seconds: number): number => Math.abs((seconds / this.page.seconds) * width - x);
    const nearer = away(loop.from) < away(loop.to) ? "from" : "to";
    return away(loop[nearer]) < 7 ? nearer : null;
  }

  /** The close view is pulled along like a tape. */
  private pulling(canvas: HTMLCanvasElement): void {
    let last = 0;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      last = event.clientX;
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      this.player.seek(this.player.clock.now - ((event.clientX - last) / Math.max(1, canvas.clientWidth)) * this.span());
      last = event.clientX;
    });
  }
}

function rounded(pen: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  pen.beginPath();
  pen.roundRect(x, y, Math.max(0, width), Math.max(0, height), Math.max(0, Math.min(radius, width / 2, height / 2)));
  pen.fill();
}
