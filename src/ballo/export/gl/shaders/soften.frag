// Shadows made soft along one direction, each of the four heights by its own Gaussian. Taps lie between two texels each.
uniform sampler2D sharp;
uniform vec2 texel;          // one texel
uniform vec4 widths;         // standard deviations, texels

in vec2 share;

out vec4 soft;

void main() {
    vec4 inverse = 0.5 / (widths * widths);
    vec4 total = vec4(1.0);
    soft = texture(sharp, share);
    for (int k = 0; k < TAPS; ++k) {
        float away = 1.5 + 2.0 * float(k);
        vec4 weight = 2.0 * exp(-away * away * inverse);
        soft += weight * (texture(sharp, share + away * texel) + texture(sharp, share - away * texel));
        total += 2.0 * weight;
    }
    soft /= total;
}
