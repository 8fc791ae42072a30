// What stands in the picture, sky or floor, in the dancer's shade or not, and she before it; as video has it: luma, and differences from grey.
uniform vec2 size;           // of the picture, pixels
uniform float horizon;       // the floor's first row
uniform vec3 haze;           // colours as on a screen
uniform vec3 sky_top;
uniform vec3 floor_near;
uniform vec3 pool;
uniform vec4 pool_place;     // x, z, and one by its reach along x and z in metres
uniform float vignette;
uniform float line_level;
uniform float line_strength;
uniform vec3 title_colour;
uniform sampler2D title;
uniform mat3 to_floor;       // from a pixel to x and z on the floor and 1, all divided by how far from the camera they are
uniform vec4 ring;           // x, z, radius and strength of the last beat's
uniform vec3 ring_colour;
uniform float ring_width;
uniform vec3 square;
uniform vec3 shade;          // what a shadow makes of light: linear shares
uniform float touch;         // how dark it is where no light comes from around
uniform sampler2D kept_off;  // how much of the key light, and of that from around, does not reach the floor
uniform sampler2D image;     // in the floor
uniform sampler2DMS body;

layout(location = 0) out float luma;
layout(location = 1) out vec2 lean;

// A screen's curve and its inverse, each within half a level of 255.
// Source: Chilliant, sRGB approximations for HLSL, 2012, after Taylor.
vec3 linear(vec3 code) {
    return code * (code * (code * 0.305306011 + 0.682171111) + 0.012522878);
}

vec3 coded(vec3 light) {
    vec3 second = sqrt(light), fourth = sqrt(second), eighth = sqrt(fourth);
    return 0.662002687 * second + 0.684122060 * fourth - 0.323583601 * eighth - 0.0225411470 * light;
}

// How much of a stretch of floor lies on lines `apart` metres: exact, however fine they are.
vec2 lined(vec2 place, vec2 stretch, float apart) {
    vec2 low = place - 0.5 * stretch + 0.5 * LINE_METRES, high = low + stretch;
    vec2 before = floor(low / apart), after = floor(high / apart);
    vec2 covered = (after - before) * LINE_METRES
        + min(high - after * apart, vec2(LINE_METRES)) - min(low - before * apart, vec2(LINE_METRES));
    return covered / stretch;
}

void main() {
    vec2 pixel = gl_FragCoord.xy;
#ifdef FLOOR
    float near = clamp((pixel.y - horizon) / (size.y - horizon), 0.0, 1.0);
    vec3 code = mix(haze, floor_near, pow(near, 0.8));
    vec3 ray = to_floor * vec3(pixel, 1.0);
    vec2 place = ray.xy / ray.z;
    vec2 off = (place - pool_place.xy) * pool_place.zw;
    code = mix(code, pool, exp(-dot(off, off)));
    float depth = 1.0 / max(ray.z, 1e-5);
    vec2 stretch = max(abs(dFdx(place)) + abs(dFdy(place)), vec2(1e-5));
    vec2 lines = 0.5 * lined(place, stretch, SPACING) + 0.5 * lined(place, stretch, 2.0 * SPACING);
    float line = (lines.x + lines.y - lines.x * lines.y) * line_strength * exp(-max(depth - 4.0, 0.0) / 5.0);
    code = mix(code, vec3(line_level), min(line, 1.0));
    float out_there = length(place - ring.xy), beyond = (out_there - ring.z) / ring_width;
    float rung = ring.w * clamp(exp(-beyond * beyond) + 0.25 * clamp(1.0 - out_there / ring.z, 0.0, 1.0), 0.0, 1.0);
    code = mix(code, ring_colour, rung);
#else
    vec3 code = mix(haze, sky_top, pow(clamp((horizon - pixel.y) / horizon, 0.0, 1.0), 1.3));
#endif
    vec2 corner = (pixel - 0.5 * size) / size;
    code *= 1.0 - vignette * dot(corner, corner);
#ifndef FLOOR
    code = mix(code, title_colour, texture(title, pixel / size).r);
#endif
#ifdef SHADED
    vec3 light = linear(code), before = coded(light);
#ifdef FLOOR
    vec2 share = (place - square.xy) / square.z;
    vec2 dark = texture(kept_off, share).rg;
    light *= mix(vec3(1.0), shade, dark.x) * (1.0 - touch * dark.y);
    vec4 mirrored = texture(image, pixel / size);
    light = light * (1.0 - mirrored.a) + mirrored.rgb * mirrored.rgb;
#endif
    float dancer_cover = 0.0;
#ifdef BODY
    vec4 dancer = vec4(0.0);
    for (int k = 0; k < SAMPLES; ++k) {
        vec4 one = texelFetch(body, ivec2(pixel), k);
        dancer += vec4(one.rgb * one.rgb, one.a);
    }
    dancer /= float(SAMPLES);
    dancer_cover = dancer.a;
    light = light * (1.0 - dancer.a) + dancer.rgb;
#endif
    // Where nothing has changed nothing may change, so that the rectangles have no seams.
    code = mix(code + coded(light) - before, coded(light), dancer_cover);
#endif
    // Half a level of noise, the same in every frame, hides the steps of an 8-bit gradient.
    float grain = fract(52.9829189 * fract(dot(floor(pixel), vec2(0.06711056, 0.00583715)))) - 0.5;
    code += grain / 255.0;
    float grey = dot(code, vec3(0.2126, 0.7152, 0.0722));
    luma = (16.0 + 219.0 * grey) / 255.0;
    lean = (128.0 + 224.0 * vec2((code.b - grey) / 1.8556, (code.r - grey) / 1.5748)) / 255.0;
}
