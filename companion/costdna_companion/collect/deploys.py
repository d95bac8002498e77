"""Deploys of a repository, from its git history or from what GitHub or GitLab answered → rows of team, timestamp, repo,
commit, name. No author's name is taken.
"""

import json
import re
import subprocess
from pathlib import Path

from costdna.errors import CostDNAError, UsageError

HOW = {"merges": ["--first-parent", "--merges"], "commits": ["--first-parent"]}
"""What counts as a deploy: a merge into the branch, or every commit on it. `tags` counts tags by the time they were
set.
"""

_OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_DONE = ("success", "completed", "succeeded", "active")


def of_git(repository: Path, how: str = "merges", branch: str = "HEAD", team: str = "", since: str = "") -> list[dict]:
    """Deploys by git alone, oldest first. team: whose they are; none for the owner of everything in CODEOWNERS, else
    the repository's name.

    since: a day, YYYY-MM-DD. Raises UsageError where there is no repository or branch, CostDNAError where git is
    missing.
    """
    name = repository.resolve().name.removesuffix(".git")
    whose = team or _owner(repository) or name
    if branch.startswith("-"):
        raise UsageError(
            "This is no branch.",
            found=branch,
            where="--branch",
            next_step="Name a branch, a tag or a commit.",
            code="branch",
        )
    if how == "tags":
        lines = _git(
            repository,
            "for-each-ref",
            "--sort=creatordate",
            "--format=%(creatordate:iso-strict)%09%(objectname:short=12)%09%(refname:short)",
            "refs/tags",
        )
    else:
        lines = reversed(
            _git(
                repository,
                "log",
                *HOW[how],
                "--format=%cI%x09%h%x09%s",
                "--abbrev=12",
                *([f"--since={since}T00:00:00Z"] if since else []),
                branch,
                "--",
            )
        )
    out = []
    for line in lines:
        at, _, rest = line.partition("\t")
        commit, _, text = rest.partition("\t")
        if at and (how != "tags" or at[:10] >= since):
            out.append({"team": whose, "timestamp": at, "repo": name, "commit": commit, "name": _title(text)})
    return out


def of_ci(content, team: str = "", where: str = "the file") -> list[dict]:
    """Deploys of a saved answer: GitHub's deployments or workflow runs, GitLab's deployments or pipelines. Those that
    failed are left out; oldest first.
    """
    rows = content.get("workflow_runs", content.get("deployments")) if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise UsageError(
            "This is no list of deploys.",
            where=where,
            next_step="Save what gh api repos/OWNER/REPO/deployments, or GitLab's projects/ID/deployments, prints.",
            code="deploys",
        )
    out = []
    for row in rows:
        at = row.get("updated_at") or row.get("created_at") or row.get("run_started_at")
        state = str(row.get("conclusion") or row.get("status") or row.get("state") or "success").lower()
        if not at or state not in _DONE:
            continue
        repo = _repository(row)
        sha = str(row.get("head_sha") or row.get("sha") or "")[:12]
        environment = row.get("environment")
        name = (
            environment.get("name", "")
            if isinstance(environment, dict)
            else environment or row.get("name") or row.get("ref") or ""
        )
        out.append(
            {
                "team": team or repo.rpartition("/")[2] or "unknown",
                "timestamp": str(at),
                "repo": repo,
                "commit": sha,
                "name": _title(str(name)),
            }
        )
    return sorted(out, key=lambda r: (r["timestamp"], r["commit"]))


def _repository(row: dict) -> str:
    """owner/name, from the address or the object that an answer carries."""
    inner = row.get("repository") or row.get("head_repository") or {}
    if isinstance(inner, dict) and inner.get("full_name"):
        return str(inner["full_name"])
    found = re.search(
        r"(?:/repos/|://gitlab[^/]*/)([\w.-]+/[\w.-]+)",
        str(row.get("url") or row.get("web_url") or row.get("repository_url") or ""),
    )
    return found[1] if found else ""


def _owner(repository: Path) -> str:
    """The team that CODEOWNERS names for everything: the last rule `*`, the last part of its first owner."""
    for place in _OWNERS:
        path = repository / place
        if path.is_file():
            rules = [
                line.split("#")[0].split() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
            ]
            whole = [rule for rule in rules if len(rule) >= 2 and rule[0] in ("*", "/**", "**")]
            owner = whole[-1][1] if whole else ""
            # a single person is no team
            return owner.rpartition("/")[2] if owner.startswith("@") and "/" in owner else ""
    return ""


def _title(text: str) -> str:
    return " ".join(text.split())[:120]


def _git(repository: Path, *words: str) -> list[str]:
    if not repository.is_dir():
        raise UsageError(
            f"There is no folder {repository}.",
            where=str(repository),
            next_step="Give a git repository's folder.",
            code="no-file",
        )
    try:
        done = subprocess.run(
            ["git", "-C", str(repository), *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CostDNAError(
            "git cannot be run.",
            found=type(error).__name__,
            next_step="Install git, or give CI's answer as a file.",
            code="git",
        ) from error
    if done.returncode:
        raise UsageError(
            "This is no git repository, or has no such branch.",
            found=done.stderr.strip().splitlines()[0][:120] if done.stderr.strip() else "",
            where=str(repository),
            next_step="Give a repository's folder and a branch it has.",
            code="git",
        )
    return done.stdout.splitlines()


def load(path: Path):
    """The JSON of a saved answer; one page, or several written one after another."""
    text, out, at = path.read_text(encoding="utf-8-sig"), [], 0
    decoder = json.JSONDecoder()
    try:
        while at < len(text.rstrip()):
            value, at = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
            out.append(value)
    except ValueError as error:
        raise UsageError(
            f"{path} is no JSON.",
            found=str(error),
            where=str(path),
            next_step="Save the answer as it is printed.",
            code="unreadable",
        ) from error
    if len(out) == 1:
        return out[0]
    return [
        row
        for page in out
        for row in (page if isinstance(page, list) else page.get("workflow_runs", page.get("deployments", [])))
    ]
