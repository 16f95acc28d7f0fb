"""Makes what notebook 12 loads: agents that balance poles and steer arms, and half cheetahs that run.

python3 -m dremeta_lite robots                         all; about two hours of one CPU core, the cheetahs with the extra `robots`
python3 -m dremeta_lite robots poles --to FOLDER       the poles alone, in a folder of your own
"""

from collections.abc import Sequence

from dremeta_lite import store
from dremeta_lite.recording import arms, cheetah, cheetah_maml, poles, taught, wires
from dremeta_lite.recording.runner import options

PARTS = {"poles": poles.record, "arms": arms.record, "cheetah": cheetah.record, "maml": cheetah_maml.record}
PARTS |= {"taught": taught.record, "wires": wires.record}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure and write what was named."""
    chosen = options("robots", "Train and measure the robots of notebook 12 again.", arguments, store.DATA / "lesson12", names=list(PARTS))
    for name in chosen.names:
        PARTS[name](chosen.to)
