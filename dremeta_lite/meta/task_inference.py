"""Task inference by a variational autoencoder: what a task is, said in a few numbers m that nobody has given a meaning.

    h ← GRU(h, what happened)        q(m | τ_:t) = N( μ(h_t), σ²(h_t) )            the encoder's belief after t steps
    p(it pays in cell c | m) = sigmoid( decoder(m)_c )                             what a task m would pay where

    ELBO_t = E_{m ~ q_t} [ log p(rewards of the whole trial | m) ]  -  w KL( q_t ‖ q_{t-1} ),      q_{-1} = N(0, 1)

Nobody is told the task: the belief after t steps has to foretell all rewards of the trial, those to come too, and learns from what came.
The KL term makes it change its mind only as far as that pays.

Source: Zintgraf et al. 2020, "VariBAD" (arXiv 1910.08348), section 3.1 and 3.2; a Bernoulli probability for each cell as in the code
published with it.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from dremeta_lite.meta.belief_encoder import evidence
from dremeta_lite.networks import GRU, MLP, Params
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.trials import Seen, Trial

LOG_VARIANCES = (-10.0, 4.0)
"""The log variances of q are kept between these."""


class VariationalNetwork:
    """Encoder and decoder, as functions of their parameters.

    Args:
        hidden: width of the decoder's hidden layer.
    """

    def __init__(
        self, family: HiddenGoal, latent: int = 16, memory: int = 64, hidden: int = 64, device: torch.device | str = "cpu"
    ) -> None:
        self.family, self.latent, self.memory, self.device = family, latent, memory, torch.device(device)
        self.gru = GRU(2 * family.n_cells, memory, device)
        self.posterior = MLP([memory, 2 * latent], last_gain=0.1, device=device, prefix="posterior_")
        self.decoder = MLP([latent, hidden, family.n_cells], device=device, prefix="decoder_", activation=torch.relu)

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters.

        The gates begin so that forgetting takes between one step and a whole trial; q begins narrow (σ = 0.37), and the decoder expects
        that few cells pay (5 %).
        """
        params = self.gru.init(rng)
        self.gru.lasting(params, self.family.episodes * self.family.horizon, rng)
        params |= self.posterior.init(rng) | self.decoder.init(rng)
        params["posterior_bias0"][self.latent :] = -2.0
        params["decoder_bias1"][:] = -3.0
        return params

    def memories(self, params: Params, trial: Trial) -> Float[Tensor, "task step memory"]:
        """What is remembered before the first step of a trial and after each: gradients run through it. The trial has no masked steps."""
        seen = evidence(self.family, trial.next_observation.flatten(1), (trial.reward > 0).flatten(1))
        blank = self.gru.blank(len(seen))
        later = self.gru.unroll(params, blank, seen, torch.zeros(seen.shape[:2], dtype=torch.bool, device=seen.device))
        return torch.cat([blank[:, None], later], 1)

    def posterior_of(self, params: Params, memory: Float[Tensor, "*n memory"]) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(m | τ), both [..., latent]."""
        mean, log_variance = self.posterior.forward(params, memory).chunk(2, -1)
        return mean, log_variance.clamp(*LOG_VARIANCES)

    def decode(self, params: Params, m: Float[Tensor, "*n latent"]) -> Float[Tensor, "*n cell"]:
        """The logit of each cell's paying."""
        return self.decoder.forward(params, m)


class VariationalBelief:
    """q(m | τ) as what a policy is told: its means and log standard deviations. See `Belief` in `agents.exact_belief`."""

    def __init__(self, network: VariationalNetwork, params: Params) -> None:
        self.network, self.params, self.width = network, params, 2 * network.latent

    def start(self, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "n memory"]:
        """An empty memory."""
        return self.network.gru.blank(n)

    def update(self, memory: Float[Tensor, "n memory"], step: Seen) -> Float[Tensor, "n memory"]:
        """h ← GRU(h, what happened), where something did."""
        seen = evidence(self.network.family, step.next_observation, step.reward > 0)
        return torch.where(step.counts[:, None], self.network.gru.step(self.params, memory, seen), memory)

    def summary(self, memory: Float[Tensor, "*n memory"]) -> Float[Tensor, "*n width"]:
        """Where q is and how wide: [μ, log σ]."""
        mean, log_variance = self.network.posterior_of(self.params, memory)
        return torch.cat([mean, log_variance / 2], -1)

    def cells(self, memory: Float[Tensor, "*n memory"]) -> Float[Tensor, "*n cell"]:
        """Where it is believed to pay: the decoder's probabilities at the mean of q, scaled so that they sum to 1."""
        pays = self.network.decode(self.params, self.network.posterior_of(self.params, memory)[0]).sigmoid()
        return pays / pays.sum(-1, keepdim=True)


def kl_gaussians(
    mean: Float[Tensor, "*n m"],
    log_variance: Float[Tensor, "*n m"],
    other: Float[Tensor, "*n m"],
    other_log_variance: Float[Tensor, "*n m"],
) -> Float[Tensor, "*n"]:
    """KL( N(μ, σ²) ‖ N(μ', σ'²) ) of Gaussians with independent coordinates, in nats."""
    ratio = (log_variance - other_log_variance).exp()
    distance = (mean - other).square() * (-other_log_variance).exp()
    return 0.5 * (ratio + distance - 1 - log_variance + other_log_variance).sum(-1)


def step_before(x: Float[Tensor, "task step m"]) -> Float[Tensor, "task step m"]:
    """The same numbers one step earlier, and zeros before the first: a posterior turned into the next one's prior."""
    return torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], 1)


def reward_weights(family: HiddenGoal, trial: Trial, future: bool = True, every_step: bool = False) -> Float[Tensor, "task step cell"]:
    """How much each cell's pay counts for the belief before the first step and after each.

    Args:
        future: every cell that is entered in the trial counts at every time; off: only what has been entered so far.
        every_step: a cell counts as often as it is entered; off: once.
    """
    entered = family.features(trial.next_observation.flatten(1))
    so_far = torch.cat([torch.zeros_like(entered[:, :1]), entered.cumsum(1)], 1)
    often = so_far[:, -1:].expand_as(so_far) if future else so_far
    return often if every_step else (often > 0).to(often.dtype)


def elbo_terms(
    network: VariationalNetwork, params: Params, trial: Trial, rng: torch.Generator, future: bool, every_step: bool, kl_to_previous: bool
) -> dict[str, Tensor]:
    """The two terms of the ELBO, in nats, in the mean over tasks and over the times at which there is a belief.

    Returns:
        `reconstruction`: log-likelihood of the rewards, of one sample m of each posterior; `kl`: the divergence from the posterior
        before, or from N(0, 1).
    """
    mean, log_variance = network.posterior_of(params, network.memories(params, trial))
    noise = torch.randn(mean.shape, generator=rng, device=rng.device).to(mean)
    logits = network.decode(params, mean + (log_variance / 2).exp() * noise)
    paid = network.family.features(trial.next_observation.flatten(1)) * (trial.reward > 0).flatten(1)[..., None]
    truth = (paid.sum(1, keepdim=True) > 0).to(logits.dtype).expand_as(logits)
    weights = reward_weights(network.family, trial, future, every_step)
    reconstruction = -(binary_cross_entropy_with_logits(logits, truth, reduction="none") * weights).sum(-1).mean()
    before = (step_before(mean), step_before(log_variance)) if kl_to_previous else (torch.zeros_like(mean), torch.zeros_like(mean))
    return {"reconstruction": reconstruction, "kl": kl_gaussians(mean, log_variance, *before).mean()}
