// Draws dancers: side by side, each in a panel of her own, or together on one floor.
import { LinearToneMapping, PCFShadowMap, PerspectiveCamera, Vector3, WebGLRenderer } from "three";
import { Eye, LOOK_HEIGHT } from "./camera";
import type { Dancer } from "./dancer";
import type { Colours, Theme } from "./data";
import { Stage } from "./stage";

export interface Look {
  theme: Theme;
  /** Whether the camera goes along with the dancer. */
  follow: boolean;
  skeleton: boolean;
  /** Whether several dancers share the picture instead of having a panel each. */
  together: boolean;
  /** Which dancers are shown. */
  shown: boolean[];
}

/** A dancer's part of the picture, as shares of it from its upper left corner. */
export interface Panel {
  dancers: Dancer[];
  left: number;
  top: number;
  width: number;
  height: number;
}

const FIELD_DEGREES = 30;
/** Quality is lowered by a step when pictures that take longer than the one have taken the other, in seconds. */
const SLOW_SECONDS = 0.03;
const PATIENCE_SECONDS = 1.5;
/** What takes longer than this was no picture, but a page that nobody looked at. */
const ASLEEP_SECONDS = 3;
const QUALITIES = [
  { pixels: 2, shadow: 2048, mirror: true },
  { pixels: 1.5, shadow: 1024, mirror: true },
  { pixels: 1, shadow: 1024, mirror: true },
  { pixels: 1, shadow: 512, mirror: false },
  { pixels: 0.6, shadow: 256, mirror: false },
];

