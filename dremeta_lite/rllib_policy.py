"""The course's policies as modules of RLlib, whose parameters keep their names: what one side has trained, the other side plays.

    to_learner(algorithm.get_module(), Pooled(Navigation2D()))   what RLlib's PPO has trained with `PolicyWithValue`
    to_module(learner, algorithm.get_module())                   and back: RLlib's runner plays it

To train on from there, RLlib takes the module's state as it takes that of a checkpoint:

    algorithm.set_state({"learner_group": {"learner": {"rl_module": {"default_policy": algorithm.get_module().get_state()}}}})

RLlib's own networks go both ways as well, if they are of the course's kind: tanh, no memory, and one log std for all states,
`DefaultModelConfig(fcnet_hiddens=[32, 32], free_log_std=True)` (where actions are a choice, without the last).

Actions mean the same on both sides if RLlib leaves them as they are: `.environment(…, normalize_actions=False, clip_actions=True)`.
Needs the extra `scale`.
"""

# pyright: reportMissingImports=false

import re
from typing import Any

import torch
from gymnasium.spaces import Box
from ray.rllib.core.columns import Columns
from ray.rllib.core.rl_module.apis import ValueFunctionAPI
from ray.rllib.core.rl_module.torch import TorchRLModule
from torch import Tensor
from torch.nn import Identity, Linear, Parameter, Tanh

from dremeta_lite.learner import PolicyLearner, generator
from dremeta_lite.learner_state import check_same_layout
from dremeta_lite.networks import MLP, Params, detach
from dremeta_lite.policies import LOWEST_LOG_STD, CategoricalMLP, GaussianMLP
from dremeta_lite.tasks.family import size

VALUE = "value_"
LAYER = re.compile(r"(encoder\.(actor_)?encoder|pi)\.net\.mlp\.\d+\.(weight|bias)")
"""Of the networks that RLlib makes by itself; it names weights before biases."""


class PolicyModule(TorchRLModule):
    """A `GaussianMLP` or, where actions are a choice, a `CategoricalMLP`. `model_config` may hold `hidden`, `log_std` and `seed`.

    Its parameters may be stacked, one copy a task, as all of the course's are: then observations are [task, n, obs].
    """

    def setup(self) -> None:
        told, sizes = self.model_config or {}, (size(self.observation_space), size(self.action_space))
        self.rng, hidden = generator(told.get("seed", 0)), told.get("hidden", (32, 32))
        if isinstance(self.action_space, Box):
            self.policy = GaussianMLP(*sizes, hidden, told.get("log_std", -0.5))
        else:
            self.policy = CategoricalMLP(*sizes, hidden)
        self.value = MLP([sizes[0], *hidden, 1], prefix=VALUE)
        self.keep(self.policy.init(self.rng))

    def keep(self, params: Params) -> None:
        """These are trained, under these names."""
        for name, p in params.items():
            self.register_parameter(name, Parameter(p))

    def _forward(self, batch: dict[str, Any], **options: Any) -> dict[str, Any]:
        params = dict(self.named_parameters())  # inside `functional_call` those that it was called with
        outputs = self.policy.forward(params, batch[Columns.OBS])
        if isinstance(self.policy, GaussianMLP):
            log_std = params["log_std"].clamp(min=LOWEST_LOG_STD).unsqueeze(-2)
            outputs = torch.cat([outputs, log_std.expand_as(outputs)], -1)
        return {Columns.ACTION_DIST_INPUTS: outputs}


class PolicyWithValue(PolicyModule, ValueFunctionAPI):
    """The same with a second network for V(s), whose parameters begin with `VALUE`: what RLlib's PPO asks for."""

    def setup(self) -> None:
        super().setup()
        self.keep(self.value.init(self.rng))

    def compute_values(self, batch: dict[str, Any], embeddings: Any = None) -> Tensor:
        return self.value.forward(dict(self.named_parameters()), batch[Columns.OBS]).squeeze(-1)


def parameters_of(module: TorchRLModule) -> Params:
    """Those of π, by the course's names, as views of the module's. Raises ValueError: it is no network of the course's kind."""
    if isinstance(module, PolicyModule):
        return {name: p.data for name, p in module.named_parameters() if not name.startswith(VALUE)}
    own = {name: p.data for name, p in module.named_parameters() if not name.startswith(("vf.", "encoder.critic_encoder."))}
    layers = [name for name in own if LAYER.fullmatch(name)]
    found = {f"weight{i}": own[name].T for i, name in enumerate(layers[::2])} | {
        f"bias{i}": own[name] for i, name in enumerate(layers[1::2])
    }
    if "pi.log_std" in own:
        found["log_std"] = own["pi.log_std"]
    kinds = {type(each) for name, each in module.named_modules() if name.startswith(("encoder.", "pi.")) and not list(each.children())}
    if len(found) < len(own) or kinds - {Linear, Tanh, Identity}:
        raise ValueError(
            f"this module of RLlib has {', '.join(sorted(each.__name__ for each in kinds))} and parameters {', '.join(own)}: the course's "
            "policies are Linear layers with Tanh between them. Ask for DefaultModelConfig(fcnet_activation='tanh', free_log_std=True)."
        )
    return found


def to_learner(module: TorchRLModule, learner: PolicyLearner) -> None:
    """The learner plays, and trains on, with what RLlib has trained, by name; V stays behind.
    Raises ValueError: a name is missing, a tensor has another shape, or the network is of another kind."""
    found = {name: p.clone() for name, p in parameters_of(module).items()}
    check_same_layout(detach(learner.theta), found)
    learner.set_parameters(learner.parameters() | found)


def to_module(learner: PolicyLearner, module: TorchRLModule) -> None:
    """The way back; V stays as it is, up to layers that it shares. Raises ValueError as `to_learner`."""
    params = parameters_of(module)
    check_same_layout(params, detach(learner.theta))
    for name, p in params.items():
        p.copy_(learner.theta[name])
