"""Weighing known owners (needs torch): begins without effect, leaves a label out of what is said of it, learns by its
stage.
"""

import json
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="torch is not installed (extra `train`)")

from costdna_companion.train import export, weights  # noqa: E402
from costdna_companion.train.loop import HELD_OUT, Recipe, train  # noqa: E402
from costdna_companion.train.mixture import draw  # noqa: E402
from costdna_companion.train.network import Attributor, Doors  # noqa: E402
from costdna_companion.train.prior import load_prior  # noqa: E402
from costdna_companion.train.recipe import averaged_model, staged  # noqa: E402
from costdna_companion.train.trust import Trust  # noqa: E402

MODELS = Path(__file__).parents[3] / "models"


def passed(model, feeds):
    with torch.no_grad():
        return [value.numpy() for value in Doors(model)(*[torch.from_numpy(value) for value in feeds.values()])]


@pytest.fixture(scope="module")
def shipped():
    torch.set_num_threads(1)
    return weights.load(MODELS / weights.WEIGHTS_FILE)


@pytest.fixture(scope="module")
def weighing(shipped):
    """The shipped weights in the weighing shape: nothing of the weighing is trained."""
    torch.manual_seed(4)
    model = Attributor(trusts=2)
    model.load_state_dict(
        {name: value for name, value in model.state_dict().items() if name.startswith("trust.")} | shipped.state_dict()
    )
    return model.eval()


@pytest.mark.parametrize("shape", export.SHAPES)
def test_before_training_it_answers_as_the_shipped_model_to_the_bit(shipped, weighing, shape):
    feeds = export.random_feeds(*shape)
    for before, after in zip(passed(shipped, feeds), passed(weighing, feeds), strict=True):
        np.testing.assert_array_equal(after, before)


def test_a_label_says_nothing_of_itself():
    torch.manual_seed(2)
    trust, teams, nodes, groups = Trust(3, 2), 3, 5, 3
    weighed = torch.zeros(nodes, teams)
    weighed[torch.arange(4), torch.tensor([0, 1, 1, 2])] = 1.0
    node, group = torch.tensor([0, 0, 1, 2, 3]), torch.tensor([0, 1, 2, 2, 2])  # nobody else known in the groups of 0

    def right(node, group):
        per = torch.zeros(groups, teams).index_add(0, group, weighed[node])
        look = torch.zeros(groups, 3)
        return trust(
            look,
            per,
            weighed,
            weighed.sum(1),
            torch.full((teams,), 1 / 3),
            torch.nn.functional.normalize(torch.ones(nodes, 24), dim=1),
            torch.ones(nodes, 1),
            torch.zeros(nodes, 2),
            node,
            group,
        )[1]

    torch.testing.assert_close(right(node, group)[0], right(node[2:], group[2:])[0])
    # nor does a resource nobody is known to own: the network leaves its memberships out
    more = torch.cat([node, torch.tensor([4])]), torch.cat([group, torch.tensor([2])])
    torch.testing.assert_close(right(*more)[:4], right(node, group)[:4])
    joined = torch.cat([group[:1] + 2, group[1:]])  # now three others are known beside it
    assert (right(node, joined)[0] - right(node, group)[0]).abs() > 1e-4


def test_its_stage_of_training_continues_from_the_shipped_weights_and_moves_the_weighing(tmp_path, shipped):
    class Ticks:
        now = 0.0

        def __call__(self):
            self.now += 1 / 3
            return self.now

    prior = staged(MODELS, json.loads((MODELS / "trust_stage.json").read_text(encoding="utf-8")))
    path = train(
        prior, tmp_path, Recipe(minutes=0.1, checkpoint_minutes=10), lambda text: None, Ticks(), shipped.state_dict()
    )
    model, state = averaged_model(path)
    assert len(model.trust) == 2 and state["episodes"] > 0
    assert all(trust.right.weight.abs().sum() > 0 and trust.power.weight.abs().sum() > 0 for trust in model.trust)
    assert load_prior(MODELS)["stages"] == prior["stages"][:-1]


def test_the_candidate_kept_beside_the_model_counts_wrong_labels_less():
    prior = staged(MODELS, json.loads((MODELS / "trust_stage.json").read_text(encoding="utf-8")))
    stage, model, factors = prior["stages"][-1], weights.load(MODELS / "candidate.npz"), []
    model.trust[0].register_forward_hook(lambda module, given, out: factors.append(out[0].numpy()))
    right, counted = [], []
    for seed in range(HELD_OUT + 90_000, HELD_OUT + 90_016):
        account = draw(prior, stage["simulators"], seed, stage["redrawn"])
        with torch.no_grad():
            model(*[torch.from_numpy(value) for value in account.feeds().values()])
        right.append((account.target == account.y_support.argmax(1))[~account.query])
        counted.append(factors.pop()[~account.query])
    right, counted = np.concatenate(right), np.concatenate(counted)
    assert (~right).sum() > 20 and counted[right].mean() > counted[~right].mean() + 0.1
