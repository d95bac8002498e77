"""What the companion can do with the user's own credentials: look, collect, write tags, take them back. One method a
tool.

Nothing is asked of AWS before somebody presses a button. The page works out what is owned and planned; this side only
fetches events and writes what a plan file says. Files lie under the user's data folder, readable by the user alone.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from costdna.errors import CostDNAError, UsageError
from costdna_companion.server import kept
from costdna_companion.server.jobs import Job

MOST_ROWS = 500_000
"""Rows of a table handed to a page, the newest; what is left out is said."""

PROCESSES = 2
"""That read a trail, as `costdna scan` has it."""


@dataclass(frozen=True)
class Tool:
    """A tool of the companion. job: takes a while and is followed; write: changes the account."""

    name: str
    description: str
    arguments: dict[str, type]
    job: bool = True
    write: bool = False


TOOLS = (
    Tool(
        "doctor",
        "What these credentials may see: each check names the feature it unlocks and the right that is missing.",
        {"region": str},
    ),
    Tool(
        "scan",
        "Who did what, from CloudTrail: the event history (days), or files in a folder or bucket (trail); and what there is, from the services themselves (collect: names of collectors, or all).",
        {"days": int, "trail": str, "regions": list, "collect": list},
    ),
    Tool(
        "plan",
        "Keep a tag plan that the page made (its JSON text); it is applied only as it was kept.",
        {"text": str},
        job=False,
    ),
    Tool(
        "apply",
        "Write the tags of a kept plan, a few first, each read back. Nothing is overwritten that the plan did not see. writer: the AWS profile or the role (its ARN) that writes, for this run alone.",
        {"digest": str, "canary": int, "writer": str},
        write=True,
    ),
    Tool("verify", "Read again every tag that a run wrote.", {"run": str, "writer": str}),
    Tool(
        "undo",
        "Take back what a run wrote; what somebody changed since is left alone and named.",
        {"run": str, "writer": str},
        write=True,
    ),
    Tool(
        "train",
        "Teach the shipped model the owners that this bill's tags and the kept session confirm; it is kept only where it is better on owners held out.",
        {},
    ),
    Tool(
        "runs",
        "The runs there were, newest first, and what became of each; damaged: what is wrong with the journal of one that can no longer be read back or undone.",
        {},
        job=False,
    ),
    Tool("whoami", "Account and principal of these credentials, or of those that write.", {"writer": str}, job=False),
)


class Desk:
    """folder: where sessions, plans, journals and fetched events lie. clients: makes the AWS clients when first needed,
    of a writer (see `acting`). bills: files the window was opened with. accounts: `Account`s that a scan asks; none for
    the credentials' own.
    """

    def __init__(
        self,
        folder: Path | None = None,
        clients: Callable | None = None,
        bills: list[Path] | None = None,
        accounts: list | None = None,
    ):
        self.folder = folder or kept.home()
        self.bills = [
            p
            for path in bills or []
            for p in ([path] if path.is_file() else sorted(x for x in path.rglob("*") if x.is_file()))
        ]
        self._accounts = accounts or []
        self._make, self._clients, self._found = clients or acting(), None, {}

    def clients(self, writer: str = ""):
        """The clients of the user's own credentials, made once; those of a profile or role that writes are made for
        each run and kept nowhere.
        """
        if writer:
            return self._make(writer)
        if self._clients is None:
            self._clients = self._make("")
        return self._clients

    def model(self) -> bytes | None:
        """The account's own model as one file, for the page to vet and take up; None without one."""
        from costdna_companion.native import own_model

        return own_model.find(self.folder)

    # -- looking ------------------------------------------------------------------------------------------------

    def whoami(self, writer: str = "") -> dict:
        who = self.clients(writer.strip()).identity()
        return {"account": who["Account"], "arn": who["Arn"]}

    def doctor(self, job: Job, region: str = "") -> dict:
        from costdna_companion.collect.checks import examine
        from costdna_companion.collect.clients import HOME

        job.tell("Asking AWS what these credentials may see")
        return {"checks": examine(self.clients(), region or HOME[self.clients().partition])}

    def scan(
        self, job: Job, days: int = 0, trail: str = "", regions: list | None = None, collect: list | None = None
    ) -> dict:
        from costdna_companion.cli import _collect, _gather
        from costdna_companion.collect.clients import HOME
        from costdna_companion.collect.trail import wrote
        from costdna_companion.collect.trail.load import load

        if bool(trail) == bool(days) or not 0 <= days <= 90:
            raise UsageError(
                "A scan needs to know where the events are.",
                found=f"{days} days, {trail or 'no trail'}",
                next_step="Give 1 to 90 days of event history, or a folder or s3://bucket/prefix.",
                code="trail",
            )
        work = kept.private(self.folder / "scan")
        said: list[str] = []

        def progress(news: dict) -> None:
            job.tell(news.get("file", ""), news.get("bytes", 0), news.get("total_bytes", 0))
            job.breathe()

        progress({"file": "Finding out who we are"})
        if not regions and (days or collect):  # a folder of this machine asks nobody
            regions = [HOME[self.clients().partition]]
        folder, coverage = _collect.trail(
            [],
            trail or None,
            days,
            regions or [],
            work,
            self.clients,
            _Said(said),
            progress,
            stop=job.stopped,
            accounts=self._accounts,
        )
        job.breathe()
        loaded = load(
            folder,
            work,
            PROCESSES,
            lambda done, total, events: progress(
                {"file": f"Reading the trail, {events:,} events", "bytes": done, "total_bytes": total}
            ),
        )
        self._found = {"events": wrote.rows(loaded.path)}
        told = {"events": loaded.events, "files": loaded.files, "naming_a_resource": len(self._found["events"])}
        if collect:
            from costdna_companion.collect import registry

            coverage = coverage + _gather.gather(
                [str(name) for name in collect],
                self.clients(),
                self._accounts,
                regions,
                [],
                work,
                _Said(said),
                progress,
                stop=job.stopped,
            )
            job.breathe()
            self._found["inventory"], self._found["memberships"] = registry.tables(work / _gather.FOLDER)
            told["resources"] = len(self._found["inventory"])
        return {**told, "coverage": coverage}

    def events(self) -> dict:
        """The tables of the last scan, each as columns (see `coded`): events, and inventory and memberships where they
        were asked for.
        """
        if not self._found:
            raise CostDNAError("Nothing has been scanned yet.", next_step="Scan first.", code="no-scan")
        return {name: coded(frame) for name, frame in self._found.items()}

    def train(self, job: Job) -> dict:
        """What `costdna train BILL` does with the bill the companion was started with and the session kept for it; a
        cancelled one goes on where it stopped.
        """
        from costdna import attribute, pipeline, session_file
        from costdna_companion import native
        from costdna_companion.native import own_model, shipped

        if not self.bills:
            raise UsageError(
                "The companion was started without a bill.",
                found="a bill that only the page has read",
                next_step="Start it as costdna desktop BILL.",
                code="no-bill",
            )
        try:
            from costdna_companion.train import finetune, own
        except ImportError as error:
            raise UsageError(
                "Training needs torch and torch-geometric.",
                found=str(error),
                next_step="Install them: pip install 'costdna[train]'",
                code="no-torch",
            ) from error

        def say(text: str) -> None:
            job.tell(text[:1].upper() + text[1:])
            job.breathe()

        say("Reading the bill")
        readings, _ = native.read(
            self.bills, progress=lambda news: job.tell("Reading the bill", news["bytes"], news["total_bytes"])
        )
        sources = [r["meta"]["source_id"] for r in readings]
        text = kept.find(self.folder / "sessions", kept.key(sources))
        wishes = session_file.from_text(text).wishes if text else pipeline.Wishes()
        for name, frame in self._found.items():
            setattr(wishes, name, frame)
        say("Finding what belongs together")
        grounds = pipeline.ground(readings, wishes)
        plan = attribute.prepare(
            grounds.ownables,
            grounds.relations,
            grounds.charges,
            grounds.bill.rhythm,
            pipeline.settled(grounds.known),
            grounds.events,
        )
        folder = kept.private(self.folder / own_model.FOLDER)
        verdict = own.make(plan, shipped.model().parent, folder, finetune.Lesson(), say=say, sources=tuple(sources))
        return {
            name: verdict[name]
            for name in ("owners", "units", "kept", "gain_nll", "gain_error", "shipped", "fine_tuned")
        }

    # -- writing ------------------------------------------------------------------------------------------------

    def plan(self, text: str) -> dict:
        from costdna_companion.write import plan_file
        from costdna_companion.write.routes import target

        try:
            content = json.loads(text)
            rows, name = plan_file.rows(content), plan_file.digest({**content, "schema_version": plan_file.VERSION})
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise UsageError(
                "This is not a tag plan.",
                found=f"{type(error).__name__}: {error}"[:100],
                next_step="Let the page make it.",
                code="plan",
            ) from None
        for row in rows:
            target(row.arn)
        path = kept.private(self.folder / "plans") / f"{name}.json"
        plan_file.save(path, {k: v for k, v in content.items() if k not in ("digest", "schema_version")})
        return {"digest": name, "rows": len(rows), "plan": str(path)}

    def apply(self, job: Job, digest: str, canary: int = 3, writer: str = "") -> dict:
        from costdna_companion.write import apply as writing
        from costdna_companion.write import plan_file, runs, two_people

        if not digest.isalnum():
            raise UsageError("There is no such plan.", found=digest[:80], next_step="Plan first.", code="no-plan")
        content = plan_file.load(self.folder / "plans" / f"{digest}.json")
        clients = self.clients(writer.strip())
        rows, who = plan_file.rows(content), clients.identity()
        # the window asks for no approval: such a plan is applied with costdna apply
        two_people.check(content, who["Arn"], "")
        run, journal, resumed = runs.begin(
            self.runs_folder, content["digest"], key=content["key"], account=who["Account"], rows=len(rows)
        )
        job.tell(f"{'Going on with' if resumed else 'Writing'} run {run}", len(journal.of("outcome")), len(rows))
        with journal:

            def tell(line: dict) -> None:
                job.line(_outcome(line))
                job.tell("", len(journal.of("outcome")), len(rows))

            writing.carefully(rows, self._cloud(clients), journal, canary, tell, job.stopped)
            outcomes = journal.of("outcome")
            if len(outcomes) == len(rows):
                journal.add("end")
        counts = {
            status: sum(line["status"] == status for line in outcomes) for status in (*writing.DONE, *writing.PASSED)
        }
        return {
            "run": run,
            "resumed": resumed,
            "account": who["Account"],
            "counts": counts,
            "not_begun": len(rows) - len(outcomes),
            "outcomes": [_outcome(line) for line in outcomes[-500:]],
        }

    def verify(self, job: Job, run: str, writer: str = "") -> dict:
        from costdna_companion.write import runs
        from costdna_companion.write import verify as verifying
        from costdna_companion.write.journal import read

        path = runs.find(self.runs_folder, run)
        lines, _ = read(path)
        due = sum(line["kind"] == "outcome" and line["status"] == "written" for line in lines)
        found: list[dict] = []

        def tell(line: dict) -> None:
            found.append(line)
            job.line(_outcome(line))
            job.tell("Reading back", len(found), due)

        verifying.verify(self._cloud(self.clients(writer.strip())), _Lines(lines), tell, stop=job.stopped)
        return {
            "run": path.stem,
            "counts": {s: sum(line["status"] == s for line in found) for s in verifying.STATUSES},
            "outcomes": [_outcome(line) for line in found[-500:]],
        }

    def undo(self, job: Job, run: str, writer: str = "") -> dict:
        from costdna_companion.write import runs
        from costdna_companion.write import undo as undoing
        from costdna_companion.write.journal import Journal

        path = runs.find(self.runs_folder, run)
        with Journal(path) as journal:
            due = len(journal.of("before"))

            def tell(line: dict) -> None:
                job.line(_outcome(line))
                job.tell("Taking back", len(journal.of("undo")), due)
                job.breathe()  # the outcome is in the journal: the next undo goes on from here

            undoing.undo(self._cloud(self.clients(writer.strip())), journal, tell)
            latest = {(line["arn"], line["key"]): line for line in journal.of("undo")}
        return {
            "run": path.stem,
            "counts": {s: sum(line["status"] == s for line in latest.values()) for s in undoing.STATUSES},
            "outcomes": [_outcome(line) for line in list(latest.values())[-500:]],
        }

    def runs(self) -> dict:
        from costdna_companion.write import runs

        return {"runs": runs.listed(self.runs_folder, 50)}

    @property
    def runs_folder(self) -> Path:
        return self.folder / "runs"

    @staticmethod
    def _cloud(clients):
        from costdna_companion.write.cloud import Cloud

        return Cloud(clients, at_once=8)


