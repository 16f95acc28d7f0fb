"""Published figures beside ours: the recorded rows, the tables made of them, and some of them measured again."""

import json
import math
from pathlib import Path

import pytest

from dremeta_lite.compare import published, published_starts
from dremeta_lite.compare.published import Row, read
from dremeta_lite.compare.published_starts import starts
from dremeta_lite.recording import duan, learned, plays
from dremeta_lite.recording import published as command
from dremeta_lite.recording.plays import Method
from dremeta_lite.store import StoreError
from dremeta_lite.table import together
from dremeta_lite.tasks.bandit import Bandit
from dremeta_lite.tasks.random_mdp import RandomMDP
from dremeta_lite.world.bayes_bandit import BayesBandit

RESULTS = (Path(__file__).parents[2] / "RESULTS.md").read_text(encoding="utf-8")


def recorded(name: str) -> dict[tuple[str, str], Row]:
    return {(row.name, row.setting): row for row in read(name)[0]}


BANDITS, MDPS = recorded("bandits"), recorded("mdps")
SETTINGS = {(n, k): figures for (n, k), figures in duan.BANDITS.items() if n <= 100}
"""The settings that the command measures when nothing else is asked for."""


def test_results_show_the_recorded_tables() -> None:
    assert together(published.published("bandits"), published.published("mdps")) in RESULTS
    assert together(*starts()) in RESULTS


def test_the_figures_of_learned_starts_stand_beside_the_papers() -> None:
    """As often quoted: MAML on 2D navigation and on 5-shot sinusoids. Ours come as near as 1.8 in the return, and 0.1 in the error."""
    navigation = [row for row in published_starts.navigation()[0] if row.name == "MAML"]
    assert [row.paper for row in navigation] == [-40.41, -11.68, -3.33, -3.23]
    assert [row.setting for row in navigation] == ["0 steps", "1 step", "2 steps", "3 steps"]
    waves = {
        name: [row for row in published_starts.sinusoids()[0] if row.name == name]
        for name in ("MAML", "pooled training, α tuned afterwards")
    }
    assert [row.paper for row in waves["MAML"]] == [0.67, 0.38, 0.35]
    assert [row.paper for row in waves["pooled training, α tuned afterwards"]] == [2.41, 2.23, 2.19]
    for row in (*navigation, *(row for found in waves.values() for row in found)):
        assert row.paper is not None and row.low <= row.ours <= row.high and not row.differs
        assert row.ours == pytest.approx(row.paper, abs=1.85 if row in navigation else 0.1)


def test_every_figure_of_the_paper_stands_beside_ours() -> None:
    """But those of RL² in settings that we have not trained it in."""
    for (n, k), figures in SETTINGS.items():
        for name, paper in zip(duan.BANDIT_COLUMNS, figures, strict=True):
            if name != "RL²" or (n, k) in learned.BANDITS:
                assert BANDITS[name, duan.bandit_setting(n, k)].paper == paper
    for n, figures in duan.MDPS.items():
        for name, paper in zip(duan.MDP_COLUMNS, figures, strict=True):
            assert MDPS[name, duan.mdp_setting(n)].paper == paper


def test_rows_are_in_order() -> None:
    for row in (*BANDITS.values(), *MDPS.values()):
        assert row.low <= row.ours <= row.high and row.cpu_s >= 0
        if row.trials:
            assert row.high - row.low == pytest.approx(2 * 1.96 * row.error, rel=0.15), "a bootstrap interval is about ± 1.96 errors"


def test_the_exact_rows() -> None:
    for k in (5, 10, 50):
        assert BANDITS["Bayes-optimal, exact", f"n = 10, k = {k}"].ours == pytest.approx(BayesBandit(k, 10).value(), abs=5e-4)
    for n, k in SETTINGS:
        row = BANDITS["random policy", duan.bandit_setting(n, k)]
        assert row.ours == pytest.approx(n / 2, abs=4 * row.error)


