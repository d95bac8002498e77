"""The patch: every owned resource whose source was dropped gets its tag there; every other is listed with its money."""

import difflib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field

from costdna import money, names
from costdna.errors import CostDNAError
from costdna.export.iac import cloudformation, terraform
from costdna.export.leaving import Leaving, Shortfall

BASES = ("human", "rule", "map", "account", "inferred")


@dataclass
class Patch:
    """files: path → new text. left: ResourceId → why its code is not changed. placed: ResourceId → path of its source."""

    files: dict[str, str]
    left: dict[str, str] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


def iac_patch(leaving: Leaving) -> str:
    """A unified diff for `git apply` or `patch -p1`.

    Raises CostDNAError where nothing was dropped or nothing is to change.
    """
    repository = leaving.choices.repository
    if not repository:
        raise CostDNAError(
            "No infrastructure code was given.",
            code="nothing-to-export",
            next_step="Name its folder: costdna export iac-patch BILL --repository FOLDER (.tf, templates and state are read, never changed).",
        )
    made = patch(leaving)
    out = []
    for path in sorted(made.files):
        if made.files[path] != repository[path]:
            out.append(diff(path, repository[path], made.files[path]))
    if not out:
        raise CostDNAError(
            "No source of an owned resource was found in the code, or every one has its tag.",
            code="nothing-to-export",
            found=f"{len(repository)} files",
            next_step="Drop the Terraform state beside the code: it says which block is which resource.",
        )
    return "".join(out)


def diff(path: str, old: str, new: str) -> str:
    """A unified diff of one file. A last line without an end is marked as `diff` does."""
    safe = re.sub(r"[\x00-\x1f\x7f]", "\ufffd", path)
    out = []
    for line in difflib.unified_diff(
        old.splitlines(keepends=True) if "\r" not in old else _lines(old),
        _lines(new) if "\r" in new else new.splitlines(keepends=True),
        f"a/{safe}",
        f"b/{safe}",
    ):
        out.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(out)


