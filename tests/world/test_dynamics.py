"""The learned model: what it computes is what its formulas say, for every member, and least squares finds the mean."""

import pytest
import torch
from torch import Tensor

from dremeta_lite.tasks import Pendulum
from dremeta_lite.world.dynamics import (
    HOLD,
    LearnedModel,
    Play,
    Scale,
    features,
    halves,
    init_ensemble,
    network,
    one_step_loss,
    random_actions,
    random_play,
    rollout_error,
)
from dremeta_lite.world.planning import Box, action_box

FAMILY = Pendulum()


@pytest.fixture
def model(rng: torch.Generator) -> LearnedModel:
    """Untrained, with scales that are not 0 and 1."""
    params = init_ensemble([4, 8, 8, 2], 3, rng)
    params = {name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in params.items()}
    inputs = Scale(torch.tensor([0.1, -0.2, 0.3, 0.4]), torch.tensor([0.7, 0.8, 3.0, 1.2]))
    return LearnedModel(FAMILY, params, inputs, Scale(torch.tensor([0.01, -0.02]), torch.tensor([0.2, 0.5])))


def by_hand(model: LearnedModel, member: int, state: Tensor, action: Tensor) -> Tensor:
    angle, velocity = state.tolist()
    x = torch.tensor([torch.cos(state[0]).item(), torch.sin(state[0]).item(), velocity, min(2.0, max(-2.0, action.item()))])
    x = (x - model.inputs.mean) / model.inputs.std
    p = {name: value[member] for name, value in model.params.items()}
    x = torch.tanh(p["weight0"].T @ x + p["bias0"])
    x = torch.tanh(p["weight1"].T @ x + p["bias1"])
    change = (p["weight2"].T @ x + p["bias2"]) * model.changes.std + model.changes.mean
    return torch.tensor([angle, velocity]) + change


def test_every_member_predicts_as_the_formula_says(model: LearnedModel, rng: torch.Generator) -> None:
    state, action = 2 * torch.randn(5, 4, 2, generator=rng), 2 * torch.randn(5, 4, 1, generator=rng)
    each = model.members(state, action)
    assert each.shape == (3, 5, 4, 2)
    for m in range(3):
        torch.testing.assert_close(each[m, 4, 1], by_hand(model, m, state[4, 1], action[4, 1]))
    torch.testing.assert_close(model(state, action), each.mean(0))
    spread = ((each - each.mean(0)) / model.changes.std).square().mean((0, -1)).sqrt()
    torch.testing.assert_close(model.disagreement(state, action), spread)


