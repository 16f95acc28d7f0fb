"""Somebody else's game: how fast it is, and what is in it. A small one is copied into tables, where its best return can be computed.

Few Gymnasium environments tell their rules. But one that always does the same can be asked: there is a way to each state, a
seed of `reset` and the actions since, and to know what an action does there one goes that way again. What is found is a table,
s' = next[s, a], and anything that needs the rules can be done with it. A state is named by what is seen in it, so those that look alike
count as the same one; whether that holds, and whether chance is in the game, a replay shows.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

Make = Callable[[], gymnasium.Env[Any, Any]]


class CopiedGame(NamedTuple):
    """A game in tables."""

    next: Int[Tensor, "state action"]
    reward: Float[Tensor, "state action"]
    ended: Bool[Tensor, "state action"]
    starts: list[int]
    """Where its episodes began, once for each seed."""
    number: dict[bytes, int]
    """Of each state, by what is seen in it."""


def checked(env: gymnasium.Env[Any, Any]) -> int:
    """How many actions there are. Raises ValueError: they are no choice."""
    if not isinstance(env.action_space, Discrete) or env.action_space.start != 0:
        raise ValueError(f"a game to be copied needs actions that are a choice, Discrete(n), got {env.action_space}.")
    return int(env.action_space.n)


def looks(observation: Any) -> bytes:
    """An observation as a name: the same for the same."""
    if isinstance(observation, dict):
        return b"".join(looks(observation[key]) for key in sorted(observation))
    return str(observation).encode() if isinstance(observation, str) else np.asarray(observation).tobytes()


def steps_a_second(make: Make, seconds: float = 0.3) -> tuple[float, list[float]]:
    """Steps of random play in a second of CPU time, and the return of each episode that ended."""
    env, total, returns, n = make(), 0.0, list[float](), 0
    env.action_space.seed(0)
    env.reset(seed=0)
    began = time.process_time()
    while time.process_time() - began < seconds:
        _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        total, n = total + float(reward), n + 1
        if terminated or truncated:
            returns.append(total)
            total = 0.0
            env.reset()
    return n / (time.process_time() - began), returns


def copy_game(make: Make, seeds: Sequence[int] = range(1), most: int = 2000, seconds: float = 5.0) -> CopiedGame:
    """Every state that can be reached from the starts of these seeds, and what each action does there.

    Raises:
        ValueError: the actions are no choice; there are more states than `most`; or it takes longer than so many seconds of CPU time.
    """
    began = time.process_time()
    env = make().unwrapped  # without its time limit, which is no part of the state
    actions, number, ways, rows = checked(env), dict[bytes, int](), list[tuple[int, list[int]]](), list[list[tuple[int, float, bool]]]()

    def known(observation: Any, way: tuple[int, list[int]]) -> int:
        name = looks(observation)
        if name not in number:
            if len(ways) == most:
                raise ValueError(f"this game has more than {most} states: too many to be copied.")
            number[name] = len(ways)
            ways.append(way)
        return number[name]

    starts = [known(env.reset(seed=seed)[0], (seed, [])) for seed in seeds]
    for seed, path in ways:  # which grows meanwhile
        rows.append([])
        if time.process_time() - began > seconds:
            raise ValueError(f"after {seconds:g} s this game had shown {len(ways)} states, and there are more: too many to be copied.")
        for action in range(actions):
            env.reset(seed=seed)
            for earlier in path:
                env.step(earlier)
            observation, reward, terminated, _, _ = env.step(action)
            after = len(rows) - 1 if terminated else known(observation, (seed, [*path, action]))  # nothing comes after an end
            rows[-1].append((after, float(reward), bool(terminated)))
    table = np.array(rows, float)
    following, reward, ended = (torch.from_numpy(table[..., i]) for i in range(3))
    return CopiedGame(following.long(), reward.float(), ended.bool(), starts, number)


def replay(game: CopiedGame, make: Make, episodes: int = 50, steps: int = 20) -> tuple[int, int]:
    """Play at random, from the copied starts but with other luck: how many steps were taken, and how many were not as the tables say."""
    rng, env, taken, wrong = np.random.default_rng(1), make().unwrapped, 0, 0
    for seed in rng.integers(len(game.starts), size=episodes):
        state = game.number.get(looks(env.reset(seed=int(seed))[0]))
        env.np_random = np.random.default_rng(int(rng.integers(2**31)))
        for action in rng.integers(game.next.shape[1], size=steps):
            if state is None:
                break
            observation, reward, ended, _, _ = env.step(int(action))
            state, before = game.number.get(looks(observation)), state
            right = bool(game.ended[before, action]) == ended and abs(game.reward[before, action].item() - float(reward)) < 1e-5
            taken, wrong = taken + 1, wrong + (not right or not (ended or state == game.next[before, action]))
            if ended:
                break
    return taken, wrong


def known_starts(game: CopiedGame, make: Make, episodes: int = 50) -> tuple[int, int]:
    """Of so many resets with other seeds: how many began in a state of the tables, and how many there were."""
    env, new = make().unwrapped, range(10**6, 10**6 + episodes)
    return sum(looks(env.reset(seed=seed)[0]) in game.number for seed in new), episodes


def best_returns(game: CopiedGame, steps: int) -> Float[Tensor, " state"]:
    """What can be earned from each state in so many steps: V ← max_a [ r + (1 - ended) V(s') ], as often."""
    value = torch.zeros(len(game.next), device="cpu")
    for _ in range(steps):
        value = torch.where(game.ended, game.reward, game.reward + value[game.next]).amax(-1)
    return value
