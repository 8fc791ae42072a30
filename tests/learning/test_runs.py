"""Run folders: what they say of themselves, what is refused, and what comes out of them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning import checkpoint, config, phases, processes, runs
from ballo.learning import folder as run_folder
from ballo.learning.phases.poses import PosesConfig
from ballo.learning.runs import Options

SMOKE = Path(__file__).parents[2] / "configs" / "smoke" / "poses.toml"
QUICK = Options(configs=(SMOKE,), changes=("engine.steps=3", "engine.validate_every=2", "engine.stop_on=figures"), device="cpu")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def figure(small_archive: Archive) -> str:
    """The name of a figure that the poses phase validates by."""
    device, shard = torch.device("cpu"), processes.Processes("cpu")
    phase = phases.build("poses", small_archive, config.read(SMOKE, PosesConfig), device, runs.Shard(shard.rank, shard.count))
    return sorted(phase.validate(phase.generator))[0]


@pytest.fixture
def options(figure: str) -> Options:
    return replace(QUICK, changes=(*QUICK.changes[:2], f"engine.stop_on={figure}"))


@pytest.fixture
def run(small_archive: Archive, tmp_path: Path, options: Options) -> Path:
    """A finished run of the poses phase."""
    runs.train("poses", small_archive.path, tmp_path / "run", options)
    return tmp_path / "run"


def test_a_folder_says_what_its_run_was(run: Path, small_archive: Archive) -> None:
    said = json.loads((run / "config.json").read_text())
    assert said["phase"] == "poses"
    assert said["config"]["engine"]["steps"] == 3
    assert (said["archive"], said["manifest_sha256"]) == (str(small_archive.path.resolve()), small_archive.manifest_sha256)
    assert (said["processes"], said["device"], said["start_from"]) == (1, "cpu", None)
    again = config.read(run / "config.toml", PosesConfig)
    assert again == config.build(PosesConfig, said["config"], "config.json")
    assert {path.name for path in run.iterdir()} >= {
        "metrics.csv",
        "validation.csv",
        "tensorboard",
        "samples",
        "best.safetensors",
    }
    assert list((run / "samples").iterdir())


def test_the_commit_is_that_of_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=b", *arguments], check=True)

    file = tmp_path / "version.py"
    file.write_text("VERSION = '9'\n")
    monkeypatch.setattr(run_folder.version, "__file__", str(file))
    assert run_folder.commit().startswith("release ")
    git("init", "-q")
    assert run_folder.commit().startswith("release ")  # a checkout of something else around an installed ballo
    git("add", "version.py")
    git("commit", "-qm", "first")
    clean = run_folder.commit()
    assert len(clean) == 40
    file.write_text("VERSION = '10'\n")
    assert run_folder.commit() == f"{clean}+changes"


@pytest.mark.parametrize(("weights", "part"), [("average", "average"), ("last", "generator"), ("best", "average")])
def test_a_run_gives_the_weights_that_were_asked_for(run: Path, weights: runs.Weights, part: str) -> None:
    trained = runs.load(run, weights=weights)
    file = checkpoint.read(run / (checkpoint.BEST if weights == "best" else checkpoint.FILE))
    for name, value in file.part(part).items():
        assert torch.equal(trained.generator.state_dict()[name], value), name
    assert (trained.kind, trained.weights, trained.generator.training) == ("poses", weights, False)
    assert trained.header["step"] == file.header["step"]


def test_a_resumed_run_may_go_further_with_other_rates(run: Path, small_archive: Archive) -> None:
    more = Options(resume=True, changes=("engine.steps=5", "engine.generator_rate=1e-5"), device="cpu")
    runs.train("poses", small_archive.path, run, more)
    saved = checkpoint.load(run).header
    assert (saved["step"], saved["config"]["engine"]["generator_rate"]) == (5, 1e-5)
    runs.train("poses", small_archive.path, run, Options(resume=True, device="cpu"))  # nothing left to do


def test_what_would_mix_runs_up_is_refused(run: Path, small_archive: Archive, tmp_path: Path, options: Options) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    resume = Options(resume=True, device="cpu")

    def refused(match: str, options: Options, kind: str = "poses", folder: Path = run) -> None:
        with pytest.raises(DataError, match=match) as caught:
            runs.train(kind, small_archive.path, folder, options)
        assert "\n" not in str(caught.value)

    refused("already holds a run", options)
    refused("no checkpoint", resume, folder=tmp_path / "none")
    refused("leave out --config", replace(resume, configs=(SMOKE,)))
    refused("leave out --config and --start-from", replace(resume, start_from=run))
    refused("only change engine values", replace(resume, changes=("batches.size=3",)))
    refused("holds a run of the phase poses, not music", resume, kind="music")
    refused("poses phase starts afresh", replace(options, start_from=run), folder=tmp_path / "new")
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before
    assert not (tmp_path / "none").exists()


def test_a_config_changed_by_hand_is_refused(run: Path, small_archive: Archive) -> None:
    path = run / "config.json"
    said = json.loads(path.read_text())
    said["config"]["batches"]["size"] += 1
    path.write_text(json.dumps(said))
    with pytest.raises(DataError, match=r"config.json is not the config that checkpoint.safetensors was trained with"):
        runs.train("poses", small_archive.path, run, Options(resume=True, device="cpu"))


def test_a_gpu_that_is_not_there_is_refused(small_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DataError, match="no GPU"):
        runs.train("poses", small_archive.path, tmp_path / "run", Options(device="cuda"))
    assert not (tmp_path / "run").exists()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    with pytest.raises(DataError, match="4 processes but 2 GPUs here: torchrun --nproc-per-node 2, or --device cpu"):
        processes.accelerator("auto")
    assert processes.accelerator("cpu") == "cpu"


def test_best_weights_that_were_not_kept_are_named(run: Path) -> None:
    (run / checkpoint.BEST).unlink()
    with pytest.raises(DataError, match=r"train with engine\.stop_on"):
        runs.load(run, weights="best")


def test_another_archive_is_refused(run: Path, small_archive: Archive, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for path in small_archive.path.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest) + " ")
    with pytest.raises(DataError, match="name it with --archive"):
        runs.load(run, other)
    with pytest.raises(DataError, match="another archive"):
        runs.train("poses", other, run, Options(resume=True, device="cpu"))