def needed(tool: Tool) -> list[str]:
    """The arguments without which a tool cannot be called."""
    return [
        name
        for name, given in inspect.signature(getattr(Desk, tool.name)).parameters.items()
        if name in tool.arguments and given.default is given.empty
    ]


def acting(profile: str = "", role_name: str = "", external_id: str = "", accounts: list | None = None) -> Callable:
    """Makes clients of a writer: none for the credentials that read; an AWS profile; or the ARN of a role, assumed with
    those that read.

    A role that writes reaches other accounts through the role of the same name there, never through those that read.
    """

    def make(writer: str = ""):
        from costdna_companion.collect.clients import Clients

        role = writer.startswith("arn:")
        if role:
            return Clients(profile, writer.partition(":role/")[2], external_id, acting=writer)
        return Clients(writer or profile, role_name, external_id, accounts=[] if writer else accounts or [])

    return make


def coded(frame) -> dict:
    """A table as it travels: {n, left_out, columns: {name: {words, codes} | {values} | {seconds}}}; flags as 0 and 1,
    times in UTC seconds or null.
    """
    kept_ = frame.iloc[-MOST_ROWS:]
    columns = {}
    for name in kept_.columns:
        values = kept_[name]
        if values.dtype == bool:
            columns[name] = {"values": values.astype(int).tolist()}
        elif str(values.dtype).startswith("datetime"):
            columns[name] = {"seconds": [None if at != at else int(at.timestamp()) for at in values]}
        else:
            codes, words = values.factorize()
            columns[name] = {"words": [str(w) for w in words], "codes": codes.tolist()}
    return {"n": len(kept_), "left_out": len(frame) - len(kept_), "columns": columns}


class _Said:
    """Takes what a collector prints: the page is told by progress and coverage instead."""

    def __init__(self, lines: list[str]):
        self.lines = lines

    def print(self, text: str, **style) -> None:
        self.lines.append(text)


class _Lines:
    """A journal's lines to read, with no file held open for writing."""

    def __init__(self, lines: list[dict]):
        self._lines = lines

    def of(self, kind: str) -> list[dict]:
        return [line for line in self._lines if line["kind"] == kind]


def _outcome(line: dict) -> dict:
    """What the page shows of a line."""
    return {
        k: line.get(k)
        for k in ("arn", "key", "status", "before", "new", "found", "code", "detail")
        if line.get(k) is not None
    }
