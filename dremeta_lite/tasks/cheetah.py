"""MuJoCo's half cheetah: HalfCheetahDir is to run forwards or backwards, MiswiredCheetah forwards with legs that may be miswired. They need
the optional extra `robots`."""

import copy
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily

MISSING = (
    "The half cheetah needs MuJoCo, which is not installed in this Python. The recorded runs play without it; to train, install the "
    'course\'s extra `robots`, by typing in a cell: %pip install "mujoco==4.0.0"'
)
State = Float[Tensor, "*batch 27"]  # 9 places, 9 speeds, and the solver's warm start
JOINTS = 3  # of a leg, with a motor each


class Direction(NamedTuple):
    """A task is a direction."""

    sign: Tensor
    """+1: forwards, to the right; -1: backwards."""


class Wiring(NamedTuple):
    """A task is how the motors of each leg are wired: +1 right, -1 the wrong way round."""

    back: Tensor
    front: Tensor


class Simulations:
    """MuJoCo as a pure function s' = f(s, a), for any number of robots at once. It keeps a workspace for each number, and no state.

    Args:
        model: MuJoCo's.
        substeps: steps of the simulation in one step.
    """

    def __init__(self, model: Any, substeps: int) -> None:
        self.model, self.substeps, self.batches = model, substeps, dict[int, Any]()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "batches": {}}

    def __deepcopy__(self, memo: Any) -> "Simulations":
        return copy.copy(self)

    def batch(self, state: Float[np.ndarray, "n state"]) -> Any:
        """A workspace with these states in it."""
        from mujoco.batch import Batch  # pyright: ignore[reportMissingImports]

        n = len(state)
        if n not in self.batches:
            batch = Batch(self.model, n, 1)
            self.batches[n] = batch, [batch.bind(name) for name in ("qpos", "qvel", "qacc_warmstart")], batch.bind("ctrl")
        ends = self.model.nq, self.model.nq + self.model.nv
        for place, numbers in zip(self.batches[n][1], np.split(state, ends, 1), strict=True):
            place[:] = numbers
        return self.batches[n]

    def step(self, state: Float[Tensor, "*batch state"], action: Float[Tensor, "*batch action"]) -> Float[Tensor, "*batch state"]:
        """The states after a step, with this action for each."""
        batch, places, control = self.batch(state.detach().cpu().reshape(-1, state.shape[-1]).numpy())
        control[:] = action.detach().cpu().reshape(-1, action.shape[-1]).numpy()
        batch.step(nstep=self.substeps)
        return torch.from_numpy(np.concatenate(places, 1)).view(state.shape).to(state.device)

    def capsules(self, state: Float[Tensor, "n state"]) -> Float[np.ndarray, "n capsule 2 2"]:
        """Both ends of each limb, to the right and up: what a stick figure is drawn of."""
        import mujoco  # pyright: ignore[reportMissingImports]

        batch = self.batch(state.numpy())[0]
        centres, turned = batch.bind("geom_xpos"), batch.bind("geom_xmat")
        batch.forward()
        limbs = [i for i in range(self.model.ngeom) if self.model.geom_type[i] == mujoco.mjtGeom.mjGEOM_CAPSULE]
        middle, axes = np.array(centres)[:, limbs], np.array(turned).reshape(len(state), -1, 3, 3)
        along = axes[:, limbs][..., 2] * self.model.geom_size[limbs, 1, None]
        return np.stack([middle - along, middle + along], 2)[..., [0, 2]]


