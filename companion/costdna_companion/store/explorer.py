"""Cost Explorer's answers in the store, and as a reading: days × accounts × services, without resources or usage types."""

import hashlib
import json
from decimal import Decimal, InvalidOperation

import numpy as np

from costdna import money
from costdna.errors import UsageError
from costdna_companion.store.migrations import now

METRICS = {"unblended": "UnblendedCost", "amortized": "AmortizedCost"}
PERMISSIONS = ("ce:GetCostAndUsage",)
ABSENT = -(2**31)
_SAVE = "Save what aws ce get-cost-and-usage --granularity DAILY prints."


def load(connection, answers: list[dict]) -> int:
    """Replace the days that the answers cover. Each answer is one page of get-cost-and-usage. All of it or nothing."""
    rows, low, high = [], None, None
    for number, answer in enumerate(answers, 1):
        place = f"answer {number}"
        try:
            found, days = _read(answer, place)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise UsageError(
                "That is no answer of Cost Explorer.",
                found=f"{type(error).__name__}: {error}"[:60],
                where=place,
                next_step=_SAVE,
                code="cost-explorer",
            ) from error
        rows += found
        low, high = min([*days, *filter(None, [low])], default=None), max([*days, *filter(None, [high])], default=None)
    if low is None:
        return 0
    added: dict[tuple, list] = {}
    for day, account, service, currency, unblended, amortized, estimated in rows:
        sums = added.setdefault((day, account, service, currency), [Decimal(0), Decimal(0), False])
        sums[0], sums[1], sums[2] = sums[0] + unblended, sums[1] + amortized, sums[2] or estimated
    connection.execute("BEGIN")
    try:
        connection.execute(
            "DELETE FROM cost_explorer WHERE day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)", [low, high]
        )
        at = now()
        for key, (unblended, amortized, estimated) in sorted(added.items()):
            connection.execute(
                "INSERT INTO cost_explorer VALUES (CAST(? AS DATE), ?, ?, ?, CAST(? AS DECIMAL(38, 18)), CAST(? AS DECIMAL(38, 18)), ?, ?)",
                [*key, f"{unblended:f}", f"{amortized:f}", estimated, at],
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return len(added)


def _read(answer: dict, place: str) -> tuple[list[tuple], list[str]]:
    """(rows, days) of one answer; KeyError, TypeError, AttributeError or ValueError where it is none."""
    if not isinstance(answer, dict) or not isinstance(answer.get("ResultsByTime"), list):
        raise UsageError(
            "That is no answer of Cost Explorer.",
            found=str(answer)[:60],
            where=place,
            next_step=_SAVE,
            code="cost-explorer",
        )
    order, rows, days = (
        [d.get("Key", "") for d in answer.get("GroupDefinitions", [])] or ["SERVICE", "LINKED_ACCOUNT"],
        [],
        [],
    )
    for result in answer["ResultsByTime"]:
        day, end = result["TimePeriod"]["Start"][:10], result["TimePeriod"]["End"][:10]
        if np.datetime64(end, "D") - np.datetime64(day, "D") != np.timedelta64(1, "D"):
            raise UsageError(
                "Cost Explorer was not asked by day.",
                found=f"{day} to {end}",
                where=place,
                next_step="Ask with --granularity DAILY.",
                code="cost-explorer",
            )
        days.append(day)
        for group in result.get("Groups", []):
            keys = dict(zip(order, group["Keys"]))
            amounts = {name: group["Metrics"][metric] for name, metric in METRICS.items() if metric in group["Metrics"]}
            if "unblended" not in amounts:
                raise UsageError(
                    "Cost Explorer was not asked for unblended cost.",
                    found=", ".join(group["Metrics"]),
                    where=place,
                    next_step="Ask with --metrics UnblendedCost AmortizedCost.",
                    code="cost-explorer",
                )
            rows.append(
                (
                    day,
                    keys.get("LINKED_ACCOUNT", ""),
                    keys.get("SERVICE", ""),
                    amounts["unblended"].get("Unit", "USD"),
                    _amount(amounts["unblended"]["Amount"], place),
                    _amount(amounts.get("amortized", amounts["unblended"])["Amount"], place),
                    bool(result.get("Estimated", False)),
                )
            )
    return rows, days


def fetch(client, first: str, last: str) -> list[dict]:
    """Every page for the days [first, last): DAILY, by SERVICE and LINKED_ACCOUNT (Cost Explorer takes two keys, no
    more). Each page costs $0.01.
    """
    out, token = [], None
    while True:
        page = client.get_cost_and_usage(
            TimePeriod={"Start": first, "End": last},
            Granularity="DAILY",
            Metrics=list(METRICS.values()),
            GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}],
            **({"NextPageToken": token} if token else {}),
        )
        out.append(page)
        token = page.get("NextPageToken")
        if not token:
            return out


