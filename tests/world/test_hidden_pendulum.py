"""What models of a hidden pendulum share: the part of f that is the same in all tasks, transitions to learn from, and the known form."""

import torch

from dremeta_lite.tasks import Pendulum, PendulumTask
from dremeta_lite.tasks.family import with_axes
from dremeta_lite.world.hidden_pendulum import first, known_form, moved_by, points, wander
from tests.conftest import seeded

HANGING = Pendulum("hanging")
TASKS = HANGING.held_out_tasks(20)


def test_play_is_of_the_pendulum_and_begins_anywhere() -> None:
    seen = wander(HANGING, TASKS, 9, seeded(0))
    assert [tuple(x.shape) for x in seen] == [(20, 9, 2), (20, 9, 1), (20, 9, 2)]
    torch.testing.assert_close(HANGING.transition(seen.state, seen.action, None, with_axes(TASKS, 1)), seen.next_state)
    torch.testing.assert_close(seen.state[:, 1:], seen.next_state[:, :-1])
    assert torch.equal(seen.action[:, 0], seen.action[:, 3]) and not torch.equal(seen.action[:, 3], seen.action[:, 4])
    many = wander(HANGING, HANGING.held_out_tasks(2000), 1, seeded(1)).state[:, 0]
    assert many[:, 0].abs().max() > 3 and many[:, 1].abs().max() > 7.9 and many.mean(0).abs().max() < 0.3
    assert all(torch.equal(a, b[:, :4]) for a, b in zip(first(seen, 4), seen, strict=True))


def test_the_true_change_of_speed_makes_the_true_model() -> None:
    seen, task = wander(HANGING, TASKS, 30, seeded(2)), with_axes(TASKS, 1)

    def change(state: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        gravity, motor = 3 * task.gravity / (2 * task.length), 3 / (task.mass * task.length**2) * task.gain
        return 0.05 * (gravity * state[..., 0].sin() + motor * action[..., 0])

    torch.testing.assert_close(moved_by(HANGING, change)(seen.state, seen.action), seen.next_state)
    data = points(HANGING, seen)
    free = data.counts.bool()
    assert 0.02 < 1 - data.counts.mean() < 0.3, "some speeds were stopped at the limit"
    torch.testing.assert_close(data.change[free], change(seen.state, seen.action)[free], atol=1e-5, rtol=1e-4)
    assert (data.change - change(seen.state, seen.action))[~free].abs().min() > 0
    assert data.inputs.abs().max() <= 1


def test_the_known_form_is_exact_once_two_torques_were_seen_and_the_family_on_average_before() -> None:
    seen, other = wander(HANGING, TASKS, 32, seeded(3)), wander(HANGING, TASKS, 20, seeded(4))
    fit = known_form(HANGING)
    wrong = [(fit(first(seen, n))(other.state, other.action) - other.next_state)[..., 1].abs().mean().item() for n in (0, 8, 32)]
    assert wrong[0] > 0.1 > 0.02 > wrong[1] and wrong[2] < 1e-4
    average = PendulumTask(*(torch.full((20, 1), x) for x in (1.0, 1.0, 10.3, 0.0)))  # half of the motors turn the other way
    known = fit(first(seen, 0))(other.state, other.action)
    torch.testing.assert_close(known, HANGING.transition(other.state, other.action, None, average), atol=0.03, rtol=0)


def test_what_hit_the_limit_tells_the_known_form_nothing() -> None:
    task = PendulumTask(*(x[:1] for x in TASKS))
    state = torch.tensor([[[1.0, 7.9], [1.0, 7.99]]])
    action = torch.full((1, 2, 1), 2.0 * task.gain.sign().item())  # down and on: both are stopped at 8
    stopped = first(wander(HANGING, task, 2, seeded(0)), 0)._replace(
        state=state, action=action, next_state=HANGING.transition(state, action, None, with_axes(task, 1))
    )
    assert (stopped.next_state[..., 1] == 8).all()
    fit, other = known_form(HANGING), wander(HANGING, task, 9, seeded(5))
    torch.testing.assert_close(fit(stopped)(other.state, other.action), fit(first(other, 0))(other.state, other.action))
