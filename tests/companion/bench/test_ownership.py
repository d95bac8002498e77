"""The evaluation on real labels: a folder of the published form in, rows of the agreed form out; the sealed thirds stay
sealed.
"""

import csv
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from costdna.errors import BillError, UsageError
from costdna_companion.bench import log, ownership, product

pytest.importorskip("sklearn")
TEAMS = ("payments", "search", "identity", "billing")


def write(folder: Path, apps: int = 12, events: bool = True) -> Path:
    """A platform where two words of a name tell the team, and authors tell it better."""
    folder.mkdir()
    with open(folder / "namespaces.csv", "w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["namespace", "business-unit", "slack-channel", "team-name", "source-code"])
        for app in range(apps):
            team = TEAMS[app % 4]
            for stage in ("dev", "prod"):
                out.writerow(
                    [
                        f"{team[:3]}-app{app}-{stage}",
                        f"unit{app % 2}",
                        f"#{team}",
                        f" {team.title()} ",
                        f"https://example.invalid/{team}",
                    ]
                )
    with open(folder / "resources.csv", "w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["namespace", "block", "type"])
        out.writerows([[f"{TEAMS[app % 4][:3]}-app{app}-dev", "module", ("rds", "s3")[app % 2]] for app in range(apps)])
    if events:
        with open(folder / "change_events.csv", "w", newline="") as handle:
            out = csv.writer(handle)
            out.writerow(["commit", "author", "time", "namespace", "file"])
            for app in range(apps):
                out.writerows(
                    [
                        [
                            f"c{app}",
                            f"p{app % 4}",
                            "2026-01-01T00:00:00Z",
                            f"{TEAMS[app % 4][:3]}-app{app}-{stage}",
                            "x.tf",
                        ]
                        for stage in ("dev", "prod")
                    ]
                )
    return folder


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("own") / "platform")
    return ownership.run(
        folder, session=product.shipped(), methods=["costdna", "majority", "logreg", "logreg+lp"], splits=2, third="all"
    )


def test_rows_have_exactly_the_agreed_keys(result):
    rows = result["rows"]
    assert {(r["method"], r["setting"], r["unit"]) for r in rows} == {
        (m, s, u)
        for m in ("costdna", "majority", "logreg", "logreg+lp")
        for s in ("bill", "behaviour")
        for u in ("app", "namespace")
    }
    for row in rows:
        assert tuple(row) == ownership.COLUMNS
    json.loads(json.dumps(rows, allow_nan=False))
    json.dumps(result, allow_nan=False)  # what --save writes


def test_figures_are_what_the_splits_say(result):
    row = next(
        r for r in result["rows"] if r["method"] == "logreg+lp" and r["setting"] == "behaviour" and r["unit"] == "app"
    )
    mine = [line for line in result["splits"] if all(line[k] == row[k] for k in ("method", "setting", "unit"))]
    assert row["top1"] == pytest.approx(np.mean([line["top1"] for line in mine]), abs=1e-6)
    assert row["top1_sd"] == pytest.approx(np.std([line["top1"] for line in mine]), abs=1e-6)
    top = {r["method"]: r["top1"] for r in result["rows"] if r["setting"] == "behaviour" and r["unit"] == "app"}
    assert top["logreg+lp"] > top["majority"] + 0.3  # names and authors do tell the team here
    pair = next(
        p for p in result["pairs"] if p["against"] == "majority" and p["setting"] == "behaviour" and p["unit"] == "app"
    )
    assert pair["of"] == 2 and pair["top1_gain"] == pytest.approx(top["costdna"] - top["majority"], abs=1e-6)


def test_whole_apps_are_hidden_and_shares_kept():
    app = np.repeat([f"app{i}" for i in range(20)], 2)
    shown = ownership.split(app, 0.5, 3)
    assert all(len(set(shown[app == name])) == 1 for name in set(app)) and shown.mean() == 0.5


def test_without_events_only_the_bill_is_measured(tmp_path):
    folder = write(tmp_path / "p", events=False)
    got = ownership.run(folder, session=None, methods=["majority"], splits=1, third="all")
    assert {r["setting"] for r in got["rows"]} == {"bill"}


def test_fields_that_contain_the_label_are_never_read(tmp_path):
    folder = write(tmp_path / "p")
    text = (folder / "namespaces.csv").read_text()
    (folder / "namespaces.csv").write_text(re.sub(r"#\w+|https://\S+", "gone", text))
    frame = ownership.nodes(folder)
    assert list(frame.columns) == ["namespace", "unit", "team", "app"]
    assert frame["team"][0] == frame["team"][0].lower().strip()
    account = ownership.account(folder, frame, "behaviour")
    assert set(account.relations["x_Kind"]) <= {"name_token", "name_prefix", "account", "resource_type", "actor"}


def test_thirds_follow_the_hash_and_auto_protects_only_the_known_data_set(tmp_path):
    folder = write(tmp_path / "p")
    frame = ownership.nodes(folder)
    dev, _ = ownership.third_of(frame, "dev", None)
    report, _ = ownership.third_of(frame, "report", None)
    assert len(dev) + len(report) == len(frame) and not set(dev["app"]) & set(report["app"])
    assert all(int(hashlib.sha256(app.encode()).hexdigest(), 16) % 3 == 0 for app in dev["app"])
    for name, expected in (("stranger", "all"), (dev["app"][0], "dev")):
        (tmp_path / "ownership_development.json").write_text(json.dumps({"apps": [name]}))
        assert ownership.third_of(frame, "auto", tmp_path)[1] == expected
    with pytest.raises(UsageError):
        ownership.third_of(frame, "half", None)


def test_conflicting_labels_bound_what_can_be_reached():
    import pandas as pd

    frame = pd.DataFrame({"team": ["a", "a", "b", "b"], "app": ["x", "x", "x", "y"]})
    reach, seer = ownership.ceiling(frame, np.array([True, False, False, True]))
    assert reach == 1.0 and seer == 0.5  # app x is labelled a, one of its hidden rows is b


def test_what_is_no_such_folder_says_so(tmp_path):
    with pytest.raises(BillError, match="namespaces.csv"):
        ownership.nodes(tmp_path)
    (tmp_path / "namespaces.csv").write_text("namespace,team\na,b\n")
    with pytest.raises(BillError, match="business-unit"):
        ownership.nodes(tmp_path)


def test_reported_runs_are_appended_with_the_models_hash(tmp_path):
    (tmp_path / "attributor.onnx").write_bytes(b"weights")
    (tmp_path / "attributor.json").write_text(json.dumps({"model": {"sha256": hashlib.sha256(b"weights").hexdigest()}}))
    for number in (1, 2):
        log.record("ownership", {"third": "report"}, [{"top1": 0.5}], None, lambda text: None, tmp_path)
        runs = json.loads((tmp_path / log.RUNS_FILE).read_text())
        listed = json.loads((tmp_path / "attributor.json").read_text())["report_runs"]
        assert len(listed) == number and listed[-1]["third"] == "report" and "rows" not in listed[-1]
        assert len(runs) == number and runs[-1]["model_sha256"] == hashlib.sha256(b"weights").hexdigest()
