"""One resource in the AWS double, and the plan of two tags that every fault hits."""

from pathlib import Path

from costdna_companion.bench.faults import Faults, HitJournal, Wire
from costdna_companion.write.apply import apply
from costdna_companion.write.cloud import Cloud
from costdna_companion.write.journal import read
from costdna_companion.write.routes import target
from costdna_companion.write.single import Row
from costdna_companion.write.undo import undo

FORMER = {"team": "old", "keep": "1"}
EXTRA = "costdna:inferred-by"
AFTER = {"team": "search", "keep": "1", EXTRA: "bill"}


def plan(arn: str) -> list[Row]:
    """Two tags on one resource: one replaced, one new that goes with it."""
    return [Row(arn, "team", "search", old="old", overwrite=True), Row(arn, EXTRA, "bill", beside="team")]


class Thing:
    """One resource in the double, put back to its former tags before each fault."""

    def __init__(self, arn: str, wire: Wire, folder: Path):
        self.arn, self.wire, self.at, self.path = arn, wire, target(arn), folder / "journal.jsonl"
        self.other = Wire(wire._endpoint, arn="arn:aws:sts::123456789012:assumed-role/console/somebody")
        self._eye = Cloud(Wire(wire._endpoint))
        self._own = {k: v for k, v in self.tags().items() if k not in AFTER}

    def tags(self) -> dict[str, str]:
        return self._eye.read(self.at)

    def fresh(self) -> None:
        self.path.unlink(missing_ok=True)
        self.wire.faults, self.wire.records, self.other.records = None, [], []
        # all of it: the double's DynamoDB appends where AWS replaces, and only removing takes what lies beneath
        left = self.tags().keys() - self._own.keys()
        if left:
            self._eye.remove(self.at, sorted(left))
        self._eye.write(self.at, FORMER)

    def run(self, faults: Faults | None = None) -> list[dict]:
        self.wire.faults = faults
        try:
            with HitJournal(self.path, faults or Faults()) as journal:
                return apply(plan(self.arn), Cloud(self.wire), journal, wait=lambda seconds: None)
        finally:
            self.wire.faults = None

    def back(self, faults: Faults | None = None) -> list[dict]:
        self.wire.faults = faults
        try:
            with HitJournal(self.path, faults or Faults()) as journal:
                return undo(Cloud(self.wire), journal, wait=lambda seconds: None)
        finally:
            self.wire.faults = None

    def edit(self, key: str, value: str | None) -> None:
        """Somebody else's hand."""
        cloud = Cloud(self.other)
        cloud.remove(self.at, [key]) if value is None else cloud.write(self.at, {key: value})

    def is_(self, due: dict[str, str]) -> list[str]:
        now, due = self.tags(), self._own | due
        return [] if now == due else [f"tags are {now}, not {due}"]

    def told(self) -> list[str]:
        """Whether everything that differs from the former state has its line in the journal, with what was there."""
        lines, now = read(self.path)[0], self.tags()
        begun = {line["key"]: line["before"] for line in lines if line["kind"] == "before"}
        return [
            f"{key} changed without a line"
            for key in now.keys() | FORMER.keys()
            if key not in self._own and now.get(key) != FORMER.get(key) and begun.get(key, "") != FORMER.get(key)
        ]
