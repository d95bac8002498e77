"""Long work in a thread of its own, one at a time: progress, pause, resume, cancel. A job stops only where its work
says that it may.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from costdna.errors import CostDNAError


class Cancelled(Exception):
    """The job was told to stop and did, at a place where nothing is left half done."""


@dataclass
class Job:
    """One piece of work. state: running, paused, stopping, done, failed, cancelled. lines: what it told, newest last,
    at most 200.
    """

    id: str
    tool: str
    state: str = "running"
    text: str = ""
    done: int = 0
    total: int = 0
    result: object = None
    error: dict | None = None
    lines: list[dict] = field(default_factory=list)
    _go: threading.Event = field(default_factory=threading.Event, repr=False)
    _stop: bool = False
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    def tell(self, text: str = "", done: int = 0, total: int = 0) -> None:
        """Say how far it is."""
        self.text, self.done, self.total = text or self.text, done, total

    def line(self, entry: dict) -> None:
        """Say what became of one thing."""
        self.lines = [*self.lines, entry][-200:]

    def stopped(self) -> bool:
        """A place where the work may stop: waits while paused; True where it has been cancelled."""
        if not self._go.is_set() and not self._stop:
            self.state = "paused"
            self._go.wait()
            self.state = "stopping" if self._stop else "running"
        return self._stop

    def breathe(self) -> None:
        """As `stopped`, for work that has nothing to tidy up. Raises Cancelled."""
        if self.stopped():
            raise Cancelled

    def shown(self) -> dict:
        """What the page is told."""
        return {
            "id": self.id,
            "tool": self.tool,
            "state": self.state,
            "text": self.text,
            "done": self.done,
            "total": self.total,
            "lines": self.lines,
            "result": self.result,
            "error": self.error,
        }


class Jobs:
    """The job that runs and those that ran, by id."""

    def __init__(self):
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, tool: str, work: Callable[[Job], object]) -> Job:
        """Begin work(job) → result. Raises CostDNAError while another job runs."""
        with self._lock:
            busy = next((j for j in self._jobs.values() if not j._over.is_set()), None)
            if busy:
                raise CostDNAError(
                    "Something else is still running.",
                    found=f"{busy.tool} ({busy.state})",
                    next_step="Wait for it, or cancel it.",
                    code="busy",
                )
            job = Job(secrets.token_hex(8), tool)
            job._go.set()
            self._jobs = {**dict(list(self._jobs.items())[-20:]), job.id: job}
        threading.Thread(target=self._run, args=(job, work), name=f"costdna-{tool}", daemon=True).start()
        return job

    def _run(self, job: Job, work) -> None:
        state = "failed"
        try:
            job.result = work(job)
            state = "cancelled" if job._stop else "done"
        except Cancelled:
            state = "cancelled"
        except CostDNAError as error:
            job.error = error.to_dict()
        # a bug must not leave the page waiting; its text may hold anything, so only its kind is told
        except Exception as error:
            job.error = {
                "code": "bug",
                "message": "Something in CostDNA broke.",
                "found": type(error).__name__,
                "where": job.tool,
                "next": "Please report it with what you did.",
            }
        finally:
            with self._lock:  # a wish that comes at this moment finds it over, and says nothing else of it
                job.state = state
                job._over.set()

    def get(self, id_: str) -> Job | None:
        return self._jobs.get(id_)

    def running(self) -> Job | None:
        """The job that is not over, if any."""
        return next((j for j in self._jobs.values() if not j._over.is_set()), None)

    def control(self, id_: str, wish: str) -> Job | None:
        """pause, resume or cancel; None where there is no such job."""
        job = self.get(id_)
        with self._lock:
            if job is None or job._over.is_set():
                return job
            if wish == "pause":
                job._go.clear()
            elif wish == "resume":
                job._go.set()
            elif wish == "cancel":
                job._stop = True
                job.state = "stopping"
                job._go.set()
            return job

    def quit(self, seconds: float = 20) -> bool:
        """Cancel what runs and wait for it; True where nothing runs any more."""
        job = self.running()
        if job is None:
            return True
        self.control(job.id, "cancel")
        return job._over.wait(seconds)
