"""`ballo models`."""

from __future__ import annotations

import dataclasses

from ballo.inference import bundle

LEARNT = {"data": "planted dances " * 8, "songs": 31, "minutes": 36.3, "phase": "music", "steps": 9000, "seed": 0}
OVERALL = {
    "songs": 6,
    "seeds": 3,
    "speed_ratio": 0.874,
    "jerk_ratio": 1.53,
    "freezes": 0,
    "seed_change": 0.037,
    "song_change": 0.155,
    "real_spread": 0.23,
}
FEW = {name: OVERALL[name] for name in ("songs", "seeds", "speed_ratio", "jerk_ratio", "freezes")}


def test_what_ships_what_it_learnt_and_how_well(ballo, shipped, toy_graph):
    manifest, graph = toy_graph()
    told = dataclasses.replace(manifest, trained_on=LEARNT, figures={"all": OVERALL, "jig": FEW})
    bundle.write(shipped / "ballroom.ballo", told, graph)
    said = ballo("models")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("ballroom  (default)  0.0 MB\n  kind        music: ballo dance SONG\n  styles      march,")
    one_line = " ".join(said.out.split())
    assert "31 songs, 36.3 minutes" in one_line
    assert "9000 steps of the music phase, seed 0" in one_line
    assert "all 6 3 0.87 1.53 0 3.7 cm 15.5 cm 23.0 cm" in one_line
    assert "jig 6 3 0.87 1.53 0 - - -" in one_line


def test_a_bundle_that_says_little(ballo):
    assert ballo("models").out.splitlines()[1:] == [
        "  kind        music: ballo dance SONG",
        "  styles      march, jig; 25 frames a second",
        "  measured    never",
    ]


def test_models_of_every_kind(ballo, shipped, toy_graph):
    for kind, name in (("sequences", "freestyle"), ("poses", "poses"), ("poses", "others")):
        manifest, graph = toy_graph(kind=kind)
        told = dataclasses.replace(manifest, figures={"all": {"jerk_ratio": 1.234567, "likeness": 0.5}})
        bundle.write(shipped / f"{name}.ballo", told, graph)
    said = ballo("models")
    assert (said.status, said.err) == (0, "")
    heads = [line.split("  ")[:2] for line in said.out.splitlines() if not line.startswith(" ")]
    assert heads == [["ballroom", "(default)"], ["freestyle", "(default)"], ["others", "0.0 MB"], ["poses", "(default)"]]
    assert "  kind        sequences, without music: ballo dance --duration 20\n" in said.out
    assert said.out.count("  kind        poses: ballo dance --poses 16\n") == 2
    assert f"{'':14}jerk: 1.23 x\n{'':14}likeness: 0.5\n" in said.out


def test_none_shipped(ballo, shipped):
    (shipped / "ballroom.ballo").unlink()
    assert ballo("models").refusal.startswith("no model came with this ballo: install it again")


def test_a_damaged_one_is_named(ballo, shipped):
    (shipped / "ballroom.ballo").write_bytes(b"")
    assert "ballroom.ballo is not a ballo bundle" in ballo("models").refusal
