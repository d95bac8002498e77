"""A journal → whether every tag that the run wrote is still what it wrote. Reads only, and journals nothing."""

import time
from collections.abc import Callable

from costdna_companion.write.cloud import WriteRefused
from costdna_companion.write.journal import Journal
from costdna_companion.write.routes import of_line
from costdna_companion.write.single import patiently

STATUSES = ("kept", "changed", "gone", "unreadable")


def verify(
    cloud,
    journal: Journal,
    tell: Callable[[dict], None] = lambda outcome: None,
    stop: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
) -> list[dict]:
    """Read every tag the run says it wrote, by the service's own call where the Tagging API cannot read.

    kept: it is what was written. changed, gone: somebody changed or removed it since. unreadable: AWS did not say.
    """
    out = []
    for line in journal.of("outcome"):
        if line["status"] != "written":
            continue
        if stop():
            break
        entry = {"arn": line["arn"], "key": line["key"], "new": line["new"]}
        try:
            found = patiently(lambda: cloud.read(of_line(line)), wait).get(line["key"])
            entry |= {
                "status": "kept" if found == line["new"] else "gone" if found is None else "changed",
                "found": found,
                "detail": "",
            }
        except WriteRefused as error:
            entry |= {"status": "unreadable", "found": None, "detail": f"{error.code}: {error.message}"}
        out.append(entry)
        tell(entry)
    return out
