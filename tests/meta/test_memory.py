"""How much memory a measurement takes: a laptop has other things to do."""

import subprocess
import sys

import pytest

CODE = """
import resource, torch
from dremeta_lite.lab.playground import pretrained
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.tasks import Navigation2D
torch.set_num_threads(1)
family, (policy, theta) = Navigation2D(), pretrained("maml")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
adapt_to(family, family.held_out_tasks(2), policy, theta, steps=1)
before = peak()
adapt_to(family, family.held_out_tasks(), policy, theta, steps=1)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux only")
def test_all_held_out_tasks_are_measured_in_less_memory_than_training_takes() -> None:
    """At most 300 MB more; all gradients at once would take 600."""
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 300
