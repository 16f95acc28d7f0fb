"""Notebook 09: models that adapt. Answers are held against arithmetic, and against conditioning of a joint normal distribution.

There is one weight, w ~ N(1, 1), and one transition with φ = 2, y = 6 and σ² = 2. What is the mean of w afterwards?
[ ] 3.00
    That is y / φ, least squares alone: the prior has gone.
[ ] 2.78
    (1 + 2 · 12) / (1 + 2 · 4): there σ² is multiplied by, where it has to be divided by.
[x] 2.33
    Λ = 1 + 4 / 2 = 3, and (1 + 12 / 2) / 3 = 7/3: between the prior's 1 and the 3 of the transition.
[ ] 2.60
    (1 + 12) / (1 + 4): as with σ² = 1. With more noise the prior counts more.

An agent remembers 100 steps with the motor as it was; then the motor is reversed. All torques have the same size, and least squares on
everything remembered says what the motor does. After which step with the reversed motor has it the right sign for the first time?
[ ] step 1
    One step against a hundred that say the opposite hardly moves the mean.
[ ] step 51
    51 of 151 are still outvoted: the estimate is (100 - k) / (100 + k) of the old motor.
[ ] step 201
    It was right long before. After 200 steps it says -1/3 of the old motor.
[x] step 101
    The estimate is (100 - k) / (100 + k) of the old motor, which is below 0 from k = 101 on.

A pendulum has the speed 7.5, and a step would change it by 1.2; but it is stopped at 8. By how much would a transition like this mislead
a model of c that learns from it?
[x] by 0.7
    It sees a change of 0.5 where c is 1.2. Such transitions are left out, or all motors would look weaker.
[ ] by 0.5
    That is the change that is seen. It is wrong by the rest of 1.2.
[ ] by 1.2
    That would be so if the speed had not changed at all.
[ ] by 0.8
    How far the speed lies from the limit afterwards says nothing: it is at the limit.

Two transitions of a new pendulum are seen, at the same angle and with the same torque. What can a model know then, that was trained over
pendulums?
[ ] the motor, but not yet gravity at this angle
    From one sum of the two nobody can tell how much of it was the motor.
[ ] nothing that the prior did not know before
    It knows one sum of gravity and motor, and that narrows down which pendulum it can be.
[x] gravity and motor together, not each for itself
    Both equations are the same one: A sin θ + B u has a known value, with two unknowns in it.
[ ] both of them, since two unknowns were asked for
    Two equations are enough if they differ. These two are the same equation twice.

RL² and the adapted model are trained on the same pendulums, and RL² needs far more of them. What was the model told that RL² had to find
out?
[ ] what mass, length and gain each pendulum has
    Neither is told that. Both find it out, from a few steps.
[x] what is paid, and how angles follow from speeds
    So each transition is a labelled example of the one thing that is left to learn, and the planner does the rest.
[ ] how a pendulum is swung up from hanging down
    The planner is told nothing of swinging. It finds it out before every step, by imagining.
[ ] which pendulums it will be judged in later on
    Those are new to both of them.
"""
