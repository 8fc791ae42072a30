"""What a run writes down: columns come and go, and a resumed run writes no step twice."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ballo.errors import ExportError
from ballo.learning.journal import METRICS, TENSORBOARD, VALIDATION, Journal, Table


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_columns_may_come_and_go(tmp_path: Path) -> None:
    table = Table(tmp_path / "t.csv", 0)
    table.add(1, {"a": 1.0})
    table.add(2, {"b": 2.5, "a": -1e-9})
    table.add(3, {"b": float("nan")})
    expected = [{"step": "1", "a": "1", "b": ""}, {"step": "2", "a": "-1e-09", "b": "2.5"}, {"step": "3", "a": "", "b": "nan"}]
    assert _rows(tmp_path / "t.csv") == expected
    again = Table(tmp_path / "t.csv", 2)
    again.add(3, {"c": 1.0, "b": 0.0})
    assert _rows(tmp_path / "t.csv") == [row | {"c": ""} for row in expected[:2]] + [{"step": "3", "a": "", "b": "0", "c": "1"}]


def test_a_torn_last_row_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("step,a\n1,0.5\n2,0.25\n")
    Table(path, 1).add(2, {"a": 3.0})
    assert path.read_text().splitlines() == ["step,a", "1,0.5", "2,3"]
    path.write_text("step,a\n1,0.5\nx")
    Table(path, 9).add(2, {"a": 3.0})
    assert path.read_text().splitlines() == ["step,a", "1,0.5", "2,3"]
    path.write_text("")
    Table(path, 0).add(1, {"a": 3.0})
    assert path.read_text().splitlines() == ["step,a", "1,3"]


def test_a_refusing_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    table = Table(tmp_path / "gone" / "t.csv", 0)
    table.add(1, {"a": 1.0})
    (tmp_path / "gone" / "t.csv").unlink()
    (tmp_path / "gone").rmdir()
    with pytest.raises(ExportError, match="cannot write"):
        table.add(2, {"a": 1.0})


def test_a_resumed_run_writes_no_step_twice(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for first, last in ((0, 8), (5, 10)):
        with Journal(tmp_path, first) as journal:
            for step in range(first + 1, last + 1):
                journal.metrics(step, {"loss": {"critic": step + first / 10}, "pace": {"seconds_a_step": 0.5}})
                if step % 4 == 0:
                    journal.validation(step, {"jerk": 1.0})
    values = [*range(1, 6), *(step + 0.5 for step in range(6, 11))]
    assert [float(row["critic"]) for row in _rows(tmp_path / METRICS)] == values
    assert [row["step"] for row in _rows(tmp_path / VALIDATION)] == ["4", "8"]
    events = EventAccumulator(str(tmp_path / TENSORBOARD)).Reload()
    charted = [(event.step, event.value) for event in events.Scalars("loss/critic")]
    assert charted == [(round(value), pytest.approx(value)) for value in values[:5]] + [
        (step, pytest.approx(step + 0.5)) for step in range(6, 11)
    ]
    assert [event.step for event in events.Scalars("validation/jerk")] == [4, 8]
    assert set(events.Tags()["scalars"]) == {"loss/critic", "pace/seconds_a_step", "validation/jerk"}


def test_flushed_events_outlive_a_killed_process(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    journal = Journal(tmp_path, 0)
    journal.metrics(1, {"loss": {"critic": 1.0}})
    journal.flush()
    assert [event.step for event in EventAccumulator(str(tmp_path / TENSORBOARD)).Reload().Scalars("loss/critic")] == [1]
    journal.__exit__(None, None, None)
