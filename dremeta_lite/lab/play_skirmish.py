"""Command three battles yourself: orders by click, key or button; and then look at a rival in the same battles."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.by_hand import ASIDE, ByHand, TrialByHand
from dremeta_lite.lab.controls import menu
from dremeta_lite.lab.views.skirmish import ORDERS, Battle, CommandView, apart, battles_of
from dremeta_lite.tasks.skirmish import COLOURS, ENEMIES, Skirmish, units
from dremeta_lite.trials import Agent, play_trial

YOU = "you"
KEYS = {**{str(k + 1): k for k in range(ENEMIES)}, **{f"Arrow{word}": ENEMIES + i for i, word in enumerate(ASIDE)}}
NEAR = 0.9  # cells: a click as close as that is meant for the enemy


class MomentHyper(HyperParameters):
    """What is looked at."""

    battle = Whole(1, low=1, high=Skirmish.episodes, help="which of the battles is shown")
    step = Whole(0, low=0, high=Skirmish.horizon, unit="steps", help="so many steps of the battle are shown, at most")


class Command(TrialByHand):
    """Three battles that a person fights. After the last, rivals fight them, too: against the same colour, and, if they draw nothing at
    random, from the same places.

    Attributes:
        fought: the battles so far, by who fought them.
        who: whose battles are shown.
    """

    family: Skirmish

    def __init__(self, family: Skirmish, seed: int, rivals: Mapping[str, Agent]) -> None:
        self.rivals, self.hyper = rivals, MomentHyper()
        super().__init__(family, seed)

    def reset(self) -> None:
        tasks = self.family.sample_tasks(1, self.rng)
        self.dice = self.rng.get_state()
        self.episode = FamilyEpisodes(self.family, tasks, self.rng)
        self.actions, self.rewards = [], []
        self.fought: dict[str, list[Battle]] = {YOU: []}
        self.open()

    def open(self) -> None:
        """Begin the next battle."""
        self.episode.reset()
        self.fought[YOU].append(Battle(self.episode.state, []))
        self.present()

    def present(self) -> None:
        """Show what is going on now."""
        self.who, self.hyper.battle, self.hyper.step = YOU, len(self.fought[YOU]), len(self.fought[YOU][-1].orders)

    @property
    def decided(self) -> bool:
        """Whether the present battle is over."""
        return self.fought[YOU][-1].result(self.family) != "undecided"

    @property
    def over(self) -> bool:
        return self.decided and len(self.fought[YOU]) == self.family.episodes

    def act(self, action: int, /) -> bool:
        """Give an order; after the end of a battle any order begins the next one. False if the trial is over and nothing was done."""
        if self.over:
            return False
        if self.decided:
            self.open()
            return True
        battle, step = self.fought[YOU][-1], self.episode.step(torch.tensor([action]))
        self.actions.append(action)
        self.rewards.append(step.reward.item())
        self.fought[YOU][-1] = Battle(torch.cat([battle.states, self.episode.state]), [*battle.orders, action])
        if self.over:
            for name, agent in self.rivals.items():
                again = torch.Generator()
                again.set_state(self.dice)
                self.fought[name] = battles_of(self.family, play_trial(self.family, self.task, agent, again), 0)
        self.present()
        return True

    def order_at(self, x: float, y: float) -> int:
        """What a click means: fire at the enemy there, or else move there from the middle of the marines."""
        now = units(self.episode.state[0])
        away = (apart(now.foes_at) - torch.tensor([x, y])).norm(dim=-1).masked_fill(now.foes <= 0, torch.inf)
        if away.min() < NEAR:
            return int(away.argmin())
        right, up = (torch.tensor([x, y]) - now.at[now.health > 0].mean(0)).tolist()
        return ENEMIES + ((1 if right > 0 else 3) if abs(right) > abs(up) else (0 if up > 0 else 2))

    def shown(self) -> tuple[Battle, str]:
        """The battle that is looked at, and a title."""
        battles = self.fought[self.who]
        number = min(self.hyper.battle, len(battles))
        battle = battles[number - 1].until(self.hyper.step)
        return battle, f"{self.who[0].upper()}{self.who[1:]}, battle {number}: {battle.result(self.family)}"

    def said(self) -> str:
        """How the battles have ended, and what to do next."""
        ends = [f"{who}: {', '.join(b.result(self.family) for b in battles)}" for who, battles in self.fought.items()]
        said = "; ".join(ends).replace(YOU, "Your battles", 1) + "."
        if self.over:
            return f"The medic wore {COLOURS[int(self.task.heals[0].argmax())]}. {said}"
        return said + (" Any order begins the next battle." if self.decided else "")


class PlaySkirmish(ByHand):
    """Buttons for the orders, the field, and a menu of whose battles are shown.

    Args:
        seed: draws the colours and the places.
        rivals: agents by name, which fight each person's battles when the person has.
        sample: the orders that are given where nobody can press a button.
    """

    view: CommandView
    again = ("New trial", "another colour for the medic, and three new battles")
    over = "All three battles are over. Press New trial for others."

    def __init__(
        self,
        family: Skirmish,
        name: str = "play-skirmish",
        seed: int = 0,
        rivals: Mapping[str, Agent] | None = None,
        sample: Sequence[int] = (0, 0, 0, 1, 1),
    ) -> None:
        self.trial = Command(family, seed, rivals or {})
        self.menu = menu("battles of", [YOU, *self.trial.rivals], YOU)
        key = {action: key.removeprefix("Arrow").lower() for key, action in KEYS.items()}
        words = [*(colour.capitalize() for colour in COLOURS), *ASIDE]
        buttons = {word: f"{ORDERS[a]} (key {key[a]})" for a, word in enumerate(words)}
        moved: dict[str, Any] = {"hyper": self.trial.hyper, "controls": ["battle", "step"], "below": [self.menu]}
        super().__init__(name, self.trial, CommandView(self.trial), buttons, sample=sample, **moved)
        self.menu.observe(self._choose, "value")

    def _listen(self, part: Any) -> None:
        part.keys = {key: ORDERS[action] for key, action in KEYS.items()}
        part.pressed = lambda key: self._play(KEYS[key])
        part.clicked = lambda x, y: self._play(self.trial.order_at(x, y))

    def _choose(self, change: Mapping[str, Any]) -> None:
        """Show the battles of another, from their beginning."""
        if change["new"] == self.trial.who:
            return
        if change["new"] not in self.trial.fought:
            self._complain("First fight all three battles yourself; then you see what others make of them.")
        else:
            self._complain("")
            self.trial.who, self.hyper.battle, self.hyper.step = change["new"], 1, 0  # type: ignore[attr-defined]
        self.paint()

    def paint(self) -> bytes:
        """The controls follow what is shown."""
        self.menu.value = self.trial.who
        self.hyper.battle = min(self.hyper.battle, len(self.trial.fought[self.trial.who]))  # type: ignore[attr-defined]
        for button in self.buttons.values():
            button.disabled = self.trial.over
        for name, control in self.controls.items():
            control.show(getattr(self.hyper, name))  # type: ignore[arg-type]
        return super().paint()
