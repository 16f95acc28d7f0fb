"""Notebook 04: the policy gradient, against closed forms, enumeration and finite differences."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
Why may a baseline b(s) be subtracted from the return without changing the mean of the policy gradient?
[ ] because it is small
    It may be as large as it likes: only the variance depends on it.
[x] because the expected score of a state's actions is 0
    b(s) times E[∇log π] is b(s) times 0. It may depend on the state, but not on the action.
[ ] because the rewards are normalised afterwards
    Normalising comes later, and is another thing.
[ ] it may not: it changes the mean, but in a useful way
    The mean stays the same; you have seen it by enumeration.

An episode of CartPole is cut off after 500 steps. What is the critic's target in its last step? (V' is the next value.)
[ ] r
    That is right after a termination: the pole has fallen, and nothing more can be earned. Here it still stands.
[x] r + γ V'
    It was truncated: the pole still stands, and the value of where it stands counts.
[ ] 0
    The step itself earned a reward.
[ ] r - γ V'
    Later rewards are added.

PPO, ε = 0.2: an action with a positive advantage has become 1.5 times as likely. What is the gradient of its term?
[ ] that of the plain ratio
    That is so below 1.2, and wherever the policy has moved the wrong way.
[ ] that of the ratio, times 1.2
    1.2 Â is the value of the term; a constant has no slope.
[x] 0
    The smaller of the two is the clipped one, and that is constant: no more to gain here.
[ ] it points the other way
    The clip never turns a gradient round. It cuts it.

What does λ do in generalized advantage estimation?
[ ] it decides how far into the future rewards count
    That is γ. λ decides how the same sum is estimated.
[x] it weighs measured rewards (λ = 1) against the critic's opinion (λ = 0)
    λ = 0 believes the critic after one step: little variance, and the critic's bias. λ = 1 adds up real rewards.
[ ] it is the learning rate of the critic
    The critic learns with the same step size α here.

Why does a policy without memory fail on CartPole with hidden velocities?
[ ] two numbers are too few for a network
    A network can have two inputs; the right action just is no function of these two.
[ ] the critic cannot be trained there
    It can; its estimates are merely rougher.
[x] whether the pole is falling or rising, it sees the same
    The same position and angle ask for opposite pushes. Two looks would tell, and a memory keeps the first of them.
""")
