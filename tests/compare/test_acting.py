"""Trained agents at work: the motor is reversed under them, and what they remember stays."""

import pytest
import torch

from dremeta_lite.agents.linear_quadratic import LinearQuadratic
from dremeta_lite.agents.yardsticks import Oracle, StandingStill
from dremeta_lite.compare.acting import Acting, ArmHyper, PoleHyper, Reaching
from dremeta_lite.meta import RL2
from dremeta_lite.tasks import MiswiredArm, PoleOnCart

FAMILY = PoleOnCart()


def agents() -> dict:
    small = RL2(FAMILY, memory=4, hidden=(4,), trials=2)
    return {"told": LinearQuadratic(FAMILY, PoleHyper().task()), "still": StandingStill(FAMILY), "memory": small.agent(greedy=True)}


def test_an_iteration_is_a_step_of_each_world() -> None:
    acting = Acting(FAMILY, agents(), seed=3)
    before, action = acting.worlds["still"].state.clone(), torch.zeros(1, 1)
    row = acting.step()
    torch.testing.assert_close(acting.worlds["still"].state, FAMILY.transition(before, action, None, acting.hyper.task()))
    assert row["env_steps"] == 3 and row["tilt still"] == acting.worlds["still"].state[0, 2].item()


def test_only_who_is_told_holds_the_pole_when_the_motor_is_reversed() -> None:
    acting = Acting(FAMILY, agents())
    for _ in range(30):
        acting.step()
    acting.hyper.reversed_motor = True
    assert acting.hyper.task().gain.item() == -1
    for _ in range(170):
        acting.step()
    assert acting.falls["told"] == 0 and acting.falls["still"] >= 3
    assert acting.falls["still"] == pytest.approx(sum(acting.falls.values()) - acting.falls["memory"])


def test_the_memory_is_not_wiped_and_nothing_is_hoarded() -> None:
    acting = Acting(FAMILY, agents())
    memories = []
    for _ in range(3):
        acting.step()
        memories.append(acting.agents["memory"].memory.clone())  # type: ignore[attr-defined]
    assert not torch.equal(memories[1], memories[2]) and not acting.agents["memory"].kept  # type: ignore[attr-defined]


def test_it_goes_on_where_it_stopped() -> None:
    acting, other = Acting(FAMILY, agents()), Acting(FAMILY, agents(), seed=9)
    for _ in range(4):
        acting.step()
    other.load_state_dict(acting.state_dict())
    assert acting.step() == other.step()


def test_the_hand_of_the_target_pose_is_at_the_target_or_as_near_as_it_can_reach() -> None:
    for x, y in ((0.3, -0.4), (-0.9, 0.2), (0.0, 0.7)):
        hand = MiswiredArm().hand(ArmHyper(target_x=x, target_y=y).pose())
        torch.testing.assert_close(hand, torch.tensor([x, y]))
    torch.testing.assert_close(MiswiredArm().hand(ArmHyper(target_x=0.9, target_y=0.9).pose()), torch.full((2,), 0.5**0.5))


def test_only_who_is_told_reaches_the_target_when_the_wires_are_crossed() -> None:
    family = MiswiredArm()
    reaching = Reaching(family, {"told": Oracle(family, ArmHyper().task()), "still": StandingStill(family)}, crossed=True, target_x=-0.6)
    rows = [reaching.step() for _ in range(60)]
    assert rows[-1]["away told"] < 0.05 < rows[-1]["away still"] == rows[0]["away still"]
    reaching.hyper.target_x, reaching.hyper.reversed_shoulder = 0.5, True
    assert reaching.step()["away told"] > 0.5 and reaching.hyper.task().wiring.tolist() == [[[0, -1], [1, 0]]]
    assert [reaching.step() for _ in range(60)][-1]["away told"] < 0.05