def test_what_the_notes_say() -> None:
    """Below the tables: all figures agree but some of RL²'s; Kolter and Ng's own bonus, and what the true prior is worth."""
    assert {row.name for row in BANDITS.values() if row.differs} <= {"RL²"}
    assert {row.name for row in MDPS.values() if row.differs} <= {"RL²"}
    for n, figures in duan.MDPS.items():
        kolter, beb = MDPS["BEB, Kolter and Ng", duan.mdp_setting(n)], MDPS["BEB", duan.mdp_setting(n)]
        assert abs(kolter._replace(paper=figures[4], paper_error=beb.paper_error).distance) < 3, "it comes to the same as the code's"
        visits = MDPS["BEB, visits alone", duan.mdp_setting(n)]
        assert visits.low > kolter.high, "which the form that counts visits alone does not"
        for row in (kolter, beb, visits):
            bonuses = [x["bonus"] for c in duan.mdp_methods(RandomMDP()) if c.name == row.name for x in c.candidates]
            assert min(bonuses) < row.parameters["bonus"] < max(bonuses)
    for rows_, setting in ((BANDITS, "n = 10, k = 5"), (BANDITS, "n = 10, k = 10"), (MDPS, "n = 10")):
        assert not rows_["RL²", setting].differs, "trained for a minute, it agrees with the paper in short trials"
    for n in duan.MDPS:
        greedy, psrl = (MDPS[f"{name}, true prior", duan.mdp_setting(n)] for name in ("greedy", "PSRL"))
        assert greedy.low > psrl.high + 15 and greedy.low > MDPS["greedy", duan.mdp_setting(n)].high
    row = BANDITS["greedy", "n = 10, k = 50"]
    assert row.paper_error > (6.8 - 6.714) / 3, "the paper's RL² above the Bayes-optimal value: within its error"


def again(name: str, methods: list[Method], family: Bandit | RandomMDP, row: Row, trials: int) -> None:
    """An agent with the recorded constants on fewer tasks, drawn from other seeds: within four standard errors of the difference."""
    method = next(c for c in methods if c.name == name)
    values = plays.totals(family, method, row.parameters, trials, (11, 12))
    error = values.std().item() / math.sqrt(trials)
    assert values.mean().item() == pytest.approx(row.ours, abs=4 * math.sqrt(error**2 + row.error**2)), (name, row.setting)


@pytest.mark.parametrize("name", [c.name for c in duan.bandit_methods(10, 5)])
def test_bandit_rows_again(name: str) -> None:
    again(name, duan.bandit_methods(10, 5), Bandit(5, 10), BANDITS[name, duan.bandit_setting(10, 5)], 1500)


AGAIN = ("random policy", "PSRL", "UCRL2", "BEB", "BEB, Kolter and Ng", "ε-greedy", "greedy", "greedy, true prior", "oracle")


@pytest.mark.parametrize("name", AGAIN)
def test_mdp_rows_again(name: str) -> None:
    family = RandomMDP(episodes=10)
    again(name, duan.mdp_methods(family), family, MDPS[name, duan.mdp_setting(10)], 200)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), list(SETTINGS))
def test_all_bandit_rows_again(n: int, k: int) -> None:
    for method in duan.bandit_methods(n, k):
        again(method.name, duan.bandit_methods(n, k), Bandit(k, n), BANDITS[method.name, duan.bandit_setting(n, k)], 300)


@pytest.mark.slow
@pytest.mark.parametrize("n", list(duan.MDPS))
def test_all_mdp_rows_again(n: int) -> None:
    family = RandomMDP(episodes=n)
    for method in duan.mdp_methods(family):
        again(method.name, duan.mdp_methods(family), family, MDPS[method.name, duan.mdp_setting(n)], 300)


