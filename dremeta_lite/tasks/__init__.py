"""Families of tasks: what the agent learns, and what changes from task to task."""

from typing import TYPE_CHECKING

from dremeta_lite.facade import facade

if TYPE_CHECKING:
    from dremeta_lite.tasks.arm import ArmTask, MiswiredArm
    from dremeta_lite.tasks.bandit import Bandit, BanditTask
    from dremeta_lite.tasks.cartpole import CartPole, CartPoleTask, hidden_velocity
    from dremeta_lite.tasks.cheetah import HalfCheetahDir, MiswiredCheetah
    from dremeta_lite.tasks.colours import Colours, ColoursTask
    from dremeta_lite.tasks.described_goal import DESCRIPTIONS, DescribedGoal
    from dremeta_lite.tasks.drawn_goals import NavigationTo, ring
    from dremeta_lite.tasks.family import TaskFamily, pick
    from dremeta_lite.tasks.grammar import GrammarTask, HiddenGrammar, never_heard
    from dremeta_lite.tasks.grammar_walk import GrammarWalk
    from dremeta_lite.tasks.grid import GridTask, GridWorld
    from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
    from dremeta_lite.tasks.language import LEXICON, HiddenLanguage, LanguageTask
    from dremeta_lite.tasks.mirrored import MirroredNavigation2D, MirroredTask
    from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask
    from dremeta_lite.tasks.pendulum import Pendulum, PendulumTask
    from dremeta_lite.tasks.pole import PoleOnCart, PoleTask
    from dremeta_lite.tasks.practice import Practice, SkillRewards
    from dremeta_lite.tasks.random_mdp import RandomMDP, RandomMDPTask
    from dremeta_lite.tasks.sinusoid import Sinusoid, SinusoidTask
    from dremeta_lite.tasks.skirmish import COLOURS, Skirmish, SkirmishTask
    from dremeta_lite.tasks.skirmish_pixels import SkirmishPixels
    from dremeta_lite.tasks.spiral import SpiralMaze
else:
    __getattr__, __dir__ = facade(__name__)
