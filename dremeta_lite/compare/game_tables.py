"""The tables of notebook 14: commanders, from what `data/` holds, and somebody else's games, measured now."""

import copy
import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import mean
from typing import Any, NamedTuple

import gymnasium
import torch

from dremeta_lite import store
from dremeta_lite.agents.on_pictures import OnPictures
from dremeta_lite.compare.checkpoints import RecordedRun
from dremeta_lite.compare.recorded_runs import read_run
from dremeta_lite.compare.tables import over_seeds, recorded
from dremeta_lite.meta.adapting import GradientAgent
from dremeta_lite.meta.maml import MAML
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.meta.rl2_network import RL2Agent
from dremeta_lite.table import Table, Text
from dremeta_lite.tasks.colours import Colours
from dremeta_lite.tasks.skirmish import Skirmish
from dremeta_lite.tasks.skirmish_pixels import SkirmishPixels
from dremeta_lite.titles import LEARNERS, POOLED
from dremeta_lite.world.copied_game import best_returns, copy_game, known_starts, replay, steps_a_second

ROWS: Mapping[str, str] = {"rl2": LEARNERS["rl2"], "pooled": f"{POOLED}, no memory", "told": "told the colour, no memory"}
RUN = store.DATA / "lesson14" / "skirmish_rl2.safetensors"
EYES: Mapping[str, str] = {"eyes": f"{LEARNERS['rl2']} from pictures", "places": f"{LEARNERS['rl2']} from pictures, eyes without sums"}
RUNS = {"rl2": RUN, "eyes": store.DATA / "lesson14" / "skirmish_eyes.safetensors"}
CATCHERS: Mapping[str, str] = {
    "maml": LEARNERS["maml"],
    "half": f"{LEARNERS['maml']} with half the β",
    "pooled": LEARNERS["pooled"],
    "rl2": LEARNERS["rl2"],
    "eyes": f"{LEARNERS['rl2']} with eyes",
}
"""All are tuned but the second, which has the β that its tuning began with."""
REMEMBER = ("rl2", "eyes")
"""Of the catchers: those with a memory, which take no steps."""
CATCHER = store.DATA / "lesson14" / "colours_maml.safetensors"
EPISODES = 32
"""Of Colours, before a step of adaptation."""


def show_battles(table: str = "battles") -> Text:
    """How many of each trial's battles are won, by learners and by rules, or by RL² that sees them as "pixels"; folded."""
    if table == "pixels":
        return show_pixels()
    data = recorded(table)
    about, rows = data["origin"], []
    for row, title in ROWS.items():
        runs = data["rows"][row]
        rows.append([title, *wins([run["won"][-1] for run in runs]), f"{mean(run['cpu_seconds'][-1] for run in runs):.0f} s"])
        if row == "rl2":
            rows.append([f"{title}, memory wiped between battles", *wins([run["wiped"] for run in runs]), ""])
    rows += [[name, *(f"{share:.2f}" for share in each["won"]), ""] for name, each in data["yardsticks"].items()]
    note = (
        f"Share of battles won in {about['judged']} tasks, actions drawn; mean over {about['seeds']} seeds [95 % bootstrap interval]. "
        f"Rules have no seeds. CPU-seconds of one thread. Made by `{about['command']}`."
    )
    return Table(["commander", "battle 1", "battle 2", "battle 3", "training"], rows, note).folded()


GOOD = 0.9


def show_pixels() -> Text:
    """How many battles RL² wins that sees them as pictures, beside RL² that sees numbers; folded."""
    pixels, battles = recorded("pixels"), recorded("battles")
    about, rows = pixels["origin"], []
    shown = {f"{ROWS['rl2']} from numbers": battles["rows"]["rl2"], **{title: pixels["rows"][row] for row, title in EYES.items()}}
    for title, runs in shown.items():
        good = f"{sum(run['won'][-1][-1] >= GOOD for run in runs)} of {len(runs)}"
        rows.append([title, *wins([run["won"][-1] for run in runs]), good, f"{mean(run['cpu_seconds'][-1] for run in runs):.0f} s"])
        rows.append([f"{title}, memory wiped between battles", *wins([run["wiped"] for run in runs if run["wiped"]]), "", ""])
    note = (
        f"Share of battles won in {about['judged']} tasks, actions drawn; mean over seeds [95 % bootstrap interval]. From pictures "
        f"{about['stops'][-1]} iterations, from numbers {battles['origin']['stops'][-1]}. CPU-seconds; pictures on a busy machine. "
        f"Made by `{about['command']}`."
    )
    return Table(["commander", "battle 1", "battle 2", "battle 3", f"seeds with {GOOD} in battle 3", "training"], rows, note).folded()


def wins(runs: list[list[float]]) -> list[str]:
    """A cell a battle."""
    return [over_seeds(each) for each in zip(*runs, strict=True)]


