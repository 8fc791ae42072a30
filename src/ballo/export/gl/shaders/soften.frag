// Shadows made soft along one direction, each of the four heights by its own Gaussian. Taps lie between two texels each.
uniform sampler2D sharp;
uniform vec2 texel;          // one, along the direction
uniform vec4 widths;         // standard deviations, texels
#ifdef LAST
uniform sampler2D open;      // how much of the light from around reaches the floor
uniform vec4 strengths;      // of each height's shadow
#endif

in vec2 share;

#ifdef LAST
out vec2 light;              // how much of the key light is kept off the floor, and of that from around
#else
out vec4 soft;
#endif

void main() {
    vec4 inverse = 0.5 / (widths * widths), total = vec4(1.0), sum = texture(sharp, share);
    for (int k = 0; k < TAPS; ++k) {
        float away = 1.5 + 2.0 * float(k);
        vec4 weight = 2.0 * exp(-away * away * inverse);
        sum += weight * (texture(sharp, share + away * texel) + texture(sharp, share - away * texel));
        total += 2.0 * weight;
    }
    sum /= total;
#ifdef LAST
    // At the edges there is none, so that none breaks off there.
    vec2 inward = clamp(10.0 * min(share, 1.0 - share), 0.0, 1.0);
    light = vec2(min(dot(sum, strengths), 1.0), 1.0 - texture(open, share).r) * inward.x * inward.y;
#else
    soft = sum;
#endif
}
