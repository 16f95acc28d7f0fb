"""A random MDP from near: counts are counted, and the picture shows them."""

import torch

from dremeta_lite.agents.tabular_model import RandomAction
from dremeta_lite.lab.views.random_world import visits, world_picture
from dremeta_lite.tasks import RandomMDP
from dremeta_lite.trials import play_trial
from tests.conftest import seeded


def test_visits_are_counted_pair_by_pair() -> None:
    family = RandomMDP(4, 3, episodes=2)
    tasks = family.held_out_tasks(2)
    trial = play_trial(family, tasks, RandomAction(family), seeded(0))
    counts = visits(trial, family)
    by_hand = torch.zeros(2, 4, 3, dtype=torch.long)
    for task in range(2):
        for state, action in zip(trial.observation[task].flatten().tolist(), trial.action[task].flatten().tolist(), strict=True):
            by_hand[task, state, action] += 1
    assert torch.equal(counts, by_hand) and (counts.sum((1, 2)) == 20).all()


def test_the_picture_has_every_number() -> None:
    family = RandomMDP(4, 3, episodes=2)
    tasks = family.held_out_tasks(2)
    counts = torch.tensor([[5, 0, 0], [1, 2, 0], [0, 0, 7], [0, 0, 0]])
    figure = world_picture(tasks, {"A": counts}, 1)
    paying, tried = figure.axes
    assert [text.get_text() for text in tried.texts] == ["5", "", "", "1", "2", "", "", "", "7", "", "", ""]
    assert paying.texts[0].get_text() == f"{tasks.reward[1, 0, 0].item():.1f}"
    assert tried.get_title(loc="left") == "How often A tried it"
