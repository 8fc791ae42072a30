// The body in the stage's light as the camera sees it, or its image in the floor. Its triangles are a few pixels large, so what
// changes slowly over her is worked out here: pixels add only where the key light reaches.
uniform mat4 to_picture;
uniform mat4 to_light;
uniform float upright;       // 1, or -1 for the image
uniform vec4 mirrored;       // how strong the image is at the floor, and the height at which it is gone; 0 for the body
uniform vec3 albedos[5];     // of each kind of part, linear
uniform vec4 finishes[5];    // roughness, how much is mirrored head on, how far light wraps around it, and the shine of cloth
uniform vec3 eye;
uniform vec3 key;            // towards the lights
uniform vec3 fill;           // as long as it is strong
uniform vec3 behind;
uniform vec3 key_light;
uniform vec3 sky_light;
uniform vec3 floor_light;
uniform vec3 rim_light;
uniform vec3 pulse_light;

in vec3 place;
in vec3 normal;
in float openness;
in float kind;

out vec3 always;             // what is seen in the key light's shadow, and
out vec3 by_key;             // what the key light adds
out vec3 in_light;
out float cover;

void main() {
    int number = int(kind + 0.5);
    vec3 albedo = albedos[number];
    vec4 finish = finishes[number];
    vec3 viewer = normalize(eye - place);
    float up = 0.5 + 0.5 * normal.y, towards = dot(normal, key);
    // Light wraps around skin, and is red where it has gone through some of it.
    vec3 wraps = finish.z * vec3(1.0, 0.72, 0.60);
    vec3 diffuse = key_light * clamp((vec3(towards) + wraps) / (1.0 + wraps), 0.0, 1.0) * mix(openness, 1.0, 0.5);
    // What lies low under the body gets less from the floor, which is in the body's shade there.
    vec3 light = mix(floor_light * mix(0.6, 1.0, clamp(place.y * 1.2, 0.0, 1.0)), sky_light, up) * openness;
    light += key_light * max(0.3 * length(fill) + dot(normal, fill), 0.0) / 1.3 * openness;
    light += pulse_light * (1.0 - up) * (1.0 - clamp(place.y / 0.9, 0.0, 1.0)) * openness;
    // Highlights: Trowbridge and Reitz's, with an eye to Schlick's Fresnel.
    float grazing = 1.0 - clamp(dot(normal, viewer), 0.0, 1.0), roughness = finish.x;
    float squared = roughness * roughness * roughness * roughness;
    float aligned = max(dot(normal, normalize(key + viewer)), 0.0), lobe = aligned * aligned * (squared - 1.0) + 1.0;
    vec3 shine = key_light * (finish.y * squared / (lobe * lobe) * max(towards, 0.0));
    // The sky mirrored at a grazing look, and the light behind her that draws her outline.
    vec3 mirror = mix(floor_light, sky_light, smoothstep(-0.3, 0.6, reflect(-viewer, normal).y));
    float outline = smoothstep(0.45, 1.0, grazing) * clamp(dot(normal, behind) + 0.35, 0.0, 1.0);
    always = albedo * light + mirror * (finish.y + 0.22 * grazing * grazing * grazing * (1.0 - roughness)) * openness
        + rim_light * outline * openness * mix(albedo, vec3(1.0), 0.45) * (0.55 + finish.w);
    always += 0.12 * albedo * diffuse;
    by_key = 0.88 * albedo * diffuse + shine;
    // A little off the surface, or it would shade itself.
    in_light = (to_light * vec4(place + normal * OFF_METRES, 1.0)).xyz * 0.5 + 0.5;
    float left = clamp(1.0 - place.y / mirrored.y, 0.0, 1.0);
    cover = mirrored.x > 0.0 ? mirrored.x * left * sqrt(left) : 1.0;
    gl_Position = to_picture * vec4(place.x, upright * place.y, place.z, 1.0);
}
