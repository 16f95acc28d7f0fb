"""A family's vector environment beside Gymnasium's own vector of single ones."""

from functools import partial
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from dremeta_lite.tasks.family import pick


def step_both(id: str, tasks: Any, steps: int, **options: Any) -> list[np.ndarray]:
    """Take random actions in six tasks, many at once and one by one, and demand that they agree in every number of every step.

    Returns rewards, and what was terminated and truncated [step, environment].
    """
    many: Any = gymnasium.make_vec(id, num_envs=6, vectorization_mode="vector_entry_point", task=tasks, **options)
    single = [partial(gymnasium.make, id, task=pick(tasks, i), **options) for i in range(6)]
    one_by_one: Any = SyncVectorEnv(single, autoreset_mode=AutoresetMode.NEXT_STEP)  # type: ignore[arg-type]
    rng, found = np.random.default_rng(0), []
    assert np.array_equal(many.reset(seed=3)[0], one_by_one.reset(seed=3)[0])
    for _ in range(steps):
        action = rng.integers(many.single_action_space.n, size=6)
        a, b = many.step(action)[:4], one_by_one.step(action)[:4]
        assert all(x.dtype == y.dtype and x.shape == y.shape and np.array_equal(x, y) for x, y in zip(a, b, strict=True))
        found.append(a[1:])
    one_by_one.close()
    return [np.array(column) for column in zip(*found, strict=True)]
