"""A quiz of a few questions: press an answer and read at once why it is right or wrong, or answer in code."""

from collections.abc import Sequence

import ipywidgets as widgets

from dremeta_lite.exercises.exercise import LETTERS, Question
from dremeta_lite.exercises.progress import Progress
from dremeta_lite.lab.frame import Frame, OnePage
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.words import marked, plain, told


class Quiz(OnePage):
    """The questions of a notebook. It displays itself.

    Args:
        lesson: the notebook, like "06".
        progress: where answers are noted.
        numbers: which of them it shows; all if None.
    """

    def __init__(self, lesson: str, questions: Sequence[Question], progress: Progress, numbers: Sequence[int] | None = None) -> None:
        self.lesson, self.questions, self.progress = lesson, questions, progress
        self.numbers = list(numbers or range(1, len(questions) + 1))
        self.shown: list[ShownQuestion] = []

    def answer(self, number: int, letter: str) -> None:
        """Answer question 1, 2, … with "a", "b", …, and print what is to be said about it.
        Raises ValueError: there is no such question, or no such choice."""
        print(self.judge(number, letter))

    def judge(self, number: int, letter: str) -> str:
        """What is to be said about an answer, which is noted. Raises ValueError as `answer` does."""
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(self.questions):
            raise ValueError(f"the quiz of {self.lesson} has the questions 1 to {len(self.questions)}, not {number!r}")
        question = self.questions[number - 1]
        letters = LETTERS[: len(question.choices)]
        if not isinstance(letter, str) or len(letter) != 1 or letter not in letters:
            raise ValueError(f"question {number} can be answered with {', '.join(letters)}, not {letter!r}")
        right = letter == question.right
        self.progress.answer(self.lesson, number, letter, right)
        return f"{number}{letter}: {'Right' if right else 'No'}. {question.why[letters.index(letter)]}"

    def _ipython_display_(self) -> None:
        from IPython.display import Markdown, display

        if front_end() == "headless":
            display(Markdown(self.as_text()))
            return
        self.shown = [ShownQuestion(self, i) for i in self.numbers]
        display(Frame(self.lesson, [question.widget for question in self.shown], "quiz"))

    def as_text(self) -> str:
        """The questions where no button can be pressed."""
        parts = [f'Answer in code: `quiz("{self.lesson}").answer({self.numbers[0]}, "b")`.']
        for i in self.numbers:
            question = self.questions[i - 1]
            choices = [f"- **{letter}** {choice}" for letter, choice in zip(LETTERS, question.choices, strict=False)]
            parts.append("\n".join([f"**{i}.** {question.text}", "", *choices]))
        return "\n\n".join(parts)


class ShownQuestion:
    """One question with a button for each choice, and a line that says what came of it."""

    def __init__(self, quiz: Quiz, number: int) -> None:
        self.quiz, self.number, question = quiz, number, quiz.questions[number - 1]
        self.buttons = [
            widgets.Button(description=f"{number}{letter}) {plain(choice)}")
            for letter, choice in zip(LETTERS, question.choices, strict=False)
        ]
        for letter, button in zip(LETTERS, self.buttons, strict=False):
            button.on_click(lambda _, letter=letter: self.press(letter))
        self.told = widgets.HTML(told(""))
        self.widget = widgets.VBox([widgets.HTML(f"<p><b>{number}.</b> {marked(question.text)}</p>"), *self.buttons, self.told])
        self.widget.add_class("dremeta-question")

    def press(self, letter: str) -> None:
        """Judge the choice, mark its button in words, and say why."""
        question, index = self.quiz.questions[self.number - 1], LETTERS.index(letter)
        said, right = self.quiz.judge(self.number, letter), letter == question.right
        mark = "— ✓ right" if right else "— ✗ no"
        self.buttons[index].description = f"{self.number}{letter}) {plain(question.choices[index])} {mark}"
        self.buttons[index].add_class("dremeta-right" if right else "dremeta-wrong")
        self.told.value = told(marked(said))