def skirmish_run(row: str = "rl2") -> RecordedRun:
    """The recorded training of RL², seed 0: "rl2" sees numbers, "eyes" pictures; their battles are shown alike.
    Raises store.StoreError: a file is missing, or damaged."""
    table, family, core = ("pixels", SkirmishPixels(), row) if row in EYES else ("battles", Skirmish(), "gru")
    data, learner = recorded(table), RL2(family, privileged=True, core=core)
    stops, first = data["origin"]["stops"], data["rows"][row][0]
    points = [{"iteration": n, "returns": each} for n, each in zip(stops, first["returns"], strict=True)]
    run = read_run(RUNS[row], learner, {**ROWS, **EYES}[row], learner.episodes, {"checkpoints": points})
    run.yardsticks = {name: torch.tensor(each["returns"]) for name, each in recorded("battles")["yardsticks"].items()}
    if row == "rl2":
        return run
    seen = [point._replace(agents={name: OnPictures(agent) for name, agent in point.agents.items()}) for point in run.checkpoints]
    return replace(run, family=Skirmish(), checkpoints=seen)


def trained_commander() -> RL2Agent:
    """RL² at the end of its recorded training, by its likeliest orders."""
    agent = copy.copy(skirmish_run().checkpoints[-1].agents[ROWS["rl2"]])
    assert isinstance(agent, RL2Agent)
    agent.greedy = True
    return agent


def show_catches() -> Text:
    """What share of the objects that pay is caught, at first and once something is known of the task; folded."""
    data = recorded("colours")
    about, rates = data["origin"], data["origin"]["rates"]
    rows = []
    for row, title in CATCHERS.items():
        runs = data["rows"][row]
        first, then = [run["caught"][-1][0] for run in runs], [run["caught"][-1][-1] for run in runs]
        between = f"{about['episodes']} episodes, one step"
        if row in REMEMBER:
            between = "2 episodes, remembered"
        elif row == "pooled":  # α is what training never saw: the best of those tried
            best = max(range(len(rates)), key=lambda i: mean(run["by_rate"][i] for run in runs))
            then, between = [run["by_rate"][best] for run in runs], f"{between} with α = {rates[best]:g}"
        rows.append([title, over_seeds(first), between, over_seeds(then), f"{mean(run['cpu_seconds'][-1] for run in runs):.0f} s"])
    rows += [[name, f"{share:.2f}", "", "", ""] for name, share in data["yardsticks"].items()]
    note = (
        f"Share of the objects that pay, actions drawn: of starts in {about['judged']} tasks, {about['episodes']} episodes each before the "
        f"step and after it, of others in {about['more']} trials. Mean over {about['seeds']} seeds [95 % bootstrap interval]. CPU-seconds "
        f"of one thread. Made by `{about['command']}`."
    )
    return Table(["who", "caught before", "learns from", "caught after", "training"], rows, note).folded()


def trained_catcher() -> GradientAgent:
    """MAML at the end of its recorded training, seed 0. Raises store.StoreError: its file is missing, or damaged."""
    run = read_run(CATCHER, MAML(Colours(), hidden=(64,), episodes=2 * EPISODES), CATCHERS["maml"], 2 * EPISODES)
    return run.checkpoints[-1].agents[CATCHERS["maml"]]  # type: ignore[return-value]


class Game(NamedTuple):
    """Somebody else's environment."""

    id: str
    options: Mapping[str, Any] = {}
    """Of `gymnasium.make`."""
    seeds: int = 1
    """Of how many resets the states are copied: as many as its starts differ."""
    needs: str = ""
    """The module that brings it, if Gymnasium does not."""

    def make(self) -> gymnasium.Env[Any, Any]:
        """A new one."""
        return gymnasium.make(self.id, **self.options)

    def steps(self) -> int:
        """How many an episode has at most; 100 if nobody says so."""
        env = self.make()
        return (env.spec.max_episode_steps if env.spec else None) or getattr(env.unwrapped, "max_steps", None) or 100


def measure(game: Game) -> tuple[list[str], str]:
    """The cells of its row, after its name, and what is to be said of it below. What cannot be had costs its own row alone."""
    blank = [""] * 5
    try:
        if game.needs:
            gymnasium.register_envs(importlib.import_module(game.needs))
        speed, returns = steps_a_second(game.make)
    except ImportError:
        return ["not here", *blank], f"{game.id} needs `{game.needs}`, of the extra `games`."
    except gymnasium.error.Error as error:
        return ["not here", *blank], f"{game.id}: {error}"
    cells, began = [f"{speed:,.0f}", f"{mean(returns):.2f}" if returns else ""], time.process_time()
    try:
        copied = copy_game(game.make, range(game.seeds))
    except ValueError as error:
        return [*cells, "no", *blank[2:]], f"{game.id}: {error}"
    seconds = time.process_time() - began
    taken, wrong = replay(copied, game.make)
    best = f"{best_returns(copied, game.steps())[copied.starts].mean():.2f}" if not wrong else "unknown"
    took = f"{seconds:.1f} s" if seconds > 0.5 else f"{1000 * seconds:.0f} ms"
    known, starts = known_starts(copied, game.make)
    return [*cells, f"{len(copied.next)} states in {took}", f"{wrong} of {taken}", f"{known} of {starts}", best], ""


def show_games(games: Sequence[Game]) -> Table:
    """What there is to know of games: how fast they are, what random play returns, whether they can be copied, and what is the best."""
    rows, notes = [], list[str]()
    for game in games:
        cells, why = measure(game)
        starts = [f"{game.seeds} starts"] if game.seeds > 1 else []
        rows.append([" ".join([game.id, *(f"{k}={v}" for k, v in game.options.items()), *starts]), *cells])
        notes += [why] if why else []
    head = ["game", "steps a second", "random play", "copied", "steps not as copied", "new starts known", "best return from copied starts"]
    return Table(head, rows, " ".join(notes))