def test_each_member_imagines_on_its_own(model: LearnedModel, rng: torch.Generator) -> None:
    state, actions = torch.randn(6, 2, generator=rng), torch.randn(6, 4, 1, generator=rng)
    imagined = model.imagine(state, actions)
    assert imagined.shape == (3, 6, 5, 2)
    s = state[2]
    for t in range(4):
        s = by_hand(model, 1, s, actions[2, t])
        torch.testing.assert_close(imagined[1, 2, t + 1], s, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(imagined[:, :, 0], state.expand(3, 6, 2))


def test_scales_bring_data_to_mean_0_and_spread_1_and_back(rng: torch.Generator) -> None:
    x = torch.randn(500, 3, generator=rng) * torch.tensor([2.0, 0.1, 0.0]) + torch.tensor([1.0, -5.0, 4.0])
    scale = Scale.of(x)
    shrunk = scale.shrink(x)
    torch.testing.assert_close(shrunk.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(shrunk.std(0, correction=0), torch.tensor([1.0, 1.0, 0.0]))  # what never varies is only shifted
    torch.testing.assert_close(scale.grow(shrunk), x)


def test_the_loss_is_the_mean_squared_error_of_each_member(rng: torch.Generator) -> None:
    params = init_ensemble([4, 5, 2], 3, rng)
    x, y = torch.randn(7, 4, generator=rng), torch.randn(7, 2, generator=rng)
    out = network(params, x)
    by_hand = torch.tensor([sum((o - t).square().sum().item() for o, t in zip(member, y, strict=True)) / 14 for member in out])
    torch.testing.assert_close(one_step_loss(params, x, y), by_hand)
    own = torch.stack([x, x + 1, x - 1])  # and when every member has data of its own
    torch.testing.assert_close(one_step_loss(params, own, y.expand(3, 7, 2))[1], one_step_loss(params, x + 1, y)[1])


def test_fresh_weights_have_the_promised_spread_and_members_differ(rng: torch.Generator) -> None:
    params = init_ensemble([100, 50, 2], 4, rng)
    assert params["weight0"].std().item() == pytest.approx(0.1, rel=0.03)
    assert params["weight1"].shape == (4, 50, 2) and not params["bias1"].any()
    assert not torch.equal(params["weight0"][0], params["weight0"][1])


def test_least_squares_predicts_the_mean_of_what_may_happen(rng: torch.Generator) -> None:
    """One (s, a), followed by a change of +1 in 3 of 4 cases and of -1 in the others: the prediction becomes 0.5, which never happens."""
    params = {name: p.requires_grad_() for name, p in init_ensemble([1, 4, 1], 2, rng).items()}
    x, y = torch.ones(4, 1), torch.tensor([[1.0], [1.0], [1.0], [-1.0]])
    optimiser = torch.optim.Adam(params.values(), lr=0.02)
    for _ in range(300):
        optimiser.zero_grad()
        one_step_loss(params, x, y).sum().backward()
        optimiser.step()
    assert network(params, x)[:, 0, 0].tolist() == pytest.approx([0.5, 0.5], abs=1e-3)


def test_random_actions_are_uniform_and_held(rng: torch.Generator) -> None:
    box = Box(torch.tensor([-2.0, 1.0]), torch.tensor([2.0, 5.0]))
    actions = random_actions(box, 1000, 10, rng)
    assert actions.shape == (1000, 10, 2)
    held = actions[:, :8].unflatten(1, (2, HOLD))
    assert torch.equal(held, held[:, :, :1].expand_as(held)) and not torch.equal(actions[:, 3], actions[:, 4])
    drawn = actions[:, ::HOLD].flatten(0, 1)
    assert (drawn >= box.low).all() and (drawn <= box.high).all()
    assert (drawn.mean(0) - torch.tensor([0.0, 3.0])).abs().max() < 4 * 4 / (12 * 3000) ** 0.5


def test_play_is_what_the_world_does(rng: torch.Generator) -> None:
    task = FAMILY.default_params._replace(gravity=torch.tensor(7.0))
    play = random_play(FAMILY, task, 5, 10, rng)
    assert play.states.shape == (5, 11, 2) and play.actions.shape == (5, 10, 1)
    torch.testing.assert_close(play.states[:, 1:], FAMILY.transition(play.states[:, :-1], play.actions, None, task))
    both = halves(play)
    assert both.states.shape == (10, 6, 2) and both.actions.shape == (10, 5, 1)
    torch.testing.assert_close(both.states[:, 1:], FAMILY.transition(both.states[:, :-1], both.actions, None, task))
    assert torch.equal(both.states[:5, -1], both.states[5:, 0])


def test_actions_enter_the_network_as_the_world_will_take_them() -> None:
    state = torch.tensor([0.3, 1.0])
    assert features(FAMILY, state, torch.tensor([9.0])).tolist() == pytest.approx([0.9553365, 0.2955202, 1.0, 2.0])
    assert action_box(FAMILY, state).low.tolist() == [-2.0]


def test_the_rollout_error_is_measured_in_the_units_given() -> None:
    real = torch.zeros(2, 3, 2)
    imagined = real.expand(1, 2, 3, 2).clone()
    imagined[0, 0, 1] = torch.tensor([3.0, 0.0])
    imagined[0, :, 2] = torch.tensor([[0.0, 4.0], [6.0, 0.0]])
    error = rollout_error(imagined, real, torch.tensor([3.0, 2.0]))
    assert error.tolist() == pytest.approx([0.0, (1 / 4) ** 0.5, ((4 + 4) / 4) ** 0.5])
    assert isinstance(Play(real, real), tuple)
