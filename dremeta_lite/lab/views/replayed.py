"""What a replay view asks of the panel that it belongs to: where the sliders stand, and what was played there."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.checkpoints import Checkpoint
from dremeta_lite.trials import Agent


class Replayed(Protocol):
    """A run, and a place in it. `lab.scrubber.Scrubber` is one; its properties of these names say what they are."""

    checkpoints: Sequence[Checkpoint]
    names: list[str]

    @property
    def learner(self) -> str: ...

    @property
    def task(self) -> int: ...

    @property
    def step(self) -> int: ...

    @property
    def checkpoint(self) -> Checkpoint: ...

    @property
    def agent(self) -> Agent: ...

    def when(self) -> str: ...

    def reel(self) -> Any: ...

    def judged(self, checkpoint: Checkpoint) -> Float[Tensor, " episode"] | None: ...

    def curve(self) -> tuple[np.ndarray, np.ndarray]: ...
