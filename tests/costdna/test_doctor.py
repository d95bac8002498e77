"""The column doctor: every finding on a bill made for it."""

from readings import line, reading

from costdna import doctor
from costdna.read import assemble


def found(*readings, **more) -> dict[str, list]:
    bill = assemble(list(readings))
    frame = doctor.examine(bill.metas, bill.charges, bill.scale, bill.basis, findings=bill.findings, **more)
    assert list(frame.columns) == list(doctor.COLUMNS) and set(frame["x_Level"]) <= set(doctor.LEVELS)
    out: dict[str, list] = {}
    for row in frame.itertuples(index=False):
        out.setdefault(row.x_Check, []).append(row)
    return out


def test_an_hourly_bill_with_tags():
    checks = found(
        reading(
            [
                line(Tags={("resource", "user:Team"): "search"}),
                line(ResourceId="", Unblended="-3.75"),
                line(ChargePeriodEnd="2026-10-31T00:00:00Z", Unblended="1.25"),
            ]
        )
    )
    assert "stops on 2026-10-05" in checks["partial"][0].x_Text
    assert checks["granularity"][0].x_Level == "ok" and "67%" in checks["granularity"][0].x_Text
    assert "1 line lasts longer than a day (1.25 billed)" in checks["long-charges"][0].x_Text
    assert "20% of the billed money" in checks["tagged"][0].x_Text  # 1.25 of 6.25 by absolute value
    assert "by 3.75" in checks["negative"][0].x_Text
    assert checks["currency"][0].x_Text == "Billed -1.25 USD on 3 lines."


def test_lines_of_a_month_and_lines_that_do_not_say_when_make_no_month_partial():
    month = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2026-11-01T00:00:00Z"}
    assert "partial" not in found(reading([line(**month)]))
    one = reading([line(), line(ResourceId="i-2")])
    one["arrays"]["day"][:] = -(2**31)
    checks = found(one)
    assert "partial" not in checks and "2 lines last longer than a day" in checks["long-charges"][0].x_Text
    assert checks["undated-lines"][0].x_Text == "2 lines do not say when; counted over the billing period."
    assert checks["undated-lines"][0].x_Meaning


def test_absent_columns_say_what_they_cost():
    one = reading([line()])
    one["meta"]["absent"] = ["ResourceId", "PlanEffective", "ReservationEffective"]
    assert [r.x_Level for r in found(one)["absent"]] == ["warning"]  # nothing on this bill needs the commitment columns
    two = reading([line(LineItemType="RIFee"), line(LineItemType="SavingsPlanCoveredUsage")])
    two["meta"]["absent"] = ["PlanEffective", "ReservationEffective"]
    assert [r.x_Meaning for r in found(two)["absent"]] == [
        "EffectiveCost of reservations is incomplete.",
        "EffectiveCost of Savings Plans is incomplete.",
    ]


def focus(i: int, **changes) -> dict:
    return {
        "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "ChargePeriodStart": "2026-10-05T00:00:00Z",
        "ChargePeriodEnd": "2026-10-06T00:00:00Z",
        "ProviderName": "AWS",
        "SubAccountId": "1",
        "ResourceId": f"r{i}",
        "ServiceName": "EC2",
        "ChargeCategory": "Usage",
        "BillingCurrency": "USD",
        "BilledCost": f"{i}.37",
        "EffectiveCost": f"{i}",
        "ListCost": f"{i}.5",
        **changes,
    }


def test_a_rounded_cost_column_is_named():
    one = reading([focus(i) for i in range(25)], format="focus")
    one["meta"]["mapped"] = {"EffectiveCost": ["EffectiveCost"], "ListCost": ["ListCost"]}
    rounded = found(one)["rounded"]
    assert [r.x_Text.split()[0] for r in rounded] == ["EffectiveCost"] and "all 25 lines" in rounded[0].x_Text
    few = reading([focus(i) for i in range(5)], format="focus")
    few["meta"]["mapped"] = one["meta"]["mapped"]
    assert "rounded" not in found(few)


def test_currencies_and_parts_and_what_was_left_out():
    checks = found(
        reading([line(), line(BillingCurrency="EUR")], name="a.csv"),
        reading([line(ResourceId="i-2")], name="b.csv"),
        skipped=[{"path": "old/c.csv", "reason": "an older version"}],
        errors=[{"code": "truncated", "message": "It stops.", "found": "", "where": "d.gz, byte 7", "next": "Again."}],
    )
    assert checks["currency"][0].x_Level == "warning" and "2026-10" in checks["parts"][0].x_Text
    assert (checks["left-out"][0].x_File, checks["truncated"][0].x_File, checks["truncated"][0].x_Level) == (
        "old/c.csv",
        "d.gz",
        "error",
    )


def test_nothing_read_is_no_crash():
    from costdna import schema

    assert doctor.examine([], schema.CHARGES.empty(), 0, "gross").empty
