"""Networks against torch.nn, and copies of their parameters."""

import torch

from dremeta_lite.learner import generator
from dremeta_lite.networks import CNN, GRU, MLP, Params, detach, stack


def test_the_activation_of_a_perceptron_can_be_chosen() -> None:
    network = MLP([2, 3, 1], activation=torch.relu)
    params = network.init(generator(0))
    x = torch.randn(5, 2, generator=generator(1))
    expected = torch.relu(x @ params["weight0"] + params["bias0"]) @ params["weight1"] + params["bias1"]
    torch.testing.assert_close(network.forward(params, x), expected)


def test_a_network_with_fixed_parameters_says_the_same_and_touches_neither_them_nor_its_input() -> None:
    for activation in (torch.tanh, torch.relu, torch.sigmoid):
        network = MLP([2, 3, 4, 1], activation=activation)
        params = {name: torch.randn(p.shape).requires_grad_() for name, p in network.init(generator(0)).items()}
        for given, x in ((params, torch.randn(5, 2)), (stack(params, 3), torch.randn(3, 5, 2))):
            kept, seen = {name: p.detach().clone() for name, p in given.items()}, x.clone()
            fixed = network.fixed(given)
            for _ in range(2):
                out = fixed(x)
                torch.testing.assert_close(out, network.forward(given, x).detach())
            assert not out.requires_grad and torch.equal(x, seen) and all(torch.equal(p, given[name]) for name, p in kept.items())


def test_two_networks_live_in_one_dict(rng: torch.Generator) -> None:
    actor, critic = MLP([2, 3, 2]), MLP([2, 3, 1], prefix="value_")
    both = actor.init(rng) | critic.init(rng)
    assert len(both) == 8
    s = torch.randn(5, 2, generator=rng)
    hidden = torch.tanh(s @ both["value_weight0"] + both["value_bias0"])
    torch.testing.assert_close(critic.forward(both, s), hidden @ both["value_weight1"] + both["value_bias1"])


def test_cnn_is_that_of_torch_nn() -> None:
    """Two convolutions, a flattening, two linear layers, with the same weights."""
    network = CNN((3, 4, 5), 2, channels=(6, 7), hidden=(8,))
    params = network.init(generator(0))
    shifts = {name: torch.randn(p.shape, generator=generator(1)) for name, p in params.items() if p.dim() == 1}
    params |= shifts
    first, second = torch.nn.Conv2d(3, 6, 3, padding=1), torch.nn.Conv2d(6, 7, 3, padding=1)
    hidden, last = torch.nn.Linear(7 * 4 * 5, 8), torch.nn.Linear(8, 2)
    twin = torch.nn.Sequential(first, torch.nn.ReLU(), second, torch.nn.ReLU(), torch.nn.Flatten(), hidden, torch.nn.ReLU(), last)
    for layer, weight, bias in ((first, "kernel0", "shift0"), (second, "kernel1", "shift1")):
        layer.load_state_dict({"weight": params[weight], "bias": params[bias]})
    for layer, weight, bias in ((hidden, "head_weight0", "head_bias0"), (last, "head_weight1", "head_bias1")):
        layer.load_state_dict({"weight": params[weight].T, "bias": params[bias]})
    image = torch.randn(9, 3, 4, 5, generator=generator(2))
    torch.testing.assert_close(network.forward(params, image), twin(image))


def noisy(network: GRU, rng: torch.Generator) -> Params:
    return {name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in network.init(rng).items()}


def test_the_memory_is_torchs_gru(rng: torch.Generator) -> None:
    network = GRU(3, memory=5)
    params, theirs = noisy(network, rng), torch.nn.GRU(3, 5, batch_first=True)
    own = dict(
        zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), ("see", "remember", "see_bias", "remember_bias"), strict=True)
    )
    theirs.load_state_dict({name: params[mine].mT if "weight" in name else params[mine] for name, mine in own.items()})
    s, h = torch.randn(4, 9, 3, generator=rng), torch.randn(4, 5, generator=rng)
    never = torch.zeros(4, 9, dtype=torch.bool)
    torch.testing.assert_close(network.unroll(params, h, s, never), theirs(s, h[None])[0])
    torch.testing.assert_close(network.step(params, h, s[:, 0]), theirs(s[:, :1], h[None])[0][:, 0])


def test_unrolled_equals_step_by_step_with_a_fresh_memory_for_each_episode(rng: torch.Generator) -> None:
    network = GRU(2, memory=4)
    params, s, h = noisy(network, rng), torch.randn(3, 7, 2, generator=rng), torch.randn(3, 4, generator=rng)
    first = torch.rand(3, 7, generator=rng) < 0.3
    assert first.any() and not first.all()
    all_at_once, steps = network.unroll(params, h, s, first), []
    for t in range(7):
        h = torch.where(first[:, t, None], network.blank(3), h)
        h = network.step(params, h, s[:, t])
        steps.append(h)
    torch.testing.assert_close(all_at_once, torch.stack(steps, 1))


def test_stack_and_detach() -> None:
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    stacked = stack({"p": leaf * 3}, 4)
    assert stacked["p"].shape == (4, 2) and stacked["p"].requires_grad
    cut = detach(stacked)
    assert not cut["p"].requires_grad and torch.equal(cut["p"], stacked["p"])
