// From how high a shadow falls, as shares of four heights, since the higher it comes from the softer it is.
in float height;

out vec4 shares;

void main() {
    vec3 up = clamp((vec3(height) - HEIGHTS.xyz) / (HEIGHTS.yzw - HEIGHTS.xyz), 0.0, 1.0);
    shares = vec4(1.0 - up.x, up.x - up.y, up.y - up.z, up.z);
}
