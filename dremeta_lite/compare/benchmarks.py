"""Where learners over tasks are compared: four families of tasks, which methods take part and how, and what they are measured against.

A *benchmark* is a family, the trials that are played in it, the fixed tasks of its judgements, its methods, and its yardsticks. Each method
has the settings that one tuning for all found to suit it on this family (`METHODS`, `recording.tuning`). The rules are
the same for all: one trial in each of the same tasks, with the same draws, and actions as the agent draws them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite import titles
from dremeta_lite.agents import PSRL, Oracle, PosteriorSampling, RandomActions, StandingStill, Trilateration, bandits
from dremeta_lite.agents.optimism import ExplorationBonus
from dremeta_lite.agents.tabular_model import MDPOracle
from dremeta_lite.compare.scores import PLAYING_SEED, Score, chances, earned, play_agents
from dremeta_lite.learner import Learner
from dremeta_lite.meta import EMAML, MAML, RL2, BeliefPolicy, Pooled, Reptile, VariBAD
from dremeta_lite.tasks import Bandit, HiddenGoal, HiddenGoalTask, Navigation2D, RandomMDP, TaskFamily
from dremeta_lite.trials import Agent
from dremeta_lite.world import BayesBandit, BayesOptimal, bayes_optimal_plan

Kind = Literal["pooled", "start", "memory", "belief"]
ASSUMES: Mapping[Kind, str] = {
    "pooled": "tasks to train on; that one policy nearly does for all of them, a little fine-tuned in each",
    "start": "tasks to train on; in a new one, episodes to spend before each step, and a gradient that points the right way",
    "memory": "tasks to train on; trials as long in training as later",
    "belief": "tasks to train on",
}


class Make(Protocol):
    """Makes a fresh learner."""

    def __call__(self, seed: int, device: torch.device | str = "cpu") -> Learner: ...


class Method(NamedTuple):
    """Who takes part in a benchmark."""

    title: str
    kind: Kind
    make: Make
    iterations: int
    """How many are trained when runs are recorded."""
    assumes: str
    """What it needs, or relies on, in words."""


@dataclass(frozen=True)
class Benchmark:
    """A family of tasks in which learners are compared.

    Args:
        name, title: what files and what people call it.
        episodes: in a trial.
        unit: what an episode is called: "episode", or "pull".
        score: the number of each episode.
        draw: makes the fixed tasks of all judgements.
        methods: by key.
        rivals: makes the agents to compare with, by name, for tasks.
        floor, ceiling: the rivals from which, and to which, a *fraction of the way* is measured.
        tuned_on: in how many tasks apart each try of the tuning is judged; None: in those of the judgements, where there are no others.
        heat: the fraction of a training that the first tries of the tuning take.
        greedy: tries are judged by the likeliest actions.
        best: computes what no agent can exceed on average over p(T), whatever it remembers; None where nobody knows it.
    """

    name: str
    title: str
    family: TaskFamily[Any]
    episodes: int
    draw: Callable[[], Any]
    methods: Mapping[str, Method]
    rivals: Callable[[Any], Mapping[str, Agent]]
    ceiling: str
    tuned_on: int | None = None
    heat: float = 0.2
    greedy: bool = False
    best: Callable[[], float] | None = None
    floor: str = titles.RANDOM
    unit: str = "episode"
    score: Score = earned

    @cached_property
    def tasks(self) -> Any:
        """The fixed tasks of all judgements."""
        return self.draw()

    @cached_property
    def plays(self) -> Mapping[str, Float[Tensor, "play episode"]]:
        """What each episode returns under each of the rivals, on `tasks`, in `PLAYS` trials of each task with other draws every time."""
        rivals = self.rivals(self.tasks)
        every = [play_agents(self.family, rivals, self.tasks, self.episodes, self.score, PLAYING_SEED + k) for k in range(PLAYS)]
        return {name: torch.stack([each[name] for each in every]) for name in rivals}

    @property
    def yardsticks(self) -> Mapping[str, Float[Tensor, " episode"]]:
        """The mean of `plays`."""
        return {name: each.mean(0) for name, each in self.plays.items()}

    @cached_property
    def optimum(self) -> float | None:
        """The Bayes-optimal return of a trial, exact; None where it is not known."""
        return None if self.best is None else self.best()


PLAYS = 20
"""How often the agents to compare with play all tasks: one play is a draw, as one seed of a learner is."""
HIDDEN_GOAL, BANDIT, RANDOM_MDP, NAVIGATION = HiddenGoal(), Bandit(5, 10), RandomMDP(), Navigation2D()
NAVIGATION_EPISODES = 24
"""Eight before each of two steps of adaptation, and eight after them."""
MEMORY_EPISODES = 2
"""Of the trials that RL² is trained in on navigation; what follows in a longer trial it plays like the last of them."""


def method(title: str, kind: Kind, learner: type, family: TaskFamily[Any], iterations: int, assumes: str = "", **settings: Any) -> Method:
    """A method with its settings: arguments and hyperparameters of the learner, by name."""
    if kind in ("memory", "belief"):  # their learning rates fall over the iterations that are planned
        settings["iterations"] = iterations
    return Method(title, kind, partial(fresh, learner, family, settings), iterations, assumes or ASSUMES[kind])


def fresh(learner: Any, family: TaskFamily[Any], settings: Mapping[str, Any], seed: int, device: torch.device | str = "cpu") -> Learner:
    """A new learner with these settings."""
    return learner(family, seed, device, **settings)


EXACT = "tasks to train on; that somebody knows what a task can be, and writes Bayes' rule down"
INFERRED = "tasks to train on; that rewards tell them apart; and here, that a task is a cell that pays"
CREDITED = f"{ASSUMES['start']} (here with credit for what exploring brings)"
SHORT = f"tasks to train on; trained in trials of {MEMORY_EPISODES} episodes, it plays all further ones like the last of these"

METHODS: Mapping[str, Mapping[str, Method]] = {
    "hidden_goal": {
        "pooled": method("pooled", "pooled", Pooled, HIDDEN_GOAL, 40, inner_lr=2.5),
        "maml": method("E-MAML", "start", EMAML, HIDDEN_GOAL, 1200, CREDITED),
        "rl2": method("RL²", "memory", RL2, HIDDEN_GOAL, 350),
        "belief": method("exact belief", "belief", BeliefPolicy, HIDDEN_GOAL, 400, EXACT),
        "varibad": method("VariBAD", "belief", VariBAD, HIDDEN_GOAL, 800, INFERRED),
    },
    "bandit": {
        "pooled": method("pooled", "pooled", Pooled, BANDIT, 12, inner_lr=5.0),
        "maml": method("MAML", "start", MAML, BANDIT, 200),
        "rl2": method("RL²", "memory", RL2, BANDIT, 400),
    },
    "random_mdp": {
        "pooled": method("pooled", "pooled", Pooled, RANDOM_MDP, 14),
        "maml": method("MAML", "start", MAML, RANDOM_MDP, 360),
        "rl2": method("RL²", "memory", RL2, RANDOM_MDP, 360),
    },
    "navigation": {
        "pooled": method("pooled", "pooled", Pooled, NAVIGATION, 150, inner_steps=2, episodes=NAVIGATION_EPISODES),
        "maml": method("MAML", "start", MAML, NAVIGATION, 100, trajectories=8, episodes=NAVIGATION_EPISODES),
        "first_order": method(
            "first-order MAML", "start", MAML, NAVIGATION, 150, trajectories=8, second_order=False, episodes=NAVIGATION_EPISODES
        ),
        "reptile": method("Reptile", "start", Reptile, NAVIGATION, 120, inner_steps=2, trajectories=8, episodes=NAVIGATION_EPISODES),
        "rl2": method("RL²", "memory", RL2, NAVIGATION, 1000, SHORT, episodes=MEMORY_EPISODES),
    },
}
"""All settings that are not the learners' own defaults or `RECIPES`; where they come from is told in `recording.tuning`."""

