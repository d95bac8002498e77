"""A model of one's own, dropped on the page: vetted, then it speaks; refused ones are named; the session says which
spoke; the companion hands over the account's.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from pathlib import Path

import pytest
from harness.screens import go, inferred, python

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

SPEAKER = "app.workspace.session.model_id"


@pytest.fixture(scope="module")
def good():
    import own_model

    return own_model.variant()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    from conftest import browser

    out = browser("chromium", tmp_path_factory.mktemp("own"))
    yield out
    out.close()


@pytest.fixture(scope="module")
def tab(site, built, good, running):
    """The demo bill, opened with a model of one's own beside it."""
    import own_model

    out = running.open(site.url)
    out.page.set_default_timeout(60_000)
    listed = json.loads((built / "demo" / "index.json").read_text())["files"]
    files = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": (built / "demo" / name).read_bytes()}
        for name in listed
    ]
    out.page.locator("#files").set_input_files(
        [
            *files,
            {"name": "mine.costdna-model", "mimeType": "application/octet-stream", "buffer": own_model.file(*good)},
        ]
    )
    inferred(out)
    return out


def given(tab, content: bytes) -> str:
    """Choose a model file; what the page says of it."""
    tab.js("CostShell.say('')")
    tab.page.locator("#files").set_input_files(
        [{"name": "own.costdna-model", "mimeType": "application/octet-stream", "buffer": content}]
    )
    tab.page.locator("#note").filter(has_text="model").wait_for()
    return tab.page.locator("#note").inner_text()


def test_dropped_beside_a_bill_it_speaks_from_the_first_is_named_and_gives_way(tab, good):
    page, mine, version = tab.page, hashlib.sha256(good[0]).hexdigest(), good[1]["version"]
    assert (
        python(tab, SPEAKER) == f"attributor-account {version} {mine[:8]}"
        and python(tab, "app.report.gate['passed']") is True
    )
    assert (
        page.locator("#note").inner_text().startswith(f"Your own model speaks: attributor-account {version} {mine[:8]}")
    )
    sure = python(tab, "app.report.resources['x_Probability'].fillna(-1).tolist()")
    go(tab, "screen:export")
    with page.expect_download() as saved:
        page.locator('[data-go="session:save"]').click()
    assert json.loads(Path(saved.value.path()).read_bytes())["model"] == mine
    go(tab, "screen:trust")
    page.locator("text=Taught by 412 confirmed owners").wait_for()
    page.locator('[data-go="model:shipped"]').click()
    page.locator("text=The one that came with CostDNA: attributor 0.").wait_for()
    # the run has begun
    page.wait_for_function(
        "CostPage.run('app.workspace.session.model_id').then((name) => name.startsWith(\"'attributor 0.\"))"
    )
    inferred(tab)
    assert (
        python(tab, SPEAKER).startswith("attributor 0.")
        and python(tab, "app.report.resources['x_Probability'].fillna(-1).tolist()") != sure
    )
    assert (
        page.locator('[data-go="model:own"]').count() == 1
        and tab.errors == []
        and page.locator("#meter-text").inner_text() == "0 bytes sent"
    )


def test_what_does_not_hold_is_named_and_the_former_goes_on(tab, good):
    import own_model

    speaker = python(tab, SPEAKER)
    refusals = [
        (b"no zip at all", "no ZIP"),
        (own_model.file(good[0], good[1] | {"features_sha256": "0" * 64}, good[2]), "other features"),
        (own_model.file(good[0][:-1] + b"\0", good[1], good[2]), "other model file"),
        (own_model.file(*good[:2], {**good[2], "golden/one_team.npz": good[2]["golden/no_groups.npz"]}), "golden"),
        (
            own_model.file(
                (own_model.MODELS / "attributor.onnx").read_bytes(),
                good[1] | {"model": json.loads((own_model.MODELS / "attributor.json").read_text())["model"]},
                good[2],
            ),
            "computes something else",
        ),
        (
            own_model.file(
                b"no graph", good[1] | {"model": {"sha256": hashlib.sha256(b"no graph").hexdigest()}}, good[2]
            ),
            "cannot run the model",
        ),
        (own_model.zipped({"../../attributor.onnx": b""}), "does not belong there"),
        (own_model.zipped({"attributor.onnx": bytes(65_000_000)}), "too large"),
    ]
    for content, words in refusals:
        said = given(tab, content)
        assert said.startswith("The model was not taken.") and words in said
    assert python(tab, SPEAKER) == speaker and tab.errors == []


def test_the_companion_hands_the_accounts_own_over(good, running, built, tmp_path, monkeypatch):
    import own_model
    from costdna.workspace import Workspace
    from costdna_companion.server.desk import Desk
    from costdna_companion.server.local import server
    from costdna_companion.server.routes_companion import Companion

    monkeypatch.delenv("COSTDNA_MODEL", raising=False)
    place = tmp_path / "data" / "model" / "own.costdna-model"
    place.parent.mkdir(parents=True)
    place.write_bytes(own_model.file(*good))
    with server(Workspace([]), built, companion=Companion(Desk(tmp_path / "data"))) as companion:
        threading.Thread(target=companion.serve_forever, daemon=True).start()
        tab = running.open(companion.address)
        tab.page.set_default_timeout(60_000)
        tab.page.locator("#note").filter(has_text="Your own model speaks: attributor-account").wait_for()
        companion.shutdown()
