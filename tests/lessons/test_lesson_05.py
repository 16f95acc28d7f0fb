"""Notebook 05: each claim in words stands here as a number. (Those about the program and its repair are, most of them, in tests/meta.)"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.func import vmap

from dremeta_lite.compare.tables import recorded
from dremeta_lite.exercises.lesson_05.mean_and_error import mean_and_error
from dremeta_lite.exercises.lesson_05.transfer_gap import transfer_gap
from dremeta_lite.inner.specialists import Specialists, transfer_matrix
from dremeta_lite.lab.playground import pretrained
from dremeta_lite.lab.views.navigation import showcase
from dremeta_lite.learner import generator
from dremeta_lite.meta import Pooled, fine_tuning, repair, source_program
from dremeta_lite.meta.evaluation import Adaptation, adapt_to, standing_still
from dremeta_lite.meta.repair import random_play
from dremeta_lite.networks import Params, stack
from dremeta_lite.rollout import collect
from dremeta_lite.tasks import GridTask, GridWorld, MirroredNavigation2D, Navigation2D
from dremeta_lite.tasks.family import pick

pytestmark = pytest.mark.claims
CORRIDOR = GridWorld("...S...", observe="one_hot")
GOALS = GridTask(CORRIDOR.goal_cells, torch.zeros(6))


@pytest.fixture
def agents() -> dict[str, Any]:
    return recorded()["agents"]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_transfer_matrix_of_the_panel(seed: int) -> None:
    """Measured over seeds 0 to 3: own -2.6 to -3.6, others -64.1 to -66.4; and neighbours on the map suffer less than opposites.
    "Within some 30 iterations to about -3": -3.3 and -3.6 after 30 with seeds 0 and 1."""
    family = Navigation2D()
    five = showcase(family, 5)
    learner = Specialists(family, five, seed, learning_rate=0.01)
    for _ in range(30):
        learner.step()
    assert transfer_gap(transfer_matrix(family, five, learner.policy, learner.theta, trajectories=40))[0] > -5
    for _ in range(10):
        learner.step()
    matrix = transfer_matrix(family, five, learner.policy, learner.theta, trajectories=40)
    own, others = transfer_gap(matrix)
    assert own > -5 and -70 < others < -60
    assert standing_still(family, five).mean() == pytest.approx(-42.5, abs=0.1)
    for i in range(5):
        near, far = (max(matrix[i, (i + d) % 5].item() for d in steps) for steps in ((1, 4), (2, 3)))
        assert near > far and min(matrix[i, (i + d) % 5] for d in (1, 4)) > far


def test_wandering_about_beats_being_sure() -> None:
    """Random play in the corridor, against a policy that always goes to one side: (0.92 + 0.96 + 1 - 3 · 2) / 6 = -0.52."""
    returns = random_play(CORRIDOR, GOALS, 2000, generator(1)).reward.sum(-1)
    assert -0.2 < returns.mean() < -0.1


def test_the_recording_under_tensorflow_is_the_one_that_the_text_describes() -> None:
    """ "2.21, with Keras 3.15", and 1.2 GB in 100 steps of the idle tape (12.1 MB a step)."""
    path = Path(__file__).parents[2] / "data" / "source_program" / "golden.json"
    golden = json.loads(path.read_text(encoding="utf-8"))
    assert golden["origin"]["tensorflow"].startswith("2.21.") and golden["origin"]["keras"].startswith("3.15.")
    assert 100 * golden["tape_megabytes_a_step"] == pytest.approx(1200, abs=50)


def test_using_the_action_is_better_than_as_it_is_and_worse_than_random_play() -> None:
    """ "Better than as it is, and still worse than random play: the agent arrives where the goal is next to the start." As the notebook's
    cells compute it. Measured: as it is -1.50, with the action -0.51, random play -0.18. (With first weights 1 and 2 the order is the
    same, -2.00 and -1.00, -1.51 and -0.51; with 3 luck puts the action at -0.01.)"""
    network, play = source_program.MetaNetwork(7, 4, generator(0), width=32), random_play(CORRIDOR, GOALS, 20, generator(1))
    theta, ends = repair.parameters_of(network), []
    for i in range(6):
        one = source_program.MetaNetwork(7, 4, generator(0), width=32)
        source_program.train_meta_network(one, repair.as_program_tasks(pick(play, i)), source_program.SGD(0.1), num_iterations=1)
        ends.append(repair.parameters_of(one))
    action = vmap(lambda p, y: repair.adapt_q(network, theta, p, y, 1.0, 100))(play, play.reward)
    as_it_is = {name: torch.stack([end[name] for end in ends]) for name in theta}
    first, second = (repair.greedy_return(CORRIDOR, GOALS, network, phi) for phi in (as_it_is, action))
    assert first.mean() < second.mean() - 0.3 and second.mean() < play.reward.sum(-1).mean() - 0.1
    assert (second[(GOALS.goal - 3).abs() == 1] == 1).all()


@pytest.mark.parametrize(("seed", "pooled_return"), [(0, 0.72), (1, 0.91), (2, 0.96)])
def test_three_first_weights_of_the_corridor(seed: int, pooled_return: float) -> None:
    """The returns of three seeds with α = 0.3 (means over 120 supports, of which one that fails costs 0.025), and the order of the losses.

    Measured: pooled as above, meta-learned 0.96, 0.96, 0.94. Losses on the query with α = 0.3, in the order random, pooled, meta-learned:
    0.070, 0.051, 0.037; 0.056, 0.050, 0.037; 0.066, 0.051, 0.041. With α = 1:
    0.054, 0.044, 0.093; 0.045, 0.042, 0.200; 0.055, 0.045, 0.047.
    """
    network = source_program.MetaNetwork(7, 4, generator(seed), width=32)
    theta = repair.parameters_of(network)
    starts = {
        "random": theta,
        "pooled": repair.learn_start(CORRIDOR, GOALS, theta, lambda p, s, q: repair.shared_loss(network, p, s, q, 0.8), iterations=60),
        "meta": repair.learn_start(CORRIDOR, GOALS, theta, lambda p, s, q: repair.meta_loss(network, p, s, q, 0.3, 0.8), iterations=60),
    }
    often = GridTask(GOALS.goal.repeat(20), GOALS.slip.repeat(20))
    support, query = (random_play(CORRIDOR, often, 10, generator(s)) for s in (5, 6))

    def one_step(start: Params, alpha: float) -> tuple[float, float]:
        phi = vmap(lambda p, y: repair.adapt_q(network, start, p, y, alpha))(support, support.returns_to_go(0.8))
        loss = vmap(lambda f, p: repair.q_loss(network, f, p, p.returns_to_go(0.8)))(phi, query).mean()
        return repair.greedy_return(CORRIDOR, often, network, phi).mean().item(), loss.item()

    found = {alpha: {name: one_step(start, alpha) for name, start in starts.items()} for alpha in (0.3, 1.0)}
    assert found[0.3]["pooled"][0] == pytest.approx(pooled_return, abs=0.2), found
    assert found[0.3]["meta"][0] > 0.9 and found[0.3]["random"][0] < 0, found
    assert found[0.3]["meta"][1] < found[0.3]["pooled"][1] < found[0.3]["random"][1], found
    assert found[1.0]["pooled"][0] > 0.9, found  # with α = 1 the pooled start acts as well as the best
    losses = {name: loss for name, (_, loss) in found[1.0].items()}
    if seed < 2:
        assert losses["meta"] > max(losses["pooled"], losses["random"]), losses
    else:
        assert losses["meta"] == pytest.approx(losses["pooled"], rel=0.2) and losses["meta"] < losses["random"], losses


def look(learner: Pooled, alpha: float, steps: int) -> Adaptation:
    tasks = learner.family.held_out_tasks(100)
    return adapt_to(learner.family, tasks, learner.policy, learner.theta, inner_lr=alpha, steps=steps, trajectories=20, seed=1)


def jump(adaptation: Adaptation) -> float:
    """How far the first step goes: the mean over tasks of |φ - θ|."""
    first, second = adaptation.params[:2]
    return torch.cat([(second[name] - first[name]).flatten(1) for name in first], dim=1).norm(dim=1).mean().item()


@pytest.mark.slow
def test_the_longer_pooled_training_lasts_the_worse_for_the_same_step() -> None:
    """What is said below the panel, with its seed 0 (and α = 0.3). Measured after 50, 300, 600 iterations: after one step -12.2, -19.9,
    -46.2; the standard deviation falls from 0.61 to 0.50, 0.19 and 0.09; before adaptation the return is -38.4, -38.2, -38.3. After 600
    α = 0.1 returns -16.3. (Seed 1: -12.5, -19.8, -233.9: how far it falls in the end is chance, so only "much further" is asserted.
    tests/meta/test_fine_tuning.py has 300 iterations of three seeds.)"""
    learner = Pooled(Navigation2D(), 0)
    assert learner.policy.std(learner.theta).mean().item() == pytest.approx(0.6, abs=0.02)
    found, std, length = {}, {}, {}
    for iteration in range(1, 601):
        numbers = learner.step()
        if iteration in (50, 300, 600):
            adaptation = look(learner, 0.3, 1)
            found[iteration], std[iteration], length[iteration] = adaptation.returns().mean(1).tolist(), numbers["std"], jump(adaptation)
    print(found, std, length)
    assert found[50][1] == pytest.approx(-12, abs=1.5) and found[300][1] == pytest.approx(-19, abs=3), found
    assert found[600][1] < found[300][1] - 8, found
    assert all(before == pytest.approx(-38, abs=1.5) for before, _ in found.values()), found
    assert std[600] < 0.15 and length[50] < length[300] < length[600], (std, length)
    smaller = look(learner, 0.1, 1).returns().mean(1)[1]
    assert smaller > found[600][1] + 8 and smaller == pytest.approx(-16, abs=5), smaller


@pytest.mark.slow
def test_live_pooled_training_on_mirrored_tasks_ends_half_way() -> None:
    """The second panel, with its seed 0, α = 0.03 and K = 3. Measured after 600 iterations: before -40.3, after three steps -20.1; after
    300 -42.1 and -26.4. The five recorded seeds, whose stop and α were searched: -19.2 to -20.1."""
    learner = Pooled(MirroredNavigation2D(), 0)
    for _ in range(600):
        learner.step()
    returns = look(learner, 0.03, 3).returns().mean(1)
    assert returns[0] == pytest.approx(-40, abs=2) and returns[3] == pytest.approx(-20, abs=2), returns


def test_how_long_each_was_trained_and_which_alpha_suits(agents: dict[str, Any]) -> None:
    """ "With the α that suits it (0.03)", "100 iterations in both; pooled training had up to 600", "measured with five seeds"."""
    mirrored = recorded("MirroredNavigation2D")["agents"]
    for table in (agents, mirrored):
        assert set(table["maml"]["iterations"]) == {100} and set(table["pooled_plain"]["iterations"]) == {600}
        assert {len(agent["seeds"]) for agent in table.values()} == ({5} if table is agents else {5, 15})
        assert all(0 < stop <= 600 for name in ("pooled", "pooled_three") for stop in table[name]["iterations"])
    assert agents["pooled_plain"]["inner_lr"] == agents["maml"]["inner_lr"] == [0.5] * 5
    assert mirrored["pooled"]["iterations"] == [600] * 5 and sorted(mirrored["pooled"]["inner_lr"])[2] == pytest.approx(0.03, abs=0.005)
    assert fine_tuning.LOOK_EVERY == 5
    assert Navigation2D().horizon == MirroredNavigation2D().horizon == 100


def test_tuned_pooled_training_ties_on_navigation(agents: dict[str, Any]) -> None:
    assert agents["pooled"]["mean"][1] > agents["maml"]["mean"][1] - 1
    assert agents["pooled_three"]["mean"][3] == pytest.approx(agents["maml"]["mean"][3], abs=0.3)
    assert agents["pooled_plain"]["mean"][1] < -200


def test_where_tasks_disagree_pooled_training_is_stuck_half_way() -> None:
    mirrored = recorded("MirroredNavigation2D")["agents"]
    for name in ("pooled", "pooled_three"):
        assert -21 < mirrored[name]["mean"][3] < -18
    before = [seed[0] for seed in mirrored["maml"]["seeds"]]
    assert len(before) == 15 and [round(x) for x in (min(before), max(before), sum(before) / 15)] == [-160, -68, -89]
    assert round(mirrored["maml"]["mean"][3]) == -7
    assert mirrored["pooled"]["mean"][1] > mirrored["maml"]["mean"][1]


def test_pooled_training_on_mirrored_tasks_has_learned_to_stand_still() -> None:
    family = MirroredNavigation2D()
    policy, theta = pretrained("pooled", family)
    tasks = family.held_out_tasks(20)
    walks = collect(family, tasks, policy, stack(theta, 20), 1, generator(0), noise=0.0)
    assert walks.observation.norm(dim=-1).mean() < 0.1  # plane units, over 100 steps of at most 0.14


def test_the_gap_is_many_times_its_error() -> None:
    """Measured: MAML -4.9 ± 0.27, pooled -19.9 ± 0.54. Taking episodes for tasks makes the error four to five times too small."""
    family = MirroredNavigation2D()
    tasks, found = family.held_out_tasks(100), {}
    for name in ("maml", "pooled"):
        policy, theta = pretrained(name, family)
        alpha = recorded(family.name)["agents"][name]["inner_lr"][0]
        returns = adapt_to(family, tasks, policy, theta, inner_lr=alpha, steps=3, trajectories=40, seed=1).trajectories[-1].returns()
        mean, error = mean_and_error(returns)
        found[name] = (mean.item(), error.item())
        assert error > 3 * returns.std() / returns.numel() ** 0.5
    gap = found["maml"][0] - found["pooled"][0]
    assert gap > 10 * (found["maml"][1] + found["pooled"][1])
