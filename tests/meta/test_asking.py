"""Agents are asked what they would do: what they say is what they then do, and being asked changes nothing."""

from typing import Any

import pytest
import torch

from dremeta_lite.agents.exact_belief import PosteriorSampling
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, RL2, BeliefPolicy, VariBAD
from dremeta_lite.tasks import HiddenGoal, HiddenGoalTask, Navigation2D, NavigationTask
from dremeta_lite.trials import Agent, Chooses, Intends, Seen, play_trial

GRID, PLANE = HiddenGoal(), Navigation2D()
MANY = 1000
ERROR = 4 * 0.5 / MANY**0.5  # four standard errors of a share, at its widest


def sharp(learner: Any) -> Any:
    """With parameters that do not leave all actions equally likely."""
    with torch.no_grad():
        for p in learner.theta.values():
            p.add_(torch.randn(p.shape, generator=generator(1)).to(p), alpha=0.3)
    return learner


def choosers() -> dict[str, Agent]:
    start = sharp(MAML(GRID, hidden=(8,))).agent(support=1, steps=1)
    rl2, belief = sharp(RL2(GRID, memory=8)), sharp(BeliefPolicy(GRID, hidden=(8,)))
    inferring = sharp(VariBAD(GRID, latent=2, memory=8, hidden=(8,)))
    return {
        "start": start,
        "memory": rl2.agent(),
        "greedy": rl2.agent(greedy=True),
        "belief": belief.agent(),
        "varibad": inferring.agent(),
        "one sample": inferring.agent(sample=True),
        "posterior sampling": PosteriorSampling(GRID),
    }


class Interviewed(Agent):
    """Asks an agent before each action, in its own cell and in all cells, and keeps what was said."""

    def __init__(self, agent: Any) -> None:
        self.agent, self.said = agent, []

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.agent.begin(n, rng)

    def begin_episode(self) -> None:
        self.agent.begin_episode()

    def act(self, observation: torch.Tensor) -> torch.Tensor:
        here = self.agent.probabilities(observation)
        if len(self.said) % 7 == 0:
            everywhere = self.agent.probabilities(torch.arange(25).expand(len(observation), 25))
            assert everywhere.shape == (len(observation), 25, 5)
            torch.testing.assert_close(everywhere[torch.arange(len(observation)), observation], here)
        torch.testing.assert_close(here.sum(-1), torch.ones(len(observation)))
        self.said.append(here)
        return self.agent.act(observation)

    def see(self, step: Seen) -> None:
        self.agent.see(step)


@pytest.mark.parametrize("name", choosers())
def test_what_is_said_is_what_is_done_and_asking_changes_nothing(name: str) -> None:
    tasks = HiddenGoalTask(torch.full((MANY,), 3))
    asked = Interviewed(choosers()[name])
    trial = play_trial(GRID, tasks, asked, generator(5), episodes=2)
    assert isinstance(asked.agent, Chooses)
    done = torch.nn.functional.one_hot(trial.action.flatten(1), 5).float()
    said = torch.stack(asked.said, 1)
    assert ((said > 0) | (done == 0)).all(), "what was done had been possible"
    off = (done - said).mean(0).abs().max().item()
    assert off < ERROR, f"frequencies are off by {off:.4f}"
    assert said.std() > 0.05, "the test would see nothing"
    alone = play_trial(GRID, tasks, choosers()[name], generator(5), episodes=2)
    assert torch.equal(alone.action, trial.action), "being asked changes nothing"


@pytest.mark.parametrize("make", [lambda: MAML(PLANE, hidden=(8,)), lambda: RL2(PLANE, memory=8, hidden=(8,))])
def test_intended_actions_are_the_mean_of_those_taken(make: Any) -> None:
    agent: Any = sharp(make()).agent()
    n = MANY
    play_trial(PLANE, NavigationTask(torch.full((n, 2), 0.3)), agent, generator(0), episodes=1)
    place = torch.tensor([[0.2, -0.1]]).expand(n, 2)
    mean, std = agent.intended(place)
    state = agent.rng.get_state()
    several = agent.intended(torch.stack([place, -place, place], 1))
    assert torch.equal(agent.rng.get_state(), state)
    assert several[0].shape == several[1].shape == (n, 3, 2)
    torch.testing.assert_close(several[0][:, 0], mean)
    torch.testing.assert_close(several[1][:, 2], std)
    assert not torch.equal(several[0][:, 0], several[0][:, 1])
    noise = (agent.act(place) - mean) / std
    torch.testing.assert_close(noise.mean(0), torch.zeros(2), atol=4 / n**0.5, rtol=0)
    torch.testing.assert_close(noise.std(0), torch.ones(2), atol=4 / (2 * n) ** 0.5, rtol=0)
    assert isinstance(agent, Intends)


def test_each_question_has_its_own_kind_of_action() -> None:
    for make in (lambda family: MAML(family, hidden=(8,)), lambda family: RL2(family, memory=8)):
        choosing, moving = make(GRID).agent(), make(PLANE).agent()
        choosing.begin(1, generator(0))
        moving.begin(1, generator(0))
        with pytest.raises(ValueError, match=r"intended\(\) needs actions that are real numbers, and HiddenGoal has"):
            choosing.intended(torch.zeros(1, dtype=torch.long))
        with pytest.raises(ValueError, match=r"probabilities\(\) needs actions to choose from, and Navigation2D has"):
            moving.probabilities(torch.zeros(1, 2))
