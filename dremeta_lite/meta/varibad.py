"""VariBAD: learn to infer the task by learning to foretell its rewards, and at the same time learn to act on what is inferred.

    trials = play(π, tasks)                               the policy sees the state, q(m | τ_:t) and the time
    θ_π ← θ_π + β ∇ actor-critic                          the belief is taken as it is: no gradient of the return runs into the encoder
    θ_q ← θ_q + β ∇ Σ_t ELBO_t                            encoder and decoder learn from the same trials

The belief learns where the policy goes, and the policy goes where the belief lets it see.

Source: Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann and Whiteson 2020, "VariBAD: A Very Good Method for Bayes-Adaptive Deep RL via
Meta-Learning" (arXiv 1910.08348), section 3. Their encoder learns from a store of past trials, ours from those just played.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.hyper import Real, Switch, Whole
from dremeta_lite.learner import generator
from dremeta_lite.meta.belief_policy import BeliefActor, BeliefAgent, actor_critic_terms, hidden_goal_of
from dremeta_lite.meta.task_inference import VariationalBelief, VariationalNetwork, elbo_terms
from dremeta_lite.meta.trial_learner import TrialHyper, TrialLearner
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Trial, play_trial


class VariBADHyper(TrialHyper):
    """What can be changed while VariBAD trains."""

    iterations = Whole(800, low=1, high=100_000, unit="iterations", help="how many are planned: over them β and η fall to 3 % and to 0")
    kl_weight = Real(0.1, low=0, high=10, symbol="w", help="how much it costs the belief to change")
    kl_to_previous = Switch(True, help="on: a belief is compared with the one a step before; off: with N(0, 1)")
    future = Switch(True, help="on: the belief has to foretell the whole trial; off: only to remember what it has seen")
    every_step = Switch(False, help="on: a cell's pay counts as often as the cell is entered; off: once a trial")


class VariBAD(TrialLearner):
    """Learns to infer tasks and to act on what it infers.

    Args:
        family: a hidden-goal grid.
        latent: how many numbers m has.
        memory: how many numbers the encoder remembers.
        hidden: widths of the hidden layers of actor and critic.
        seed, device, hyper: as of every `Learner`.

    Attributes:
        episode_returns: mean return of each episode of the trials that the last iteration played [episode].

    Raises:
        ValueError: the family has no hidden goal.
    """

    hyper: VariBADHyper

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        latent: int = 16,
        memory: int = 64,
        hidden: Sequence[int] = (64, 64),
        **hyper: Any,
    ) -> None:
        grid = hidden_goal_of(family, type(self).__name__)
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.hyper = VariBADHyper(**hyper)
        self.network = VariationalNetwork(grid, latent, memory, device=device)
        self.actor = BeliefActor(family, 2 * latent, family.episodes, hidden, device)
        rng = generator(seed)
        inference, acting = self.network.init(rng), self.actor.init(rng)
        self.names = (list(acting), list(inference))
        super().__init__(acting | inference, rng, family.episodes)

    def advance(self) -> dict[str, float]:
        """One iteration: play trials in new tasks; improve the policy on the belief as it is; improve the belief."""
        h, theta = self.hyper, {name: p.detach() for name, p in self.theta.items()}
        agent = BeliefAgent(self.actor, theta, VariationalBelief(self.network, theta))
        trial = play_trial(self.family, self.family.sample_tasks(h.trials, self.rng, self.device), agent, self.rng)
        self.heartbeat()
        acting, policy = self.policy_gradient(trial, agent.situations())
        self.heartbeat()
        inferring, belief = self.belief_gradient(trial)
        self.ascend(acting | inferring, self.learning_rate())
        return {**self.returned(trial), **policy, **belief}

    def policy_gradient(
        self, trial: Trial, situation: Float[Tensor, "task episode time situation"]
    ) -> tuple[dict[str, Tensor], dict[str, float]]:
        """The gradient of the actor-critic objective, and numbers to watch."""
        h, terms = self.hyper, actor_critic_terms(self.actor, self.theta, trial, situation, self.hyper)
        objective = terms["gain"] + self.entropy_weight() * terms["entropy"] - h.value_weight * terms["value_error"]
        gradient, norm = self.gradient(objective, self.names[0])
        return gradient, {"entropy": terms["entropy"].item(), "value_error": terms["value_error"].item(), "gradient_norm": norm}

    def belief_gradient(self, trial: Trial) -> tuple[dict[str, Tensor], dict[str, float]]:
        """The gradient of the ELBO, and numbers to watch."""
        h = self.hyper
        terms = elbo_terms(self.network, self.theta, trial, self.rng, h.future, h.every_step, h.kl_to_previous)
        elbo = terms["reconstruction"] - h.kl_weight * terms["kl"]
        return self.gradient(elbo, self.names[1])[0], {"reconstruction": terms["reconstruction"].item(), "kl": terms["kl"].item()}

    def belief(self) -> VariationalBelief:
        """The present belief, with a copy of its parameters: for a `BeliefPolicy`, or for `PosteriorSampling`."""
        return VariationalBelief(self.network, self.parameters())

    def agent(self, greedy: bool = False, sample: bool = False) -> BeliefAgent:
        """What has been learned, as a player of trials, with a copy of the present parameters. `agent.beliefs()` has what it believed.

        Args:
            greedy: always the most likely action.
            sample: much as PEARL does it: draw one m ~ q at the start of an episode, and act on it until the next.
        """
        kind = OneSampleAgent if sample else BeliefAgent
        return kind(self.actor, self.parameters(), self.belief(), greedy)


class OneSampleAgent(BeliefAgent):
    """Acts for a whole episode on one sample m ~ q(m | τ), drawn at its start. What happens in the episode is seen only after it.

    The policy, which was trained on q, is fed the sample for q's mean, and q's log σ as it is. PEARL's is fed the sample alone.

    Source: Rakelly et al. 2019, "Efficient off-policy meta-reinforcement learning via probabilistic context variables" (PEARL), section 4.
    """

    @torch.no_grad()
    def begin_episode(self) -> None:
        mean, log_std = self.belief.summary(self.memory).chunk(2, -1)
        noise = torch.randn(mean.shape, generator=self.rng, device=self.rng.device).to(mean)
        self.held = torch.cat([mean + log_std.exp() * noise, log_std], -1)

    def summary(self) -> Tensor:
        return self.held
