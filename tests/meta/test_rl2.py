"""RL²: the memory, what may change it and what may not, and the gradient through it."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2 import RL2, advantages
from dremeta_lite.meta.rl2_network import RL2Agent
from dremeta_lite.networks import Params
from dremeta_lite.tasks import HiddenGoal, Navigation2D
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Seen, play_trial

FAMILIES = [HiddenGoal(3), Navigation2D()]


def small(family: TaskFamily, seed: int = 0, **options: Any) -> RL2:
    return RL2(family, seed, **{"memory": 8, "hidden": (6,), "episodes": 2, "trials": 4, **options})


class Short(Navigation2D):
    """Goals so near that an agent that walks about soon stands on one: episodes of different lengths."""

    horizon, goal_radius = 8, 0.15


def spoil(theta: Params, amount: float = 0.3) -> Params:
    """Parameters moved off their special first values."""
    rng = generator(5)
    return {name: p.detach() + amount * torch.randn(p.shape, generator=rng) for name, p in theta.items()}


def seen(family: TaskFamily, n: int, rng: torch.Generator, counts: Tensor | None = None) -> Seen:
    """A step of n trials with everything random."""
    if isinstance(family, HiddenGoal):
        observation, action = torch.randint(9, (2, n), generator=rng), torch.randint(5, (n,), generator=rng)
    else:
        observation, action = torch.randn(2, n, 2, generator=rng), torch.randn(n, 2, generator=rng)
    ended = torch.rand(n, generator=rng) < 0.5
    counts = torch.ones(n, dtype=torch.bool) if counts is None else counts
    return Seen(observation[0], action, torch.randn(n, generator=rng), observation[1], ended, counts)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_the_memory_is_that_of_torchs_gru_over_what_happened(family: TaskFamily) -> None:
    learner = small(family)
    theta, network, rng = spoil(learner.theta), learner.network, generator(1)
    steps, clock = [seen(family, 3, rng) for _ in range(6)], torch.tensor([0.3, 0.7])
    memory = network.blank(3)
    for step in steps:
        memory = network.remember(theta, memory, step, clock)

    oracle = torch.nn.GRU(theta["see"].shape[0], 8)
    oracle.load_state_dict(
        {
            "weight_ih_l0": theta["see"].T,
            "weight_hh_l0": theta["remember"].T,
            "bias_ih_l0": theta["see_bias"],
            "bias_hh_l0": theta["remember_bias"],
        }
    )
    rows = []
    for step in steps:
        now = family.features(step.next_observation)
        acts = torch.eye(5)[step.action] if isinstance(family, HiddenGoal) else step.action
        reward = step.reward.view(3, 1)
        rows.append(torch.hstack([now, acts, acts * reward, reward, step.ended.view(3, 1), clock.repeat(3, 1)]))
    torch.testing.assert_close(memory, oracle(torch.stack(rows))[1][0], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_steps_that_did_not_happen_leave_the_memory_as_it_is(family: TaskFamily) -> None:
    learner, rng = small(family), generator(2)
    before = torch.randn(4, 8, generator=rng)
    counts = torch.tensor([True, False, True, False])
    after = learner.network.remember(spoil(learner.theta), before, seen(family, 4, rng, counts), torch.zeros(2))
    assert torch.equal(after[1::2], before[1::2])
    assert (after[::2] != before[::2]).all()


def test_in_a_played_trial_the_memory_stands_still_after_an_episodes_end() -> None:
    learner, family = small(Short(), episodes=3), Short()
    agent = RL2Agent(learner.network, spoil(learner.theta))
    trial = play_trial(family, family.held_out_tasks(40), agent, generator(0), 3)
    memory, padded = agent.memories(), trial.mask == 0
    assert padded.any() and not padded.all(-1).any()
    still = (memory[:, :, 1:] == memory[:, :, :-1]).all(-1)
    happened = trial.mask[:, :, :-1] > 0
    assert not still[happened].any()  # step t happened: it is in the memory that step t + 1 is chosen with
    assert still[~happened].all()
    ends = memory.gather(2, trial.mask.sum(-1).long().clamp(max=7)[..., None, None].expand(-1, -1, 1, 8)).squeeze(2)
    full = padded.any(-1)  # where the memory at the first padded step holds the whole episode
    assert torch.equal(memory[:, 1:, 0][full[:, :-1]], ends[:, :-1][full[:, :-1]])  # and the next episode begins with it


def last_from_first(wipe: bool) -> float:
    """How much the last step's policy changes with the first step's reward, across an episode's end."""
    family = HiddenGoal(3)
    learner = small(family)
    theta, rng = {name: p.requires_grad_() for name, p in spoil(learner.theta).items()}, generator(3)
    reward = torch.randn(2, generator=rng, requires_grad=True)
    agent = RL2Agent(learner.network, theta, wipe=wipe)
    agent.begin(2, rng)
    for _ in range(2):
        agent.begin_episode()
        for t in range(3):
            agent.act(torch.tensor([6, 6]))
            step = seen(family, 2, rng)
            agent.see(step._replace(reward=reward) if agent.episode == 1 and t == 0 else step)
    situation = learner.network.situation(agent.memory, torch.tensor([6, 6]))
    logits = learner.network.actor.forward(theta, situation)
    return torch.autograd.grad(logits.square().sum(), reward, allow_unused=True, materialize_grads=True)[0].abs().min().item()


