"""dremeta_lite: watch agents learn how to learn.

Importing the package is cheap and starts nothing: it names the task families to Gymnasium, and torch is loaded when it is used.
"""

import sys as _sys

from dremeta_lite.start import names as _names

_found = _names.hiding()  # before anything else is imported that a file of the reader's could hide
if _found and _sys.argv[:1] == ["-m"]:  # a command: without a traceback
    _sys.stderr.write("\n" + _names.complaint(_found) + "\n")
    _sys.exit(2)
if _found:
    raise ImportError(_names.complaint(_found))

from typing import TYPE_CHECKING  # noqa: E402

from dremeta_lite.facade import facade as _facade  # noqa: E402

if TYPE_CHECKING:  # what every lesson shares: families of tasks, and how they are played
    from dremeta_lite.episodes import OutsideFamily
    from dremeta_lite.exercises.exercise import NotYet
    from dremeta_lite.hyper import HyperParameters, Real, Whole
    from dremeta_lite.learner import draws_on, generator
    from dremeta_lite.meta.evaluation import standing_still
    from dremeta_lite.networks import GRU, MLP, Eyes, detach, stack
    from dremeta_lite.policies import CategoricalCNN, CategoricalMLP, GaussianMLP, GRUPolicy
    from dremeta_lite.rollout import Stream, Trajectories, collect, episodes_in, play, play_out
    from dremeta_lite.tasks.arm import ArmTask, MiswiredArm
    from dremeta_lite.tasks.bandit import Bandit, BanditTask
    from dremeta_lite.tasks.cartpole import CartPole, hidden_velocity
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
    from dremeta_lite.trials import play_trial
else:
    __getattr__, __dir__ = _facade(__name__)

__version__ = "0.1.0"

try:
    import gymnasium
except ImportError:  # `python -m dremeta_lite lab` runs before anything is installed
    pass
except Exception:  # packages that do not fit, in PYTHONPATH or in this Python: a command finds better ones
    if _sys.argv[:1] != ["-m"]:
        raise
else:
    for _name, (_family, _horizon) in {
        "Navigation2D": ("navigation:Navigation2D", 100),
        "MirroredNavigation2D": ("mirrored:MirroredNavigation2D", 100),
        "GridWorld": ("grid:GridWorld", 50),
        "CartPole": ("cartpole:CartPole", 500),
        "CartPoleHiddenVelocity": ("cartpole:hidden_velocity", 500),
        "Pendulum": ("pendulum:Pendulum", 200),
        "PoleOnCart": ("pole:PoleOnCart", 100),
        "MiswiredArm": ("arm:MiswiredArm", 100),
        "Sinusoid": ("sinusoid:Sinusoid", 10),
        "Bandit": ("bandit:Bandit", 1),
        "RandomMDP": ("random_mdp:RandomMDP", 10),
        "HiddenGoal": ("hidden_goal:HiddenGoal", 15),
        "HiddenLanguage": ("language:HiddenLanguage", 1),
        "HiddenGrammar": ("grammar:HiddenGrammar", 1),
        "GrammarWalk": ("grammar_walk:GrammarWalk", 6),
        "Skirmish": ("skirmish:Skirmish", 14),
        "SkirmishPixels": ("skirmish_pixels:SkirmishPixels", 14),
        "Colours": ("colours:Colours", 15),
    }.items():
        gymnasium.register(
            id="dremeta/{}-v0".format(_name),
            entry_point="dremeta_lite.tasks.adapters:TaskEnv",
            vector_entry_point="dremeta_lite.tasks.adapters:TaskVectorEnv",
            max_episode_steps=_horizon,
            kwargs={"family": "dremeta_lite.tasks." + _family},
        )
