"""Real ownership labels.

Any folder in the form of a platform repository's namespaces, declared resources and change events.

    namespaces.csv          namespace, business-unit, team-name (who owns it, as its owners wrote)
    resources.csv[.gz]      namespace, type
    change_events.csv[.gz]  commit, author, namespace           (optional: without it there is no setting "behaviour")

Only these columns are read. Channel, owner, repository, application text and access groups are or contain the label.
Two protocols: whole apps hidden (all environments of an app at once) leads; namespaces hidden flatters and stands
beside it.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd

from costdna.errors import BillError, UsageError

from . import metrics
from .account import Account
from .answer import Answer, answers

SETTINGS, UNITS = ("bill", "behaviour"), ("app", "namespace")
METRICS = (
    "top1",
    "top3",
    "cov95",
    "cov95_inaccount",
    "precision_inaccount",
    "aurc",
    "ece",
    "ece_floor",
    "unknown_auroc",
    "mean_confidence",
    "reachable",
)
COLUMNS = ("method", "setting", "unit", "labelled", *(name for metric in METRICS for name in (metric, f"{metric}_sd")))
"""Exactly the keys of a row of the JSON."""
SMALL_COMMIT = 10
"""A commit to more namespaces than this is a platform-wide sweep and says nothing of ownership."""
DEVELOPMENT_FILES = ("ownership_development.json", "ownership_development.txt")
_ENVIRONMENT = re.compile(
    r"-(dev|development|test|testing|staging|stage|stg|prod|prd|production|preprod|preproduction|pre-prod|uat|sandbox|demo|training|train|qa|live|poc|alpha|beta|perf|proto|prototype|prototypes|history|[0-9]+)$"
)


def app_of(namespace: str) -> str:
    """The app a namespace is one environment of.

    >>> app_of("payments-prod"), app_of("payments")
    ('payments', 'payments')
    """
    return _ENVIRONMENT.sub("", namespace)


def for_choices(app: str) -> bool:
    """Whether the app is in the third on which choices may be made: sha256 of its name mod 3 is 0.

    >>> for_choices("checkout") == (int(hashlib.sha256(b"checkout").hexdigest(), 16) % 3 == 0)
    True
    """
    return int(hashlib.sha256(app.encode()).hexdigest(), 16) % 3 == 0


def _csv(folder: Path, stem: str, columns: tuple[str, ...], *, optional: bool = False) -> pd.DataFrame | None:
    for name in (f"{stem}.csv", f"{stem}.csv.gz"):
        path = folder / name
        if path.is_file():
            try:
                frame = pd.read_csv(path, keep_default_na=False, dtype=str)
            except (ValueError, OSError, EOFError) as error:
                raise BillError(
                    f"{path} cannot be read as CSV.",
                    found=str(error).splitlines()[0],
                    where=str(path),
                    next_step="Give UTF-8 CSV, gzipped or not.",
                    code="unreadable",
                ) from error
            missing = [column for column in columns if column not in frame]
            if missing:
                raise BillError(
                    f"{path} lacks columns.",
                    found=", ".join(missing),
                    where=str(path),
                    next_step=f"It needs {', '.join(columns)}.",
                    code="unreadable",
                )
            return frame[list(columns)]
    if optional:
        return None
    raise BillError(
        f"There is no {stem}.csv.",
        where=str(folder),
        next_step=f"The folder needs {stem}.csv or {stem}.csv.gz.",
        code="no-file",
    )


def nodes(folder: Path) -> pd.DataFrame:
    """One row a namespace whose owners named a team: namespace, unit, team, app; sorted by namespace."""
    frame = _csv(folder, "namespaces", ("namespace", "business-unit", "team-name"))
    frame = (
        frame.rename(columns={"business-unit": "unit"})
        .assign(team=frame["team-name"].str.strip().str.lower())
        .drop(columns="team-name")
    )
    frame = frame.loc[(frame["team"] != "") & (frame["namespace"] != "")].drop_duplicates("namespace")
    return (
        frame.assign(app=frame["namespace"].map(app_of)).sort_values("namespace", kind="stable").reset_index(drop=True)
    )


def third_of(frame: pd.DataFrame, wanted: str, models: Path | None) -> tuple[pd.DataFrame, str]:
    """(namespaces of the wanted third, which third it is).

    auto: the development third where the folder is the data set choices were made on (it holds most of the committed
    development apps), everything where it is another one.
    """
    if wanted not in ("auto", "dev", "report", "all"):
        raise UsageError(
            "There is no such third.",
            found=wanted,
            where="--third",
            next_step="Choose auto, dev, report or all.",
            code="third",
        )
    if wanted == "auto":
        listed = set(_listed(models)) or {app for app in frame["app"] if for_choices(app)}
        wanted = "dev" if listed and len(listed & set(frame["app"])) * 2 > len(listed) else "all"
    if wanted == "all":
        return frame, wanted
    mine = frame["app"].map(for_choices)
    return frame.loc[mine if wanted == "dev" else ~mine].reset_index(drop=True), wanted


def _listed(models: Path | None) -> list[str]:
    for name in DEVELOPMENT_FILES:
        path = models / name if models else None
        if path and path.is_file():
            text = path.read_text(encoding="utf-8")
            if name.endswith(".txt"):
                return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
            content = json.loads(text)
            return list(content["apps"] if isinstance(content, dict) else content)
    return []


def account(folder: Path, frame: pd.DataFrame, setting: str) -> Account | None:
    """The namespaces of ``frame`` as an account; None where the setting needs events the folder lacks."""
    place = {name: index for index, name in enumerate(frame["namespace"])}
    links: set[tuple[int, str, str]] = set()
    for _name, index in place.items():
        words = frame["app"][index].split("-")
        links |= {(index, "name_token", word) for word in words}
        links |= {(index, "name_prefix", "-".join(words[:k])) for k in range(1, len(words) + 1)}
        links.add((index, "account", frame["unit"][index]))
    declared = _csv(folder, "resources", ("namespace", "type"))
    links |= {
        (place[n], "resource_type", kind)
        for n, kind in zip(declared["namespace"], declared["type"], strict=True)
        if n in place
    }
    if setting == "behaviour":
        change = _csv(folder, "change_events", ("commit", "author", "namespace"), optional=True)
        if change is None:
            return None
        wide = change.groupby("commit")["namespace"].nunique()
        small = set(wide.index[wide <= SMALL_COMMIT])
        links |= {
            (place[n], "actor", who)
            for c, who, n in zip(change["commit"], change["author"], change["namespace"], strict=True)
            if n in place and c in small
        }
    count = len(frame)
    ownables = pd.DataFrame(
        {
            "x_OwnableId": np.arange(count, dtype=np.int64), "x_IsSynthetic": False, "BilledCost": 1, "EffectiveCost": 1, "x_NameTokens": [[]] * count,
            "x_FirstSeen": pd.Timestamp("2026-01-01"), "x_LastSeen": pd.Timestamp("2026-01-02"),
        }
    )  # fmt: skip
    relations = pd.DataFrame(sorted(links), columns=["x_OwnableId", "x_Kind", "x_Group"])
    return Account(
        ownables,
        relations,
        pd.DataFrame(),
        pd.DataFrame(),
        frame["team"].to_numpy(dtype=object),
        frame["app"].to_numpy(dtype=object),
        spread_all=True,
    )


def split(unit: np.ndarray, labelled: float, seed: int) -> np.ndarray:
    """bool[N]: whose owner is known. As the data set's own baselines split: ``GroupShuffleSplit`` by the unit, seeded."""
    from sklearn.model_selection import GroupShuffleSplit

    shown = np.zeros(len(unit), dtype=bool)
    shown[next(GroupShuffleSplit(1, test_size=1 - labelled, random_state=seed).split(unit, groups=unit))[0]] = True
    return shown


