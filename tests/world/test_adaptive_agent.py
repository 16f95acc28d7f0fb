"""The agents that adapt while they act: what they remember, and the motor that is reversed under them."""

from typing import Any, cast

import pytest
import torch

from dremeta_lite.learner import generator
from dremeta_lite.tasks import Pendulum
from dremeta_lite.tasks.family import pick
from dremeta_lite.world.adaptive_agent import SEARCH, AdaptiveAgents, Swinging, Way, act_adaptively
from dremeta_lite.world.hidden_pendulum import first, known_form, wander
from dremeta_lite.world.model_learner import Transitions
from dremeta_lite.world.planning import Model, act_by_planning, true_model

HANGING = Pendulum("hanging")
TASKS = HANGING.held_out_tasks(3)


def test_with_the_true_model_it_is_planning_as_before() -> None:
    task, search = pick(TASKS, 1), cast(Any, SEARCH)
    _, rewards = act_by_planning(HANGING, true_model(HANGING, task), 2, generator(5), steps=12, task=task, **search)
    two = type(task)(*(x.expand(2) for x in task))
    torch.testing.assert_close(act_adaptively(HANGING, two, Way(None), generator(5), steps=12), rewards)


def test_it_is_given_the_latest_transitions_and_no_others() -> None:
    given: list[Transitions] = []

    def spy(seen: Transitions) -> Model:
        given.append(seen)
        return known_form(HANGING)(seen)

    act_adaptively(HANGING, TASKS, Way(spy), generator(0), steps=7, window=3)
    assert [seen.state.shape[1] for seen in given] == [0, 1, 2, 3, 3, 3, 3]
    everything = len(given)
    act_adaptively(HANGING, TASKS, Way(spy, forgets=False), generator(0), steps=7, window=3)
    assert [seen.state.shape[1] for seen in given[everything:]] == list(range(7))
    last = given[everything - 1]
    torch.testing.assert_close(last.state[:, 1:], last.next_state[:, :-1])
    told = first(wander(HANGING, TASKS, 8, generator(1)), 8)
    act_adaptively(HANGING, TASKS, Way(spy), generator(0), steps=3, told=told)
    assert len(given) == 15 and given[-1] is told, "once, and to what it was told"


def test_the_reversed_motor_moves_the_world_and_not_the_memory() -> None:
    agents = AdaptiveAgents(HANGING, {"all": Way(known_form(HANGING), forgets=False)}, task=HANGING.default_params, window=4)
    for _ in range(3):
        agents.step()
    agents.hyper.reversed_motor = True
    for _ in range(2):
        agents.step()
    seen = agents.swinging["all"].seen(None)
    mirrored = HANGING.default_params._replace(gain=torch.tensor(-1.0))
    for step, task in enumerate([HANGING.default_params] * 3 + [mirrored] * 2):
        torch.testing.assert_close(HANGING.transition(seen.state[0, step], seen.action[0, step], None, task), seen.next_state[0, step])


def test_all_ways_draw_the_same_plans_and_begin_again_together() -> None:
    agents = AdaptiveAgents(Pendulum("hanging"), {"one": Way(None), "two": Way(None)})
    agents.family.horizon = 4
    agents.begin_again()
    rows = [agents.step() for _ in range(5)]
    assert all(row["angle one"] == row["angle two"] for row in rows) and [row["time"] for row in rows] == [1, 2, 3, 4, 1]
    assert rows[3]["return one"] == pytest.approx(sum(row["reward one"] for row in rows[:4]))
    assert rows[0]["error one"] == 0.0


def test_a_fresh_episode_remembers_nothing() -> None:
    swinging = Swinging(HANGING, TASKS)
    assert swinging.seen(None).state.shape == (3, 0, 2) and swinging.path[:, 0, 0].eq(torch.pi).all()


def test_a_rod_that_becomes_another_is_told_to_nobody_but_the_true_model() -> None:
    agents = AdaptiveAgents(HANGING, {"told": Way(None), "all": Way(known_form(HANGING), forgets=False)}, task=pick(TASKS, 0))
    for _ in range(8):
        before = agents.step()
    agents.hyper.rod = 0.5
    after, seen = agents.step(), agents.swinging["all"].seen(None)
    short = pick(TASKS, 0)._replace(length=0.5 * TASKS.length[0])
    torch.testing.assert_close(HANGING.transition(seen.state[0, -1], seen.action[0, -1], None, short), seen.next_state[0, -1])
    assert before["error told"] == after["error told"] == 0 and before["error all"] < 1e-3 < 1e-2 < after["error all"]


def test_a_shorter_rod_does_little_harm_where_a_reversed_motor_does_much() -> None:
    """Poles that stand after 100 steps, with everything remembered: what 40 more steps cost. A pole that hangs costs 10 a step; in ten
    pendulums a shorter rod cost 0 to 5, and a reversed motor 163 to 305."""
    lost: dict[str, list[float]] = {"rod": [], "reversed_motor": []}
    for change, value in (("rod", 0.5), ("reversed_motor", True)):
        for i in range(3):
            agents = AdaptiveAgents(HANGING, {"all": Way(known_form(HANGING), forgets=False)}, task=pick(HANGING.held_out_tasks(10), i))
            rows = [agents.step() for _ in range(100)]
            agents.hyper.change(**{change: value})
            cost = -sum(agents.step()["reward all"] for _ in range(40))
            if rows[-1]["reward all"] > -0.1:
                lost[change].append(cost)
    assert min(map(len, lost.values())) >= 2 and max(lost["rod"]) < 30 and min(lost["reversed_motor"]) > 100, lost
