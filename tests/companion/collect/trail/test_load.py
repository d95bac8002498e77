"""Trail files are read once, whole, and to the same bytes whatever happened in between."""

import gzip
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from costdna.errors import BillError, UsageError
from costdna_companion.collect.trail import load as loading
from costdna_companion.collect.trail.load import load

NAME = "AWSLogs/{a}/CloudTrail/eu-west-1/2026/01/{d:02d}/{a}_CloudTrail_eu-west-1_202601{d:02d}T0005Z_{n:016d}.json.gz"


def event(n: int, **more) -> dict:
    return {
        "eventID": f"e{n}",
        "eventTime": f"2026-01-02T00:{n // 60 % 60:02d}:{n % 60:02d}Z",
        "eventName": "RunInstances",
        "eventSource": "ec2.amazonaws.com",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "readOnly": False,
        "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "ana"},
        "requestParameters": {"instanceId": f"i-{n:017x}"},
        "responseElements": None,
        **more,
    }


def deliver(folder: Path, files: dict[str, list[dict]]) -> Path:
    for name, events in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps({"Records": events}).encode(), mtime=0))
        os.utime(path, (0, 0))
    return folder


def read(path: Path) -> list[tuple]:
    return duckdb.sql(f"SELECT x_EventId, x_ActorId, x_ActorKind, x_Resources FROM read_parquet('{path}')").fetchall()


@pytest.fixture
def trail(tmp_path) -> Path:
    files = {NAME.format(a="111122223333", d=1 + n % 5, n=n): [event(n * 10 + k) for k in range(10)] for n in range(12)}
    return deliver(tmp_path / "trail", files)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(loading, "BATCH_BYTES", 900)


