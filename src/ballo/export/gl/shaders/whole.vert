// All of what is drawn on, by two triangles.
in vec2 corner;              // -1 or 1

out vec2 share;              // 0 to 1

void main() {
    share = corner * 0.5 + 0.5;
    gl_Position = vec4(corner, 0.0, 1.0);
}
