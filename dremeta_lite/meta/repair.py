"""The source text's program, repaired step by step: what its loop would have to be to learn how to learn. Lesson 05 walks through it.

    1. the loss looks at the action that was taken              `q_loss`
    2. experience is trajectories of (s, a, r, s', ended)       `Play`, `random_play`
    3. what is learned is the return, not one reward            `play.returns_to_go(γ)`
    4. every task has parameters of its own                     `adapt_q`
    5. adaptation is judged on other trajectories               `meta_loss`: support and query
    6. the gradient passes through adaptation                   `learn_start` with `meta_loss`

The network is still `MetaNetwork`, and its outputs are now values: Q(s, a) of random play. Acting greedily on them is one step of
policy improvement (Sutton and Barto, section 4.2), which finds the way to a goal in a small grid.
All is written for ONE task, and `vmap` adds the others.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.func import functional_call, grad, vmap

from dremeta_lite.episodes import begin
from dremeta_lite.inner.policy_gradient import discounted_sum
from dremeta_lite.meta.source_program import MetaNetwork
from dremeta_lite.networks import Params, detach
from dremeta_lite.rollout import play_out, repeat
from dremeta_lite.tasks.family import with_axes
from dremeta_lite.tasks.grid import GridTask, GridWorld


class Play(NamedTuple):
    """What happened: whole episodes. Steps after the end of an episode are there, and masked."""

    state: Float[Tensor, "*task trajectory time state"]
    action: Int[Tensor, "*task trajectory time"]
    reward: Float[Tensor, "*task trajectory time"]
    terminated: Bool[Tensor, "*task trajectory time"]
    mask: Float[Tensor, "*task trajectory time"]
    """1 up to and including the step that ends the episode, 0 after it."""

    def returns_to_go(self, discount: float) -> Float[Tensor, "*task trajectory time"]:
        """G_t, what followed each step: its reward + γ · the next one + … (Sutton and Barto, eq. 3.8, whose R_{t+1} is `reward[t]`).

        An episode cut off by the horizon counts as far as it went. With γ = 0.8 that is felt in its last ten steps or so.
        """
        return discounted_sum(self.reward * self.mask, discount)


@torch.no_grad()
def random_play(family: GridWorld, tasks: GridTask, trajectories: int, rng: torch.Generator) -> Play:
    """Episodes with actions drawn uniformly, in every task at once."""
    episodes = begin(family, repeat(with_axes(tasks, 1), trajectories), rng)
    randomly = lambda _: torch.randint(family.action_size, episodes.shape, generator=rng, device=rng.device).to(episodes.device)  # noqa: E731
    return Play(*episodes.whole(randomly, family.horizon))


def q_values(network: MetaNetwork, params: Params, state: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch action"]:
    """The network's outputs with these parameters in place of its own."""
    return functional_call(network, params, (state,))


def q_loss(network: MetaNetwork, params: Params, play: Play, target: Float[Tensor, "trajectory time"]) -> Float[Tensor, ""]:
    """Half the mean of (Q(s, a) - target)² over the steps of ONE task that count: of each Q only the entry of the action taken."""
    q = q_values(network, params, play.state)
    taken = q.gather(-1, play.action.unsqueeze(-1)).squeeze(-1)
    return 0.5 * ((taken - target).square() * play.mask).sum() / play.mask.sum()


def adapt_q(network: MetaNetwork, params: Params, play: Play, target: Tensor, step_size: float, steps: int = 1) -> Params:
    """The inner loop, for ONE task: φ = θ - α ∇loss(θ; support), so many times. θ stays as it is: φ is a new set of parameters."""
    phi = params
    for _ in range(steps):
        gradient = grad(lambda p: q_loss(network, p, play, target))(phi)
        phi = {name: p - step_size * gradient[name] for name, p in phi.items()}
    return phi


def meta_loss(
    network: MetaNetwork, theta: Params, support: Play, query: Play, step_size: float, discount: float, steps: int = 1
) -> Float[Tensor, ""]:
    """What ONE task contributes to the outer loop: the loss of the adapted parameters on trajectories that they were not adapted to.

    Source: Finn et al. 2017, eq. 1 and Algorithm 2 (supervised MAML), with the returns of random play as targets.
    """
    phi = adapt_q(network, theta, support, support.returns_to_go(discount), step_size, steps)
    return q_loss(network, phi, query, query.returns_to_go(discount))


@torch.no_grad()
def greedy_return(family: GridWorld, tasks: GridTask, network: MetaNetwork, phi: Params) -> Float[Tensor, " task"]:
    """The return of each task when the action of the largest output is taken; `phi` is stacked, [task, …]."""
    greedy = lambda observation: vmap(lambda p, s: q_values(network, p, s))(phi, observation).argmax(-1)  # noqa: E731
    return play_out(family, tasks, greedy, len(tasks.goal), torch.Generator()).returns()  # nothing is drawn


def shared_loss(network: MetaNetwork, theta: Params, support: Play, query: Play, discount: float) -> Float[Tensor, ""]:
    """What one task contributes to pooled training: the loss of θ itself. There is no φ, so support and query are alike."""
    halves = [q_loss(network, theta, play, play.returns_to_go(discount)) for play in (support, query)]
    return torch.stack(halves).mean()


def learn_start(
    family: GridWorld,
    tasks: GridTask,
    theta: Params,
    contribution: Callable[[Params, Play, Play], Tensor],
    *,
    iterations: int,
    trajectories: int = 10,
    learning_rate: float = 5e-3,
    seed: int = 0,
) -> Params:
    """The outer loop: in each iteration new support and query play in all tasks, and one Adam step of θ down the mean contribution.

    Args:
        contribution: of ONE task, (θ, support, query) → a number: `meta_loss` for meta-learning, `shared_loss` for pooled training.

    Returns:
        the trained θ, detached; the given one stays as it is.
    """
    theta = {name: p.clone().requires_grad_() for name, p in detach(theta).items()}
    optimiser, rng = torch.optim.Adam(theta.values(), lr=learning_rate), torch.Generator().manual_seed(seed)
    for _ in range(iterations):
        support, query = (random_play(family, tasks, trajectories, rng) for _ in range(2))
        loss = vmap(lambda s, q: contribution(theta, s, q))(support, query).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return detach(theta)


def parameters_of(network: MetaNetwork) -> Params:
    """The network's own parameters, as a detached copy."""
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def as_program_tasks(play: Play) -> list[list[Any]]:
    """The steps of ONE task's play that count, each in the one layout that the program can read: `[(state, action), reward]`."""
    counted = play.mask.bool()
    steps = zip(play.state[counted], play.action[counted].tolist(), play.reward[counted].tolist(), strict=True)
    return [[(state.unsqueeze(0), action), reward] for state, action, reward in steps]
