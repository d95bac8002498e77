"""costdna watch over a bill that changes hands: kept, compared, told once, silent where nothing changed; no secret and
no name where it should not be.
"""

import datetime as dt
import json
import plistlib
import shlex
import shutil

import pytest
from costdna.errors import CostDNAError, UsageError
from costdna_companion.cli import app
from costdna_companion.watch import runs as kept
from small_bills import rows, text
from typer.testing import CliRunner

PERSON = "mia.planted"
APP = app()


class Watcher:
    """A folder of runs. `bill` writes a bill; `look` puts a run of that bill there, as a scan elsewhere would have
    saved it, and watches.
    """

    def __init__(self, folder, made):
        self.folder, self.runs, self.made, self.day = folder, folder / "runs", made, 0

    def bill(self, team="search"):
        (self.folder / "bill.csv").write_text(bill(team), encoding="utf-8")
        return self

    def run(self, *words, code=0, bill=True):
        done = CliRunner().invoke(
            APP,
            [
                "watch",
                *([str(self.folder / "bill.csv")] if bill else []),
                "--runs",
                str(self.runs),
                "--no-model",
                *map(str, words),
            ],
            catch_exceptions=False,
        )
        assert done.exit_code == code, done.output
        return done

    def look(self, team, *words, code=0):
        self.day += 1
        shutil.copytree(self.made / team, self.runs / f"2026-11-{self.day:02}T06-00-00Z")
        return self.run(*words, code=code, bill=False)

    def files(self):
        return {p: p.read_bytes() for p in self.folder.rglob("*") if p.is_file() and p.name not in ("bill.csv", "url")}


