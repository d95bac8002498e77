"""The network itself (needs torch): equal under onnxruntime at every shape, blind to team order, safe without groups."""

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="torch is not installed (extra `train`)")

from costdna_companion.train import export, network  # noqa: E402
from costdna_companion.train.network import Attributor, Doors  # noqa: E402


def made(trusts):
    torch.manual_seed(5)
    torch.set_num_threads(1)
    model = Attributor(trusts=trusts)
    for trust in model.trust:
        torch.nn.init.constant_(trust.power.bias, 1.0)  # known owners count as P(right), untrained as that is
    return model.eval()


@pytest.fixture(scope="module", params=[0, 2], ids=["as shipped", "weighing known owners"])
def model(request):
    return made(request.param)


def passed(model, feeds):
    with torch.no_grad():
        return [value.numpy() for value in Doors(model)(*[torch.from_numpy(value) for value in feeds.values()])]


def test_exported_graph_equals_torch_and_scatters_only_by_adding(tmp_path):
    import onnx

    model = made(2)  # all there is; the shipped shape is exported where a bill is taught (test_finetune)
    path = tmp_path / "model.onnx"
    export.export(model, path)  # raises when any of its shapes differs by more than its tolerance
    assert export.difference(model, path) <= 1e-5
    nodes = [node for graph in export.graphs(onnx.load(path).graph) for node in graph.node]
    kinds = [node.op_type for node in nodes]
    assert "ScatterND" in kinds and "ScatterElements" not in kinds and kinds.count("Scan") == 4
    assert {node.domain for node in nodes} == {""}
    text = path.read_bytes()
    assert b"/site-packages/" not in text and b"network.py" not in text  # no trace of the machine it was made on


def test_a_scatter_that_overwrites_is_refused():
    from onnx import helper

    def graph(op, **attributes):
        return helper.make_model(
            helper.make_graph([helper.make_node(op, ["a", "b", "c"], ["d"], **attributes)], "g", [], [])
        )

    export.check_operators(graph("ScatterND", reduction="add"))
    with pytest.raises(RuntimeError, match="does not add"):
        export.check_operators(graph("ScatterND"))
    with pytest.raises(RuntimeError, match="ScatterElements"):
        export.check_operators(graph("ScatterElements", reduction="add"))
    with pytest.raises(RuntimeError, match="does not add"):
        export.check_operators(graph("Scan", body=graph("ScatterND").graph))


@pytest.mark.parametrize("shape", export.SHAPES)
def test_answers_are_finite_at_every_shape(model, shape):
    logits, none = passed(model, export.random_feeds(*shape))
    assert logits.shape == (shape[0], shape[3]) and none.shape == (shape[0], 1)
    assert np.isfinite(logits).all() and np.isfinite(none).all()


def test_team_order_turns_the_answers_with_it(model):
    feeds = export.random_feeds(120, 900, 70, 6)
    turn = np.array([3, 1, 5, 0, 2, 4])
    logits, none = passed(model, feeds)
    turned, none_turned = passed(model, feeds | {"y_support": np.ascontiguousarray(feeds["y_support"][:, turn])})
    np.testing.assert_allclose(turned, logits[:, turn], atol=1e-5)
    np.testing.assert_allclose(none_turned, none, atol=1e-5)


def test_a_team_without_a_known_owner_changes_nothing(model):
    feeds = export.random_feeds(60, 300, 40, 4)
    logits, none = passed(model, feeds)
    wider, none_wider = passed(model, feeds | {"y_support": np.insert(feeds["y_support"], [0, 2, 4], 0.0, axis=1)})
    np.testing.assert_array_equal(wider[:, [1, 2, 4, 5]], logits)
    np.testing.assert_array_equal(none_wider, none)
    assert (wider[:, [0, 3, 6]] == network.EMPTY).all()


def test_an_account_in_which_nobody_is_known_keeps_every_team(model):
    feeds = export.random_feeds(30, 100, 20, 3)
    logits, none = passed(model, feeds | {"y_support": np.zeros((30, 3), dtype=np.float32)})
    assert (logits > network.EMPTY / 2).all() and np.isfinite(none).all()
    np.testing.assert_allclose(logits[:, 0], logits[:, 1], atol=1e-5)  # nothing tells the teams apart


def test_membership_and_group_order_do_not_matter(model):
    feeds = export.random_feeds(100, 800, 60, 5)
    rng = np.random.default_rng(1)
    order, rename = rng.permutation(800), rng.permutation(60)
    kinds = np.empty(60, dtype=np.int64)
    kinds[rename] = feeds["group_kind"]
    other = feeds | {
        "member_node": feeds["member_node"][order],
        "member_group": rename[feeds["member_group"]][order],
        "group_kind": kinds,
    }
    for a, b in zip(passed(model, feeds), passed(model, other), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
