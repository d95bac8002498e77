"""Alerts of a bill: one for one cause, with what it is made of; feedback and plans change the next run; fees never
alert.
"""

import numpy as np
import pandas as pd
from moving import day, space

from costdna import schema

TAGS = {"A": {("resource", "team"): "search"}, "B": {("resource", "team"): "payments"}}


def bill(change=lambda n, name, cost: cost, days=60, names="ABCDEFG", extra=()):
    rng = np.random.default_rng(5)
    stamp = np.datetime64("2026-08-01")
    rows = []
    for n in range(days):
        text = str(stamp + n)
        for i, name in enumerate(names):
            cost = change(n, name, (20 + 10 * i) * (1 + 0.02 * rng.standard_normal()))
            if cost:
                rows.append(
                    day(
                        1,
                        f"{cost:.4f}",
                        ChargePeriodStart=f"{text}T00:00:00Z",
                        ChargePeriodEnd=f"{stamp + n + 1}T00:00:00Z",
                        BillingPeriodStart=f"{text[:8]}01T00:00:00Z",
                        ServiceName=f"Service {name}",
                        ResourceId=f"i-{name}",
                        UsageType=f"Use-{name}",
                        ConsumedQuantity=f"{cost / 2:.4f}",
                        Tags=TAGS.get(name, {}),
                    )
                )
    return space([*rows, *extra])


def test_a_spike_is_one_alert_with_owner_effects_and_resources():
    made = bill(lambda n, name, cost: cost * (2 if name == "A" and n >= 55 else 1))
    found = made.list_anomalies(14)
    assert len(found["alerts"]) == 1
    alert = found["alerts"][0]
    assert (alert["dimension"], alert["value"], alert["start"], alert["ongoing"]) == (
        "service+usage-type",
        "Service A · Use-A",
        "2026-09-25",
        True,
    )
    assert alert["owner"] == "search"
    assert alert["resources"][0]["label"] == "i-A"
    assert "service: Service A" in alert["also"]
    total = sum(float(v) for v in alert["effects"].values())
    assert abs(total - float(alert["impact"])) < 1e-9
    assert list(alert["effects"]) == ["volume", "price"][: len(alert["effects"])]


def test_money_that_only_moved_is_one_alert():
    found = bill(
        lambda n, name, cost: cost + (25 if name == "C" else -25 if name == "D" else 0) * (n >= 50)
    ).list_anomalies(14)
    assert [(a["kind"], bool(a["counterpart"])) for a in found["alerts"]] == [("moved", True)]


def test_fees_taxes_and_credits_never_alert():
    month = {
        "ChargePeriodStart": "2026-09-25T00:00:00Z",
        "ChargePeriodEnd": "2026-10-01T00:00:00Z",
        "ResourceId": "",
        "ConsumedQuantity": "0",
        "BillingPeriodStart": "2026-09-01T00:00:00Z",
    }
    extra = [day(1, "900", **{**month, "LineItemType": kind}) for kind in ("Tax", "Fee", "RIFee", "Credit")]
    extra += [
        day(1, "700", **{**month, "ChargePeriodEnd": "2026-09-25T01:00:00Z", "LineItemType": kind})
        for kind in ("Tax", "Fee", "Refund")
    ]
    assert bill(extra=extra).list_anomalies(14)["alerts"] == []


def test_a_late_last_day_is_said_and_never_alerts():
    found = bill(lambda n, name, cost: cost * (0.3 if n == 59 else 1)).list_anomalies(14)
    assert found["alerts"] == [] and "not whole" in found["note"] and found["to"] == "2026-09-29"


def test_what_was_called_normal_or_planned_is_muted_next_time():
    made = bill(lambda n, name, cost: cost * (2 if name == "A" and n in (52, 57) else 1))
    both = made.list_anomalies(14)["alerts"]
    assert [a["start"] for a in both] == ["2026-09-22"]  # a week later the same again is the same event
    first = both[0]
    for verdict, alerts, muted in (("no", 0, 1), ("planned", 0, 1), ("yes", 1, 0), ("", 1, 0)):
        made.say(
            first["dimension"],
            first["value"],
            first["start"],
            first["percent"],
            verdict,
            pd.Timestamp("2026-10-01") + pd.Timedelta(hours=len(made.feedback) if made.feedback is not None else 0),
        )
        found = made.list_anomalies(14)
        assert (len(found["alerts"]), len(found["muted"])) == (alerts, muted), verdict
    made.feedback = made.feedback.assign(x_Verdict="yes")  # another table of as many rows, as a file opened anew is
    assert [a["verdict"] for a in made.list_anomalies(14)["alerts"]][:1] == ["yes"]
    made.feedback = None
    made.planned = schema.PLANNED.check(
        pd.DataFrame(
            [(pd.Timestamp("2026-09-20"), pd.Timestamp("2026-09-30"), "service", "Service A", "load test")],
            columns=schema.PLANNED.names(),
        )
    )
    assert made.list_anomalies(14)["muted"][0]["verdict"] == "planned" and made.list_anomalies(14)["alerts"] == []


def test_sensitivity_and_floor_decide_what_is_worth_telling():
    made = bill(lambda n, name, cost: cost * (1.3 if name == "A" and n == 57 else 1))
    assert [len(made.list_anomalies(14, s)["alerts"]) for s in ("low", "medium", "high")] == [0, 1, 1]
    assert made.list_anomalies(14, floor=50.0)["alerts"] == []


def test_a_bill_below_the_floor_every_day_has_nothing_to_tell():
    pennies = space([day(d, "0.2") for d in range(1, 29)])
    assert pennies.list_anomalies(days=0)["alerts"] == [] and pennies.list_anomalies(days=0, floor=0.1)["alerts"] == []


def test_the_older_presets_answer_too():
    made = bill(lambda n, name, cost: cost * (2 if name == "A" and n == 59 else 1))
    assert [(a["kind"], a["service"]) for a in made.mad(14, "low")["alerts"] if a["severity"] == "critical"][:1] == [
        ("spike", "Service A")
    ]
