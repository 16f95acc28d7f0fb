"""Comparison: benchmarks with their methods and yardsticks, checkpoints of training, several learners side by side, scores and tables."""

from typing import TYPE_CHECKING

from dremeta_lite.facade import facade

if TYPE_CHECKING:
    from dremeta_lite.compare.acting import Acting, Reaching
    from dremeta_lite.compare.benchmark_results import results, show_benchmarks
    from dremeta_lite.compare.benchmarks import BENCHMARKS, METHODS
    from dremeta_lite.compare.context_tables import context_runs, show_contexts
    from dremeta_lite.compare.devices import show_gpu_limits
    from dremeta_lite.compare.films import Film
    from dremeta_lite.compare.game_tables import Game, show_battles, show_catches, show_games, skirmish_run, trained_commander
    from dremeta_lite.compare.language_tables import show_described, show_grammar, show_walk, show_words, trained_walker
    from dremeta_lite.compare.model_tables import needed_for, returned_after, show_model_or_policy, show_models, show_reversed
    from dremeta_lite.compare.own import Beside, Own
    from dremeta_lite.compare.recorded_runs import recorded_run, trained_varibad
    from dremeta_lite.compare.regression_side_by_side import RegressionSideBySide
    from dremeta_lite.compare.robot_tables import arm_agents, arm_curves, falls_by_time, pole_agents, show_cheetah, show_poles
    from dremeta_lite.compare.scaling import (
        Costs,
        iteration_seconds,
        measured_costs,
        rllib_curves,
        show_rllib,
        show_scaling,
        tasks_per_second,
    )
    from dremeta_lite.compare.scores import chances, play_agents
    from dremeta_lite.compare.side_by_side import SideBySide
    from dremeta_lite.compare.tables import recorded, show_beliefs, show_kept_out, show_measured, show_results, show_starts, show_toggles
    from dremeta_lite.compare.task_tables import show_explored, show_from_skills, show_practised, show_searched
    from dremeta_lite.compare.texts import reveal
    from dremeta_lite.table import Table
else:
    __getattr__, __dir__ = facade(__name__)