def test_who_pauses_between_two_batches_pauses_the_processes(tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(loading, "_pool", ThreadPoolExecutor)
    monkeypatch.setattr(loading, "write_part", lambda root, parts, batch: begun.append(batch) or len(begun))
    each = loading._each(tmp_path, tmp_path, list(range(50)), 2)
    next(each)
    time.sleep(0.05)
    assert len(begun) <= 4
    assert len([next(each) for _ in range(48)]) == 48 and sorted(begun) == list(range(50))
    each.close()


def test_two_scans_at_once_do_not_take_each_others_parts_away(trail, tmp_path):
    seen = []

    def meanwhile(done, total, events):
        with pytest.raises(UsageError, match="Another scan") as error:
            load(trail, tmp_path / "out", processes=1)
        seen.append(error.value.next_step)

    assert load(trail, tmp_path / "out", processes=1, tell=meanwhile).events == 120 and "--work-dir" in seen[0]
    assert load(trail, tmp_path / "out", processes=1).read == 0


def test_each_event_is_kept_once_in_the_order_of_time(trail, tmp_path):
    deliver(trail, {NAME.format(a="111122223333", d=9, n=99): [event(3), event(4), event(500)]})
    loaded = load(trail, tmp_path / "out", processes=1)
    ids = [row[0] for row in read(loaded.path)]
    assert (loaded.events, loaded.duplicates, loaded.files) == (121, 2, 13)
    assert ids == [f"e{n}" for n in [*range(120), 500]]


def test_digests_and_insights_are_passed_over(trail, tmp_path):
    deliver(
        trail,
        {
            "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/01/01/d.json.gz": [event(900)],
            "AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/2026/01/01/i.json.gz": [event(901)],
        },
    )
    assert load(trail, tmp_path / "out", processes=1).events == 120


def test_a_second_run_reads_nothing_and_a_changed_file_is_read_again(trail, tmp_path, small_batches):
    first = load(trail, tmp_path / "out", processes=1)
    before = first.path.read_bytes()
    assert first.read == 12 and load(trail, tmp_path / "out", processes=1).read == 0
    assert first.path.read_bytes() == before
    deliver(trail, {NAME.format(a="111122223333", d=1, n=0): [event(700)] + [event(k) for k in range(10)]})
    again = load(trail, tmp_path / "out", processes=1)
    assert 0 < again.read < 12 and again.events == 121


def test_the_number_of_processes_does_not_change_the_bytes(trail, tmp_path, small_batches):
    one = load(trail, tmp_path / "one", processes=1).path.read_bytes()
    assert load(trail, tmp_path / "two", processes=2).path.read_bytes() == one


_KILLED = """
import sys
from pathlib import Path
from costdna_companion.collect.trail import load as loading
loading.BATCH_BYTES = 900
loading.load(Path(sys.argv[1]), Path(sys.argv[2]), processes=int(sys.argv[3]))
"""


def test_killed_at_any_moment_and_resumed_the_result_is_byte_equal(trail, tmp_path, small_batches):
    whole = load(trail, tmp_path / "whole", processes=1).path.read_bytes()
    killed_midway = 0
    for delay, processes in ((0.05, 1), (0.1, 2), (0.2, 1), (0.4, 2)):
        out = tmp_path / f"out{delay}"
        run = subprocess.Popen([sys.executable, "-c", _KILLED, str(trail), str(out), str(processes)])
        while not (out / "parts").exists() and run.poll() is None:
            time.sleep(0.01)
        time.sleep(delay / 4)
        run.send_signal(signal.SIGKILL)
        killed_midway += run.wait() == -signal.SIGKILL
        assert load(trail, out, processes=1).path.read_bytes() == whole
    assert killed_midway


_HELD = """
import os, sys, time
from costdna_companion.collect.trail import load as loading
with loading._pool(1) as pool:
    pool.submit(os.open, sys.argv[1], os.O_WRONLY).result()
    print("held", flush=True)
    pool.submit(time.sleep, 600).result()
"""


def test_a_reading_process_ends_when_its_parent_is_killed(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen([sys.executable, "-c", _HELD, str(pipe)], stdout=subprocess.PIPE) as run:
        try:
            assert run.stdout.readline() == b"held\n"
            assert not select.select([end], [], [], 0.2)[0]  # the reading process lives: it holds the other end
        finally:
            run.kill()
        assert select.select([end], [], [], 30)[0] and os.read(end, 1) == b""
    os.close(end)


def test_what_a_killed_run_left_of_its_table_is_cleared(trail, tmp_path):
    out = tmp_path / "out"
    (out / ".events.parquet.77.spill").mkdir(parents=True)
    (out / ".events.parquet.77").write_bytes(b"half")
    load(trail, out, processes=1)
    assert sorted(path.name for path in out.iterdir()) == ["events.parquet", "parts"]


def test_parts_of_an_earlier_reader_are_read_anew(trail, tmp_path, small_batches, monkeypatch):
    load(trail, tmp_path / "out", processes=1)
    monkeypatch.setattr(loading, "_FORMAT", loading._FORMAT + 1)
    assert load(trail, tmp_path / "out", processes=1).read == 12


def test_events_without_an_id_are_all_kept(tmp_path):
    nameless = [{**event(1), "eventID": None}, {name: value for name, value in event(1).items() if name != "eventID"}]
    trail = deliver(tmp_path / "trail", {NAME.format(a="111122223333", d=1, n=1): nameless * 2})
    loaded = load(trail, tmp_path / "out", processes=1)
    assert (loaded.events, loaded.duplicates) == (4, 0)


def test_a_time_that_is_none_is_told_with_its_batch(trail, tmp_path):
    deliver(trail, {NAME.format(a="111122223333", d=1, n=99): [event(1, eventTime="yesterday")]})
    with pytest.raises(BillError, match="not a CloudTrail file") as error:
        load(trail, tmp_path / "out", processes=1)
    assert "yesterday" in error.value.found and "13 files" in error.value.where


def test_a_chained_role_is_followed_across_files(tmp_path):
    sts = event(
        1,
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        responseElements={"credentials": {"accessKeyId": "ASIA1"}},
    )
    role = {
        "type": "AssumedRole",
        "accountId": "111122223333",
        "accessKeyId": "ASIA1",
        "arn": "arn:aws:sts::111122223333:assumed-role/Dev/botocore-session-1",
    }
    trail = deliver(
        tmp_path / "trail",
        {
            NAME.format(a="111122223333", d=2, n=2): [sts],
            NAME.format(a="111122223333", d=1, n=1): [event(2, userIdentity=role)],
        },
    )
    assert [row[1:3] for row in read(load(trail, tmp_path / "out", processes=1).path)] == [
        ("human:111122223333:ana", "human")
    ] * 2


def test_no_access_key_is_kept(tmp_path):
    planted = "AKIAPLANTEDPLANTED00"
    trail = deliver(
        tmp_path / "trail",
        {
            NAME.format(a="111122223333", d=1, n=1): [
                event(1, userIdentity={"type": "IAMUser", "userName": "ana", "accountId": "1", "accessKeyId": planted})
            ]
        },
    )
    load(trail, tmp_path / "out", processes=1)
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or planted.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x1f\x8bnothing",
        gzip.compress(b'{"Records":[{"eventTime"', mtime=0)[:-9],
        b'{"Records": 3}',
        b"%PDF-1.7",
        gzip.compress(b"[1, 2]", mtime=0),
    ],
    ids=["empty", "not-gzip", "cut", "no-list", "pdf", "not-a-trail"],
)
def test_a_broken_file_is_named_and_what_was_read_stays(trail, tmp_path, broken, small_batches):
    bad = trail / NAME.format(a="111122223333", d=31, n=1)
    bad.parent.mkdir(parents=True)
    bad.write_bytes(broken)
    with pytest.raises(BillError) as error:
        load(trail, tmp_path / "out", processes=1)
    assert bad.name in error.value.where and error.value.next_step
    assert not (tmp_path / "out" / "events.parquet").exists()
    bad.unlink()
    assert load(trail, tmp_path / "out", processes=1).read < 12


def test_a_folder_without_trail_files_says_so(tmp_path):
    with pytest.raises(UsageError, match="no CloudTrail files"):
        load(tmp_path, tmp_path / "out")


def test_every_real_event_is_read(real_data, tmp_path):
    real = real_data / "cloudtrail"
    loaded = load(real / "s3_delivered", tmp_path / "out", processes=1)
    assert (loaded.events, loaded.files) == (2900, 55)
    odd = tmp_path / "odd"
    shutil.copytree(real / "eventbridge_and_old", odd)
    assert load(odd, tmp_path / "out2", processes=1).files == 37
