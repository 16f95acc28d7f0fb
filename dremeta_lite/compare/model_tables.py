"""The tables of notebook 09: models that adapt to a hidden pendulum, and RL² beside them, made from what `data/` holds."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean as mean
from typing import Any

from dremeta_lite.compare.tables import over_seeds, recorded
from dremeta_lite.table import Table, Text


def show_models() -> Text:
    """Models that adapt to a hidden pendulum: the return of an episode after 2, 8 and 32 transitions, and the training; folded."""
    data, rows = recorded("models that adapt"), []
    for row in (each for each in data["rows"].values() if each["runs"][0]["returns"]):
        cells = [over_tasks([run["returns"][n] for run in row["runs"]]) for n in ("2", "8", "32")]
        seconds = mean(run["cpu_seconds"] for run in row["runs"])
        rows.append([row["title"], *cells, f"{seconds:.0f} s" if seconds else "none"])
    origin = data["origin"]
    note = (
        f"Return of {origin['steps']} steps from hanging, mean over {origin['seeds']} seeds of {origin['pendulums']} pendulums each [95 % "
        f"bootstrap interval]; the same pendulums, transitions and draws for all rows. Hanging still returns "
        f"{-origin['steps'] * math.pi**2:.0f}. Training in CPU-seconds. Made by `{origin['command']}`."
    )
    return Table(["model", "2 transitions", "8", "32", "training"], rows, note).folded()


def show_reversed() -> Text:
    """What is earned after the motor was reversed, by how many transitions are remembered; folded."""
    data = recorded("models that adapt")
    origin = data["origin"]
    windows = sorted({int(window) for row in data["rows"].values() for run in row["runs"] for window in run["reversed"]})
    rows = []
    for row in data["rows"].values():
        found = {window: [run["reversed"].get(str(window)) for run in row["runs"]] for window in windows}
        rows.append([row["title"], *("" if None in each else over_tasks(each) for each in found.values())])
    note = (
        f"Return of the {origin['after']} steps after the motor was reversed, {origin['steps']} steps into an episode; mean over seeds "
        f"[95 % bootstrap interval]. Before every step each model is adapted to the last M transitions. Made by `{origin['command']}`."
    )
    head = [f"M = {window}" if window < origin["everything"] else "everything" for window in windows]
    return Table(["model", *head], rows, note).folded()


def show_model_or_policy() -> Text:
    """A model that adapts beside RL², which learns a policy that adapts: the return of the first episode in a new pendulum, nothing told
    before, after as much training as the model had, and after more; folded."""
    model, data = recorded("models that adapt"), recorded("RL² on pendulums")
    found, titles = data["rows"], {name: row["title"] for name, row in data["rows"].items()}
    seeds = len(found["rl2"]["runs"])
    rows = [["true model, planning", over_tasks([run["online"] for run in model["rows"]["true"]["runs"][:seeds]]), "none", "none"]]
    ends = {name: [run["checkpoints"][-1] for run in row["runs"]] for name, row in found.items()}
    rows += [[titles[name], *trained(ends[name])] for name in ("bayes", "few")]
    for words, unit in (("as many CPU-seconds", "cpu_seconds"), ("as many steps", "env_steps")):
        budget = mean(end[unit] for end in ends["bayes"])
        rows.append([f"{titles['rl2']}, {words}", *trained([within_budget(run, unit, budget) for run in found["rl2"]["runs"]])])
    rows += [[f"{titles['rl2']}, to the end", *trained(ends["rl2"])], [titles["ppo"], *trained(ends["ppo"])]]
    note = (
        f"Return of the first {data['origin']['steps']} steps in a new pendulum, from hanging, with nothing seen before unless the row "
        f"says so; mean [95 % bootstrap interval over {seeds} seeds], the same pendulums in all rows; but PPO has the first of them alone, "
        f"in training as well. Made by `{model['origin']['command']}` and `{data['origin']['command']}`."
    )
    return Table(["", "return of the first episode", "training", "steps of the world in training"], rows, note).folded()


def returned_after(unit: str, budgets: Sequence[float]) -> dict[str, list[float]]:
    """The mean return of the first episode after a training that took so much of `unit`, "env_steps" or "cpu_seconds": of the model that
    adapts at every step, of the one that has seen 8 transitions, and of RL². It is that of the last checkpoint within the budget."""
    rows = recorded("RL² on pendulums")["rows"]
    return {
        rows[name]["title"]: [mean(mean(within_budget(run, unit, budget)["returns"]) for run in rows[name]["runs"]) for budget in budgets]
        for name in ("bayes", "few", "rl2")
    }


def needed_for(unit: str, returned: float) -> dict[str, float]:
    """How much of `unit` the models have taken at the first checkpoint at which they return as much, by title; means over seeds."""
    found = {}
    for row in (recorded("RL² on pendulums")["rows"][name] for name in ("bayes", "few")):
        for at in zip(*(run["checkpoints"] for run in row["runs"]), strict=True):
            if mean(mean(each["returns"]) for each in at) >= returned:
                found.setdefault(row["title"], mean(each[unit] for each in at))
    return found


def within_budget(run: Mapping[str, Any], unit: str, budget: float) -> dict[str, Any]:
    """The last checkpoint of a run that took no more of `unit` than the budget; the first one was untrained and took nothing.
    Raises ValueError: no such unit, or less than nothing."""
    if unit not in ("env_steps", "cpu_seconds") or not budget >= 0:
        raise ValueError(f"a budget is a number from 0 of env_steps or of cpu_seconds, got {budget} of {unit!r}")
    return [each for each in run["checkpoints"] if each[unit] <= budget][-1]


def trained(checkpoints: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    """The returns at one checkpoint of each seed, and what the training had taken, in words."""
    seconds, steps = (mean(each[unit] for each in checkpoints) for unit in ("cpu_seconds", "env_steps"))
    return over_tasks([each["returns"] for each in checkpoints]), f"{seconds:.0f} s", f"{steps / 1e6:.2f} million"


def over_tasks(runs: Sequence[Sequence[float]]) -> str:
    """The mean over seeds of the means over tasks, and its interval."""
    return over_seeds([mean(run) for run in runs], decimals=0)
