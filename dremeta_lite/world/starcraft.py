"""The adapter for the real StarCraft II: battles as SMACv2 offers them, behind the seam of `episodes.py`. Not tried with the game.

SMACv2 starts the game, and has a method for each thing that is asked of it. `UnitBattle` makes a Gymnasium environment of that, and
`StarCraftBattles` a family, in which learners that only play can train. With the game, `pysc2` and `smacv2` installed:

    def battle(number):                                       the same enemies in every battle of a task
        game = StarCraft2Env(map_name="10gen_terran", capability_config=config)
        game.reset = functools.partial(game.reset, drawn(number))
        return game

    RL2(StarCraftBattles(battle, mixes=8), seed=0, episodes=3)

What is held to here was read in SMACv2's source (github.com/oxwhirl/smacv2, commit 577ab5a, `env/starcraft2/starcraft2.py`), and is tested
with a playback of its interface.

Sources: Ellis et al. 2023, "SMACv2" (arXiv 2212.07489); Vinyals et al. 2017, "StarCraft II" (arXiv 1708.04782), for PySC2.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from jaxtyping import Float

from dremeta_lite.episodes import Numbered, OutsideFamily

NO_OP, STOP = 0, 1
"""The actions of SMACv2 that a dead unit has to take, and that a living one always may."""
LARGEST = 100.0
"""No number of an observation should be beyond ± this; SMACv2 declares no bounds."""


@runtime_checkable
class Battle(Protocol):
    """What is used of SMACv2's `StarCraft2Env`."""

    def get_env_info(self) -> Mapping[str, Any]:
        """Among others `n_actions`, `n_agents`, `obs_shape` and `episode_limit`."""
        ...

    def reset(self) -> Any: ...

    def get_obs(self) -> Sequence[np.ndarray]:
        """What each unit sees [unit][obs]."""
        ...

    def get_avail_actions(self) -> Sequence[Sequence[int]]:
        """1 for what a unit may do now, else 0 [unit][action]; anything else is refused."""
        ...

    def step(self, actions: Sequence[int]) -> tuple[float, bool, Mapping[str, Any]]:
        """An action for each unit. Reward, whether the battle is over, and more about it."""
        ...

    def close(self) -> None: ...


class UnitBattle(gymnasium.Env[Any, Any]):
    """One battle after the other, under one command: an order goes to all units.

    ## Action Space
    `Discrete(n_actions)`: an action of SMACv2. Each unit that may do it now does; the other living ones stop.

    ## Observation Space
    `Box(-100, 100, (n_agents · obs_shape,), float32)`: what the units see, one after the other. SMACv2 divides what it tells by its
    largest value, so most of it lies in ±1.

    ## Rewards
    SMACv2's.

    ## Episode End
    1. Termination: one side is destroyed, or SMACv2's time limit has passed, which it counts as a defeat.
    2. Truncation: the time limit, where SMACv2 is told that episodes continue (`continuing_episode`); or the connection to the game was
       lost: SMACv2 then begins again.

    ## Arguments
    `battle`: SMACv2's environment. Its draws come from the seed that it was made with: `reset(seed=…)` cannot change them.
    """

    def __init__(self, battle: Battle) -> None:
        self.battle, info = battle, battle.get_env_info()
        self.units, self.actions = int(info["n_agents"]), int(info["n_actions"])
        self.action_space = Discrete(self.actions)
        self.observation_space = Box(-LARGEST, LARGEST, (self.units * int(info["obs_shape"]),), np.float32)

    def observe(self) -> Float[np.ndarray, " obs"]:
        """What all units see."""
        return np.concatenate([np.asarray(seen, np.float32) for seen in self.battle.get_obs()])

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.battle.reset()  # what it returns is not relied on: SMACv2's wrapper returns nothing when it had to try again
        return self.observe(), {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        reward, over, info = self.battle.step([self.possible(may, int(action)) for may in self.battle.get_avail_actions()])
        cut = over and bool(info.get("episode_limit") or not info)  # a lost connection leaves nothing to be said
        return self.observe(), float(reward), bool(over and not cut), cut, dict(info)

    def possible(self, may: Sequence[int], action: int) -> int:
        """What a unit does when it is given an order, by what it may do [action]."""
        return action if may[action] else STOP if may[STOP] else NO_OP

    def close(self) -> None:
        self.battle.close()


class StarCraftBattles(OutsideFamily):
    """Battles of StarCraft II as a family of tasks.

    ## Task Parameters
    `number`: from 0, below `mixes`; which enemies there are, for example. The learner is not told.

    ## Arguments
    `battle`: makes SMACv2's environment for the number of a task; it has to be the same task in each of its episodes.
    `mixes`: how many tasks there are.
    """

    name = "StarCraftBattles"

    def __init__(self, battle: Callable[[int], Battle], mixes: int) -> None:
        self.battle, self.mixes, one = battle, mixes, battle(0)
        limit = int(one.get_env_info()["episode_limit"])
        one.close()
        super().__init__(horizon=limit)

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Numbered:
        """Draw `n` tasks; `number` has shape [task]."""
        return Numbered(torch.randint(self.mixes, (n,), generator=rng, device=rng.device).to(device))

    def make(self, tasks: Numbered) -> SyncVectorEnv[Any, Any]:
        """A copy of the game for each task."""
        envs = [lambda number=number: UnitBattle(self.battle(int(number))) for number in tasks.number]
        return SyncVectorEnv(envs, autoreset_mode=AutoresetMode.SAME_STEP)
