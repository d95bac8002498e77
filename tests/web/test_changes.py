"""The Changes screen: the difference in words, its parts adding up, alerts that take an answer, and the command line's
own numbers.
"""

import json
import subprocess
import sys

import numpy as np
from moving import day
from pages import go, opened

from costdna.export.figures import Figures


def bill(days=75, jump=70):
    rng, stamp, rows = np.random.default_rng(2), np.datetime64("2026-09-01"), []
    for n in range(days):
        text = str(stamp + n)
        for i, name in enumerate(("Alpha", "Beta", "Gamma", "Delta", "<b>Epsilon</b>")):
            cost = (30 + 10 * i) * (1 + 0.02 * rng.standard_normal()) * (2 if name == "Alpha" and n >= jump else 1)
            rows.append(
                day(
                    1,
                    f"{cost:.4f}",
                    ChargePeriodStart=f"{text}T00:00:00Z",
                    ChargePeriodEnd=f"{stamp + n + 1}T00:00:00Z",
                    BillingPeriodStart=f"{text[:8]}01T00:00:00Z",
                    ServiceName=name,
                    ResourceId=f"i-{i}",
                    UsageType=f"Use-{i}",
                    ConsumedQuantity=f"{cost:.4f}",
                    Tags={("resource", "team"): "search"} if i == 0 else {},
                )
            )
    return rows


def test_the_difference_is_told_in_words_and_adds_up():
    frame = opened(bill())
    seen = go(frame, "screen:changes")
    found = frame.state.workspace.why()
    assert found["headline"] in seen.words and "nothing is left over" in seen.words
    shown = Figures(scale=frame.state.report.scale)
    for mover in frame.state.workspace.compared()["movers"]:
        assert shown.amount(mover["change"]) in seen.words and mover["label"] in seen.words
    assert "<b>" not in list(seen.tags)


def test_periods_and_dimension_are_chosen_and_nonsense_changes_nothing():
    frame = opened(bill())
    go(frame, "screen:changes")
    go(frame, "fill:changes:before", value="2026-W37")
    words = go(frame, "fill:changes:after", value="2026-W38").words
    assert "in 2026-W38 than in 2026-W37" in words
    words = go(frame, "fill:changes:by", value="usage-type").words
    assert "Use-3" in words and go(frame, "fill:changes:by", value="nonsense").words == words
    assert "The two periods overlap" in go(frame, "fill:changes:after", value="2026-09").words
    assert "no period we can read" in go(frame, "fill:changes:after", value="<script>").words


def test_an_alert_takes_an_answer_and_the_answer_can_be_taken_back():
    frame = opened(bill())
    seen = go(frame, "screen:changes")
    say = [w for w in seen.wishes if w.startswith("changes:say:") and w.endswith(":no")]
    assert len(say) == 1 and "Likely search's" in seen.words and "1 alert from" in seen.words
    muted = go(frame, say[0])
    assert "Nothing odd" in muted.words and "1 muted" in muted.words
    again = next(w for w in muted.wishes if w.startswith("changes:say:"))
    assert "1 alert from" in go(frame, again).words
    go(frame, "changes:say:0000:no")
    go(frame, "changes:say")


def test_page_command_line_and_store_give_identical_numbers(tmp_path):
    header = "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,pricing/unit"
    lines = [
        f"{r['BillingPeriodStart']},999,111,Usage,{r['ChargePeriodStart']},{r['ChargePeriodEnd']},AmazonEC2,{r['UsageType']},Run,{r['ConsumedQuantity']},USD,{r['Unblended']},{r['ResourceId']},{r['ServiceName']},Hrs"
        for r in bill()
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


def test_a_calendar_and_deploys_may_be_opened_on_the_screen():
    frame = opened(bill())
    assert "1 alert " in go(frame, "screen:changes").words
    words = go(
        frame, "fill:changes:planned", value="from,to,dimension,value,reason\n2026-11-09,2026-11-15,total,,sale\n"
    ).words
    assert "Nothing odd" in words and "1 muted" in words and "1 taken" in words
    words = go(frame, "fill:changes:planned", value="from,to\n2026-11-09,2026-11-15\n").words
    assert "This is no list with from, to, dimension." in words and "Nothing odd" in words
    assert "1 alert " in go(frame, "fill:changes:planned", value="").words
    words = go(
        frame,
        "fill:changes:deploys",
        value="team;timestamp;name\n"
        + "\n".join(f"search;2026-{m:02d}-{d:02d}T10:00:00Z;v" for m, d in ((9, 20), (10, 3), (10, 25), (11, 10))),
    ).words
    assert "Deploys" in words and "What coincides need not cause" in words and "deploys of search" in words
