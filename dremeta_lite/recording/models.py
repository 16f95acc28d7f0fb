"""Measures the tables of notebook 09: models of a hidden pendulum that adapt.

    python3 -m dremeta_lite models                        both tables; about half an hour of one CPU core
    python3 -m dremeta_lite models table --to FOLDER      the first alone, in a folder of your own

A seed means: eight new pendulums, the same transitions of them for everyone, the same draws in planning, and a training of its own. A run
has the return of 100 steps from hanging in each pendulum, by how many transitions were seen before; and, by how many are remembered, what
60 steps return after the motor was reversed in the middle of an episode.

Settings were tried on pendulums apart, by the error of prediction; those of fine-tuning on and on, by what is lost after the reversal.
Every try is in the file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from jaxtyping import Float
from torch import Tensor

from dremeta_lite import store
from dremeta_lite.learner import generator
from dremeta_lite.meta.adaptive_model import JUDGED, SUPPORTS, AdaptiveHyper, BayesianModel, GradientModel, prediction_error
from dremeta_lite.recording import swing_up
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.recording.swing_up import FAMILY, STEPS, TASKS
from dremeta_lite.tasks.pendulum import PendulumTask
from dremeta_lite.world.adaptive_agent import Way, act_adaptively
from dremeta_lite.world.hidden_pendulum import Fit, first, known_form, wander

FOLDER = store.DATA / "lesson09"
AFTER, EVERYTHING, TUNING_SEED, SEEDS, ITERATIONS = 60, 200, 1000, 5, 400
ROWS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    "true": ("true model", JUDGED, (EVERYTHING,)),
    "known": ("known form, least squares", JUDGED, (6, EVERYTHING)),
    "bayes": ("Bayesian last layer", JUDGED, (2, 6, 16, 32, EVERYTHING)),
    "untrained": ("Bayesian last layer, untrained features", JUDGED, (6, EVERYTHING)),
    "maml": ("MAML on the model", JUDGED, (6, 16)),
    "sgd": ("pooled, then SGD", JUDGED, (6, 16)),
    "on": ("pooled, fine-tuned on and on", (), (6, 16)),
    "pooled": ("pooled, as it is", JUDGED, (EVERYTHING,)),
}
"""By row: its title; after how many transitions it is judged, of which there are none where it is fine-tuned while it acts; and how many it
remembers when the motor is reversed."""
TRIES: dict[str, Sequence[dict[str, Any]]] = {
    "maml": [{"inner_steps": k} for k in (1, 2, 5, 10)],
    "sgd": [{"inner_lr": a, "inner_steps": k} for k in (5, 20, 50, 100, 200, 400) for a in (0.03, 0.06, 0.1)],
    "on": [{"inner_lr": a, "inner_steps": k} for k in (1, 4, 16, 64) for a in (0.03, 0.1)],
}
TAKEN: dict[str, dict[str, Any]] = {
    "maml": {"inner_steps": 10},
    "sgd": {"inner_lr": 0.06, "inner_steps": 400},
    "on": {"inner_lr": 0.03, "inner_steps": 16},
}
"""Of the tries within 1 % of the best, the one with the fewest steps."""
WHILE_ACTING: dict[str, dict[str, Any]] = {"sgd": {"inner_steps": 50}}
"""Other settings where a model is made before every step: more of SGD's steps take longer than the 0.05 s until the next step."""
POOLED: dict[str, Any] = {"meta_learned": False, "inner_steps": 0}


def learner_of(row: str, seed: int, tick: Tick, **settings: Any) -> tuple[Any, float]:
    """A trained model, and the CPU-seconds that it took."""
    if row == "untrained":
        return BayesianModel(FAMILY, seed), 0.0
    make = BayesianModel if row == "bayes" else GradientModel
    learner = make(FAMILY, seed, **(settings if row in ("bayes", "maml") else POOLED))
    seconds = train(learner, learner.hyper.iterations, tick).seconds[-1]
    learner.hyper.change(**settings)  # also what a pooled one is fine-tuned with; training does not see it
    return learner, seconds


def error_of(fit: Fit, seed: int) -> dict[str, float]:
    """How wrong the predicted speed is in 100 pendulums, by transitions seen."""
    tasks = FAMILY.sample_tasks(100, generator(seed))
    seen, other = wander(FAMILY, tasks, max(JUDGED), generator(seed + 1)), wander(FAMILY, tasks, 50, generator(seed + 2))
    return {str(n): round(prediction_error(fit(first(seen, n)), other), 4) for n in JUDGED}


