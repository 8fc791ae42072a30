"""A dancer's decoder from a run of figures: taken with its scale, still where frozen, refused where it cannot fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning import config, runs
from ballo.learning.engine import Engine

FILES = {"layer": (), "batch": ("seed",)}
DECODER = {"size": 16, "blocks": 1}


@pytest.fixture(scope="module", params=FILES)
def figures(
    request: pytest.FixtureRequest,
    small_archive: Archive,
    configured: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """A run of the poses phase, and whose config it is of."""
    folder = tmp_path_factory.mktemp("figures")
    files = [f"{base}/poses" for base in FILES[request.param]]
    settings = configured(
        "poses", *files, generator={"noise_size": 12, "style_size": 0, "decoder": DECODER}, engine={"steps": 3}
    )
    (folder / "config.toml").write_text(config.toml(settings))
    runs.train("poses", small_archive.path, folder / "run", runs.Options([folder / "config.toml"]))
    return request.param, folder / "run"


def _dancer(begun: Callable[..., Any], norm: str, start_from: Path | None, frozen: bool, **generator: Any) -> Any:
    files = [f"{base}/sequences" for base in FILES[norm]]
    generator = {"hidden": 12, "layers": 1, "decoder": DECODER, **generator}
    return begun("sequences", *files, start_from=start_from, generator=generator, decoder={"frozen": frozen})


def test_a_code_means_the_figure_that_the_run_made_of_it(begun: Callable[..., Any], figures: tuple[str, Path]) -> None:
    norm, run = figures
    drawer, dancer = runs.load(run).generator, _dancer(begun, norm, run, False).generator.eval()
    code = torch.randn(1, 9, 12)
    numbers = dancer.normaliser.restore(dancer.frame_decoder(code))
    made = dancer.space.figures(numbers[..., : dancer.space.pose_size])
    torch.testing.assert_close(made, drawer(code, torch.zeros(1, dtype=torch.int64)))


@pytest.mark.parametrize("frozen", [True, False])
def test_a_frozen_decoder_stays_to_the_bit_while_the_rest_learns(
    begun: Callable[..., Any], figures: tuple[str, Path], tmp_path: Path, frozen: bool
) -> None:
    """Batch normalisation's running statistics included, which learn without a gradient."""
    norm, run = figures
    phase = _dancer(begun, norm, run, frozen)
    before = {name: value.clone() for name, value in phase.generator.state_dict().items()}
    engine = Engine(phase, phase.config.engine, tmp_path)
    for _ in range(2):
        engine.critic_step()
        engine.generator_step()
    changed = {name for name, value in phase.generator.state_dict().items() if not torch.equal(value, before[name])}
    decoder = {name for name in before if name.startswith(("frame_decoder.trunk", "frame_decoder.pose"))}
    cell = {name for name in before if name.startswith(("noise_gru", "frame_decoder.travel"))}
    assert cell <= changed
    if frozen:
        assert not changed & decoder
    else:
        assert decoder <= changed
    kept = {name: value for name, value in engine.average.state_dict().items() if name in decoder}
    assert all(torch.equal(value, before[name]) for name, value in kept.items()) is frozen


@pytest.mark.parametrize(
    "change", [{"hidden": 13}, {"decoder": {"size": 17, "blocks": 1}}, {"decoder": {"size": 16, "blocks": 2}}]
)
def test_a_decoder_of_other_sizes_is_refused_in_one_line(
    begun: Callable[..., Any], figures: tuple[str, Path], change: dict[str, Any]
) -> None:
    norm, run = figures
    with pytest.raises(DataError, match="is of other sizes: give the poses phase noise as large") as caught:
        _dancer(begun, norm, run, False, **change)
    assert "\n" not in str(caught.value)


def test_another_space_is_refused(begun: Callable[..., Any], figures: tuple[str, Path]) -> None:
    norm, run = figures
    other = {"layer": "coordinates", "batch": "directions"}[norm]
    with pytest.raises(DataError, match="both the same space"):
        _dancer(begun, norm, run, False, space=other)


def test_what_cannot_be_started_from_is_refused(
    begun: Callable[..., Any], small_archive: Archive, configured: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="name a run of the poses phase with --start-from"):
        begun("sequences", "ablations/sequences-frozen")
    with pytest.raises(DataError, match="holds no checkpoint"):
        begun("sequences", start_from=tmp_path)
    (tmp_path / "config.toml").write_text(config.toml(configured("sequences", engine={"steps": 1})))
    runs.train("sequences", small_archive.path, tmp_path / "run", runs.Options([tmp_path / "config.toml"]))
    with pytest.raises(DataError, match="is a run of the sequences phase: start from one of the poses phase"):
        begun("sequences", start_from=tmp_path / "run")
    with pytest.raises(DataError, match="the music phase starts afresh"):
        begun("music", start_from=tmp_path / "run")
