"""Known owners: every claim the bill and the user make, resolved by one stated order, conflicts kept with their money.

Two grains. Some claims belong to a *line* (its own tag, the principal that called, a cost category); they hold for
exactly those charges. Others belong to an *ownable* (an answer, a rule, a map, its account, and the tag it carries on
other days). `Known.claims` has the first, `Known.ownership` the second; allocate lets a line's own claim win, because
lines that a stronger ownable claim overrules have already lost theirs here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import names, schema
from costdna.teams import keys as tag_keys
from costdna.teams import rules as user_rules
from costdna.teams.answered import WHOLE, answered
from costdna.teams.values import canonical, slug

ORDER = ("override", "tag", "rule", "map", "principal", "account")


@dataclass
class Known:
    """What is proved. claims: one row per charge, in the order of CHARGES (x_ChargeId, x_Team, x_Basis; "" = none).

    ownership: OWNERSHIP rows of known ownables. labels: x_OwnableId, x_Team, x_Basis, one per known and owned ownable.
    conflicts: CONFLICTS. keys: what find_keys returned. teams: names, sorted.
    """

    claims: pd.DataFrame
    ownership: pd.DataFrame
    labels: pd.DataFrame
    conflicts: pd.DataFrame
    keys: pd.DataFrame
    teams: list[str]


def known(
    charges: pd.DataFrame,
    ownables: pd.DataFrame,
    *,
    chosen: list[str] | None = None,
    rules: pd.DataFrame | None = None,
    team_map: dict[str, str] | None = None,
    aliases: dict[str, str] | None = None,
    answers: pd.DataFrame | None = None,
    order: tuple[str, ...] = ORDER,
) -> Known:
    """Owners that need no model.

    See the module's text for the two grains, and `ORDER` for precedence; answers go before it all.
    """
    keys = tag_keys.find_keys(charges, chosen)
    rules = schema.RULES.empty() if rules is None else rules
    lines = _line_claims(charges, keys)
    whole = _ownable_claims(charges, ownables, lines, rules, team_map or {})
    naming = _naming(charges, lines, whole, ownables, aliases)
    for column in lines.values():
        column[:] = [naming.get(v, "") for v in column]
    for basis, claims in whole.items():
        whole[basis] = {
            o: [(naming.get(t, t), v, since, why) for t, v, since, why in rows] for o, rows in claims.items()
        }
    ownership, labels, conflicts, winner = _resolve(ownables, whole, order)
    claims = _claims(charges, lines, winner, order)
    teams = sorted({*labels["x_Team"], *claims["x_Team"]} - {""})
    return answered(Known(claims, ownership, labels, conflicts, keys, teams), charges, ownables, answers, aliases)


def _line_claims(charges: pd.DataFrame, keys: pd.DataFrame) -> dict[str, np.ndarray]:
    """basis → raw team value per charge, "" where it makes none. Shape (n,) object each."""
    ranked = keys[keys["x_Rank"] >= 0].sort_values("x_Rank")
    order = {(s, k): r for s, k, r in zip(ranked["x_Source"], ranked["x_Key"], ranked["x_Rank"])}
    spellings = {names.tag_key(k) for k in ranked["x_Key"]} or {s for family in tag_keys.SPELLINGS for s in family}
    found: dict[str, dict[str, str]] = {"tag": {}, "map": {}, "principal": {}, "account": {}}
    for text, triples in tag_keys.pairs(charges).items():
        own = sorted(
            (order[s, k], v.strip())
            for s, k, v in triples
            if (s, k) in order and v.strip().lower() not in tag_keys.NO_OWNER
        )
        found["tag"][text] = own[0][1] if own else ""
        for basis, prefixes in (
            ("map", ("costCategory/",)),
            ("principal", ("iamPrincipal/", "userAttribute/")),
            ("account", ("accountTag/",)),
        ):
            values = [
                v.strip()
                for s, k, v in triples
                if (k.startswith(prefixes) or (basis == "map" and s == "costcategory"))
                and names.tag_key(k) in spellings
                and v.strip().lower() not in tag_keys.NO_OWNER
            ]
            found[basis][text] = values[0] if values else ""
    claims = {basis: charges["x_TagSet"].map(table).to_numpy(dtype=object) for basis, table in found.items()}
    claims["principal"] = np.where(claims["principal"] == "", _principals(charges, claims["tag"]), claims["principal"])
    return claims


def _principals(charges: pd.DataFrame, tag_teams: np.ndarray) -> np.ndarray:
    """A principal whose role name holds exactly one known team's name speaks for that team."""
    teams = {slug(t): t for t in sorted({t for t in tag_teams if t}) if len(slug(t)) >= 3}
    table = {"": ""}
    for principal in charges["x_PrincipalId"].unique():
        parts = {
            slug(w) for w in principal.replace(":", "/").split("/")[-2:] for w in (w, *w.replace("_", "-").split("-"))
        }
        hits = sorted(set(teams) & parts)
        table[principal] = teams[hits[0]] if principal and len(hits) == 1 else ""
    return charges["x_PrincipalId"].map(table).to_numpy(dtype=object)


