"""The recording of notebook 13: a run holds what the notebook shows."""

import torch

from dremeta_lite.compare.context_tables import ROWS
from dremeta_lite.exercises import find
from dremeta_lite.learner import generator
from dremeta_lite.meta.dpt import DPT
from dremeta_lite.recording import contexts
from dremeta_lite.tasks import HiddenGoal
from dremeta_lite.trials import play_trial


def test_each_row_of_the_table_has_its_learner() -> None:
    assert set(contexts.LEARNERS) == set(ROWS) >= set(contexts.STORED)


def test_a_learner_of_the_grid_is_known_by_its_kind() -> None:
    """A worker's learner comes with a copy of the grid."""
    found = contexts.judged(DPT(HiddenGoal(), 0, trials=2))
    assert {"sampled", "greedy", "on_paid"} <= set(found) and len(found["sampled"]) == 4


def test_heads_are_looked_at_as_in_the_exercise_and_cut_out_one_by_one() -> None:
    learner = DPT(contexts.GRID, 0, trials=2)
    learner.set_parameters({name: p + 0.3 * torch.randn(p.shape, generator=generator(1)) for name, p in learner.parameters().items()})
    tasks = contexts.GRID.all_tasks()
    found = contexts.heads_of(learner, tasks)
    trial = play_trial(contexts.GRID, tasks, learner.agent(), generator(contexts.PLAYING_SEED))
    network = learner.network
    maps, paid = network.attention(learner.parameters(), trial), (trial.reward > 0).flatten(1)  # type: ignore[attr-defined]
    rows = (paid.cumsum(1) > 0).sum(1)
    share = find("13.attention_on_paid").reference
    for layer in range(2):
        for head in range(2):
            each = torch.stack([share(maps[layer, i, head], paid[i]) for i in range(len(paid))])
            assert abs(found["on_paid"][layer][head] - ((each * rows).sum() / rows.sum()).item()) < 1e-3
    assert len({x for row in found["without"] for x in row}) > 1
