"""RL² that sees pictures: eyes before the memory, a small network that makes a few numbers of each picture, learned with all the rest.

    x = eyes(picture)        h ← GRU(h, [eyes(next picture), a·r, …])        a ~ π(· | h, x)

Everything else is as in `rl2_network`. Without eyes RL² lays a picture flat, and a weight learns about its own pixel alone; eyes look for
the same thing everywhere.
"""

import copy
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.meta.rl2_network import RL2Network
from dremeta_lite.networks import Eyes, Params
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Trial


class PictureNetwork(RL2Network):
    """Actor, critic, memory and eyes. Arguments as `RL2Network` has them.

    Args:
        features: how many numbers the eyes make of a picture.
        sums: half of these are made of each channel's sum over the whole picture (`Eyes`).

    Raises:
        ValueError: the family shows no pictures, or the memory is to be told anything but "plain" or "nothing".
    """

    at_once = True

    def __init__(
        self,
        family: TaskFamily,
        episodes: int,
        *,
        features: int = 64,
        sums: bool = True,
        device: torch.device | str = "cpu",
        encoding: str = "plain",
        **options: Any,
    ) -> None:
        shape = family.observation_space.shape or ()
        need(len(shape) == 3, "sighted RL2", "pictures: channels, rows and columns", family, "none")
        need(encoding in ("plain", "nothing"), "sighted RL2", 'a memory that is told "plain" or "nothing"', family, f'"{encoding}" here')
        seen = copy.copy(family)
        seen.observation_space = Box(0.0, 1.0, (features,), np.float32)  # what is behind the eyes sees numbers
        super().__init__(seen, episodes, device=device, encoding=encoding, **options)
        self.eyes = Eyes(shape, features, sums, device)

    def init(self, rng: torch.Generator) -> Params:
        return super().init(rng) | self.eyes.init(rng)

    def look(self, theta: Params, observation: Tensor) -> Float[Tensor, "*n features"]:
        return self.eyes.forward(theta, observation)

    def look_at(self, theta: Params, trial: Trial) -> Trial:
        """Each picture is looked at once: what a step leads to is what the next one sees, but for the last of an episode."""
        happened, last = trial.mask > 0, self.ends(trial)
        pictures = torch.cat([trial.observation[happened], trial.next_observation[last]])
        seen, left = self.look(theta, pictures).tensor_split([int(trial.mask.sum())])
        none = seen.new_zeros(*trial.mask.shape, seen.shape[-1])
        observation = none.index_put((happened,), seen)
        following = torch.cat([observation[:, :, 1:], none[:, :, :1]], 2)
        return trial._replace(observation=observation, next_observation=following.index_put((last,), left))
