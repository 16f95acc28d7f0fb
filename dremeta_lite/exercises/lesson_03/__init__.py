"""Notebook 03: Q-learning, from the choice of an action to double DQN. Expected numbers are worked out by hand or by counting.

Q(s, a) = 2, α = 0.5, γ = 0.9. The step pays 1 and leads to s', where the two actions have Q = 4 and Q = 0. The agent takes the *second*
one next. What does Q-learning make of Q(s, a)?
[ ] 1.5
    That is Sarsa, whose target asks for the action that was really taken: 1 + 0.9 · 0.
[ ] 4.6
    That is the target. Q moves a share α of the way to it.
[ ] 2.4
    That takes the mean over both actions, as Expected Sarsa with equal chances does.
[x] 3.3
    The target is 1 + 0.9 · 4 = 4.6, the best action whatever comes next; and half of the way from 2 to 4.6 is 3.3.

Three steps pay 1 each, and the largest Q of each next state is 10, with γ = 0.9. The first goes on, the second is terminated, the third
is truncated. What are their targets?
[x] 10, 1 and 10
    Only after a termination nothing can follow. The clock takes nothing away from the state that was reached.
[ ] 10, 1 and 1
    The third one is cut off by the clock: what would have followed still counts.
[ ] 10, 10 and 10
    After a termination nothing follows, so the second target is the reward alone.
[ ] 10, 10 and 1
    It is the other way round: terminated means that nothing follows, truncated that we stopped to watch.

The targets of DQN come from θ⁻, a copy of θ that is renewed every 50 updates. What would change if it were renewed after each of them?
[ ] the targets would be exact from then on
    They would be newer, but estimates as before.
[x] each update would move its own targets too
    An update changes all Q a little. With a copy that lags behind, the next one still aims at the same numbers.
[ ] the agent would have less reason to explore
    ε decides that, and no target.
[ ] old steps in the buffer would be of no use
    Replay needs off-policy learning. How old the target's weights are plays no part in that.

At the edge of a cliff the best action has Q = -0.4, the one over the edge -1.0, and the two others -0.5. The agent explores with ε = 0.1,
over all four actions. What is this state worth to Expected Sarsa?
[ ] -0.40
    That is Q-learning's answer, which leaves out that the agent explores.
[ ] -0.36
    0.9 · (-0.4) leaves out what the random steps bring.
[x] -0.42
    0.9 · (-0.4) + 0.1 · (-0.6), where -0.6 is the mean of all four actions.
[ ] -0.41
    A random step may be the one over the edge, too: 0.9 · (-0.4) + 0.1 · (-0.5) leaves it out.

Each step costs 0.04, the goal pays 1, and nobody explores on purpose: ε = 0. With which first entries of the table does the agent still
find the goal?
[ ] with -1, as what was tried soon rises above it
    Then it goes on with what it has tried, and never tries the rest.
[ ] with both, as a table forgets how it has begun
    It does not get the data to forget it: with -1 the agent walks back and forth.
[ ] with none, as exploring takes an ε larger than 0
    A table that expects too much makes an agent explore without any ε.
[x] with 0, as what was tried soon falls below it
    The untried then looks best until it is tried: optimistic first values.
"""
