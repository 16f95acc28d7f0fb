"""What `data/` holds, and the sentences about it in README and the notebooks: each claim in words stands here as a number."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite import store
from dremeta_lite.compare.tables import recorded, show_results
from dremeta_lite.lab.playground import pretrained
from dremeta_lite.meta.evaluation import adapt_to, standing_still
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D

README, RESULTS = ((Path(__file__).parent.parent / name).read_text(encoding="utf-8") for name in ("README.md", "RESULTS.md"))
RESULTS_AGENTS = ("maml", "first_order", "one_step", "pooled", "pooled_three", "pooled_plain", "scratch")


@pytest.fixture
def agents() -> dict[str, Any]:
    return recorded()["agents"]


def test_results_show_the_recorded_tables() -> None:
    assert show_results(RESULTS_AGENTS).markdown() in RESULTS
    assert show_results(family="MirroredNavigation2D").markdown() in RESULTS


def test_the_few_lines_of_readme_print_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Each step amplifies the differences in rounding between machines, hence the tolerance, as below."""
    code, said = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL).groups()  # type: ignore[union-attr]
    exec(code, {})
    numbers = [[float(x) for x in re.findall(r"-?\d+\.\d", text)] for text in (said, capsys.readouterr().out)]
    assert len(numbers[0]) == 4 and numbers[1] == pytest.approx(numbers[0], abs=0.3)


@pytest.mark.parametrize("path", [path for path in sorted(store.DATA.glob("**/*.json")) if path.parent.name != "source_program"], ids=str)
def test_recorded_figures_are_sealed(path: Path) -> None:
    """So that nobody types one. What has to be renamed in them is written with `store.write_figures`."""
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["seal"] == store.seal(content)
    assert len(store.read_figures(path, "")) == len(content) - 1


def test_every_row_is_the_mean_over_its_seeds(agents: dict[str, Any]) -> None:
    for agent in agents.values():
        means = [sum(seed[k] for seed in agent["seeds"]) / len(agent["seeds"]) for k in range(4)]
        assert agent["mean"] == pytest.approx(means, abs=0.011)  # two roundings to 0.01
        assert all(low <= mean <= high for mean, (low, high) in zip(agent["mean"], agent["interval"], strict=True))


@pytest.mark.parametrize("name", ["maml", "pooled"])
def test_the_stored_parameters_return_what_the_table_says(name: str, agents: dict[str, Any]) -> None:
    """Measured anew as `pretrain` measures. Each step amplifies the differences in rounding between machines, hence the tolerance; it is
    less than the spread between seeds at step 1."""
    policy, theta = pretrained(name)
    family = Navigation2D()
    rate = agents[name]["inner_lr"][0]
    returns = adapt_to(family, family.held_out_tasks(), policy, theta, inner_lr=rate, trajectories=40, seed=1).returns().mean(1)
    assert returns.tolist() == pytest.approx(agents[name]["seeds"][0], abs=0.3)


def test_each_file_names_its_origin() -> None:
    paths = sorted(store.DATA.glob("*navigation2d/*.safetensors"))
    assert len(paths) == 4
    for path in paths:
        _, description = store.read(path)
        assert description["origin"].startswith("python3 -m dremeta_lite pretrain")
        assert {"seed", "hyper", "family", "learner", "version", "held_out_returns"} <= description.keys()
    assert json.loads((store.DATA / "navigation2d" / "results.json").read_text(encoding="utf-8"))["origin"]["held_out_tasks"] == 100


def overlap(a: dict[str, Any], b: dict[str, Any], step: int) -> bool:
    (low, high), (other_low, other_high) = a["interval"][step], b["interval"][step]
    return low <= other_high and other_low <= high


class TestClaimsOfNotebook06:
    """The sentences around the tables, in numbers."""

    def test_first_and_second_order_cannot_be_told_apart(self, agents: dict[str, Any]) -> None:
        assert all(overlap(agents["maml"], agents["first_order"], step) for step in (1, 2, 3))

    def test_before_adaptation_maml_is_no_better_than_standing_still(self, agents: dict[str, Any]) -> None:
        family = Navigation2D()
        still = standing_still(family, family.held_out_tasks()).mean().item()
        assert agents["maml"]["mean"][0] == pytest.approx(still, abs=1.0)

    def test_tuned_pooled_training_comes_very_close(self, agents: dict[str, Any]) -> None:
        assert agents["pooled"]["mean"][1] > agents["maml"]["mean"][1] - 2
        assert agents["pooled_three"]["mean"][3] > agents["maml"]["mean"][3] - 1

    def test_pooled_training_as_long_as_maml_and_with_its_step_fails(self, agents: dict[str, Any]) -> None:
        assert max(seed[1] for seed in agents["pooled_plain"]["seeds"]) < agents["scratch"]["mean"][0]

    def test_pooled_training_has_learned_to_walk_to_the_middle(self, agents: dict[str, Any]) -> None:
        family = Navigation2D()
        tasks = family.held_out_tasks()
        grid = torch.cartesian_prod(*[torch.linspace(-0.5, 0.5, 6)] * 2).expand(100, 36, 2)
        cosines = {}
        for name, row in (("maml", "maml"), ("pooled", "pooled"), ("fresh", "scratch")):
            policy, theta = pretrained(name)
            params = adapt_to(family, tasks, policy, theta, inner_lr=agents[row]["inner_lr"][0], steps=1).params
            before, after = (policy.mean(phi, grid) for phi in params)
            to_goal = torch.cosine_similarity(after, tasks.goal[:, None] - grid, dim=-1).mean().item()
            cosines[name] = torch.cosine_similarity(before, -grid, dim=-1).mean().item(), to_goal
        assert min(*cosines["maml"], *cosines["pooled"]) > 0.85
        assert cosines["fresh"][0] < 0.5

    def test_where_tasks_disagree_maml_adapts_and_pooled_training_does_not(self) -> None:
        agents, yardsticks = recorded("MirroredNavigation2D")["agents"], recorded("MirroredNavigation2D")["yardsticks"]
        for step in (2, 3):
            best_pooled = max(agents[name]["interval"][step][1] for name in ("pooled", "pooled_three"))
            assert best_pooled < agents["maml"]["interval"][step][0] - 5
        assert agents["pooled"]["mean"][1] > agents["maml"]["mean"][1]  # one step is not enough for anybody
        assert agents["maml"]["interval"][0][1] < yardsticks["standing still"] - 10  # a bad policy, and a good start

    def test_where_half_of_the_tasks_are_mirrored_maml_starts_in_a_spiral(self) -> None:
        policy, theta = pretrained("maml", MirroredNavigation2D())
        place = torch.cartesian_prod(*[torch.linspace(-0.5, 0.5, 6)] * 2)
        sideways = torch.stack([-place[:, 1], place[:, 0]], -1)
        action = policy.mean(theta, place)
        assert torch.cosine_similarity(action, -place, -1).mean().abs() < 0.3
        assert torch.cosine_similarity(action, sideways, -1).mean().abs() > 0.9
