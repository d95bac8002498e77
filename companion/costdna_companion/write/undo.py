"""A journal → the account as it was before the run: each written tag gets its former value back, or goes.

A tag that somebody changed since is left alone and named. Undo journals into the same file, so it can be interrupted
too.
"""

import time
from collections.abc import Callable

from costdna_companion.write.cloud import Clash, WriteRefused
from costdna_companion.write.journal import Journal, now
from costdna_companion.write.routes import of_line
from costdna_companion.write.single import patiently, settled

STATUSES = ("restored", "already", "changed", "refused")


def undo(
    cloud,
    journal: Journal,
    tell: Callable[[dict], None] = lambda outcome: None,
    wait: Callable[[float], None] = time.sleep,
) -> list[dict]:
    """Undo every tag that the run wrote or may have written, last first; returns the outcomes of this call.

    A row whose outcome was lost in a crash counts as written: whether it was is seen by reading.
    """
    done = {(line["arn"], line["key"]) for line in journal.of("undo") if line["status"] in ("restored", "already")}
    told = {(line["arn"], line["key"]): line for line in journal.of("outcome")}
    out = []
    for line in reversed(journal.of("before")):
        at = (line["arn"], line["key"])
        outcome = told.get(at)
        # a refusal may have come after the write was taken: reading tells
        if at in done or outcome is not None and outcome["status"] not in ("written", "clash", "refused"):
            continue
        if outcome is not None and outcome["status"] == "clash" and outcome["found"] == line["new"]:
            continue  # somebody else wrote this very value between our two reads: it is theirs
        done.add(at)
        since = now()
        entry = journal.add(
            "undo",
            **{k: line[k] for k in ("arn", "key", "account") if k in line},
            since=since,
            **_one(line, cloud, wait),
        )
        out.append(entry)
        tell(entry)
    return out


def _one(line: dict, cloud, wait) -> dict:
    thing, key, before = of_line(line), line["key"], line["before"]
    try:
        found = patiently(lambda: cloud.read(thing), wait).get(key)
        if found == before:
            return {"status": "already", "found": found, "detail": "the former state was there already"}
        if found != line["new"]:
            return {"status": "changed", "found": found, "detail": "somebody changed the tag since; left as found"}
        tried = []

        def back() -> None:
            # while AWS throttles, seconds go by between two tries
            if tried and (again := cloud.read(thing).get(key)) != found:
                if again == before:
                    return  # the try that was answered with an error was taken all the same
                raise Clash(thing, key, again)
            tried.append(True)
            cloud.remove(thing, [key], {key: found}) if before is None else cloud.write(
                thing, {key: before}, {key: found}
            )

        patiently(back, wait)
        after = settled(
            lambda: patiently(lambda: cloud.read(thing), wait), lambda tags: tags.get(key) == found, wait
        ).get(key)
    except Clash as error:
        return {"status": "changed", "found": error.value, "detail": "somebody changed the tag since; left as found"}
    except WriteRefused as error:
        return {"status": "refused", "code": error.code, "detail": error.message}
    if after != before:
        late = (
            "it still reads as the run wrote it: the service may be late to tell; undo again says"
            if after == found
            else "somebody wrote this tag at the same moment; left as found"
        )
        return {"status": "changed", "found": after, "detail": late}
    return {"status": "restored", "found": after, "detail": "read back"}
