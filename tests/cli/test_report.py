"""`ballo data report`, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from ballo.dataset import archiving, splits
from ballo.dataset.archiving import Contents
from ballo.report import report, rows


def row_of(said, title: str) -> list[str]:
    """The cells of a row of the printed table."""
    (line,) = [line for line in said.out.splitlines() if line.strip().startswith(title)]
    return line.strip().removeprefix(title).split()


@pytest.fixture(scope="module")
def made(small_archive):
    return report.make(small_archive)


def test_the_table_is_printed_and_nothing_is_written(ballo, folder, small_archive, made):
    said = ballo("data", "report", small_archive.path)
    assert said.status == 0, said.err
    assert said.out.startswith("small: 4 dances, 0.4 min, repaired, 25 fps\n")
    assert row_of(said, "waltz") == 2 * ["1,", "0.1", "min,", "2", "windows"]
    drift = next(row for group in rows.GROUPS for row in group.rows if row.key == "drift")
    assert row_of(said, "toe-floor drift, cm") == [drift.text(made.now.by_style[style]) for style in made.styles]
    assert row_of(said, "with music and beats") == ["0"] * 4
    assert row_of(said, "joins") == ["0"] * 4
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= 100
    assert not list(folder.iterdir())


def test_beside_another_archive_each_cell_has_both(ballo, small_archive):
    said = ballo("data", "report", small_archive.path, "--before", small_archive.path)
    assert "Measured: repaired → repaired" in said.out
    cells = " ".join(row_of(said, "worst dance, cm/s")).split("→")
    assert len(cells) == 5
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= 100


def test_many_styles_are_printed_in_turn(ballo, tmp_path, small_archive):
    entry = archiving.entry_of(small_archive.dances[0])
    styles = [f"style number {number}" for number in range(8)]
    entries = [replace(entry, name=style, style=style, samples=None) for style in styles]
    archive = archiving.write(tmp_path / "many", Contents(entries, splits.shipped()))
    for options, tables in ((), 2), (("--before", archive.path), 3):
        said = ballo("data", "report", archive.path, *options)
        assert sum("toe-floor drift, cm" in line for line in said.out.splitlines()) == tables
        assert all(sum(style in line for line in said.out.splitlines()) >= 2 for style in styles)
        assert "…" not in said.out


def test_page_and_figures_are_written(ballo, folder, small_archive, made):
    said = ballo("data", "report", small_archive.path, "-o", "a.html", "-o", "b.json", "--json", "c.figures")
    assert said.status == 0, said.err
    assert [line.split("  ")[0] for line in said.out.splitlines()[-3:]] == ["Wrote a.html", "Wrote b.json", "Wrote c.figures"]
    assert (folder / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (folder / "b.json").read_bytes() == (folder / "c.figures").read_bytes()
    assert json.loads((folder / "b.json").read_text()) == json.loads(json.dumps(made.as_json()))
    assert sorted(file.name for file in folder.iterdir()) == ["a.html", "b.json", "c.figures"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["-o", "a.pdf"], "cannot write a.pdf: choose a suffix among .html, .json"),
        (["-o", "nowhere/a.html"], "cannot write nowhere/a.html: there is no folder nowhere; make it first"),
        (["--json", "."], "cannot write .: it is a folder; name a file in it"),
        (["--before", "nowhere"], "nowhere is no ballo archive: make one with `ballo data prepare SRC -o nowhere`"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(ballo, small_archive, options, reason):
    assert ballo("data", "report", small_archive.path, *options).refusal == reason


def test_an_archive_is_not_written_into(ballo, small_archive):
    manifest = small_archive.path / "manifest.json"
    before = manifest.read_bytes()
    assert "that folder is an archive" in ballo("data", "report", small_archive.path, "--json", manifest).refusal
    assert manifest.read_bytes() == before


def test_no_archive_is_refused(ballo):
    assert "no ballo archive" in ballo("data", "report", ".").refusal


def test_the_command_line_starts_without_numpy():
    code = "import ballo.cli.report, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
