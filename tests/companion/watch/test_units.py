"""Each unit is parsed by what parses it where it is installed, and gives back the command word by word."""

import configparser
import plistlib
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from costdna.errors import UsageError
from costdna_companion.watch.units import EVERY, INSTALL, KINDS, unit

COMMAND = [
    "/opt/cost dna/bin/costdna",
    "watch",
    "--tag-key",
    "50% & <more> \"quoted\" 'single' $HOME \\ é",
    "--quiet",
    "--",
    "/bills/Zürich;rm -rf",
]
FOLDER = "/home/planted person/100%"


def test_cron_runs_the_words_and_escapes_its_per_cent_sign(tmp_path):
    line = unit("cron", COMMAND, FOLDER, "week", 5, 30).strip()
    fields, command = line.split(" ", 5)[:5], line.split(" ", 5)[5]
    assert fields == ["30", "5", "*", "*", "1"] and "\n" not in line
    assert all(command[i - 1] == "\\" for i, c in enumerate(command) if c == "%")
    assert shlex.split(command.replace("\\%", "%")) == ["cd", FOLDER, "&&", *COMMAND]
    folder = tmp_path / "100% 'of' it"
    folder.mkdir()
    shown = subprocess.run(
        [
            "sh",
            "-c",
            unit("cron", ["/usr/bin/printf", "%s\\n", *COMMAND], str(folder)).split(" ", 5)[5].replace("\\%", "%"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.splitlines() == COMMAND  # as cron gives it to the shell


def test_systemd_units_are_ini_and_their_quoting_is_systemds():
    service, timer = unit("systemd", COMMAND, FOLDER, "day", 4, 5).split("# costdna-watch.timer\n")
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str
    read.read_string(service)
    assert read["Service"]["Type"] == "oneshot" and read["Service"]["WorkingDirectory"] == FOLDER.replace("%", "%%")
    # for these words systemd's rules are the shell's, then %% and $$
    assert [w.replace("%%", "%").replace("$$", "$") for w in shlex.split(read["Service"]["ExecStart"])] == COMMAND
    read.read_string(timer)
    assert read["Timer"]["OnCalendar"] == "*-*-* 04:05:00" and read["Install"]["WantedBy"] == "timers.target"


def test_launchd_is_a_property_list():
    read = plistlib.loads(unit("launchd", COMMAND, FOLDER, "week", 6, 15).encode())
    assert (
        read["ProgramArguments"] == COMMAND
        and read["WorkingDirectory"] == FOLDER
        and read["StartCalendarInterval"] == {"Minute": 15, "Hour": 6, "Weekday": 1}
    )
    assert plistlib.loads(unit("launchd", COMMAND, FOLDER, "hour", 6, 15).encode())["StartCalendarInterval"] == {
        "Minute": 15
    }


def test_the_task_schedulers_xml_is_ascii_and_in_the_order_of_its_schema():
    text = unit("task-scheduler", COMMAND, FOLDER, "hour", 6, 15)
    root, name = ET.fromstring(text), "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    assert text.isascii() and root.tag == name + "Task"
    run = root.find(f"{name}Actions/{name}Exec")
    assert (
        run.find(name + "Command").text == COMMAND[0]
        and run.find(name + "Arguments").text == subprocess.list2cmdline(COMMAND[1:])
        and run.find(name + "WorkingDirectory").text == FOLDER
    )
    trigger = root.find(f"{name}Triggers/{name}CalendarTrigger")
    assert [e.tag.removeprefix(name) for e in trigger] == [
        "StartBoundary",
        "Repetition",
        "ScheduleByDay",
    ] and trigger.find(name + "StartBoundary").text.endswith("T00:15:00")
    week = ET.fromstring(unit("task-scheduler", COMMAND, FOLDER, "week")).find(f".//{name}ScheduleByWeek")
    assert [e.tag.removeprefix(name) for e in week.iter()] == [
        "ScheduleByWeek",
        "WeeksInterval",
        "DaysOfWeek",
        "Monday",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_that_would_break_out_of_the_unit_is_refused(kind):
    assert set(INSTALL) == set(KINDS) and all(unit(kind, COMMAND, FOLDER, every) for every in EVERY)
    for word in ("a\nExecStart=/bin/sh", "a\x00", "a\rb"):
        with pytest.raises(UsageError, match="cannot hold"):
            unit(kind, ["/x", word], FOLDER)


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"),
    reason="systemd-analyze is not installed: the unit was parsed here, not by systemd",
)
@pytest.mark.parametrize("every", EVERY)
def test_systemd_itself_takes_the_unit(tmp_path, every):
    parts = unit("systemd", [sys.executable, *COMMAND[1:]], str(tmp_path), every).partition("# costdna-watch.timer\n")
    for suffix, text in (("service", parts[0]), ("timer", parts[2])):
        (tmp_path / f"costdna-watch.{suffix}").write_text(text, encoding="utf-8")
    verify = lambda: subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True, timeout=60
    )
    done = verify()
    assert done.returncode == 0 and "costdna-watch" not in done.stderr
    (tmp_path / "costdna-watch.service").write_text(parts[0].replace('"\n', "\n"), encoding="utf-8")
    assert "costdna-watch.service" in verify().stderr  # an open quote is seen