def bill(team):
    """A bill whose resource i-0001 is of `team`; all of it was made by somebody with a name."""
    lines = rows(40)
    for line in lines:
        line |= {
            "lineItem/UsageAccountId": "111122223333",
            "resourceTags/aws:createdBy": f"IAMUser:AIDAPLANTED000000001:{PERSON}",
            "resourceTags/user:team": "",
        }
        line["resourceTags/user:Team"] = team if line["lineItem/ResourceId"] == "i-0001" else "infra"
        if team == "more" and line["lineItem/ResourceId"] == "i-0002":
            line["lineItem/ResourceId"] = "i-0009"
    return text(lines)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A saved run of each bill."""
    folder = tmp_path_factory.mktemp("made")
    for team in ("search", "payments", "more"):
        (folder / f"{team}.csv").write_text(bill(team).replace("more", "payments"), encoding="utf-8")
        done = CliRunner().invoke(
            APP,
            [
                "attribute",
                str(folder / f"{team}.csv"),
                "--no-model",
                "-q",
                "-o",
                "json",
                "--save-dir",
                str(folder / team),
            ],
            catch_exceptions=False,
        )
        assert done.exit_code == 0
    return folder


@pytest.fixture
def watcher(tmp_path, made):
    return Watcher(tmp_path, made)


def test_it_is_silent_where_nothing_changed_and_tells_what_did_once(watcher, sink):
    words = ("-q", "--webhook", sink.address, "--slack", sink.address, "--teams", sink.address)
    # the first has nothing before it, the second no change
    assert watcher.bill("search").run(*words).output == "" and watcher.run(*words).output == "" and not sink.got
    before = watcher.files()
    dry = watcher.bill("payments").run(*words, "--dry-run").stdout
    assert watcher.files() == before and not sink.got
    shown = watcher.run(*words)
    assert "search → payments: 1 resource" in shown.stdout and len(sink.got) == 3 and len(kept.names(watcher.runs)) == 3
    # to the byte, but for the name that an unsaved run has not
    assert dry.replace("unsaved", kept.names(watcher.runs)[-1]) == "".join(
        body.decode() + "\n" for _, _, body in sink.got
    )
    slack, teams, webhook = (json.loads(body) for _, _, body in sink.got)
    assert (
        webhook["counts"] == {"owner": 1, "new": 0, "gone": 0, "less_sure": 0}
        and webhook["severity"]["major"] == 1
        and "blocks" in slack
        and teams["attachments"]
    )
    assert set(kept.told(watcher.runs)) == {"slack", "teams", "webhook"}
    # shown again on request, never told again
    assert watcher.run("-q", "--webhook", sink.address, bill=False).stdout and len(sink.got) == 3


def test_a_digest_that_could_not_be_sent_is_told_the_next_time(watcher, sink, waits):
    words = ("-q", "--webhook", sink.address, "--slack", sink.address)
    assert watcher.look("search", *words).output == ""
    sink.answers = [200, *[503] * 4]  # Slack hears it, the webhook does not
    with pytest.raises(CostDNAError, match="could not be sent to webhook") as caught:
        watcher.look("payments", *words)
    assert caught.value.exit_code == 1 and len(sink.got) == 5
    sink.got.clear()
    assert watcher.look("payments", *words).stdout == ""
    ((_, _, body),) = sink.got
    told, (first, *_, last) = json.loads(body), ["2026-11-01T06-00-00Z", "2026-11-03T06-00-00Z"]
    assert (told["from"], told["to"], told["counts"]["owner"]) == (first, last, 1)


def test_in_quiet_hours_what_is_not_major_waits_and_is_told_afterwards(watcher, sink, monkeypatch):
    from costdna_companion.watch import hours

    words = ("--webhook", sink.address, "--quiet-hours", "20:00-08:00")
    monkeypatch.setattr(hours, "clock", lambda: dt.time(23, 0))
    watcher.look("payments", *words)
    told = watcher.look("more", *words)  # a resource came and another went: minor
    assert not sink.got and "after the quiet hours" in told.stderr and "is new" in told.stdout
    assert watcher.run(*words, "--dry-run", bill=False).stdout == "" and kept.told(watcher.runs) == {
        "webhook": "2026-11-01T06-00-00Z"
    }
    watcher.look("more", *words)
    monkeypatch.setattr(hours, "clock", lambda: dt.time(8, 0))
    watcher.look("more", *words, "-q")
    ((_, _, body),) = sink.got
    assert (json.loads(body)["from"], json.loads(body)["counts"]["new"]) == ("2026-11-01T06-00-00Z", 1)
    monkeypatch.setattr(hours, "clock", lambda: dt.time(23, 0))
    watcher.look("search", *words)  # another owner, both sure: that does not wait
    assert len(sink.got) == 2 and json.loads(sink.got[1][2])["severity"]["major"]


def test_nobodys_name_and_no_address_is_sent_shown_or_kept(watcher, sink, waits, capfd):
    (watcher.folder / "url").write_text(sink.address)
    words = ("--slack", f"file:{watcher.folder / 'url'}", "--webhook", sink.address, "--show-resources")
    out = [watcher.look("search", *words).output, watcher.look("payments", *words).output]
    sink.answers = [404]
    with pytest.raises(CostDNAError) as caught:
        watcher.look("search", *words)
    sent = [b.decode() for _, _, b in sink.got]
    assert len(sent) == 4 and all("i-0001" in text for text in sent) and PERSON in bill("search")
    everything = [*out, str(caught.value), *capfd.readouterr(), *sent, *(c.decode() for c in watcher.files().values())]
    for planted in ("planted-secret", PERSON, "AIDAPLANTED", str(sink.server.server_port)):
        assert not [text[:80] for text in everything if planted in text], planted


def test_resource_names_leave_only_when_asked(watcher, sink):
    for team, more in (("search", ()), ("payments", ()), ("search", ("--show-resources",))):
        watcher.look(team, "-q", "--webhook", sink.address, *more)
    plain, named = (body.decode() for _, _, body in sink.got)
    assert "i-0001" not in plain and "i-0001" in named


def test_findings_set_the_exit_code_and_least_decides_what_is_told(watcher, sink):
    watcher.look("search", "-q", "--fail-on", "major")
    watcher.look("search", "-q", "--fail-on", "uncertain")
    watcher.look("payments", "-q", "--fail-on", "major", code=3)
    found = json.loads(
        watcher.look("more", "--fail-on", "major", "--least", "major", "--webhook", sink.address, "-o", "json").stdout
    )
    assert not sink.got and found["changes"] == 0  # one resource came and one went: below what was asked for
    assert json.loads(watcher.run("-o", "json", bill=False).stdout)["counts"] == {
        "owner": 0,
        "new": 1,
        "gone": 1,
        "less_sure": 0,
    }
    watcher.look("search", "-q", "--fail-on", "minor", code=3)


def test_without_a_bill_the_newest_run_is_looked_at_and_old_ones_stay(watcher, sink):
    with pytest.raises(UsageError, match="no run to look at"):
        watcher.run(bill=False)
    assert "first run" in watcher.look("search", "--webhook", sink.address).stderr
    found = json.loads(watcher.look("payments", "-o", "json", "--webhook", sink.address, "--keep", "1").stdout)
    assert found["counts"]["owner"] == 1 and len(sink.got) == 1 and len(kept.names(watcher.runs)) == 2


def test_old_runs_go_where_that_is_asked(watcher):
    for team in ("search", "payments"):
        watcher.look(team, "-q")
    watcher.bill("payments").run("-q", "--keep", "2")
    assert [n[:10] for n in kept.names(watcher.runs)][0] == "2026-11-02" and len(kept.names(watcher.runs)) == 2


def test_a_trail_makes_the_watch_a_scan(tmp_path):
    from costdna_companion.demo.write import write_demo

    write_demo(tmp_path, scale=0.03, formats=["cur2"], trail=True)
    words = [
        "watch",
        str(tmp_path / "cur2"),
        "--runs",
        str(tmp_path / "runs"),
        "--trail",
        str(tmp_path / "trail"),
        "--work-dir",
        str(tmp_path / "work"),
        "--processes",
        "1",
        "-q",
    ]
    assert CliRunner().invoke(APP, words, catch_exceptions=False).exit_code == 0
    (name,) = kept.names(tmp_path / "runs")
    assert (
        json.loads((tmp_path / "runs" / name / "report.json").read_text())["events"]["matched"] > 0
        and (tmp_path / "runs" / name / "events.csv").is_file()
    )


def test_the_unit_is_this_command_with_absolute_paths_and_no_secret(watcher, monkeypatch, sink):
    watcher.bill("search")
    monkeypatch.chdir(watcher.folder)
    run = lambda *words: CliRunner().invoke(
        APP,
        [
            "watch",
            "bill.csv",
            "--runs",
            "the runs",
            "--tag-key",
            "Team",
            "--tag-key",
            "50% off",
            "--fail-on",
            "major",
            *words,
        ],
        catch_exceptions=False,
    )
    done = run("--slack", "file:url", "--unit", "launchd", "--at", "05:07")
    read = plistlib.loads(done.stdout.encode())
    command = read["ProgramArguments"]
    assert command[0].endswith("/costdna") and command[1:] == [
        "watch",
        "--runs",
        str(watcher.folder / "the runs"),
        "--tag-key",
        "Team",
        "--tag-key",
        "50% off",
        "--fail-on",
        "major",
        "--slack",
        f"file:{watcher.folder / 'url'}",
        "--quiet",
        "--",
        str(watcher.folder / "bill.csv"),
    ]
    assert (
        str(watcher.folder / "a trail") in run("--trail", "a trail", "--unit", "systemd").stdout
        and '"s3://a/trail"' in run("--trail", "s3://a/trail", "--unit", "systemd").stdout
    )
    assert (
        read["StartCalendarInterval"] == {"Minute": 7, "Hour": 5}
        and "launchctl" in done.stderr
        and not watcher.runs.exists()
    )
    assert shlex.split(run("--unit", "cron").stdout.split(" ", 5)[5].replace("\\%", "%"))[3:5] == [command[0], "watch"]
    monkeypatch.setenv("HOOK", sink.address)
    for words, match in (
        (("--slack", sink.address), "holds no address"),
        (("--teams", "env:HOOK"), "holds no address"),
        (("--external-id", "planted-secret"), "no secret"),
        (("--every", "year"), "no such unit"),
        (("--at", "25:00"), "no such unit"),
    ):
        with pytest.raises(UsageError, match=match) as caught:
            run(*words, "--unit", "cron")
        assert "planted-secret" not in str(caught.value)
    words = shlex.split(run("--slack", "file:url", "--unit", "cron").stdout.split(" ", 5)[5].replace("\\%", "%"))
    (watcher.folder / "url").write_text(sink.address)
    assert CliRunner().invoke(APP, words[4:], catch_exceptions=False).output == ""  # the printed command is understood
    assert len(kept.names(watcher.folder / "the runs")) == 1


def test_words_nobody_knows_are_named(watcher):
    for words in (("--least", "huge"), ("--fail-on", "any"), ("--metric", "net")):
        with pytest.raises(UsageError, match="does not know that word"):
            watcher.run(*words)
    with pytest.raises(UsageError, match="one place"):
        watcher.run("--scan", watcher.folder, "--trail", watcher.folder)
