// How much of the light from around reaches the floor.
uniform sampler2D parts;
uniform int part_count;
uniform vec3 square;

in vec2 share;

out float open;

void main() {
    vec2 floor_place = square.xy + share * square.z;
    vec3 place = vec3(floor_place.x, 0.0, floor_place.y);
    open = 1.0 - min(1.5 * occlusion(place, vec3(0.0, 1.0, 0.0), parts, part_count), 1.0);
}
