// A rectangle of the picture.
uniform vec4 box;            // left, top, right, bottom, pixels
uniform vec2 room;           // of what is drawn on

in vec2 corner;

void main() {
    vec2 pixel = mix(box.xy, box.zw, corner * 0.5 + 0.5);
    gl_Position = vec4(pixel / room * 2.0 - 1.0, 0.0, 1.0);
}
