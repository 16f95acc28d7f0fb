"""What notebook 03 says it has measured. (The cliff, the forgotten mask and the exact values are in tests/inner.) Tables are moved in
float64, number by number: a seed gives the same table on every processor, bit for bit. Networks are another matter."""

from typing import Any

import pytest
import torch

from dremeta_lite.compare import tables
from dremeta_lite.inner.dqn import DQN
from dremeta_lite.inner.q_learning import QLearning, agreement, best_return
from dremeta_lite.lab.views.learning import cart_yardsticks
from dremeta_lite.lab.views.q_values import all_cells
from dremeta_lite.learner import generator
from dremeta_lite.recording import toggles
from dremeta_lite.rollout import Stream, play_out
from dremeta_lite.tasks.cartpole import CartPole
from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.world.tabular import terminal_states, value_iteration

GRID = GridWorld()


def train(seed: int, iterations: int, **hyper: Any) -> tuple[QLearning, list[dict[str, float]]]:
    learner = QLearning(GRID, seed, **hyper)
    return learner, [dict(learner.step()) for _ in range(iterations)]


def mean(rows: list[dict[str, float]]) -> float:
    return sum(row["greedy_return"] for row in rows) / len(rows)


def test_the_shortest_way_is_known_long_before_the_values() -> None:
    """Reveal of section 3, 1. Measured with seeds 0 to 2: greedy return 0.71 to 0.72 after 40 iterations, -2 after 20; from iteration 40
    to 150 the mean error falls from 0.50 to 0.51 to 0.27 to 0.31, the largest from 0.93 to 0.96 to 0.90 to 0.93. Here seed 0."""
    learner, rows = train(0, 150)
    assert rows[19]["greedy_return"] < -1.5
    assert rows[44]["greedy_return"] == pytest.approx(0.72, abs=0.05)
    assert rows[149]["mean_error"] < 0.75 * rows[44]["mean_error"]
    assert rows[149]["error"] > 0.9 * rows[44]["error"]
    worst = (learner.Q - learner.exact).abs().masked_fill(~learner.playable[None, :, None], 0).amax(-1)
    visits = learner.visits.sum(-1)
    for run in range(learner.runs):  # where the error is largest, hardly anybody goes
        assert visits[run, worst[run].argmax()] < visits[run, learner.playable].median()


def test_without_exploring_as_soon_and_by_chance_alone_late() -> None:
    """Reveal of section 3, 2. Measured with seeds 0 to 2: ε = 0 has 0.70 to 0.72 after 40 iterations, ε = 1 has 0.45, 0.18 and -0.10
    after 150. Here one seed of each."""
    assert train(0, 45, exploration=0.0)[1][-1]["greedy_return"] > 0.65
    assert -1 < train(0, 150, exploration=1.0)[1][-1]["greedy_return"] < 0.65


def test_a_wall_is_walked_around_and_the_way_that_opens_is_not_found() -> None:
    """Reveal of section 3, 6. Measured with seeds 0 to 3: 0.64 within 80 iterations of the wall, and still 0.64 in each of 400 iterations
    after it is gone; with ε = 1 it takes 50 to 100 until 0.71 or more. Here seed 0; as this table is float64 number by number, another
    processor gives the same."""
    world = GridWorld()
    learner = QLearning(world, 0)
    train = lambda iterations: [learner.step()["greedy_return"] for _ in range(iterations)]
    assert train(60)[-1] == pytest.approx(0.72, abs=0.05)
    world.build(2, "#")
    blocked = train(90)
    assert blocked[0] < -1 and blocked[-1] == pytest.approx(1 - 9 * 0.04, abs=1e-6)
    world.build(2, ".")
    assert train(100)[-1] == pytest.approx(1 - 9 * 0.04, abs=1e-6)
    learner.hyper.exploration = 1.0
    assert train(110)[-1] > 0.69


