#!/usr/bin/env python3
"""Writes CSV files of the shape of Online Retail: the data set itself, or as many lines as asked for.

    make_lines.py --lines 10000000 --out target/bench/lines_10000000.csv [--sample sample/online_retail.parquet]
    make_lines.py --lines 0 --out target/bench/online_retail.csv          the data set as it is

More lines are made by letting the year of the data happen again and again, each time 53 weeks later, ending with the
real one. Invoice numbers are new each time. Half of the customers, chosen by their number, stay the same person
for all the years, the others are new people each year: so some histories are long and most are short.
Deterministic: the same arguments give the same bytes. Needs pyarrow to read the sample.
"""

import argparse
import csv
import datetime
import io
import os

COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
YEAR = datetime.timedelta(weeks=53)


def sample_rows(path):
    """The rows of the sample as text, as its CSV had them."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    columns = []
    for name in COLUMNS:
        values = table.column(name).to_pylist()
        if name == "UnitPrice":
            columns.append([price_text(value) for value in values])
        elif name == "InvoiceDate":
            columns.append(values)
        else:
            columns.append(["" if value is None else str(value) for value in values])
    return list(zip(*columns))


def price_text(price):
    """A price as the CSV had it: no more digits than it needs, but one behind the point."""
    text = f"{price:f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def quoted(*cells):
    """Cells as CSV writes them, without the end of the line."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def prepared(rows):
    """Each row cut where a new year changes it: invoice letter and number, middle, instant, price, customer, country."""
    known = {}
    for invoice, stock, description, quantity, at, price, customer, country in rows:
        middle = known.setdefault((stock, description, quantity), quoted(stock, description, quantity))
        end = known.setdefault((country,), quoted(country))
        digits = invoice.lstrip("ABC")
        yield invoice[: len(invoice) - len(digits)], int(digits), middle, at, price, customer, end


def customer_of(customer, year):
    """The customer's number in that year: even numbers stay, odd ones are somebody new."""
    if customer == "" or int(customer) % 2 == 0:
        return customer
    return str(int(customer) + 10_000 * year)


def write(rows, lines, out):
    """Writes `lines` lines, or the rows once when that is 0."""
    lines = lines or len(rows)
    cut = list(prepared(rows))
    years = -(-lines // len(cut))
    # The first year begins late enough for the number of lines to be right, and the last one is complete.
    begin = years * len(cut) - lines
    with open(out, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for year in range(years):
            back = YEAR * (years - 1 - year)
            new = years - 1 - year  # the last year is the real one
            instants, people = {}, {}
            block = []
            for letter, number, middle, at, price, customer, end in cut[begin if year == 0 else 0 :]:
                instant = instants.get(at) or instants.setdefault(at, f"{at - back:%Y-%m-%d %H:%M:%S}")
                person = people.get(customer) or people.setdefault(customer, customer_of(customer, new))
                block.append(f"{letter}{number + 100_000 * new},{middle},{instant},{price},{person},{end}\n")
            file.write("".join(block))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=0)
    parser.add_argument("--out", required=True)
    parser.add_argument("--sample", default=os.path.join(here, "..", "sample", "online_retail.parquet"))
    arguments = parser.parse_args()
    os.makedirs(os.path.dirname(os.path.abspath(arguments.out)), exist_ok=True)
    unfinished = arguments.out + ".part"
    write(sample_rows(arguments.sample), arguments.lines, unfinished)
    os.replace(unfinished, arguments.out)
    print(f"{arguments.out}: {os.path.getsize(arguments.out):,} bytes")


if __name__ == "__main__":
    main()
