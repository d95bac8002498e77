"""One look of the watch: the run of now against the run before it, and against the last that each target knows of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from costdna.errors import CostDNAError
from costdna_companion import saved
from costdna_companion.watch import runs as kept
from costdna_companion.watch.digest import Run, digest, headline
from costdna_companion.watch.forms import body
from costdna_companion.watch.send import Target, post


@dataclass
class Look:
    """now: the run of now; last: the one before it, None where this is the first; since: {target: the run it knows of},
    without those that know of this one; known: what told.json says.
    """

    folder: Path
    now: Run
    last: Run | None
    since: dict[str, Run]
    known: dict[str, str]

    def digest(self, least: str, resources: bool = False) -> dict:
        """What changed since the run before."""
        return digest(self.last, self.now, least, resources)

    def bytes_for(self, who: list[Target], least: str, resources: bool, hold: bool = False) -> list[bytes]:
        """What would be sent, target by target; nothing for a target with nothing to be told. hold: as for `tell`."""
        found = ((t, digest(self.since[t.kind], self.now, least, resources)) for t in who if t.kind in self.since)
        return [body(t.kind, told) for t, told in found if told["changes"] and not (hold and _waits(told))]

    def tell(
        self, who: list[Target], least: str, resources: bool, say: Callable[[str], None], hold: bool = False
    ) -> CostDNAError | None:
        """Send every target what changed since the last run it knows of, and keep who knows what now; the last error,
        where one could not be told.

        A target that is out of reach, or for which the digest waits (hold: these are quiet hours; nothing in it is
        major), keeps the run it knows of, so that the next look tells it of both.
        """
        failed = None
        for target in who:
            if target.kind in self.since:
                told = digest(self.since[target.kind], self.now, least, resources)
                if hold and _waits(told):
                    say(f"{target.kind} is told after the quiet hours: {headline(told)}")
                    self._keeps(target.kind)
                    continue
                try:
                    if told["changes"]:
                        post(target, body(target.kind, told))
                        say(f"{target.kind} was told: {headline(told)}")
                except CostDNAError as error:
                    failed = error
                    self._keeps(target.kind)
                    continue
            kept.remember(self.folder, self._knows(target.kind, self.now.name))
        return failed

    def trim(self, keep: int) -> list[str]:
        """Delete dated runs but the newest `keep`; what a target is still to be told of stays."""
        return kept.trim(self.folder, keep, {self.now.name, *self.known.values()})

    def _keeps(self, kind: str) -> None:
        """It knows what it knew: keep that, so that the next look begins there."""
        if self.known.get(kind) != self.since[kind].name:
            kept.remember(self.folder, self._knows(kind, self.since[kind].name))

    def _knows(self, kind: str, name: str) -> dict[str, str]:
        self.known[kind] = name
        return self.known


def _waits(told: dict) -> bool:
    """Whether a digest has something to tell, and nothing in it is major."""
    return bool(told["changes"]) and not told["severity"]["major"]


def look(folder: Path, run: Path, before: list[str], known: dict[str, str], who: list[Target]) -> Look:
    """Read the runs that a look compares. before: names of the runs in `folder` ahead of `run`, oldest first."""
    read = {
        name: Run(name, *saved.side(folder / name))
        for name in {*before[-1:], *(known[t.kind] for t in who if known.get(t.kind) in before)}
    }
    last = read[before[-1]] if before else None
    since = {t.kind: read.get(known.get(t.kind, ""), last) for t in who if last and known.get(t.kind) != run.name}
    return Look(folder, Run(run.name, *saved.side(run)), last, since, dict(known))