def ceiling(frame: pd.DataFrame, shown: np.ndarray) -> tuple[float, float]:
    """(reachable, what a seer of apps would reach): conflicting labels bound both.

    reachable: the hidden row's team has a label at all. The second: every hidden row of an app whose labelled rows name
    several teams is answered with their majority, an app without labels with the truth if it is reachable: an upper
    bound for anything that cannot tell an app's environments apart.
    """
    team, app = frame["team"].to_numpy(), frame["app"].to_numpy()
    hidden = ~shown
    reach = np.isin(team[hidden], team[shown])
    votes = pd.Series(team[shown]).groupby(app[shown]).agg(lambda names: names.value_counts(sort=True).index[0])
    said = pd.Series(app[hidden]).map(votes).to_numpy()
    unseen = pd.isna(said)
    inside = pd.DataFrame({"app": app[hidden], "team": team[hidden]})
    most = inside.groupby("app")["team"].transform(lambda names: names.value_counts().iloc[0] / len(names)).to_numpy()
    return float(reach.mean()), float(np.where(unseen, reach * most, said == team[hidden]).mean())


def measure(answer: Answer, target: np.ndarray) -> dict[str, float]:
    """One split's figures. ``target`` i64[q] column of the truth, -1 where its team has no label (always an error)."""
    sure, right = answer.sure, answer.p.argmax(1) == target
    three = (np.argsort(-answer.p, axis=1, kind="stable")[:, :3] == target[:, None]).any(1)
    given = sure >= answer.line
    return {
        "top1": float(right.mean()), "top3": float(three.mean()), "cov95": metrics.coverage_at(sure, right), "cov95_inaccount": float(given.mean()),
        "precision_inaccount": float(right[given].mean()) if given.any() else float("nan"), "aurc": metrics.aurc(sure, right), "ece": metrics.ece(sure, right),
        "unknown_auroc": metrics.auroc(answer.unknown, target < 0), "mean_confidence": float(sure.mean()), "reachable": float((target >= 0).mean()),
    }  # fmt: skip


