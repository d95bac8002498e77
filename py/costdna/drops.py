"""Which of the dropped files make up the bill: one version of each month, all of its parts, nothing twice.

The double count people really make is a synced folder with several assemblies or executions of one month. A pure
function over a listing; the page's reader has the same one in JavaScript (web/static/reader/select.js), and both obey
the cases of tests/golden/drops.
"""

import re

from costdna import nested

MANIFEST_LIMIT = 32 * 2**20  # bytes; a manifest is far smaller
_BILL = re.compile(r"\.(csv|gz|zip|parquet|xlsx)$", re.IGNORECASE)
_LEFT = re.compile(r"(^|/)([._][^/]*|[^/]*\.(sql|yml|yaml|json|md|html?|pdf|txt|xml|log))$|_status/", re.IGNORECASE)
_HIDDEN = re.compile(r"(^|/)[._][^/]*$|_status/", re.IGNORECASE)
_STAMP = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:\.(\d+))?")
_NEXT = "Drop the whole folder of the month, with every file its manifest names."


def is_manifest(path: str, size: int) -> bool:
    """Is this a report's or an export's manifest, by name and size?"""
    return _base(path).lower().endswith("manifest.json") and size <= MANIFEST_LIMIT


def choose(listing: list[dict]) -> dict:
    """The files of a drop to read.

    listing: [{path, size, lastModified, manifest?}]: path with `/`, within the drop; lastModified in milliseconds;
    manifest: text of a file that is_manifest. Returns {"chosen": [{path, manifest: path or None}], "skipped": [{path,
    reason}], "errors": [{code, file, message, where, next}]}, each sorted by path.
    """
    out: dict[str, list[dict]] = {"chosen": [], "skipped": [], "errors": []}
    manifests, files = [], []
    for file in sorted(listing, key=lambda f: f["path"]):  # the order of a listing means nothing
        if "manifest" not in file:
            files.append(file)
        elif manifest := _manifest(file):
            manifests.append(manifest)
        else:
            _skip(out, file["path"], "a manifest of another kind")
    files = _once(_bills(files, bool(manifests), out), out)
    taken: set[str] = set()
    months = [
        _choose_version(group, files, taken, out) for group in _groups(manifests, lambda m: (m["root"], m["period"]))
    ]
    _without_manifest([f for f in files if f["path"] not in taken], months, out)
    for name, key in (("chosen", "path"), ("skipped", "path"), ("errors", "file")):
        out[name].sort(key=lambda row: row[key])
    return out


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _skip(out: dict, path: str, reason: str) -> None:
    out["skipped"].append({"path": path, "reason": reason})


def _groups(items: list, key) -> list[list]:
    found: dict = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())


def _place(path: str) -> dict | None:
    """Where a path's billing period stands; None when it says none.

    {period: YYYY-MM, root, version: folders after it, tail: steps from it on}.
    """
    steps = path.split("/")
    for i, step in enumerate(steps[:-1]):
        found = re.fullmatch(r"(\d{4})(\d{2})\d{2}-\d{8}", step) or re.match(
            r"billing_period=(\d{4})-(\d{2})", step, re.IGNORECASE
        )
        period, after = (f"{found[1]}-{found[2]}", i + 1) if found else ("", 0)
        if not found:
            year = re.fullmatch(r"year=(\d{4})", step, re.IGNORECASE)
            month = year and re.fullmatch(r"month=(\d{1,2})", steps[i + 1], re.IGNORECASE)
            if not month:
                continue
            period, after = f"{year[1]}-{month[1]:0>2}", i + 2
        root = steps[:i]
        if root and root[-1].lower() in ("data", "metadata"):
            root.pop()
        return {
            "period": period,
            "root": "/".join(root).lower(),
            "version": "/".join(steps[after:-1]),
            "tail": len(steps) - i,
        }
    return None


def _stamp(text: str) -> str:
    """A time written in a folder's name, as sortable digits; "" when none.

    Such as 2024-04-02T13:14:43.337Z-… and 20240417T190636Z.
    """
    found = _STAMP.search(text)
    return "".join(found.groups()[:6]) + (found[7] or "").ljust(6, "0") if found else ""


def _manifest(file: dict) -> dict | None:
    """A manifest as {path, keys, run, period, root, lastModified, dated}; None when it is none that we know."""
    try:
        content = nested.loads(file["manifest"])
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    keys = content["reportKeys"] if isinstance(content.get("reportKeys"), list) else content.get("dataFiles")
    if not isinstance(keys, list) or not all(isinstance(k, str) for k in keys):
        return None
    keys = [re.sub(r"^s3://[^/]+/", "", k, flags=re.IGNORECASE).lstrip("/") for k in keys]
    path, first = file["path"], (_place(keys[0]) if keys else None)
    own = _place(path)
    period = content.get("billingPeriod")
    start = re.match(r"(\d{4})-?(\d{2})", str(period.get("start", ""))) if isinstance(period, dict) else None
    spot = own or first
    return {
        "path": path,
        "keys": keys,
        "run": str(content.get("assemblyId") or content.get("executionId") or (first or {}).get("version", "")),
        "period": f"{start[1]}-{start[2]}" if start else spot["period"] if spot else "",
        "root": own["root"] if own else _folder(path).lower(),
        "lastModified": file.get("lastModified") or 0,
        "dated": re.search(r"/\d{8}-\d{8}/", "/" + path) is not None,
    }