def test_the_gradient_runs_through_the_memory_from_one_episode_into_the_other() -> None:
    assert last_from_first(wipe=False) > 1e-5
    assert last_from_first(wipe=True) == 0


def test_with_wipe_each_episode_begins_with_nothing() -> None:
    learner = small(HiddenGoal(3), episodes=3, wipe=True)
    _, memory = learner.play(learner.theta, learner.family.held_out_tasks(5))
    assert (memory[:, :, 0] == 0).all() and (memory[:, :, 1:] != 0).any(-1).all()
    learner.hyper.wipe = False  # read at every step
    _, memory = learner.play(learner.theta, learner.family.held_out_tasks(5))
    assert (memory[:, 0, 0] == 0).all() and (memory[:, 1:, 0] != 0).any(-1).all()
    assert learner.agent().wipe is False and learner.agent(wipe=True).wipe is True


def test_advantages_are_the_sum_over_the_steps_that_happened() -> None:
    """Against GAE's definition, Σ (γλ)^i δ, written out for the steps that are left when the others are taken away."""
    rng, discount, lam = generator(4), 0.9, 0.8
    reward, value = torch.randn(2, 5, 7, generator=rng)
    mask = (torch.rand(5, 7, generator=rng) < 0.6).float()
    found = advantages(reward, value, mask, discount, lam)
    for row in range(5):
        steps = mask[row].nonzero().flatten().tolist()
        r, v = reward[row, steps], [*value[row, steps].tolist(), 0.0]
        delta = [r[i].item() + discount * v[i + 1] - v[i] for i in range(len(steps))]
        expected = [sum((discount * lam) ** (j - i) * delta[j] for j in range(i, len(steps))) for i in range(len(steps))]
        torch.testing.assert_close(found[row, steps], torch.tensor(expected), atol=1e-5, rtol=1e-5)
        assert (found[row][mask[row] == 0] == 0).all()


@pytest.mark.parametrize("family", [HiddenGoal(3), Short()], ids=lambda f: f.name)
def test_a_learner_goes_on_bit_for_bit(family: TaskFamily, tmp_path: Path, same_state: Callable[..., bool]) -> None:
    learner = small(family, iterations=3, reward_weight=0.5)
    learner.step()
    learner.save(tmp_path / "rl2.safetensors")
    numbers = [learner.step(), learner.step()]
    other = small(family, seed=9)
    other.load(tmp_path / "rl2.safetensors")
    assert [other.step(), other.step()] == numbers
    assert same_state(learner.state_dict(), other.state_dict())


def test_the_schedule_follows_the_iteration_and_what_is_set_now() -> None:
    learner = small(HiddenGoal(3), iterations=10, learning_rate=0.01, entropy_weight=0.2)
    assert (learner.learning_rate(), learner.entropy_weight()) == (0.01, 0.2)
    learner.step()
    assert math.isclose(learner.learning_rate(), 0.009) and math.isclose(learner.entropy_weight(), 0.18)
    learner.hyper.learning_rate, learner.hyper.iterations = 0.02, 4
    assert math.isclose(learner.learning_rate(), 0.015)
    learner.iteration = 40
    assert math.isclose(learner.learning_rate(), 0.02 * 0.03) and learner.entropy_weight() == 0


def test_the_agent_keeps_the_parameters_that_it_was_made_with() -> None:
    learner = small(HiddenGoal(3))
    agent, tasks = learner.agent(greedy=True), learner.family.held_out_tasks(6)
    first = play_trial(learner.family, tasks, agent, generator(0))
    for _ in range(3):
        learner.step()
    assert all(map(torch.equal, first, play_trial(learner.family, tasks, agent, generator(0))))
    assert not agent.memories().requires_grad


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one episode, got 0"):
        RL2(HiddenGoal(3), episodes=0)
