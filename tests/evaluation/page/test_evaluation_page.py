"""The page: whole, well-formed, asking for nothing else, and true to the evaluation."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from ballo.evaluation.danced import Context
from ballo.evaluation.evaluation import Evaluation, Options
from ballo.evaluation.measures.measure import Measure
from ballo.evaluation.page import page
from ballo.evaluation.row import Row
from ballo.evaluation.table import number

FINDINGS = ("3 songs are too few.", "ada is unlike real dances in L1 to real (15.0).")


@pytest.fixture
def found(evaluation):
    return evaluation()


@pytest.fixture
def tree(found, read):
    return read(page(found, FINDINGS))


def section(tree, key):
    return next(part for part in tree.all("section") if part.attributes["id"] == key)


def test_it_is_one_file_that_asks_for_nothing(found, read):
    written = page(found, FINDINGS)
    tree = read(written)
    asked = {"src", "href", "srcset", "action", "data", "poster", "xlink:href", "background"}
    wanted = {v for each in _every(tree) for name, v in each.attributes.items() if name in asked}
    there = {f"#{each.attributes['id']}" for each in _every(tree) if "id" in each.attributes}
    assert wanted <= there
    assert {f"#{part.attributes['id']}" for part in tree.all("section")} <= wanted
    assert written.startswith("<!doctype html>")
    assert "@import" not in written
    assert "url(" not in written
    assert not re.search(r"\b(fetch|XMLHttpRequest|import|WebSocket|EventSource)\b\s*\(", written)
    # The one address is the name of SVG's kind of element, which nobody fetches.
    assert set(re.findall(r"\w+://[^\"'\s<]*", written)) == {"http://www.w3.org/2000/svg"}


def _every(element):
    for child in element.children:
        if not isinstance(child, str):
            yield child
            yield from _every(child)


def test_no_number_got_lost_on_the_way(found):
    written = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page(found, FINDINGS), flags=re.DOTALL)
    assert not re.search(r"\b(nan|inf|None|undefined)\b", written)


def test_ids_are_there_once(tree):
    ids = [each.attributes["id"] for each in _every(tree) if "id" in each.attributes]
    assert len(ids) == len(set(ids))


def _figures(found, over):
    """What the table over something must say: figures by row and measure."""
    if over == "all songs":
        return {row.name: row.figures for row in found.rows}
    if over.startswith("bars "):
        return {row.name: row.by_part.get(over.removeprefix("bars "), {}) for row in found.rows}
    return {row.name: row.by_style.get(over, {}) for row in found.rows}


@pytest.mark.parametrize("over", ["all songs", "cha-cha", "waltz", "bars seen"])
def test_every_figure_is_in_its_place(found, tree, over):
    (panel,) = [each for each in section(tree, "figures").all("div", "choice") if each.attributes["data-name"] == over]
    order = [row.name for row in found.rows if row.kind != "control"] + ["frozen", "noise", "key_poses"]
    figures = _figures(found, over)
    lines = [line for line in panel.all("tr") if "group" not in line.class_]
    measures = [each for each in found.measures if any(each.name in of for of in figures.values())]
    assert len(measures) >= 4
    for line, measure in zip(lines, measures, strict=True):
        head, *cells = line.all("th") + line.all("td")
        assert head.all("a")[0].text == measure.title.strip()
        assert len(cells) == len(order) + 1
        for cell, name in zip(cells, order, strict=False):
            _check(cell, figures[name].get(measure.name))
    assert panel.attributes.get("hidden", "shown") == ("shown" if over == "all songs" else None)


def _check(cell, figure):
    if figure is None or not np.isfinite(figure.value):
        assert cell.text in ("-", "few")
        assert cell.attributes.get("title") == ((figure.note or None) if figure else None)
        return
    assert cell.all("b")[0].text == number(figure.value)
    said = [small.text.rstrip("*") for small in cell.all("small") if ".." in small.text]
    span = figure.interval
    known = span is not None and np.isfinite(span.low) and number(span.low) != number(span.high)
    assert said == ([f"{number(span.low)}..{number(span.high)}"] if known else [])


def test_what_has_no_number_says_why(found, read):
    measure = found.measures[0]
    rows = tuple(
        replace(
            row, figures={**row.figures, measure.name: replace(row.figures[measure.name], value=np.nan, note="2 of 30 clips")}
        )
        if row.name in ("ada", "bob")
        else row
        for row in found.rows
    )
    tree = read(page(replace(found, rows=rows)))
    panel = tree.all("div", "choice")[0]
    few = [cell for cell in panel.all("td") if cell.attributes.get("title") == "2 of 30 clips"]
    assert [cell.text for cell in few] == ["few", "few"]
    assert f"{measure.title} of ada, bob: 2 of 30 clips" in [line.text for line in panel.all("li")]


def test_whoever_is_worse_than_all_controls_or_as_good_as_real_is_told_so(found, tree):
    panel = tree.all("div", "choice")[0]
    coloured = {
        line.all("a")[0].text: [cell.class_ & {"as-real", "worst"} for cell in line.all("td")[1:3]]
        for line in panel.all("tr")
        if "group" not in line.class_
    }
    assert coloured["speed / real"] == [{"as-real"}, {"as-real"}]
    titles = {measure.name: measure.title for measure in found.measures}
    distances = {row.name: row.figures["distance"].value for row in found.rows}
    assert distances["bob"] < distances["frozen"] < distances["ada"]
    assert coloured[titles["distance"]] == [{"worst"}, set()]


def test_who_did_not_dance_all_songs_is_told_so(tree):
    first, second = (section(tree, "figures").all("div", "choice")[k] for k in (0, 1))
    heads = [cell.text for cell in first.all("tr", "group")[0].all("td")]
    assert heads[:3] == ["real", "ada 2 of 3 songs", "bob 2 of 3 songs"]
    assert second.attributes["data-name"] == "cha-cha"
    assert [cell.text for cell in second.all("tr", "group")[0].all("td")][:3] == ["real", "ada", "bob"]


def test_controls_that_pass_are_named(tree):
    panel = tree.all("div", "choice")[0]
    passing = {line.all("a")[0].text: line.all("td", "passing")[0].text for line in panel.all("tr") if line.all("a")}
    assert "frozen pose" in passing["foot skate"]
    assert "frozen pose" not in passing["jerk"]


def test_words_come_first_with_their_subject(tree):
    lines = section(tree, "words").all("li")
    assert [line.text for line in lines] == list(FINDINGS)
    assert [bold.text for bold in lines[1].all("b")] == ["ada"]
    assert not lines[0].all("b")
    listed = section(tree, "words").all("dl")[0]
    assert listed.text == "ada, three has no beat bob, three has no beat"


def test_each_song_is_a_dot_in_the_colour_of_its_style(found, tree):
    figure = next(each for each in section(tree, "songs").all("figure") if each.text.startswith("foot skate"))
    dots = figure.all("circle", "song")
    told = [dot.text for dot in dots]
    values = [
        f"{song}: {number(of['skate'])}" for row in found.rows for song, of in row.by_song.items() if np.isfinite(of["skate"])
    ]
    assert sorted(told) == sorted(values)
    assert all(("s0" if dot.text.startswith("three") else "s3") in dot.class_ for dot in dots)


def test_squares_of_styles_hold_shares_of_clips(tree):
    figures = section(tree, "styles").all("figure")
    assert [figure.all("figcaption")[0].text for figure in figures] == [
        "real , 50 %, the mean over styles, of 6 clips",
        "ada , 100 %, the mean over styles, of 8 clips",
        "bob , 100 %, the mean over styles, of 8 clips",
    ]
    squares = [square.text for square in figures[0].all("rect", "share")]
    assert squares == [
        "cha-cha taken for cha-cha: 0 of 2 clips",
        "cha-cha taken for waltz: 2 of 2 clips",
        "waltz taken for cha-cha: 0 of 4 clips",
        "waltz taken for waltz: 4 of 4 clips",
    ]


def test_beats_and_bars_stand_where_they_are_heard(tree):
    part = section(tree, "beats")
    assert [each.attributes["data-name"] for each in part.all("div", "choice")] == ["cha-cha", "waltz"]
    picture = part.all("svg", "beats")[1]
    beats, bars = (picture.all("path", kind)[0].attributes["d"].count("M") for kind in ("beat", "bar"))
    # Of 20 beats half a second apart 16 fall into the song's 8 s, and its end is one; every third opens a bar.
    assert (beats, bars) == (11, 6)
    assert [text.text for text in picture.all("text", "name")] == ["real", "ada", "bob"]
    # Nobody danced three but the real dancer, so she is alone in the cha-cha.
    assert [text.text for text in part.all("svg", "beats")[0].all("text", "name")] == ["real"]


def test_minutes_are_those_of_the_long_form(tree):
    part = section(tree, "minutes")
    assert [each.text for each in part.all("figcaption")] == ["speed , m/s", "foot skate , cm/s", "poses of another minute , %"]
    told = [each.text for each in part.all("title")]
    assert told == ["real: 0.9", "ada: 0.8, 0.7, 0.6", "real: 1.5", "ada: 2, 3, 4", "ada: 10, 10, 10"]
    assert "ada, tango no beat" in part.text


def test_all_measures_and_controls_are_explained_and_the_command_is_given(found, tree):
    part = section(tree, "method")
    for measure in found.measures:
        assert measure.about in part.text
    for row in found.of("control"):
        assert row.about in part.text
    assert part.all("code")[0].text == ("ballo evaluate ada bob --against some/archive --split val --seeds 2 -o report.html")
    assert found.manifest_sha256 in part.text


def test_strips_show_clips_of_each_dancer_with_their_numbers(found, tree):
    details = section(tree, "poses").all("details")
    assert details[0].attributes.get("open", "shut") is None
    assert all("open" not in each.attributes for each in details[1:])
    skating = next(each for each in details if each.text.startswith("foot skate"))
    assert [head.text for head in skating.all("h4")] == ["real", "ada", "bob"]
    for button in skating.all("button", "play"):
        assert len(button.all("g", "pose")) == 8
        assert button.attributes["data-moves"]
    (said,) = tree.all("script", "skeleton")
    assert json.loads(said.text)["joints"] == 22


EVIL = "</script><script>alert(1)</script><b a='\\\"&"


def test_names_are_text_wherever_they_come(found, read):
    evil = [Measure(f"m{EVIL}", f"t{EVIL}", f"u{EVIL}", "less", found.measures[0].of_song, family=f"f{EVIL}", about=f"a{EVIL}")]
    songs = {f"{song}{EVIL}": f"s{EVIL}" for song in found.songs}
    rows = []
    for row in found.rows:
        figures = {evil[0].name: replace(row.figures["speed_ratio"], value=np.nan, note=f"n{EVIL}")}
        danced = tuple(replace(each, staged=_renamed(each.staged), memory={}) for each in row.danced)
        by_song = {f"{song}{EVIL}": {evil[0].name: 1.0 + k} for k, song in enumerate(row.by_song)}
        rows.append(
            replace(
                row, name=f"r{EVIL}{row.name}", figures=figures, by_style={f"s{EVIL}": figures}, by_part={f"p{EVIL}": figures}
            )
        )
        rows[-1] = replace(rows[-1], danced=danced, by_song=by_song, left_out={f"l{EVIL}": f"w{EVIL}"}, about=f"b{EVIL}")
    options = replace(found.options, measures=tuple(evil))
    written = page(replace(found, archive=f"x{EVIL}", options=options, songs=songs, rows=tuple(rows)), [f"finding {EVIL}"])
    tree = read(written)
    assert not [each for each in tree.all("script") if "alert" in each.text]
    assert not [each for each in _every(tree) if "a" in each.attributes]
    words = " ".join([tree.text, *(value for each in _every(tree) for value in each.attributes.values() if value)])
    for first in ("t", "f", "a", "s", "n", "p", "l", "w", "b", "finding ", "r"):
        assert first + " ".join(EVIL.split()) in " ".join(words.split()), first


def _renamed(staged):
    return replace(staged, name=f"{staged.name}{EVIL}", style=f"s{EVIL}")


def test_of_one_song_and_one_dancer(evaluation, context, read):
    one = Context(context.archive, "val", context.songs[:1], context.memory)
    found = evaluation(context=one, long=False, cy=0.1)
    rows = tuple(replace(row, danced=one_song) if (one_song := row.danced[:1]) else row for row in found.rows)
    tree = read(page(replace(found, rows=rows)))
    assert [each.text for each in tree.all("dd")[:4]] == ["1", "2", "1", str(len(found.measures))]
    assert "minutes" not in [part.attributes["id"] for part in tree.all("section")]
    assert not tree.all("div", "choice") or "waltz" not in [each.attributes["data-name"] for each in tree.all("div", "choice")]


def test_where_nobody_danced_anything(found, read):
    rows = (Row("real", "real", {}, {}, {}), Row("ada", "target", {}, {}, {}, left_out={"one": "has no beat"}))
    tree = read(page(replace(found, rows=rows, long={})))
    assert [part.attributes["id"] for part in tree.all("section")] == ["words", "figures", "method"]
    assert "ada, one has no beat" in tree.text


def test_of_nothing_at_all(read):
    tree = read(page(Evaluation("archive", "", "val", Options(measures=()), {}, ())))
    assert tree.all("h1")[0].text == "archive"


def test_without_controls_nobody_is_held_against_them(found, read):
    tree = read(page(replace(found, rows=tuple(row for row in found.rows if row.kind != "control"))))
    assert not tree.all("td", "control")
    assert not tree.all("td", "worst")
    assert not tree.all("td", "passing")
    assert "worse than every control" not in tree.text


def test_songs_without_beats_are_not_drawn_against_them(evaluation, context, read):
    songs = tuple(replace(song, beats=None, positions=None) for song in context.songs)
    tree = read(page(evaluation(context=Context(context.archive, "val", songs, {}), names=("skate", "jerk"), long=False)))
    assert "beats" not in [part.attributes["id"] for part in tree.all("section")]


def test_folds_are_named_in_the_command(found, read):
    tree = read(page(replace(found, split="5 folds")))
    assert "--folds 5 --seeds 2" in section(tree, "method").text
    assert "left out in 5 folds" in tree.all("p", "made")[0].text
