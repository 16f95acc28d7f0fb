"""Reels: one trial of an agent in each of a few tasks, with all that a picture of any of its moments needs.

An agent is played as it always is, by `play_trial` with a fixed seed. On the way it is asked what it would do: in every cell of the grid
before each step, or in some places of the plane after each episode. It is asked, and nothing is drawn for it: the trial stays the same.
"""

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.agents.exact_belief import belief_along, prior_belief
from dremeta_lite.episodes import begin
from dremeta_lite.learner import generator
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.trials import Agent, Chooses, Disturb, Intends, Seen, Through, Trial, play_trial

SEED = 5
"""Of everything that is drawn in the trials that are shown."""
KEPT = 40
"""Reels in memory; a reel of the hidden goal takes about 1 MB."""


class GridReel(NamedTuple):
    """What happened in trials of the hidden goal, and what the agent knew and would have done. Moment t comes after t steps."""

    trial: Trial
    exact: Float[Tensor, "task moment cell"]
    """What could be known."""
    own: Float[Tensor, "task moment cell"] | None
    """What the agent believed, if it keeps a belief of its own that is not the exact one."""
    policy: Float[Tensor, "task time cell action"] | None
    """The chance of each action in each cell before each step, if the agent can be asked."""
    memory: Float[Tensor, "task moment number"] | None
    """What RL² remembered."""
    taken: list[int]
    """How many steps of adaptation had been taken when a step was made."""


class PlaneReel(NamedTuple):
    """What happened in trials of a navigation task, and what the agent would have done at the end of each episode."""

    trial: Trial
    mean: Float[Tensor, "task episode place 2"]
    """The mean action in each of the places, at most 1 long on each axis."""
    way: Float[Tensor, "task episode spot 2"]
    """Where the mean actions lead from the start, as the agent is at the end of each episode; nan after the goal is reached."""
    std: Float[Tensor, "task episode"]
    """The standard deviation of its noise, in action units."""
    taken: list[int] | None
    """How many steps of adaptation had been taken before each episode; None for an agent that takes none."""


class Watched(Through):
    """An agent that is looked at while it plays.

    Args:
        agent: plays; a shallow copy of it, so that whoever holds the original finds it as it was.
        before, after: called with the agent before each of its actions, and after each step.
    """

    def __init__(self, agent: Agent, before: Callable[[Any], None] = lambda _: None, after: Callable[[Any], None] = lambda _: None) -> None:
        super().__init__(copy.copy(agent))
        self.before, self.after = before, after

    def act(self, observation: Tensor) -> Tensor:
        self.before(self.agent)
        return super().act(observation)

    def see(self, step: Seen) -> None:
        super().see(step)
        self.after(self.agent)


def watch_grid(family: HiddenGoal, agent: Agent, tasks: Any, episodes: int, disturb: Disturb | None = None) -> GridReel:
    """Play an agent on a hidden-goal grid, once in each task. `disturb` is as for `play_trial`."""
    n, policy, taken = len(tasks.goal), [], []
    everywhere = torch.arange(family.n_cells, device=tasks.goal.device).expand(n, -1)

    def ask(agent: Any) -> None:
        taken.append(getattr(agent, "taken", 0))
        if isinstance(agent, Chooses):
            policy.append(agent.probabilities(everywhere))

    watched = Watched(agent, before=ask)
    player: Any = watched.agent
    trial = play_trial(family, tasks, watched, generator(SEED), episodes, disturb)
    prior = prior_belief(family, n, tasks.goal.device)
    exact, own = torch.cat([prior[:, None], belief_along(family, trial).flatten(1, 2)], 1), None
    memory = None
    if hasattr(player, "beliefs"):
        belief = player.belief
        first = belief.cells(belief.start(n, tasks.goal.device))
        own = torch.cat([first[:, None], player.beliefs().flatten(1, 2)], 1).cpu()
        own = None if torch.equal(own, exact.cpu()) else own
    elif hasattr(player, "memories"):
        memory = torch.cat([player.memories().flatten(1, 2), player.memory[:, None]], 1).cpu()
    return GridReel(on_cpu(trial), exact.cpu(), own, torch.stack(policy, 1).cpu() if policy else None, memory, taken)


def watch_plane(
    family: Any, agent: Agent, tasks: Any, episodes: int, places: Float[Tensor, "place 2"], disturb: Disturb | None = None
) -> PlaneReel:
    """Play an agent on navigation tasks, once in each. Raises ValueError: the agent does not say what it intends."""
    if not isinstance(agent, Intends):
        raise ValueError(f"{type(agent).__name__} does not say what it intends: it has no method intended()")
    means, ways, stds, taken = [], [], [], []
    everywhere, steps = places.to(tasks.goal.device).expand(len(tasks.goal), -1, -1), 0

    def ask(agent: Any) -> None:
        nonlocal steps
        steps += 1
        if steps % family.horizon == 0:
            mean, std = agent.intended(everywhere)
            stage = getattr(agent, "taken", None)
            same = stage is not None and stage in taken and disturb is None  # then φ is as it was an episode ago
            ways.append(ways[-1] if same else mean_way(family, tasks, agent, steps - family.horizon, disturb))
            means.append(mean.clamp(-1, 1).cpu())
            stds.append(std.mean((1, 2)).cpu())
            taken.append(stage)

    trial = play_trial(family, tasks, Watched(agent, after=ask), generator(SEED), episodes, disturb)
    mean, way, std = (torch.stack(column, 1) for column in (means, ways, stds))
    return PlaneReel(on_cpu(trial), mean, way, std, None if None in taken else taken)


def mean_way(family: Any, tasks: Any, agent: Intends, first: int = 0, disturb: Disturb | None = None) -> Float[Tensor, "task spot 2"]:
    """Where the mean actions lead from the start of an episode, with what the agent knows now: [task, horizon + 1, 2]. `first` is the step
    of the trial with which the episode begins."""
    episodes = begin(family, tasks, generator(SEED))
    episodes.reset()
    if disturb is not None:
        disturb(first, episodes)
    gone, spots = torch.zeros(episodes.shape, dtype=torch.bool, device=episodes.device), [episodes.observation]
    for _ in range(family.horizon):
        step = episodes.step(agent.intended(episodes.observation)[0])
        spots.append(torch.where(gone[:, None], torch.nan, step.next_observation))
        gone = gone | step.terminated
    return torch.stack(spots, 1).cpu()


def on_cpu(trial: Trial) -> Trial:
    return Trial(*(x.cpu() for x in trial))


class Reels:
    """Makes reels when they are asked for, and keeps the latest.

    Args:
        watch: makes the reel of an agent.
        kept: how many stay in memory.
    """

    def __init__(self, watch: Callable[[Agent], Any], kept: int = KEPT) -> None:
        self.watch, self.kept, self._lock = watch, kept, threading.Lock()
        self._made: OrderedDict[int, tuple[Agent, Any]] = OrderedDict()  # with the agent, whose number so stays its own

    def of(self, agent: Agent) -> Any:
        """The agent's reel. Several threads may ask; one at a time is served."""
        key = id(agent)
        with self._lock:
            if key not in self._made:
                self._made[key] = agent, self.watch(agent)
                if len(self._made) > self.kept:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key][1]

    def has(self, agent: Agent) -> bool:
        """Whether its reel is in memory."""
        return id(agent) in self._made
