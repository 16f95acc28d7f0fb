"""An agent that sees pictures, in the battles of Skirmish: what it is shown is drawn for it first, and it sees nothing else."""

import torch
from torch import Tensor

from dremeta_lite.tasks.skirmish import Skirmish
from dremeta_lite.tasks.skirmish_pixels import SkirmishPixels
from dremeta_lite.trials import Agent, Seen


class OnPictures(Agent):
    """Plays `Skirmish`, having learned in `SkirmishPixels`: so whatever shows battles can show its battles.

    Args:
        agent: who sees the pictures, and acts.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent, self.plain, self.pictures = agent, Skirmish(), SkirmishPixels()

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.agent.begin(n, rng)

    def begin_episode(self) -> None:
        self.agent.begin_episode()

    def act(self, observation: Tensor) -> Tensor:
        return self.agent.act(self.drawn(observation))

    def see(self, step: Seen) -> None:
        seen = {name: self.drawn(getattr(step, name)) for name in ("observation", "next_observation")}
        self.agent.see(step._replace(**seen))

    def drawn(self, observation: Tensor) -> Tensor:
        """The picture of what numbers say."""
        return self.pictures.observation(self.plain.state_of(observation))
