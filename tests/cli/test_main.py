"""The program as a whole: help, version, misuse, and a start that loads nothing heavy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import ballo as package
from ballo.cli import console, main
from ballo.motion import formats


def process(*arguments: str, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "ballo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", **options)


def test_version(ballo):
    said = ballo("--version")
    assert (said.status, said.out, said.err) == (0, f"ballo {package.__version__}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_the_commands_in_a_line_each(ballo, option):
    said = ballo(option)
    assert (said.status, said.err) == (0, "")
    commands = said.out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in commands] == [
        "dance",
        "beats",
        "show",
        "convert",
        "models",
        "evaluate",
        "pack",
        "data",
        "train",
    ]
    assert "..." not in "".join(commands)
    assert "pip install 'ballo[train]'" in said.out


def test_help_of_dance_shows_examples(ballo):
    said = ballo("dance", "--help")
    assert "\n    ballo dance song.mp3 -o dance.bvh -o dance.npz    for Blender, for NumPy\n" in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    for option in ("-o, --output FILE", "--seed NUMBER", "--start SECONDS", "--duration SECONDS", "--style", "--model"):
        assert option in said.out


@pytest.mark.parametrize(
    "command", [["beats"], ["data", "prepare"], ["train"], ["train", "music"], ["evaluate"], ["pack"], ["models"], ["show"]]
)
def test_every_command_has_help(ballo, command):
    said = ballo(*command, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Usage: ballo {' '.join(command)} ")


@pytest.mark.parametrize("command", ["dance", "convert", "show"])
def test_help_fits_a_terminal_and_names_every_format(ballo, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = ballo(command, "--help").out
    assert max(map(len, said.splitlines())) <= 80
    wanted = formats.suffixes() if command == "dance" else formats.readable()
    assert [suffix for suffix in wanted if suffix not in said] == []


def test_help_of_train_keeps_its_brackets(ballo):
    assert "pip install 'ballo[train]'" in ballo("train", "--help").out


@pytest.mark.parametrize("command", [[], ["train"], ["data"]])
def test_without_a_command_comes_the_help(ballo, command):
    said = ballo(*command)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("Usage: ballo")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["danec"], "no such command 'danec'"),
        (["--fast"], "no such option: --fast; see ballo --help"),
        (["dance", "-o"], "option '-o' requires an argument"),
        (["models", "extra"], "see ballo models --help"),
        (["train", "musik"], "no such command 'musik'"),
        (["pack", "run"], "see ballo pack --help"),
        (["pack", "run", "-o", "a.zip"], "cannot write a.zip: a bundle's name ends in .ballo"),
        (["pack", "run", "-o", "gone/a.onnx"], "there is no folder gone"),
        (["pack", "run", "-o", "gone/a.ballo"], "there is no folder gone"),
        (["data", "prepare", "no-data", "-o", "archive"], "there is no folder no-data"),
    ],
)
def test_misuse_is_one_line(ballo, folder, arguments, reason):
    assert reason in ballo(*arguments).refusal
    assert not list(folder.iterdir())


def test_training_without_its_extra(ballo, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for arguments in (["train", "music", "archive", "-o", "run"], ["pack", "run", "-o", "a.ballo"]):
        assert ballo(*arguments).refusal == "training needs PyTorch: pip install 'ballo[train]'"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, main.typer.Abort])
def test_an_interruption_is_130(ballo, monkeypatch, interruption):
    def interrupted(**options):
        raise interruption

    monkeypatch.setattr(main, "app", interrupted)
    said = ballo("models")
    assert (said.status, said.err) == (130, "ballo: interrupted; nothing half-written was left\n")


def test_a_bug_of_ours_shows_itself(ballo, monkeypatch):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr("ballo.inference.bundle.shipped", broken)
    with pytest.raises(ZeroDivisionError):
        ballo("models")


def test_as_a_process_of_its_own(tmp_path):
    done = process("dance", "missing.mp3", "-o", "a.txt", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ballo: cannot write a.txt: choose a suffix among .bvh, ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_terminal_without_the_letters(tmp_path):
    done = process("dance", "踊り.mp3", "-o", "踊り.txt", cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ballo: cannot write \\u8e0a\\u308a.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
@pytest.mark.parametrize("command", ["--help", "models"])
def test_a_reader_that_went_away(command):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "ballo", command], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode in (1, 2), b"Traceback" in done.stderr, b"Broken" in done.stderr) == (True, False, False)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell")
def test_without_standard_output():
    command = f'"{sys.executable}" -m ballo dance missing.mp3 >&-'
    done = subprocess.run(command, shell=True, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"ballo: ")
    assert done.stderr.count(b"\n") == 1


def test_help_loads_nothing_heavy():
    unwanted = [
        "numpy",
        "onnxruntime",
        "av",
        "soxr",
        "PIL",
        "rich",
        "torch",
        "ballo.inference",
        "ballo.dataset",
        "ballo.learning",
    ]
    code = (
        "import sys, runpy\nsys.argv = ['ballo', '--help']\n"
        "try:\n    runpy.run_module('ballo', run_name='__main__')\n"
        f"finally:\n    print([name for name in {unwanted} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_waits_for_a_place_to_stop_and_a_second_one_does_not():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), console.Unbroken() as work:  # noqa: PT012
        work.rest()
        signal.raise_signal(signal.SIGINT)
        done = True
        work.rest()
    assert done
    with pytest.raises(KeyboardInterrupt), console.Unbroken():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), console.Bar("working", 2.0) as bar:  # noqa: PT012
        bar.reach(1.0)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the second breaks in")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_fault_on_the_way_is_not_hidden_by_ctrl_c():
    with pytest.raises(ZeroDivisionError), console.Unbroken():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        raise ZeroDivisionError


def test_the_clock():
    clocks = [console.clock(seconds) for seconds in (0, 0.99, 75.2, 3661, 1e9, float("inf"))]
    assert clocks == ["0:00", "0:00", "1:15", "1:01:01", "99:59:59", "99:59:59"]


def test_what_does_not_print_is_spelt_out():
    assert console.plain("Für Élise, 踊り") == "Für Élise, 踊り"
    assert console.plain("a\tb\nc\x1b[2Jd\udcff") == "a b c\\x1b[2Jd\\udcff"
