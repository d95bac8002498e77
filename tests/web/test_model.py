"""A model that somebody hands over is used only where file, card, features, doors and golden passes hold; else what
spoke before goes on.
"""

import asyncio
import hashlib
import pickle

import own_model
import pytest
from bills import company
from costdna import session_file
from costdna.attribute.card import ModelRefused
from costdna_companion.native.session import OrtSession
from readings import reading

pytest.importorskip("panel", reason="the page's views need panel (extra `site`)")

from costdna_web import aside, bridge, model
from costdna_web.app import App
from costdna_web.screens import trust


@pytest.fixture(scope="module")
def good():
    return own_model.variant()


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """The site's model runs natively; nobody has handed one over."""

    async def native(graph):
        return OrtSession(graph)

    async def opened():
        session = OrtSession(own_model.MODELS / "attributor.onnx")
        session.model_id = "attributor shipped"
        return session, "5417"

    for name, value in {
        "own": None,
        "speaks": False,
        "refused": "",
        "_session": None,
        "_sha256": "",
        "_tried": False,
        "_opening": None,
        "_open": native,
        "opened": opened,
    }.items():
        monkeypatch.setattr(model, name, value)
    monkeypatch.setattr(bridge, "has", lambda path: True)


def test_a_good_one_speaks_and_one_goes_back(good):
    assert asyncio.run(model.hand(own_model.file(*good))) and model.speaks
    mine = asyncio.run(model.session())
    assert (
        mine is model.own.session
        and mine.model_id.startswith(f"attributor-account {good[1]['version']} ")
        and model.sha256() == hashlib.sha256(good[0]).hexdigest()
    )
    assert model.own.lesson["owners"] == 412
    assert (
        model.choose(False)
        and not model.choose(False)
        and asyncio.run(model.session()).model_id == "attributor shipped"
        and model.sha256() == "5417"
    )
    assert model.choose(True) and asyncio.run(model.session()) is mine


def test_who_asks_while_the_model_is_opened_waits_for_it(monkeypatch):
    async def slowly():
        await asyncio.sleep(0.01)
        opened.append(object())
        return opened[-1], "5417"

    async def both():
        return await asyncio.gather(model.session(), model.session())

    opened = []
    monkeypatch.setattr(model, "opened", slowly)
    assert asyncio.run(both()) == [opened[0]] * 2 and len(opened) == 1


def changed(good, **card):
    return own_model.file(good[0], good[1] | card, good[2])


@pytest.mark.parametrize(
    "made, words",
    [
        (lambda g: b"not a zip", "not a model file"),
        (lambda g: changed(g, features_sha256="0"), "other features"),
        (lambda g: changed(g, format=2), "other format"),
        (lambda g: changed(g, kinds_sha256="0"), "other group kinds"),
        (lambda g: changed(g, signature={}), "other signature"),
        (lambda g: changed(g, model={"sha256": "0"}), "other model file"),
        (lambda g: own_model.file((own_model.MODELS / "attributor.onnx").read_bytes(), g[1], g[2]), "other model file"),
        (
            lambda g: own_model.file(g[0], g[1], {**g[2], "golden/no_groups.npz": g[2]["golden/one_team.npz"]}),
            "golden pass",
        ),
        (lambda g: changed(g, golden=[{"file": e["file"]} for e in g[1]["golden"]]), "cannot run"),
        (
            lambda g: own_model.file(
                b"no graph", g[1] | {"model": {"sha256": hashlib.sha256(b"no graph").hexdigest()}}, g[2]
            ),
            "cannot run",
        ),
    ],
)
def test_what_does_not_hold_is_refused_and_the_former_goes_on(good, made, words):
    assert (
        not asyncio.run(model.hand(made(good)))
        and words in model.refused
        and "goes on" in model.refused
        or "released" in model.refused
    )
    assert model.own is None and not model.speaks and asyncio.run(model.session()).model_id == "attributor shipped"


def test_one_that_computes_something_else_is_refused(good):
    graph, _, _ = own_model.variant(scale=0.9)
    card = good[1] | {"model": {"sha256": hashlib.sha256(graph).hexdigest()}}  # its golden passes are the other's
    with pytest.raises(ModelRefused, match="something else"):
        asyncio.run(model.looked(own_model.file(graph, card, good[2])))


def test_other_doors_are_refused(good):
    class Wrong:
        inputs, outputs = ["x"], ["y"]

    async def other(graph):
        return Wrong()

    with pytest.raises(ModelRefused, match="other doors"):
        asyncio.run(model.looked(own_model.file(*good), other))


def test_the_page_infers_again_with_it_and_says_what_it_is(good):
    lines = company(teams=4, per_team=10)

    async def story():
        app = App()
        await app.load([reading(lines)])
        assert "came with CostDNA</b>: attributor shipped" in str(trust.speaking(app.frame.state))
        first = app.report
        source = first.sources["x_SourceId"].iat[0]
        card = good[1] | {"training": good[1]["training"] | {"sources": [source]}}
        await app.hand(own_model.file(good[0], card, good[2]))
        said = str(trust.speaking(app.frame.state))
        assert app.report is not first and app.workspace.session is model.own.session
        assert (
            "Taught by 412 confirmed owners" in said
            and "this very bill" in said
            and "81" in said
            and "model:shipped" in said
        )
        text = session_file.to_text(app.workspace.wishes, app.report, model=model.sha256())
        assert session_file.from_text(text).model == model.own.sha256
        second = app.report
        await app.hand(b"no zip")
        assert app.report is second and "was not taken" in str(trust.speaking(app.frame.state)) and model.speaks
        app.frame.remodelled = None
        app.frame.hear('{"go": "model:shipped"}')
        await app.remodel()
        app.frame.state.saved_with = model.own.sha256
        said = str(trust.speaking(app.frame.state))
        assert app.report is not second and "model:own" in said and "another model spoke" in said
        return first, app.report

    first, last = asyncio.run(story())
    assert first.resources.equals(last.resources)
    assert [m["text"].split(":")[0] for m in bridge.sent if m["type"] == "note"][-2:] == [
        "Your own model speaks",
        "The model was not taken. This is not a model file. Found",
    ]


def test_the_second_interpreter_is_given_it_once_and_told_when_it_no_longer_speaks(good, monkeypatch):
    sent = []

    async def send(message):
        sent.append(pickle.loads(message)[0])
        return (
            pickle.dumps(await aside.answered(*(lambda kind, new, more: (kind, new, *more))(*pickle.loads(message))))
            if sent[-1] == "model"
            else pickle.dumps(None)
        )

    class Nothing:
        pass

    for name in aside.GROUNDS:
        setattr(Nothing, name, None)

    async def story():
        way = aside.Aside(send)
        await way.examine(Nothing, 1)
        await model.hand(own_model.file(*good))
        await way.examine(Nothing, 1)
        await way.examine(Nothing, 1)
        model.choose(False)
        await way.examine(Nothing, 1)

    asyncio.run(story())
    assert sent == ["examine", "model", "examine", "examine", "model", "examine"]
