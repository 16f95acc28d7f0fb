"""The quiz of notebook 08."""

from dremeta_lite.exercises.exercise import Question

QUIZ = (
    Question(
        "An agent has walked over ten cells that can be the goal, and none has paid. What is the exact belief about the other eleven?",
        (
            "higher for the cells nearby",
            "the same for each: 1/11",
            "still 1/21 for each",
            "nothing can be said before the goal is found",
        ),
        "b",
        (
            "No reward depends on how near the goal is: only cells that were entered are told apart.",
            "Ten are struck out, and the rest keep their equal proportions.",
            "Then they would add up to 11/21: the probability of the struck-out cells goes to the others.",
            "That a cell did not pay is information, too.",
        ),
    ),
    Question(
        "Why does posterior sampling need so many more episodes here than the Bayes-optimal agent?",
        (
            "its belief is less exact",
            "it acts at random",
            "it draws one goal an episode and walks there: it never chooses a way because of what could be seen on it",
            "it forgets what it has seen when the episode ends",
        ),
        "c",
        (
            "Both have the same exact belief. The difference is what they make of it.",
            "It walks straight to its guess; random is only which guess.",
            "It explores only as a by-product of guessing. Information has no worth of its own in its plan.",
            "Its belief lasts for the whole trial; only the guess is drawn anew.",
        ),
    ),
    Question(
        "The goal is hidden, so the agent's cell is no Markov state of the trial. What is one?",
        (
            "the cell and the time",
            "the cell and the last reward",
            "the cell and the last belief of another agent",
            "the cell, the belief and the time",
        ),
        "d",
        (
            "Where it should go depends on what it has seen before.",
            "The reward of ten steps ago may have told where the goal is.",
            "What others know does not change what this one can know.",
            "All that the past tells of the future is in the belief: this is the state of the Bayes-adaptive MDP.",
        ),
    ),
    Question(
        "What does the supervised encoder need in training that VariBAD does not?",
        ("the true task of each training trial", "rewards", "more than one episode", "a model of the transitions"),
        "a",
        (
            "Its cross-entropy is with the true goal: privileged information. VariBAD only foretells rewards, which everyone sees.",
            "Both see the rewards.",
            "Both are trained on whole trials.",
            "Neither has one here.",
        ),
    ),
    Question(
        "VariBAD's decoder has to foretell the rewards of all steps of the trial. Why not only of those already seen?",
        (
            "it would be slower",
            "the past can be retold from a memory; only the future asks what the task can still be",
            "the past has no rewards",
            "otherwise the KL would be negative",
        ),
        "b",
        (
            "It would even be a little quicker.",
            "A posterior that only retells need say nothing about cells that it has not seen. A belief must.",
            "It has: they were received.",
            "A KL is never negative.",
        ),
    ),
)
