"""No answer stands above its exercise: neither the package's own function, nor code that is nearly the reference, nor a line of it as text.

What a student is asked to write may be shown below the check. Declared are the functions of the package that contain an answer; what is not
declared is found by overlap: the share of the reference's pieces of five tokens that a shown source has, whatever its variables are called.
"""

import ast
import inspect
import io
import keyword
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest

from dremeta_lite.agents import UCB1
from dremeta_lite.exercises import find
from dremeta_lite.inner import DQN, QLearning, adapt, advantages, clipped_surrogate, returns_to_go, score_objective
from dremeta_lite.inner.dqn import bootstrap_value
from dremeta_lite.inner.q_learning import epsilon_greedy, td_target
from dremeta_lite.inner.replay import Replay
from dremeta_lite.meta import MAML, elbo_terms, input_encoding, meta_objective, regression, repair, trial_learner
from dremeta_lite.meta.reptile import Reptile
from dremeta_lite.world import action_values, policy_evaluation, value_iteration
from dremeta_lite.world.dynamics import one_step_loss
from dremeta_lite.world.planning import cem, imagine, imagined_return, random_shooting

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
PIECE = 5
"""Tokens in a piece that is compared."""
NEARLY = 0.28
"""The share from which code is nearly the answer. `one_step_loss`, which is one, has 0.29 of its exercise's reference."""
ANSWERS: dict[str, tuple[Callable[..., Any], ...]] = {
    "01.bootstrap_target": (td_target,),
    "01.discounted_return": (returns_to_go,),
    "01.masked_returns": (returns_to_go,),
    "01.policy_value": (policy_evaluation,),
    "02.value_sweep": (action_values, value_iteration),
    "02.change_loss": (one_step_loss,),
    "02.imagined_states": (imagine,),
    "02.best_first_action": (imagined_return, random_shooting),
    "02.refit_to_elites": (cem,),
    "03.q_update": (td_target, QLearning.act_and_learn),
    "03.choose_action": (epsilon_greedy,),
    "03.q_target": (td_target, DQN.targets),
    "03.replay_sample": (Replay.sample,),
    "03.double_target": (bootstrap_value, DQN.targets),
    "04.returns_to_go": (returns_to_go,),
    "04.reinforce_loss": (score_objective,),
    "04.gae": (advantages,),
    "04.clipped_objective": (clipped_surrogate,),
    "05.taken_loss": (repair.q_loss,),
    "05.adapt_copies": (repair.adapt_q,),
    "06.adapt_by_hand": (adapt,),
    "06.adapt_k": (adapt,),
    "06.objective_after": (meta_objective,),
    "06.batch_meta_gradient": (MAML.advance,),
    "06.reptile_update": (regression.reptile, Reptile.advance),
    "06.meta_sgd_step": (regression.meta_sgd,),
    "07.ucb1": (UCB1.scores,),
    "07.rl2_input": (input_encoding.Plain.encode,),
    "07.trial_returns": (trial_learner.advantages,),
    "08.elbo": (elbo_terms,),
}


class Shown(NamedTuple):
    """A piece of code that a reader has seen: `function` if `show_code` showed it."""

    where: str
    source: str
    function: Callable[..., Any] | None = None


def shown_by(cell: nbformat.NotebookNode, names: dict[str, Any]) -> Iterator[Shown]:
    """What a code cell shows: the functions in `show_code(…)`, and its own source."""
    yield Shown(cell.id, cell.source)
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "show_code":
            for argument in map(ast.unparse, node.args):
                function = eval(argument, names)
                yield Shown(argument, inspect.getsource(function), function)


def imported(cell: nbformat.NotebookNode) -> dict[str, Any]:
    """The names that the first cell of a notebook imports."""
    names: dict[str, Any] = {}
    exec("\n".join(ast.unparse(node) for node in ast.parse(cell.source).body if isinstance(node, ast.Import | ast.ImportFrom)), names)
    return names


