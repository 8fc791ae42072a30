// Differences from grey, one for two by two pixels, laid out below the luma as video has them: all of the blue, then all of the red,
// two rows of either in one of the picture's.
uniform sampler2D leans;     // smooth between texels: at the corner of four it is their mean
uniform vec2 size;           // of the picture, pixels
uniform float rows;          // of what is drawn on

out float value;

void main() {
    vec2 at = gl_FragCoord.xy - vec2(0.0, size.y);
    float red = step(0.25 * size.y, at.y), right = step(0.5 * size.x, at.x);
    float row = 2.0 * floor(at.y - red * 0.25 * size.y) + right, column = floor(at.x) - right * 0.5 * size.x;
    vec2 lean = texture(leans, (2.0 * vec2(column, row) + 1.0) / vec2(size.x, rows)).rg;
    value = mix(lean.r, lean.g, red);
}
