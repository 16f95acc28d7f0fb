"""dremeta_lite: watch agents learn how to learn.

Importing the package is cheap and starts nothing: it names the task families to Gymnasium, and torch is loaded when it is used.
"""

import sys as _sys

from dremeta_lite.start import names as _names

__version__ = "0.1.0"

_found = _names.hiding()
if _found and _sys.argv[:1] == ["-m"]:  # a command: without a traceback
    _sys.stderr.write("\n" + _names.complaint(_found) + "\n")
    _sys.exit(2)
if _found:
    raise ImportError(_names.complaint(_found))

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
        "Sinusoid": ("sinusoid:Sinusoid", 10),
        "Bandit": ("bandit:Bandit", 1),
        "RandomMDP": ("random_mdp:RandomMDP", 10),
        "HiddenGoal": ("hidden_goal:HiddenGoal", 15),
    }.items():
        gymnasium.register(
            id="dremeta/{}-v0".format(_name),
            entry_point="dremeta_lite.tasks.adapters:TaskEnv",
            vector_entry_point="dremeta_lite.tasks.adapters:TaskVectorEnv",
            max_episode_steps=_horizon,
            kwargs={"family": "dremeta_lite.tasks." + _family},
        )
