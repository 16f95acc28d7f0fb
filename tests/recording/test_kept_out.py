"""Hidden goals kept out of training: which they are, what was recorded, and what notebook 10 says of it."""

import torch

from dremeta_lite.compare import tables
from dremeta_lite.learner import generator
from dremeta_lite.recording import kept_out
from dremeta_lite.tasks import HiddenGoal


def test_the_goals_kept_out_are_never_drawn_and_differ_from_seed_to_seed() -> None:
    every = set(HiddenGoal().goal_cells.tolist())
    found = []
    for seed in range(kept_out.SEEDS):
        family, out = kept_out.without(seed)
        drawn = set(family.sample_tasks(2000, generator(9)).goal.tolist())
        assert drawn == every - set(out.tolist()) and len(out) == kept_out.KEPT_OUT
        found.append(out)
    assert not torch.equal(found[0], found[1]) and len(HiddenGoal().goal_cells) == 21, "the family itself stays as it is"


def test_what_was_recorded_belongs_to_these_goals() -> None:
    data = tables.recorded("goals kept out")
    assert data["learners"].keys() == {*kept_out.LEARNERS, "best"}
    for row in data["learners"].values():
        assert [run["seed"] for run in row["runs"]] == list(range(kept_out.SEEDS))
        for run in row["runs"]:
            assert run["out"] == kept_out.without(run["seed"])[1].tolist() and len(run["met"]) == len(run["new"]) == 4
    text = tables.show_kept_out()
    assert all(f"| {row['title']} | " in text for row in data["learners"].values()) and "5 of the 21 goals" in text


def test_rl2_has_learned_the_goals_that_it_was_trained_on_and_no_others() -> None:
    """Notebook 10: with these it is as good as optimal; with the five kept out it returns next to nothing, in each seed."""
    rows = tables.recorded("goals kept out")["learners"]
    for run, best in zip(rows["rl2"]["runs"], rows["best"]["runs"], strict=True):
        assert abs(sum(run["met"]) - sum(best["met"])) < 2
        assert sum(run["new"]) < 5 < 30 < sum(best["new"])
        assert min(run["new"]) > -1.5, "an episode that is never paid returns -1.5"