def _ownable_claims(charges, ownables, lines, rules, team_map) -> dict[str, dict[int, list]]:
    """basis → ownable → [(team, verdict, since day or None, reason)], several only for tags that change over time."""
    from json import loads

    tags = [loads(t) for t in ownables["Tags"]]
    ids = ownables["x_OwnableId"].tolist()
    out: dict[str, dict[int, list]] = {basis: {} for basis in ORDER}
    for basis, part in (("override", rules[rules["x_Override"]]), ("rule", rules[~rules["x_Override"]])):
        for owner, hit in zip(ids, user_rules.match(part, ownables, tags)):
            if hit >= 0:
                rule = part.iloc[hit]
                words = f"your rule: {rule.x_Field} {rule.x_Key + '=' if rule.x_Key else ''}{rule.x_Pattern}"
                out[basis][owner] = [(rule.x_Team, rule.x_Verdict, None, words)]
    out["tag"] = _tag_runs(charges, lines["tag"], ownables)
    out["map"], out["account"] = _mapped(ownables, tags, team_map)
    for owner, team in _agreed(charges, lines["account"]).items():
        out["account"].setdefault(owner, [(team, "owned", None, "its account is tagged so")])
    return out


def _tag_runs(charges: pd.DataFrame, teams: np.ndarray, ownables: pd.DataFrame) -> dict[int, list]:
    """The tag an ownable carries over time: runs of days with one team. Things without a resource id carry none."""
    real = set(ownables.loc[~ownables["x_IsSynthetic"], "x_OwnableId"].tolist())
    rows = pd.DataFrame(
        {
            "o": charges["x_OwnableId"],
            "day": charges["ChargePeriodStart"],
            "team": teams,
            "w": np.round(np.abs(charges["BilledCost"].to_numpy().astype("float64")), 9),
            "n": charges["x_RowCount"],
        }
    )
    rows = rows[(rows["team"] != "") & rows["o"].isin(real)]
    rows["slug"] = rows["team"].map({t: slug(t) for t in rows["team"].unique()})
    daily = (
        rows.groupby(["o", "day", "slug"], sort=True, dropna=False)
        .agg(n=("n", "sum"), w=("w", "sum"), team=("team", "first"))
        .reset_index()
    )
    daily = daily.sort_values(
        ["o", "day", "n", "w", "slug"], ascending=[True, True, False, False, True], kind="stable"
    ).drop_duplicates(["o", "day"])
    # the days on which a run begins
    begins = daily[(daily["o"] != daily["o"].shift()) | (daily["slug"] != daily["slug"].shift())]
    out: dict[int, list] = {}
    for owner, day, team in zip(begins["o"].tolist(), begins["day"], begins["team"]):
        runs = out.setdefault(owner, [])
        runs.append(
            (
                team,
                "owned",
                day if runs else None,
                "its tag says so" if not runs else f"its tag says so since {day:%d %b}",
            )
        )
    return out


def _mapped(ownables, tags, team_map) -> tuple[dict, dict]:
    """The imported map: by account, by resource id, by a tag's value, by name or its first words, most specific first."""
    table = {slug(k): (k, team) for k, team in team_map.items()}
    by_map, by_account = {}, {}
    for i, row in enumerate(ownables.itertuples(index=False) if table else ()):
        for account in (row.SubAccountId, row.SubAccountName):
            if account and slug(account) in table:
                by_account[row.x_OwnableId] = [(table[slug(account)][1], "owned", None, f"your map: account {account}")]
                break
        stem = names.words(row.ResourceName)
        tries = [
            ("resource", row.ResourceId),
            *[(f"tag {k}", v) for _, k, v in tags[i] if names.tag_key(k) in _PRODUCT_KEYS],
            ("name", row.ResourceName),
            *[("name", "-".join(stem[:k])) for k in range(len(stem), 0, -1)],
        ]
        for what, value in tries:
            if value and slug(value) in table:
                by_map[row.x_OwnableId] = [
                    (table[slug(value)][1], "owned", None, f"your map: {what} {table[slug(value)][0]}")
                ]
                break
    return by_map, by_account


