"""The quiz of notebook 05."""

from dremeta_lite.exercises.exercise import Question

QUIZ = (
    Question(
        "What does the source text's program do with the action of each step?",
        ("it makes it more likely if the reward was good", "it unpacks it and never looks at it again", "it is the target of the loss"),
        "b",
        (
            "That would be policy gradient; the loss has no action in it.",
            "The weights come out the same, bit for bit, whatever the actions were.",
            "The target is the reward, for all outputs at once.",
        ),
    ),
    Question(
        "The program has two gradient tapes, one inside the other. Why is that no meta-learning?",
        (
            "the outer one is never asked, and the weights are changed in place",
            "TensorFlow does not allow two tapes",
            "the outer tape should be inside the inner one",
        ),
        "a",
        (
            "The inner tape takes over its name. And nothing in it leads from the new weights to the old ones.",
            "It does; gradients of gradients are computed just so.",
            "The order of the two is right. What is missing is a question to the outer one, about φ as a function of θ.",
        ),
    ),
    Question(
        "Five policies are trained, each on one goal of Navigation2D. What do they return on the other goals?",
        ("about as much as at home", "less than standing still", "as much as standing still"),
        "b",
        (
            "They walk to their own goal, whatever the task is: they cannot see it.",
            "They walk away, to a place that is wrong, and stay there.",
            "That would need a policy that does not move. These have learned to go somewhere.",
        ),
    ),
    Question(
        "What does pooled training maximise?",
        ("the return after adaptation", "the return of the best task", "the mean return of one policy, before any adaptation"),
        "c",
        (
            "There is no φ in its objective: fine-tuning comes later, and training does not know of it.",
            "All tasks count alike.",
            "One policy for all, so it finds the best compromise.",
        ),
    ),
    Question(
        "On Navigation2D, fine-tuned pooled training comes close to MAML; on MirroredNavigation2D it does not. Why?",
        (
            "mirrored tasks are longer",
            "MAML was trained for more iterations there",
            "with mirrored controls no one rule of walking suits all tasks, so there is none that a step could adjust",
        ),
        "c",
        (
            "Both have a horizon of 100 steps.",
            "100 iterations in both; pooled training had up to 600.",
            "In Navigation2D one rule suits all, and only its target has to be moved. Here the compromise is to stand still.",
        ),
    ),
)
