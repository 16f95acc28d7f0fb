"""Which goals should one train on? PPO told its goal, and four ways to choose the goals of the next iteration.

    uniform       from p(T), the family's own: most of these goals nobody can reach
    goal_gan      a GAN learns to draw goals of intermediate difficulty, those reached in some tries but not in all; noise is added
    remembered    no GAN: a goal that was of intermediate difficulty lately, with the same noise
    oracle        many goals are tried out by the present policy, and those of intermediate difficulty taken; the trying is not counted

Each iteration tries every goal twice, so intermediate is one success in two. This is a curriculum: it chooses what is learned next. The
agent that comes out is told its goal, and adapts to nothing.

Source: Florensa, Held, Geng and Abbeel 2018, "Automatic goal generation for reinforcement learning agents" (arXiv 1705.06366): goals of
intermediate difficulty (GOID), the GAN with (a, b, c) = (-1, 1, 0) after Mao et al. 2017 (LSGAN), and old goals that are kept. That D sees
blurred goals, and that each kind has a mean of its own, are our additions.
"""

from typing import Any, cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import leaky_relu

from dremeta_lite.compatibility import need
from dremeta_lite.hyper import Real
from dremeta_lite.inner.ppo import PPO, PPOHyper
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.networks import MLP, Params, detach
from dremeta_lite.rollout import Rollout, play_out
from dremeta_lite.tasks import NavigationTask, SpiralMaze, TaskFamily
from dremeta_lite.tasks.drawn_goals import Goals, some

WAYS = ("uniform", "goal_gan", "remembered", "oracle")
GOALS, TRIES, NEW = 100, 2, 67
RECENT, OLD = 5 * GOALS, 300
LATENT, BATCH, UPDATES, FIRST_UPDATES, BETAS, BLUR = 4, 128, 20, 300, (0.5, 0.9), 0.02
CANDIDATES, AROUND = 300, 7.0
FEWEST, VISITED = 3, 10
"""If fewer new goals than this are of intermediate difficulty, so many places that were visited join the old goals."""
EACH = 4


class CurriculumHyper(PPOHyper):
    """What can be changed while goals are chosen."""

    noise = Real(1.0, low=0, high=5, symbol="σ", unit="units", help="standard deviation of what is added to each new goal")
    goal_x = Real(2.0, low=-0.5, high=4.5, unit="units", help="the goal that the agent shows its way to")
    goal_y = Real(0.0, low=-0.5, high=4.5, unit="units", help="the goal that the agent shows its way to")


def intermediate(success: Float[Tensor, "*goal"], low: float = 0.1, high: float = 0.9) -> Bool[Tensor, "*goal"]:
    """Which goals are of intermediate difficulty: reached in some tries, but not in all."""
    return (success > low) & (success < high)


class GoalGAN(GradientLearner):
    """A least-squares GAN that learns to draw goals like the good ones, and unlike all others.

    Args:
        family: whose square the goals lie in.
        first: goals [500, 2] to begin with; all of them are good.

    Attributes:
        goals, good: what it learns from, [500, 2] and [500].
    """

    kept = (*GradientLearner.kept, "goals", "good")

    def __init__(self, family: SpiralMaze, first: Goals, seed: int = 0, device: torch.device | str = "cpu") -> None:
        self.middle, self.half, self.device, rng = family.middle, family.side / 2, torch.device(device), generator(seed)
        self.generate = MLP([LATENT, 32, 32, 2], 0.5, device, "generator_", torch.relu)
        self.discriminate = MLP([2, 32, 32, 1], 1.0, device, "discriminator_", lambda x: leaky_relu(x, 0.2))
        self.goals, self.good = first, torch.ones(len(first), dtype=torch.bool, device=device)
        super().__init__(self.generate.init(rng) | self.discriminate.init(rng), rng)
        self.optimiser.param_groups[0]["betas"] = BETAS

    def make(self, theta: Params, n: int) -> Goals:
        """G(z), in [-1, 1]²."""
        z = torch.randn(n, LATENT, generator=self.rng, device=self.rng.device).to(self.device)
        return self.generate.forward(theta, z).tanh()

    @torch.no_grad()
    def draw(self, n: int) -> Goals:
        """Draw n goals, in the units of the maze."""
        return self.middle + self.half * self.make(self.learned, n)

    def loss(self, theta: Params, good: Goals, bad: Goals) -> Float[Tensor, ""]:
        """L_D + L_G, each with the other network standing still; goals in [-1, 1]²."""
        made, judge = self.make(theta, len(good)), self.discriminate.forward
        loss_d = (judge(theta, self.blurred(good)) - 1).square().mean() + (judge(theta, self.blurred(made.detach())) + 1).square().mean()
        loss_d = loss_d + ((judge(theta, bad) + 1).square().mean() if len(bad) else 0)
        return loss_d + judge(detach(theta), made).square().mean()

    def advance(self) -> dict[str, float]:
        """Twenty updates, on as many good goals as bad ones."""
        x, loss = (self.goals - self.middle) / self.half, torch.zeros((), device=self.device)
        good, bad = x[self.good], x[~self.good]
        for _ in range(UPDATES if len(good) >= FEWEST else 0):
            loss = self.loss(self.learned, some(good, BATCH, self.rng), some(bad, BATCH, self.rng))
            self.descend(loss, 2e-3)
        return {"gan_loss": loss.item()}

    def blurred(self, goals: Goals) -> Goals:
        """With a little noise: else D tells the two apart by hairs, while the corridor is a tenth of the square, and G gets lost."""
        return goals + BLUR * torch.randn(goals.shape, generator=self.rng, device=self.rng.device).to(goals)


