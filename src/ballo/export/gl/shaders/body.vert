// The body as the camera sees it, or its image in the floor.
uniform mat4 to_picture;
uniform mat4 to_light;
uniform float upright;       // 1, or -1 for the image
uniform vec3 albedos[5];     // of each kind of part, linear
uniform vec4 finishes[5];    // roughness, how much is mirrored head on, how far light wraps around it, and the shine of cloth

in vec3 place;
in vec3 normal;
in float openness;
in float kind;

out vec3 at;
out vec3 facing;
out float open;
out vec4 in_light;
flat out vec3 albedo;
flat out vec4 finish;

void main() {
    at = place;
    facing = normal;
    open = openness;
    // A little off the surface, or it would shade itself.
    in_light = to_light * vec4(place + normal * OFF_METRES, 1.0) * 0.5 + 0.5;
    int number = int(kind + 0.5);
    albedo = albedos[number];
    finish = finishes[number];
    gl_Position = to_picture * vec4(place.x, upright * place.y, place.z, 1.0);
}
