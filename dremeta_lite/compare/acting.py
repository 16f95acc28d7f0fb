"""Agents that have been trained, at work side by side: each in a copy of the same task, which can be changed under them while they act.

Nothing is trained here. It has the shape of a learner, so that a live panel can drive it: an iteration is one step of the world.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters, Real, Switch
from dremeta_lite.learner import Learner, generator
from dremeta_lite.tasks import ArmTask, MiswiredArm, PoleTask, TaskFamily
from dremeta_lite.trials import Agent, Seen


class PoleHyper(HyperParameters):
    """What can be changed while poles are balanced."""

    reversed_motor = Switch(False, help="on: the motor pushes the other way from the next step on; nobody tells the agents")
    strength = Real(1.0, low=0.5, high=1.5, help="how strong the motor is: the size of its gain")
    head = Real(0.5, low=0.1, high=1, unit="kg", help="the mass at the tip of the pole")

    def task(self) -> PoleTask:
        """The task that these numbers describe, as a batch of one."""
        gain = -self.strength if self.reversed_motor else self.strength
        return PoleTask(torch.tensor([gain]), torch.tensor([self.head]))


class ArmHyper(HyperParameters):
    """What can be changed while an arm reaches."""

    target_x = Real(0.5, low=-1, high=1, unit="m", help="where the hand is to be, to the right of the shoulder")
    target_y = Real(0.5, low=-1, high=1, unit="m", help="where the hand is to be, above the shoulder in the picture")
    crossed = Switch(False, help="on: the motors sit in each other's sockets from the next step on; nobody tells the agents")
    reversed_shoulder = Switch(False, help="on: the shoulder turns the other way from the next step on; nobody tells the agents")
    payload = Real(0.3, low=0.1, high=0.5, unit="kg", help="the mass in the hand")

    def task(self) -> ArmTask:
        """The task that these numbers describe, as a batch of one."""
        straight = torch.diag(torch.tensor([-1.0 if self.reversed_shoulder else 1.0, 1.0]))
        return ArmTask((straight.flip(-1) if self.crossed else straight)[None], torch.tensor([self.payload]))

    def pose(self) -> Float[Tensor, "2"]:
        """Angles with which the hand is at the target, or as near as it can reach: the elbow bends to the left."""
        half = math.acos(min(math.hypot(self.target_x, self.target_y) / (2 * MiswiredArm.length), 1.0))
        return torch.tensor([math.atan2(self.target_y, self.target_x) - half, 2 * half])


class Acting(Learner):
    """Several agents in the same task, each in a copy of its own, without end: what they remember is not wiped.

    Args:
        family: the tasks.
        agents: by name. One that has a method `tell` is told the task before every step.
        seed: of the start, which is the same for all, and of what agents draw.
        device: of the agents. The draws are made on the CPU.
        hyper: starting values of the hyperparameters, by name.

    Attributes:
        worlds: by name.
        falls: how often each has let the pole fall, by name.
    """

    hyper: Any
    hyper_type: Callable[..., Any] = PoleHyper
    kept = ("rng", "iteration", "worlds", "falls", "memories")
    family: Any
    cause = "The usual cause is an agent that asks for a force that is not a number."

    def __init__(
        self, family: TaskFamily, agents: Mapping[str, Agent], seed: int = 0, device: torch.device | str = "cpu", **hyper: Any
    ) -> None:
        super().__init__()
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.agents: dict[str, Any] = dict(agents)
        self.hyper, self.rng = self.hyper_type(**hyper), generator(seed)
        self.worlds = {name: FamilyEpisodes(family, self.hyper.task(), generator(seed)) for name in agents}
        self.falls = dict.fromkeys(agents, 0)
        for name, agent in self.agents.items():
            self.worlds[name].reset()
            agent.begin(1, self.rng)
            agent.begin_episode()

    def advance(self) -> dict[str, float]:
        task, numbers = self.hyper.task(), {}
        for name, agent in self.agents.items():
            world = self.worlds[name]
            self.prepare(world, task)
            tell: Callable[[Any], None] | None = getattr(agent, "tell", None)
            if tell:
                tell(task)
            observation = world.observation
            action = agent.act(observation)
            step = world.step(action)
            agent.see(Seen(observation, action, step.reward, step.next_observation, step.ended, step.counts))
            getattr(agent, "kept", []).clear()  # nobody trains through this memory
            numbers |= {f"reward {name}": step.reward.item(), **self.seen(name, world)}
        return {**numbers, "env_steps": float(len(self.agents))}

    def prepare(self, world: FamilyEpisodes, task: Any) -> None:
        """Change a world before its next step."""
        world.tasks = task

    def seen(self, name: str, world: FamilyEpisodes) -> dict[str, float]:
        """What is counted after a step."""
        fell = bool(self.family.fallen(world.state))
        self.falls[name] += fell
        return {f"fell {name}": float(fell), f"tilt {name}": world.state[0, 2].item()}

    @property
    def memories(self) -> dict[str, Any]:
        """What each agent remembers, by name; without those that remember nothing."""
        return {name: agent.state for name, agent in self.agents.items() if isinstance(getattr(agent, "state", None), Tensor)}

    @memories.setter
    def memories(self, found: Mapping[str, Any]) -> None:
        for name, memory in found.items():
            self.agents[name].state = memory


class Reaching(Acting):
    """Several agents reach for the same place, each with an arm of its own. Arguments as of `Acting`."""

    hyper_type = ArmHyper
    cause = "The usual cause is an agent that asks for a torque that is not a number."

    def prepare(self, world: FamilyEpisodes, task: Any) -> None:
        super().prepare(world, task)
        world.state[:, 4:8] = self.hyper.pose().repeat(2)  # it jumps when somebody moves it, and not by itself

    def seen(self, name: str, world: FamilyEpisodes) -> dict[str, float]:
        return {f"away {name}": self.family.away(world.state[:, :2], world.state[:, 4:6]).item()}
