"""RL² by PPO: pieces of trials give the memories that were played with, and the gradient is that of the objective."""

import math
from typing import Any

import pytest
import torch

from dremeta_lite.learner import generator
from dremeta_lite.meta import RL2, RL2PPO
from dremeta_lite.meta.rl2_ppo import Pieces
from dremeta_lite.meta.trial_learner import mean_over
from dremeta_lite.networks import detach
from dremeta_lite.tasks import Bandit, HiddenGoal, Navigation2D, PoleOnCart
from dremeta_lite.tasks.family import TaskFamily

FAMILIES = [HiddenGoal(3), PoleOnCart(), Bandit(3, 12)]


def small(family: TaskFamily, **options: Any) -> RL2PPO:
    settings: dict[str, Any] = {"memory": 5, "hidden": (4,), "trials": 6, "piece": 3, "privileged": True, "epochs": 2, "minibatches": 2}
    settings |= {"practice": min(12, family.horizon)} | options
    return RL2PPO(family, 0, **settings)


def cut(learner: RL2PPO) -> tuple[Pieces, torch.Tensor, torch.Tensor]:
    with torch.no_grad():
        trial, memory = learner.play(detach(learner.theta), learner.family.sample_tasks(6, learner.rng))
        usual = mean_over(trial.reward, trial.mask)
        return learner.cut(detach(learner.theta), trial, memory, usual), memory, usual


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_run_through_again_a_piece_has_the_memories_that_were_played_with(family: TaskFamily) -> None:
    learner = small(family)
    pieces, memory, usual = cut(learner)
    h = pieces.memory[:, 0]
    for t in range(3):
        torch.testing.assert_close(h, pieces.memory[:, t])
        h = learner.network.absorb(learner.theta, h, pieces.told[:, t], pieces.mask[:, t] > 0)
    assert torch.equal(pieces.memory.reshape(memory.shape[0], -1, 5), memory.flatten(1, 2))
    terms = learner.improve(learner.theta, pieces, usual)
    assert terms["objective"].item() == pytest.approx(
        (-learner.hyper.value_weight * terms["value_error"] - learner.hyper.task_weight * terms["task_surprise"]).item()
        + (learner.entropy_weight() * terms["entropy"]).item(),
        abs=1e-4,
    ), "as long as nothing has moved every ratio is 1, and advantages have mean 0"


@pytest.mark.parametrize("change", [-1e4, -200.0, 200.0, 1e4])
def test_a_policy_that_has_moved_beyond_all_measure_is_noticed_and_does_not_end_the_training(change: float) -> None:
    """Ratios of e^200 and e^-200 are no floats any more."""
    learner = small(PoleOnCart())
    pieces, _, usual = cut(learner)
    old = pieces.old_log_prob.clone()
    old[0] -= change
    terms = learner.improve(learner.theta, pieces._replace(old_log_prob=old), usual)
    assert terms["moved"] > learner.hyper.kl_limit and all(term.isfinite() for term in terms.values())
    gradient, _ = learner.gradient(terms["objective"])
    assert all(x.isfinite().all() for x in gradient.values())


def test_the_first_gradient_is_that_of_rl2_where_a_piece_is_a_whole_trial() -> None:
    """With a ratio of 1 the surrogate has the gradient of log π times the advantage: the same as RL²'s, parameter by parameter."""
    family = PoleOnCart()
    settings: dict[str, Any] = {"memory": 5, "hidden": (4,), "trials": 6, "practice": 9, "privileged": True, "encoding": "effects"}
    one, other = RL2(family, 3, **settings), RL2PPO(family, 3, piece=9, **settings)
    tasks = family.sample_tasks(6, generator(1))
    trial, memory = one.play(one.theta, tasks)
    expected, _ = one.gradient(one.objective(one.theta, tasks, trial, memory)["objective"])
    other.met = tasks
    with torch.no_grad():
        usual = mean_over(trial.reward, trial.mask)
        pieces = other.cut(detach(one.theta), trial, memory.detach(), usual)
    found, _ = other.gradient(other.improve(other.theta, pieces, usual)["objective"])
    for name in found:
        if not name.startswith("reward_"):
            torch.testing.assert_close(found[name], expected[name], atol=1e-5, rtol=1e-3, msg=name)


def test_the_critic_is_told_the_task_of_each_step_where_tasks_are_switched() -> None:
    learner = small(PoleOnCart(), switch=0.4, encoding="effects")
    pieces, _, _ = cut(learner)
    gain = learner.met.gain.flatten(1).reshape(-1, 3)
    assert torch.equal(pieces.task[..., 0], gain) and (gain[:, 1:] != gain[:, :-1]).any()


def test_a_piece_that_does_not_divide_the_trial_is_refused_and_so_is_a_transformer() -> None:
    with pytest.raises(ValueError, match="piece must divide the 12 steps of a trial, got 5"):
        small(Navigation2D(), piece=5, encoding="plain").step()
    with pytest.raises(ValueError, match="take RL2 for that"):
        small(HiddenGoal(3), core="transformer", memory=8).step()


def test_the_ratio_is_clipped_from_both_sides() -> None:
    learner = small(PoleOnCart(), encoding="effects", entropy_weight=0.0, value_weight=0.0, task_weight=0.0)
    pieces, _, usual = cut(learner)
    for shift, clipped in ((-5.0, 1.2), (5.0, 0.8)):
        moved = pieces._replace(
            old_log_prob=pieces.old_log_prob + shift, advantage=torch.full_like(pieces.advantage, -math.copysign(1, shift))
        )
        found = learner.improve(learner.theta, moved, usual)["objective"].item()
        assert found == pytest.approx(clipped * -math.copysign(1, shift), rel=1e-4)
