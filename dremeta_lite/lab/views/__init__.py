"""Views: what is drawn of learners, agents and tasks, in parts that `lab.parts` describes."""

import importlib
from typing import TYPE_CHECKING, Any

from dremeta_lite.facade import facade
from dremeta_lite.tasks.family import TaskFamily

if TYPE_CHECKING:
    from dremeta_lite.lab.views.adapting_model import AdaptiveModelView, ReversalView
    from dremeta_lite.lab.views.arm import ReachingView
    from dremeta_lite.lab.views.attention import AttentionExplorer
    from dremeta_lite.lab.views.bandit import PosteriorsAfter, PullsSide
    from dremeta_lite.lab.views.belief import bits, show_calibration, walked
    from dremeta_lite.lab.views.believing import BeliefLearningView, BeliefSide
    from dremeta_lite.lab.views.building import BesideView, own_a2c_view, own_maml_view, own_rl2_view
    from dremeta_lite.lab.views.cheetah import CheetahView, RunningView
    from dremeta_lite.lab.views.colours import show_paddle
    from dremeta_lite.lab.views.curriculum import CurriculumView
    from dremeta_lite.lab.views.curves import show_curves
    from dremeta_lite.lab.views.discounting import DiscountHyper, DiscountView
    from dremeta_lite.lab.views.generating import GeneratorsView
    from dremeta_lite.lab.views.hidden_goal import PathsSide
    from dremeta_lite.lab.views.language import ACTIONS, TriesSide
    from dremeta_lite.lab.views.learning import CartSide, LearningCurveView, MapSide, cart_yardsticks, navigation_heights
    from dremeta_lite.lab.views.memory import MemoryExplorer
    from dremeta_lite.lab.views.monte_carlo import MonteCarloView
    from dremeta_lite.lab.views.navigation import AdaptationView, showcase
    from dremeta_lite.lab.views.pendulum import ModelView, SwingUpView
    from dremeta_lite.lab.views.poles import ActingView, PolesView
    from dremeta_lite.lab.views.q_values import PixelSide, QTableView, TiltSide, pixel_yardsticks
    from dremeta_lite.lab.views.random_world import show_world
    from dremeta_lite.lab.views.sinusoid import SinusoidView, WaysView
    from dremeta_lite.lab.views.skills import SkillsView
    from dremeta_lite.lab.views.skirmish import BattlesSide
    from dremeta_lite.lab.views.sweeps import SweepView, transition_picture
    from dremeta_lite.lab.views.temperature import TemperatureHyper, TemperatureView
    from dremeta_lite.lab.views.transfer import PooledView, TransferView
    from dremeta_lite.lab.views.trials import TrialsView
else:
    __getattr__, __dir__ = facade(__name__)


def own(family: TaskFamily[Any], what: str) -> Any:
    """The class of this name in the file that a family names for its pictures (`TaskFamily.pictures`); None if it has none."""
    return getattr(importlib.import_module(f"{__name__}.{family.pictures}"), what, None) if family.pictures else None
