"""How a resource behaves: EVENTS (who did what to it) and the shape of its cost → the model's 17 behaviour numbers.

Only where somebody collected events; a bill alone leaves the block absent. A resource without one event has counts of 0
and shares that are not known.
"""

import numpy as np
import pandas as pd

BEHAVIOUR_FEATURES: tuple[str, ...] = (
    "event_count", "unique_users", "unique_roles", "peak_hour", "weekend_ratio", "cross_account", "cost_slope", "cost_variance",
    "cost_autocorrelation", "event_diversity", "write_ratio", "events_per_active_hour", "describe_share", "list_share", "get_share",
    "put_share", "invoke_share",
)  # fmt: skip
"""Names of the block, in order. Frozen with the model's doors: append nothing, rename nothing."""

_DAY = 86_400 * 10**9
_HOUR = 3600 * 10**9
_LAG = 24


def behaviour_block(
    ownables: pd.DataFrame, charges: pd.DataFrame, rhythm: pd.DataFrame, events: pd.DataFrame
) -> np.ndarray:
    """Raw numbers, f64[N,17], one row per row of OWNABLES; NaN where nothing says.

    peak_hour: the commonest UTC hour (the earliest of equals). unique_users: people and sessions; unique_roles: roles
    and pipelines.
    cross_account: 1 where an actor of another account acted. cost_slope: least squares over the days of the resource,
    as a share of its mean day; cost_variance: of the days, over the squared mean; cost_autocorrelation: of the hours of
    the week, a day apart.
    event_diversity: entropy of the names of events, in nats.
    """
    ids = ownables["x_OwnableId"].to_numpy(dtype="int64")
    n = len(ids)
    row = pd.Series(np.arange(n, dtype="int64"), index=ids)
    out = {name: np.full(n, np.nan) for name in BEHAVIOUR_FEATURES}
    if len(events):
        _from_events(out, events, ownables["SubAccountId"].astype(str).to_numpy(), row, n)
    if len(charges) and "ChargePeriodStart" in charges:
        _from_days(out, charges, row, n)
    if len(rhythm):
        out["cost_autocorrelation"] = _autocorrelation(rhythm, row, n)
    return np.stack([out[name] for name in BEHAVIOUR_FEATURES], axis=1) if n else np.zeros((0, len(BEHAVIOUR_FEATURES)))


