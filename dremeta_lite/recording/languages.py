"""Measures the tables of notebook 15: who learns to listen, who obeys words never heard together, who profits from a description,
who walks to what is asked for, what happens when two words are swapped, and what a gradient makes of it.

    python3 -m dremeta_lite languages                         all tables; about a quarter of an hour of one CPU core
    python3 -m dremeta_lite languages words --to FOLDER       the first alone, in a folder of your own

A run is one training of a learner, judged after some iterations by its likeliest actions, on the same tasks for all.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from dremeta_lite import store
from dremeta_lite.compare.language_tables import ROWS, WALKER
from dremeta_lite.compare.recorded_runs import write_run
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.meta.fast_walker import WalkingWeights
from dremeta_lite.meta.fast_weights import FastWeights
from dremeta_lite.meta.maml import MAML
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.meta.word_gru import WalkingPairsGRU
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks import DescribedGoal, GrammarWalk, HiddenGoalTask, HiddenGrammar, HiddenLanguage, never_heard
from dremeta_lite.trials import play_trial

FOLDER = store.DATA / "lesson15"
JUDGED, WALKED, LATE = 4000, 1000, 8
"""Languages that a learner is judged in, and those in which it has to walk, which takes longer. The last tries, in which pairs are counted
that were never heard together."""
SWAPPED, STEPPED = 500, 400
"""Languages in which two words change their meanings, and those in which gradient steps are taken."""
SEEDS: Mapping[str, int] = {"words": 5, "grammar": 3, "described": 3, "walk": 5, "products": 3, "swapped": 6, "gradient": 3}
STOPS: Mapping[str, Sequence[int]] = {
    "words": (50, 150),
    "grammar": (50, 150, 300),
    "walk": (25, 60, 200),
    "products": (100,),
    "swapped": (50,),
    "gradient": (0, 100),
    "described": (50, 100),
}

LEARNERS: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "words": {
        "pairs": lambda seed, n: RL2(HiddenLanguage(), seed, iterations=n),
        "plain": lambda seed, n: RL2(HiddenLanguage(), seed, iterations=n, encoding="plain", hidden=(64,), learning_rate=0.02),
        "fast": lambda seed, n: FastWeights(HiddenLanguage(), seed, iterations=n),
    },
    "grammar": {
        "fast": lambda seed, n: FastWeights(HiddenGrammar(), seed, iterations=n),
        "gru": lambda seed, n: RL2(HiddenGrammar(), seed, iterations=n, discount=0.0),
    },
    "walk": {
        "fast": lambda seed, n: WalkingWeights(GrammarWalk(), seed, iterations=n),
        "pairs": lambda seed, n: WalkingPairsGRU(GrammarWalk(), seed, iterations=n, learning_rate=0.01),
    },
    "products": {
        "inputs": lambda seed, n: RL2(HiddenLanguage(), seed, per_state=False, hidden=(64,)),
        "logits": lambda seed, n: RL2(HiddenLanguage(), seed, encoding="plain", per_state=True),
    },
    "swapped": {"fast": lambda seed, n: FastWeights(HiddenGrammar(), seed)},
    "gradient": {"maml": lambda seed, n: MAML(HiddenLanguage(), seed, inner_lr=2.0)},
    "described": {says: lambda seed, n, says=says: RL2(DescribedGoal(says), seed, iterations=n) for says in ROWS["described"]},
}


def judged(learner: Any) -> dict[str, float]:
    """What a trial returns; and of two words, how often pairs are obeyed that were heard together before, and never."""
    family, agent = learner.family, learner.agent(greedy=True)
    goals = isinstance(family, DescribedGoal)
    tasks = (
        HiddenGoalTask(family.goal_cells.repeat(10))
        if goals
        else family.held_out_tasks(WALKED if isinstance(family, GrammarWalk) else JUDGED)
    )
    trial = play_trial(family, tasks, agent, generator(PLAYING_SEED))
    found = {"return": trial.returns().sum(1).mean().item()}
    if isinstance(family, HiddenGrammar):
        new, right = never_heard(family.heard(trial.observation[:, :, 0]))[:, -LATE:], trial.returns()[:, -LATE:]
        found |= {"heard": right[~new].mean().item(), "unheard": right[new].mean().item()}
    return found


def swapped(learner: Any) -> dict[str, float]:
    """What becomes of it when two words of the first place change their meanings after 24 tries, and nobody says so: the share of tries
    that is paid, from a try to the seventh after it. And how alike the keys of words in one place are, and after how many tries four in a
    row are understood in the median language."""
    family, k = learner.family, learner.network.places * learner.family.words

    def swap(number: int, episodes: Any) -> None:
        if number == 24:
            episodes.tasks = episodes.tasks._replace(first=episodes.tasks.first[:, [1, 0, *range(2, family.words)]])
            episodes.reset()

    trial = play_trial(family, family.held_out_tasks(SWAPPED), learner.agent(greedy=True), generator(PLAYING_SEED), 88, swap)
    paid, keys = trial.returns().mean(0), torch.nn.functional.normalize(learner.theta["keys"].detach(), dim=-1)
    in_a_row = trial.returns()[:, :24].unfold(1, 4, 1).prod(-1)
    began = torch.where(in_a_row.any(1), in_a_row.argmax(1), 24)
    found = {f"tries {first}": paid[first - 1 : first + 7].mean().item() for first in (17, 25, 33, 49, 65, 81)}
    alike = ((keys @ keys.mT).sum().item() - k) / (k * (family.words - 1))
    return judged(learner) | found | {"keys": alike, "four in a row": began.median().item() + 4}


def stepped(learner: MAML) -> dict[str, float]:
    """The share of the tries that is paid before any step of adaptation and after each, every step from 20 tries; and the same with an α
    ten times as large."""
    found, tasks = dict[str, float](), learner.family.held_out_tasks(STEPPED)
    for name, alpha in (("paid", 2.0), ("far", 20.0)):
        steps = adapt_to(learner.family, tasks, learner.policy, learner.theta, inner_lr=alpha, trajectories=20).returns().mean(1)
        found |= {f"{name} {i}": share for i, share in enumerate(steps.tolist())}
    return found


JUDGES: Mapping[str, Callable[[Any], dict[str, float]]] = {"swapped": swapped, "gradient": stepped}
"""How a table judges, where it asks for more than what is paid in a trial."""


def run(table: str, row: str, seed: int, tick: Tick = lambda: None, to: Path = FOLDER) -> dict[str, Any]:
    """One training. By the name of a number: its value after each of the table's `STOPS`; and what it took. One walker is kept in `to`."""
    stops = STOPS[table]
    trained = train(LEARNERS[table][row](seed, stops[-1]), stops[-1], tick, stops, keep=JUDGES.get(table, judged))
    if (table, row, seed) == ("walk", "fast", 0):
        kept = {f"{stops[-1]}/{name}": p.half() for name, p in trained.learner.parameters().items()}
        write_run(to / WALKER.name, kept, trained.learner, table, row, origin="python3 -m dremeta_lite languages walk")
    numbers = {name: rounded((trained.kept[i][name] for i in stops), 3) for name in trained.kept[stops[-1]]}
    return numbers | {"cpu_seconds": rounded((trained.seconds[i] for i in stops), 1)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write what was named."""
    chosen = options("languages", "Measure the tables of notebook 15 again.", arguments, FOLDER, names=[*LEARNERS])
    for table in chosen.names:
        path, last = chosen.to / f"{table}.json", STOPS[table][-1]
        jobs = [Job(row, seed, title, last) for seed in range(SEEDS[table]) for row, title in ROWS[table].items()]
        runs = results(path, jobs, lambda job, tick, table=table: run(table, job.row, job.seed, tick, chosen.to))
        about = origin(
            f"languages {table}",
            seeds=SEEDS[table],
            judged={"walk": WALKED, "swapped": SWAPPED, "gradient": STEPPED}.get(table, JUDGED),
            late=LATE,
            stops=list(STOPS[table]),
        )
        finish(path, {"origin": about, "rows": runs})
