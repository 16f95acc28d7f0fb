"""Notebook 00: a quiz on the words and pictures of the course. Its exercises are to press buttons."""

from dremeta_lite.exercises.exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()

QUIZ = (
    Question(
        "What is a *task* in the world of this notebook?",
        ("one episode of 100 steps", "one goal, to be reached again and again", "one gradient step"),
        "b",
        (
            "In one task the agent may try many episodes.",
            "Another goal is another task. All of them together are the task distribution.",
            "A gradient step is how the agent adapts to a task.",
        ),
    ),
    Question(
        "The inner loop goes from θ to φ. What does the outer loop do?",
        (
            "it improves θ, so that the inner loop leads further",
            "it runs the inner loop a second time",
            "it chooses the goal",
        ),
        "a",
        (
            "θ is the starting point, and it is all that the outer loop changes.",
            "More inner steps are still the inner loop.",
            "Goals are drawn at random. Nobody chooses them.",
        ),
    ),
    Question(
        "Why does the dashed curve, *before adaptation*, stay near -38 while the thick one climbs?",
        (
            "the learning rate is too small",
            "it would climb if one trained longer",
            "the goal cannot be seen, so before any trial nothing is better than to stay near the middle",
        ),
        "c",
        (
            "The same rate lets the other curve climb.",
            "It does not: the best that one policy can do for all goals at once is about -38.",
            "The reward is the only hint at the goal, and before the first episode there was none.",
        ),
    ),
    Question(
        "In a picture of this course, what do a dashed line and a solid line of one colour mean?",
        ("two tasks", "one task, before and after adaptation", "training and test"),
        "b",
        (
            "Another task would have another colour.",
            "A colour is a task. Dashed is before adaptation, solid after it.",
            "All of the map's tasks are held out: none is trained on.",
        ),
    ),
    Question(
        "Your agent does well on the tasks that it was trained on. What tells whether it has learned to learn?",
        (
            "its return after adaptation on tasks that it has never met, beside yardsticks",
            "its return on the training tasks after more training",
            "the number of meta-iterations",
        ),
        "a",
        (
            "New tasks show that it adapts, and the yardsticks show what the number is worth.",
            "That could be memory of those tasks.",
            "Time spent is no measure of what was learned.",
        ),
    ),
)
