#!/usr/bin/env python3
"""How long an import takes beside DuckDB, in one run.

    venv/bin/python bench/import.py --regulars target/release/regulars [--rounds 5] [--only small|large]

Both read the same CSV bytes with two threads into a folder of their own and end with the data synced to disk.
DuckDB parses and inserts. Ours also checks every row, tells refunds from orders, refuses what it has seen, clusters
by customer and commits to its catalogue. The bar: no slower than 1.5 times DuckDB, end to end, and under 400 MB at
10 million lines.

Rounds are interleaved (A B, B A, A B, ...), so that a change in the machine's speed meets both. Quote medians and the
ratios taken round by round, never one time alone.
"""

import argparse
import json
import os
import shutil
import statistics
import sys

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BAR_RATIO, BAR_MB = 1.5, 400


def csv_of(lines, data):
    """The path of the CSV with so many lines; made once."""
    path = os.path.join(data, f"lines_{lines}.csv" if lines else "online_retail.csv")
    if not os.path.exists(path):
        print(f"making {path}", flush=True)
        command = [sys.executable, os.path.join(HERE, "make_lines.py"), "--lines", str(lines), "--out", path]
        measure.must(measure.run(command), "make_lines.py")
    return path


def empty(folder):
    """A fresh folder, with everything written before on disk, so that no round pays for the one before."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.sync()
    return folder


def warm(path):
    """Reads the file once, so that both find it in memory."""
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def duckdb(path, folder, arguments):
    script = os.path.join(HERE, "duckdb_import.py")
    return [sys.executable, script, path, os.path.join(folder, "duck.db"), str(arguments.threads)]


def regulars(path, folder, arguments):
    data = os.path.join(folder, "data")
    return [arguments.regulars, "import", path, "--data", data, "--threads", str(arguments.threads), "--yes"]


TOOLS = {"duckdb": duckdb, "regulars": regulars}


def size_mb(folder):
    files = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    return sum(os.path.getsize(file) for file in files) / 1e6


def one(tool, path, arguments):
    """One import by one tool into an empty folder."""
    folder = empty(os.path.join(arguments.data, f"import-{tool}"))
    command = TOOLS[tool](path, folder, arguments)
    result = measure.must(measure.run(command), " ".join(command))
    answer = {key: result[key] for key in ("wall", "cpu", "peak_mb")}
    answer["disk_mb"] = size_mb(folder)
    return answer, folder


def compare(name, lines, arguments):
    """Interleaved rounds on one file; returns everything measured."""
    path = csv_of(lines, arguments.data)
    with open(path, "rb") as file:
        rows = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 24), b"")) - 1
    warm(path)
    runs = {tool: [] for tool in TOOLS}
    for number in range(arguments.rounds):
        order = list(TOOLS) if number % 2 == 0 else list(TOOLS)[::-1]
        for tool in order:
            answer, _ = one(tool, path, arguments)
            runs[tool].append(answer)
            told = "  ".join(f"{key} {value:8.2f}" for key, value in answer.items())
            print(f"  {name} round {number + 1} {tool:9s} {told}", flush=True)
    return {"rows": rows, "bytes": os.path.getsize(path), "runs": runs, **summary(runs)}


def summary(runs):
    """Medians, and ratios taken round by round."""
    median = lambda tool, key: statistics.median(run[key] for run in runs[tool])
    keys = ("wall", "cpu", "peak_mb", "disk_mb")
    ratio = lambda key: statistics.median(
        ours[key] / theirs[key] for ours, theirs in zip(runs["regulars"], runs["duckdb"])
    )
    return {
        "medians": {tool: {key: median(tool, key) for key in keys} for tool in runs},
        "ratios": {key: ratio(key) for key in keys},
        "peak_mb_max": max(run["peak_mb"] for run in runs["regulars"]),
    }


def report(name, result, is_large):
    """Prints one comparison and says whether the bar is met."""
    print(f"\n{name}: {result['rows']:,} lines, {result['bytes'] / 1e6:.0f} MB")
    for tool, medians in result["medians"].items():
        rate = result["rows"] / medians["wall"]
        told = f"wall {medians['wall']:7.2f} s  cpu {medians['cpu']:7.2f} s  peak {medians['peak_mb']:6.0f} MB"
        print(f"  {tool:9s} {told}  disk {medians['disk_mb']:6.0f} MB  {rate:12,.0f} lines/s")
    met = result["ratios"]["wall"] <= BAR_RATIO
    print(f"  ours / DuckDB: wall {result['ratios']['wall']:.2f}, cpu {result['ratios']['cpu']:.2f}", end="")
    print(f"  (bar {BAR_RATIO}: {'met' if met else 'MISSED'})")
    if is_large:
        fits = result["peak_mb_max"] <= BAR_MB
        print(f"  peak memory of ours {result['peak_mb_max']:.0f} MB  (bar {BAR_MB}: {'met' if fits else 'MISSED'})")
        met = met and fits
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regulars", default=os.path.join(ROOT, "target", "release", "regulars"))
    parser.add_argument("--data", default=os.path.join(ROOT, "target", "bench"), help="folder for files and results")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=10_000_000, help="lines of the large file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["small", "large"])
    parser.add_argument("--json", help="write everything measured to this file")
    arguments = parser.parse_args()
    if shutil.which(arguments.regulars) is None:
        sys.exit(f"{arguments.regulars} is not there: cargo build --release --workspace, or pass --regulars")
    arguments.regulars = os.path.abspath(arguments.regulars)
    os.makedirs(arguments.data, exist_ok=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    sizes = {"small": ("Online Retail", 0), "large": (f"{arguments.lines:,} lines", arguments.lines)}
    wanted = [arguments.only] if arguments.only else list(sizes)
    results, met = {"machine": measure.machine(), "measurer_peak_mb": measure.own_peak_mb()}, True
    for size in wanted:
        name, lines = sizes[size]
        results[size] = compare(size, lines, arguments)
    for size in wanted:
        met = report(sizes[size][0], results[size], size == "large") and met
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(results, file, indent=1)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
