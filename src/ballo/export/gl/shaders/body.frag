// The body in the stage's light, by a tone curve to what a screen shows, linear and multiplied by its cover.
uniform sampler2DShadow shadow;
uniform float shadow_texel;
uniform vec3 eye;
uniform vec3 key;            // towards the lights
uniform vec3 fill;           // as long as it is strong
uniform vec3 behind;
uniform vec3 key_light;
uniform vec3 sky_light;
uniform vec3 floor_light;
uniform vec3 rim_light;
uniform vec3 pulse_light;
uniform vec4 mirrored;       // 0 for the body; of its image: how strong at the floor, and the height at which it is gone

in vec3 at;
in vec3 facing;
in float open;
in vec4 in_light;
flat in vec3 albedo;
flat in vec4 finish;

out vec4 colour;

float lit_by_key() {
    float reached = 0.0;
    for (int row = -1; row <= 1; ++row)
        for (int column = -1; column <= 1; ++column)
            reached += texture(shadow, in_light.xyz + vec3(vec2(column, row) * 1.7 * shadow_texel, 0.0));
    return reached / 9.0;
}

void main() {
    vec3 normal = normalize(facing), viewer = normalize(eye - at);
    float roughness = finish.x, wrap = finish.z;
    float towards = dot(normal, key);
    float reached = lit_by_key();
    // Light wraps around skin, and is red where it has gone through some of it.
    vec3 wraps = wrap * vec3(1.0, 0.72, 0.60);
    vec3 diffuse = clamp((vec3(towards) + wraps) / (1.0 + wraps), 0.0, 1.0) * mix(reached, 1.0, 0.12);
    float up = 0.5 + 0.5 * normal.y;
    // What lies low under the body gets less from the floor, which is in the body's shade there.
    vec3 around = mix(floor_light * mix(0.6, 1.0, clamp(at.y * 1.2, 0.0, 1.0)), sky_light, up) * open;
    float filled = (0.3 * length(fill) + dot(normal, fill)) / 1.3;
    vec3 light = key_light * diffuse * mix(open, 1.0, 0.5) + around + key_light * max(filled, 0.0) * open;
    light += pulse_light * (1.0 - up) * (1.0 - clamp(at.y / 0.9, 0.0, 1.0)) * open;
    vec3 seen = albedo * light;
    // Highlights: Trowbridge and Reitz's, with Schlick's Fresnel.
    vec3 half_way = normalize(key + viewer);
    float grazing = 1.0 - clamp(dot(normal, viewer), 0.0, 1.0);
    float glancing = grazing * grazing * grazing;
    float squared = roughness * roughness * roughness * roughness;
    float aligned = max(dot(normal, half_way), 0.0);
    float lobe = aligned * aligned * (squared - 1.0) + 1.0;
    float shine = finish.y * squared / (lobe * lobe) * max(towards, 0.0) * reached;
    seen += key_light * shine;
    // The sky mirrored at a grazing look, and the light behind her that draws her outline.
    vec3 above = reflect(-viewer, normal);
    seen += mix(floor_light, sky_light, smoothstep(-0.3, 0.6, above.y)) * (finish.y + 0.22 * glancing * (1.0 - roughness)) * open;
    float outline = smoothstep(0.45, 1.0, grazing) * clamp(dot(normal, behind) + 0.35, 0.0, 1.0);
    seen += rim_light * outline * open * mix(albedo, vec3(1.0), 0.45) * (0.55 + finish.w);
    float cover = 1.0;
    if (mirrored.x > 0.0) {
        float left = clamp(1.0 - at.y / mirrored.y, 0.0, 1.0);
        cover = mirrored.x * left * sqrt(left);
    }
    colour = vec4(toned(seen) * cover, cover);
}
