"""Exercise 03.5 · moving the target network · 6 minutes, ★★☆

1. With τ = 0 nothing moves, with τ = 1 the target network is a copy. What lies between?
2. A dict comprehension over `target.items()`; `online[name].detach()` is the same number as a constant.
3. for every name: τ · (online, detached) + (1 - τ) · target

Our DQN copies θ every C updates (Mnih et al. 2015); this smooth form (Lillicrap et al. 2016) moves a bit at every update. Both do the
same: targets that stand still, nearly, while the network learns them.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.exercise import Wrong


def soft_update(target: dict[str, Tensor], online: dict[str, Tensor], tau: float) -> dict[str, Tensor]:
    return {name: tau * online[name].detach() + (1 - tau) * p for name, p in target.items()}


def cases() -> Cases:
    target, online = {"weight": [[1.0, 2.0], [-4.0, 8.0]], "bias": [3.0, 0.0]}, {"weight": [[5.0, 0.0], [4.0, 6.0]], "bias": [-1.0, 10.0]}
    yield case("τ = 0.25", target, online, 0.25, expected={"weight": [[2.0, 1.5], [-2.0, 7.5]], "bias": [2.0, 2.5]})
    old, new, after = ({f"layer {i}": [i + x] for i in range(10)} for x in (0.3, 1.3, 0.4))
    yield case("τ = 0.1, ten layers", old, new, 0.1, expected=after)
    yield case("τ = 1, a plain copy", target, online, 1.0, expected=online)
    yield case("τ = 0, which keeps the old ones", target, online, 0.0, expected=target)


def soft_update_stops_the_gradient(answer: Callable[..., dict[str, Tensor]]) -> None:
    target, online = torch.tensor([1.0]), torch.tensor([2.0], requires_grad=True)
    updated = [answer({"weight": target}, {"weight": online}, tau)["weight"] for tau in (0.0, 0.5, 1.0)]
    if any(each.requires_grad for each in updated):
        raise Wrong(
            "A gradient leads from θ⁻ back to θ, and grows longer with every update. θ⁻ is a constant: `detach()` what comes from θ."
        )
    if any(each.data_ptr() in (target.data_ptr(), online.data_ptr()) for each in updated):
        raise Wrong("With τ = 0 or 1 you give back what was handed in: when θ is trained on, θ⁻ moves along. Make new tensors.")


MISTAKES = """
soft_update(online, target, tau)  # τ is the share of the *online* network θ: with a small τ the target network hardly moves.
{name: p.clone() for name, p in online.items()}  # That copies θ whatever τ is. With τ = 0 nothing may change.
(1 - tau) * p → p  # θ is added and nothing is taken away: the weights must be τ and 1 - τ, so that θ⁻ ends at θ.
{name: p.add_(tau * (online[name] - p)) for name, p in target.items()}  # The argument `target` was changed
.detach() →  # A gradient leads from θ⁻ back to θ
"""

SURVIVORS = {"gradient": "θ⁻ is a constant: nothing may flow", "online[name].detach → cut(online[name]).detach": "it is detached already"}
EXERCISE = exercise(soft_update, cases, MISTAKES, soft_update_stops_the_gradient, survivors=SURVIVORS)
