"""Money through the engine is exact: every digit of every text, every double as its shortest decimal."""

import math
import random
import struct
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import duckdb
import pytest
from small_bills import rows, text

from costdna_companion import native
from costdna_companion.native.collapse import exact18


def rounded(value: str) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value)
        return exact.quantize(Decimal("1e-18"), rounding=ROUND_HALF_EVEN) if exact.as_tuple().exponent < -18 else exact


def costs(reading: dict, field: str = "Unblended") -> dict[str, Decimal]:
    """Cost by resource id; every line of these bills has its own."""
    arrays, names = reading["arrays"], reading["meta"]["dictionaries"]["ResourceId"]
    parts = (arrays[f"sum.{field}.{p}"] for p in ("whole", "nano", "atto"))
    with localcontext() as context:
        context.prec = 60
        return {
            names[c]: Decimal(int(w)) + Decimal(int(n)).scaleb(-9) + Decimal(int(a)).scaleb(-18)
            for c, w, n, a in zip(arrays["codes.ResourceId"], *parts)
        }


def bill(values: list[str], folder):
    lines = []
    for i, value in enumerate(values):
        lines.append({**rows(1)[0], "lineItem/ResourceId": f"r{i}", "lineItem/UnblendedCost": value})
    path = folder / "money.csv"
    path.write_text(text(lines), encoding="utf-8", newline="")
    return path


def test_decimal_texts(tmp_path):
    dice = random.Random(4)
    values = [
        "0",
        "-0",
        "-0.0",
        "1e-12",
        "1.5E3",
        ".5",
        "5.",
        "+7",
        " 2.5 ",
        "999999999999999",
        "-1e15",
        "0.123456789012345678",
        "2.5e-18",
        "3.5e-18",
        "-2.5e-18",
        "0.0000000000000000015",
        "0.00000000000000000049",
        "1" + "0" * 14 + "." + "9" * 18,
        "3000000000000.00000000001",
        "1e-30",
    ]
    values += [
        f"{dice.choice(['', '-'])}{dice.randrange(10 ** dice.randrange(1, 15))}.{dice.randrange(10**25):025d}"[
            : dice.randrange(3, 42)
        ].rstrip("-")
        or "1"
        for _ in range(300)
    ]
    values += [
        f"{dice.uniform(-10, 10):.{dice.randrange(1, 15)}e}"[:-2] + f"{dice.randrange(0, 14):02d}" for _ in range(100)
    ]
    (reading,), _ = native.read([bill(values, tmp_path)])
    found = costs(reading)
    for i, value in enumerate(values):
        assert found[f"r{i}"] == rounded(value.strip()), value
    with localcontext() as context:
        context.prec = 60
        assert Decimal(reading["meta"]["totals"]["Unblended"]) == sum((rounded(v.strip()) for v in values), Decimal(0))


def test_doubles_are_their_shortest_text(tmp_path):
    dice = random.Random(5)
    doubles = [0.1, 1e-5, 1e-7, 123456.789, -0.0, 1e15, 5e-324, 2**-40, 1 / 3]
    doubles += [dice.uniform(-1, 1) * 10 ** dice.randrange(-20, 15) for _ in range(400)]
    doubles += [
        x
        for x in (struct.unpack("d", struct.pack("Q", dice.getrandbits(64)))[0] for _ in range(3000))
        if math.isfinite(x) and abs(x) < 1e15
    ]
    path = tmp_path / "doubles.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE t (line_item_resource_id VARCHAR, line_item_line_item_type VARCHAR, line_item_usage_account_id VARCHAR, line_item_unblended_cost DOUBLE)"
        )
        connection.executemany(
            "INSERT INTO t VALUES (?, 'Usage', '1', ?)", [(f"r{i}", x) for i, x in enumerate(doubles)]
        )
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    (reading,), _ = native.read([path])
    found = costs(reading)
    for i, x in enumerate(doubles):
        assert found[f"r{i}"] == rounded(repr(x)), x
    assert reading["meta"]["rounded"] == sum(Decimal(repr(x)).normalize().as_tuple().exponent < -18 for x in doubles)


@pytest.mark.parametrize(
    "type_, value, expected",
    [
        ("DECIMAL(38,18)", "1234567890123.000000000000000001", "1234567890123.000000000000000001"),
        ("DECIMAL(12,4)", "-0.0500", "-0.05"),
        ("BIGINT", "7", "7"),
        ("VARCHAR", "1e-9", "0.000000001"),
        ("FLOAT", "0.1", "0.10000000149011612"),
    ],
)
def test_other_parquet_types(tmp_path, type_, value, expected):
    path = tmp_path / "types.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"""COPY (SELECT 'r0' AS line_item_resource_id, 'Usage' AS line_item_line_item_type, '1' AS line_item_usage_account_id,
            CAST('{value}' AS {type_}) AS line_item_unblended_cost) TO '{path}' (FORMAT parquet)""")
    (reading,), _ = native.read([path])
    assert costs(reading) == {"r0": Decimal(expected)}


@pytest.mark.parametrize("text_", ["nan", "Infinity", "1_000", "1,5", "0x10", "12 USD", "--1", "1e", "", "٣"])
def test_what_is_no_number(text_):
    assert exact18(text_) is None
