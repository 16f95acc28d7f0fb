"""The quiz of notebook 02."""

from dremeta_lite.exercises.exercise import Question

QUIZ = (
    Question(
        "What does s' = f(s, a) leave out, compared with p(s'|s, a)?",
        ("the action", "that the same s and a may lead to different next states", "the time"),
        "b",
        (
            "The action is there, in both.",
            "A function gives one answer. A probability distribution gives each possible next state its chance.",
            "Neither has the time in it: what happens depends on s and a alone.",
        ),
    ),
    Question(
        "A model's error is small after one step and large after 50, on the same held-out play. Why?",
        (
            "later steps of an episode are harder to predict",
            "it was trained for too long",
            "each imagined step begins where the one before has ended, error included",
        ),
        "c",
        (
            "Shown the real state, it would predict step 50 about as well as step 1.",
            "Training on makes both errors smaller, as the panel shows.",
            "Open loop, errors go into the next input, and a world that magnifies differences magnifies them, too.",
        ),
    ),
    Question(
        "What do the members of an ensemble tell by disagreeing?",
        (
            "that there were few data like this, so that they may be wrong here",
            "that the world is random here",
            "that one of them is broken",
        ),
        "a",
        (
            "Where there were data they were all taught the same. Elsewhere each invents something else.",
            "Trained with squared errors, all members go to the same mean, however random the world is.",
            "They differ in their first weights and in what they saw when; none of them is the true one.",
        ),
    ),
    Question(
        "MPC plans 20 actions and does only the first. Why not do all twenty?",
        (
            "the other nineteen are random",
            "after one step the real state is known, so that a new plan need not build on imagined ones",
            "the model can only predict one step",
        ),
        "b",
        (
            "They were chosen with the first: the plan is good as a whole, if the model is right.",
            "Looking again takes the model's error back to that of one step, twenty times as often.",
            "It can be asked again and again; that is what imagining is.",
        ),
    ),
    Question(
        "In which of these families do the tasks differ in the transition model?",
        (
            "Navigation2D, where the goal differs",
            "GridWorld, where the goal differs",
            "Navigation2D and GridWorld",
            "Pendulum, where mass, length, gravity and motor differ",
        ),
        "d",
        (
            "A step of 0.1 is a step of 0.1 whatever the goal: only the reward and the end of the episode differ.",
            "Moving from cell to cell is the same; only where the reward lies, and where the episode ends, differs.",
            "In both, how a step moves the agent is the same in all tasks. (That an episode ends at the goal is part of the task, too.)",
            "The same torque in the same state leads elsewhere. The reward is the same in all of its tasks.",
        ),
    ),
)