def test_a_table_of_minus_ones_never_finds_the_goal_without_exploring() -> None:
    """Reveal of section 3, 3: 50 steps of -0.04 are -2."""
    assert train(0, 60, exploration=0.0, initial=-1.0)[1][-1]["greedy_return"] == pytest.approx(-2, abs=1e-6)


def test_with_no_future_the_arrows_know_one_step() -> None:
    """Reveal of section 3, 4. With α = 1 and everything visited often, so that what is learned is what there is to be known."""
    assert train(0, 60, discount=0.0)[1][-1]["greedy_return"] == pytest.approx(-2, abs=1e-6)
    learner, _ = train(0, 5, discount=0.0, learning_rate=1.0, exploration=1.0, random_starts=True, steps=500)
    goal, pit = GRID.neighbours == learner.goal, GRID.pits[GRID.neighbours]
    Q, playable = learner.Q[0], learner.playable[:, None].expand_as(goal)
    for where, worth in ((goal, 1.0), (pit, -1.0), (~goal & ~pit, -0.04)):
        assert (Q[where & playable] - worth).abs().max() < 1e-6


def test_on_slippery_ground_the_last_step_is_not_to_be_believed() -> None:
    """Reveal of section 3, 5. Means over iterations 101 to 150 with seeds 0 to 2: -1.08, -0.95 and -0.86 with α = 0.5; -1.44, -1.57 and
    -1.59 with α = 1. Here seed 0, with room of about twice the spread between the seeds."""
    half, whole = (mean(train(0, 150, slip=0.3, learning_rate=rate)[1][100:]) for rate in (0.5, 1.0))
    assert -1.25 < half < -0.7 and -1.75 < whole < -1.3


def test_the_forgotten_mask_lifts_the_pits() -> None:
    """Reveal of "The forgotten mask": with ones, a fall seems to be worth -1 + γ = -0.05 and the goal 1 + γ, and yet the way to the goal
    is found. More steps cure the rest of the error with the mask, and not without it."""
    settings: dict[str, Any] = {"learning_rate": 1.0, "exploration": 0.5, "random_starts": True, "steps": 500}
    learner, rows = train(0, 8, termination_mask=False, initial=1.0, **settings)
    goal, pit = GRID.neighbours == learner.goal, GRID.pits[GRID.neighbours]
    playable = learner.playable[:, None].expand_as(goal)
    assert (learner.Q[0][goal & playable] - 1.95).abs().max() < 1e-5
    assert (learner.Q[0][pit & playable] + 0.05).abs().max() < 1e-5
    assert rows[-1]["mean_error"] > 0.7 and rows[-1]["greedy_return"] == pytest.approx(0.72)
    masked = train(0, 8, **settings)[1]
    assert masked[-1]["mean_error"] < 0.3 * masked[3]["mean_error"]


def test_whoever_knows_the_edge_keeps_to_it() -> None:
    """Reveal of the cliff. Measured with seed 0: 0.49 after 60 iterations off-policy, and again 0.49 (the edge; a detour has 0.44) when
    another 40 on-policy have followed, against 0.44 after 50 iterations that are on-policy from the start."""
    cliff = GridWorld("............ ............ ............ SxxxxxxxxxxG")
    learner, last = QLearning(cliff, 0, exploration=0.1, discount=0.99, steps=50), {"greedy_return": 0.0}
    for iteration in range(100):
        learner.hyper.on_policy = iteration >= 60
        last = learner.step()
    assert last["greedy_return"] > 0.47


def test_the_settings_of_dqn() -> None:
    """Section 6: sixteen carts, ε from 1 to 0.3 over 80 iterations, 50 000 transitions; a random cart falls after 22 steps."""
    learner = DQN(CartPole())
    assert (learner.agents, learner.hyper.exploration, learner.hyper.explore_for, learner.memory.capacity) == (16, 0.3, 80, 50_000)
    assert (toggles.JUDGED, toggles.JUDGE_EVERY) == (20, 5)
    assert cart_yardsticks(CartPole())["random policy"] == pytest.approx(22, abs=1)


