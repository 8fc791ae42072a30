"""Strips of poses: what the best, the median and the worst clip of everybody look like, measure by measure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ballo.evaluation.danced import CLIP_SECONDS
from ballo.evaluation.measures import Measure
from ballo.evaluation.page.bodies import FPS, HEAD, HIPS, limbs, moves, strip
from ballo.evaluation.page.choices import POSED, Look, by_songs, called, chosen, folded, unit
from ballo.evaluation.page.clips import Clip, Shown, clips, shown
from ballo.evaluation.row import Row
from ballo.evaluation.table import number
from ballo.report.page.markup import Markup, element, join
from ballo.report.page.strips import clock


def poses(look: Look) -> Markup | None:
    """A measure under another, the first unfolded; None where nothing was danced."""
    rows = [(row, clips(row)) for row in look.dancers]
    measures = chosen(look.found.measures, POSED, lambda measure: measure.of_song is not None and by_songs(look, measure))
    parts = list(_measures(look, measures, [(row, found) for row, found in rows if found]))
    return (
        join(
            _legend(),
            _skeleton(rows),
            *(folded(title, *lines, open_=not k, class_="strips-of") for k, (title, lines) in enumerate(parts)),
        )
        if parts
        else None
    )


def _legend() -> Markup:
    marks = [("left", "her left"), ("right", "her right"), ("way", "where hands and feet go 0.2 s before and after")]
    said = [join(element("i", class_=f"key limb {name}"), element("span", words)) for name, words in marks]
    said.append(join(element("i", class_="key round back"), element("span", "a filled head: seen from behind")))
    return element("ul", *(element("li", each) for each in said), class_="legend")


def _skeleton(rows: Sequence[tuple[Row, Sequence[Clip]]]) -> Markup:
    """What the page's script must know to dance a clip."""
    skeleton = next(found[0].song.staged.skeleton for _, found in rows if found)
    head = skeleton.index(HEAD) if HEAD in skeleton.joint_names else None
    hips = [skeleton.joint_names.index(name) for name in HIPS if name in skeleton.joint_names]
    said = {"fps": FPS, "joints": len(skeleton), "limbs": limbs(skeleton), "head": head, "hips": hips}
    return element("script", Markup(json.dumps(said, separators=(",", ":"))), type="application/json", class_="skeleton")


def _measures(
    look: Look, measures: Sequence[Measure], rows: Sequence[tuple[Row, Sequence[Clip]]]
) -> Iterator[tuple[Markup, list[Markup]]]:
    """Of each measure that somebody has a number by, its title and a line a dancer."""
    for measure in measures:
        lines = [(row, shown(measure, row, found)) for row, found in rows]
        there = [(row, picked) for row, picked in lines if picked]
        if there:
            title = join(
                element("b", measure.title.strip()),
                f", {unit(measure)}" if measure.unit else "",
                " ",
                element("small", measure.about),
            )
            yield title, [_line(look, measure, row, picked) for row, picked in there]


def _line(look: Look, measure: Measure, row: Row, picked: Sequence[Shown]) -> Markup:
    figures = [_strip(look, measure, row, each) for each in picked]
    return element("div", element("h4", called(row)), element("div", *figures, class_="three"), class_="posed")


def _strip(look: Look, measure: Measure, row: Row, each: Shown) -> Markup:
    staged = each.clip.song.staged
    value = f"{number(each.value)} {unit(measure)}".strip()
    place = f"{staged.name}, {clock(each.clip.seconds)}" + ("" if each.of_clip else "; the number is the whole song's")
    label = f"{called(row)}, {each.called}: {value}; {CLIP_SECONDS:g} s of {staged.name} from {clock(each.clip.seconds)}"
    caption = join(element("span", each.called), " ", element("b", value), " ", element("small", place))
    dance = each.clip.positions
    picture = element(
        "button",
        strip(staged.skeleton, dance, staged.fps, label),
        type="button",
        class_="play",
        data_moves=moves(staged.skeleton, dance, staged.fps),
        aria_label=f"dance {label}",
    )
    return element("figure", element("figcaption", caption), picture, class_=look.colours[staged.style])
