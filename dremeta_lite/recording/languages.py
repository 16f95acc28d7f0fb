"""Measures the tables of notebook 15: who learns to listen, who obeys words never heard together, who profits from a description,
and who walks to what is asked for.

    python3 -m dremeta_lite languages                         all tables; about ten minutes of one CPU core
    python3 -m dremeta_lite languages words --to FOLDER       the first alone, in a folder of your own

A run is one training of a learner, judged after some iterations by its likeliest actions, on the same tasks for all.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dremeta_lite import store
from dremeta_lite.compare.language_tables import ROWS, WALKER
from dremeta_lite.compare.recorded_runs import write_run
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.learner import generator
from dremeta_lite.meta.fast_walker import WalkingWeights
from dremeta_lite.meta.fast_weights import FastWeights
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks import DescribedGoal, GrammarWalk, HiddenGoalTask, HiddenGrammar, HiddenLanguage, never_heard
from dremeta_lite.trials import play_trial

FOLDER = store.DATA / "lesson15"
JUDGED, WALKED, LATE = 4000, 1000, 8
"""Languages that a learner is judged in, and those in which it has to walk, which takes longer. The last tries, in which pairs are counted
that were never heard together."""
SEEDS: Mapping[str, int] = {"words": 5, "grammar": 3, "described": 3, "walk": 5}
STOPS: Mapping[str, Sequence[int]] = {"words": (50, 150), "grammar": (50, 150, 300), "described": (50, 100), "walk": (25, 60, 200)}

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
    },
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


def run(table: str, row: str, seed: int, tick: Tick = lambda: None, to: Path = FOLDER) -> dict[str, Any]:
    """One training. By the name of a number: its value after each of the table's `STOPS`; and what it took. One walker is kept in `to`."""
    stops = STOPS[table]
    trained = train(LEARNERS[table][row](seed, stops[-1]), stops[-1], tick, stops, keep=judged)
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
            f"languages {table}", seeds=SEEDS[table], judged=WALKED if table == "walk" else JUDGED, late=LATE, stops=list(STOPS[table])
        )
        finish(path, {"origin": about, "rows": runs})