def _lines(text: str) -> list[str]:
    """Lines as tools count them: \\n ends one, \\r belongs to it."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def cannot(leaving: Leaving) -> list[Shortfall]:
    """Owned resources whose code is not changed, by reason and team, with their money.

    Then files that could not be followed.
    """
    if not leaving.choices.repository:
        return []
    made = patch(leaving)
    rows = _wanted(leaving)
    groups: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for row in rows:
        if row["ResourceId"] in made.left:
            groups[made.left[row["ResourceId"]], row["x_Team"]].append(row)
    out = [
        Shortfall(why, team, sum(int(r[leaving.column]) for r in part), len(part))
        for (why, team), part in groups.items()
    ]
    return sorted(out, key=lambda s: (-abs(s.units), s.why, s.team)) + [
        Shortfall(f"{path} could not be followed ({why}) and is left alone")
        for path, why in sorted(made.unread.items())
    ]


def patch(leaving: Leaving) -> Patch:
    """New texts of the files that change. Nothing is tagged whose source is not known, and no state is touched."""
    kept = leaving.__dict__.get("_patch")
    if kept is None:
        kept = leaving.__dict__["_patch"] = _made(leaving)
    return kept


def _wanted(leaving: Leaving) -> list[dict]:
    """Resources with one team that no tag of theirs names, sure enough to be written."""
    rows = leaving.report.resources
    sure = rows["x_Basis"].isin(BASES) & (
        (rows["x_Basis"] != "inferred") | (rows["x_Probability"] >= leaving.choices.least)
    )
    several = leaving.result.ownership
    several = (
        several[several["x_ValidTo"].isna() & (several["x_Verdict"] == "owned")]
        .groupby("x_OwnableId")["x_Team"]
        .nunique()
    )
    single = ~rows["x_OwnableId"].isin(several[several > 1].index)
    return rows[sure & single & (rows["x_Verdict"] == "owned") & (rows["ResourceId"] != "")].to_dict("records")


def _made(leaving: Leaving) -> Patch:
    repository, key, mode = leaving.choices.repository, leaving.choices.key, leaving.choices.tags_in
    things = leaving.report.resources
    real = things[things["ResourceId"] != ""]
    bill = {r: (kind, names.display_name(r)) for r, kind in zip(real["ResourceId"], real["ResourceType"])}
    stacks = {r: s for r, t in zip(real["ResourceId"], real["Tags"]) if (s := _stack(t))}
    code = terraform.Code(repository)
    templates = [
        e
        for p, t in sorted(repository.items())
        if p.lower().endswith((".yml", ".yaml", ".json", ".template"))
        for e in cloudformation.read_template(p, t)
    ]
    blocks, entries = code.sources(bill), cloudformation.sources(templates, bill, stacks)
    out = Patch({}, unread=code.unread)
    rows = _wanted(leaving)
    team = {r["ResourceId"]: r["x_Team"] for r in rows}
    known = dict(zip(things["ResourceId"], things["x_Team"]))

    claims: dict[terraform.Place, set[str]] = defaultdict(set)
    for said, (where, _) in blocks.items():
        claims[where].add(known.get(said, ""))
    wanted: dict[terraform.Place, str] = {}
    of: dict[terraform.Place, list[str]] = defaultdict(list)
    edits: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    given: dict[tuple[str, str], str] = {}
    for said in team:
        if said in blocks:
            where, taggable = blocks[said]
            if not taggable:
                out.left[said] = "its kind takes no tags"
            elif len(claims[where]) > 1:
                out.left[said] = "one block makes resources of several teams, or some without an owner"
            else:
                wanted[where] = team[said]
                of[where].append(said)
                out.placed[said] = code.blocks[where][0]
        elif said in entries:
            _into_template(entries[said], said, team, known, entries, key, edits, given, out)
        else:
            out.left[said] = "its source is not among the files given"
    found, left = terraform.edits(code, wanted, key, mode, _whole(code, known, team))
    for where, why in left.items():
        for said in of[where]:
            out.left[said] = why
            out.placed.pop(said, None)
    for path, parts in found.items():
        edits[path] += parts
    for path, parts in edits.items():
        text = repository[path]
        for start, end, new in sorted(set(parts), reverse=True):
            text = text[:start] + new + text[end:]
        out.files[path] = text
    return out


def _into_template(entry, said, team, known, entries, key, edits, given, out: Patch) -> None:
    if entry.type not in cloudformation.LISTED:
        out.left[said] = f"{entry.type} is not among the types whose tags are known to be a list"
        return
    if len({known.get(r, "") for r, e in entries.items() if e is entry}) > 1:
        out.left[said] = "one entry of a template makes resources of several teams, or some without an owner"
        return
    edit = entry.edit(key, team[said])
    if isinstance(edit, str):
        out.left[said] = edit
        return
    if edit and (entry.path, entry.logical) not in given:
        given[entry.path, entry.logical] = team[said]
        edits[entry.path].append(edit)
    out.placed[said] = entry.path


def _whole(code: terraform.Code, known: dict[str, str], team: dict[str, str]) -> dict[str, str]:
    """Folder → the one team that owns everything its state manages and the bill shows, where nothing else is in doubt."""
    out = {}
    for folder in {m.root for m in code.states}:
        owners = {known[i] for m in code.managed(folder) for i in m.ids if i in known}
        proposed = {i for m in code.managed(folder) for i in m.ids if i in team}
        if len(owners) == 1 and "" not in owners and len(proposed) > 1:
            out[folder] = owners.pop()
    return out


def _stack(tags: str) -> tuple[str, str] | None:
    """(stack, logical id) that CloudFormation's own tags say."""
    if "cloudformation" not in tags:
        return None
    said = {names.tag_key(k): v for _, k, v in json.loads(tags)}
    stack, logical = said.get("awscloudformationstackname", ""), said.get("awscloudformationlogicalid", "")
    return (stack, logical) if stack and logical else None


def moved(leaving: Leaving) -> int:
    """Money of the resources whose code the patch tags, in units of the chosen metric."""
    placed = set(patch(leaving).placed)
    rows = leaving.report.resources
    return money.total(rows.loc[rows["ResourceId"].isin(placed), leaving.column].to_numpy())