def bare(source: str) -> ast.Module:
    """Without docstrings and annotations."""
    tree = ast.parse(textwrap.dedent(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            node.body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


def pieces(tree: ast.AST) -> set[tuple[str, ...]]:
    """All runs of `PIECE` tokens. What is called, or stands behind a dot, keeps its name; other names are one and the same."""
    kinds = (tokenize.NAME, tokenize.OP, tokenize.NUMBER)
    words = [t.string for t in tokenize.generate_tokens(io.StringIO(ast.unparse(tree)).readline) if t.type in kinds]
    kept = ["name" if plain(*each) else each[1] for each in zip(["", *words], words, [*words[1:], ""], strict=False)]
    return set(zip(*(kept[i:] for i in range(PIECE)), strict=False))


def plain(before: str, word: str, after: str) -> bool:
    variable = word.isidentifier() and not keyword.iskeyword(word)
    return variable and before != "." and (after != "(" or before == "def")


def overlap(reference: str, source: str) -> float:
    """The share of the reference's pieces, without its first line, that the source has."""
    function = bare(reference).body[0]
    assert isinstance(function, ast.FunctionDef)
    asked = pieces(ast.Module(function.body, []))
    return len(asked & pieces(bare(source))) / max(1, len(asked))


def words_of(reference: str) -> list[str]:
    """Its lines that say something, as one would quote them."""
    function = bare(reference).body[0]
    assert isinstance(function, ast.FunctionDef)
    lines = [line.strip().removeprefix("return ") for statement in function.body for line in ast.unparse(statement).splitlines()]
    return [line for line in lines if len(line) > 12]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_answer_stands_above_its_exercise(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    names = imported(next(cell for cell in cells if cell.cell_type == "code"))
    seen: list[Shown] = []
    text, given_away = "", []
    for cell in cells:
        if cell.cell_type == "markdown":
            text += cell.source
        elif found := re.search(r'check\("(\d\d\.\w+)"', cell.source):
            reference = find(found[1]).solution()
            given_away += [(found[1], each.where) for each in seen if each.function in ANSWERS.get(found[1], ())]
            given_away += [(found[1], each.where, share) for each in seen if (share := overlap(reference, each.source)) >= NEARLY]
            given_away += [(found[1], line) for line in words_of(reference) if line in text]
        else:
            seen += shown_by(cell, names)
    assert given_away == []


OPENED = ("Play", "PlayBandit", "BeliefPlay", "Replay", "Scrubber", "MemoryExplorer")
"""What is played, or scrubbed through, after a prediction."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_cell_that_one_has_to_run_gives_a_prediction_away(path: Path) -> None:
    """Samples that are played live in the package; what is scrubbed through opens where it begins; and what a picture shows, in words, is
    computed from it and not written into the cell."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        assert "do not look" not in cell.source
        for call in (node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func).split(".")[-1]
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            if name in OPENED:
                moments = [int(options[key]) for key in ("step", "at") if options.get(key, "").isdigit()]
                assert "sample" not in options and max(moments, default=0) <= 1, cell.id
            if name in ("show_curves", "show_figure"):
                assert not any(isinstance(argument, ast.Constant) for argument in call.args), cell.id


@pytest.mark.parametrize("id", ["07.ucb1", "02.change_loss", "06.meta_sgd_step"])
def test_an_answer_in_other_words_is_noticed(id: str) -> None:
    (function,) = ANSWERS[id]
    assert overlap(find(id).solution(), inspect.getsource(function)) >= NEARLY


def test_other_names_do_not_hide_an_answer() -> None:
    reference = find("04.gae").solution()
    renamed = re.sub(r"\b(delta|later|t|bootstrap)\b", r"\1_of_mine", reference)
    assert overlap(reference, renamed) == 1 == overlap(reference, reference)
    assert overlap(reference, find("07.ucb1").solution()) < NEARLY / 2


def test_declared_answers_belong_to_exercises() -> None:
    ids = list(ANSWERS)
    assert [find(id).id for id in ids] == ids and all(a <= b for a, b in pairwise(id[:2] for id in ids))