export class Show {
  readonly eye: Eye;
  private readonly renderer: WebGLRenderer;
  private readonly stage: Stage;
  private readonly camera = new PerspectiveCamera(FIELD_DEGREES, 1, 0.05, 120);
  private readonly held: Vector3[];
  private quality: number;
  private slow = 0;
  /** Part of the picture's foot that controls lie over, in pixels. */
  covered = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly dancers: readonly Dancer[],
    readonly look: Look,
    private readonly looks: Record<Theme, Colours>,
  ) {
    this.stage = new Stage(looks);
    this.renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" });
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.renderer.toneMapping = LinearToneMapping;
    this.renderer.toneMappingExposure = 1;
    this.renderer.autoClear = false;
    this.quality = drawnInSoftware(this.renderer.getContext()) ? QUALITIES.length - 2 : 0;
    this.eye = new Eye(canvas);
    this.held = dancers.map((dancer) => dancer.centre(0, new Vector3()));
    for (const dancer of dancers) this.stage.scene.add(dancer.group);
    this.repaint();
  }

  /** Take up a changed `look`. */
  repaint(): void {
    this.stage.paint(this.look.theme);
    const { dancers } = this.looks[this.look.theme];
    this.dancers.forEach((dancer, number) => {
      dancer.dress(dancers[number % dancers.length]);
      dancer.skeleton(this.look.skeleton);
    });
    this.apply();
  }

  /** Hold the camera where dancers are now, for when it no longer follows. */
  hold(seconds: number): void {
    this.dancers.forEach((dancer, number) => dancer.centre(seconds, this.held[number]));
  }

  /** Which dancers are where in the picture. */
  panels(): Panel[] {
    const seen = this.dancers.filter((_, number) => this.look.shown[number]);
    if (this.look.together || seen.length < 2) return [{ dancers: seen, left: 0, top: 0, width: 1, height: 1 }];
    const [across, down] = this.grid(seen.length);
    return seen.map((dancer, number) => ({
      dancers: [dancer],
      left: (number % across) / across,
      top: Math.floor(number / across) / down,
      width: 1 / across,
      height: 1 / down,
    }));
  }

  /** Draw the poses and the view of a moment. */
  draw(seconds: number): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    if (this.canvas.width !== Math.floor(width * this.ratio()) || this.canvas.height !== Math.floor(height * this.ratio())) {
      this.renderer.setPixelRatio(this.ratio());
      this.renderer.setSize(width, height, false);
    }
    for (const dancer of this.dancers) dancer.show(seconds);
    this.renderer.setScissorTest(true);
    const high = Math.max(120, height - this.covered);
    for (const panel of this.panels()) {
      for (const dancer of this.dancers) dancer.group.visible = panel.dancers.includes(dancer);
      const last = panel.top + panel.height > 0.999;
      const [x, y] = [Math.round(panel.left * width), Math.round(panel.top * high)];
      const right = Math.round((panel.left + panel.width) * width);
      const bottom = last ? height : Math.round((panel.top + panel.height) * high);
      this.drawPanel(panel, seconds, [x, y, right - x, bottom - y], last ? height - high : 0);
    }
  }

  /** Note how long a picture took, and draw less finely if pictures take too long. */
  took(seconds: number): void {
    if (seconds > ASLEEP_SECONDS) return;
    this.slow = seconds > SLOW_SECONDS ? this.slow + seconds : Math.max(0, this.slow - 2 * seconds);
    if (this.slow < PATIENCE_SECONDS || this.quality + 1 >= QUALITIES.length) return;
    this.slow = 0;
    this.quality++;
    this.apply();
  }

  /** Draw as finely as there is, whatever it takes. */
  refine(): void {
    this.quality = 0;
    this.apply();
  }

  private drawPanel(panel: Panel, seconds: number, [x, y, width, height]: number[], covered: number): void {
    const { centre, reach } = this.centre(panel, seconds);
    const free = height - covered;
    this.camera.aspect = width / free;
    // The picture goes on under the controls, but its middle is that of what lies free.
    this.camera.clearViewOffset();
    this.camera.updateProjectionMatrix();
    this.eye.aim(this.camera, centre, reach);
    if (covered) this.camera.setViewOffset(width, free, 0, 0, width, height);
    const mirrored = QUALITIES[this.quality].mirror && !this.look.skeleton;
    for (const dancer of panel.dancers) dancer.mirror(mirrored);
    const horizon = new Vector3(0, 0, -1).applyQuaternion(this.camera.quaternion).setY(0).normalize().multiplyScalar(80);
    horizon.add(this.camera.position).setY(0).project(this.camera);
    this.stage.light(centre, reach, Math.min(1, Math.max(-0.2, 0.5 + horizon.y / 2)), mirrored);
    this.renderer.setViewport(x, this.canvas.clientHeight - y - height, width, height);
    this.renderer.setScissor(x, this.canvas.clientHeight - y - height, width, height);
    this.renderer.render(this.stage.scene, this.camera);
  }

  /** What a panel looks at, and how far its dancers are from there. */
  private centre(panel: Panel, seconds: number): { centre: Vector3; reach: number } {
    const places = panel.dancers.map((dancer) =>
      this.look.follow ? dancer.centre(seconds, new Vector3()) : this.held[this.dancers.indexOf(dancer)].clone(),
    );
    const centre = new Vector3();
    if (!places.length) return { centre, reach: 0 };
    for (const axis of ["x", "z"] as const) {
      const values = places.map((place) => place[axis]);
      centre[axis] = (Math.min(...values) + Math.max(...values)) / 2;
    }
    return { centre, reach: Math.max(...places.map((place) => place.distanceTo(centre))) };
  }

  /** How many panels across and down show `count` dancers largest. */
  private grid(count: number): [number, number] {
    const shapes = Array.from({ length: count }, (_, number): [number, number] => [number + 1, Math.ceil(count / (number + 1))]);
    const [width, height] = [this.canvas.clientWidth, Math.max(120, this.canvas.clientHeight - this.covered)];
    const size = ([across, down]: [number, number]): number => Math.min(width / across / 0.8, height / down);
    return shapes.reduce((best, shape) => (size(shape) > size(best) + 1 ? shape : best));
  }

  private ratio(): number {
    return Math.min(window.devicePixelRatio || 1, QUALITIES[this.quality].pixels);
  }

  private apply(): void {
    this.stage.sharpness(QUALITIES[this.quality].shadow);
  }

  /** How high above the floor cameras look, for whoever places labels. */
  static readonly lookHeight = LOOK_HEIGHT;
}

/** Whether pictures are drawn by the processor, as on machines without a graphics card. */
function drawnInSoftware(context: WebGLRenderingContext | WebGL2RenderingContext): boolean {
  const known = context.getExtension("WEBGL_debug_renderer_info");
  const name = known ? String(context.getParameter(known.UNMASKED_RENDERER_WEBGL)) : "";
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
