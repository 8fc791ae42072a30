// The body as the key light sees it.
uniform mat4 to_light;

in vec3 place;

void main() {
    gl_Position = to_light * vec4(place, 1.0);
}
