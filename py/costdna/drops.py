"""What of a drop is read: a pure choice over its listing. Manifests first, then the newest version of each month.

The double count people really make is a synced folder with several assemblies or executions of one month. One rule for
page and command line; the page's reader repeats it in JavaScript and both answer the cases of tests/golden/drops.
"""

import json
import re

_PERIOD = re.compile(r"\d{8}-\d{8}|billing_period=.+|month=\d\d?|\d{4}-\d\d", re.IGNORECASE)
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STAMP = r"\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT[0-9:._-]+Z"
_VERSION = re.compile(rf"(?P<stamp>{_STAMP})?-?(?P<id>{_UUID})?", re.IGNORECASE)
_DATA = (".csv", ".csv.gz", ".gz", ".parquet", ".zip", ".xlsx", ".txt", ".tsv")


def is_data(path: str) -> bool:
    """True for a path that may be a bill file."""
    parts = path.split("/")
    return parts[-1].lower().endswith(_DATA) and not parts[-1].startswith(".") and "__MACOSX" not in parts and not parts[-1].lower().endswith("-manifest.json")


def choose(listing: list[dict]) -> dict:
    """The files of a drop to read.

    listing: [{path, size, lastModified, manifest?}]: path with `/`, within the drop; manifest: text of a JSON file that
    may be one. Returns {"chosen": [{path, manifest}], "skipped": [{path, reason}], "errors": [{code, file, message,
    where, next}]}, each sorted by path; `manifest` is null or {path, id, period, files}.
    """
    data = {e["path"]: e for e in listing if is_data(e["path"])}
    skipped = {e["path"]: "no bill file" for e in listing if e["path"] not in data and "manifest" not in e}
    manifests = []
    for entry in sorted((e for e in listing if "manifest" in e and e["path"] not in data), key=lambda e: e["path"]):
        parsed = _manifest(entry)
        if parsed is None:
            skipped[entry["path"]] = "no manifest of a bill"
        else:
            manifests.append(parsed)
    chosen, errors = {}, []
    covered: set[str] = set()  # folders a manifest speaks for
    for group in _by_month(manifests):
        _choose_version(group, data, chosen, skipped, errors, covered)
    rest = [p for p in sorted(data) if p not in chosen and p not in skipped]
    for path in [p for p in rest if any(_under(p, scope) for scope in covered)]:
        skipped[path] = "not in the newest manifest of its month"
        rest.remove(path)
    for path, reason in _older_versions(rest, data).items():
        skipped[path] = reason
        rest.remove(path)
    chosen.update({p: None for p in rest})
    return {"chosen": [{"path": p, "manifest": chosen[p]} for p in sorted(chosen)],
            "skipped": [{"path": p, "reason": skipped[p]} for p in sorted(skipped) if p not in chosen],
            "errors": sorted(errors, key=lambda e: e["file"])}


def _manifest(entry: dict) -> dict | None:
    """A manifest as {path, name, keys, period, id, stamp, dated, modified}; None if the JSON is none."""
    try:
        content = json.loads(entry["manifest"])
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    keys = content.get("reportKeys", content.get("dataFiles"))
    if not isinstance(keys, list) or not all(isinstance(k, str) for k in keys):
        return None
    keys = [re.sub(r"^s3://[^/]+/", "", k).lstrip("/") for k in keys]
    folder = entry["path"].rpartition("/")[0]
    start = content.get("billingPeriod", {}).get("start", "") if isinstance(content.get("billingPeriod"), dict) else ""
    period = start[:6] or next((_month(p) for k in [*keys, entry["path"]] for p in k.split("/") if _PERIOD.fullmatch(p)), "")
    version = next((v for k in keys for v in [_version(k.split("/")[-2])] if v), None) if keys and all("/" in k for k in keys) else None
    identity = str(content.get("assemblyId") or content.get("executionId") or (version or ("", ""))[1] or "")
    stamp = (version or ("", ""))[0] or (_version(identity) or ("", ""))[0]
    if not stamp:
        stamp = (_version(folder.rpartition("/")[2]) or ("", ""))[0]
    name = str(content.get("reportName") or content.get("exportName") or re.sub(r"-?manifest\.json$", "", entry["path"].rpartition("/")[2], flags=re.IGNORECASE))
    # The manifest in the month's own folder is overwritten by each delivery: it names the newest assembly.
    dated = "assemblyId" in content and _PERIOD.fullmatch(folder.rpartition("/")[2]) is not None
    return {"path": entry["path"], "name": name, "keys": keys, "period": period, "id": identity, "stamp": stamp, "dated": dated, "modified": entry.get("lastModified") or 0}


