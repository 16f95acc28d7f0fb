"""The quiz of notebook 06."""

from dremeta_lite.exercises.exercise import Question

QUIZ = (
    Question(
        "What does MAML learn in the outer loop?",
        ("the adapted parameters φ of each task", "the starting point θ", "the reward of each task", "the inner learning rate α"),
        "b",
        (
            "φ is made by the inner loop, anew for each task, and thrown away afterwards.",
            "θ is the one thing that is kept from task to task.",
            "Rewards come from the world; nothing learns them here.",
            "MAML is given α, and keeps it. Meta-SGD (section 9) learns it, too.",
        ),
    ),
    Question(
        "Why is φ judged on query trajectories, and not on the support that it was computed from?",
        (
            "to save time",
            "because the support has no rewards",
            "because on the support a step looks good even if it only fitted the noise in it",
        ),
        "c",
        (
            "It costs time: the query has to be sampled.",
            "It has; the inner gradient is made from them.",
            "A step is fitted to its support. Only new trajectories tell whether it helps in the task itself.",
        ),
    ),
    Question(
        "First-order MAML treats one thing as a constant. Which?",
        ("the inner gradient ∇J(θ)", "the starting point θ", "the query", "the tasks"),
        "a",
        (
            "Then dφ/dθ is the identity, and the gradient at φ is used as it is.",
            "θ is what is being learned.",
            "The query is data in both versions.",
            "Tasks are drawn anew in each meta-iteration in both versions.",
        ),
    ),
    Question(
        "In MirroredNavigation2D MAML's θ returns far less than standing still before adaptation. Is something broken?",
        (
            "yes: a good start must do well at once",
            "yes: α is too large",
            "no: the outer loop looks at the return after adaptation only",
        ),
        "c",
        (
            "Nothing in the objective asks for that, and there a policy that does well at once is a bad place to adapt from.",
            "After three steps it is close to the goal, so the steps are not too long.",
            "θ walks in a spiral: a bad policy, from which one or two steps lead to the right rule under either sign.",
        ),
    ),
    Question(
        "What does MAML become when α = 0?",
        ("random search", "pooled training", "first-order MAML", "it cannot be run"),
        "b",
        (
            "There still is a gradient.",
            "φ = θ, so the outer loop maximises the return of one policy over all tasks.",
            "First order needs a step, too; it only differentiates it otherwise.",
            "It can; the code has no division by α.",
        ),
    ),
)
