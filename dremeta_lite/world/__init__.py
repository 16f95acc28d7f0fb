"""Learning the transition model s' = f(s, a), planning with it, and exact values of worlds that are known."""

from typing import TYPE_CHECKING

from dremeta_lite.facade import facade

if TYPE_CHECKING:
    from dremeta_lite.world.adaptive_agent import AdaptiveAgents, Way, act_adaptively
    from dremeta_lite.world.bayes_bandit import BayesBandit
    from dremeta_lite.world.bayes_language import BayesLanguage
    from dremeta_lite.world.bayes_linear import posterior
    from dremeta_lite.world.bayes_optimal import BayesOptimal, bayes_optimal_plan, known_goal_returns
    from dremeta_lite.world.blind_search import best_path, share_found
    from dremeta_lite.world.copied_game import CopiedGame, best_returns, copy_game, known_starts, replay, steps_a_second
    from dremeta_lite.world.discounting import break_even_discount
    from dremeta_lite.world.dynamics import init_ensemble, network, one_step_loss
    from dremeta_lite.world.hidden_pendulum import first, known_form, moved_by, points, wander
    from dremeta_lite.world.model_learner import ModelLearner
    from dremeta_lite.world.planning import act_by_planning, cem, imagine, imagined_return, random_shooting, reward_of, true_model
    from dremeta_lite.world.planning_agent import PlanningAgent
    from dremeta_lite.world.starcraft import StarCraftBattles
    from dremeta_lite.world.sweeps import Sweeps
    from dremeta_lite.world.tabular import action_values, policy_evaluation, policy_iteration, value_iteration
else:
    __getattr__, __dir__ = facade(__name__)
