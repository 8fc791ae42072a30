// The room: air, floor, lights and shadows.
import {
  Color,
  DirectionalLight,
  HemisphereLight,
  Mesh,
  PlaneGeometry,
  Scene,
  ShaderMaterial,
  ShadowMaterial,
  Vector3,
} from "three";
import type { Colours, Theme } from "./data";
import { ROOMS } from "./rooms";

const FLOOR_METRES = 60;
const FLOOR_SHARE = 0.3;
const KEY_FROM = new Vector3(2.2, 4.6, 2.6);
const RIM_FROM = new Vector3(-2.6, 2.8, -3.2);

const FLOOR_VERTEX = `
varying vec3 place;
void main() {
  place = (modelMatrix * vec4(position, 1.0)).xyz;
  gl_Position = projectionMatrix * viewMatrix * vec4(place, 1.0);
}`;

// Lines half a metre apart, every second one stronger, each as wide as the floor it covers, fading into the haze.
const FLOOR_FRAGMENT = `
varying vec3 place;
uniform vec3 haze, ground, pool, line, centre;
uniform float lineStrength, opacity;
float lines(float spacing) {
  vec2 at = place.xz / spacing;
  vec2 wide = max(fwidth(at), vec2(1e-5));
  vec2 half_width = vec2(0.006 / spacing);
  vec2 away = abs(fract(at - 0.5) - 0.5);
  vec2 cover = clamp((half_width + 0.5 * wide - away) / wide, 0.0, 1.0) * min(vec2(1.0), 2.0 * half_width / wide + 0.35);
  return max(cover.x, cover.y) * (1.0 - smoothstep(0.15, 0.6, max(wide.x, wide.y)));
}
float noise(vec2 at) { return fract(sin(dot(at, vec2(12.9898, 78.233))) * 43758.5453) - 0.5; }
void main() {
  float away = distance(place.xz, centre.xz);
  vec3 colour = mix(ground, pool, exp(-away * away / 7.0));
  float mark = max(lines(1.0), 0.5 * lines(0.5)) * lineStrength * exp(-away * 0.16);
  colour = mix(colour, line, mark);
  float far = smoothstep(3.0, 16.0, away);
  colour = mix(colour, haze, far);
  gl_FragColor = vec4(colour, mix(opacity, 1.0, smoothstep(0.8, 4.0, away)));
  #include <colorspace_fragment>
  gl_FragColor.rgb += noise(gl_FragCoord.xy) / 255.0;
}`;

const SKY_VERTEX = `
varying vec2 at;
void main() { at = uv; gl_Position = vec4(position.xy, 1.0, 1.0); }`;

const SKY_FRAGMENT = `
varying vec2 at;
uniform vec3 haze, sky;
uniform float horizon;
float noise(vec2 at) { return fract(sin(dot(at, vec2(12.9898, 78.233))) * 43758.5453) - 0.5; }
void main() {
  gl_FragColor = vec4(mix(haze, sky, smoothstep(horizon, 1.25, at.y)), 1.0);
  #include <colorspace_fragment>
  gl_FragColor.rgb += noise(gl_FragCoord.xy) / 255.0;
}`;

export class Stage {
  readonly scene = new Scene();
  private readonly key = new DirectionalLight();
  private readonly rim = new DirectionalLight();
  private readonly ambient = new HemisphereLight();
  private readonly shade = new ShadowMaterial();
  private readonly sky = new ShaderMaterial({
    vertexShader: SKY_VERTEX,
    fragmentShader: SKY_FRAGMENT,
    uniforms: { haze: { value: new Color() }, sky: { value: new Color() }, horizon: { value: 0.5 } },
    depthWrite: false,
    depthTest: false,
  });
  private readonly floor = new ShaderMaterial({
    vertexShader: FLOOR_VERTEX,
    fragmentShader: FLOOR_FRAGMENT,
    uniforms: {
      haze: { value: new Color() },
      ground: { value: new Color() },
      pool: { value: new Color() },
      line: { value: new Color() },
      centre: { value: new Vector3() },
      lineStrength: { value: 0 },
      opacity: { value: 1 },
    },
    transparent: true,
  });

