"""Finn et al. 2017 (MAML, arXiv 1703.03400): 2D navigation and sinusoids, as `pretrain` and `starts` have measured them."""

import math
from typing import Any

import torch

from dremeta_lite.compare.published import Row, as_table, seeds_in_words
from dremeta_lite.compare.tables import ran_away, recorded
from dremeta_lite.meta.evaluation import bootstrap_interval
from dremeta_lite.meta.regression import CEILING
from dremeta_lite.table import Table

UNKNOWN = math.inf
"""How far the paper's figures spread is not told, so nothing can be said to differ."""

SOURCE = "Finn et al. 2017, arXiv 1703.03400, appendix, as commonly quoted"


def navigation() -> tuple[list[Row], str]:
    """Mean return after 0 to 3 gradient steps on held-out tasks, and how it was measured.
    Raises store.StoreError: nothing has been recorded."""
    data = recorded("Navigation2D")
    rows = []
    for key, paper in (("maml", data["published"]["mean"]), ("first_order", [None] * 4), ("pooled", [None] * 4)):
        agent = data["agents"][key]
        for k, (theirs, mean, (low, high)) in enumerate(zip(paper, agent["mean"], agent["interval"], strict=True)):
            seconds = agent["cpu_seconds"] if k == 0 else 0.0
            rows.append(Row(agent["title"], steps_in_words(k), theirs, mean, low, high, seconds, paper_error=UNKNOWN, decimals=2))
    seeds = {row["title"]: len(row["seeds"]) for key, row in data["agents"].items() if key in ("maml", "first_order", "pooled")}
    return rows, measured(data["origin"], seeds_in_words(seeds), f"{data['origin']['held_out_tasks']} held-out tasks")


def sinusoids() -> tuple[list[Row], str]:
    """Mean squared error after 1, 5 and 10 gradient steps on 5 points, and how it was measured.
    Raises store.StoreError: nothing has been recorded."""
    data = recorded("starts on Sinusoid")
    steps, published = data["origin"]["steps"], data["published"]
    rows = []
    for key, way in data["algorithms"].items():
        for k, theirs in zip(published["steps"], published.get(key, [None] * 3), strict=True):
            errors = [seed[steps.index(k)] for seed in way["5_points"]["seeds"]]
            values, seconds = torch.tensor(errors, dtype=torch.float64), way["cpu_seconds"] if k == steps[1] else 0.0
            low, high = bootstrap_interval(values)
            mean = values.mean().item()
            rows.append(Row(way["title"], steps_in_words(k), theirs, mean, low, high, seconds, paper_error=UNKNOWN, decimals=2))
    seeds = seeds_in_words({way["title"]: len(way["5_points"]["seeds"]) for way in data["algorithms"].values()})
    tested, found = data["origin"]["tested"], data["algorithms"]["meta_sgd"]["5_points"]
    last = [seed[-1] for seed in found["seeds"]]
    tail = (
        f" An error counts as {CEILING:g} at most. Meta-SGD's have a long tail: in ten steps {ran_away(found, tested)} of the waves come "
        f"to that. Its mean after them lies between {min(last):.2f} and {max(last):.2f} from seed to seed; its median is "
        f"{found['median'][-1]:.2f}."
    )
    return rows, measured(data["origin"], seeds, f"{tested} held-out waves") + tail


def steps_in_words(k: int) -> str:
    return f"{k} step{'' if k == 1 else 's'}"


def measured(origin: dict[str, Any], seeds: str, tasks: str) -> str:
    """The line below a table."""
    return (
        f"Ours [95 % bootstrap interval over {seeds}], on {tasks} · *the paper's*; CPU-seconds of training one seed. The paper's "
        f"spread is not known, and it trains longer and on more, so no test of equality is made. Made by `{origin['command']}`."
    )


def starts() -> tuple[Table, Table]:
    """Learned starting points on the two problems of the paper. Raises store.StoreError: a file is missing."""
    waves = "Sinusoids (mean squared error after so many gradient steps on 5 points)"
    titles = {"2D navigation (mean return after so many gradient steps)": navigation(), waves: sinusoids()}
    on_plane, on_waves = (as_table(rows, f"**{title}**: {SOURCE}.", how) for title, (rows, how) in titles.items())
    return on_plane, on_waves
