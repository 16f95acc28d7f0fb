"""The notebook side: everything live that a student sees. The only floor that knows IPython, ipywidgets and matplotlib."""

from typing import TYPE_CHECKING

from dremeta_lite.facade import facade

if TYPE_CHECKING:
    from dremeta_lite.exercises import NotYet
    from dremeta_lite.lab.budget import begin
    from dremeta_lite.lab.comparison import Comparison
    from dremeta_lite.lab.draw_search import DrawSearch
    from dremeta_lite.lab.exercises import check, hint, progress, quiz, solution
    from dremeta_lite.lab.explorer import Explorer
    from dremeta_lite.lab.live_bench import LiveBench
    from dremeta_lite.lab.panel import LivePanel
    from dremeta_lite.lab.picture import Picture, View
    from dremeta_lite.lab.play import Play
    from dremeta_lite.lab.play_bandit import PlayBandit
    from dremeta_lite.lab.play_belief import BeliefPlay, Replay
    from dremeta_lite.lab.play_language import PlayLanguage
    from dremeta_lite.lab.play_skirmish import PlaySkirmish
    from dremeta_lite.lab.playground import Playground, pretrained
    from dremeta_lite.lab.predictions import predict
    from dremeta_lite.lab.runner import Runner, pause_all
    from dremeta_lite.lab.scrubber import Scrubber
    from dremeta_lite.lab.source import show_code
    from dremeta_lite.lab.still import show_figure, show_view
    from dremeta_lite.lab.teach import Teach
else:
    __getattr__, __dir__ = facade(__name__)
