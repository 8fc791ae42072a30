"""What evaluations say in words, for numbers made by hand."""

from __future__ import annotations

from dataclasses import replace

from ballo.evaluation.danced import Danced
from ballo.evaluation.evaluation import Evaluation, Options
from ballo.evaluation.findings import findings
from ballo.evaluation.measures import Measure
from ballo.evaluation.row import Figure, Row, row
from ballo.metrics.intervals import Interval

SKATE = Measure("skate", "foot skate", "cm/s", "less")
SPEED = Measure("speed_ratio", "speed / real", "", "1")
SPREAD = Measure("div_kinetic", "Div_k", "", "as real")
CHANCE = Measure("in_time_p", "  steps in time, p", "", "less")


def figure(value, low=None, high=None):
    return Figure(value, None if low is None else Interval(low, high, 7, "range"), 7)


def made(name, kind, **values):
    return Row(name, kind, {key: figure(*value) for key, value in values.items()}, {}, {}, danced=(None,))


def evaluation(*targets, songs=7, controls=()):
    real = made("real", "real", skate=(2, 1, 4), speed_ratio=(1, 1, 1), div_kinetic=(10, 9, 11), in_time_p=(0.001,))
    object.__setattr__(real, "danced", ())
    named = {f"DANCE_W_{number}": "waltz" for number in range(songs)}
    return Evaluation("a", "0", "val", Options(1, (SKATE, SPEED, SPREAD, CHANCE)), named, (real, *controls, *targets))


def test_few_songs_come_first():
    assert findings(evaluation())[0].startswith("7 songs (7 waltz) are too few for intervals")
    assert "95 %" in findings(evaluation(songs=30))[0]


def test_one_song_and_styles_of_one():
    assert findings(evaluation(songs=1))[0] == "1 song (1 waltz) is too few for any number to say more than of this song."
    assert "A style with one song" not in findings(evaluation(songs=7))[0]


def test_intervals_that_overlap_tell_nobody_from_the_real_dances():
    mine = made(
        "mine", "target", skate=(4.5, 3.9, 5), speed_ratio=(0.9, 0.8, 0.95), div_kinetic=(12, 11.5, 13), in_time_p=(0.01,)
    )
    said = " ".join(findings(evaluation(mine)))
    assert "mine: differs from real dances in speed / real (0.90; real 1.00) and Div_k (12.0; real 10.0); " in said
    assert "is not told from real dances in foot skate (4.50 cm/s; real 2.00)" in said


def test_who_danced_some_of_the_songs_is_held_against_the_real_dances_to_these(staged):
    """Nobody wins by dancing the easy songs: at one song of two the real dance has 2 as well, and 5 over both."""
    by_name = {"one": 2.0, "two": 8.0}
    skate = replace(SKATE, of_song=lambda song: by_name[song.staged.name])
    dances = [Danced(staged(name), (staged(name).real,), real=True) for name in by_name]
    real, some = row("real", dances, {}, [skate], kind="real"), row("some", dances[:1], {"two": "no"}, [skate])
    every = row("every", dances, {}, [skate])
    options = Options(1, (skate,))
    said = findings(Evaluation("a", "0", "val", options, dict.fromkeys(by_name, "waltz"), (real, some, every)))
    assert "some (1 of 2 songs, beside the real dances to these): is as real dances are, or better, in foot skate." in said
    assert not [line for line in said if line.startswith("Nearest")], "some danced fewer songs than every"


def test_titles_in_a_list_have_no_commas():
    commas = Measure("skate", "steps, over shifted", "", "less")
    mine = made("mine", "target", skate=(25, 22, 30))
    real = made("real", "real", skate=(2, 1, 4))
    object.__setattr__(real, "danced", ())
    said = findings(Evaluation("a", "0", "val", Options(1, (commas,)), {"x": "waltz"}, (real, mine)))
    assert "mine: differs from real dances in steps over shifted (25.0; real 2.00)." in said


def test_what_a_control_passes_is_what_does_not_see_it():
    frozen = made("frozen", "control", skate=(0.0,), speed_ratio=(0.0, 0, 0), div_kinetic=(2, 1, 3), in_time_p=(float("nan"),))
    (said,) = [line for line in findings(evaluation(controls=(frozen,))) if line.startswith("Frozen pose")]
    assert "foot skate" in said
    assert "speed" not in said
    assert "Div_k" not in said


def test_somebody_is_told_from_the_real_dances_by_their_range():
    mine = made("mine", "target", skate=(25, 22, 30), speed_ratio=(0.97, 0.9, 1.05), div_kinetic=(9.5, 9, 10), in_time_p=(0.3,))
    said = " ".join(findings(evaluation(mine)))
    assert "mine: differs from real dances in foot skate (25.0 cm/s; real 2.00)" in said
    assert "is as real dances are, or better, in speed / real and Div_k" in said
    assert "is not told from chance in steps in time (p 0.30)" in said


def test_of_several_the_best_is_named():
    one = made("one", "target", skate=(3, 2, 4), speed_ratio=(0.5, 0.4, 0.6), div_kinetic=(12, 11, 13), in_time_p=(0.01,))
    two = made("two", "target", skate=(9, 8, 10), speed_ratio=(1.4, 1.3, 1.5), div_kinetic=(10, 9, 11), in_time_p=(0.01,))
    (said,) = [line for line in findings(evaluation(one, two)) if line.startswith("Nearest")]
    assert "one in foot skate" in said
    assert "two in speed / real and Div_k" in said


def test_what_rewards_standing_still_decides_nothing():
    frozen = made("frozen", "control", skate=(0,), speed_ratio=(0,), div_kinetic=(1,), in_time_p=(float("nan"),))
    other = made("other_songs", "control", skate=(2,), speed_ratio=(1,), div_kinetic=(10,), in_time_p=(0.5,))
    still = made("still", "target", skate=(0, 0, 0), speed_ratio=(0, 0, 0), div_kinetic=(0, 0, 0), in_time_p=(float("nan"),))
    mine = made("mine", "target", skate=(5, 4, 6), speed_ratio=(0.9, 0.8, 1), div_kinetic=(9, 8, 10), in_time_p=(0.01,))
    said = findings(evaluation(still, mine, controls=(frozen, other)))
    assert "Nearest to real dances, or best where less or more is: mine in speed / real and Div_k; still in nothing." in said
    assert "Not counted there: foot skate, in which a frozen pose beats real dances to other songs." in said
