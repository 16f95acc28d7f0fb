"""The quiz of notebook 07."""

from dremeta_lite.exercises.exercise import Question

QUIZ = (
    Question(
        "During a trial an RL² agent gets better. What changes in it while it plays?",
        ("its memory h", "its weights θ, by gradient steps", "its learning rate", "the task"),
        "a",
        (
            "h is all that carries news from step to step and from episode to episode. θ says how h takes it in.",
            "That is MAML (notebook 06). Here θ changes only in the outer loop, between trials.",
            "It plays no part in a trial: nothing is descended there.",
            "A trial is one task, from its first episode to its last.",
        ),
    ),
    Question(
        "The first step of the second episode of a trial: what is the memory fed?",
        (
            "zeros, as at the start of the trial",
            "the last step of the first episode: its action, reward and end",
            "the reward that is about to come",
        ),
        "b",
        (
            "Zeros are for a new trial. Here the last reward would be lost, perhaps the only one that was ever found.",
            "The trial goes on. That the episode has ended is fed, too, so that the network can know it.",
            "Nobody has it yet: it depends on the action that is to be chosen.",
        ),
    ),
    Question(
        "Why does an RL² agent explore at all? (There is no bonus for it.)",
        (
            "because its actions are random",
            "because the entropy weight stays high",
            "because the return that it is trained on crosses the ends of episodes: what is found out pays later",
        ),
        "c",
        (
            "An untrained one has random actions, and learns nothing from them. The trained one searches without repeating itself.",
            "It falls to 0 during training, and the agent explores still.",
            "The objective is the sum over the trial. Cut it at the ends of episodes, and the reason to explore is gone.",
        ),
    ),
    Question(
        "Ten pulls of five arms: greedy comes within 2 % of the best possible. What follows?",
        (
            "exploring is never worth it",
            "in so short a trial there is little time to profit from exploring; with 100 pulls the gap grows",
            "the greedy agent explores secretly",
        ),
        "b",
        (
            "With 100 pulls greedy stays behind: it settles on an arm that was good at first.",
            "What is found out is worth as much as there are pulls left to use it. A Bayes-optimal agent weighs exactly that.",
            "It only tries an arm when the others have disappointed it.",
        ),
    ),
    Question(
        "An RL² agent, trained on arms with chances from 0.5 to 1, meets one whose arms all pay less often. What can be said for certain?",
        (
            "it does as well as Thompson sampling, which it has learned",
            "its weights adapt to the new tasks",
            "nothing: it was trained on one p(T), and outside of it nothing holds it to any standard",
        ),
        "c",
        (
            "What it has learned is a strategy for p(T). Thompson sampling finds the best arm there, too, in time; the network need not.",
            "Not without more training in the outer loop.",
            "A learned learner is as narrow as what it was trained on. Measure it there before you rely on it.",
        ),
    ),
)
