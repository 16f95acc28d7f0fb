"""What notebook 16 says of figures: those of the model, of what was recorded, and of waiting."""

from statistics import mean, median

import torch

from dremeta_lite.compare.scaling import (
    Costs,
    iteration_seconds,
    measured_costs,
    rllib_curves,
    show_rllib,
    show_scaling,
    tasks_per_second,
)
from dremeta_lite.compare.tables import recorded
from dremeta_lite.exercises.lesson_16.waiting_share import waiting_share


def test_the_model_is_the_formula() -> None:
    costs = Costs(task=0.01, share=0.02, call=0.001, driver=0.1)
    assert iteration_seconds(costs, 100, 1) == 0.1 + 0.001 + 0.02 + 1
    assert abs(iteration_seconds(costs, 100, 10) - (0.1 + 0.01 + 0.02 + 0.1)) < 1e-9
    assert abs(iteration_seconds(costs, 100, 2, shares=4) - (0.1 + 0.004 + 2 * 0.02 + 50 * 0.01)) < 1e-9
    slower = iteration_seconds(costs._replace(spread=0.1), 100, 10) - iteration_seconds(costs, 100, 10)
    assert abs(slower - 0.12 * 0.1 * 2.145966) < 1e-6


def test_the_bound_on_the_slowest_holds() -> None:
    """The mean of the largest of W normal numbers is below √(2 ln W), and not far below."""
    draws = torch.randn(20_000, 100, generator=torch.Generator().manual_seed(0))
    for n in (2, 10, 100):
        assert 0.45 < draws[:, :n].amax(1).mean() / (2 * torch.tensor(float(n)).log()).sqrt() < 1


def test_two_workers_are_more_than_one_and_a_half_times_as_fast_as_one_process() -> None:
    """Where a second processor is free; and the model, whose constants are measured one by one, is not far from whole iterations."""
    alone, *others = recorded("more workers")["rows"]
    for row in others:
        times = median(a / b for a, b in zip(alone["seconds"], row["seconds"], strict=True))
        assert (1.5 < times < 1.8) if row["workers"] == 2 else (0.8 < times < 1)
    table = show_scaling()
    assert len(table.rows) == 5
    assert all(0.85 < float(paper) / float(measured) < 1.25 for _, measured, _, _, paper in table.rows)


def test_a_thousand_workers_for_a_thousand_tasks() -> None:
    """Their messages take more than half as long as one worker would take for everything; a million tasks use them well."""
    costs = measured_costs("ray")
    assert 0.5 < 1000 * costs.call / (1000 * costs.task) < 1
    speeds = {n: tasks_per_second(costs, 1000, n) for n in (1, 20, 50, 100, 1000)}
    assert speeds[1] < speeds[20] < speeds[50] > speeds[100] > speeds[1000] and speeds[1000] < 2 * speeds[1]
    assert 0.4 < tasks_per_second(costs, 1e6, 1000) / tasks_per_second(costs, 1e6, 1) / 1000 < 0.65


def test_a_fifth_is_waited_by_a_hundred_and_half_with_one_at_half_speed() -> None:
    varying = 1 + 0.1 * torch.randn(200, 100, generator=torch.Generator().manual_seed(5))
    slow = varying.clone()
    slow[:, 0] *= 2
    assert 0.19 < waiting_share(varying) < 0.21 and 0.48 < waiting_share(slow) < 0.51


def test_rllib_beside_ours() -> None:
    """The same starts; a memory as good, for several times the CPU-seconds."""
    found = recorded("RLlib")
    starts = [torch.tensor([run["returns"] for run in found[f"maml {who}"]]).mean(0) for who in ("ours", "rllib")]
    assert (starts[0] - starts[1]).abs().max() < 1 and starts[0][1] < -9 and starts[0][2] > -5
    by_seed = torch.tensor([[run["returns"] for run in found[f"maml {who}"]] for who in ("ours", "rllib")])
    apart, seeds = (by_seed[0] - by_seed[1]).abs(), by_seed[0].amax(0) - by_seed[0].amin(0)
    assert (apart < 0.005).double().mean() > 0.5, "most of them agree to the second decimal"
    assert (apart <= seeds).all(), "and the others by less than two seeds do"
    curves, cost = rllib_curves()
    assert cost["RLlib"] > 5 * cost["ours"] and all(4.8 < curve[0] < 5.4 for curve in curves.values())
    assert all(6 < curve[-1] < 6.7 for curve in curves.values())
    ends = [[mean(run["curve"][-3:]) for run in found[f"memory {who}"]] for who in ("ours", "rllib")]
    assert abs(mean(ends[0]) - mean(ends[1])) < min(max(end) - min(end) for end in ends), "less than their seeds do"
    assert all(a > b + 0.1 for a, b in zip(curves["ours"][5:11], curves["RLlib"][5:11], strict=True)), "ours is ahead in the middle"
    assert len(found["origin"]["tries"]["mean of the last three iterations"]) == 6, "three step sizes each"
    assert found["origin"]["trials"] * 10 == 10_240 and len(show_rllib().rows) == 2
