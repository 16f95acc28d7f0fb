"""Help beside a check: three hints and then a solution, one more at each press of a button."""

from IPython.display import Code
from ipywidgets import HTML, Button

from dremeta_lite.exercises.exercise import Exercise
from dremeta_lite.exercises.progress import Progress
from dremeta_lite.lab.frame import Frame, OnePage
from dremeta_lite.lab.words import marked, told

read: dict[str, int] = {}
"""How many hints of each exercise were read since the kernel began."""


def next_hints(exercise: Exercise, progress: Progress) -> list[str]:
    """Notes that one rung more is read, and returns the hints so far."""
    read[exercise.id] = rung = min(read.get(exercise.id, 0) + 1, len(exercise.hints))
    progress.hint(exercise.id, rung)
    return hints_so_far(exercise)


def hints_so_far(exercise: Exercise) -> list[str]:
    """Those that were read, each with its number."""
    rung, n = read.get(exercise.id, 0), len(exercise.hints)
    return [f"**Hint {i} of {n}.** {text}" for i, text in enumerate(exercise.hints[:rung], 1)]


class HintButton(OnePage):
    """The button and what it has shown. Hints that were read stay when the exercise is checked again.

    Args:
        exercise: whose help.
        progress: where it is noted.
        solved: after a right answer only the solution is offered, to compare with.
    """

    def __init__(self, exercise: Exercise, progress: Progress, solved: bool) -> None:
        self.exercise, self.progress, self.solved, self.open = exercise, progress, solved, False
        self.button, self.told, self.solution = Button(), HTML(told("")), HTML()
        self.button.on_click(lambda _: self.press())
        self.widget = Frame(exercise.id, [self.told, self.button, self.solution], "hints")
        self.show()

    def press(self) -> None:
        """One rung more; after the last, the solution, shown or hidden."""
        if self.done:
            self.open = not self.open
            if self.open:
                self.progress.solution(self.exercise.id)
        else:
            next_hints(self.exercise, self.progress)
        self.show()

    @property
    def done(self) -> bool:
        """Whether there are no hints left to give."""
        return self.solved or read.get(self.exercise.id, 0) >= len(self.exercise.hints)

    def show(self) -> None:
        """Bring page and button up to date."""
        hints = [] if self.solved else hints_so_far(self.exercise)
        self.told.value = told("".join(f"<p>{marked(hint)}</p>" for hint in hints))
        n, total = read.get(self.exercise.id, 0), len(self.exercise.hints)
        label = f"Hint {n + 1} of {total}" if not self.done else "Hide the solution" if self.open else "Show a solution"
        self.button.description = label
        self.solution.value = told(as_html(self.exercise) if self.open else "")


def as_html(exercise: Exercise) -> str:
    """A right answer and what to learn from it. The class has JupyterLab colour the code as the theme wants it."""
    code = Code(exercise.solution(), language="python")._repr_html_()
    return f'<div class="jp-RenderedHTMLCommon">{code}</div><p>{marked(exercise.why)}</p>'
