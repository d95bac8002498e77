"""The Changes screen: the difference in words, its parts adding up, and the command line's own numbers."""

import json
import subprocess
import sys

from moving import jumping
from pages import go, opened

from costdna.export.figures import Figures


def test_the_difference_is_told_in_words_and_adds_up():
    frame = opened(jumping())
    seen = go(frame, "screen:changes")
    found = frame.state.workspace.why()
    assert found["headline"] in seen.words and "nothing is left over" in seen.words
    shown = Figures(scale=frame.state.report.scale)
    for mover in frame.state.workspace.compared()["movers"]:
        assert shown.amount(mover["change"]) in seen.words and mover["label"] in seen.words
    assert "<b>" not in list(seen.tags)


def test_periods_and_dimension_are_chosen_and_nonsense_changes_nothing():
    frame = opened(jumping())
    go(frame, "screen:changes")
    go(frame, "fill:changes:before", value="2026-W37")
    words = go(frame, "fill:changes:after", value="2026-W38").words
    assert "in 2026-W38 than in 2026-W37" in words
    words = go(frame, "fill:changes:by", value="usage-type").words
    assert "Use-3" in words and go(frame, "fill:changes:by", value="nonsense").words == words
    assert "The two periods overlap" in go(frame, "fill:changes:after", value="2026-09").words
    assert "no period we can read" in go(frame, "fill:changes:after", value="<script>").words


def test_page_command_line_and_store_give_identical_numbers(tmp_path):
    header = "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,pricing/unit"
    lines = [
        f"{r['BillingPeriodStart']},999,111,Usage,{r['ChargePeriodStart']},{r['ChargePeriodEnd']},AmazonEC2,{r['UsageType']},Run,{r['ConsumedQuantity']},USD,{r['Unblended']},{r['ResourceId']},{r['ServiceName']},Hrs"
        for r in jumping()
    ]
    path = tmp_path / "bill.csv"
    path.write_text("\n".join([header, *lines]) + "\n")

    def said(*words):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from costdna_companion.cli import main; main()",
                *words,
                str(path),
                "--json",
                "--quiet",
                "--no-model",
            ],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return {k: v for k, v in json.loads(done.stdout).items() if k != "schema_version"}

    from costdna.workspace import Workspace
    from costdna_companion import native
    from costdna_web.frame import Frame

    space = Workspace(native.read([path])[0])
    space.prove()
    frame = Frame()
    frame.show(space)
    shown = go(frame, "screen:changes").words
    plain = lambda value: json.loads(json.dumps(value))
    assert said("why") == plain(space.why()) and said("why")["headline"] in shown
    assert said("compare") == plain(space.compare(top=20))
    assert said("trends", "--grain", "week") == plain(space.list_trends(grain="week"))
    assert said("anomalies") == plain(space.list_anomalies())
    store = tmp_path / "kept.duckdb"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from costdna_companion.cli import main; main()",
            "ingest",
            str(path),
            "--store",
            str(store),
            "--quiet",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    path = store
    assert said("why") == plain(space.why()) and said("anomalies") == plain(space.list_anomalies())
