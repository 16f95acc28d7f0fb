"""Learning OVER tasks: the outer loop."""

from typing import TYPE_CHECKING

from dremeta_lite.facade import facade

if TYPE_CHECKING:
    from dremeta_lite.meta.adaptive_model import BayesianModel, GradientModel, prediction_error
    from dremeta_lite.meta.belief_encoder import BeliefEncoder, Wanderer, evidence
    from dremeta_lite.meta.belief_policy import BeliefPolicy
    from dremeta_lite.meta.clipped_maml import ClippedMAML
    from dremeta_lite.meta.dpt import DPT, Distilled, learning_histories
    from dremeta_lite.meta.emaml import EMAML
    from dremeta_lite.meta.evaluation import adapt_to, oracle, standing_still
    from dremeta_lite.meta.fast_walker import WalkingWeights
    from dremeta_lite.meta.fast_weights import FastWeights
    from dremeta_lite.meta.fine_tuning import FineTuned
    from dremeta_lite.meta.goal_curriculum import GoalCurriculum, GoalGAN
    from dremeta_lite.meta.goal_generators import GoalGenerators, kernel_width, near, resampled
    from dremeta_lite.meta.maml import MAML, meta_objective
    from dremeta_lite.meta.meta_sgd import MetaSGD
    from dremeta_lite.meta.pooled import Pooled
    from dremeta_lite.meta.regression import RegressionLearner
    from dremeta_lite.meta.reptile import Reptile
    from dremeta_lite.meta.rl2 import RL2
    from dremeta_lite.meta.rl2_ppo import RL2PPO
    from dremeta_lite.meta.skills import SkillDiscovery
    from dremeta_lite.meta.split_maml import SplitMAML, piece_of, weighted_sum
    from dremeta_lite.meta.student import Student
    from dremeta_lite.meta.task_inference import elbo_terms, reward_weights
    from dremeta_lite.meta.varibad import VariBAD
else:
    __getattr__, __dir__ = facade(__name__)
