"""Networks for action values, against torch.nn."""

import torch

from dremeta_lite.learner import generator
from dremeta_lite.policies import CNN, MLP


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


def test_the_activation_of_a_perceptron_can_be_chosen() -> None:
    network = MLP([2, 3, 1], activation=torch.relu)
    params = network.init(generator(0))
    x = torch.randn(5, 2, generator=generator(1))
    expected = torch.relu(x @ params["weight0"] + params["bias0"]) @ params["weight1"] + params["bias1"]
    torch.testing.assert_close(network.forward(params, x), expected)
