"""RL²: a reinforcement learner that is learned. Its memory does the learning, and reinforcement learning trains the memory.

inner loop    h ← GRU(h, [s', a, r, ended])            within a trial: a new task, several episodes, θ stays as it is
outer loop    θ ← θ + β ∇_θ E[ sum of all rewards of the trial ]      policy gradient through the memory, back to the trial's first step

Sources: Duan et al. 2016, "RL²: Fast reinforcement learning via slow reinforcement learning" (arXiv 1611.02779);
Wang et al. 2016, "Learning to reinforcement learn" (arXiv 1611.05763).
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need_rules
from dremeta_lite.episodes import FamilyEpisodes, batch_of
from dremeta_lite.hyper import Real, Switch, Whole
from dremeta_lite.learner import generator
from dremeta_lite.meta.context_network import ContextNetwork
from dremeta_lite.meta.picture_network import PictureNetwork
from dremeta_lite.meta.rl2_network import RL2Agent, RL2Network
from dremeta_lite.meta.trial_learner import TrialHyper, TrialLearner, judge, mean_over
from dremeta_lite.networks import Params, detach
from dremeta_lite.tasks.bandit import Bandit
from dremeta_lite.tasks.family import TaskFamily, with_axes
from dremeta_lite.trials import Trial, play_trial

SHAPED = {"trials": 128, "gae_lambda": 0.9, "entropy_weight": 0.0}
ROBOT = {"trials": 64, "learning_rate": 3e-3, "entropy_weight": 0.0, "task_weight": 0.1, "gradient_limit": 0.5}
RECIPES: Mapping[str, Mapping[str, Any]] = {
    "Navigation2D": SHAPED
    | {"encoding": "moves", "practice": 30, "iterations": 1000, "learning_rate": 5e-3, "discount": 0.7, "reward_weight": 1.0},
    "PoleOnCart": ROBOT | {"encoding": "effects", "iterations": 60, "discount": 0.95},
    "MiswiredArm": ROBOT | {"encoding": "effects", "iterations": 250, "trials": 128, "discount": 0.9, "task_weight": 0.3},
    "HalfCheetahDir": ROBOT | {"iterations": 120, "discount": 0.97},
    "MiswiredCheetah": ROBOT | {"iterations": 250, "learning_rate": 6e-3, "discount": 0.97},
    "RandomMDP": SHAPED
    | {"encoding": "pairs", "memory": 128, "hidden": (), "iterations": 360}
    | {"learning_rate": 7e-3, "discount": 0.9, "reward_weight": 0.3},
    "Skirmish": {"iterations": 250, "trials": 128, "entropy_weight": 0.03},
    "SkirmishPixels": {"iterations": 200, "trials": 128, "entropy_weight": 0.06},
    "HiddenLanguage": {"encoding": "pairs", "hidden": (), "discount": 0.0},
}
"""Measured settings by the family's name, where the defaults are not the best."""
CORES: Mapping[str, tuple[Callable[..., RL2Network], Mapping[str, Any]]] = {
    "gru": (RL2Network, {}),
    "eyes": (PictureNetwork, {}),
    "places": (partial(PictureNetwork, sums=False), {}),
    "transformer": (ContextNetwork, {"memory": 32, "learning_rate": 3e-3, "practice": 10**6}),
}
"""What can be the memory, and the settings that it needs. A context has room for what was practised, so that is the whole episode. A GRU
behind eyes sees pictures as such: with sums over them, or the places alone."""


