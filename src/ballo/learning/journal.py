"""What a run writes down on its way: metrics.csv, validation.csv and events for TensorBoard.

A resumed run drops the rows after its checkpoint, which it will live through again, so no step is written twice.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ballo.errors import ExportError
from ballo.motion.formats import whole

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

METRICS, VALIDATION, TENSORBOARD = "metrics.csv", "validation.csv", "tensorboard"
STEP = "step"


class Table:
    """A CSV file of numbers by step. A row may bring columns that the rows before it lack; theirs stay empty.

    Args:
        path: the file.
        step: rows of later steps are dropped.

    Raises:
        ExportError: the file cannot be written.
    """

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        self._columns: list[str] = []
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                kept = [row for row in reader if (row.get(STEP) or "").isdecimal() and int(row[STEP]) <= step]
                self._columns = list(reader.fieldnames or [])
            self._rewrite(kept)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """One more row; raises ExportError if the disk refuses it."""
        row = {STEP: str(step)} | {name: f"{value:.6g}" for name, value in values.items()}
        new = [name for name in row if name not in self._columns]
        if new:
            self._columns += new
            self._rewrite([*self._rows(), row])
            return
        try:
            with self._path.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, self._columns).writerow(row)
        except OSError as error:
            raise ExportError(f"cannot write {self._path}: {error.strerror or error}") from error

    def _rows(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        with self._path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def _rewrite(self, rows: list[dict[str, str]]) -> None:
        with whole(self._path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)


class Journal:
    """The three together, open while a run trains.

    Args:
        folder: the run's.
        step: where the run goes on from.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._metrics = Table(folder / METRICS, step)
        self._validation = Table(folder / VALIDATION, step)
        self._events = _writer(folder / TENSORBOARD, step)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._events.close()
        except OSError as refused:
            if kind is None:
                raise ExportError(f"cannot write TensorBoard's events: {refused.strerror or refused}") from refused

    def metrics(self, step: int, groups: Mapping[str, Mapping[str, float]]) -> None:
        """A row of metrics.csv: losses, gradients and pace, each under its group's name in TensorBoard."""
        self._metrics.add(step, {name: value for values in groups.values() for name, value in values.items()})
        for group, values in groups.items():
            self._chart(group, step, values)

    def validation(self, step: int, figures: Mapping[str, float]) -> None:
        """A row of validation.csv."""
        self._validation.add(step, figures)
        self._chart("validation", step, figures)

    def flush(self) -> None:
        """Bring everything to the disk: called before each checkpoint, so that a run killed later has what led up to it."""
        try:
            self._events.flush()
        except OSError as error:
            raise ExportError(f"cannot write TensorBoard's events: {error.strerror or error}") from error

    def _chart(self, group: str, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._events.add_scalar(f"{group}/{name}", value, step)


def _writer(folder: Path, step: int) -> SummaryWriter:
    """TensorBoard's writer, on top of what an earlier part of the run wrote up to `step`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # where TensorFlow is installed, it would greet
    from torch.utils.tensorboard import SummaryWriter

    begun = folder.is_dir() and any(folder.iterdir())
    return SummaryWriter(str(folder), purge_step=step + 1 if begun else None)