  constructor(private readonly looks: Record<Theme, Colours>) {
    const backdrop = new Mesh(new PlaneGeometry(2, 2), this.sky);
    backdrop.frustumCulled = false;
    backdrop.renderOrder = -10;
    const ground = new Mesh(new PlaneGeometry(FLOOR_METRES, FLOOR_METRES).rotateX(-Math.PI / 2), this.floor);
    ground.renderOrder = 1;
    const shaded = new Mesh(new PlaneGeometry(8, 8).rotateX(-Math.PI / 2), this.shade);
    shaded.receiveShadow = true;
    shaded.position.y = 0.001;
    shaded.renderOrder = 2;
    this.shaded = shaded;
    this.ground = ground;
    const box = this.key.shadow.camera;
    [box.left, box.right, box.top, box.bottom, box.near, box.far] = [-1.7, 1.7, 1.9, -1.7, 0.5, 10];
    this.key.castShadow = true;
    this.key.shadow.radius = 5;
    this.key.shadow.bias = -0.0006;
    this.key.shadow.normalBias = 0.012;
    this.sharpness(1024);
    this.scene.add(backdrop, ground, shaded, this.key, this.key.target, this.rim, this.rim.target, this.ambient);
  }

  private readonly shaded: Mesh;
  private readonly ground: Mesh;

  /** How many pixels wide the shadow's map is. */
  sharpness(pixels: number): void {
    this.key.shadow.mapSize.set(pixels, pixels);
    this.key.shadow.map?.dispose();
    this.key.shadow.map = null;
  }

  paint(theme: Theme): void {
    const [room, colours] = [ROOMS[theme], this.looks[theme]];
    const floor = this.floor.uniforms;
    for (const [name, colour] of [["haze", colours.haze], ["pool", colours.pool], ["line", room.line]] as const) {
      (floor[name].value as Color).set(colour);
    }
    // Between the pool of light and the haze; what the film has at the picture's lower edge is mixed in.
    (floor["ground"].value as Color).set(colours.haze).lerp(new Color(colours.floor), FLOOR_SHARE);
    floor["lineStrength"].value = room.lineStrength;
    this.mirror = room.mirror;
    (this.sky.uniforms["haze"].value as Color).set(colours.haze);
    (this.sky.uniforms["sky"].value as Color).set(colours.sky);
    this.shade.opacity = room.shadow;
    this.ambient.color.set(room.ambient.sky);
    this.ambient.groundColor.set(room.ambient.ground);
    this.ambient.intensity = room.ambient.strength;
    this.key.color.set(room.key.colour);
    this.key.intensity = room.key.strength;
    this.rim.color.set(room.rim.colour);
    this.rim.intensity = room.rim.strength;
  }

  private mirror = 0;

  /** Set the lights over what is looked at; `reach` is how far dancers are from it, and the horizon how high in the picture. */
  light(centre: Vector3, reach: number, horizon: number, mirrored: boolean): void {
    const wide = Math.max(1.7, reach + 1.2);
    const box = this.key.shadow.camera;
    if (Math.abs(box.right - wide) > 0.05) {
      [box.left, box.right, box.top, box.bottom] = [-wide, wide, wide + 0.2, -wide];
      box.updateProjectionMatrix();
    }
    const at = new Vector3(centre.x, 0.9, centre.z);
    this.key.target.position.copy(at);
    this.key.position.copy(at).add(KEY_FROM);
    this.rim.target.position.copy(at);
    this.rim.position.copy(at).add(RIM_FROM);
    this.shaded.position.set(centre.x, 0.001, centre.z);
    this.shaded.scale.setScalar(Math.max(1, wide / 1.7));
    // The floor moves along by whole metres, so that its lines stay where they are.
    this.ground.position.set(Math.round(centre.x), 0, Math.round(centre.z));
    (this.floor.uniforms["centre"].value as Vector3).set(centre.x, 0, centre.z);
    this.floor.uniforms["opacity"].value = mirrored ? 1 - this.mirror : 1;
    this.sky.uniforms["horizon"].value = horizon;
  }
}
