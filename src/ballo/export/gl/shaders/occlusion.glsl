// How much of the light from around round parts keep from a point of a surface: a ball of radius r, d away, covers r * r / d / d
// of what the point faces. A part is the ball in it that is nearest. Parts that the point lies in or on
// count for nothing, and those at REACH_METRES neither.
// Source: Quilez, Sphere ambient occlusion, 2006.
float occlusion(vec3 place, vec3 normal, sampler2D parts, int part_count) {
    float covered = 0.0;
    for (int k = 0; k < part_count; ++k) {
        vec4 start = texelFetch(parts, ivec2(0, k), 0), end = texelFetch(parts, ivec2(1, k), 0);
        vec3 axis = end.xyz - start.xyz;
        float share = clamp(dot(place - start.xyz, axis) / max(dot(axis, axis), 1e-6), 0.0, 1.0);
        vec4 near = mix(start, end, share);
        vec3 towards = near.xyz - place;
        float away = length(towards);
        float facing = max(dot(normal, towards) / max(away, 1e-4), 0.0);
        float reach = max(1.0 - away / REACH_METRES, 0.0);
        covered += reach * facing * near.w * near.w / (away * away + 1e-4) * smoothstep(0.95, 1.35, away / near.w);
    }
    return covered;
}
