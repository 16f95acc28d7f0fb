"""dremeta_lite: watch agents learn how to learn.

Importing the package is cheap and starts nothing: it names the task families to Gymnasium, and torch is loaded when it is used.
"""

__version__ = "0.1.0"

try:
    import gymnasium
except ImportError:  # `python -m dremeta_lite lab` runs before anything is installed
    pass
else:
    gymnasium.register(
        id="dremeta/Navigation2D-v0",
        entry_point="dremeta_lite.tasks.adapters:TaskEnv",
        vector_entry_point="dremeta_lite.tasks.adapters:TaskVectorEnv",
        max_episode_steps=100,
        kwargs={"family": "dremeta_lite.tasks.navigation:Navigation2D"},
    )
