"""Exercise 12.5 · what a student is told · 8 minutes, ★★☆

1. The student is wrong by as much as its mean action differs from the teacher's. In which steps does that count?
2. Squares are summed over the motors, and averaged over the steps whose mask is 1. What does the gradient reach, besides the student?
3. wrong ← ((student - teacher.detach())²).sum(-1);  return (wrong · mask).sum() / mask.sum()

The states are those that the student got into, and the teacher is only asked. Learned in the teacher's states alone, a first small mistake
leads to where nobody was ever told what to do.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.exercise import Wrong


def imitation_loss(student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    wrong = (student - teacher.detach()).square().sum(-1)
    return (wrong * mask).sum() / mask.sum()


def cases() -> Cases:
    student = torch.tensor([[[0.5, -1.0], [1.0, 0.0], [0.25, 0.5]], [[0.0, 0.25], [2.0, 3.0], [0.0, 0.0]]])
    teacher = torch.tensor([[[0.5, 1.0], [0.0, 0.5], [0.25, -0.5]], [[1.0, 0.25], [-5.0, 9.0], [300.0, 400.0]]])
    yield case("two trials of two steps, all count", student[:, :2], teacher[:, :2], [[1.0] * 2] * 2, expected=91.25 / 4)
    mask = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    yield case("three steps did not happen", student, teacher, mask, expected=3.25 / 3)
    loud = torch.where(mask[..., None] > 0, student, 1e5)
    yield case("and the student is far off there", loud, teacher, mask, expected=3.25 / 3)
    yield case("it acts like the teacher", teacher, teacher, mask, expected=0.0)


def teacher_is_only_asked(answer: object) -> None:
    """No gradient reaches the teacher: it is not to learn from the student."""
    student, teacher = torch.tensor([[[0.5], [1.0]]]), torch.tensor([[[1.0], [-1.0]]], requires_grad=True)
    loss = answer(student.requires_grad_(), teacher, torch.ones(1, 2))  # type: ignore[operator]
    if torch.autograd.grad(loss, teacher, allow_unused=True)[0] is not None:
        raise Wrong(
            "The loss is right, but its gradient moves the teacher towards the student as well. Cut it off there: `teacher.detach()`."
        )


MISTAKES = """
teacher.detach() → teacher  # The loss is right, but its gradient moves the teacher towards the student as well.
(wrong * mask).sum() / mask.sum() → wrong.mean()  # Steps whose mask is 0 did not happen: they must not count.
(wrong * mask).sum() / mask.sum() → (wrong * mask).mean()  # Divide by the number of steps that happened, not by all.
# The mean over the steps is asked for. That is the sum: it grows with how long is played.
    (wrong * mask).sum() / mask.sum() → (wrong * mask).sum()
# All steps count alike. In a mean of the trials' means those of a short trial count more.
    (wrong * mask).sum() / mask.sum() → ((wrong * mask).sum(-1) / mask.sum(-1)).mean()
.square().sum(-1) → .norm(dim=-1)  # That is the distance, with a root. The loss has its square.
.square().sum(-1) → .square().mean(-1)  # Squares are summed over the motors; you take their mean.
.square().sum(-1) → .abs().sum(-1)  # Squares are asked for: small differences then weigh little.
.square().sum(-1) → .sum(-1).square()  # Square each motor's difference first, and then sum: else two mistakes can cancel.
"""

SURVIVORS = {
    "teacher.detach() → cut(teacher).detach()": "it is cut already",
    "student - teacher.detach() → teacher.detach() - student": "only its square enters",
}
EXERCISE = exercise(imitation_loss, cases, MISTAKES, teacher_is_only_asked, flows="student", survivors=SURVIVORS)
