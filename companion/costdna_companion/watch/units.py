"""A command as a unit of the machine's own scheduler: printed for the user to install, never installed from here."""

import plistlib
import shlex
import subprocess
import xml.etree.ElementTree as ET

from costdna.errors import UsageError

KINDS = ("cron", "systemd", "launchd", "task-scheduler")
EVERY = ("hour", "day", "week")
LABEL = "costdna-watch"
_TASK = "http://schemas.microsoft.com/windows/2004/02/mit/task"

INSTALL = {
    "cron": "Add this line with: crontab -e",
    "systemd": f"Save the two parts as {LABEL}.service and {LABEL}.timer in ~/.config/systemd/user, then: systemctl --user enable --now {LABEL}.timer",
    "launchd": f"Save this as ~/Library/LaunchAgents/{LABEL}.plist, then: launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/{LABEL}.plist",
    "task-scheduler": f"Save this as {LABEL}.xml, then: schtasks /create /xml {LABEL}.xml /tn {LABEL}",
}
"""What to do with it, said on stderr."""


def unit(kind: str, command: list[str], folder: str, every: str = "day", hour: int = 6, minute: int = 0) -> str:
    """The text of a unit that runs `command` (absolute paths) in `folder` every hour, day, or Monday, in the machine's
    local time.

    Raises UsageError for words that no unit can hold (line breaks, control characters).
    """
    for word in (*command, folder):
        if any(not c.isprintable() for c in word):
            raise UsageError(
                "A scheduler's unit cannot hold this word.",
                found=repr(word)[:80],
                next_step="Rename the file, or take the control character out.",
                code="unit",
            )
    return {"cron": _cron, "systemd": _systemd, "launchd": _launchd, "task-scheduler": _task}[kind](
        command, folder, every, hour, minute
    )


def _cron(command: list[str], folder: str, every: str, hour: int, minute: int) -> str:
    """One line of a crontab; there a per cent sign would end the command."""
    when = {"hour": f"{minute} * * * *", "day": f"{minute} {hour} * * *", "week": f"{minute} {hour} * * 1"}[every]
    return f"{when} " + f"cd {shlex.quote(folder)} && {shlex.join(command)}".replace("%", r"\%") + "\n"


def _systemd(command: list[str], folder: str, every: str, hour: int, minute: int) -> str:
    """A service and its timer (systemd.service(5), systemd.time(7))."""
    when = {
        "hour": f"*-*-* *:{minute:02}:00",
        "day": f"*-*-* {hour:02}:{minute:02}:00",
        "week": f"Mon *-*-* {hour:02}:{minute:02}:00",
    }[every]
    word = lambda w: '"' + w.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'
    # variables are not looked for in the program's own path
    quoted = " ".join([word(command[0]), *(word(w).replace("$", "$$") for w in command[1:])])
    return (
        f"# {LABEL}.service\n[Unit]\nDescription=CostDNA drift watch\n\n[Service]\nType=oneshot\nWorkingDirectory={folder.replace('%', '%%')}\nExecStart={quoted}\n\n"
        f"# {LABEL}.timer\n[Unit]\nDescription=When the CostDNA drift watch runs\n\n[Timer]\nOnCalendar={when}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )


def _launchd(command: list[str], folder: str, every: str, hour: int, minute: int) -> str:
    """A launch agent (launchd.plist(5))."""
    when = (
        {"Minute": minute} | ({} if every == "hour" else {"Hour": hour}) | ({"Weekday": 1} if every == "week" else {})
    )
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": command,
            "WorkingDirectory": folder,
            "StartCalendarInterval": when,
            "ProcessType": "Background",
        }
    ).decode()


def _task(command: list[str], folder: str, every: str, hour: int, minute: int) -> str:
    """A task of the Windows Task Scheduler, ASCII throughout so that no encoding of the saved file breaks it."""
    ET.register_namespace("", _TASK)
    root = ET.Element(f"{{{_TASK}}}Task", version="1.2")

    def put(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
        element = ET.SubElement(parent, f"{{{_TASK}}}{name}")
        element.text = text
        return element

    put(put(root, "RegistrationInfo"), "Description", "CostDNA drift watch")
    trigger = put(put(root, "Triggers"), "CalendarTrigger")
    # a Monday; a start in the past is fine
    put(trigger, "StartBoundary", f"2026-01-05T{0 if every == 'hour' else hour:02}:{minute:02}:00")
    if every == "hour":
        put(put(trigger, "Repetition"), "Interval", "PT1H")
    if every == "week":
        week = put(trigger, "ScheduleByWeek")
        put(week, "WeeksInterval", "1")
        put(put(week, "DaysOfWeek"), "Monday")
    else:
        put(put(trigger, "ScheduleByDay"), "DaysInterval", "1")
    settings = put(root, "Settings")
    put(settings, "MultipleInstancesPolicy", "IgnoreNew")
    put(settings, "StartWhenAvailable", "true")
    exec_ = put(put(root, "Actions"), "Exec")
    put(exec_, "Command", command[0])
    put(exec_, "Arguments", subprocess.list2cmdline(command[1:]))
    put(exec_, "WorkingDirectory", folder)
    ET.indent(root)
    return '<?xml version="1.0"?>\n' + ET.tostring(root, encoding="us-ascii", xml_declaration=False).decode() + "\n"