def test_the_sentences_about_the_recorded_table() -> None:
    """Reveal of section 6, from `data/lesson03/dqn_toggles.json`."""
    data = tables.recorded("DQN without its parts")
    assert set(data["settings"]) == set(toggles.SETTINGS) and data["origin"]["seeds"] == [0, 1, 2]
    runs = {setting: found["runs"] for setting, found in data["settings"].items()}
    for setting, rows in runs.items():
        returns = ", ".join(f"{run['return']:.0f}" for run in rows)
        assert f"| {setting} | {returns} |" in tables.show_toggles()
        for run in rows:
            assert run["return"] == pytest.approx(sum(run["curve"][-10:]) / 10, abs=0.06) and len(run["curve"]) == 20
    for run in runs["everything on"]:
        curve = run["curve"]
        first = next(i for i, value in enumerate(curve) if value >= 475)
        assert 45 <= 5 * first + 1 <= 70 and min(curve[first:]) < 475  # it gets there, and does not stay without dips
        assert run["largest"] > 100
    for run in runs["no termination mask"]:
        assert set(run["curve"][-10:]) == {9.3} and run["largest"] > 200_000
    for run in runs["no target network"]:
        assert 550 < run["largest"] < 850 and run["return"] > 370
    for run in runs["no replay"]:
        assert run["return"] < min(other["return"] for other in runs["everything on"]) and run["largest"] < 100
    assert sum(max(run["curve"]) >= 475 and run["curve"][-1] < 475 for run in runs["no replay"]) == 2
    doubled, plain = ([run["return"] for run in runs[setting]] for setting in ("everything on", "no double"))
    assert min(plain) < max(doubled) and min(doubled) < max(plain)  # the seeds overlap


def test_the_recorded_table_can_be_measured_again() -> None:
    """Seed 0 of one row (tests/inner has the mask). The same versions on the same kind of machine give the very numbers; others round
    otherwise, and training magnifies that: the bounds are four times as wide as the spread over the seeds (375 to 478, and 584 to 842), so
    that other kernels, like other seeds, stay within them."""
    found, recorded = (
        toggles.measure("no target network", 0),
        tables.recorded("DQN without its parts")["settings"]["no target network"]["runs"][0],
    )
    assert recorded["largest"] / 2.5 < found["largest"] < recorded["largest"] * 2.5
    assert 200 < found["return"] <= 500


def test_how_episodes_end() -> None:
    """Reveal of the panel "cart". Measured with seeds 0 to 2, 50 episodes each: after 10 iterations the pole falls in all of them; after
    20, 30 and 40 none falls, and 47 to 50 carts leave the track, after 230 to 300 steps on average (seed 0: 281, 298, 291)."""
    cart, learner = CartPole(), DQN(CartPole(), 0)
    for iterations in (10, 20, 30, 40):
        while learner.iteration < iterations:
            learner.step()
        play = play_out(cart, learner.task, learner.greedy, 50, generator(1))
        length = play.mask.sum(1).long()
        final = play.next_observation[torch.arange(50), length - 1]
        fallen, gone = final[:, 2].abs() > cart.tilt, final[:, 0].abs() > cart.track
        if iterations == 10:
            assert fallen.sum() >= 48 and length.float().mean() < 22
        elif iterations in (20, 40):
            assert gone.sum() >= 40 and fallen.sum() <= 5
            assert 180 < length[gone].float().mean() < 350


FROM_PIXELS: dict[str, Any] = {
    "learning_rate": 1e-3,
    "discount": 0.9,
    "exploration": 0.5,
    "explore_for": 30,
    "batch": 64,
    "target_every": 50,
}


