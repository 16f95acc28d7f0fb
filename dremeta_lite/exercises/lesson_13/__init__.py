"""Notebook 13: learning in context. Answers are held against arithmetic by hand.

A transformer has a context of 60 steps and plays a trial of 60 steps, with a cache of keys and values. How many scores q·k does one
head compute in the trial, and how many if all 60 earlier steps are computed afresh at each step, causal mask and all?
[ ] 60 and 1830
    With the cache each step has one query, but that query meets every key so far.
[ ] 1830 and 3600
    3600 would be one square map of 60 by 60. Afresh, there is a map at every step, and it grows.
[x] 1830 and 37820
    1 + 2 + … + 60 = 1830. Afresh, step t computes t (t + 1) / 2 of them, and their sum is 37820.
[ ] 3600 and 216000
    That is 60² and 60³: no step meets 60 keys before the last one.

An ideal DPT believes that the goal is in one of ten cells. From where it stands, up is best for seven of them and right for the other
three. How likely is it to go up if it draws its action, and how likely if it takes the likeliest one?
[x] 0.7 if drawn, 1 if greedy
    Drawn, it samples from the posterior of the best action. Greedy, it follows the majority of its guesses.
[ ] 0.7 if drawn, 0.7 if greedy
    Greedy takes the likeliest action always, so its chance is 0 or 1.
[ ] 0.5 if drawn, 1 if greedy
    Two actions are possible, but seven cells speak for one of them.
[ ] 1 if drawn, 1 if greedy
    That would be so if all ten cells agreed on what is best.

One of five doors hides the exit; a button beside them shows which, and opens nothing. RL² and an ideal DPT have trained on all such
rooms. Who presses the button first?
[ ] both press it, since it tells most
    What it tells is worth something to a return. DPT's loss knows no return.
[ ] DPT alone, since it imitates one who knows
    One who knows the exit has no use for the button, and so it is never the right answer.
[ ] neither, since it never opens anything
    For RL² it pays in the steps that come after, and these count in its objective.
[x] RL² alone, since it is paid for the trial
    One who knows the exit never presses it: so DPT learns to give it the chance 0.

An agent distilled from learning histories is put into a new task, and its return rises from 0 to 8 within ten episodes. What has changed
in it between the first and the tenth?
[ ] its weights, by the rule of the source
    The source's rule is what it imitates, but nothing is trained while it plays.
[x] its context, and not a thing besides
    The same weights read a longer history, in which the source would be further on.
[ ] its exploration, annealed on the way
    It plays less at random because the history says so. Nobody turns a knob.
[ ] its training data, with the task added
    The histories that it was trained on are left alone; what it plays goes into the context.

A head of a trained DPT spends 95 % of its attention on paid steps. You cut it out, and the return falls by a half. In another network no
head does so, and it returns as much. What may be said?
[ ] the second one has not found out where the goal is
    Its return says that it has: it must carry that in some other way.
[ ] attention on paid steps is how transformers remember
    In one of these two it is. The other one shows that it need not be.
[ ] nothing, since cutting one head changes the others
    It does change what later layers see, but a fall by a half is a result all the same.
[x] the first uses that head to find back; others need not
    Cutting shows what this network relies on. What every network must do, it cannot show.
"""
