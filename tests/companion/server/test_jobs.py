"""One job at a time; it pauses, goes on and stops only where its work says that it may."""

import threading
import time

import pytest
from costdna.errors import CostDNAError, UsageError
from costdna_companion.server.jobs import Jobs


def until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


class Steps:
    """Work of many steps that can be watched: one goes by with each permit."""

    def __init__(self):
        self.done, self.permits = 0, threading.Semaphore(0)

    def __call__(self, job):
        while not job.stopped() and self.done < 5:
            self.permits.acquire()
            self.done += 1
            job.tell("stepping", self.done, 5)
            job.line({"step": self.done})
        return {"steps": self.done}


def test_it_tells_how_far_it_is_and_what_came_of_it():
    jobs, steps = Jobs(), Steps()
    job = jobs.start("count", steps)
    assert jobs.get(job.id).shown()["state"] == "running" and jobs.running() is job
    steps.permits.release(5)
    until(lambda: job.state == "done")
    assert (
        job.shown()["result"] == {"steps": 5}
        and (job.done, job.total) == (5, 5)
        and len(job.lines) == 5
        and jobs.running() is None
    )


def test_a_second_is_refused_while_one_runs():
    jobs, steps = Jobs(), Steps()
    jobs.start("count", steps)
    with pytest.raises(CostDNAError, match="still running"):
        jobs.start("count", lambda job: None)
    steps.permits.release(5)


def test_pause_holds_it_and_resume_lets_it_go():
    jobs, steps = Jobs(), Steps()
    job = jobs.start("count", steps)
    jobs.control(job.id, "pause")
    steps.permits.release(5)
    until(lambda: job.state == "paused")
    held = steps.done
    time.sleep(0.05)
    assert steps.done == held < 5
    jobs.control(job.id, "resume")
    until(lambda: job.state == "done")
    assert steps.done == 5


@pytest.mark.parametrize("paused", [False, True])
def test_cancel_ends_it_at_the_next_place(paused):
    jobs, steps = Jobs(), Steps()
    job = jobs.start("count", steps)
    if paused:
        jobs.control(job.id, "pause")
        steps.permits.release(1)
        until(lambda: job.state == "paused")
    jobs.control(job.id, "cancel")
    steps.permits.release(1)
    until(lambda: job.state == "cancelled")
    assert steps.done <= 2 and jobs.control(job.id, "resume").state == "cancelled"


def test_quit_waits_for_the_row_in_hand():
    jobs, steps = Jobs(), Steps()
    job = jobs.start("count", steps)
    threading.Timer(0.05, steps.permits.release).start()
    assert jobs.quit() and job.state == "cancelled" and steps.done == 1 and Jobs().quit()


def test_an_error_a_person_can_act_on_is_told_and_a_bug_keeps_its_secrets():
    jobs = Jobs()

    def refuse(job):
        raise UsageError("No.", found="x", next_step="Do y.", code="no")

    def breaks(job):
        raise ValueError("password=planted")

    first = jobs.start("a", refuse)
    until(lambda: first.state == "failed")
    second = jobs.start("b", breaks)
    until(lambda: second.state == "failed")
    assert first.error["next"] == "Do y." and "planted" not in str(second.shown())


def test_a_wish_that_comes_as_the_work_ends_leaves_it_ended():
    """Both hands on the door: the wish waits until the job is over, and is then none."""
    jobs, steps = Jobs(), Steps()
    job = jobs.start("count", steps)
    with jobs._lock:
        steps.permits.release(5)
        until(lambda: job.done == 5)
        wish = threading.Thread(target=jobs.control, args=(job.id, "cancel"))
        wish.start()
        time.sleep(0.02)
        assert job.state == "running" and not job._over.is_set()
    wish.join(5)
    until(lambda: job._over.is_set())
    assert job.state in ("done", "cancelled")
