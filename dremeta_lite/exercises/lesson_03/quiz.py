"""The quiz of notebook 03."""

from dremeta_lite.exercises.exercise import Question

QUIZ = (
    Question(
        "Q-learning is called off-policy. Why?",
        (
            "its target asks for the best next action, whatever the agent really does next",
            "it needs no policy to collect data",
            "it learns the transition model first",
        ),
        "a",
        (
            "So an agent that explores, or somebody else's data, can teach it the best policy.",
            "Something has to act; ε-greedy does here.",
            "It never learns one: single steps are enough.",
        ),
    ),
    Question(
        "An episode is truncated by its time limit. What is the target of its last step?",
        ("the reward alone", "the reward plus γ times the worth of the state reached", "zero"),
        "b",
        (
            "That is right after a termination. Here the clock has run out, not the task.",
            "The state would have gone on being worth something: bootstrap through truncation.",
            "The reward of the step was earned in any case.",
        ),
    ),
    Question(
        "What is the target network for?",
        ("it explores", "it stores old transitions", "it makes targets that do not move with every update"),
        "c",
        (
            "ε-greedy explores.",
            "The replay buffer does.",
            "Without it each update moves the very numbers that the next one aims at.",
        ),
    ),
    Question(
        "Near a cliff, with ε = 0.1 for ever: which learner's values say that the edge is a bad place?",
        ("Q-learning", "Sarsa and Expected Sarsa", "both", "neither"),
        "b",
        (
            "It values the edge for an agent that takes no random steps: as the shortest way.",
            "They value what the exploring agent really does, and that one falls now and then.",
            "Only on-policy values contain the falls of exploration.",
            "The on-policy ones do contain them.",
        ),
    ),
    Question(
        "Where does Q-learning sit in the source text's four steps (initialise, learn a task, meta-learn, iterate)?",
        ("it is the meta-learning", "it is the initialisation", "it learns ONE task: the inner loop"),
        "c",
        (
            "Nothing here is learned across tasks.",
            "It starts from one: a table of zeros, or random weights.",
            'Step 2, "task learning". What makes it start better on the next task is another loop around it.',
        ),
    ),
)