_PRODUCT_KEYS = {"application", "app", "appname", "product", "project", "service", "component", "workload", "namespace"}


def _agreed(charges: pd.DataFrame, teams: np.ndarray) -> dict[int, str]:
    """Ownables all of whose claiming lines name one team."""
    rows = pd.DataFrame({"o": charges["x_OwnableId"], "t": teams})[teams != ""].drop_duplicates()
    rows = rows[~rows["o"].duplicated(keep=False)]
    return dict(zip(rows["o"].tolist(), rows["t"]))


def _naming(charges, lines, whole, ownables, aliases) -> dict[str, str]:
    """raw value → team name over all claims, weighed by money."""
    cost = np.abs(charges["BilledCost"].to_numpy().astype("float64"))
    values, weights = [], []
    for column in lines.values():
        sums = pd.Series(cost).groupby(column).sum()
        values += list(sums.index)
        weights += sums.tolist()
    for claims in whole.values():
        for rows in claims.values():
            values += [t for t, *_ in rows]
            weights += [0.0] * len(rows)
    pairs = [(v, w) for v, w in zip(values, weights) if v]
    return canonical([v for v, _ in pairs], np.array([w for _, w in pairs]), aliases)


def _resolve(ownables, whole, order) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[int, str]]:
    """OWNERSHIP, labels, CONFLICTS, and which basis won for each ownable."""
    owned, labels, conflicts, winner = [], [], [], {}
    for owner, billed in zip(ownables["x_OwnableId"].tolist(), ownables["BilledCost"].tolist()):
        claims = [(basis, whole[basis][owner]) for basis in order if owner in whole[basis]]
        if not claims:
            continue
        basis, rows = claims[0]
        winner[owner] = basis
        public = "rule" if basis == "override" else basis
        for i, (team, verdict, since, why) in enumerate(rows):
            until = rows[i + 1][2] if i + 1 < len(rows) else None
            owned.append(
                (
                    owner,
                    team if verdict == "owned" else "",
                    WHOLE,
                    np.nan,
                    since or pd.NaT,
                    until or pd.NaT,
                    public,
                    verdict,
                    why,
                    "",
                    "",
                )
            )
        team, verdict = rows[-1][:2]
        if verdict == "owned":
            labels.append((owner, team, public))
        for other, others in claims[1:]:
            if verdict == "owned" and others[-1][1] == "owned" and others[-1][0] != team:
                conflicts.append((owner, public, team, "rule" if other == "override" else other, others[-1][0], billed))
    return (
        _frame(schema.OWNERSHIP, owned),
        pd.DataFrame(labels, columns=["x_OwnableId", "x_Team", "x_Basis"]).astype({"x_OwnableId": "int64"}),
        _frame(schema.CONFLICTS, conflicts),
        winner,
    )


def _frame(table: schema.Table, rows: list[tuple]) -> pd.DataFrame:
    if not rows:
        return table.empty()
    frame = pd.DataFrame(rows, columns=table.names())
    kinds = {"id": "int64", "int": "int64", "day": "datetime64[ns]", "float": "float64"}
    return table.check(frame.astype({c.name: kinds[c.kind] for c in table.columns if c.kind in kinds}))


def _claims(charges, lines, winner, order) -> pd.DataFrame:
    """The strongest claim of each line, unless its ownable's own claim is stronger still."""
    rank = {basis: i for i, basis in enumerate(order)}
    owner_rank = (
        charges["x_OwnableId"].map({o: rank[b] for o, b in winner.items()}).fillna(len(order)).to_numpy(dtype="int64")
    )
    team = np.full(len(charges), "", dtype=object)
    basis_of = np.full(len(charges), "", dtype=object)
    for basis in order:
        if basis in lines:
            # A tag on the line itself is the same strength as the tag its ownable carries, and more exact.
            here = (team == "") & (lines[basis] != "") & (rank[basis] <= owner_rank)
            team[here], basis_of[here] = lines[basis][here], basis
    return pd.DataFrame({"x_ChargeId": charges["x_ChargeId"].to_numpy(), "x_Team": team, "x_Basis": basis_of})