class RL2Hyper(TrialHyper):
    """What can be changed while RL² trains."""

    learning_rate = Real(1e-2, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size in the outer loop, at the start")
    trials = Whole(256, low=1, high=4096, symbol="N", unit="tasks", help="trials in one iteration, each with a new task")
    reward_weight = Real(0.0, low=0, high=10, help="how much foreseeing the next reward counts: teaches the memory what to keep")
    task_weight = Real(0.05, low=0, high=100, help="how much telling the task from the memory counts, if training is privileged")
    switch = Real(0.0, low=0, high=1, help="chance, before each step of training, that a new task takes the place of the present one")
    wipe = Switch(False, help="on: the memory is wiped between episodes, and nothing can be learned about the task from one to the next")


class Switching:
    """Lets a new task take the place of the present one now and then, in each of the trials for itself: the `disturb` of `play_trial`.

    Args:
        family, rng: what new tasks are drawn from.
        chance: that it happens before a step.
    """

    def __init__(self, family: TaskFamily, chance: float, rng: torch.Generator) -> None:
        need_rules(family, "RL² with switch > 0")
        self.family, self.chance, self.rng, self.met = family, chance, rng, list[Any]()

    def __call__(self, step: int, episodes: Any) -> None:
        assert isinstance(episodes, FamilyEpisodes)
        old, n = episodes.tasks, len(episodes.tasks[0])
        switched = (torch.rand(n, generator=self.rng, device=self.rng.device) < self.chance).to(episodes.device)
        new = self.family.sample_tasks(n, self.rng, episodes.device)
        rows = (torch.where(switched.view(n, *[1] * (x.dim() - 1)), y, x) for x, y in zip(old, new, strict=True))
        episodes.tasks = type(old)(*rows)
        self.met.append(episodes.tasks)

    def tasks(self, episodes: int) -> Any:
        """The task of every step: tensors [task, episode, time, …]."""
        columns = (torch.stack(x, 1).unflatten(1, (episodes, -1)) for x in zip(*self.met, strict=True))
        return type(self.met[0])(*columns)


def by_step(family: TaskFamily, tasks: Any) -> Any:
    """Tasks with the axes of a trial, task, episode and time; of length 1 where a task stays."""
    return tasks if len(batch_of(family, tasks)) > 1 else with_axes(tasks, 2)


def with_horizon(family: TaskFamily, steps: int) -> TaskFamily:
    """The family, with episodes that are cut off after so many steps, if it has longer ones. Raises ValueError: fewer than one step."""
    if steps < 1:
        raise ValueError(f"an episode to practise in has at least one step, got practice={steps}")
    short = copy.copy(family)
    short.horizon = min(steps, family.horizon)
    return short


class RL2(TrialLearner):
    """Learns a memory that learns: advantage actor-critic through whole trials.

    Args:
        memory: how many numbers are remembered; 64 if None.
        hidden: widths of the actor's hidden layers; one of 64 if None.
        episodes: how many episodes a trial has; the family's own number if None.
        privileged: training uses what only the designer of tasks knows: the critic is told the task, the memory is asked to tell it, and
            a bandit's pulls are judged by their chances instead of by luck. The agent that comes out is told nothing, and needs nothing.
        encoding: how the memory is told what happened, by a name in `input_encoding`; "plain" if None.
        per_state: the actor has weights of its own in each state, through which it looks at the memory; if None, where it is told "pairs".
        core: what remembers: "gru"; "transformer" (`context_network`), whose width `memory` then is; or a GRU behind "eyes" for families
            that show pictures (`picture_network`), or behind eyes for "places" alone.
        practice: after so many steps an episode is cut off in training, since all that has to be learned happens before; the family's own
            horizon if None.
        seed, device, hyper: as of every `Learner`. The defaults were measured to do well on bandits and on HiddenGoal.

    What is not given comes from `RECIPES` if the family has one.

    Attributes:
        episode_returns: mean return of each episode of the trials that the last iteration played [episode]; of as much as was practised.
        met: the tasks of these trials; those of every step, [task, episode, time, …], where they were switched.

    Raises:
        ValueError: fewer than one episode, or no step to practise in; the input encoding does not suit the family; no such core.
    """

    hyper: RL2Hyper
    hyper_type = RL2Hyper

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        memory: int | None = None,
        hidden: Sequence[int] | None = None,
        episodes: int | None = None,
        privileged: bool = False,
        encoding: str | None = None,
        practice: int | None = None,
        core: str = "gru",
        per_state: bool | None = None,
        **hyper: Any,
    ) -> None:
        self.family, self.seed, self.device = family, seed, torch.device(device)
        if core not in CORES:
            raise ValueError(f"core is what remembers, one of {', '.join(CORES)}, got {core!r}")
        make, own = CORES[core]
        recipe = {**RECIPES.get(family.name, {}), **own}
        self.hyper = self.hyper_type(**{k: v for k, v in recipe.items() if k in self.hyper_type.names()} | hyper)
        given = {"memory": memory, "hidden": hidden, "encoding": encoding, "practice": practice, "per_state": per_state}
        build: dict[str, Any] = {"memory": 64, "hidden": (64,), "encoding": "plain", "practice": family.horizon, "per_state": None}
        build |= {k: recipe[k] for k in build if k in recipe} | {k: v for k, v in given.items() if v is not None}
        self.episodes = family.episodes if episodes is None else episodes
        self.practised = with_horizon(family, build.pop("practice"))
        self.privileged = privileged
        self.network = make(self.practised, self.episodes, privileged=privileged, device=device, **build)
        rng = generator(seed)
        super().__init__(self.network.init(rng), rng, self.episodes)

    def advance(self) -> dict[str, float]:
        """One iteration: play trials in new tasks, judge every action, improve."""
        tasks = self.family.sample_tasks(self.hyper.trials, self.rng, self.device)
        trial, memory = self.play(self.theta, tasks)
        self.heartbeat()
        terms = self.objective(self.theta, self.met, trial, memory)
        gradient, norm = self.gradient(terms.pop("objective"))
        self.ascend(gradient, self.learning_rate())
        return {**self.returned(trial), **{name: term.item() for name, term in terms.items()}, "gradient_norm": norm}

    def play(self, theta: Params, tasks: Any) -> tuple[Trial, Float[Tensor, "task episode time memory"]]:
        """One trial of each task, and the memory that each action was chosen with: through it runs the gradient."""
        at_once = self.network.at_once
        agent = RL2Agent(self.network, detach(theta) if at_once else theta, wipe=self.hyper.wipe, heartbeat=self.heartbeat)
        world = Switching(self.practised, self.hyper.switch, self.rng) if self.hyper.switch else None
        trial = self.network.look_at(theta, play_trial(self.practised, tasks, agent, self.rng, self.episodes, world))
        self.met = world.tasks(self.episodes) if world else tasks
        return trial, self.network.memories(theta, trial, self.hyper.wipe) if at_once else agent.memories()

    def objective(self, theta: Params, tasks: Any, trial: Trial, memory: Float[Tensor, "task episode time memory"]) -> dict[str, Tensor]:
        """What is maximised ("objective"), and numbers to watch. `tasks`: one a trial, or one a step, [task, episode, time, …].

            E[ log π(a | h, s) Â ]  +  η E[ entropy ]  -  c_v E[ (V - G)² ]  -  c_r E[ (r̂ - r)² ]  +  c_T E[ log p(T | h) ]

        The last two are lessons for the memory: keep what is needed to foresee the next reward (r̂) and, privileged, to tell the task T.
        The critic sees the memory, but does not shape it: no gradient runs from V into h. It speaks of rewards compared with the usual one,
        so that even a fresh critic is a fair judge of late and early actions alike.
        """
        h, network, mask = self.hyper, self.network, trial.mask
        tasks = by_step(self.family, tasks)
        situation = network.situation(memory, trial.observation)
        task, usual, left = network.task_code(tasks), mean_over(trial.reward, mask), network.steps_left(h.discount)
        value = left * (usual + network.value(theta, situation.detach(), network.clock(), task))
        said = value.detach()
        advantage, raw = judge(self.rewards(tasks, trial), said, mask, h)
        log_prob, undecided = network.actor.log_prob_and_entropy(theta, situation, trial.action)
        gain, entropy = mean_over(log_prob * advantage, mask), mean_over(undecided, mask)
        value_error = mean_over((value - (raw + said)).square(), mask) / left.square().mean()
        reward_error = mean_over((usual + network.forecast(theta, situation, trial.action) - trial.reward).square(), mask)
        objective = gain + self.entropy_weight() * entropy - h.value_weight * value_error - h.reward_weight * reward_error
        terms = {"entropy": entropy, "value_error": value_error, "reward_error": reward_error}
        if self.privileged:
            terms["task_surprise"] = mean_over(network.surprise(theta, memory, task), mask)
            objective = objective - h.task_weight * terms["task_surprise"]
        return {"objective": objective, **terms}

    def rewards(self, tasks: Any, trial: Trial) -> Float[Tensor, "task episode time"]:
        """The rewards that actions are judged by. Privileged, on a bandit: the expected ones, p[a], with the same mean and less noise."""
        if self.privileged and isinstance(self.family, Bandit):
            return self.family.expected_reward(trial.action, by_step(self.family, tasks))
        return trial.reward

    def identity(self) -> dict[str, str]:
        return super().identity() | {"episodes": str(self.episodes)}

    def agent(self, greedy: bool = False, wipe: bool | None = None) -> RL2Agent:
        """What has been learned, as a player of trials, with a copy of the present parameters.

        Args:
            wipe: wipe the memory between episodes; as in training if None.
        """
        return RL2Agent(self.network, self.parameters(), greedy, self.hyper.wipe if wipe is None else wipe)
