"""Notebook 15: language. Answers are held against counting.

Four words, four actions, no two words mean the same. The first action has failed for zup, and it has failed for dax; nothing else has
happened. Now wif is heard. With what chance does it mean the first action?
[ ] 1/4
    That was so before anything had happened. Two words have given the first action up since then.
[ ] 1/3
    That would be so if only one other word had ruled it out.
[x] 1/2
    The first action belongs to some word, and only wif and lug are left for it: so wif has it in half of the languages.
[ ] 2/3
    It would take more than two failures elsewhere: lug could still have it just as well.

Six words and six actions. A memory is told word and action by products, once for what paid and once for what did not. How many numbers is
that?
[ ] 18 numbers
    That is one code for the word and two for the action, side by side. Nothing in it says which belongs to which.
[ ] 36 numbers
    That is the table once. What paid and what did not need a table each.
[x] 72 numbers
    6 × 6 pairs, and each of them twice. It grows with the square of the vocabulary: that is the price of being told apart.
[ ] 144 numbers
    That would be right if each pair had a third and a fourth outcome.

Fast weights hold two bindings: 10 under the key of zup, and -5 under that of dax. Both keys have length 1, and the product of the two is
0.6. Dax is heard. What comes back?
[ ] exactly -5
    That would be so if the keys stood at right angles.
[x] exactly 1
    -5 · 1 + 10 · 0.6: what is bound under a similar key comes back as well, and here it turns the sign.
[ ] exactly 5
    That is the sum of both values, as if the two keys were the same.
[ ] exactly 3
    -5 · 0.6 + 10 · 0.6 would be read with a key that fits both equally.

A description is worth 4: whoever hears it earns 12 on average instead of 8. But the speaker mumbles, and in one trial of four the listener
knows that it understood nothing. What is the mumbled description worth?
[ ] worth 4
    In every fourth trial nothing was understood, and 8 is earned there.
[ ] worth 1
    That is what is lost: a quarter of 4.
[ ] worth 9
    That is 12 · 3/4, as if nothing could be earned without a description.
[x] worth 3
    3/4 · 12 + 1/4 · 8 is 11. What one can do without the words stays, whatever becomes of them.

Where all languages are equally likely, MAML's start is paid no more than guessing, before its first step. In which other family would it be
paid more, before any step?
[ ] one with ten times as many tries in each trial
    More tries help every learner to adapt. What to do before the first step stays as unknown as it was.
[x] one in which zup mostly means the same action
    Then there is something that all languages share, and a start can know it before the first try.
[ ] one in which a right answer pays ten, and not one
    That scales the gradients, and changes nothing about which action comes first.
[ ] one with twice as many words, and as many actions
    Then the symmetry is the same: each action is as likely for each word.
"""
