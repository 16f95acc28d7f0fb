"""The network of RL²: a memory that is kept through all episodes of a trial, and an actor and a critic that look at it.

    h ← GRU(h, [s', a·r, a·(1-r), r, ended, time])    after every step: what happened is remembered (in the numbers of `input_encoding`)
    a ~ π(· | h, s)                                   before every step: the memory, and what is seen now
    v(h, s, time)                                     only in training: what the rest of the trial is worth

Everything that the agent learns about a task during a trial is in h: θ does not change in it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from gymnasium.spaces import Discrete
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.compatibility import need, need_choice, need_real_actions
from dremeta_lite.episodes import batch_of
from dremeta_lite.meta.input_encoding import INPUT_ENCODINGS
from dremeta_lite.meta.trial_learner import TrialTime
from dremeta_lite.networks import MLP, Params
from dremeta_lite.policies import CategoricalMLP, GaussianMLP, GRUPolicy
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Seen, Trial

Situation = Float[Tensor, "*n situation"]
Numbers = Float[Tensor, "*#n numbers"]  # of a task


class MLPPerState(MLP):
    """A perceptron with outputs for each of the states, of which those of the present state count: what is remembered means other things in
    other states, and a network that has to tell them apart by itself learns far more slowly.

    Args:
        memory: width of its input; behind it comes the one-hot code of the state.
        states, outputs: how many states there are, and how many outputs each has.
        last_gain, device, prefix: as for `MLP`.
    """

    def __init__(
        self,
        memory: int,
        states: int,
        outputs: int,
        hidden: Sequence[int] = (),
        last_gain: float = 1.0,
        device: torch.device | str = "cpu",
        prefix: str = "",
    ) -> None:
        MLP.__init__(self, [memory, *hidden, states * outputs], last_gain, device, prefix)
        self.memory, self.states = memory, states

    def forward(self, params: Params, x: Situation) -> Float[Tensor, "*n out"]:
        out = MLP.forward(self, params, x[..., : self.memory]).unflatten(-1, (self.states, -1))
        state = x[..., self.memory :].argmax(-1)[..., None, None]
        return out.gather(-2, state.expand(*state.shape[:-1], out.shape[-1])).squeeze(-2)


class PolicyPerState(MLPPerState, CategoricalMLP):
    """π(a | h, s) with logits of their own in each state s. They are scaled up, since each learns only in its own state: seldom."""

    def __init__(self, memory: int, states: int, actions: int, hidden: Sequence[int], device: torch.device | str = "cpu") -> None:
        self.scale = max(1.0, states / 2)
        MLPPerState.__init__(self, memory, states, actions, hidden, last_gain=0.1 / self.scale, device=device)

    def forward(self, params: Params, x: Situation) -> Float[Tensor, "*n out"]:
        return self.scale * super().forward(params, x)


class RL2Network(TrialTime):
    """Actor, critic and memory, as functions of their parameters θ. `at_once`: `memories` is quicker than to remember while playing.

    Args:
        episodes: how many episodes a trial has; the clocks run from 0 to 1 over them.
        hidden: widths of the hidden layers of the actor; none makes it linear.
        critic: widths of the hidden layers of the critic.
        privileged: the critic is told the task, and the memory is asked to tell it.
        encoding: how the memory is told what happened: "plain", "pairs" or "moves" (`input_encoding`).
        per_state: the actor looks at the memory through other weights in each state; if None, with "pairs" alone.

    Raises:
        ValueError: the input encoding is unknown, or does not suit the family; states cannot be counted.
    """

    at_once = False

    def __init__(
        self,
        family: TaskFamily,
        episodes: int,
        memory: int = 64,
        hidden: Sequence[int] = (64,),
        critic: Sequence[int] = (64,),
        privileged: bool = False,
        device: torch.device | str = "cpu",
        encoding: str = "plain",
        per_state: bool | None = None,
    ) -> None:
        if encoding not in INPUT_ENCODINGS:
            raise ValueError(f"encoding is one of {', '.join(INPUT_ENCODINGS)}, got {encoding!r}")
        self.family, self.episodes, self.memory, self.device = family, episodes, memory, torch.device(device)
        self.discrete = isinstance(family.action_space, Discrete)
        seen, acts = family.observation_size, family.action_size
        self.encoding = INPUT_ENCODINGS[encoding](family)
        self.gru = GRUPolicy(self.encoding.size, acts, memory, device)
        if encoding == "pairs" if per_state is None else per_state:
            counted = self.discrete and isinstance(family.observation_space, Discrete)
            need(counted, "RL² with a policy per state", "states and actions to count", family, "real numbers among them")
            self.actor = PolicyPerState(memory, seen, acts, hidden, device)
            self.foresight = MLPPerState(memory, seen, acts + 1, last_gain=0.3, device=device, prefix="reward_")
        else:
            self.actor = (CategoricalMLP if self.discrete else GaussianMLP)(memory + seen, acts, hidden, device=device)
            self.foresight = MLP([memory + seen, acts + 1], last_gain=0.3, device=device, prefix="reward_")
        self.task_size = sum(x.numel() for x in family.default_params) if privileged else 0
        self.critic = MLP([memory + seen + 2 + self.task_size, *critic, 1], last_gain=0.01, device=device, prefix="value_")
        self.task_head = MLP([memory, 2 * self.task_size] if privileged else [memory], last_gain=0.3, device=device, prefix="task_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters."""
        heads = self.actor, self.critic, self.foresight, self.task_head
        return self.init_memory(rng) | {name: p for head in heads for name, p in head.init(rng).items()}

    def init_memory(self, rng: torch.Generator) -> Params:
        """Those of the memory: at first a forgetting takes between one step and a whole trial."""
        gru = {name: p for name, p in self.gru.init(rng).items() if not name.startswith("head_")}
        steps = self.episodes * self.family.horizon
        self.gru.lasting(gru, steps, rng)
        self.encoding.prepare(gru, self.memory, steps)
        return gru

    def blank(self, n: int) -> Any:
        """The memory at the start of a trial: zeros."""
        return self.gru.blank(n)

    def read(self, state: Any) -> Float[Tensor, "n memory"]:
        """The numbers that an actor sees of what `blank` and `remember` give: a GRU's are all that it keeps."""
        return state

    def remember(self, theta: Params, memory: Any, step: Seen, clock: Float[Tensor, "2"]) -> Any:
        """h ← GRU(h, what happened), in the rows where something did."""
        return self.absorb(theta, memory, self.encoding.encode(step, clock), step.counts)

    def absorb(
        self, theta: Params, memory: Float[Tensor, "n memory"], told: Float[Tensor, "n size"], counts: Bool[Tensor, " n"]
    ) -> Float[Tensor, "n memory"]:
        """h ← GRU(h, told), in the rows that count."""
        if not self.encoding.tells:
            return memory
        gru = theta["see"].T, theta["remember"].T, theta["see_bias"], theta["remember_bias"]
        after = torch.gru_cell(told.to(memory.dtype), memory, *gru)  # `GRUPolicy.step` in one call: a quarter less time
        return torch.where(counts[:, None], after, memory)

    def memories(self, theta: Params, trial: Trial, wipe: bool = False) -> Float[Tensor, "task episode time memory"]:
        """The memory that each action of a trial was chosen with, from what is written down of the trial. Gradients run through it."""
        state, kept = self.blank(len(trial.mask)), []
        for t, (step, clock) in enumerate(self.steps(trial)):
            state = self.blank(len(trial.mask)) if wipe and t % self.family.horizon == 0 else state
            kept.append(self.read(state))
            state = self.remember(theta, state, step, clock)
        return torch.stack(kept, 1).view(*trial.mask.shape, -1)

    def steps(self, trial: Trial) -> Iterator[tuple[Seen, Float[Tensor, "2"]]]:
        """The steps of a trial, one after another, as an agent was told them, and the clock after each."""
        horizon = trial.mask.shape[2]
        columns = trial.observation, trial.action, trial.reward, trial.next_observation, self.ends(trial), trial.mask > 0
        for t, step in enumerate(zip(*(column.flatten(1, 2).unbind(1) for column in columns), strict=True)):
            passed = (t % horizon + 1) / horizon
            yield Seen(*step), torch.tensor([passed, (t // horizon + passed) / self.episodes], device=self.device)

    def ends(self, trial: Trial) -> Bool[Tensor, "task episode time"]:
        """Where an episode has its last step."""
        counts = trial.mask > 0
        return counts & ~torch.cat([counts[..., 1:], torch.zeros_like(counts[..., :1])], -1)

    def look(self, theta: Params, observation: Tensor) -> Tensor:
        """What the network makes of an observation before anything else: it takes it as it is, unless it has eyes (`picture_network`)."""
        return observation

    def look_at(self, theta: Params, trial: Trial) -> Trial:
        """A trial whose observations have all been looked at."""
        return trial

    def situation(self, memory: Float[Tensor, "*n memory"], observation: Tensor) -> Situation:
        """What an action is chosen by: the memory, and what is seen now."""
        return torch.cat([memory, self.encoding.show(observation)], -1)

    def value(self, theta: Params, situation: Situation, clock: Float[Tensor, "*#n 2"], task: Numbers) -> Float[Tensor, "*n"]:
        """How much more than usual each of the steps that are left will bring, on average. `task` has no numbers unless privileged."""
        seen = [situation, clock.expand(*situation.shape[:-1], 2), task.expand(*situation.shape[:-1], self.task_size)]
        return self.critic.forward(theta, torch.cat(seen, -1)).squeeze(-1)

    def forecast(self, theta: Params, situation: Situation, action: Tensor) -> Float[Tensor, "*n"]:
        """How much more than usual this action will bring at once: w(h, s) · a + b(h, s)."""
        out = self.foresight.forward(theta, situation)
        return (out[..., :-1] * self.encoding.code(action)).sum(-1) + out[..., -1]

    def task_code(self, tasks: Any) -> Float[Tensor, "*task numbers"]:
        """What the critic is told of each task: all its numbers, or none. The actor is told nothing."""
        axes = batch_of(self.family, tasks)
        return torch.cat([x.reshape(*axes, -1).float() for x in tasks], -1)[..., : self.task_size]

    def surprise(self, theta: Params, memory: Float[Tensor, "*n memory"], task: Numbers) -> Float[Tensor, "*n"]:
        """-log p(task | h), up to a constant, if the memory's belief is a normal distribution of each of the task's numbers."""
        mean, log_std = self.task_head.forward(theta, memory).chunk(2, -1)
        return (0.5 * ((task - mean) / log_std.exp()).square() + log_std).sum(-1)


class RL2Agent(Agent):
    """Plays trials with a memory.

    In a trial of more episodes than it was trained in, every further one is played like the last that it knows: with the memory and the
    clock that it had at the beginning of that one.

    Args:
        network, theta: what it plays with. Gradients run through the memory if θ has any.
        wipe: the memory is wiped before each episode, so that nothing is carried from one to the next.
        heartbeat: called before each episode.
    """

    def __init__(
        self, network: RL2Network, theta: Params, greedy: bool = False, wipe: bool = False, heartbeat: Callable[[], None] = lambda: None
    ) -> None:
        self.network, self.theta, self.greedy, self.wipe, self.heartbeat = network, theta, greedy, wipe, heartbeat

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng, self.state, self.episode = rng, self.network.blank(n), 0
        self.held, self.begun = self.state, 0
        self.kept: list[Tensor] = []
        self.last: Any = None, None  # the observation that a step led to, and what was made of it

    def begin_episode(self) -> None:
        self.heartbeat()
        self.time, self.begun = 0, self.begun + 1
        if self.episode < self.network.episodes:
            self.episode, self.held = self.episode + 1, self.state
        else:  # the clock goes no further
            self.state = self.held
        if self.wipe:
            self.state = self.network.blank(len(self.memory))

    @property
    def memory(self) -> Float[Tensor, "task memory"]:
        """The present memory."""
        return self.network.read(self.state)

    @torch.no_grad()
    def act(self, observation: Tensor) -> Tensor:
        self.kept.append(self.memory)
        seen = self.last[1] if observation is self.last[0] else self.network.look(self.theta, observation)
        situation, actor = self.network.situation(self.memory, seen), self.network.actor
        return actor.greedy(self.theta, situation) if self.greedy else actor.sample(self.theta, situation, self.rng)[0]

    def see(self, step: Seen) -> None:
        self.time += 1
        passed = min(self.time / self.network.family.horizon, 1.0)  # 1: longer than was practised
        clock = torch.tensor([passed, (self.episode - 1 + passed) / self.network.episodes], device=self.memory.device)
        self.last = step.next_observation, self.network.look(self.theta, step.next_observation)
        self.state = self.network.remember(self.theta, self.state, step._replace(next_observation=self.last[1]), clock)

    @torch.no_grad()
    def probabilities(self, observation: Tensor) -> Float[Tensor, "n *more action"]:
        """See `trials.Chooses`."""
        need_choice(self.network.family, "probabilities()")
        actor: Any = self.network.actor
        return actor.probabilities(self.theta, self._situations(observation), self.greedy)

    @torch.no_grad()
    def intended(self, observation: Tensor) -> tuple[Float[Tensor, "n *more action"], Float[Tensor, "n *more action"]]:
        """See `trials.Intends`."""
        need_real_actions(self.network.family, "intended()")
        actor: Any = self.network.actor
        mean = actor.mean(self.theta, self._situations(observation))
        return mean, actor.std(self.theta).expand(mean.shape) * (not self.greedy)

    def _situations(self, observation: Tensor) -> Float[Tensor, "n *more situation"]:
        """What the actor would see at one observation of each row, or at several."""
        seen = self.network.look(self.theta, observation)
        more = self.network.family.features(seen).dim() - 2
        memory = self.memory[(slice(None), *[None] * more)]
        return self.network.situation(memory.expand(*seen.shape[: more + 1], -1), seen)

    def memories(self) -> Float[Tensor, "task episode time memory"]:
        """The memory that each action of the trial was chosen with."""
        return torch.stack(self.kept, 1).unflatten(1, (self.begun, -1))
