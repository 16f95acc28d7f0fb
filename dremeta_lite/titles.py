"""What learners and yardsticks are called, in pictures, tables, texts and recorded data. How they look: `lab/looks.py`."""

from collections.abc import Mapping

RANDOM = "random policy"
STILL = "standing still"
SCRATCH = "from scratch"
"""Ordinary learning of a new task, from new parameters."""
POOLED = "pooled"
"""One policy for all tasks."""
ORACLE = "oracle"
"""It is told the task."""
BAYES = "Bayes-optimal"
"""No agent that is not told the task can return more, on average over p(T)."""
POSTERIOR = "posterior sampling"
PSRL = "PSRL"
"""Posterior sampling of whole worlds."""
THOMPSON = "Thompson sampling"
"""Posterior sampling of a bandit's arms."""
TUNED_UCB = "UCB1, tuned"
TUNED_BEB = "BEB, tuned"
"""Bayesian exploration bonus."""
TRILATERATION = "trilateration"
"""It computes the goal from the distances in its first rewards."""
OPTIMAL = "optimal"
"""The best policy of one known task, which is planned and not learned."""

YARDSTICKS = (RANDOM, STILL, SCRATCH, POOLED, ORACLE, BAYES, POSTERIOR, PSRL, THOMPSON, TUNED_UCB, TUNED_BEB, TRILATERATION, OPTIMAL)

LEARNERS: Mapping[str, str] = {
    "maml": "MAML",
    "emaml": "E-MAML",
    "first_order": "first-order MAML",
    "reptile": "Reptile",
    "meta_sgd": "Meta-SGD",
    "pooled": POOLED,
    "rl2": "RL²",
    "belief": "exact belief",
    "varibad": "VariBAD",
}
"""By the key that files, tables and settings have."""