def test_the_same_seeds_give_the_recorded_digits() -> None:
    """Of an agent without rounding in its choices: a count against a count."""
    row = BANDITS["greedy", duan.bandit_setting(10, 5)]
    method = next(c for c in duan.bandit_methods(10, 5) if c.name == "greedy")
    assert plays.measure(Bandit(5, 10), row.setting, method, row.paper, row.trials).ours == row.ours


def test_how_far_apart_two_figures_are() -> None:
    """3 apart, errors 0.6 and 0.8, rounding 0.1 / √12: 2.998 standard errors; a little further, and they differ."""
    row = Row("a", "s", 50.0, 53.0, 52, 54, 1.0, 0.6, 0.8)
    assert row.distance == pytest.approx(3 / math.sqrt(1 + 0.01 / 12)) and not row.differs
    assert row._replace(ours=46.9).differs and not row._replace(paper=None, ours=99).differs
    assert published.cell(row) == "53.0 [52.0, 54.0] · *50.0*" and published.cell(row._replace(ours=54.0)).endswith("≠ *50.0*")
    assert published.cell(Row("b", "s", None, 6.714, 6.714, 6.714, 0.0)) == "6.71"


def test_constants_are_tuned_on_tasks_of_their_own() -> None:
    """The best of three is found, and the tasks of the report play no part in it: other trials, same choice."""
    epsilon = [{"epsilon": x} for x in (1.0, 0.0, 0.7)]
    method = duan.bandit_methods(10, 5)[5]._replace(candidates=epsilon)
    ticks = []
    found = plays.measure(Bandit(5, 10), "s", method, None, 20, 300, lambda: ticks.append(1))
    assert method.name == "ε-greedy" and found.parameters == {"epsilon": 0.0} and len(ticks) == plays.plays([method]) == 4


def test_the_command_writes_what_the_tables_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["--pulls", "10", "--only", "bandits", "--fraction", "0.001", "--to", str(tmp_path)])
    assert "100%" in capsys.readouterr().out, "the bar has come to its end"
    monkeypatch.setattr(learned, "BANDITS", {(10, 5): {"iterations": 2, "trials": 8, "memory": 8}})
    for _ in range(2):  # the second time there is nothing left to do
        command.main(["--learned", "--only", "bandits", "--fraction", "0.01", "--to", str(tmp_path)])
    trained = [row for row in read("bandits", tmp_path)[0] if row.name == "RL²"]
    assert [(row.setting, row.paper, row.trials) for row in trained] == [("n = 10, k = 5", 6.7, 40)]
    command.main(["--pulls", "10", "--only", "bandits", "--fraction", "0.001", "--to", str(tmp_path)])
    assert trained[0] in read("bandits", tmp_path)[0], "measuring the others again keeps it"
    found = json.loads((tmp_path / "bandits.json").read_text(encoding="utf-8"))
    assert {"version", "torch", "python", "seeds", "candidates", "command"} <= found["origin"].keys()
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    text = published.published("bandits", settings=["n = 10, k = 50"]).markdown()
    assert (
        "| Thompson | " in text
        and "k = 5 " not in text
        and "*5.2*" in text
        and "`python3 -m dremeta_lite published --pulls 10 --fraction 0.001`" in text
    )
    with pytest.raises(StoreError, match=r"python3 -m dremeta_lite published"):
        published.published("mdps").markdown()


def test_an_empty_cell_is_explained_where_the_paper_has_a_figure() -> None:
    assert "*RL²* has no figure at n = 100, k = 50: we have not trained it there." in published.published("bandits").markdown()
    assert "no figure" not in published.published("bandits", settings=["n = 10, k = 5"]).markdown()


def test_who_has_more_seeds_is_named() -> None:
    assert published.seeds_in_words({"a": 3, "b": 3}) == "3 seeds"
    assert published.seeds_in_words({"a": 3, "b": 12, "c": 3}) == "3 seeds; 12 of b, whose seeds differ most"
