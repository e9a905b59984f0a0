#!/usr/bin/env python3
"""Makes online_retail.parquet from the CSV form of the Online Retail data set.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python make.py online_retail.csv.gz online_retail.parquet

Nothing is cleaned, left out or reordered: cancellations, missing customers, odd codes, zero prices
and repeated lines stay, because an importer has to meet them. Before the file is put in place it is
read back and compared with the CSV cell by cell.
"""

import csv
import datetime
import decimal
import gzip
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
SCHEMA = pa.schema(
    [
        ("InvoiceNo", pa.string()),  # not a number: cancellations start with C, adjustments with A
        ("StockCode", pa.string()),
        ("Description", pa.string()),  # 1,454 are missing
        ("Quantity", pa.int32()),
        ("InvoiceDate", pa.timestamp("us")),  # the shop's own clock, no zone given
        ("UnitPrice", pa.decimal128(9, 3)),  # pounds; some prices go to a tenth of a penny
        ("CustomerID", pa.int32()),  # 135,080 are missing
        ("Country", pa.string()),
    ]
)


def rows_of(path):
    """The rows of the CSV as text; an empty cell is None."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        if header != COLUMNS:
            sys.exit(f"{path}: expected the columns {COLUMNS}, found {header}")
        for row in reader:
            yield [cell if cell != "" else None for cell in row]


def typed(name, cells):
    """One column in its type. A value that does not fit stops the script: nothing is coerced."""
    kind = SCHEMA.field(name).type
    convert = {
        "Quantity": int,
        "CustomerID": int,
        "UnitPrice": decimal.Decimal,
        "InvoiceDate": datetime.datetime.fromisoformat,
    }.get(name, str)
    return pa.array([None if cell is None else convert(cell) for cell in cells], type=kind)


def same(name, cell, value):
    """Whether the value read back says what the CSV said."""
    if cell is None or value is None:
        return cell is None and value is None
    if name == "UnitPrice":
        return decimal.Decimal(cell) == value
    return cell == str(value)


def main(source, target):
    columns = list(zip(*rows_of(source)))
    table = pa.table([typed(name, cells) for name, cells in zip(COLUMNS, columns)], schema=SCHEMA)
    unfinished = target + ".part"
    pq.write_table(
        table,
        unfinished,
        compression="zstd",
        compression_level=19,
        row_group_size=1 << 17,
        use_dictionary=["InvoiceNo", "StockCode", "Description", "Country", "UnitPrice", "CustomerID", "Quantity"],
        column_encoding={"InvoiceDate": "DELTA_BINARY_PACKED"},
        data_page_version="1.0",
        store_schema=False,
    )
    back = pq.read_table(unfinished)
    for name, cells in zip(COLUMNS, columns):
        for line, (cell, value) in enumerate(zip(cells, back.column(name).to_pylist(), strict=True), start=2):
            if not same(name, cell, value):
                sys.exit(f"line {line}, {name}: the CSV has {cell!r}, the Parquet file {value!r}")
    os.replace(unfinished, target)
    print(f"{target}: {table.num_rows:,} rows, {os.path.getsize(target):,} bytes, every cell compared")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
