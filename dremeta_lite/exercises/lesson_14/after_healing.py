"""Exercise 14.1 · what the medic does · 10 minutes, ★★☆

1. Who can be healed at all? Among those, who lacks most?
2. What each lacks is `most - health`, and 0 for the medic and for the fallen. `argmax` finds the first of the largest.
3. lacks ← (most - health), 0 where health is 0 and at the medic;  i ← argmax;  if the medic lives: health[i] + min(lacks[i], healing)

If several lack the same, `argmax` finds the first of them: a tie needs no line of its own.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def after_healing(health: Tensor, medic: int, most: float, healing: float) -> Tensor:
    lacks = (most - health) * (health > 0)
    lacks[medic] = 0
    healed = health.clone()
    if health[medic] > 0:
        i = lacks.argmax()
        healed[i] = health[i] + lacks[i].clamp(max=healing)
    return healed


def cases() -> Cases:
    for words, health, medic, healing, after in (
        ("one soldier is wounded", [50.0, 12.0, 50.0, 50.0], 0, 40.0, [50.0, 50.0, 50.0, 50.0]),
        ("two are wounded deeply", [30.0, 12.0, 30.0, 4.0], 0, 20.0, [30.0, 12.0, 30.0, 24.0]),
        ("the medic itself is wounded most", [25.0, 28.0, 3.0, 29.0], 2, 20.0, [30.0, 28.0, 3.0, 29.0]),
        ("the medic alone is wounded", [30.0, 30.0, 30.0, 8.0], 3, 20.0, [30.0, 30.0, 30.0, 8.0]),
        ("a soldier has fallen", [30.0, 0.0, 25.0, 30.0], 0, 20.0, [30.0, 0.0, 30.0, 30.0]),
        ("the medic has fallen", [10.0, 22.0, 0.0, 30.0], 2, 20.0, [10.0, 22.0, 0.0, 30.0]),
        ("hardly anybody lives", [0.5, 0.25, 30.0], 0, 20.0, [0.5, 20.25, 30.0]),
        ("of all others nobody lives", [0.0, 0.0, 12.0], 2, 20.0, [0.0, 0.0, 12.0]),
        ("a weak medic, and two alike", [10.0, 10.0, 30.0], 2, 5.0, [15.0, 10.0, 30.0]),
    ):
        yield case(words, health, medic, max(30.0, *health), healing, expected=after)


MISTAKES = """
lacks[medic] = 0 → pass  # Here the medic heals itself. It heals the most injured of the *others*.
* (health > 0) →  # The fallen lack most, but they are not healed: whose health is 0 stays at 0.
if health[medic] > 0: → if True:  # A medic who has fallen heals nobody.
lacks[i].clamp(max=healing) → healing  # Nobody gets more than is lacking: health ends at `most`.
lacks[i].clamp(max=healing) → lacks[i]  # At most `healing` points come back in one step.
# All who are wounded are healed. A medic helps one in each step: the most injured.
    lacks = (most - health) * (health > 0)
    lacks[medic] = 0
    return health + lacks.clamp(max=healing) * (health[medic] > 0)
"""

EXERCISE = exercise(after_healing, cases, MISTAKES, survivors={"gradient": "nothing differentiates the rules"})