BENCHMARKS: dict[str, Benchmark] = {
    "hidden_goal": Benchmark(
        name="hidden_goal",
        title="Hidden goal (5 × 5 cells, 4 episodes of 15 steps)",
        family=HIDDEN_GOAL,
        episodes=4,
        draw=lambda: HiddenGoalTask(HIDDEN_GOAL.goal_cells.repeat(20)),
        methods=METHODS["hidden_goal"],
        rivals=lambda tasks: {
            titles.RANDOM: RandomActions(HIDDEN_GOAL),
            titles.POSTERIOR: PosteriorSampling(HIDDEN_GOAL),
            titles.BAYES: BayesOptimal(HIDDEN_GOAL),
            titles.ORACLE: Oracle(HIDDEN_GOAL, tasks),
        },
        ceiling=titles.BAYES,
        best=lambda: bayes_optimal_plan(HIDDEN_GOAL).value,
    ),
    "bandit": Benchmark(
        name="bandit",
        title="Bandit (5 arms, 10 pulls)",
        family=BANDIT,
        episodes=10,
        unit="pull",
        score=chances,
        draw=lambda: BANDIT.held_out_tasks(2000),
        tuned_on=2000,
        methods=METHODS["bandit"],
        rivals=lambda tasks: {
            titles.RANDOM: RandomActions(BANDIT),
            titles.THOMPSON: bandits.Thompson(5),
            titles.TUNED_UCB: bandits.UCB1(5, 0.1, imagined=2),
            titles.BAYES: bandits.BayesOptimal(5, 10),
            titles.ORACLE: Oracle(BANDIT, tasks),
        },
        ceiling=titles.BAYES,
        best=lambda: BayesBandit(5, 10).value(),
    ),
    "random_mdp": Benchmark(
        name="random_mdp",
        title="Random worlds (10 states, 5 actions, 10 episodes of 10 steps)",
        family=RANDOM_MDP,
        episodes=10,
        draw=lambda: RANDOM_MDP.held_out_tasks(400),
        tuned_on=200,
        methods=METHODS["random_mdp"],
        rivals=lambda tasks: {
            titles.RANDOM: RandomActions(RANDOM_MDP),
            titles.PSRL: PSRL(RANDOM_MDP),
            titles.TUNED_BEB: ExplorationBonus(RANDOM_MDP, 14.0),
            titles.ORACLE: MDPOracle(RANDOM_MDP, tasks),
        },
        ceiling=titles.ORACLE,
    ),
    "navigation": Benchmark(
        name="navigation",
        title=f"Navigation in the plane ({NAVIGATION_EPISODES} episodes of 100 steps)",
        family=NAVIGATION,
        episodes=NAVIGATION_EPISODES,
        draw=lambda: NAVIGATION.held_out_tasks(100),
        tuned_on=50,
        methods=METHODS["navigation"],
        rivals=lambda tasks: {
            titles.RANDOM: RandomActions(NAVIGATION),
            titles.STILL: StandingStill(NAVIGATION),
            titles.TRILATERATION: Trilateration(NAVIGATION),
            titles.ORACLE: Oracle(NAVIGATION, tasks),
        },
        ceiling=titles.ORACLE,
    ),
}
