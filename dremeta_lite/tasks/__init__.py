"""Families of tasks: what the agent learns, and what changes from task to task."""

from dremeta_lite.tasks.cartpole import CartPole, CartPoleTask, hidden_velocity
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.tasks.mirrored import MirroredNavigation2D, MirroredTask
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask
from dremeta_lite.tasks.pendulum import Pendulum, PendulumTask

__all__ = [
    "CartPole",
    "CartPoleTask",
    "GridTask",
    "GridWorld",
    "MirroredNavigation2D",
    "MirroredTask",
    "Navigation2D",
    "NavigationTask",
    "Pendulum",
    "PendulumTask",
    "TaskFamily",
    "hidden_velocity",
]
