"""The tables of notebook 15: who learns to listen, made from what `data/` holds."""

import copy
from collections.abc import Mapping
from statistics import mean
from typing import Any

from dremeta_lite import store
from dremeta_lite.compare.recorded_runs import read_run
from dremeta_lite.compare.tables import over_seeds, recorded
from dremeta_lite.meta.fast_walker import FastWalker, WalkingWeights
from dremeta_lite.table import Table, Text
from dremeta_lite.tasks.grammar_walk import GrammarWalk

ROWS: Mapping[str, Mapping[str, str]] = {
    "words": {"pairs": "RL², told pairs", "plain": "RL², told plain codes", "fast": "fast weights"},
    "grammar": {"fast": "fast weights", "gru": "RL², told plain codes"},
    "walk": {"fast": "fast weights that walk", "pairs": "GRU that walks, told pairs"},
    "products": {"inputs": "RL², products as inputs alone", "logits": "RL², logits for each word alone"},
    "swapped": {"fast": "fast weights"},
    "gradient": {"maml": "MAML"},
    "described": {"nothing": "nothing", "colour": "the colour", "half": "the half", "row": "the row"},
}
WALKER = store.DATA / "lesson15" / "walker.safetensors"


def trained_walker() -> FastWalker:
    """The fast weights that walk, at the end of a recorded training, by their likeliest moves."""
    learner = WalkingWeights(GrammarWalk())
    run = read_run(WALKER, learner, ROWS["walk"]["fast"], learner.family.episodes)
    agent: Any = copy.copy(run.checkpoints[-1].agents[ROWS["walk"]["fast"]])
    agent.greedy = True
    return agent


def show_words() -> Text:
    """What a trial of twenty tries returns, after so many iterations; folded."""
    return shown("words", "learner", "Mean return of a trial in {judged} languages, by the likeliest actions", "return")


def show_grammar() -> Text:
    """How often pairs are obeyed that were never heard together; folded."""
    what = "Of the pairs never heard together before, in the last {late} tries, the share that is obeyed; {judged} languages"
    return shown("grammar", "learner", what, "unheard")


def show_walk() -> Text:
    """What a trial of 24 walks returns, after so many iterations; folded."""
    return shown("walk", "learner", "Mean return of a trial in {judged} languages, by the likeliest actions", "return")


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