class HalfCheetahDir(TaskFamily[Direction]):
    """Run forwards or backwards, and find out which of the two is paid.

    ## Description
    A flat robot with a trunk and two legs of three joints each. Half of the tasks pay its speed to the right, half its speed to the left,
    and nothing that it sees says which. Step by step it is Gymnasium's `HalfCheetah-v5`.

    ## Action Space
    `Box(-1, 1, (6,), float32)`: the torque of each joint, in parts of the motor's strength.

    ## Observation Space
    `Box(-10, 10, (17,), float32)`: height, pitch and the six joint angles; then the speeds of the trunk (along, up, turning) and of the
    six joints, divided by 5 and clipped to ±2, so that a network sees numbers near 1.

    ## Rewards
    r = sign · (speed to the right, m/s) - 0.1 |a|².

    ## Starting State
    The pose of the model, with uniform noise in [-0.1, 0.1]; speeds from N(0, 0.1²).

    ## Episode End
    1. Termination: never.
    2. Truncation: 100 steps (5 seconds) have passed.

    ## Task Parameters
    `sign`: +1 or -1, with equal probability.

    ## Arguments
    `told`: whoever acts sees the sign, too, as the last of 18 numbers: a teacher, and no meta-learner.

    ## Source
    Finn et al. 2017, arXiv 1703.03400, section 5.3 (there with 200 steps). The robot: Gymnasium's `HalfCheetah-v5`.

    Raises:
        ImportError: MuJoCo is not installed.
    """

    name = "HalfCheetahDir"
    observation_space: Box = Box(-10.0, 10.0, (17,), np.float32)
    action_space: Box = Box(-1.0, 1.0, (6,), np.float32)
    horizon = 100
    seconds, substeps, noise = 0.05, 5, 0.1
    task_limits = {"sign": (-1.0, 1.0)}  # noqa: RUF012

    def __init__(self, told: bool = False) -> None:
        super().__init__()
        self.told = told
        if told:
            self.observation_space = Box(-10.0, 10.0, (18,), np.float32)
        try:
            import mujoco  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise ImportError(MISSING) from error
        robot = (Path(gymnasium.__file__).parent / "envs/mujoco/assets/half_cheetah.xml").read_text(encoding="utf-8")
        model = mujoco.MjModel.from_xml_string(robot.replace('settotalmass="14"', ""))  # MuJoCo would warn in a file of its own
        self.version: str = mujoco.__version__
        mujoco.mj_setTotalmass(model, 14)
        mujoco.mj_setConst(model, mujoco.MjData(model))
        self.simulations, self.rest = Simulations(model, self.substeps), torch.tensor(model.qpos0, device="cpu")

    def get_default_params(self, **kwargs: Any) -> Direction:
        """Forwards."""
        return Direction(torch.tensor(1.0, device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Direction:
        """Draw `n` directions, [task]."""
        return Direction(torch.where(torch.rand(n, generator=rng, device=rng.device) < 0.5, -1.0, 1.0).to(device))

    def initial(self, rng: torch.Generator, params: Any = None) -> State:
        shape = (params or self.default_params)[0].shape
        place = self.rest + self.noise * (2 * torch.rand(*shape, 9, generator=rng, dtype=torch.float64, device=rng.device) - 1)
        speed = self.noise * torch.randn(*shape, 9, generator=rng, dtype=torch.float64, device=rng.device)
        return torch.cat([place, speed, torch.zeros_like(speed)], -1)

    def transition(self, state: State, action: Tensor, rng: Any = None, params: Direction | None = None) -> State:
        """s' = f(s, a), by MuJoCo."""
        return self.simulations.step(state, action.clamp(-1, 1))

    def reward(self, state: State, action: Tensor, next_state: State, rng: Any = None, params: Direction | None = None) -> Rewards:
        """r = sign · speed - 0.1 |a|²"""
        speed = (next_state[..., 0] - state[..., 0]) / self.seconds
        return ((params or self.default_params).sign * speed - 0.1 * action.clamp(-1, 1).square().sum(-1)).float()

    def terminal(self, state: State, rng: Any = None, params: Any = None) -> Bool[Tensor, "*batch"]:
        return torch.zeros_like(state[..., 0], dtype=torch.bool)

    def observation(self, state: State, rng: Any = None, params: Any = None) -> Float[Tensor, "*batch seen"]:
        """Everything but how far it has come, near 1; and the sign, where it is told."""
        seen = torch.cat([state[..., 1:9].clamp(-10, 10), (state[..., 9:18] / 5).clamp(-2, 2)], -1).float()
        return with_sign(seen, (params or self.default_params).sign) if self.told else seen


def with_sign(seen: Float[Tensor, "*batch size"], sign: Tensor) -> Float[Tensor, "*batch seen"]:
    """What is seen, and the sign with it."""
    return torch.cat([seen, sign[..., None].expand(*seen.shape[:-1], 1)], -1)


class MiswiredCheetah(HalfCheetahDir):
    """Run forwards, with legs whose motors may be wired the wrong way round.

    ## Description
    The robot of `HalfCheetahDir`, which is always paid for running forwards. What is hidden is its wiring: in half of the tasks the three
    motors of the back leg turn the wrong way, and in half of them, drawn apart, those of the front leg.

    ## Action Space
    `Box(-1, 1, (6,), float32)`: what is asked of the motors: hip, knee and foot of the back leg, then of the front leg.

    ## Observation Space
    `Box(-10, 10, (17,), float32)`, as for `HalfCheetahDir`.

    ## Rewards
    r = speed to the right in m/s - 0.1 |a|².

    ## Starting State
    As for `HalfCheetahDir`.

    ## Episode End
    1. Termination: never.
    2. Truncation: 100 steps (5 seconds) have passed.

    ## Task Parameters
    `back`, `front`: +1 or -1, with equal probability: by this the three actions of the leg are multiplied.

    ## Arguments
    `undone`: whoever acts knows the wiring, and undoes it: an action is multiplied by the signs twice, and the robot is the right one.

    ## Source
    Our own, with Gymnasium's `HalfCheetah-v5`.

    Raises:
        ImportError: MuJoCo is not installed.
    """

    name = "MiswiredCheetah"
    task_limits = {"back": (-1.0, 1.0), "front": (-1.0, 1.0)}  # noqa: RUF012

    def __init__(self, undone: bool = False) -> None:
        super().__init__()
        self.undone = undone

    def get_default_params(self, **kwargs: Any) -> Wiring:  # type: ignore[override]
        """Both legs are right."""
        return Wiring(torch.tensor(1.0, device="cpu"), torch.tensor(1.0, device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Wiring:  # type: ignore[override]
        """Draw `n` wirings, [task] for each leg."""
        return Wiring(*torch.where(torch.rand(2, n, generator=rng, device=rng.device) < 0.5, -1.0, 1.0).to(device))

    def transition(self, state: State, action: Tensor, rng: Any = None, params: Any = None) -> State:
        """s' = f(s, W a), by MuJoCo, with the signs of the wiring on the diagonal of W."""
        wires = torch.stack(params or self.default_params, -1).repeat_interleave(JOINTS, -1)
        return self.simulations.step(state, (action if self.undone else wires * action).clamp(-1, 1))

    def reward(self, state: State, action: Tensor, next_state: State, rng: Any = None, params: Any = None) -> Rewards:
        """r = speed - 0.1 |a|²"""
        return super().reward(state, action, next_state, rng, Direction(torch.ones((), device=state.device)))
