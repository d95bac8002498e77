"""Objects under an S3 prefix → the same files under a folder. Resumable: what is there with its size and ETag is not
fetched again.
"""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from costdna.errors import CostDNAError, UsageError

PERMISSIONS = ("s3:ListBucket", "s3:GetObject")
EVERY = 2.0
"""Seconds after which what was fetched is written down, so that a process that is killed does not fetch it again."""
SHARE = 20
"""So many times as long as the last writing took is at least waited: a million keys take seconds."""


def parse(address: str) -> tuple[str, str]:
    """(bucket, prefix) of s3://bucket/prefix. Raises UsageError where it is none.

    >>> parse("s3://trail/AWSLogs/o-1")
    ('trail', 'AWSLogs/o-1')
    """
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket:
        raise UsageError("This is not an S3 address.", found=address, next_step="Write s3://bucket/prefix.", code="s3")
    return bucket, prefix


def sync(
    client,
    address: str,
    folder: Path,
    wanted: Callable[[str], bool],
    tell: Callable[[int, int, int], None] = lambda done, total, size: None,
    threads: int = 8,
) -> dict:
    """Fetch every wanted object under `address` into `folder`; returns {files, fetched, bytes}.

    Each object is written whole or not at all. Raises CostDNAError where one cannot be had; those that were fetched
    stay. A key that would leave the folder is refused. Objects that went away at the source stay: they were real when
    they were fetched.
    """
    bucket, prefix = parse(address)
    listed = [o for o in _listed(client, bucket, prefix) if wanted(o["Key"]) and not o["Key"].endswith("/")]
    known_path, saved, took = folder / ".fetched.json", time.monotonic(), 0.0
    known = json.loads(known_path.read_text()) if known_path.exists() else {}
    missing = [o for o in listed if known.get(o["Key"]) != o["ETag"] or not _local(folder, o["Key"]).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    done = size = 0
    try:
        with ThreadPoolExecutor(threads) as pool:
            for item, _ in zip(
                missing, pool.map(lambda o: _fetch(client, bucket, o["Key"], _local(folder, o["Key"])), missing)
            ):
                known[item["Key"]] = item["ETag"]
                done, size = done + 1, size + item["Size"]
                if (now := time.monotonic()) - saved > max(EVERY, SHARE * took):
                    _remember(known_path, known)
                    saved = time.monotonic()
                    took = saved - now
                tell(done, len(missing), size)
    finally:
        _remember(known_path, known)
    return {"files": len(listed), "fetched": done, "bytes": size}


def _remember(path: Path, known: dict[str, str]) -> None:
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(known, sort_keys=True))
    os.replace(beside, path)


def _listed(client, bucket: str, prefix: str) -> list[dict]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return [
            o
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for o in page.get("Contents", [])
        ]
    except (ClientError, BotoCoreError) as error:
        raise CostDNAError(
            "The bucket cannot be listed.",
            found=str(error),
            where=f"s3://{bucket}/{prefix}",
            next_step="Check the address; the read role needs s3:ListBucket and s3:GetObject.",
            code="s3",
        ) from error


def _local(folder: Path, key: str) -> Path:
    parts = PurePosixPath(key).parts
    if key.startswith("/") or ".." in parts or any("\\" in part or "\0" in part for part in parts):
        raise CostDNAError(
            "An object's key would leave the folder it is fetched into.",
            found=key,
            next_step="Leave it out by a narrower prefix.",
            code="key",
        )
    return folder.joinpath(*parts)


def _fetch(client, bucket: str, key: str, path: Path) -> None:
    from botocore.exceptions import BotoCoreError, ClientError
    from s3transfer.exceptions import RetriesExceededError

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.touch(mode=0o600)
    try:
        with beside.open("wb") as out:
            client.download_fileobj(bucket, key, out)
    except (ClientError, BotoCoreError, RetriesExceededError) as error:
        beside.unlink(missing_ok=True)
        raise CostDNAError(
            "An object cannot be fetched.",
            found=str(error),
            where=f"s3://{bucket}/{key}",
            next_step="The read role needs s3:GetObject there, and kms:Decrypt on the key where the files are encrypted with one. Run it again: what is here stays.",
            code="s3",
        ) from error
    os.replace(beside, path)