class GoalCurriculum(PPO):
    """PPO on goals that are chosen in every iteration: a hundred, each tried twice.

    Args:
        family: the maze.
        way: how goals are chosen.
        seed, device, hyper: as of every `Learner`.

    Attributes:
        gan: has the goals of the last five iterations, with which of them were good; where the way needs one, the GAN as well.
        old: three hundred goals that once were good, or places that were visited; a third of the goals come from there, except for
            `uniform` and `oracle`.
        goals, success: those of the last iteration, and in what share of the tries each was reached.

    Raises:
        ValueError: the family is no SpiralMaze, or there is no such way.
    """

    hyper: CurriculumHyper
    hyper_type = CurriculumHyper
    kept = (*PPO.kept, "old", "goals", "success", "gan")
    value_unit = 1.0  # no return is larger

    def __init__(self, family: TaskFamily, way: str = "goal_gan", seed: int = 0, device: torch.device | str = "cpu", **hyper: Any) -> None:
        need(isinstance(family, SpiralMaze), type(self).__name__, "a SpiralMaze", family, "no corridor")
        if way not in WAYS:
            raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}")
        self.way, self.maze = way, cast(SpiralMaze, family)
        super().__init__(family, None, seed, device, episodes=1, **{"epochs": 3, "minibatches": 8, "discount": 0.98, **hyper})
        visited = self.visited(self.tried(detach(self.theta), self.maze.sample_tasks(100, self.rng, device)))
        self.old, self.gan = some(visited, OLD, self.rng), GoalGAN(self.maze, some(visited, RECENT, self.rng), seed, device)
        self.goals, self.success = some(visited, GOALS, self.rng), torch.zeros(GOALS, device=device)
        for _ in range(FIRST_UPDATES // UPDATES if way == "goal_gan" else 0):
            self.gan.advance()
        self.last_good = self.state_dict()

    def advance(self) -> dict[str, float]:
        """One iteration: choose goals, try them, label them, improve the policy."""
        batch = self.experience(detach(self.theta))
        self.heartbeat()
        shares = {"coverage": self.covered, "intermediate": intermediate(self.success).float().mean().item()}
        numbers = self.improve(batch)
        return {**shares, "success": self.success.mean().item(), **numbers, "env_steps": float(len(batch.advantage))}

    def play_on(self, theta: Params) -> Rollout:
        """Choose goals, and try each of them twice; beside them goals all over the corridor, from which nothing is learned."""
        self.goals = self.choose(theta)
        chosen, judged = self.goals.repeat(TRIES, 1), self.maze.reachable_tasks(EACH, self.rng, self.device).goal
        both = self.tried(theta, NavigationTask(torch.cat([chosen, judged])))
        self.covered = both.returns()[len(chosen) :].mean().item()
        rollout = Rollout(*(x[: len(chosen)] for x in both))
        self.success = rollout.returns().view(TRIES, -1).mean(0)
        if self.way in ("goal_gan", "remembered"):
            self.learn_goals(self.visited(rollout))
        return rollout

    def choose(self, theta: Params) -> Goals:
        """The goals of an iteration [100, 2]."""
        if self.way == "uniform":
            return self.maze.sample_tasks(GOALS, self.rng, self.device).goal
        if self.way == "oracle":
            anywhere = torch.rand(CANDIDATES, 2, generator=self.rng, device=self.rng.device).to(self.device)
            goals = self.maze.middle + AROUND * (anywhere - 0.5)
            success = self.tried(theta, NavigationTask(goals.repeat(3, 1))).returns().view(3, -1).mean(0)
            good = goals[intermediate(success)]
            return some(good if len(good) else goals, GOALS, self.rng)
        good = self.gan.goals[self.gan.good]
        new = self.gan.draw(NEW) if self.way == "goal_gan" else some(good if len(good) else self.old, NEW, self.rng)
        new = new + self.hyper.noise * torch.randn(new.shape, generator=self.rng, device=self.rng.device).to(new)
        half = self.maze.side / 2
        return torch.cat([new.clamp(self.maze.middle - half, self.maze.middle + half), some(self.old, GOALS - NEW, self.rng)])

    def learn_goals(self, visited: Goals) -> None:
        """Label the goals, remember the good ones, and train the GAN. Where hardly any is good, go back to what can be reached at all."""
        good = intermediate(self.success)
        self.gan.goals = torch.cat([self.gan.goals, self.goals])[-RECENT:]
        self.gan.good = torch.cat([self.gan.good, good])[-RECENT:]
        new = self.goals[:NEW][good[:NEW]]
        more = some(visited, VISITED, self.rng) if len(new) < FEWEST else new[:0]
        self.old = torch.cat([self.old, new, more])[-OLD:]
        if self.way == "goal_gan":
            self.gan.advance()

    def tried(self, theta: Params, tasks: NavigationTask, rng: torch.Generator | None = None) -> Rollout:
        """One episode in each task; the return is 1 where the goal was reached."""
        rng = rng or self.rng
        return play_out(self.maze, tasks, lambda s: self.policy.sample(theta, s, rng)[0], len(tasks.goal), rng)

    def visited(self, rollout: Rollout) -> Goals:
        """The places that were visited, as goals."""
        return self.maze.middle + 2 * rollout.next_observation[rollout.mask > 0][:, :2]
