"""What numbers mean in either space: encoding and decoding, what a critic sees, feet on the floor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from ballo.learning import movement
from ballo.learning.models import spaces
from ballo.learning.models.spaces import Coordinates, Directions
from ballo.learning.phases.fitting import Real
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

FPS = 25.0
FRAMES = 60


@pytest.fixture
def world(planted: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A dance (T, J, 3) that turns and travels, on a floor at 0 (the soft minimum's)."""
    return planted(np.arange(FRAMES))


@pytest.fixture
def real(world: np.ndarray) -> Real:
    pose, travel = kinematics.unplace(DANCER, world)
    facing = kinematics.heading(DANCER, world)[:1]
    return Real(*(torch.from_numpy(x).float() for x in (pose[None], travel[None], facing)))


def _placed(moved: spaces.Moved, facing: float = 0.0) -> np.ndarray:
    placed, _, _ = kinematics.place(moved.pose[0].double().numpy(), moved.travel[0].double().numpy(), np.zeros(2), facing)
    return placed


def test_directions_decode_to_the_dance_they_were_encoded_from(world: np.ndarray, real: Real) -> None:
    space = Directions(DANCER, FPS)
    numbers = torch.from_numpy(space.encode(real)).float()[None]
    assert numbers.shape == (1, FRAMES, space.pose_size + space.travel_size)
    moved = space.decode(numbers, {"feet": real.pose[:, 0, space.standing_feet.joints]})
    torch.testing.assert_close(moved.pose, real.pose, atol=1e-5, rtol=0)
    torch.testing.assert_close(moved.travel, real.travel, atol=1e-4, rtol=0)
    again = _placed(moved, float(real.heading[0]))
    shift = world[0, 0] * [1, 0, 1]
    np.testing.assert_allclose(again - again[0, 0] * [1, 0, 1], world - shift, atol=2e-3)


def test_a_dancer_who_stands_still_emits_no_travel_of_her_own(real: Real) -> None:
    space = Directions(DANCER, FPS)
    pose, still = real.pose.clone(), torch.zeros_like(real.travel)
    pose[:] = pose[:, :1]
    own = space.encode(Real(pose, still, real.heading))[:, -3:]
    np.testing.assert_allclose(own, 0, atol=1e-6)


def test_the_state_of_the_feet_joins_two_chunks_into_one(real: Real) -> None:
    space = Directions(DANCER, FPS)
    numbers = torch.from_numpy(space.encode(real)).float()[None]
    whole = space.decode(numbers, space.start(1, torch.device("cpu")))
    first = space.decode(numbers[:, :17], space.start(1, torch.device("cpu")))
    second = space.decode(numbers[:, 17:], first.state)
    torch.testing.assert_close(torch.cat([first.travel, second.travel], dim=1), whole.travel)
    torch.testing.assert_close(second.state, whole.state)


def test_a_critic_of_directions_sees_made_and_real_movement_alike(real: Real) -> None:
    space = Directions(DANCER, FPS)
    numbers = torch.from_numpy(space.encode(real)).float()[None]
    seen = space.see(real)
    assert seen.shape == (1, FRAMES - space.left_out, space.channels)
    torch.testing.assert_close(seen, movement.describe(real.pose, real.travel, FPS))
    made = space.decode(numbers, space.start(1, torch.device("cpu")))
    positions = 3 * len(DANCER)
    torch.testing.assert_close(space.see_made(numbers, made)[..., :positions], seen[..., :positions], atol=1e-4, rtol=0)
    # The first steps hang on where the feet were before the dance; the critic does not see them.
    torch.testing.assert_close(
        space.see_made(numbers, made)[..., : space.compared], seen[..., : space.compared], atol=1e-2, rtol=0
    )


def test_coordinates_are_of_joints_as_the_dancer_faces_the_world(world: np.ndarray, real: Real) -> None:
    space = Coordinates(DANCER, len(DANCER))
    seen = space.see(real)[0].numpy().reshape(FRAMES, len(DANCER), 3)
    np.testing.assert_allclose(seen, world - world[:, :1], atol=1e-5)
    np.testing.assert_array_equal(space.encode(real), space.see(real)[0].numpy())


def test_coordinates_turn_with_the_first_frames_heading(real: Real) -> None:
    space = Coordinates(DANCER, len(DANCER))
    turned = space.see(Real(real.pose, real.travel, real.heading + 0.7))[0].numpy().reshape(FRAMES, -1, 3)
    seen = space.see(real)[0].numpy().reshape(FRAMES, -1, 3)
    np.testing.assert_allclose(turned, kinematics.turned_about_y(seen, np.full((1, 1), 0.7)), atol=1e-5)


def test_coordinates_decode_to_the_real_dances_joints_on_the_floor(world: np.ndarray, real: Real) -> None:
    space = Coordinates(DANCER, len(DANCER))
    moved = space.decode(space.see(real), {})
    assert moved.state == {}
    assert not moved.travel.any()
    made = moved.pose[0].double().numpy()
    expected = world - world[:, :1] * [1, 0, 1]
    np.testing.assert_allclose(made, expected, atol=1e-5)
    np.testing.assert_allclose(kinematics.floor_height(DANCER, made), 0, atol=1e-5)


def test_figures_are_the_same_in_both_spaces(real: Real) -> None:
    """Frames as figures of their own, in the heading frame: T = 1 each."""
    stills = Real(real.pose[0][:, None], real.travel[0][:, None], torch.zeros(FRAMES))
    for space in (Directions(DANCER, FPS), Coordinates(DANCER, len(DANCER))):
        numbers = space.encode_figures(stills)
        assert numbers.shape == (FRAMES, space.pose_size)
        figures = space.figures(numbers[:, None])[:, 0]
        torch.testing.assert_close(figures, real.pose[0], atol=1e-5, rtol=0)
        seen = space.see_figures(stills)
        assert seen.shape == (FRAMES, space.figure_channels)
        torch.testing.assert_close(space.see_made_figures(numbers), seen, atol=1e-5, rtol=0)


def test_points_decode_to_joints_on_the_floor_over_the_origin() -> None:
    space = Coordinates(DANCER, 23)
    numbers = torch.randn(2, 5, 69, generator=torch.Generator().manual_seed(0)) * 0.3
    pose = space.decode(numbers, {}).pose
    assert pose.shape == (2, 5, len(DANCER), 3)
    np.testing.assert_allclose(kinematics.floor_height(DANCER, pose[1].double().numpy()), 0, atol=1e-5)
    torch.testing.assert_close(pose[:, :, 0, [0, 2]], torch.zeros(2, 5, 2))


def test_spaces_are_found_by_name_and_other_points_refused() -> None:
    assert isinstance(spaces.make("directions", DANCER, FPS, 22), Directions)
    assert spaces.make("coordinates", DANCER, FPS, 23).pose_size == 69
    with pytest.raises(ValueError, match="22 joints or of 23 points, not of 21"):
        Coordinates(DANCER, 21)
