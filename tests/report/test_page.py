"""The page: whole, well-formed, asking for nothing else, and true to the figures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from ballo.report import report
from ballo.report.page import composition, movement
from ballo.report.page.markup import Markup, element
from ballo.report.page.page import page
from ballo.report.page.svg import Scale, round_top

VOID = {"meta", "br", "hr"}


class Reader(HTMLParser):
    """Elements in the order they open, with their text; fails on what is not closed as it was opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if text.strip():
            self.words.append((self.open[-1] if self.open else "", text))

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(" ".join(text for tag, text in self.words if tag not in ("script", "style", "title")).split())


def read(written: str) -> Reader:
    reader = Reader()
    reader.feed(written)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def both(remastered, as_published):
    return report.make(remastered, as_published)


@pytest.fixture(scope="module")
def written(both):
    return page(both)


def test_it_is_one_file_that_asks_for_nothing(written):
    reader = read(written)
    assert written.startswith("<!doctype html>")
    asked = {"src", "href", "srcset", "action", "data", "poster", "xlink:href", "background"}
    wanted = [value for _, attributes in reader.found for name, value in attributes.items() if name in asked]
    parts = [attributes["id"] for tag, attributes in reader.found if tag == "section"]
    assert wanted == [f"#{part}" for part in parts]
    assert "@import" not in written
    assert "url(" not in written
    assert not re.search(r"\b(fetch|XMLHttpRequest|import|WebSocket|EventSource)\b\s*\(", written)
    # The one address is the name of SVG's kind of element, which nobody fetches.
    assert set(re.findall(r"\w+://[^\"'\s<]*", written)) == {"http://www.w3.org/2000/svg"}
    assert "//cdn" not in written


def test_no_number_got_lost_on_the_way(written):
    assert not re.search(r"\b(nan|inf|None|undefined)\b", re.sub(r"<(script|style)>.*?</\1>", "", written, flags=re.S))


def test_the_table_has_every_row_of_both_archives(both, written):
    text = read(written).text
    for measured in (both.now, both.before):
        for group in report.GROUPS:
            for row in group.rows:
                assert row.title in text
                assert row.text(measured.by_style["waltz"]) in text
    cell = re.search(r'<th scope="row">toe-floor drift, cm</th><td data-style="cha-cha">(.*?)</td>', written)
    row = next(row for group in report.GROUPS for row in group.rows if row.key == "drift")
    numbers = re.sub(r"<[^>]*>", " ", cell[1]).split()
    assert numbers == [row.text(both.before.by_style["cha-cha"]), "→", row.text(both.now.by_style["cha-cha"])]


def test_what_is_good_in_some_styles_is_said_of_them(both):
    def drifting(found, drift):
        return replace(found, dances=tuple(replace(dance, drift=drift) for dance in found.dances))

    styles = both.now.by_style
    for worst, said in (([0.001, 0.001], "yes"), ([0.001, 0.2], "only in cha-cha"), ([0.2, 0.2], "no")):
        changed = {name: drifting(styles[name], drift) for name, drift in zip(("cha-cha", "waltz"), worst, strict=True)}
        made = replace(both, now=replace(both.now, by_style=styles | changed), before=None)
        assert f"Does the floor stay where it is? {said} Do standing" in read(page(made)).text


def test_each_unit_lies_where_it_is_danced(written):
    pieces = [a for tag, a in read(written).found if tag == "i" and a.get("data-u")]
    assert len(pieces) == 9
    strips = [a for _, a in read(written).found if a.get("class") == "strip"]
    assert [strip["style"] for strip in strips] == 3 * ["width:100.00%"]
    assert pieces[0]["style"].startswith("left:0.00%;width:33.33%")
    assert pieces[0]["title"] == "U-1-1, 0:00 to 0:04; take 15, 0.0 to 4.0 s"
    held = [piece for piece in pieces if piece.get("class") == "held"]
    assert [piece["data-u"] for piece in held] == ["U-1-2"] * 3
    assert held[0]["title"].endswith("; kept out of training")


def test_what_is_missing_is_named(written):
    text = read(written).text
    assert "not in the split T_1" in text
    assert "audio.mp3 X" in text
    assert "b.json not JSON" in text


