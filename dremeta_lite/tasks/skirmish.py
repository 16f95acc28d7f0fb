"""Skirmish: three marines against three soldiers and a medic, and which colour the medic wears is hidden."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily

State = Float[Tensor, "*batch 22"]
Order = Int[Tensor, "*#batch"]
COLOURS = ("blue", "orange", "green", "pink")
"""Of the enemies, in their order."""
RGB = ((0, 114, 178), (184, 74, 0), (0, 158, 115), (204, 121, 167))
MARINES, ENEMIES = 3, len(COLOURS)
MOVES = ((0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0))  # up, right, down, left


class SkirmishTask(NamedTuple):
    """A task is a uniform: `heals` [..., colour] is 1 for the colour that the medic wears, and 0 for the others."""

    heals: Tensor


class Units(NamedTuple):
    """A state, taken apart."""

    health: Float[Tensor, "*batch 3"]
    """Of the marines; 0 for one who has fallen."""
    foes: Float[Tensor, "*batch 4"]
    """Health of the enemies, by colour."""
    at: Float[Tensor, "*batch 3 2"]
    """Where the marines are, x and y."""
    foes_at: Float[Tensor, "*batch 4 2"]
    time: Float[Tensor, "*batch 1"]
    """Steps since the battle began."""

    def away(self) -> Float[Tensor, "*batch 3 4"]:
        """How far each enemy is from each marine."""
        return (self.at.unsqueeze(-2) - self.foes_at.unsqueeze(-3)).norm(dim=-1)


def units(state: State) -> Units:
    """Take a state apart."""
    parts = state.split([MARINES, ENEMIES, 2 * MARINES, 2 * ENEMIES, 1], -1)
    return Units(parts[0], parts[1], parts[2].unflatten(-1, (-1, 2)), parts[3].unflatten(-1, (-1, 2)), parts[4])


class Skirmish(TaskFamily[SkirmishTask]):
    """Win a short battle against enemies of whom one heals the others, and find out which.

    ## Description
    Three marines meet four enemies who look alike but for their colours. Three of them are soldiers. One is a medic, who never shoots,
    and in each step heals the most injured of the other enemies, wherever that one stands, by more than the marines can do to it. So as
    long as the medic lives, nobody else falls. Which colour the medic wears differs from task to task, and stays the same in a trial of
    three battles. It is in the spirit of the micro-management tasks of StarCraft (SMAC), with rules that fit on a page.

    ## Action Space
    `Discrete(8)`: one order for all marines.

    | Num | Action |
    |-----|--------|
    | 0 to 3 | fire at blue, orange, green, pink |
    | 4 to 7 | move up, right, down, left |

    Told to fire at an enemy out of range, a marine walks towards it. Told to fire at one who has fallen, it turns to the nearest enemy.

    ## Observation Space
    `Box(-1, 1, (22,), float32)`: the state, in these units.

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0 to 2 | health of each marine | 0 | 1 | 45 points |
    | 3 to 6 | health of each enemy, by colour | 0 | 1 | 30 points |
    | 7 to 12 | x and y of each marine | -1 | 1 | 6 cells from the middle |
    | 13 to 20 | x and y of each enemy | -1 | 1 | 6 cells from the middle |
    | 21 | time | 0 | 1 | 14 steps |

    ## Transition
    Everyone acts at once, on a field of 12 × 12 cells. A marine within 5 cells of its target takes 6 points of its health; else it walks
    up to 2 cells, until the target is in range. A soldier does the same with the marine nearest to it, and takes 4.7 points. Whoever lives
    at the beginning of a step acts in it, except that a medic who falls in a step no longer heals in it. Its healing comes last: of all
    living enemies but itself, the most injured gets back what it lacks, 20 points at most.

    ## Rewards
    The share of the enemies' health that is gone after the step and was not before, which is negative where more was healed than hit, minus
    half of the same share of the marines'. And +2 for a battle that is won, -1 for one that is lost.

    ## Starting State
    Marines with x in [1, 3], y in [3.5, 8.5]; enemies with x in [9, 11], y in [1, 11]; uniform. All unhurt.

    ## Episode End
    1. Termination: all enemies have fallen (won), or all marines, or 14 steps have passed (lost).
    2. Truncation: 14 steps have passed, which is then the same step. A trial has 3 episodes: battles.

    ## Task Parameters
    `heals`: one of the four colours, equally likely. The default task is blue.

    ## Source
    Our own. In the spirit of Samvelyan et al.: The StarCraft Multi-Agent Challenge. AAMAS 2019, arXiv 1902.04043.
    """

    name = "Skirmish"
    pictures = "skirmish"
    observation_space: Box = Box(-1.0, 1.0, (22,), np.float32)
    action_space: Discrete = Discrete(ENEMIES + len(MOVES))
    horizon, episodes = 14, 3
    field, reach, speed = 12.0, 5.0, 2.0  # cells
    strength, foe_strength = 45.0, 30.0  # points of health in the beginning
    damage, foe_damage, healing = 6.0, 4.7, 20.0
    victory, defeat = 2.0, -1.0
    task_limits = {"heals": (0.0, 1.0)}  # noqa: RUF012
    distributions = ("heals",)

    def get_default_params(self, **kwargs: Any) -> SkirmishTask:
        """The medic wears blue."""
        return SkirmishTask(torch.eye(ENEMIES, device="cpu")[0])

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> SkirmishTask:
        """Draw `n` colours; `heals` has shape [task, colour]."""
        colour = torch.randint(ENEMIES, (n,), generator=rng, device=rng.device)
        return SkirmishTask(torch.eye(ENEMIES, device=rng.device)[colour].to(device))

    def all_tasks(self, device: torch.device | str = "cpu") -> SkirmishTask:
        """Every task once."""
        return SkirmishTask(torch.eye(ENEMIES, device=device))

    def initial(self, rng: torch.Generator, params: SkirmishTask | None = None) -> State:
        heals = (params or self.default_params).heals
        front = heals.shape[:-1]
        unit = torch.rand(*front, MARINES + ENEMIES, 2, generator=rng, device=rng.device).to(heals)
        at = unit[..., :MARINES, :] * unit.new_tensor([2.0, 5.0]) + unit.new_tensor([1.0, 3.5])
        foes_at = unit[..., MARINES:, :] * unit.new_tensor([2.0, 10.0]) + unit.new_tensor([9.0, 1.0])
        health = unit.new_full((*front, MARINES), self.strength), unit.new_full((*front, ENEMIES), self.foe_strength)
        return torch.cat([*health, at.flatten(-2), foes_at.flatten(-2), unit.new_zeros(*front, 1)], -1)

    def transition(self, state: State, action: Order, rng: Any = None, params: SkirmishTask | None = None) -> State:
        """One step: all shoot or walk, and then the medic heals."""
        medic = (params or self.default_params).heals > 0.5
        action = action.expand(torch.broadcast_shapes(action.shape, state.shape[:-1], medic.shape[:-1]))
        now = Units(*(x.expand(*action.shape, *x.shape[state.dim() - 1 :]) for x in units(state)))
        alive, standing = now.foes > 0, now.health > 0
        away = now.away()
        target, shoots = self.targets(action, away, alive, standing)
        chased, fires = self.chased(away, alive & ~medic, standing)
        foes = (now.foes - self.damage * hits(target, shoots, ENEMIES)).clamp(min=0)
        health = (now.health - self.foe_damage * hits(chased, fires, MARINES)).clamp(min=0)
        walks = (action >= ENEMIES)[..., None, None]
        at = torch.where(walks, now.at + self.moves(action).unsqueeze(-2), self.walked(now.at, now.foes_at, target))
        at = torch.where(standing.unsqueeze(-1), at.clamp(0, self.field), now.at)
        moves = (alive & standing.any(-1, keepdim=True)).unsqueeze(-1)
        foes_at = torch.where(moves, self.walked(now.foes_at, now.at, chased), now.foes_at)
        return torch.cat([health, self.healed(foes, medic), at.flatten(-2), foes_at.flatten(-2), now.time + 1], -1)

    def targets(self, action: Tensor, away: Tensor, alive: Tensor, standing: Tensor) -> tuple[Tensor, Tensor]:
        """Whom each marine aims at [..., marine], and whether it shoots: the ordered enemy, or the nearest if that one has fallen."""
        nearest = away.masked_fill(~alive.unsqueeze(-2), torch.inf).argmin(-1)
        ordered = action.clamp(max=ENEMIES - 1).unsqueeze(-1)
        target = torch.where(alive.gather(-1, ordered), ordered, nearest)
        near = away.gather(-1, target.unsqueeze(-1)).squeeze(-1) <= self.reach
        return target, near & standing & (action < ENEMIES).unsqueeze(-1) & alive.any(-1, keepdim=True)

    def shots(self, state: State, action: Order) -> Int[Tensor, "*batch 3"]:
        """Whom each marine fires at; -1: it does not fire."""
        now = units(state)
        target, shoots = self.targets(action, now.away(), now.foes > 0, now.health > 0)
        return torch.where(shoots, target, -1)

    def chased(self, away: Tensor, soldiers: Tensor, standing: Tensor) -> tuple[Tensor, Tensor]:
        """Which marine is the nearest to each enemy [..., enemy], and whether it is shot at."""
        distance, marine = away.masked_fill(~standing.unsqueeze(-1), torch.inf).min(-2)
        return marine, soldiers & (distance <= self.reach)

    def walked(self, at: Tensor, others: Tensor, target: Tensor) -> Tensor:
        """Where units are after a step towards their targets, which ends when they are in range, with a tenth of a cell to spare."""
        way = others.gather(-2, target.unsqueeze(-1).expand(*target.shape, 2)) - at
        far = way.norm(dim=-1, keepdim=True)
        step = (far - self.reach + 0.1).clamp(0, self.speed) * (far > self.reach)
        return at + step * way / far.clamp(min=1e-6)

    def moves(self, action: Tensor) -> Float[Tensor, "*batch 2"]:
        """What an order to move adds to a place; nothing for an order to fire."""
        steps = torch.tensor([*[(0.0, 0.0)] * ENEMIES, *MOVES], device=action.device, dtype=torch.get_default_dtype())
        return self.speed * steps[action]

    def healed(self, foes: Tensor, medic: Tensor) -> Tensor:
        """The enemies' health after the medic's work: of the most injured other one that lives."""
        lacks = (self.foe_strength - foes) * ((foes > 0) & ~medic)
        most = lacks.argmax(-1, keepdim=True)
        works = (medic & (foes > 0)).any(-1, keepdim=True)
        return foes.scatter_add(-1, most, lacks.gather(-1, most).clamp(max=self.healing) * works)

    def reward(self, state: State, action: Order, next_state: State, rng: Any = None, params: SkirmishTask | None = None) -> Rewards:
        """Done to them, minus half of what was done to us, by shares; and how the battle ended."""
        before, after = units(state), units(next_state)
        done = (before.foes - after.foes).sum(-1) / (ENEMIES * self.foe_strength)
        suffered = (before.health - after.health).sum(-1) / (MARINES * self.strength)
        won, over = self.beaten(next_state), self.terminal(next_state)
        return done - suffered / 2 + self.victory * won + self.defeat * (over & ~won)

    def beaten(self, state: State) -> Bool[Tensor, "*batch"]:
        """Whether all enemies have fallen."""
        return (units(state).foes <= 0).all(-1)

    def terminal(self, state: State, rng: Any = None, params: SkirmishTask | None = None) -> Bool[Tensor, "*batch"]:
        """All of one side have fallen, or the time is up."""
        now = units(state)
        return self.beaten(state) | (now.health <= 0).all(-1) | (now.time[..., 0] >= self.horizon)

    def won(self, trial: Any, tasks: Any = None) -> Float[Tensor, "task episode"]:
        """1 for each battle of a `Trial` that was won, else 0: no other step is paid more than 1."""
        return (trial.reward > 1).any(-1).float()

    def scale(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Unit and zero of each number of an observation."""
        half = self.field / 2
        unit = [self.strength] * MARINES + [self.foe_strength] * ENEMIES + [half] * (2 * MARINES + 2 * ENEMIES) + [float(self.horizon)]
        zero = [0.0] * (MARINES + ENEMIES) + [half] * (2 * MARINES + 2 * ENEMIES) + [0.0]
        return like.new_tensor(unit), like.new_tensor(zero)

    def observation(self, state: State, rng: Any = None, params: SkirmishTask | None = None) -> State:
        """The state in the units of the table."""
        unit, zero = self.scale(state)
        return ((state - zero) / unit).clamp(-1, 1)

    def state_of(self, observation: State) -> State:
        """The state that is seen: nothing of it is hidden, only the task is."""
        unit, zero = self.scale(observation)
        return observation * unit + zero

    def best_action(self, observation: State, task: SkirmishTask) -> Int[Tensor, "*batch"]:
        """The order of a commander who is told the colour: fire at the medic, then at the weakest who is left."""
        return self.target_of_choice(observation[..., MARINES : MARINES + ENEMIES], task)

    def target_of_choice(self, foes: Float[Tensor, "*batch 4"], task: SkirmishTask) -> Int[Tensor, "*batch"]:
        """The medic, while it lives, and then the weakest; by the enemies' health, in any unit."""
        rank = torch.where(foes > 0, foes, torch.inf) - 2 * self.foe_strength * ((task.heals > 0.5) & (foes > 0))
        return rank.argmin(-1)

    def render_image(self, state: Tensor, render_state: None, params: SkirmishTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture, 20 pixels a cell: marines black discs, enemies squares in their colours, smaller the less health is left."""
        now = units(state.detach().cpu())
        x, y = np.meshgrid((np.arange(240) + 0.5) / 20, (239.5 - np.arange(240)) / 20)
        image = np.full((240, 240, 3), 255, np.uint8)
        for (left, up), health, colour in zip(now.foes_at.tolist(), (now.foes / self.foe_strength).tolist(), RGB, strict=True):
            image[np.maximum(np.abs(x - left), np.abs(y - up)) < 0.5 * health**0.5] = colour
        for (left, up), health in zip(now.at.tolist(), (now.health / self.strength).tolist(), strict=True):
            image[np.hypot(x - left, y - up) < 0.5 * health**0.5] = (34, 34, 34)
        return None, image


def hits(target: Int[Tensor, "*batch n"], counts: Bool[Tensor, "*batch n"], others: int) -> Float[Tensor, "*batch m"]:
    """How often each of the others is hit."""
    found = torch.zeros(*target.shape[:-1], others, device=target.device, dtype=torch.get_default_dtype())
    return found.scatter_add(-1, target, counts.to(found.dtype))