def _month(part: str) -> str:
    digits = re.sub(r"\D", "", part)
    return digits[:6]


def _version(part: str) -> tuple[str, str] | None:
    """(timestamp, id) of a version folder's name (an assembly or an execution), or None."""
    match = _VERSION.fullmatch(part)
    if not part or not match or not (match["stamp"] or match["id"]):
        return None
    return re.sub(r"\D", "", match["stamp"] or "")[:17].ljust(17, "0") if match["stamp"] else "", match["id"] or match["stamp"]


def _by_month(manifests: list[dict]) -> list[list[dict]]:
    """Manifests of one report and month together, newest first; copies of one assembly's manifest once."""
    groups: dict[tuple, list[dict]] = {}
    for m in manifests:
        groups.setdefault((m["name"].lower(), m["period"]), []).append(m)
    out = []
    for group in groups.values():
        unique: dict[tuple, dict] = {}
        for m in group:
            key = (m["id"], tuple(sorted(m["keys"])))
            if key in unique:
                unique[key]["copies"].append(m["path"])
                unique[key]["dated"] |= m["dated"]
            else:
                unique[key] = {**m, "copies": [m["path"]]}
        out.append(sorted(unique.values(), key=lambda m: (m["dated"], m["stamp"], m["modified"], m["path"]), reverse=True))
    return out


def _choose_version(group: list[dict], data: dict, chosen: dict, skipped: dict, errors: list, covered: set) -> None:
    found = [{k: _find(k, m, data) for k in m["keys"]} for m in group]
    best = next((i for i, files in enumerate(found) if files and all(files.values())), None)
    for m, files in zip(group, found):
        covered.update(scope for p in files.values() if p for scope in [_scope(p)] if scope)
    if best is None:
        m, files = group[0], found[0]
        missing = sorted(k for k, p in files.items() if not p)
        for path in {p for files in found for p in files.values() if p}:
            skipped[path] = "its manifest names files that are not here"
        errors.append({"code": "manifest-missing-file", "file": m["path"], "where": missing[0] if missing else m["path"],
                       "message": f"The manifest names {len(m['keys'])} files; {len(missing)} of them are not in the drop: {', '.join(missing[:3])}" if m["keys"] else "The manifest names no file.",
                       "next": "Drop the whole folder of the month, with every file its manifest names."})
        return
    m = group[best]
    for path in found[best].values():
        chosen[path] = {"path": m["path"], "id": m["id"], "period": m["period"], "files": len(m["keys"])}
    for i, files in enumerate(found):
        for path in files.values():
            if path and i != best and path not in chosen:
                skipped[path] = "an older version of its month" if i > best else "a newer version of its month that is not complete"


def _find(key: str, manifest: dict, data: dict) -> str | None:
    """The dropped file a manifest's key means: same name, and the same folder name as far as the drop shows one."""
    wanted = key.lower().split("/")
    folder = manifest["path"].rpartition("/")[0]
    best, score = None, 0
    for path in sorted(data):
        have = path.lower().split("/")
        same = 0
        while same < min(len(wanted), len(have)) and wanted[-1 - same] == have[-1 - same]:
            same += 1
        whole = same == min(len(wanted), len(have))
        beside = path.rpartition("/")[0] == folder
        if same and (same > 1 or whole or beside) and (same, beside) > (score, False):
            best, score = path, same
    return best


def _scope(path: str) -> str:
    """The month's folder of a file; "" where the drop shows none."""
    parts = path.split("/")[:-1]
    for i in range(len(parts) - 1, -1, -1):
        if _PERIOD.fullmatch(parts[i]):
            return "/".join(parts[: i + 1])
    return ""


def _under(path: str, scope: str) -> bool:
    return path.startswith(scope + "/")


def _older_versions(paths: list[str], data: dict) -> dict[str, str]:
    """Files without a manifest: of several version folders beside each other only the newest is read."""
    versions: dict[str, dict[str, list[str]]] = {}
    for path in paths:
        parts = path.split("/")
        for i in range(len(parts) - 2, -1, -1):
            if _version(parts[i]):
                versions.setdefault("/".join(parts[:i]), {}).setdefault(parts[i], []).append(path)
                break
    out = {}
    for folders in versions.values():
        if len(folders) < 2:
            continue
        newest = max(folders, key=lambda f: (_version(f)[0], max(data[p].get("lastModified") or 0 for p in folders[f]), f))
        for folder, files in folders.items():
            if folder != newest:
                out.update({p: f"an older version: {newest} is read" for p in files})
    return out
