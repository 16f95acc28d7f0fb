"""The table of notebook 13: what learns in context, from what `recording/contexts.py` has measured."""

from typing import Any

from dremeta_lite import store, titles
from dremeta_lite.compare.tables import over_seeds
from dremeta_lite.table import Table, Text, folded, italic, together

ROWS = {
    "rl2": "RL², transformer",
    "dpt": "DPT, transformer",
    "dpt_gru": "DPT, GRU",
    "ad": "algorithm distillation, transformer",
    "bandit_rl2": "RL², transformer",
    "bandit_dpt": "DPT, transformer",
    "long_dpt": "DPT, transformer",
    "ad_longer": "algorithm distillation, four times as long",
    "ad_first": "algorithm distillation, of the source's first episodes",
}
"""By the name of a file in `data/lesson13`."""
NOTE = (
    "Return of a trial, mean over seeds [95 % bootstrap interval]; bandits count the chances of the pulled arms. *Most attention on paid "
    "steps*: of the head that has most, from seed to seed. In italics: rules that count. CPU-seconds of one thread. Made by "
    "`python3 -m dremeta_lite contexts`."
)
GRID, BANDIT, LONG = ("rl2", "dpt", "dpt_gru"), ("bandit_rl2", "bandit_dpt"), ("long_dpt",)


def context_runs(row: str) -> dict[str, Any]:
    """What was recorded of a row. Raises store.StoreError: the file is missing, or damaged."""
    return store.read_figures(store.DATA / "lesson13" / f"{row}.json", f"contexts {row}")


def show_contexts() -> Text:
    """The learners on the hidden goal, and on bandits of 20 and 100 pulls; folded."""
    columns = ["drawn actions", "likeliest actions", "most attention on paid steps", "seeds", "CPU time"]
    rules = context_runs("long_dpt")["rules"].items()
    counting = [italic([name, f"{x:.1f}", ""] if name == titles.THOMPSON else [name, "", f"{x:.1f}"]) + [""] * 3 for name, x in rules]
    tables = [Table(["hidden goal", *columns], rows_of(GRID)), Table(["bandit, 20 pulls", *columns], rows_of(BANDIT))]
    return folded(together(*tables, Table(["bandit, 100 pulls", *columns], rows_of(LONG) + counting, NOTE)))


def rows_of(names: tuple[str, ...]) -> list[list[str]]:
    """The cells of each row."""
    rows = []
    for name in names:
        runs = context_runs(name)["runs"]
        cells = [over_seeds([sum(run[way]) for run in runs]) for way in ("sampled", "greedy")]
        heads = [max(max(layer) for layer in run["on_paid"]) for run in runs if "on_paid" in run]
        looked = f"{min(heads):.0%} to {max(heads):.0%}" if heads else ""
        rows.append([ROWS[name], *cells, looked, str(len(runs)), f"{sum(run['cpu_seconds'] for run in runs) / len(runs):.0f} s"])
    return rows
