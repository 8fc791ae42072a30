// By a tone curve to what a screen shows, linear and multiplied by its cover: of which eight bits hold the square root best.
uniform sampler2DShadow shadow;
uniform float shadow_texel;

in vec3 always;
in vec3 by_key;
in vec3 in_light;
in float cover;

out vec4 colour;

void main() {
    float reached = 0.0;
    for (int k = 0; k < 4; ++k)
        reached += 0.25 * texture(shadow, in_light + vec3(vec2(2 * (k & 1) - 1, (k & 2) - 1) * 1.2 * shadow_texel, 0.0));
    colour = vec4(sqrt(toned(always + by_key * reached) * cover), cover);
}
