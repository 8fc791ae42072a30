// The body laid down on the floor by the key light.
uniform vec2 slide;          // how far along x and z a shadow falls for each metre of height
uniform vec3 square;         // the floor that is drawn on: a corner's x and z, and its side, metres

in vec3 place;

out float height;

void main() {
    height = max(place.y, 0.0);
    vec2 floor_place = place.xz - slide * height;
    gl_Position = vec4((floor_place - square.xy) / square.z * 2.0 - 1.0, 0.0, 1.0);
}
