"""PoleOnCart moves as Lagrange's equations say, and as MuJoCo has it, where that is installed."""

import math

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from torch import Tensor

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.tasks import PoleOnCart, PoleTask
from dremeta_lite.tasks.family import pick, with_axes

ID = "dremeta/PoleOnCart-v0"
FAMILY = PoleOnCart()


def exact(gain: float, head: float) -> PoleTask:
    return PoleTask(torch.tensor(gain, dtype=torch.float64), torch.tensor(head, dtype=torch.float64))


def lagrangian(q: Tensor, speed: Tensor, head: float) -> Tensor:
    """T - V from the places of all masses: the rod is cut into pieces of which each is a point (Gauss' rule, exact for a rod)."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    along = [*(FAMILY.length * (1 + nodes) / 2), FAMILY.length]
    masses = [*(FAMILY.rod * weights / 2), head]
    place = lambda q, r: torch.stack([q[0] + r * q[1].sin(), r * q[1].cos()])
    value = FAMILY.cart * speed[0] ** 2 / 2
    for r, mass in zip(along, masses, strict=True):
        moves = torch.func.jacrev(lambda q, r=r: place(q, r))(q) @ speed
        value = value + mass * (moves.square().sum() / 2 - FAMILY.gravity * place(q, r)[1])
    return value


@pytest.mark.parametrize("seed", range(4))
def test_accelerations_are_those_of_the_lagrangian(seed: int) -> None:
    """d/dt ∂L/∂q̇ = ∂L/∂q + (F, 0), with all derivatives taken by torch."""
    rng = np.random.default_rng(seed)
    (x, angle, v, spin), force, head = rng.normal(size=4), rng.normal() * 20, rng.uniform(0.1, 1)
    q, speed = torch.tensor([x, angle]), torch.tensor([v, spin])
    by_speed = torch.func.grad(lagrangian, 1)
    mass = torch.func.jacrev(by_speed, 1)(q, speed, head)
    drift = torch.func.jacrev(by_speed)(q, speed, head) @ speed
    pull = torch.func.grad(lagrangian)(q, speed, head) + torch.tensor([force, 0.0]).double()
    expected = torch.linalg.solve(mass, pull - drift)
    found = FAMILY.accelerations(torch.tensor([x, v, angle, spin]), torch.tensor(force), exact(1.0, head))
    torch.testing.assert_close(torch.stack(found), expected)


def energy(state: Tensor, head: float) -> float:
    speed = state[[1, 3]]
    q = state[[0, 2]]
    by_speed = torch.func.grad(lagrangian, 1)(q, speed, head)
    return (by_speed @ speed - lagrangian(q, speed, head)).item()


class Free(PoleOnCart):
    """Nothing counts as a fall."""

    tilt, track = math.inf, math.inf


def test_without_a_motor_energy_stays() -> None:
    """It wanders a little, as with every semi-implicit integrator, and with a quarter of the step by a quarter as much."""
    wandering = []
    for divided in (1, 4):
        family = Free()
        family.time_step = 0.004 / divided
        state, head = torch.tensor([0.0, 0.1, 2.5, 0.3], dtype=torch.float64), 0.4
        began, off = energy(state, head), 0.0
        for step in range(150 * divided):
            state = family.transition(state, torch.zeros(1), None, exact(1.0, head))
            off = max(off, abs(energy(state, head) - began)) if step % (10 * divided) == 0 else off
        wandering.append(off)
    assert wandering[0] < 0.2 and wandering[1] == pytest.approx(wandering[0] / 4, rel=0.2)


def test_a_whole_episode_agrees_with_mujoco() -> None:
    mujoco = pytest.importorskip("mujoco", reason="the extra `robots` is not installed")
    head, gain, length = 0.7, -1.2, FAMILY.length
    mass, middle = FAMILY.rod + head, (FAMILY.rod * length / 2 + head * length) / (FAMILY.rod + head)
    moment = FAMILY.rod * length**2 / 3 + head * length**2 - mass * middle**2
    model = mujoco.MjModel.from_xml_string(f"""<mujoco><option timestep="0.02" integrator="Euler" gravity="0 0 -{FAMILY.gravity}"/>
        <worldbody><body><joint name="slide" type="slide" axis="1 0 0"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>
        <body><joint name="hinge" axis="0 1 0"/><inertial pos="0 0 {middle}" mass="{mass}" diaginertia="{moment} {moment} {moment}"/>
        </body></body></worldbody><actuator><motor joint="slide"/></actuator></mujoco>""")
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    state = torch.tensor([0.0, 0.1, 0.05, -0.2], dtype=torch.float64)
    data.qpos[:], data.qvel[:] = state[[0, 2]], state[[1, 3]]
    for _ in range(100):
        action = torch.tensor(rng.uniform(-0.1, 0.1, 1))
        data.ctrl[:] = FAMILY.force * gain * action.numpy()
        mujoco.mj_step(model, data, 2)
        state = Free().transition(state, action, None, exact(gain, head))
        np.testing.assert_allclose(state, [data.qpos[0], data.qvel[0], data.qpos[1], data.qvel[1]], atol=1e-9)


def test_what_has_fallen_is_put_up_whatever_is_done_and_a_fall_costs_one() -> None:
    fallen = torch.tensor([[0.3, 1.0, 0.6, 2.0], [-0.3, 0.0, -0.7, 0.0], [2.6, 0.0, 0.1, 0.0]])
    up = FAMILY.transition(fallen, torch.ones(3, 1))
    torch.testing.assert_close(up, torch.tensor([[0, 0, 0.1, 0], [0, 0, -0.1, 0], [0, 0, 0.1, 0]]))
    rewards = FAMILY.reward(up, torch.ones(3, 1), fallen)
    torch.testing.assert_close(rewards, torch.tensor([0.05 - 0.015 - 0.06, 0.05 - 0.015 - 0.07, 0.05 - 0.1 - 0.01]) - 1)
    torch.testing.assert_close(FAMILY.reward(fallen, torch.ones(3, 1), up), torch.full((3,), 0.04))
    assert not FAMILY.terminal(fallen).any()


def test_a_negative_gain_turns_the_force_round() -> None:
    state, action = torch.tensor([0.2, 0.1, 0.05, -0.1]), torch.tensor([0.4])
    one = FAMILY.transition(state, action, None, PoleTask(torch.tensor(-1.0), torch.tensor(0.5)))
    torch.testing.assert_close(one, FAMILY.transition(state, -action))
    strong = FAMILY.transition(state, torch.tensor([7.0]))
    torch.testing.assert_close(strong, FAMILY.transition(state, torch.tensor([1.0])))


def test_tasks_and_starts_are_drawn_as_the_page_says(rng: torch.Generator) -> None:
    n = 8000
    tasks = FAMILY.sample_tasks(n, rng)
    assert (tasks.gain > 0).float().mean().item() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(n))
    for x, low, high in ((tasks.gain.abs(), 0.5, 1.5), (tasks.head, 0.1, 1.0)):
        assert low <= x.min() + 1e-6 and x.max() <= high + 1e-6
        assert x.mean().item() == pytest.approx((low + high) / 2, abs=4 * (high - low) / math.sqrt(12 * n))
    start = FAMILY.initial(rng, tasks)
    assert (start.abs().amax(0) <= torch.tensor([0.0, 0.2, 0.15, 0.2]) + 1e-6).all() and start[:, 2].std() > 0.08


def test_all_functions_broadcast_over_leading_axes(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    state, action = torch.randn(3, 5, 4, generator=rng), torch.randn(3, 5, 1, generator=rng)
    wide = with_axes(tasks, 1)
    following = FAMILY.transition(state, action, None, wide)
    for i in range(3):
        torch.testing.assert_close(following[i, 2], FAMILY.transition(state[i, 2], action[i, 2], None, pick(tasks, i)))


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    check_env(gymnasium.make(ID, render_mode=render_mode).unwrapped)


def test_registered_episodes_are_truncated_after_100_steps_and_never_terminate() -> None:
    env = gymnasium.make(ID)
    env.reset(seed=0)
    ends = [env.step(np.array([0.5], np.float32))[2:4] for _ in range(100)]
    assert ends == [(False, False)] * 99 + [(False, True)]


def test_the_picture_shows_the_tip_where_it_is() -> None:
    for angle, (row, column) in {0.0: (96, 200), math.pi / 2: (160, 264)}.items():
        _, image = FAMILY.render_image(torch.tensor([0.0, 0.0, angle, 0.0]), None)
        orange = np.argwhere((image == (230, 159, 0)).all(-1))
        farthest = orange[((orange - (160, 200)) ** 2).sum(1).argmax()]
        assert np.abs(farthest - (row, column)).max() <= 8
