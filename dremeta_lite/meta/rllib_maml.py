"""MAML on RLlib's meta-learning API: the same mathematics as `maml.py`, computed by its two kinds of learners.

    inner loop    φ = θ - α ∇L(θ; support)     `TorchDifferentiableLearner`, one for each step, with an α of its own: `InnerStep`
    outer loop    θ ← Adam(θ, ∇_θ L(φ; query)) `TorchMetaLearner`, which sees the losses of the steps before: `OuterLoop`

RLlib 2.60 ships one example of this API, supervised, one task an update. What reinforcement learning asks besides, and where it comes from:

- *Many tasks in one update.* An update takes one θ through the steps, and ends in a step of Adam. Here θ is repeated along a task axis
  first (`_clone_named_parameters`); losses are sums over tasks, which share nothing, so each φ gets its own gradient.
- *Data of φ.* The support of step k is played with φ⁽ᵏ⁾, another one in each task. RLlib's runners hold one set of weights and are asked
  before an update, not inside it: experience comes from the course's `collect`, and RLlib adapts a second time while it differentiates.
- *First order* cannot be asked for: the inner gradient always keeps its graph.

Needs the extra `scale`.
"""

# pyright: reportMissingImports=false

from typing import Any

from ray.rllib.algorithms.algorithm_config import DifferentiableAlgorithmConfig
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.core.columns import Columns
from ray.rllib.core.learner.differentiable_learner_config import DifferentiableLearnerConfig
from ray.rllib.core.learner.torch.torch_differentiable_learner import TorchDifferentiableLearner
from ray.rllib.core.learner.torch.torch_meta_learner import TorchMetaLearner
from ray.rllib.core.learner.training_data import TrainingData
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.policy.sample_batch import MultiAgentBatch, SampleBatch
from torch import Tensor

from dremeta_lite.inner.policy_gradient import Experience, step_size
from dremeta_lite.meta.adapting import StartHyper, StartLearner
from dremeta_lite.networks import detach
from dremeta_lite.rllib_policy import PolicyModule
from dremeta_lite.tasks.family import TaskFamily

MOST_STEPS = int(StartHyper.inner_steps.high)


def policy_loss(module: Any, batch: Any, fwd_out: Any) -> Tensor:
    """-E[π(a|s; φ) / π(a|s; acted) · Â], summed over tasks: `surrogate`, downhill."""
    actions = module.get_train_action_dist_cls().from_logits(fwd_out[Columns.ACTION_DIST_INPUTS])
    ratio = (actions.logp(batch[Columns.ACTIONS]) - batch[Columns.ACTION_LOGP]).exp()
    return -(ratio * batch[Columns.ADVANTAGES] * batch["weight"]).sum()


class InnerStep(TorchDifferentiableLearner):
    """One step of adaptation, in every task."""

    def compute_loss_for_module(self, *, module_id: str, config: Any, batch: Any, fwd_out: Any) -> Tensor:
        return policy_loss(self.module[module_id].unwrapped(), batch, fwd_out)


class OuterLoop(TorchMetaLearner):
    """The mean over tasks of the loss after each step: a step's own loss is that of the parameters which the step before it has made."""

    tasks: int

    def _clone_named_parameters(self) -> dict[str, Any]:
        return {
            module_id: {name: p.expand(self.tasks, *p.shape) for name, p in params.items()}
            for module_id, params in super()._clone_named_parameters().items()
        }

    def compute_loss_for_module(
        self, *, module_id: str, config: Any, batch: Any, fwd_out: Any, others_loss_per_module: Any = None
    ) -> Tensor:
        last = policy_loss(self.module[module_id].unwrapped(), batch, fwd_out)
        return (last + sum(losses[module_id] for losses in others_loss_per_module[1:])) / self.tasks


def training_data(experience: Experience) -> TrainingData:
    """One batch with a task axis, as RLlib's learners take it."""
    columns = (Columns.OBS, Columns.ACTIONS, Columns.ACTION_LOGP, Columns.ADVANTAGES, "weight")
    batch = SampleBatch(dict(zip(columns, experience, strict=True)))
    return TrainingData(batch=MultiAgentBatch({DEFAULT_MODULE_ID: batch}, env_steps=experience.weight.numel()))


class RLlibMAML(StartLearner):
    """`MAML` of second order, whose inner steps, meta-gradient and Adam are RLlib's. Arguments as in `PolicyLearner`.

    It plays, saves, draws and is evaluated as every learner of a starting point: its θ are the parameters of RLlib's module.
    """

    cause = "The usual cause is a learning rate (α or β) that is too large: make it smaller, and start again."

    def __init__(self, family: TaskFamily, *arguments: Any, **options: Any) -> None:
        super().__init__(family, *arguments, **options)
        shape = {name: options[name] for name in ("hidden", "log_std") if name in options}
        config = DifferentiableAlgorithmConfig()
        config = config.learners(differentiable_learner_configs=[DifferentiableLearnerConfig(InnerStep) for _ in range(MOST_STEPS)])
        observed: Any = family.observation_space
        spec = RLModuleSpec(PolicyModule, observation_space=observed, action_space=family.action_space, model_config=shape)
        self.outer = OuterLoop(config=config, module_spec=spec)
        self.outer.build()
        module, optimiser = self.outer.module[DEFAULT_MODULE_ID], self.outer.get_optimizer(DEFAULT_MODULE_ID)
        for name, p in module.named_parameters():
            p.data.copy_(self.learned[name])
            optimiser.state[p] = self.optimiser.state[self.learned[name]]  # Adam's moments, zeros
        self.learned = self.theta = dict(module.named_parameters())
        self.optimiser = optimiser
        self.last_good = self.state_dict()

    def advance(self) -> dict[str, float]:
        """One meta-iteration: draw tasks, play and adapt in each, and let RLlib move θ."""
        h = self.hyper
        experience, returns = self.sample_experience(detach(self.theta), self.family.sample_tasks(h.tasks, self.rng, self.device))
        self.outer.tasks = h.tasks
        for k, other in enumerate(self.outer.others):
            other.learner_config.lr = step_size(h.inner_lr, k)
        self.optimiser.param_groups[0]["lr"] = h.meta_lr
        *support, query = map(training_data, experience)
        found = self.outer.update(training_data=query, others_training_data=support)  # as many steps as there is data for
        self.refit(self.played)
        loss = float(found[DEFAULT_MODULE_ID][OuterLoop.TOTAL_LOSS_KEY].peek())
        gradient = {name: p.grad for name, p in self.learned.items() if p.grad is not None}
        return {**self.told(returns, gradient, experience[0]), "surrogate": -loss}
