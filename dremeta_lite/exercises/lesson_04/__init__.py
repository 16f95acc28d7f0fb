"""Notebook 04: the policy gradient, against closed forms, enumeration and finite differences.

Two arms pay 3 and 1 and are pulled equally often. For the first logit ∇ log π is +½ at the first arm and -½ at the second. What does a
baseline of 2 do to the estimate (reward - b) · ∇ log π?
[ ] the mean falls to 0, the variance stays 1
    A baseline takes nothing from the mean: the mean of ∇ log π is 0.
[x] the mean stays 0.5, the variance falls to 0
    Without it the samples are 1.5 and -0.5; with it both are 0.5.
[ ] the mean stays 0.5, the variance stays 1
    With the baseline both samples are the same: (3 - 2) · ½ and (1 - 2) · (-½).
[ ] the mean falls to 0, the variance falls to 0
    The samples are equal, but they are 0.5 and not 0.

Ten pulls estimate a policy gradient with an error of half its length. About how many are needed for an error of a twentieth of it?
[ ] about 100 pulls
    The error falls with the root of the number: ten times as many make it about three times smaller.
[x] about 1000 pulls
    Ten times less error takes a hundred times as many.
[ ] about 200 pulls
    A twentieth is a tenth of a half, and the error falls with the root of the number.
[ ] about 10 000 pulls
    That would be an error of half of 1/√1000, less than a sixtieth.

An episode has the rewards 1, 2 and 4, and γ = 0.5. With which number does REINFORCE, without a baseline, weigh ∇ log π of the *second*
action?
[ ] 3.0
    That is the return of the whole episode. What came before an action cannot be its doing.
[ ] 2.0
    That is its own reward. What it leads to counts, too.
[x] 4.0
    2 + 0.5 · 4: the return from this step on.
[ ] 6.0
    γ is missing: a reward one step later counts half.

The 500th step of an episode pays 1, and the time is up while the pole still stands. V was 75 before the step and is 80 after it, γ =
0.99. What is the critic's error δ of this step?
[ ] -74.0
    That would be so if the pole had fallen: 1 - 75. It stands, so V after the step counts.
[ ] 6.0
    γ is missing: V after the step counts 0.99 times.
[x] 5.2
    1 + 0.99 · 80 - 75: the episode was truncated.
[ ] 80.2
    That is the target. The error is what it has more than V before the step.

PPO with ε = 0.2. An action with the advantage -2 has become 1.5 times as likely as when it was played. What is its term in
the objective, and what becomes of the action?
[ ] -2.4, and nothing pulls it back
    The smaller of -3.0 and -2.4 counts. The clip does not protect a step in the wrong direction.
[x] -3.0, and a gradient pulls it back
    The smaller of 1.5 · (-2) and 1.2 · (-2) is not the clipped one: a bad action that became likelier has to come back.
[ ] -2.4, and a gradient pulls it back
    1.2 · (-2) is constant: if that were the term, nothing would be pulled.
[ ] -3.0, and nothing pulls it back
    -3.0 is the plain ratio times the advantage, and its gradient is there.

In the last three steps of an episode the critic's errors δ are 1, 2 and 4. With γ = 1 and λ = 0.5, what is the advantage of the first of
them?
[x] 3
    1 + 0.5 · 2 + 0.25 · 4.
[ ] 7
    That is λ = 1, which adds up all of them in full.
[ ] 5
    λ counts for the second one already, and twice for the third.
[ ] 4
    The third one is two steps away: λ counts twice for it.

On CartPole with hidden velocities a policy sees the position and the angle of the pole, nothing else. Which of these helps it most?
[ ] the reward that was paid a step before
    Each step pays 1: it says nothing about the pole.
[ ] twice as many episodes to learn from
    The information is not in what it sees, however often it sees it.
[x] the angle that it has seen a step before
    Two angles make a velocity. A memory can keep the first of them.
[ ] twice as many hidden units for its mean
    No function of these two numbers says whether the pole is falling or rising.
"""

SECOND_HALF = 4
"""From this question on the quiz is that of the second notebook."""
