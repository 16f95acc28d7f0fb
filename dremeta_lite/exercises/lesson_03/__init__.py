"""Notebook 03: Q-learning, from the choice of an action to double DQN. Expected numbers are worked out by hand or by counting."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
Q-learning is called off-policy. Why?
[x] its target asks for the best next action, whatever the agent really does next
    So an agent that explores, or somebody else's data, can teach it the best policy.
[ ] it needs no policy to collect data
    Something has to act; ε-greedy does here.
[ ] it learns the transition model first
    It never learns one: single steps are enough.

An episode is truncated by its time limit. What is the target of its last step?
[ ] the reward alone
    That is right after a termination. Here the clock has run out, not the task.
[x] the reward plus γ times the worth of the state reached
    The state would have gone on being worth something: bootstrap through truncation.
[ ] zero
    The reward of the step was earned in any case.

What is the target network for?
[ ] it explores
    ε-greedy explores.
[ ] it stores old transitions
    The replay buffer does.
[x] it makes targets that do not move with every update
    Without it each update moves the very numbers that the next one aims at.

Near a cliff, with ε = 0.1 for ever: which learner's values say that the edge is a bad place?
[ ] Q-learning
    It values the edge for an agent that takes no random steps: as the shortest way.
[x] Sarsa and Expected Sarsa
    They value what the exploring agent really does, and that one falls now and then.
[ ] both
    Only on-policy values contain the falls of exploration.
[ ] neither
    The on-policy ones do contain them.

Where does Q-learning sit in the source text's four steps (initialise, learn a task, meta-learn, iterate)?
[ ] it is the meta-learning
    Nothing here is learned across tasks.
[ ] it is the initialisation
    It starts from one: a table of zeros, or random weights.
[x] it learns ONE task: the inner loop
    Step 2, "task learning". What makes it start better on the next task is another loop around it.
""")