def reading(connection) -> dict:
    """What the store has from Cost Explorer as a reading of docs/reading.md: billed is unblended, effective is
    amortised.
    """
    rows = connection.execute(
        "SELECT CAST(day AS VARCHAR), account, service, currency, CAST(unblended AS VARCHAR), CAST(amortized AS VARCHAR) FROM cost_explorer ORDER BY ALL"
    ).fetchall()
    days = np.array([r[0] for r in rows], dtype="datetime64[D]")
    names = {"SubAccountId": 1, "ServiceName": 2, "BillingCurrency": 3}
    dictionaries, arrays = {}, {}
    fixed = {"ProviderName": "AWS", "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based"}
    for field, at in names.items():
        texts = ["", *sorted({r[at] for r in rows} - {""})]
        place = {t: i for i, t in enumerate(texts)}
        dictionaries[field], arrays[f"codes.{field}"] = texts, np.array([place[r[at]] for r in rows], dtype="int32")
    for field, text in fixed.items():
        dictionaries[field], arrays[f"codes.{field}"] = ["", text], np.ones(len(rows), dtype="int32")
    for field in ("ServiceCode", "ResourceId", "TagSet"):
        dictionaries[field], arrays[f"codes.{field}"] = [""], np.zeros(len(rows), dtype="int32")
    arrays |= {
        "period": days.astype("datetime64[M]").astype("datetime64[D]").astype("int64").astype("int32"),
        "day": days.astype("int64").astype("int32"),
        "end": np.full(len(rows), np.nan),
        "flags": np.zeros(len(rows), dtype="int32"),
        "rows": np.ones(len(rows), dtype="int32"),
        "quantity": np.zeros(len(rows)),
        "priced_rows": np.zeros(len(rows), dtype="int32"),
    }
    scale, totals = 0, {}
    for name, at in (("BilledCost", 4), ("EffectiveCost", 5)):
        values = [Decimal(trimmed(r[at])) for r in rows]
        scale = max([scale, *(max(0, -v.normalize().as_tuple().exponent) for v in values)])
        totals[name] = f"{sum(values, Decimal(0)):f}"
        units = [int(v.scaleb(18)) for v in values]
        limbs = [
            ((-1 if u < 0 else 1) * p for p in (abs(u) // 10**18, abs(u) // 10**9 % 10**9, abs(u) % 10**9))
            for u in units
        ]
        for part, column in zip(
            ("whole", "nano", "atto"), np.array([list(x) for x in limbs], dtype="float64").reshape(len(rows), 3).T
        ):
            arrays[f"sum.{name}.{part}"] = column.copy()
    for name in (
        "rhythm.ProviderName",
        "rhythm.SubAccountId",
        "rhythm.ResourceId",
        "rhythm.class",
        "rhythm.hour",
        "rhythm.hours",
        "hours.hour",
        "hours.ServiceCode",
        "hours.ServiceName",
        "hours.SubAccountId",
        "hours.BillingCurrency",
        "hours.class",
        "hours.rows",
    ):
        arrays[name] = np.zeros(0, dtype="int32")
    arrays["rhythm.cost"] = arrays["hours.cost"] = np.zeros(0)
    content = json.dumps(rows, ensure_ascii=False).encode()
    return {
        "meta": {
            "source_id": hashlib.sha256(content).hexdigest(),
            "name": "Cost Explorer",
            "bytes": len(content),
            "container": "api",
            "format": "focus",
            "version": "Cost Explorer",
            "rows": len(rows),
            "columns": [],
            "mapped": {},
            "absent": ["ResourceId", "UsageType", "TagSet"],
            "filled": {n: len(rows) for n in totals},
            "scale": scale,
            "rounded": 0,
            "hourly_rows": 0,
            "dictionaries": dictionaries,
            "tag_columns": [],
            "tag_sources": [],
            "totals": totals,
            "warnings": ["Cost Explorer names no resource, no usage type and no tag."],
            "manifest": None,
        },
        "arrays": arrays,
    }


def _amount(text, place: str) -> Decimal:
    try:
        value = money.number(str(text))
        return value.quantize(Decimal(1).scaleb(-18)) if -value.as_tuple().exponent > 18 else value
    except (ValueError, InvalidOperation):
        raise UsageError(
            "An amount is no number.",
            found=str(text),
            where=place,
            next_step="Save the answer as AWS gave it.",
            code="cost-explorer",
        ) from None


def trimmed(text: str) -> str:
    """A DECIMAL's text without trailing zeros."""
    return text.rstrip("0").rstrip(".") if "." in text else text
