"""Training (needs torch): it learns, and a killed run goes on where its checkpoint was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="torch is not installed (extra `train`)")

from costdna_companion.train import weights  # noqa: E402
from costdna_companion.train.loop import CHECKPOINT, Recipe, train  # noqa: E402
from costdna_companion.train.prior import load_prior  # noqa: E402
from costdna_companion.train.recipe import averaged_model  # noqa: E402

MODELS = Path(__file__).parents[3] / "models"


class Ticks:
    """A clock that moves a third of a second each time it is asked: a machine of one speed, however busy."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1 / 3
        return self.now


def test_a_second_run_continues_the_first(tmp_path):
    said = []
    prior = load_prior(MODELS)
    path = train(prior, tmp_path, Recipe(minutes=0.1, checkpoint_minutes=10), said.append, Ticks())
    first = torch.load(path, weights_only=True)
    assert path == tmp_path / CHECKPOINT and first["episodes"] > 0 and len(first["history"]) == 1
    train(prior, tmp_path, Recipe(minutes=first["seconds"] / 60 + 0.1, checkpoint_minutes=10), said.append, Ticks())
    second = torch.load(path, weights_only=True)
    assert (
        second["episodes"] > first["episodes"] and second["seconds"] > first["seconds"] and len(second["history"]) == 2
    )
    assert any("continuing" in line for line in said)
    moved = [name for name in first["model"] if not torch.equal(first["model"][name], second["model"][name])]
    assert len(moved) > 20


CHILD = """
import sys
from pathlib import Path
from costdna_companion.train.loop import Recipe, train
from costdna_companion.train.prior import load_prior
train(load_prior(Path(sys.argv[1])), Path(sys.argv[2]), Recipe(minutes=30, checkpoint_minutes=0.02))
"""


def test_a_process_killed_in_the_middle_leaves_a_checkpoint_the_next_run_continues(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(MODELS), str(tmp_path)], stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.monotonic() + 240
        while not (tmp_path / CHECKPOINT).is_file():
            assert child.poll() is None and time.monotonic() < until
            time.sleep(0.05)
    finally:
        os.killpg(child.pid, signal.SIGKILL)  # the process that draws accounts goes with it
        child.wait()
    left = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert child.returncode == -signal.SIGKILL and left["episodes"] > 0
    said = []
    train(
        load_prior(MODELS),
        tmp_path,
        Recipe(minutes=left["seconds"] / 60 + 0.05, checkpoint_minutes=10),
        said.append,
        Ticks(),
    )
    after = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert after["episodes"] > left["episodes"] and any("continuing" in line for line in said)


def test_a_stage_may_keep_some_of_the_weights_before_it(tmp_path):
    prior = load_prior(MODELS) | {
        "stages": [
            {"share_of_minutes": share, "rate": 0.002, "keep_of_before": keep, "simulators": {"prior": 1.0}}
            for share, keep in ((0.5, 0.0), (0.5, 0.25))
        ]
    }
    path = train(prior, tmp_path, Recipe(minutes=0.1, checkpoint_minutes=10), lambda text: None, Ticks())
    state = torch.load(path, weights_only=True)
    model, _ = averaged_model(path)
    assert state["keep"] == 0.25
    before, after = state["before"]["module.kind.weight"], state["average"]["module.kind.weight"]
    assert not torch.equal(before, after)
    torch.testing.assert_close(model.kind.weight.detach(), 0.25 * before + 0.75 * after)


def test_a_run_from_weights_trains_the_last_stage_alone_and_continues(tmp_path):
    wrong = {
        "few": {"share_of_accounts": 0.0},
        "siblings": {"share_of_accounts": 0.0},
        "wrong": {"share_of_accounts": 1.0, "resources": [0.3, 0.4], "groups": [0.0, 0.0]},
    }
    stages = [
        {"share_of_minutes": share, "rate": 0.001, "keep_of_before": 0.5, "simulators": {simulator: 1.0}}
        for share, simulator in ((0.9, "platform_prior"), (0.1, "prior"))
    ]
    prior = load_prior(MODELS) | {"stages": [stages[0], stages[1] | {"redrawn": wrong}]}
    start = weights.load(MODELS / weights.WEIGHTS_FILE).state_dict()
    path = train(prior, tmp_path, Recipe(minutes=0.1, checkpoint_minutes=10), lambda text: None, Ticks(), start)
    first = torch.load(path, weights_only=True)
    assert first["keep"] == 0.5 and all(
        torch.equal(first["before"][f"module.{name}"], value) for name, value in start.items()
    )
    said = []
    train(
        prior, tmp_path, Recipe(minutes=first["seconds"] / 60 + 0.1, checkpoint_minutes=10), said.append, Ticks(), start
    )
    second = torch.load(path, weights_only=True)
    assert second["episodes"] > first["episodes"] > 0 and any("continuing" in line for line in said)
    # what is kept is what it began with, not what was resumed
    torch.testing.assert_close(second["before"], first["before"])
