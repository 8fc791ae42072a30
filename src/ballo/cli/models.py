"""`ballo models`: the bundles at hand."""

from __future__ import annotations

from ballo.cli import console


def models() -> None:
    """List the bundles that ship with ballo: styles, what they were trained on, and how well they dance."""
    from ballo.inference import bundle

    for path in bundle.shipped():
        manifest = bundle.read(path).manifest
        learnt, figures = manifest.trained_on, manifest.figures
        default = "  (default)" if path.stem == bundle.DEFAULT else ""
        console.say(f"{path.stem}{default}  {path.stat().st_size / 1e6:.1f} MB")
        console.say(f"  styles      {', '.join(manifest.styles)} at {manifest.fps:g} frames/s")
        console.say(f"  trained on  {learnt['data']}: {learnt['songs']} songs, {learnt['minutes']} min")
        console.say(f"  training    {learnt['steps']} steps of the {learnt['phase']} phase, seed {learnt['seed']}")
        console.say(f"  measured    on {figures['songs']:.0f} songs it never saw, {figures['seeds']:.0f} seeds each:")
        console.say(
            f"              speed {figures['speed_ratio']:.2f} x and jerk {figures['jerk_ratio']:.2f} x the real dances'"
        )
        console.say(
            f"              another seed moves it {figures['seed_change'] * 100:.1f} cm, another song"
            f" {figures['song_change'] * 100:.1f} cm; real dances lie {figures['real_spread'] * 100:.1f} cm apart"
        )
