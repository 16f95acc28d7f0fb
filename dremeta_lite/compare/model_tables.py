"""The tables of notebook 09: models that adapt to a hidden pendulum, and RL² beside them, made from what `data/` holds."""

import math
from collections.abc import Sequence

import torch

from dremeta_lite.compare.tables import recorded
from dremeta_lite.meta.evaluation import bootstrap_interval
from dremeta_lite.table import Table, Text, folded, within


def show_models() -> Text:
    """Models that adapt to a hidden pendulum, by how many transitions they have seen; folded."""
    return folded(models().markdown())


def models() -> Table:
    """The return of an episode after 2, 8 and 32 transitions, and the training."""
    data, rows = recorded("models that adapt"), []
    for row in data["rows"].values():
        cells = [over_seeds([run["returns"][n] for run in row["runs"]]) for n in ("2", "8", "32")]
        seconds = sum(run["cpu_seconds"] for run in row["runs"]) / len(row["runs"])
        rows.append([row["title"], *cells, f"{seconds:.0f} s" if seconds else "none"])
    origin = data["origin"]
    note = (
        f"Return of {origin['steps']} steps from hanging, mean over {origin['seeds']} seeds of {origin['pendulums']} pendulums each [95 % "
        f"bootstrap interval]; the same pendulums, transitions and draws for all rows. Hanging still returns "
        f"{-origin['steps'] * math.pi**2:.0f}. Training in CPU-seconds of one thread. Made by `{origin['command']}`."
    )
    return Table(["model", "2 transitions", "8", "32", "training"], rows, note)


def show_reversed() -> Text:
    """What is earned after the motor was reversed, by how many transitions are remembered; folded."""
    return folded(turned_round().markdown())


def turned_round() -> Table:
    """The return of the steps after the reversal."""
    data = recorded("models that adapt")
    origin = data["origin"]
    windows = sorted({int(window) for row in data["rows"].values() for run in row["runs"] for window in run["reversed"]})
    rows = []
    for row in data["rows"].values():
        found = {window: [run["reversed"].get(str(window)) for run in row["runs"]] for window in windows}
        rows.append([row["title"], *("" if None in each else over_seeds(each) for each in found.values())])
    note = (
        f"Return of the {origin['after']} steps after the motor was reversed, {origin['steps']} steps into an episode; mean over seeds "
        f"[95 % bootstrap interval]. Before every step each model is adapted to the last M transitions. Made by `{origin['command']}`."
    )
    head = [f"M = {window}" if window < origin["everything"] else "everything" for window in windows]
    return Table(["model", *head], rows, note)


def show_model_or_policy() -> Text:
    """A model that adapts beside RL², which learns a policy that adapts; folded."""
    return folded(model_or_policy().markdown())


def model_or_policy() -> Table:
    """The return of the first episode in a new pendulum, nothing told before, and what the training took."""
    model, policy, rows = recorded("models that adapt"), recorded("RL² on pendulums"), []
    for row in (model["rows"][name] for name in ("true", "bayes")):
        runs = row["runs"]
        took = sum(run["cpu_seconds"] for run in runs) / len(runs)
        steps = model["origin"]["env_steps"] if took else 0
        rows.append([f"{row['title']}, planning", over_seeds([run["online"] for run in runs]), *trained(took, steps)])
    for row in policy["rows"].values():
        runs = row["runs"]
        took = sum(run["cpu_seconds"] for run in runs) / len(runs)
        rows.append([f"RL², {row['title']}", over_seeds([run["returns"] for run in runs]), *trained(took, runs[0]["env_steps"])])
    steps = model["origin"]["steps"]
    note = (
        f"Return of the first {steps} steps in a new pendulum, from hanging, with nothing seen before; mean [95 % interval over seeds], "
        f"the same pendulums in all rows. Made by `{model['origin']['command']}` and `{policy['origin']['command']}`."
    )
    return Table(["", "return of the first episode", "training", "steps of the world in training"], rows, note)


def trained(seconds: float, steps: float) -> tuple[str, str]:
    """What a training took, in words."""
    return (f"{seconds:.0f} s", f"{steps / 1e6:.2f} million") if seconds else ("none", "none")


def over_seeds(runs: Sequence[Sequence[float]]) -> str:
    """The mean over seeds of the means over tasks, and its interval; without one where there is one seed."""
    means = torch.tensor([sum(run) / len(run) for run in runs], device="cpu")
    return within(means.mean().item(), *bootstrap_interval(means), decimals=0) if len(means) > 1 else f"{means.item():.0f}"