def run(
    folder: Path,
    *,
    session,
    methods: list[str],
    splits: int = 10,
    labelled: tuple[float, ...] = (0.5,),
    third: str = "auto",
    models: Path | None = None,
    settings: tuple[str, ...] = SETTINGS,
    units: tuple[str, ...] = UNITS,
    say=lambda text: None,
) -> dict:
    """The whole evaluation.

    ``rows`` (see :data:`COLUMNS`), ``splits`` per method and split, ``ceilings``, ``pairs`` of ours against each rival.
    """
    everything = nodes(folder)
    frame, chosen = third_of(everything, third, models)
    if len(frame) < 10 or frame["team"].nunique() < 2:
        raise BillError(
            "Too few labelled namespaces to evaluate.",
            found=f"{len(frame)} namespaces, {frame['team'].nunique()} teams",
            where=str(folder),
            next_step="At least 10 namespaces and 2 teams are needed.",
            code="too-small",
        )
    rows, lines, bounds = [], [], []
    for setting in settings:
        world = account(folder, frame, setting)
        if world is None:
            say("no change_events: the setting 'behaviour' is left out")
            continue
        for unit in units:
            by = frame[unit].to_numpy(dtype=object)
            for share in labelled:
                pooled: dict[str, list] = {method: [] for method in methods}
                for seed in range(splits):
                    shown = split(by, share, seed)
                    reach, seer = ceiling(frame, shown)
                    bounds.append(
                        {
                            "setting": setting,
                            "unit": unit,
                            "labelled": share,
                            "split": seed,
                            "reachable": reach,
                            "conflicting_labels_ceiling": seer,
                        }
                    )
                    for method in methods:
                        line, kept = _one(method, world, shown, by, seed, session)
                        lines.append(
                            {
                                "method": method,
                                "setting": setting,
                                "unit": unit,
                                "labelled": share,
                                "split": seed,
                                **line,
                            }
                        )
                        pooled[method].append(kept)
                    say(f"{setting}, {unit}s hidden, {share:.0%} labelled: split {seed + 1} of {splits}")
                rows += [_row(method, setting, unit, share, lines, pooled[method]) for method in methods]
    return {
        "rows": rows,
        "splits": [{key: _clean(value) for key, value in line.items()} for line in lines],
        "ceilings": _ceilings(bounds),
        "pairs": pairs(lines),
        "third": chosen,
        "namespaces": len(frame),
        "teams": int(frame["team"].nunique()),
    }


