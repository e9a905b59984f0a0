#!/usr/bin/env python3
"""What DuckDB does in the import comparison, in a process of its own: `read_csv` and insert into its own file.

    duckdb_import.py FILE.csv DATABASE THREADS

The types are given, as ours are known by the preset; the end is a checkpoint, which writes the file and syncs it.
"""

import sys

import duckdb

TABLE = """
create table lines (
    invoice_no varchar not null, stock_code varchar not null, description varchar, quantity integer not null,
    invoice_date timestamp not null, unit_price decimal(12, 3) not null, customer_id integer, country varchar not null)
"""
TYPES = """{'InvoiceNo': 'varchar', 'StockCode': 'varchar', 'Description': 'varchar', 'Quantity': 'integer',
    'InvoiceDate': 'timestamp', 'UnitPrice': 'decimal(12, 3)', 'CustomerID': 'integer', 'Country': 'varchar'}"""


def main(path, database, threads):
    connection = duckdb.connect(database)
    connection.execute(f"set threads = {int(threads)}")
    connection.execute(TABLE)
    connection.execute(f"insert into lines from read_csv(?, header = true, columns = {TYPES})", [path])
    connection.execute("checkpoint")
    print(connection.execute("select count(*) from lines").fetchone()[0])
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
