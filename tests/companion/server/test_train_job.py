"""Learning as a job of the companion: without a bill or torch it says so; with both it learns from the bill's tags and
the kept session, and stops where it is told to.
"""

import gzip
import sys
import types

import own_model as made
import pytest
from costdna import session_file
from costdna.errors import UsageError
from costdna_companion import native
from costdna_companion.native import own_model
from costdna_companion.server import kept
from costdna_companion.server.desk import Desk
from costdna_companion.server.jobs import Cancelled, Job

HEAD = "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:Team"


@pytest.fixture
def bill(tmp_path):
    path = tmp_path / "bill.csv.gz"
    lines = [
        f"2026-10-01T00:00:00Z,9,1,Usage,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,AmazonEC2,BoxUsage,Run,1,USD,{k},i-{k},EC2,{'ab'[k % 2] if k < 6 else ''}"
        for k in range(1, 9)
    ]
    path.write_bytes(gzip.compress("\n".join([HEAD, *lines, ""]).encode()))
    return path


def started() -> Job:
    job = Job("1", "train")
    job._go.set()
    return job


def test_without_a_bill_or_torch_it_says_what_to_do(tmp_path, bill, monkeypatch):
    with pytest.raises(UsageError, match="without a bill"):
        Desk(tmp_path / "data").train(started())
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [n for n in sys.modules if n.startswith("costdna_companion.train.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(UsageError, match="torch") as error:
        Desk(tmp_path / "data", bills=[bill]).train(started())
    assert "costdna[train]" in error.value.next_step


def test_it_learns_from_tags_and_the_kept_session_and_its_model_is_offered(tmp_path, bill, monkeypatch):
    import costdna_companion.train as package
    import pandas as pd
    from costdna.workspace import Workspace

    seen = {}

    def make(plan, models, folder, lesson, say, sources):
        seen.update(owners=int((plan.truth >= 0).sum()), sources=sources)
        say("trial 1 of 3: 20 of 60 steps")
        (folder / own_model.FILE).write_bytes(made.file(*made.variant(sources=sources)))
        return {**made.FINE_TUNED, "held_out": 7}

    for name, fake in {
        "finetune": types.SimpleNamespace(Lesson=lambda: None),
        "own": types.SimpleNamespace(make=make),
    }.items():
        monkeypatch.setitem(sys.modules, f"costdna_companion.train.{name}", fake)
        monkeypatch.setattr(package, name, fake, raising=False)
    monkeypatch.delenv("COSTDNA_MODEL", raising=False)
    desk, job = Desk(tmp_path / "data", bills=[bill]), started()
    assert desk.train(job)["kept"] and seen["owners"] == 5 and job.text == "Trial 1 of 3: 20 of 60 steps"
    assert desk.model() is not None and kept.private(tmp_path / "data" / "model").stat().st_mode & 0o777 == 0o700
    readings, _ = native.read([bill])
    space = Workspace(readings)
    space.prove()
    rows = space.report.resources
    space.answer(
        int(rows.loc[rows["ResourceId"] == "i-8", "x_OwnableId"].iloc[0]), "a", "owned", pd.Timestamp("2026-10-07")
    )
    kept.keep(tmp_path / "data" / "sessions", session_file.to_text(space.wishes, space.report))
    desk.train(started())
    assert seen["owners"] == 6 and seen["sources"] == (readings[0]["meta"]["source_id"],)
    job = started()
    job._stop = True
    with pytest.raises(Cancelled):
        desk.train(job)
