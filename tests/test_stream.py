"""A stream of experience against stepping one episode at a time, through the ends of episodes."""

import pytest
import torch

from dremeta_lite.rollout import Stream, play, play_out
from dremeta_lite.tasks.cartpole import CartPole, CartPoleTask
from dremeta_lite.tasks.family import pick
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

CART = CartPole()


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_agrees_with_one_step_at_a_time_through_terminations_and_truncations(rng: torch.Generator) -> None:
    tasks = CART.sample_tasks(6, rng)
    stream, actions = Stream(CART, tasks, 6, rng, horizon=12), seeded(1)
    lengths, seen = [0] * 6, {"terminated": 0, "truncated": 0}
    for _ in range(120):
        state, action = stream.observation.clone(), torch.randint(2, (6,), generator=actions)
        step = stream.step(action)
        for i in range(6):
            lengths[i] += 1
            following = CART.transition(state[i], action[i], None, pick(tasks, i))
            # Vectorised sines and cosines may be rounded otherwise in the last float32 digit.
            torch.testing.assert_close(step.next_observation[i], following, rtol=1e-6, atol=1e-6)
            assert step.terminated[i] == CART.terminal(step.next_observation[i]) and step.truncated[i].item() is (lengths[i] == 12)
            assert stream.returns[i].item() == lengths[i]  # one a step
            if step.ended[i]:
                lengths[i] = 0
                assert stream.observation[i].abs().max() <= 0.05 and stream.elapsed[i] == 0  # a new episode, in the same step
            else:
                assert torch.equal(stream.observation[i], step.next_observation[i])
        seen["terminated"] += int(step.terminated.sum())
        seen["truncated"] += int(step.truncated.sum())
    assert min(seen.values()) > 5  # the run did meet both


def test_terminated_and_truncated_in_the_same_step_are_both_true_as_in_gymnasium(rng: torch.Generator) -> None:
    """The goal at (0.3, 0) is reached in step 3, which is also the last one allowed."""
    stream = Stream(Navigation2D(), NavigationTask(torch.tensor([0.3, 0.0])), 2, rng, horizon=3)
    right = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    steps = [stream.step(right) for _ in range(3)]
    assert [(s.terminated.tolist(), s.truncated.tolist()) for s in steps] == [
        ([False, False], [False, False]),
        ([False, False], [False, False]),
        ([True, False], [True, True]),
    ]
    assert steps[-1].next_observation[0].tolist() == pytest.approx([0.3, 0.0]) and not stream.observation.any()


def test_one_task_for_all_or_one_for_each(rng: torch.Generator) -> None:
    goals = torch.tensor([[0.3, 0.0], [0.0, -0.4]])
    family, still = Navigation2D(), torch.zeros(2, 2)
    each = Stream(family, NavigationTask(goals), 2, rng).step(still)
    both = Stream(family, NavigationTask(goals[1]), 2, rng).step(still)
    assert each.reward.tolist() == pytest.approx([-0.3, -0.4]) and both.reward.tolist() == pytest.approx([-0.4, -0.4])


def test_a_state_kept_and_brought_back_goes_on_the_same_way() -> None:
    rng = seeded(3)
    stream = Stream(CART, CART.default_params, 4, rng)
    actions = torch.randint(2, (60, 4), generator=seeded(5))
    for action in actions[:17]:
        stream.step(action)
    kept, generator_state = stream.state_dict(), rng.get_state()
    first = [stream.step(action) for action in actions[17:]]
    stream.load_state_dict(kept)
    rng.set_state(generator_state)
    second = [stream.step(action) for action in actions[17:]]
    assert all(torch.equal(x, y) for a, b in zip(first, second, strict=True) for x, y in zip(a, b, strict=True))
    assert sum(int(step.ended.sum()) for step in first) > 3  # through restarts
    other = Stream(CART, CART.default_params, 4, seeded(99))  # and in another object
    other.load_state_dict(kept)
    assert torch.equal(other.observation, kept["state"])


def test_bad_tasks_and_numbers_are_refused(rng: torch.Generator) -> None:
    three = CartPoleTask(*(torch.ones(3) for _ in range(3)))
    with pytest.raises(ValueError, match=r"length has shape \(3,\); one task for each of 4 of CartPole needs \(4,\)"):
        Stream(CART, three, 4, rng)
    with pytest.raises(ValueError, match="n=0"):
        Stream(CART, CART.default_params, 0, rng)
    with pytest.raises(ValueError, match="horizon=0"):
        Stream(CART, CART.default_params, 1, rng, horizon=0)


def test_whole_episodes_are_as_long_as_gymnasium_counts_and_nothing_counts_after_them(rng: torch.Generator) -> None:
    right = lambda s: torch.ones(len(s), dtype=torch.long)
    r = play_out(CART, CART.default_params, right, 20, rng)
    lengths = r.mask.sum(1).int()
    assert torch.equal(r.returns(), r.mask.sum(1)) and lengths.min() < lengths.max() == r.mask.shape[1]
    for i, n in enumerate(lengths.tolist()):
        assert r.mask[i, :n].all() and not r.mask[i, n:].any() and not r.reward[i, n:].any()
        assert r.terminated[i, n - 1] and not r.terminated[i, : n - 1].any() and not r.truncated[i, :n].any()
        state = r.observation[i, 0]
        for t in range(n):  # float32, and vectorised sines may be rounded otherwise: 1e-5 over some ten steps
            state = CART.transition(state, torch.tensor(1))
            torch.testing.assert_close(r.next_observation[i, t], state, rtol=0, atol=1e-5)
    assert play_out(CART, CART.default_params, right, 3, rng, horizon=4).truncated[:, -1].all()


def test_a_stretch_goes_on_where_the_stream_was_and_every_step_counts(rng: torch.Generator) -> None:
    stream = Stream(CART, CART.default_params, 3, rng)
    left = lambda s: torch.zeros(len(s), dtype=torch.long)
    first, second = play(stream, left, 7), play(stream, left, 30)
    assert first.mask.all() and second.mask.all() and second.observation.shape == (3, 30, 4)
    assert torch.equal(second.observation[:, 0], first.next_observation[:, -1])  # no pole falls within 7 pushes
    ended = second.terminated[:, :-1]
    assert ended.any() and torch.equal(second.observation[:, 1:][~ended], second.next_observation[:, :-1][~ended])
    assert second.observation[:, 1:][ended].abs().max() <= 0.05


def test_the_recent_return_is_that_of_finished_episodes_once_there_are_some(rng: torch.Generator) -> None:
    stream, seen = Stream(CART, CART.default_params, 4, rng), []
    for t in range(80):
        step = stream.step(torch.zeros(4, dtype=torch.long))
        seen += stream.returns[step.ended].tolist()
        expected = sum(seen[-20:]) / len(seen[-20:]) if seen else t + 1
        assert stream.recent_return() == pytest.approx(expected)
    assert len(seen) > 20