def _one(method: str, world: Account, shown: np.ndarray, by: np.ndarray, seed: int, session) -> tuple[dict, tuple]:
    query, here = np.flatnonzero(~shown), np.flatnonzero(shown)
    answer, teams = answers(method, world, here, world.truth[here], query, by, seed, session)
    column = {team: index for index, team in enumerate(teams)}
    target = np.array([column.get(team, -1) for team in world.truth[query]], dtype=np.int64)
    extra = {key: value for key, value in answer.extra.items() if isinstance(value, (float, str)) or value is None}
    right = answer.p.argmax(1) == target
    return measure(answer, target) | extra, (answer.sure, right, right[answer.sure >= answer.line])


def _row(method: str, setting: str, unit: str, share: float, lines: list[dict], kept: list[tuple]) -> dict:
    """Mean and sd over splits.

    ECE, its floor and the in-account precision on all splits' rows pooled (sd: of the splits' own; of the simulation).
    """
    mine = pd.DataFrame(
        [
            line
            for line in lines
            if (line["method"], line["setting"], line["unit"], line["labelled"]) == (method, setting, unit, share)
        ]
    )
    sure, right = np.concatenate([part[0] for part in kept]), np.concatenate([part[1] for part in kept])
    floor, floor_sd = metrics.ece_floor(sure)
    given = np.concatenate([part[2] for part in kept])
    pooled = {
        "ece": metrics.ece(sure, right),
        "precision_inaccount": float(given.mean()) if len(given) else float("nan"),
    }
    out: dict = {"method": method, "setting": setting, "unit": unit, "labelled": share}
    for metric in METRICS:
        if metric == "ece_floor":
            out |= {metric: floor, f"{metric}_sd": floor_sd}
            continue
        values = mine[metric].astype(float)
        out |= {metric: pooled[metric] if metric in pooled else _mean(values), f"{metric}_sd": _sd(values)}
    return {key: _clean(value) for key, value in out.items()}


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if values.notna().any() else float("nan")


def _sd(values: pd.Series) -> float:
    return float(values.std(ddof=0)) if values.notna().any() else float("nan")


def _clean(value):
    """Six decimals; what could not be measured is null, not NaN, which is no JSON."""
    return (round(value, 6) if np.isfinite(value) else None) if isinstance(value, float) else value


def _ceilings(bounds: list[dict]) -> list[dict]:
    frame = pd.DataFrame(bounds).drop(columns="split")
    return [{**dict(zip(("setting", "unit", "labelled"), key, strict=True)), **{k: round(float(v), 6) for k, v in part[["reachable", "conflicting_labels_ceiling"]].mean().items()}}
            for key, part in frame.groupby(["setting", "unit", "labelled"], sort=False)]  # fmt: skip


def pairs(lines: list[dict], ours: str = "costdna") -> list[dict]:
    """Ours minus each rival on the same splits: mean gain and wins, top-1 and AURC and in-account coverage."""
    frame, out = pd.DataFrame(lines), []
    for key, part in frame.groupby(["setting", "unit", "labelled"], sort=False):
        wide = {
            metric: part.pivot(index="split", columns="method", values=metric)
            for metric in ("top1", "aurc", "cov95", "cov95_inaccount")
        }
        if ours not in wide["top1"]:
            continue
        for rival in [name for name in wide["top1"] if name != ours]:
            row = {**dict(zip(("setting", "unit", "labelled"), key, strict=True)), "against": rival}
            for metric, sign in (("top1", 1), ("aurc", -1), ("cov95", 1), ("cov95_inaccount", 1)):
                gain = (wide[metric][ours] - wide[metric][rival]) * sign
                row |= {f"{metric}_gain": round(float(gain.mean()), 6), f"{metric}_wins": int((gain > 0).sum())}
            out.append(row | {"of": int(len(gain))})
    return out