def test_names_are_text_wherever_they_come(renamed):
    evil = "</script><script>alert(1)</script><b a='\\\"&"
    shown = "</script><script>alert(1)</script><b a='\"&"
    words = {
        "DANCE_W_4": f"W{evil}",
        "waltz": f"s{evil}",
        "U-2": f"u{evil}",
        '"ll"': f'"t{evil}"',
        "not in the split": f"r{evil}",
    }
    written = page(report.make(renamed(words)))
    reader = read(written)
    assert sum(tag == "script" for tag, _ in reader.found) == 2
    assert not [a for tag, a in reader.found if tag == "b" and a]
    assert "alert" not in [text for tag, text in reader.words if tag == "script"][1]
    for name in "Wsutr":
        assert name + shown in reader.text or any(
            name + shown in value for _, a in reader.found for value in a.values() if value
        )
    (data,) = [text for tag, text in reader.words if tag == "script" and text.startswith("{")]
    assert [style["style"] for style in json.loads(data)["styles"]] == ["cha-cha", f"s{shown}"]


def test_of_an_archive_alone(remastered):
    written = page(report.make(remastered))
    text = read(written).text
    assert "→" not in text
    assert "before" not in text.replace("half a beat before", "")


def test_of_dances_without_music_or_units(small_archive):
    silent = replace(small_archive, dances=tuple(replace(dance, samples=None) for dance in small_archive.dances))
    text = read(page(report.make(silent))).text
    assert "No dance has music whose beats are known." in text
    assert "each is its own" in text
    assert "Do steps fall on the beat? cannot be told" in text
    assert "Who shares" not in text
    assert "The takes" not in text
    assert "Nothing was left out" in text


@pytest.mark.parametrize("other", [False, True])
def test_of_one_dance(remastered, as_published, other):
    one = replace(remastered, dances=remastered.dances[2:])
    text = read(page(report.make(one, as_published if other else None))).text
    assert "12.0" not in text
    assert "0.2 minutes" in text


def test_a_published_archive_borrows_beats_whichever_comes_first(remastered, as_published):
    text = read(page(report.make(as_published, remastered))).text
    assert "No dance has music" not in text
    assert report.make(as_published, remastered).now.by_style["waltz"].heard == 1


def test_many_dances_are_not_drawn_as_squares(remastered):
    number = composition.MOST_DANCES // 3 + 1
    dances = tuple(replace(d, name=f"{d.name}~{k}", samples=None) for k in range(number) for d in remastered.dances)
    made = report.make(replace(remastered, dances=dances))
    assert f"Which of {len(dances)} dances share" in page(made)


def test_squares_are_as_dark_as_dances_share(both):
    drawn = movement.matrix(both.contents, both.contents.sharing, {"cha-cha": "s0", "waltz": "s1"})
    squares = [a for tag, a in read(drawn).found if tag == "rect" and a["class"] == "share"]
    assert sorted(float(square["fill-opacity"]) for square in squares) == [0.7, 0.7, 1, 1, 1, 1]
    titles = [text for tag, text in read(drawn).words if tag == "title"]
    assert "C_2: 66 % of it in C_10 too" in titles


def test_figures_as_json_are_those_of_the_table(both):
    figures = json.loads(json.dumps(both.as_json(), allow_nan=False))
    for when, measured in (("now", both.now), ("before", both.before)):
        for style, found in measured.by_style.items():
            for group in report.GROUPS:
                for row in group.rows:
                    value = row.value(found)
                    kept = figures["table"][when][style][row.key]
                    assert kept == pytest.approx(value, abs=1e-6) if np.isfinite(value) else kept is None
    assert figures["measures"]["now"]["by_style"]["waltz"]["onset_phase"]["events"] > 0
    assert len(figures["archive"]["strips"]) == 3
    assert len(figures["mean_figures"]["styles"][0]["mean"]) == 22


def test_markup_escapes_what_is_none():
    assert element("p", "<&>", None, Markup("<b>"), class_='a"b', data_u="<", hidden=True, x=None) == (
        '<p class="a&quot;b" data-u="&lt;" hidden>&lt;&amp;&gt;<b></p>'
    )
    assert element("path", x=1.0, y=-0.001, z=2.345) == '<path x="1" y="0" z="2.35"></path>'


def test_scales():
    assert Scale(0, 10, 100, 200)(5) == 150
    assert Scale(1, 100, 0, 10, log=True)(10) == pytest.approx(5)
    assert (Scale(0, 10, 0, 1)(20), Scale(1, 100, 0, 1, log=True)(0), Scale(3, 3, 0, 1)(3)) == (1, 0, 0.5)
    assert [round_top(value) for value in (0.9, 1.0, 1.2, 6.1, 80, 0)] == [1, 1, 1.5, 7.5, 100, 1]