def _newest_first(manifests: list[dict]) -> list[dict]:
    """A manifest in the month's own folder first (AWS overwrites it), then by time.

    The time is that of its path or run, then the file's own.
    """

    def latest(m):
        return bool(m["run"]) and m["run"].lower() not in m["path"].lower() and m["dated"]

    return sorted(
        manifests,
        key=lambda m: (latest(m), _stamp(m["path"]) or _stamp(m["run"]), m["lastModified"], m["path"]),
        reverse=True,
    )


def _bills(files: list[dict], have_manifest: bool, out: dict) -> list[dict]:
    """Files that look like bills.

    When none does: whatever is not plainly something else's (its reading will say what it is).
    """
    bills = [f for f in files if _BILL.search(f["path"]) and not _LEFT.search(f["path"])]
    others = [f for f in files if f not in bills]
    kept = bills if bills or have_manifest else [f for f in others if not _HIDDEN.search(f["path"])]
    for f in others:
        if f not in kept:
            _skip(out, f["path"], "not a bill")
    return kept


def _once(files: list[dict], out: dict) -> list[dict]:
    """X beside X.gz is the same file unpacked: the packed one, which carries a checksum, is read."""
    paths, kept = {f["path"] for f in files}, []
    for f in files:
        packed = next((p for p in (f["path"] + ".gz", f["path"] + ".zip") if p in paths), None)
        if packed:
            _skip(out, f["path"], f"the same file as {packed}, unpacked")
        else:
            kept.append(f)
    return kept


def _holds(path: str, key: str) -> bool:
    """Does the dropped path hold the manifest's key? From the period's folder on they must be equal, case apart."""
    a, b = path.lower().split("/"), key.lower().split("/")
    same = 0
    while same < min(len(a), len(b)) and a[-1 - same] == b[-1 - same]:
        same += 1
    spot = _place(key)
    return same >= min(len(a), spot["tail"] if spot else 1)


def _match(manifest: dict, files: list[dict]) -> tuple[list[str], list[str]]:
    """(paths found, keys missing) of a manifest among the dropped files."""
    found, missing = [], []
    for key in manifest["keys"]:
        beside = [
            f["path"]
            for f in files
            if _folder(f["path"]) == _folder(manifest["path"]) and _base(f["path"]).lower() == _base(key).lower()
        ]
        path = next((f["path"] for f in files if _holds(f["path"], key)), None) or next(iter(beside), None)
        if path:
            found.append(path)
        else:
            missing.append(key)
    return found, missing


def _choose_version(group: list[dict], files: list[dict], taken: set[str], out: dict) -> dict:
    """Of one month's manifests the newest whose files are all there. Returns {root, period}."""
    versions: list[dict] = []
    for manifest in _newest_first(group):
        same = any(v["run"] == manifest["run"] and v["keys"] == manifest["keys"] for v in versions)
        _skip(
            out,
            manifest["path"],
            "a copy of another manifest" if same else "a manifest: it says which files make up the bill",
        )
        if not same:
            found, missing = _match(manifest, files)
            versions.append({**manifest, "found": found, "missing": missing})
    best = next((v for v in versions if not v["missing"]), None)
    if best is None:
        first = versions[0]
        names = ", ".join(_base(k) for k in first["missing"][:3])
        out["errors"].append(
            {
                "code": "manifest-missing-file",
                "file": first["path"],
                "where": first["missing"][0],
                "next": _NEXT,
                "message": f"The manifest names {len(first['keys'])} files, {len(first['missing'])} of them are not here: {names}",
            }
        )
    for path in best["found"] if best else []:
        if path not in taken:
            out["chosen"].append({"path": path, "manifest": best["path"]})
        taken.add(path)
    period = group[0]["period"]
    for version in versions:
        for path in version["found"]:
            if version is best or path in taken:
                continue
            taken.add(path)
            _skip(
                out,
                path,
                f"another version of {period or 'the month'}; {best['path']} is the newest complete one"
                if best
                else "its version is not complete",
            )
    return {"root": group[0]["root"], "period": period}


def _without_manifest(files: list[dict], months: list[dict], out: dict) -> None:
    """Files no manifest names: of each month the newest folder; beside a manifest of that month they are left out."""
    placed = []
    for file in files:
        path, at = file["path"], _place(file["path"])
        if at is None:
            # beside a manifest in a flat folder, only what it names belongs to it
            if any(m["root"] == _folder(path).lower() for m in months):
                _skip(out, path, "not named by the manifest beside it")
            else:
                out["chosen"].append({"path": path, "manifest": None})
        elif any(m["period"] == at["period"] and m["root"] == at["root"] for m in months):
            _skip(out, path, f"not named by the manifest of {at['period']}")
        else:
            placed.append({**file, **at})
    for group in _groups(placed, lambda f: (f["root"], f["period"])):
        versions = _groups(group, lambda f: f["version"])
        versions.sort(
            key=lambda v: (_stamp(v[0]["version"]), max(f.get("lastModified") or 0 for f in v), v[0]["version"]),
            reverse=True,
        )
        newest = versions[0][0]["version"] or "the month’s own folder"
        out["chosen"] += [{"path": f["path"], "manifest": None} for f in versions[0]]
        for older in versions[1:]:
            for f in older:
                _skip(out, f["path"], f"an older version of {f['period']}; {newest} is the newest")