def _from_events(out: dict[str, np.ndarray], events: pd.DataFrame, account: np.ndarray, row: pd.Series, n: int) -> None:
    at = row.reindex(events["x_OwnableId"].to_numpy(dtype="int64")).to_numpy(dtype="float64")
    keep = np.isfinite(at)
    node = at[keep].astype("int64")
    when = events["x_At"].to_numpy().astype("datetime64[ns]").astype("int64")[keep]
    actor, actors = pd.factorize(events["x_ActorId"].to_numpy(dtype=object)[keep])
    name, names = pd.factorize(events["x_EventName"].to_numpy(dtype=object)[keep])
    kind = events["x_ActorKind"].to_numpy(dtype=object)[keep]
    actor, name = actor.astype("int64"), name.astype("int64")
    count = np.bincount(node, minlength=n).astype("float64")
    heard = count > 0
    base = np.where(heard, count, 1.0)

    def share(mask: np.ndarray) -> np.ndarray:
        return np.where(heard, np.bincount(node[mask], minlength=n) / base, np.nan)

    def distinct(mask: np.ndarray, code: np.ndarray) -> np.ndarray:
        return np.bincount(np.unique(np.stack([node[mask], code[mask]]), axis=1)[0], minlength=n).astype("float64")

    out["event_count"] = np.log1p(count)
    out["unique_users"] = distinct(np.isin(kind, ["human", "session", "root"]), actor)
    out["unique_roles"] = distinct(np.isin(kind, ["role", "pipeline"]), actor)
    hour = (when // _HOUR) % 24
    by_hour = np.bincount(node * 24 + hour, minlength=n * 24).reshape(n, 24)
    out["peak_hour"] = np.where(heard, by_hour.argmax(1), np.nan)
    out["weekend_ratio"] = share((when // _DAY + 3) % 7 >= 5)  # 1970-01-01 was a Thursday
    # kind:account:name
    home = np.array([text.split(":")[1] if text.count(":") >= 2 else "" for text in actors], dtype=object)
    from_afar = (kind == "account") | ((home[actor] != "") & (home[actor] != account[node]))
    out["cross_account"] = np.where(heard, np.bincount(node[from_afar], minlength=n) > 0, np.nan)
    pair, times = np.unique(node * max(len(names), 1) + name, return_counts=True)
    part = times / base[pair // max(len(names), 1)]
    out["event_diversity"] = np.where(
        heard, np.bincount(pair // max(len(names), 1), weights=-part * np.log(part), minlength=n), np.nan
    )
    out["write_ratio"] = share(~events["x_ReadOnly"].to_numpy(dtype=bool)[keep])
    active = distinct(np.ones(len(node), dtype=bool), when // _HOUR)
    out["events_per_active_hour"] = np.where(heard, count / np.maximum(active, 1.0), np.nan)
    for feature, begin in (
        ("describe_share", "Describe"),
        ("list_share", "List"),
        ("get_share", "Get"),
        ("put_share", "Put"),
        ("invoke_share", "Invoke"),
    ):
        so = np.array([str(text).startswith(begin) for text in names], dtype=bool)
        out[feature] = share(so[name])


def _from_days(out: dict[str, np.ndarray], charges: pd.DataFrame, row: pd.Series, n: int) -> None:
    at = row.reindex(charges["x_OwnableId"].to_numpy(dtype="int64")).to_numpy(dtype="float64")
    keep = np.isfinite(at)
    if not keep.any():
        return
    node = at[keep].astype("int64")
    cost = np.array([float(v) for v in charges["BilledCost"]], dtype="float64")[keep]
    day = charges["ChargePeriodStart"].to_numpy().astype("datetime64[ns]").astype("int64")[keep] // _DAY
    day = day - day.min()
    width = int(day.max()) + 1
    slot, inverse = np.unique(node * width + day, return_inverse=True)
    y = np.bincount(inverse.reshape(-1), weights=cost, minlength=len(slot))
    owner, x = slot // width, (slot % width).astype("float64")
    days = np.bincount(owner, minlength=n).astype("float64")
    base = np.maximum(days, 1.0)
    mean_x = np.bincount(owner, weights=x, minlength=n) / base
    mean_y = np.bincount(owner, weights=y, minlength=n) / base
    dx, dy = x - mean_x[owner], y - mean_y[owner]
    xx, xy, yy = (np.bincount(owner, weights=w, minlength=n) for w in (dx * dx, dx * dy, dy * dy))
    told = (days >= 3) & (np.abs(mean_y) > 0)
    scale = np.where(told, np.abs(mean_y), 1.0)
    out["cost_slope"] = np.where(told, xy / np.maximum(xx, 1e-12) / scale, np.nan)
    out["cost_variance"] = np.where(told, yy / base / scale**2, np.nan)


def _autocorrelation(rhythm: pd.DataFrame, row: pd.Series, n: int) -> np.ndarray:
    at = row.reindex(rhythm["x_OwnableId"].to_numpy(dtype="int64")).to_numpy(dtype="float64")
    keep = np.isfinite(at)
    slot, inverse = np.unique(
        at[keep].astype("int64") * 168 + rhythm["x_HourOfWeek"].to_numpy(dtype="int64")[keep], return_inverse=True
    )
    cost = np.bincount(
        inverse.reshape(-1), weights=rhythm["x_Cost"].to_numpy(dtype="float64")[keep], minlength=len(slot)
    )
    nodes, place = np.unique(slot // 168, return_inverse=True)
    out = np.full(n, np.nan)
    week = np.zeros((len(nodes), 168))
    week[place.reshape(-1), slot % 168] = cost
    week -= week.mean(1, keepdims=True)
    power = (week * week).sum(1)
    told = power > 1e-12
    out[nodes[told]] = (week * np.roll(week, _LAG, axis=1)).sum(1)[told] / power[told]
    return out
