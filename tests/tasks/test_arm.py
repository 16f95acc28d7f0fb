"""MiswiredArm moves as Lagrange's equations say, and as MuJoCo has it, where that is installed."""

import math

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from torch import Tensor

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.agents.yardsticks import Oracle, RandomActions, StandingStill
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.tasks import ArmTask, MiswiredArm
from dremeta_lite.tasks.family import pick, with_axes

ID, FAMILY = "dremeta/MiswiredArm-v0", MiswiredArm()


def exact(task: ArmTask) -> ArmTask:
    return ArmTask(*(x.double() for x in task))


def kinetic_energy(angles: Tensor, speeds: Tensor, payload: Tensor) -> Tensor:
    """From the places of all masses: each rod is cut into pieces of which each is a point (Gauss' rule, exact for a rod)."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    value = FAMILY.rotor * speeds.square().sum() / 2
    along = [*zip(FAMILY.length * (1 + nodes) / 2, FAMILY.mass * weights / 2, strict=True), (FAMILY.length, payload)]
    for r, mass in along:
        upper = lambda q, r=r: r * torch.stack([q[0].cos(), q[0].sin()])
        fore = lambda q, r=r: FAMILY.length * torch.stack([q[0].cos(), q[0].sin()]) + r * torch.stack([q.sum().cos(), q.sum().sin()])
        for place in (fore,) if mass is payload else (upper, fore):
            value = value + mass * (torch.func.jacrev(place)(angles) @ speeds).square().sum() / 2
    return value


@pytest.mark.parametrize("seed", range(3))
def test_its_equations_are_those_of_the_lagrangian(seed: int) -> None:
    """d/dt ∂T/∂q̇ - ∂T/∂q = M q̈ + c, with all derivatives taken by torch."""
    angles, speeds = torch.tensor(np.random.default_rng(seed).normal(size=(2, 2)) * 2)
    task = exact(pick(FAMILY.held_out_tasks(3), seed))
    inertia, drift = FAMILY.equations(angles, speeds, task)
    by_speed = torch.func.grad(kinetic_energy, 1)
    torch.testing.assert_close(inertia, torch.func.jacrev(by_speed, 1)(angles, speeds, task.payload))
    expected = torch.func.jacrev(by_speed)(angles, speeds, task.payload) @ speeds - torch.func.grad(kinetic_energy)(
        angles, speeds, task.payload
    )
    torch.testing.assert_close(drift, expected)


def test_without_friction_and_torque_energy_and_spin_stay() -> None:
    """They wander a little, and with a quarter of the step by about a quarter as much."""
    wandering = []
    for divided in (1, 4):
        family, task = MiswiredArm(), exact(FAMILY.default_params)
        family.friction, family.time_step, family.substeps = 0.0, 0.002 / divided, 100 * divided
        state = torch.tensor([0.3, 1.0, 2.0, -3.0, *[0.0] * 5], dtype=torch.float64)
        after = family.transition(state, torch.zeros(2), None, task)
        energies, spins = [], []
        for angles, speeds in ((s[:2], s[2:4]) for s in (state, after)):
            energies.append(kinetic_energy(angles, speeds, task.payload).item())
            spins.append((family.equations(angles, speeds, task)[0] @ speeds)[0].item())
        wandering.append([abs(energies[1] - energies[0]), abs(spins[1] - spins[0])])
    for rough, fine in zip(*wandering, strict=True):
        assert rough < 0.02 and fine < 0.35 * rough


def test_a_whole_episode_agrees_with_mujoco() -> None:
    mujoco = pytest.importorskip("mujoco", reason="the extra `robots` is not installed")
    task = exact(pick(FAMILY.held_out_tasks(1), 0))
    rod = FAMILY.mass * FAMILY.length**2 / 12
    link = f"""<joint axis="0 0 1" damping="{FAMILY.friction}" armature="{FAMILY.rotor}"/>
        <inertial pos="{FAMILY.length / 2} 0 0" mass="{FAMILY.mass}" diaginertia="{rod} {rod} {rod}"/>"""
    tiny = 'diaginertia="1e-15 1e-15 1e-15"'
    model = mujoco.MjModel.from_xml_string(f"""<mujoco><option timestep="0.02" integrator="implicitfast" gravity="0 0 0"/>
        <worldbody><body>{link.replace("<joint", '<joint name="shoulder"')}
        <body pos="{FAMILY.length} 0 0">{link.replace("<joint", '<joint name="elbow"')}
        <body pos="{FAMILY.length} 0 0"><inertial pos="0 0 0" mass="{task.payload.item()!r}" {tiny}/></body></body></body></worldbody>
        <actuator><motor joint="shoulder"/><motor joint="elbow"/></actuator></mujoco>""")
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    state = torch.tensor([0.4, -1.0, 0.0, 0.0, *[0.0] * 5], dtype=torch.float64)
    data.qpos[:] = state[:2]
    for _ in range(100):
        action = torch.tensor(rng.uniform(-1, 1, 2))
        data.ctrl[:] = (task.wiring @ action).numpy() * FAMILY.torques
        mujoco.mj_step(model, data, 2)
        state = FAMILY.transition(state, action, None, task)
        np.testing.assert_allclose(state[:4], [*data.qpos, *data.qvel], rtol=0, atol=1e-12)


def test_crossed_and_reversed_motors_do_what_the_page_says() -> None:
    state, action = FAMILY.initial(torch.Generator().manual_seed(0)), torch.tensor([0.3, -0.5])
    crossed = ArmTask(torch.tensor([[0.0, -1.0], [1.0, 0.0]]), torch.tensor(0.3))
    torch.testing.assert_close(FAMILY.transition(state, action, None, crossed), FAMILY.transition(state, torch.tensor([0.5, 0.3])))
    torch.testing.assert_close(FAMILY.transition(state, 9 * action), FAMILY.transition(state, torch.tensor([1.0, -1.0])))


def test_the_target_jumps_and_the_reward_of_that_step_is_of_the_old_one() -> None:
    state = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, math.pi / 2, 1.0, -1.0, 49.0])
    after = FAMILY.transition(state, torch.zeros(2))
    assert after[4:].tolist() == pytest.approx([1.0, -1.0, 0.0, math.pi / 2, 0.0])
    d = math.sqrt(0.5)  # of (1, 0) from (0.5, 0.5)
    assert FAMILY.reward(state, torch.tensor([2.0, 0.0]), after).item() == pytest.approx(-d - 0.01 + 0.3 * math.exp(-100 * d * d), abs=1e-6)
    assert FAMILY.observation(state)[:3].tolist() == pytest.approx([0.0, math.pi / 2, d])


def test_tasks_are_drawn_as_the_page_says(rng: torch.Generator) -> None:
    n = 8000
    tasks = FAMILY.sample_tasks(n, rng)
    gains, straight = tasks.wiring.abs().sum(-1), tasks.wiring[:, 0, 1] == 0
    assert ((tasks.wiring != 0).sum((-1, -2)) == 2).all() and ((tasks.wiring[:, 0, 0] == 0) == ~straight).all()
    for x, low, high in ((gains, 0.6, 1.4), (tasks.payload, 0.1, 0.5)):
        assert low <= x.min() and x.max() <= high
    signs = (tasks.wiring.sum(-1) > 0).float() @ torch.tensor([1.0, 2.0]) + 4 * straight
    assert torch.bincount(signs.long(), minlength=8).float() / n == pytest.approx(torch.full((8,), 1 / 8), abs=4 * math.sqrt(7 / 64 / n))


def test_whoever_is_told_the_task_is_far_above_the_others() -> None:
    tasks = FAMILY.held_out_tasks(100)
    agents = {"told": Oracle(FAMILY, tasks), "still": StandingStill(FAMILY), "random": RandomActions(FAMILY)}
    found = {name: x.item() for name, x in play_agents(FAMILY, agents, tasks).items()}
    assert found["told"] > -25 and max(found["still"], found["random"]) < -80


def test_all_functions_broadcast_over_leading_axes(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    state, action = torch.randn(3, 5, 9, generator=rng), torch.randn(3, 5, 2, generator=rng)
    wide = with_axes(tasks, 1)
    found = FAMILY.transition(state, action, None, wide), FAMILY.best_action(FAMILY.observation(state), wide)
    for i in range(3):
        alone = pick(tasks, i)
        torch.testing.assert_close(found[0][i, 2], FAMILY.transition(state[i, 2], action[i, 2], None, alone))
        torch.testing.assert_close(found[1][i, 2], FAMILY.best_action(FAMILY.observation(state[i, 2]), alone))


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    check_env(gymnasium.make(ID, render_mode=render_mode).unwrapped)
