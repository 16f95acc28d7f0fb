"""Learning ONE task: the inner loop."""

from typing import TYPE_CHECKING

from dremeta_lite.facade import facade

if TYPE_CHECKING:
    from dremeta_lite.inner.actor_critic import A2C, advantages
    from dremeta_lite.inner.dqn import DQN, bootstrap_value, q_loss
    from dremeta_lite.inner.monte_carlo import MonteCarlo, returns_to_go, walk
    from dremeta_lite.inner.policy_gradient import Experience, adapt, log_surrogate, prepare, surrogate
    from dremeta_lite.inner.ppo import PPO, clipped_surrogate
    from dremeta_lite.inner.q_learning import QLearning, next_worth, td_target
    from dremeta_lite.inner.q_player import QPlayer
    from dremeta_lite.inner.recurrent import RecurrentPPO
    from dremeta_lite.inner.reinforce import Reinforce, score_objective
    from dremeta_lite.inner.specialists import Specialists, transfer_matrix
else:
    __getattr__, __dir__ = facade(__name__)
