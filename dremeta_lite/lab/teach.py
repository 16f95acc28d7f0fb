"""Teach a language of your own: type two invented words, watch what the agent makes of them, and say whether it was right.

An agent of `HiddenGrammar` names the object that it takes, and is drawn on its way there. One of `GrammarWalk` walks by itself.
"""

import html
import itertools
from typing import Any

import ipywidgets as widgets
import numpy as np
import torch
from torch.nn.functional import one_hot

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.controls import button, row_of
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.looks import task_colour
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.parts import Artist, Axes, Heat, Part, Row
from dremeta_lite.lab.style import GREY, INK, PALE
from dremeta_lite.learner import generator
from dremeta_lite.meta.fast_weights import FastAgent
from dremeta_lite.tasks.grammar import COLOURS, SHAPES
from dremeta_lite.tasks.grammar_walk import MIDDLE, SIDE, GrammarWalk, placements
from dremeta_lite.trials import Seen

MARKERS = "os^*P"
SAMPLE = (("zup", "dax", "wif", "lug", "toma"), ("ka", "ri", "mo", "te", "su"))
"""What is said for colours and for shapes where nobody can type."""


class Lesson:
    """A trial in which a person is the world: says the words, and pays.

    Args:
        agent: with weights that stay as they are.

    Attributes:
        known: by place, the words that were typed, with their numbers.
        said: the words of the instruction that waits for an answer, or None.
        right: what was answered, try by try.
    """

    def __init__(self, agent: FastAgent, seed: int = 0) -> None:
        self.agent, self.family, self.rng = agent, agent.family, generator(seed)
        self.reset()

    def reset(self) -> None:
        """A new language: the agent has forgotten everything, and so have the words."""
        self.agent.begin(1, self.rng)
        self.known: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self.right = list[bool]()
        self.new_scene()

    def new_scene(self) -> None:
        """Four objects in other places; two colours in the same two shapes."""
        self.scene = self.family.initial(self.rng, self.family.default_params)[2:6]
        which = torch.randint(len(placements()), (), generator=self.rng)
        self.places = placements()[which][torch.randperm(4, generator=self.rng)]
        self.said: tuple[str, ...] | None = None
        self.taken: int | None = None
        self.way = [MIDDLE]

    def looks(self, index: int) -> tuple[int, int]:
        """Colour and shape of an object."""
        return int(self.scene[index // 2]), int(self.scene[2 + index % 2])

    def say(self, text: str) -> str:
        """The agent hears it and goes to an object. Returns what is wrong with the text, if anything is."""
        words = tuple(text.lower().split())
        if self.said is not None:
            return "" if words == self.said else "It waits for your answer first: was it right, or wrong?"
        if len(words) != 2:
            return f"An instruction has two words, such as “zup dax”, and this one has {len(words)}."
        for known, word, place in zip(self.known, words, ("first", "second"), strict=True):
            if word not in known and len(known) == self.family.words:
                return (
                    f"It knows no more than {self.family.words} words in the {place} place: {', '.join(known)}. “{word}” would be one more."
                )
        numbers = [known.setdefault(word, len(known)) for known, word in zip(self.known, words, strict=True)]
        self.said = words
        self.go(torch.tensor(numbers))
        return ""

    def go(self, numbers: torch.Tensor) -> None:
        """It takes an object: along the row, then along the column."""
        self.seen = one_hot(torch.cat([numbers, self.scene]), self.family.words).flatten()[None].float()
        self.taken = int(self.agent.probabilities(self.seen).argmax())
        place = int(self.places[self.taken])
        self.way = [MIDDLE, MIDDLE // SIDE * SIDE + place % SIDE, place]

    def answer(self, right: bool) -> str:
        """Pay, or do not; then the next scene begins. Returns what is wrong, if nothing was said."""
        if self.said is None:
            return "Say something first: two words, and then “Say it”."
        self.bind(right)
        self.right.append(right)
        self.new_scene()
        return ""

    def bind(self, right: bool) -> None:
        """The agent learns what came of it."""
        done = torch.ones(1, dtype=torch.bool)
        self.agent.see(Seen(self.seen, torch.tensor([self.taken]), torch.tensor([float(right)]), self.seen, done, done))

    def pairs(self) -> list[tuple[str, str]]:
        """The words that can be swapped: any two of the same place."""
        return [pair for known in self.known for pair in itertools.combinations(known, 2)]

    def swap(self, pair: tuple[str, str] | None) -> str:
        """What was bound to one word is the other's from now on: to the agent, as if both had changed their meanings. Returns what is
        wrong, if anything is."""
        if pair is None or self.said is not None:
            return "It waits for your answer first: was it right, or wrong?" if pair else "Say two different words in one place first."
        for known in self.known:
            if pair[0] in known and pair[1] in known:
                known[pair[0]], known[pair[1]] = known[pair[1]], known[pair[0]]
                for word in sorted(known, key=lambda each: known[each]):
                    known[word] = known.pop(word)  # in the order of their rows
                break
        return ""

    def beliefs(self) -> np.ndarray:
        """What it makes of each word by itself: shares of all colours and shapes that add up to 1 [word of either place, meaning]."""
        network, k = self.agent.network, self.family.words
        rows = np.zeros((2 * k, 2 * k))
        for place, known in enumerate(self.known):
            for number in known.values():
                read = torch.zeros(1, 2, self.agent.memory.shape[-1])
                key = network.keys(self.agent.theta, torch.full((1, 2), number))[:, place]
                read[:, place] = (key.unsqueeze(-1) * self.agent.memory[:, place]).sum(1)
                rows[place * k + number] = network.out.forward(self.agent.theta, read.flatten(1))[0].softmax(-1).numpy()
        return rows


class Walk(Lesson):
    """A lesson for an agent of `GrammarWalk`: it walks by itself, and takes what it steps on, if it steps on anything."""

    def go(self, numbers: torch.Tensor) -> None:
        episode = FamilyEpisodes(self.family, self.family.sample_tasks(1, self.rng), self.rng)
        episode.state = torch.cat([numbers, self.scene, self.places, torch.tensor([MIDDLE])])[None]
        self.agent.begin_episode()
        self.taken = -1
        while self.taken < 0 and len(self.way) <= self.family.horizon:
            self.seen = episode.observation
            self.action = self.agent.act(self.seen)
            self.after = episode.step(self.action).next_observation
            self.way.append(int(episode.state[0, -1]))
            self.taken = int(self.family.taken(self.after))

    def bind(self, right: bool) -> None:
        done = torch.ones(1, dtype=torch.bool)
        self.agent.see(Seen(self.seen, self.action, torch.tensor([float(right)]), self.after, done, done))
        self.agent.begin_episode()


class SceneMap(Part):
    """The grid: four objects, and the agent's way to the one that it takes."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(title="What it does", aspect="equal", xlim=(-0.5, SIDE - 0.5), ylim=(SIDE - 0.5, -0.5), xticks=[], yticks=[])
        axes.grid(False)
        for edge in np.arange(SIDE + 1) - 0.5:
            axes.axhline(edge, color=PALE, linewidth=0.8)
            axes.axvline(edge, color=PALE, linewidth=0.8)
        objects: dict[str, Any] = {f"object {i}": {"ls": "", "ms": 17, "mec": INK, "mew": 0.8, "zorder": 3} for i in range(4)}
        way = {"way": {"color": GREY, "linewidth": 2, "zorder": 2}}
        return self.lines(axes, objects | way | {"agent": {"marker": "o", "ls": "", "color": INK, "ms": 8, "zorder": 4}})

    def update(self, now: Any = None) -> None:
        lesson = self.lesson
        for i, place in enumerate(lesson.places.tolist()):
            colour, shape = lesson.looks(i)
            self.drawn[f"object {i}"].set(color=task_colour(colour), marker=MARKERS[shape], markeredgecolor=INK)
            self.drawn[f"object {i}"].set_data([place % SIDE], [place // SIDE])
        x, y = [cell % SIDE for cell in lesson.way], [cell // SIDE for cell in lesson.way]
        self.drawn["way"].set_data(x, y)
        self.drawn["agent"].set_data(x[-1:], y[-1:])


class LessonView(Row):
    """Left the scene, right what the agent makes of each word by itself."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson, k = lesson, lesson.family.words
        names = [*COLOURS[:k], *SHAPES[:k]]
        shades: dict[str, Any] = {"limits": (0, 170), "blank": True, "image": {"aspect": "auto"}}  # never so dark that no number is seen
        heat = {**shades, "xticklabels": names, "yticklabels": ["–"] * 2 * k, "ylabel": "second words      first words"}
        self.map, self.heat = SceneMap(lesson), Heat(2 * k, 2 * k, title="What it makes of each word (%)", **heat)
        super().__init__(self.map, self.heat, widths=(1, 1.7), size=(9.6, 3.9))

    def update(self, now: Any = None) -> None:
        super().update(now)
        lesson, k = self.lesson, self.lesson.family.words
        self.heat.show(np.round(100 * lesson.beliefs()))
        names = [word for known in lesson.known for word in [*known, *["–"] * (k - len(known))]]
        if names != [label.get_text() for label in self.heat.axes.get_yticklabels()]:
            self.heat.axes.set_yticklabels(names)
            self.heat.axes.tick_params(axis="x", labelrotation=40)
        self._words = self.told(names)

    def told(self, names: list[str]) -> str:
        lesson, objects = self.lesson, [f"{SHAPES[s]} in {COLOURS[c]}" for c, s in map(self.lesson.looks, range(4))]
        said = [f"In the scene: {', '.join(objects)}"]
        if lesson.said is not None and lesson.taken is not None:
            went = f"it went to the {objects[lesson.taken]}" if lesson.taken >= 0 else "after six steps it has reached nothing"
            said.append(f"You said “{' '.join(lesson.said)}”, and {went}. Right, or wrong?")
        meanings, rows = [*COLOURS[: lesson.family.words], *SHAPES[: lesson.family.words]], lesson.beliefs()
        sure = [f"{name} {meanings[row.argmax()]} ({row.max():.0%})" for name, row in zip(names, rows, strict=True) if name != "–"]
        said += [f"What it makes of the words: {', '.join(sure)}"] if sure else []
        said.append(
            f"Right in {sum(lesson.right)} of {len(lesson.right)} tries"
            + (f", in the last four {sum(lesson.right[-4:])}" if lesson.right[3:] else "")
        )
        return ". ".join(said).replace("?.", "?") + "."


class Teach(Explorer):
    """A line to type in, buttons to pay with, two words to swap, and the picture.

    Args:
        agent: a player with fast weights, of a `HiddenGrammar` or a `GrammarWalk`.
        seed: draws the scenes.
    """

    def __init__(self, agent: FastAgent, name: str = "teach", seed: int = 0) -> None:
        self.lesson = Walk(agent, seed) if isinstance(agent.family, GrammarWalk) else Lesson(agent, seed)
        hint: Any = {"placeholder": "such as: zup dax", "tooltip": "two words of your own, then Enter", "continuous_update": False}
        self.text = widgets.Text(description="instruction", **hint)
        self.text.observe(lambda change: self.do(self.lesson.say, change["new"]) if change["new"] else None, "value")
        buttons = {
            "Say it": lambda: self.do(self.lesson.say, self.text.value),
            "Right": lambda: self.pay(True),
            "Wrong": lambda: self.pay(False),
            "New one": lambda: self.do(lambda: self.lesson.reset() or ""),
            "Swap": lambda: self.do(self.lesson.swap, self.pair.value),
        }
        self.buttons = {word: button(word, "", act) for word, act in buttons.items()}
        self.pair = widgets.Dropdown(description="two words", tooltip="which two change their meanings when you press Swap")
        rows = [row_of(self.text, *[self.buttons[word] for word in ("Say it", "Right", "Wrong", "New one")])]
        rows.append(row_of(self.pair, self.buttons["Swap"]))
        super().__init__(name, HyperParameters(), LessonView(self.lesson), [], above=rows)

    def do(self, act: Any, *arguments: Any) -> None:
        """Do it, say what is wrong, and draw."""
        self._complain(html.escape(act(*arguments)))
        if [pair for _, pair in self.pair.options] != (pairs := self.lesson.pairs()):
            chosen, self.pair.options = self.pair.value, [(" and ".join(pair), pair) for pair in pairs]
            self.pair.value = chosen if chosen in pairs else next(iter(pairs), None)
        self.paint()

    def pay(self, right: bool) -> None:
        """The answer; then the line is empty for the next instruction."""
        self.do(self.lesson.answer, right)
        self.text.value = ""

    def sample(self, tries: int = 16) -> None:
        """Teach a language with words for colours first: what is played where nobody can type."""
        for _ in range(tries):
            meant = int(torch.randint(4, (1,), generator=self.lesson.rng))
            colour, shape = self.lesson.looks(meant)
            self.lesson.say(f"{SAMPLE[0][colour]} {SAMPLE[1][shape]}")
            self.lesson.answer(self.lesson.taken == meant)

    def show(self) -> None:
        """Display it; where nobody can type, a language is taught first."""
        if front_end() == "headless" and not self.lesson.right:
            self.sample()
        super().show()
