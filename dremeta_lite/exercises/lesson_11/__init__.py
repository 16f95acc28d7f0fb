"""Notebook 11: where tasks come from. Answers are held against arithmetic.

D says that a goal which G has made is a shown one with chance 0.02. By D's output f, -log D has a slope, and so has log(1 - D). How much
steeper is the first?
[ ] 98 times as steep
    -log D has the slope 1 - D = 0.98. The other one is not 0.01.
[x] 49 times as steep
    The slopes are 1 - D = 0.98 and D = 0.02. Where D is sure, G learns 49 times as much from the loss that does not saturate.
[ ] 50 times as steep
    1 / 0.02 would compare it with a slope of 1; it has 1 - D = 0.98.
[ ] no steeper at all
    Both have their best value at the same G, but far from there their slopes differ.

Practice has four skills, each as likely. Two of them are always guessed, with certainty. The other two lead to the same places, and q says
there that each of these two has probability 1/2. How large is the bound on the mutual information, in nats?
[ ] 1.39, which is log 4
    Then every state would tell which of the four skills it is.
[ ] 0.69, which is log 2
    That would be so if q knew nothing but to which pair a skill belongs. Of one pair it knows more.
[x] 1.04, which lies between
    log 4 plus the mean of log q: half of the time log 1 = 0, and half of the time log(1/2). So it is 1.39 - 0.35.
[ ] 0.35, which is log 2 / 2
    That is what is missing to log 4, and not what is there.

A goal is reached in nine of ten tries. It is tried twice, and called intermediate if one of the two tries reached it. With what chance is
that so?
[ ] 0.81
    That is the chance that both tries reach it: then it is called too easy.
[ ] 0.10
    That is the chance that a single try fails.
[ ] 0.50
    That would be so for a goal that is reached in half of all tries.
[x] 0.18
    2 · 0.9 · 0.1: first reached and then not, or the other way round. Two tries tell difficulty only roughly.

Goals are drawn uniformly from a square of side 45; the corridor in it has 17 cells of side 1. How many of 100 goals lie in the corridor, on
average?
[ ] about 38
    That is 17 of 45: areas have to be compared, not an area with a side.
[x] about 0.8
    17 / 45² is 0.84 %. Nearly all tries end without any reward, and teach nothing.
[ ] about 8.4
    A tenth of that: 17 / 2025 is 0.0084.
[ ] about 17
    As many as there are cells, if the square had 100 of them.

An agent has been trained with the Goal GAN until it reaches every goal of its maze. Now a wall is moved. What does the curriculum do for
it there?
[x] nothing, unless it is trained again
    It chose what to learn next. The policy that came out is a fixed one, which is told its goal and adapts to nothing.
[ ] it adapts within a few of its episodes
    Nothing in its training asked it to adapt: the maze was the same in all of it.
[ ] it draws goals for which it is right
    While it acts nobody draws goals any more, and no goal of the GAN's would move the policy.
[ ] it explores as well as is possible
    It was told its goals, so it never had to explore for one.
"""
