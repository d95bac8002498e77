"""The store's tables, as steps that are only ever added: a store of any earlier version is brought up to date when it
is opened.
"""

from datetime import datetime, UTC

from costdna.errors import CostDNAError

STEPS = (
    """CREATE TABLE sources (source_id VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, origin VARCHAR NOT NULL, version VARCHAR, container VARCHAR, payer VARCHAR NOT NULL, periods VARCHAR NOT NULL,
                           currency VARCHAR, line_count BIGINT NOT NULL, loaded_at TIMESTAMP NOT NULL, replaced_by VARCHAR, replaced_at TIMESTAMP, meta VARCHAR NOT NULL);
       CREATE TABLE arrays (source_id VARCHAR NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, size BIGINT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (source_id, name))""",
    """CREATE TABLE cost_explorer (day DATE NOT NULL, account VARCHAR NOT NULL, service VARCHAR NOT NULL, currency VARCHAR NOT NULL, unblended DECIMAL(38, 18) NOT NULL, amortized DECIMAL(38, 18) NOT NULL,
                                 estimated BOOLEAN NOT NULL, loaded_at TIMESTAMP NOT NULL, PRIMARY KEY (day, account, service, currency))""",
    """CREATE TABLE charges (source_id VARCHAR NOT NULL, origin VARCHAR NOT NULL, charge_id BIGINT NOT NULL, billing_period DATE, day DATE, payer VARCHAR, account VARCHAR, service VARCHAR, region VARCHAR, resource_id VARCHAR,
                           usage_type VARCHAR, operation VARCHAR, line_type VARCHAR, category VARCHAR, currency VARCHAR, tags VARCHAR, billed_cost DECIMAL(38, 18), effective_cost DECIMAL(38, 18), quantity DOUBLE)""",
)


def now() -> datetime:
    """Now in UTC, without a zone, as the store keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def current(connection) -> bool:
    """Whether a store has every step already; nothing is written to tell."""
    there = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'store_version'").fetchone()[0]
    return bool(there) and connection.execute("SELECT coalesce(max(version), 0) FROM store_version").fetchone()[
        0
    ] == len(STEPS)


def migrate(connection, where: str) -> int:
    """Bring a store to the newest version, step by step, each whole or not at all. Returns the version it had."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS store_version (version INTEGER PRIMARY KEY, made_at TIMESTAMP NOT NULL)"
    )
    had = connection.execute("SELECT coalesce(max(version), 0) FROM store_version").fetchone()[0]
    if had > len(STEPS):
        raise CostDNAError(
            "The store was written by a newer CostDNA.",
            found=f"version {had}",
            where=where,
            next_step=f"Update CostDNA (this one knows {len(STEPS)}).",
            code="store-version",
        )
    for number, step in enumerate(STEPS[had:], had + 1):
        connection.execute("BEGIN")
        try:
            for statement in step.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO store_version VALUES (?, ?)", [number, now()])
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return had
