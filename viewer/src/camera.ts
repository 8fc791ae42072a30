// Where the picture is taken from: around a point, by mouse, fingers and wheel, with a little weight.
import { PerspectiveCamera, Vector3 } from "three";

export const LOOK_HEIGHT = 0.9;
const HOME = { azimuth: 0.42, elevation: 0.16, distance: 4.1 };
const NEAREST = 1.2;
const FARTHEST = 14;
const LOWEST = -0.02;
const HIGHEST = 1.5;
/** In a narrow picture a dancer still has this much room to either side, in metres, at the distance of home. */
const ROOM_WIDTH = 1.95;
const ROOM_HEIGHT = 2.35;
/** Seconds in which a turn that was let go of falls to 1/e. */
const WEIGHT = 0.12;

export class Eye {
  private azimuth = HOME.azimuth;
  private elevation = HOME.elevation;
  private distance = HOME.distance;
  private spin = { azimuth: 0, elevation: 0 };
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private touched = 0;
  /** How far what is looked at was moved aside, on the floor and in height. */
  readonly shift = new Vector3();

  constructor(private readonly surface: HTMLElement) {
    surface.addEventListener("pointerdown", (event) => this.press(event));
    surface.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"] as const) {
      surface.addEventListener(name, (event) => this.fingers.delete(event.pointerId));
    }
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
    surface.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.0022));
      },
      { passive: false },
    );
  }

  home(): void {
    [this.azimuth, this.elevation, this.distance] = [HOME.azimuth, HOME.elevation, HOME.distance];
    this.spin = { azimuth: 0, elevation: 0 };
    this.shift.set(0, 0, 0);
  }

  zoom(factor: number): void {
    this.distance = Math.min(FARTHEST, Math.max(NEAREST, this.distance * factor));
  }

  turn(azimuth: number, elevation = 0): void {
    this.azimuth += azimuth;
    this.elevation = Math.min(HIGHEST, Math.max(LOWEST, this.elevation + elevation));
  }

  /** Let what was pushed roll out. */
  step(seconds: number): void {
    if (this.fingers.size) return;
    this.turn(this.spin.azimuth * seconds, this.spin.elevation * seconds);
    const left = Math.exp(-seconds / WEIGHT);
    this.spin.azimuth *= left;
    this.spin.elevation *= left;
  }

  /** Point a camera at `centre`, far enough for `reach` more metres to either side. */
  aim(camera: PerspectiveCamera, centre: Vector3, reach: number): void {
    const half = Math.tan((camera.fov * Math.PI) / 360);
    // Those who are farther ahead stand lower in the picture.
    const high = (ROOM_HEIGHT + 0.9 * reach) / (2 * half);
    const needed = Math.max(high, (ROOM_WIDTH + 2 * reach) / (2 * half * camera.aspect));
    const distance = (this.distance / HOME.distance) * needed;
    const target = centre.clone().add(this.shift);
    target.y += LOOK_HEIGHT;
    const flat = Math.cos(this.elevation) * distance;
    camera.position.set(
      target.x + flat * Math.sin(this.azimuth),
      Math.max(0.06, target.y + distance * Math.sin(this.elevation)),
      target.z + flat * Math.cos(this.azimuth),
    );
    camera.lookAt(target);
    camera.updateMatrixWorld();
  }

  private press(event: PointerEvent): void {
    this.surface.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.spin = { azimuth: 0, elevation: 0 };
    this.touched = event.timeStamp;
  }

  private drag(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
    const seconds = Math.max(0.004, (event.timeStamp - this.touched) / 1000);
    this.touched = event.timeStamp;
    if (others.length) {
      const other = others[0];
      const span = (place: { x: number; y: number }): number => Math.hypot(place.x - other.x, place.y - other.y);
      this.zoom(span(before) / Math.max(1, span({ x: event.clientX, y: event.clientY })));
      this.push(dx / 2, dy / 2);
    } else if (event.buttons & 6 || event.shiftKey) {
      this.push(dx, dy);
    } else {
      const pace = 5.2 / Math.max(320, Math.min(900, this.surface.clientHeight));
      this.turn(-dx * pace, dy * pace * 0.8);
      const kept = 0.6;
      this.spin.azimuth = kept * this.spin.azimuth + (1 - kept) * ((-dx * pace) / seconds);
      this.spin.elevation = kept * this.spin.elevation + (1 - kept) * ((dy * pace * 0.8) / seconds);
    }
    before.x = event.clientX;
    before.y = event.clientY;
  }

  /** Move what is looked at along with a finger. */
  private push(dx: number, dy: number): void {
    const metres = (this.distance * 0.62) / Math.max(200, this.surface.clientHeight);
    this.shift.x -= dx * metres * Math.cos(this.azimuth);
    this.shift.z += dx * metres * Math.sin(this.azimuth);
    this.shift.y = Math.min(1.2, Math.max(-0.8, this.shift.y + dy * metres));
  }
}

/** A dancer's path, smoothed both ways in time, so that a camera may follow it and a scrub finds it where a play does. */
export function pathOf(root: Float32Array, frames: number, fps: number): Float32Array {
  const reach = Math.max(1, Math.round(0.5 * fps));
  let path = Float32Array.from(root);
  for (let pass = 0; pass < 3; pass++) path = averaged(path, frames, reach);
  return path;
}

function averaged(values: Float32Array, frames: number, reach: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let axis = 0; axis < 3; axis++) {
    const at = (frame: number): number => values[3 * Math.min(frames - 1, Math.max(0, frame)) + axis];
    let sum = 0;
    for (let frame = -reach; frame <= reach; frame++) sum += at(frame);
    for (let frame = 0; frame < frames; frame++) {
      out[3 * frame + axis] = sum / (2 * reach + 1);
      sum += at(frame + reach + 1) - at(frame - reach);
    }
  }
  return out;
}
