"""The tables of notebook 15: who learns to listen, made from what `data/` holds."""

from collections.abc import Mapping
from statistics import mean

from dremeta_lite.compare.tables import recorded
from dremeta_lite.compare.task_tables import over_seeds
from dremeta_lite.table import Table, Text

ROWS: Mapping[str, Mapping[str, str]] = {
    "words": {"pairs": "RL², told pairs", "plain": "RL², told plain codes", "fast": "fast weights"},
    "grammar": {"fast": "fast weights", "gru": "RL², told plain codes"},
    "described": {"nothing": "nothing", "colour": "the colour", "half": "the half", "row": "the row"},
}


def show_words() -> Text:
    """What a trial of twenty tries returns, after so many iterations; folded."""
    return shown("words", "learner", "Mean return of a trial in {judged} languages, by the likeliest actions", "return")


def show_grammar() -> Text:
    """How often pairs are obeyed that were never heard together; folded."""
    what = "Of the pairs never heard together before, in the last {late} tries, the share that is obeyed; {judged} languages"
    return shown("grammar", "learner", what, "unheard")


def show_described() -> Text:
    """What a trial of the hidden goal returns, by what is said of the goal; folded."""
    return shown("described", "it is told", "Mean return of a trial, every goal ten times, by the likeliest actions", "return")


def shown(table: str, head: str, what: str, number: str) -> Text:
    """A row a learner, a column a stop."""
    data = recorded(f"language: {table}")
    about, rows = data["origin"], []
    for row, title in ROWS[table].items():
        cells = [over_seeds([run[number][i] for run in data["rows"][row]]) for i in range(len(about["stops"]))]
        rows.append([title, *cells, f"{mean(run['cpu_seconds'][-1] for run in data['rows'][row]):.0f} s"])
    note = f"{what.format(**about)}; mean over {about['seeds']} seeds [95 % bootstrap interval]. Made by `{about['command']}`."
    return Table([head, *(f"iteration {i}" for i in about["stops"]), "CPU time"], rows, note).folded()
