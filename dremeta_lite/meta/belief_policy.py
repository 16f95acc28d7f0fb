"""A policy that is told a belief: what remains of meta-learning when somebody else keeps track of what is known.

    b ← update(b, what happened)              no learning here: the exact belief, or an encoder that has been trained before
    a ~ π(· | s, b, time)                     learned, by advantage actor-critic over whole trials

The belief and the state together are all that the past can tell: in them the problem is an ordinary one, without anything hidden (a
Bayes-adaptive Markov decision process). So a plain policy without a memory suffices, and is quickly learned.

Sources: Duff 2002, "Optimal learning"; Zintgraf et al. 2020 (VariBAD), section 3; Humplik et al. 2019, "Meta reinforcement learning as
task inference".
"""

from collections.abc import Sequence
from typing import Any

import torch
from gymnasium.spaces import Discrete
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.agents.exact_belief import Belief, ExactBelief
from dremeta_lite.learner import generator
from dremeta_lite.meta.trial_learner import TrialHyper, TrialLearner, TrialTime, judge, mean_over
from dremeta_lite.networks import MLP, Params
from dremeta_lite.policies import CategoricalMLP
from dremeta_lite.tasks import HiddenGoal, TaskFamily
from dremeta_lite.trials import Agent, Seen, Trial, play_trial


