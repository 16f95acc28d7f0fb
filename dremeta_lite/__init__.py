"""dremeta_lite: watch agents learn how to learn.

Importing the package is cheap and starts nothing: it names the task families to Gymnasium, and torch is loaded when it is used.
"""

__version__ = "0.1.0"

try:
    import gymnasium
except ImportError:  # `python -m dremeta_lite lab` runs before anything is installed
    pass
else:
    for _name, _family in {
        "Navigation2D": "navigation:Navigation2D",
        "MirroredNavigation2D": "mirrored:MirroredNavigation2D",
        "Pendulum": "pendulum:Pendulum",
    }.items():
        gymnasium.register(
            id=f"dremeta/{_name}-v0",
            entry_point="dremeta_lite.tasks.adapters:TaskEnv",
            vector_entry_point="dremeta_lite.tasks.adapters:TaskVectorEnv",
            max_episode_steps={"Pendulum": 200}.get(_name, 100),
            kwargs={"family": f"dremeta_lite.tasks.{_family}"},
        )
