"""The recorded runs of notebook 08: an agent that has learned to infer its task, and a table of which choices matter for that."""

from functools import cache
from typing import Any

from IPython.display import Markdown

from dremeta_lite import store
from dremeta_lite.meta.varibad import VariBAD
from dremeta_lite.table import folded, markdown
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.titles import BAYES


def trained_varibad(family: HiddenGoal) -> VariBAD:
    """A fresh copy of the recorded VariBAD. Its planned iterations are over: raise `hyper.iterations` to let it learn on at a larger rate.

    Raises:
        store.StoreError: its file is missing or damaged.
    """
    learner = VariBAD(family)
    learner.load(store.DATA / "lesson08" / "varibad.safetensors")
    return learner


@cache
def recorded() -> dict[str, Any]:
    """What `python3 -m dremeta_lite beliefs` has measured.

    Raises:
        store.StoreError: the file is missing.
    """
    return store.read_figures(store.DATA / "lesson08" / "ablation.json", "beliefs")


def ablation_markdown() -> str:
    """One row a variant, one number a seed: return, its share of the optimum, and how far the belief is from the exact one."""
    data = recorded()
    best, rows = data["bayes_optimal"], []
    for row in data["rows"].values():
        runs = [row["seeds"][seed] for seed in sorted(row["seeds"], key=int)]
        if not runs:
            continue
        totals = [sum(run["sampled"]) for run in runs]
        share = sum(totals) / len(totals) / best
        cells = [", ".join(f"{x:.1f}" for x in totals), f"{share:.0%}"]
        cells += [", ".join(f"{run[key]:.2f}" for run in runs) for key in ("kl_before", "kl_after")]
        rows.append([row["title"], *cells])
    origin = data["origin"]
    note = (
        f"One number a seed, from 0 on. *Return*: mean over {origin['tasks']}, of the policy as it draws its actions; Bayes-optimal is "
        f"{best:.2f}. *KL*: from the exact belief to the learned one, in nats, over the moments before and after the goal was met. "
        f"Made by `{origin['command']}`."
    )
    return markdown(["variant", "return of a trial", f"of {BAYES}", "KL before", "KL after the goal is met"], rows, note)


def show_ablation() -> Markdown:
    """`ablation_markdown`, displayed; folded."""
    return Markdown(folded(ablation_markdown()))