class BeliefActor(TrialTime):
    """Actor and critic that see the state, a summary of the belief, and the time; functions of their parameters.

    Args:
        width: how many numbers the belief's summary has.
    """

    def __init__(
        self, family: TaskFamily, width: int, episodes: int, hidden: Sequence[int] = (64, 64), device: torch.device | str = "cpu"
    ) -> None:
        self.family, self.episodes, self.device = family, episodes, torch.device(device)
        seen = family.observation_size + width + 2
        self.actor = CategoricalMLP(seen, family.action_size, hidden, device)
        self.critic = MLP([seen, *hidden, 1], last_gain=0.01, device=device, prefix="value_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters of both."""
        return self.actor.init(rng) | self.critic.init(rng)

    def situation(
        self, observation: Tensor, summary: Float[Tensor, "*n width"], clock: Float[Tensor, "*#n 2"]
    ) -> Float[Tensor, "*n situation"]:
        """All that an action is chosen by: the state, the belief, the time."""
        features = self.family.features(observation)
        return torch.cat([features, summary, clock.expand(*features.shape[:-1], 2)], -1)


class BeliefAgent(Agent):
    """Plays trials by a policy that sees a belief."""

    def __init__(self, network: BeliefActor, theta: Params, belief: Belief, greedy: bool = False) -> None:
        self.network, self.theta, self.belief, self.greedy = network, theta, belief, greedy

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng, self.memory, self.time = rng, self.belief.start(n, self.network.device), 0
        self.clock, self.kept, self.memories = self.network.clock().flatten(0, 1), [], []

    @torch.no_grad()
    def act(self, observation: Tensor) -> Tensor:
        situation, actor = self._situation(observation), self.network.actor
        self.kept.append(situation)
        return actor.greedy(self.theta, situation) if self.greedy else actor.sample(self.theta, situation, self.rng)[0]

    @torch.no_grad()
    def probabilities(self, observation: Tensor) -> Float[Tensor, "n *more action"]:
        """See `trials.Chooses`."""
        return self.network.actor.probabilities(self.theta, self._situation(observation), self.greedy)

    def _situation(self, observation: Tensor) -> Float[Tensor, "n *more situation"]:
        """What the policy sees at one observation of each row, or at several."""
        if self.time == len(self.clock):
            raise ValueError(f"this policy knows trials of {self.network.episodes} episodes: train one for longer ones")
        more = self.network.family.features(observation).dim() - 2
        summary = self.summary()[(slice(None), *[None] * more)]
        return self.network.situation(observation, summary.expand(*observation.shape[: more + 1], -1), self.clock[self.time])

    def summary(self) -> Tensor:
        """What the policy is told."""
        return self.belief.summary(self.memory)

    @torch.no_grad()
    def see(self, step: Seen) -> None:
        self.memory, self.time = self.belief.update(self.memory, step), self.time + 1
        self.memories.append(self.memory)

    def situations(self) -> Float[Tensor, "task episode time situation"]:
        """What each action of the trial was chosen by."""
        return torch.stack(self.kept, 1).unflatten(1, (-1, self.network.family.horizon))

    @torch.no_grad()
    def beliefs(self) -> Float[Tensor, "task episode time cell"]:
        """The belief over the cells after each step of the trial that has been played: for heat maps."""
        return self.belief.cells(torch.stack(self.memories, 1)).unflatten(1, (-1, self.network.family.horizon))


def actor_critic_terms(
    network: BeliefActor, theta: Params, trial: Trial, situation: Float[Tensor, "task episode time situation"], hyper: Any
) -> dict[str, Tensor]:
    """What advantage actor-critic maximises over whole trials, term by term.

    Returns:
        `gain` E[ log π(a | s, b) Â ], `entropy` of π, and `value_error`, in units of the value's own size.
    """
    left, mask = network.steps_left(hyper.discount), trial.mask
    value = left * network.critic.forward(theta, situation).squeeze(-1)
    said = value.detach()
    advantage, raw = judge(trial.reward, said, mask, hyper)
    log_prob, undecided = network.actor.log_prob_and_entropy(theta, situation, trial.action)
    return {
        "gain": mean_over(log_prob * advantage, mask),
        "entropy": mean_over(undecided, mask),
        "value_error": mean_over((value - raw - said).square(), mask) / left.square().mean(),
    }


class BeliefPolicy(TrialLearner):
    """Learns to act on a belief that is given.

    Args:
        belief: what keeps track of the task; the exact belief if None. A trained encoder gives one with its `belief()`.
        seed, device, hyper: as of every `Learner`.

    Attributes:
        episode_returns: mean return of each episode of the trials that the last iteration played [episode].

    Raises:
        ValueError: the family has no hidden goal.
    """

    hyper: TrialHyper

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        belief: Belief | None = None,
        hidden: Sequence[int] = (64, 64),
        **hyper: Any,
    ) -> None:
        grid = hidden_goal_of(family, type(self).__name__)
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.hyper = TrialHyper(**hyper)
        self.belief = ExactBelief(grid) if belief is None else belief
        self.network = BeliefActor(family, self.belief.width, family.episodes, hidden, device)
        rng = generator(seed)
        super().__init__(self.network.init(rng), rng, family.episodes)

    def advance(self) -> dict[str, float]:
        """One iteration: play trials in new tasks, judge every action, improve."""
        h, agent = self.hyper, BeliefAgent(self.network, self.theta, self.belief)
        trial = play_trial(self.family, self.family.sample_tasks(h.trials, self.rng, self.device), agent, self.rng)
        self.heartbeat()
        terms = actor_critic_terms(self.network, self.theta, trial, agent.situations(), h)
        gradient, norm = self.gradient(terms["gain"] + self.entropy_weight() * terms["entropy"] - h.value_weight * terms["value_error"])
        self.ascend(gradient, self.learning_rate())
        numbers = {name: terms[name].item() for name in ("entropy", "value_error")}
        return {**self.returned(trial), **numbers, "gradient_norm": norm}

    def agent(self, greedy: bool = False) -> BeliefAgent:
        """What has been learned, as a player of trials, with a copy of the present parameters. `agent.beliefs()` has what it believed."""
        return BeliefAgent(self.network, self.parameters(), self.belief, greedy)


def hidden_goal_of(family: TaskFamily, learner: str) -> HiddenGoal:
    """The family itself, if it has a hidden goal. Raises ValueError: it has none, so that a belief over cells means nothing in it."""
    if not isinstance(family, HiddenGoal):
        what = "its actions are no choice" if not isinstance(family.action_space, Discrete) else "its tasks are no cells"
        raise ValueError(f"{learner} needs a family whose task is a hidden cell, such as HiddenGoal, and {family.name} has none: {what}.")
    return family