def right_near_and_far(learner: DQN, family: GridWorld, tasks: GridTask) -> tuple[float, float]:
    """In how many of the cells one or two steps from the goal, and six or more, the best action is right."""
    right: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    for goal in tasks.goal:
        task = GridTask(goal, torch.tensor(0.0))
        P, R = family.transition_matrix(task), family.reward_matrix(task)
        playable = ~terminal_states(P, R)
        known = agreement(all_cells(learner, family, task)[None], value_iteration(P, R, 0.9).Q)[0]
        worth = value_iteration(P, torch.where(R > 0.5, R, torch.zeros_like(R)), 0.9).Q.amax(-1)  # 0.9 to the power of steps - 1
        right[0].append(known[playable & (worth > 0.9**1.5)])
        right[1].append(known[playable & (worth < 0.9**4.5) & (worth > 0)])
    near, far = (torch.cat(cells).float().mean().item() for cells in right)
    return near, far


@pytest.mark.slow
def test_goals_that_were_never_seen_are_not_found() -> None:
    """Reveal of section 7. Measured with seeds 0 to 2 after 90 iterations: the shortest way to 17, 15 and 16 of the 17 goals it was trained
    on, and to 1, 1 and 0 of the other six. Here seed 0. On the way: near the goal more is right than far from it. Measured after 30
    iterations with seeds 0 and 1 and all 23 goals: 69 % and 62 % one or two steps away, 54 % and 43 % six or more."""
    family = GridWorld(observe="image")
    assert (family.rows, family.columns, len(family.goal_cells)) == (5, 6, 23)
    order = family.goal_cells[torch.randperm(23, generator=generator(100))]
    held_out, seen = (GridTask(goals, torch.zeros(len(goals))) for goals in (order[:6], order[6:]))
    learner = DQN(family, 0, tasks=seen, agents=32, steps=25, capacity=20_000, **FROM_PIXELS)
    for iteration in range(1, 91):
        learner.step()
        if iteration == 30:
            near, far = right_near_and_far(learner, family, seen)
            assert near > far
    found = []
    for tasks in (seen, held_out):
        best = best_return(family.transition_matrix(tasks), family.reward_matrix(tasks), family.horizon, family.start)
        returns = play_out(family, tasks, learner.greedy, len(best), generator(0)).returns()
        found.append(int((best - returns < 1e-4).sum()))
    assert found[0] >= 13 and found[1] <= 2


def test_no_more_steps_count_than_the_target_network_was_copied() -> None:
    """Reveal of section 6, without replay. Measured over 100 iterations and seeds 0 to 2, C = 5, 30, 100 and no target network: greedy
    returns 269, 292, 305; 263, 247, 225; 214, 307, 294; 261, 284, 325; largest Q 163 to 167, 81 to 87, 32 to 35, 137 to 179, where
    49 copies allow 39 and 164 allow 81. Here seed 0 for 20 iterations, C = 200."""
    learner = DQN(CartPole(), 0, replay=False, target_every=200)
    largest = max(learner.step()["value"] for _ in range(20))
    assert 1 < largest < 1.3 * (1 - 0.99 ** (learner.updates // 200)) / 0.01


def test_steps_in_a_row_are_a_small_piece_of_the_world() -> None:
    """Within batches of eight steps, of random pushes. Measured in 24 seeds: a random batch spans 2.2 to 3.4 times as much in position,
    and 2.0 to 2.4 times as much in tilt."""
    cart = CartPole()
    for seed in (6, 7):
        rng, seen = generator(seed), []
        stream = Stream(cart, cart.default_params, 1, rng)
        for _ in range(2000):
            seen.append(stream.observation[0])
            stream.step(torch.randint(2, (1,), generator=rng))
        memory = torch.stack(seen)
        drawn = memory[torch.randint(2000, (250, 8), generator=rng)]
        position, _, tilt, _ = drawn.std(1).mean(0) / memory.view(250, 8, 4).std(1).mean(0)
        assert 1.8 < position < 4.5 and 1.7 < tilt < 2.8
