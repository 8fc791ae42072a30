"""`ballo train` as a user types it: what it says, what it refuses in one line, and how it stops."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

pytest.importorskip("torch")

from ballo.cli import train
from ballo.learning import runs
from ballo.learning.engine import Progress

SMOKE = Path(__file__).parents[2] / "configs" / "smoke"
KINDS = ("poses", "sequences", "music", "melody", "style")


@pytest.mark.parametrize("kind", KINDS)
def test_it_trains_and_goes_on(ballo, folder, small_archive, kind):
    base = ("train", kind, small_archive.path, "-o", "run", "--device", "cpu")
    (folder / "shorter.toml").write_text("[engine]\nsteps = 5\nvalidate_every = 2\n")
    said = ballo(*base, "--config", SMOKE / f"{kind}.toml", "--config", "shorter.toml", "--set", "engine.steps=4")
    assert (said.status, said.err) == (0, "")
    first, *rest = said.out.splitlines()
    assert first == "Training in run; Ctrl-C saves, --resume goes on."
    assert any(line.startswith("step 4: validation ") for line in rest)
    assert rest[-1].startswith("Done. Next: ballo pack run -o ")
    assert "already holds a run" in ballo(*base).refusal
    assert ballo(*base, "--resume", "--set", "engine.steps=5").status == 0
    assert (folder / "run" / "metrics.csv").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(ballo, folder, small_archive, monkeypatch, number):
    def press(self, progress):
        if progress.step == 2:
            signal.raise_signal(number)

    monkeypatch.setattr(train._Line, "__call__", press)
    before = signal.getsignal(signal.SIGINT)
    said = ballo("train", "poses", small_archive.path, "-o", "a run", "--config", SMOKE / "poses.toml", "--device", "cpu")
    assert said.status == 130
    line = f"interrupted and saved at step 2; go on with: ballo train poses {small_archive.path} -o 'a run' --resume"
    assert said.err == f"ballo: {line}\n"
    assert signal.getsignal(signal.SIGINT) is before
    monkeypatch.undo()
    runs.train("poses", small_archive.path, folder / "a run", runs.Options(resume=True, device="cpu"))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nowhere", "-o", "run"), "nowhere"),
        ((".", "-o", "run"), "archive"),
        (("ARCHIVE", "-o", "run", "--resume"), "run holds no checkpoint.safetensors"),
        (("ARCHIVE", "-o", "run", "--config", "none.toml"), "no config file none.toml"),
        (("ARCHIVE", "-o", "run", "--set", "engine.step=3"), "did you mean 'steps'?"),
        (("ARCHIVE", "-o", "run", "--set", "motor.steps=3"), "unknown key 'motor'; known are generator"),
        (("ARCHIVE", "-o", "run", "--set", "engine.steps=-3"), "engine.steps must be at least 1, not -3"),
        (("ARCHIVE", "-o", "run", "--set", "engine.critic_rate=-1e-3"), "engine.critic_rate must be at least 0"),
        (("ARCHIVE", "-o", "run", "--device", "tpu"), "'tpu' is not one of"),
        (("ARCHIVE", "-o", "run", "--device", "cuda"), "no GPU that PyTorch can use was found"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(ballo, folder, small_archive, monkeypatch, arguments, reason):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    given = [small_archive.path if argument == "ARCHIVE" else argument for argument in arguments]
    assert reason in ballo("train", "music", *given).refusal
    assert list(folder.iterdir()) == []


def test_of_two_processes_the_first_says_what_is_refused(ballo, folder, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert "nowhere" in ballo("train", "music", "nowhere", "-o", "run").refusal
    monkeypatch.setenv("LOCAL_RANK", "1")
    said = ballo("train", "music", "nowhere", "-o", "run")
    assert (said.status, said.out, said.err) == (2, "", "")


SIX = {"critic": -12.345, "penalty": 1.2345, "generator": 0.12345, "distance": 31.41, "sameness": 18.62, "variation": 0.00123}


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (
            None,
            "step 12345/100000  critic -12.3  penalty 1.23  generator 0.123  distance 31.4  sameness 18.6  variation 0.00123"
            "  1.50 steps/s  16:13:56 left",
        ),
        (89, "12345/100000  crit -12  pena 1.2  gene 0.12  dist 31  same 19  vari 0.0012  16:13:56 left"),
        (85, "12345/100000  crit -12 pena 1.2 gene 0.12 dist 31 same 19 vari 0.0012  16:13:56 left"),
        (40, "12345/100000  16:13:56 left"),
        (10, "12345/1000"),
    ],
)
def test_a_progress_line_fits_its_terminal(width, expected):
    line = train.fitting_line(Progress(12345, 100_000, SIX, 1.5), width)
    assert width is None or len(line) <= width
    assert line.startswith(expected)


def test_six_losses_fit_eighty_columns():
    line = train.fitting_line(Progress(1234, 2200, SIX, 1.5), 79)
    assert len(line) <= 79
    for name in SIX:
        assert f"{name[:4]} " in line
    assert line.endswith("10:44 left")


def test_a_run_that_is_refused_leaves_no_folder(ballo, folder, small_archive):
    poses = SMOKE / "poses.toml"
    assert ballo("train", "poses", small_archive.path, "-o", "figures", "--config", poses).status == 0
    sequences = SMOKE / "sequences.toml"
    told = ballo("train", "sequences", small_archive.path, "-o", "run", "--config", sequences, "--start-from", "figures")
    assert "of other sizes" in told.refusal
    assert sorted(path.name for path in folder.iterdir()) == ["figures"]