def after_reversal(fit: Fit | None, window: int, tasks: PendulumTask, seed: int) -> Float[Tensor, "task time"]:
    """The rewards of an episode in which the motor is reversed after 100 steps."""
    return act_adaptively(FAMILY, tasks, Way(fit), generator(seed), steps=STEPS + AFTER, window=window, reversed_at=STEPS)


def lost(learner: Any, windows: Sequence[int]) -> dict[str, float]:
    """What fine-tuning on and on loses after the reversal, by transitions remembered: minus the mean return in pendulums apart."""
    tasks = FAMILY.sample_tasks(TASKS, generator(TUNING_SEED))
    rewards = {m: after_reversal(learner.going_on(), m, tasks, TUNING_SEED + 200)[:, STEPS:] for m in windows}
    return {str(window): round(-each.sum(1).mean().item(), 1) for window, each in rewards.items()}


def tune(row: str, tick: Tick = lambda: None) -> list[dict[str, Any]]:
    """Every try, with its error after 2, 8 and 32 transitions in 100 pendulums apart; of fine-tuning on and on, with what it loses."""
    found, learner = [], cast(Any, None)
    for settings in TRIES[row]:
        if row == "maml" or not found:
            learner = learner_of(row, TUNING_SEED, tick, **settings)[0]
        learner.hyper.change(**settings)
        judged = {"lost": lost(learner, ROWS[row][2])} if row == "on" else {"error": error_of(learner.fit, TUNING_SEED)}
        found.append({"settings": settings} | judged)
    return found


def measure(row: str, seed: int, tick: Tick = lambda: None) -> dict[str, Any]:
    """One run: returns in each pendulum, by transitions seen; after the motor is reversed, by transitions remembered; errors."""
    learner, seconds = (cast(Any, None), 0.0) if row in ("true", "known") else learner_of(row, seed, tick, **TAKEN.get(row, {}))
    fit = learner.fit if learner else known_form(FAMILY) if row == "known" else None
    tasks, (_, told, remembered) = FAMILY.sample_tasks(TASKS, generator(seed)), ROWS[row]
    play = wander(FAMILY, tasks, max(JUDGED), generator(seed + 100))
    run: dict[str, Any] = {"cpu_seconds": round(seconds, 1), "returns": {}, "reversed": {}, "online": []}
    for n in told:
        rewards = act_adaptively(FAMILY, tasks, Way(fit), generator(seed + 200), steps=STEPS, told=first(play, n))
        run["returns"][str(n)] = rounded(rewards.sum(1), 1)
        tick()
    run |= {"error": error_of(fit, seed + 300)} if fit and told else {}
    if row in WHILE_ACTING:
        learner.hyper.change(**WHILE_ACTING[row])
    for window in remembered:
        rewards = after_reversal(learner.going_on() if row == "on" else fit, window, tasks, seed + 200)
        run["reversed"][str(window)] = rounded(rewards[:, STEPS:].sum(1), 1)
        run["online"] = rounded(rewards[:, :STEPS].sum(1), 1)  # of the largest window
        tick()
    return run


def record(folder: Path) -> None:
    """Tune, measure and write the file."""
    path = folder / "models.json"
    tuned = {f"tuning {row}": row for row in TRIES}
    jobs = [Job(name, TUNING_SEED, name, ITERATIONS * (len(TRIES[row]) if row == "maml" else 1)) for name, row in tuned.items()]
    jobs += [
        Job(row, seed, title, len(told) + len(remembered) + ITERATIONS * (row not in ("true", "known", "untrained")))
        for seed in range(SEEDS)
        for row, (title, told, remembered) in ROWS.items()
    ]
    runs = results(path, jobs, lambda job, tick: tune(tuned[job.row], tick) if job.row in tuned else measure(job.row, job.seed, tick))
    about = {"seeds": SEEDS, "pendulums": TASKS, "steps": STEPS, "after": AFTER, "everything": EVERYTHING}
    h, seen = AdaptiveHyper(), sum(SUPPORTS) / len(SUPPORTS)  # as expected: how many transitions are seen is drawn in each iteration
    made = origin("models table", **about, env_steps=round(ITERATIONS * h.tasks * (seen + h.query)))
    rows = {row: {"title": title, "runs": runs[row]} for row, (title, _, _) in ROWS.items()}
    finish(path, {"origin": made, "tuning": {row: runs[name][0] for name, row in tuned.items()}, "rows": rows})


PARTS = {"table": record, "rl2": swing_up.record}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write what was named."""
    chosen = options("models", "Measure the tables of notebook 09 again.", arguments, FOLDER, names=list(PARTS))
    for name in chosen.names:
        PARTS[name](chosen.to)
