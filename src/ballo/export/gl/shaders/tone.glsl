// A film's curve: soft shoulder, gentle toe. Source: Narkowicz, ACES filmic tone mapping curve, 2016. Taken of each colour by
// itself it turns orange to yellow, taken of the strongest it never lets a highlight go white: so mostly the latter.
vec3 curve(vec3 x) {
    return clamp(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0);
}

vec3 toned(vec3 light) {
    vec3 x = light * EXPOSURE;
    float strongest = max(max(x.r, x.g), max(x.b, 1e-5));
    return mix(curve(x), x / strongest * curve(vec3(strongest)).r, 0.72);
}
