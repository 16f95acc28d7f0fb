"""The parts that pictures are made of. A view is a composition of them:

    class AdaptationView(Row):
        def __init__(self, family, steps=1):
            curves = History(
                [Line("return_before", BEFORE, "before"), Line("return_after", NOW, "after 1 step")],
                yardsticks=navigation_yardsticks(family),
                xlabel="meta-iteration", ylabel="return (sum of rewards)",
            )
            super().__init__(curves, AdaptedMap(family, showcase(family), steps), widths=(1.35, 1))

- `Row(*parts, widths=…)` and `Column(*parts, heights=…)` place parts; each may stand in the other. The outermost is the view: it has a
  `size`, and `Picture` draws it. What several parts show is computed once a frame by `first=`: anything with `update`; or the
  view has an `update` of its own, which tells its parts what to `show` and sets its `_words`.
- A `Part` draws on axes of its own. `setup` makes its artists and returns those that move; `update` sets their data from what is shown (a
  runner in a live panel, an explorer beside sliders); `words` says what they show. The summary of a view is its parts' words, in order.
- `series` are the lines of a part as data, x and y by name: tests read these, and not the artists.
- There are: `History` (a learner's numbers over iterations, with yardsticks and marks of moved sliders), `Curves` (values that are shown
  all at once: over the episodes of a trial, over steps, over a grid of x) and `Heat` (a matrix with its numbers). What a view needs beyond
  these is a `Part` of its own in its file, like `Plane` and `GridMap`: `setup` returns `self.lines(axes, looks)`, and `update` sets
  `self.drawn[name]`. A view that does not move is a figure by `lab.still.still(view)`.
- A part that takes long to compute lets `Sparingly().do(runner, work)` do it, now and then while it trains; with `Gliding`, its lines
  move from one measurement to the next.
- `Artist` and `Axes` are matplotlib's: what a part makes, and where.
- Limits and yardsticks are the background, which costs a full redraw: `set_limits`, `grow` and `Yardsticks.set` change it if they must.
"""

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from dremeta_lite.lab.parts.background import ChangeMarks, Limits, Yardsticks, decades, grow, set_limits
from dremeta_lite.lab.parts.curves import Curves
from dremeta_lite.lab.parts.heat import Heat
from dremeta_lite.lab.parts.history import History, Line, since_restart, trailing_mean
from dremeta_lite.lab.parts.layout import ABOVE, BELOW, BESIDE, Column, Part, Row, arrows, compared, legend, legend_below
from dremeta_lite.lab.parts.pacing import Gliding, Sparingly
from dremeta_lite.lab.parts.touchable import Handle
