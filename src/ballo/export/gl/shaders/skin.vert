// Puts the body's surface into a pose, once a frame: every later pass takes it from here.
uniform sampler2D joints;    // a row for each joint: three texels, the rows of its (3, 4) matrix
uniform sampler2D parts;     // a row for each round part of her: either end with its radius
uniform int part_count;

in vec3 rest_place;
in vec3 rest_normal;
in vec4 carriers;            // joints that carry the vertex, and
in vec4 shares;              // how much

out vec3 place;              // metres
out vec3 normal;
out float openness;          // the share of the sky that the rest of the body leaves in sight

void main() {
    place = vec3(0.0);
    normal = vec3(0.0);
    for (int k = 0; k < 4; ++k) {
        int joint = int(carriers[k] + 0.5);
        vec4 x = texelFetch(joints, ivec2(0, joint), 0), y = texelFetch(joints, ivec2(1, joint), 0);
        vec4 z = texelFetch(joints, ivec2(2, joint), 0), from = vec4(rest_place, 1.0);
        place += shares[k] * vec3(dot(x, from), dot(y, from), dot(z, from));
        normal += shares[k] * vec3(dot(x.xyz, rest_normal), dot(y.xyz, rest_normal), dot(z.xyz, rest_normal));
    }
    normal = normalize(normal);
    openness = 1.0 - OCCLUSION * min(occlusion(place, normal, parts, part_count), 1.0);
    gl_Position = vec4(0.0);
}
