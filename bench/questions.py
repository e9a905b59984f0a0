#!/usr/bin/env python3
"""The questions of retention beside DuckDB, ClickHouse (chdb) and Polars, in one run, with equal checksums.

    venv/bin/python bench/questions.py --regulars target/release/regulars [--scale M] [--rounds 5]

Makes the data and everybody's storage once (target/bench/peers-M), runs the harness of the peers with ours in it, and
holds the result against the bar: best peer's CPU and wall divided by ours, round by round.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PERSISTED = ["duckdb:tuned", "chdb:tuned"]
ANY = [*PERSISTED, "polars:tuned"]
# question: (times faster than the best persisted tuned peer, than any peer), and peak minus open in MB
BAR = {
    "q1": (10, 8),
    "q2": (4, 2),
    "q3": (4, 2),
    "q4": (6, 4),
    "q5": (8, 2),
    "q6": (1.5, 1.2),
    "q8": (15, 15),
    "q9": (15, 15),
    "q12": (1.0, 0.5),
}
BAR_MB = 150


def script(arguments, name, *more):
    """Runs one script of the harness, with its output shown."""
    print("+", name, *more, flush=True)
    subprocess.run([sys.executable, os.path.join(arguments.peers, name), *more], check=True)


def prepare(arguments, data):
    """The data, the peers' tuned storage and ours; what is there already is kept."""
    if not os.path.exists(os.path.join(data, "manifest.json")):
        script(arguments, "gen.py", "--scale", arguments.scale, "--out", data)
    for peer, made in (("duckdb", "duck_tuned.db"), ("chdb", "chdb_tuned")):
        if not os.path.exists(os.path.join(data, made)):
            script(arguments, "worker.py", peer, "tuned", data, "build")
    if arguments.rebuild or not os.path.exists(os.path.join(data, "regulars")):
        command = [sys.executable, os.path.join(HERE, "worker.py"), data, "build", "--regulars", arguments.regulars]
        subprocess.run(command, check=True)


def ratio(result, question, peers, key):
    """Best peer divided by ours, the median of the rounds."""
    ours = result[f"{question}/ours"][key]
    theirs = [result[f"{question}/{peer}"][key] for peer in peers if f"{question}/{peer}" in result]
    best = min(theirs, key=statistics.median)
    return statistics.median(peer / max(mine, 1e-9) for peer, mine in zip(best, ours))


def report(result):
    """The table of the bar; returns whether all of it is met."""
    print("\n| question | ours wall ms / CPU ms | x persisted, wall / CPU | bar | x any, wall / CPU | bar | peak MB | bar | |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    all_met = True
    for question, (bar_persisted, bar_any) in BAR.items():
        row = result.get(f"{question}/ours")
        if row is None:
            print(f"| {question} | not answered |")
            all_met = False
            continue
        persisted = [ratio(result, question, PERSISTED, key) for key in ("walls", "cpus")]
        anybody = [ratio(result, question, ANY, key) for key in ("walls", "cpus")]
        memory = row["peak_mb"] - row["base_mb"]
        met = min(persisted) >= bar_persisted and min(anybody) >= bar_any and memory <= BAR_MB
        all_met = all_met and met
        print(
            f"| {question} | {row['wall'] * 1e3:.2f} / {row['cpu'] * 1e3:.2f} "
            f"| {persisted[0]:.1f} / {persisted[1]:.1f} | {bar_persisted} "
            f"| {anybody[0]:.1f} / {anybody[1]:.1f} | {bar_any} | {memory:.0f} | {BAR_MB} | {'met' if met else 'MISSED'} |"
        )
    return all_met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regulars", default=os.path.join(ROOT, "target", "release", "regulars"))
    parser.add_argument("--peers", default=os.path.join(ROOT, "..", "shared", "bench"), help="folder of the harness")
    parser.add_argument("--data", help="default target/bench/peers-SCALE")
    parser.add_argument("--scale", default="M", choices=["S", "M", "L"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--queries", default=",".join(BAR))
    parser.add_argument("--configs", default=",".join(["duckdb:pq", "chdb:pq", *ANY]))
    parser.add_argument("--rebuild", action="store_true", help="import again into our storage")
    parser.add_argument("--out", help="default DATA/hot.json")
    arguments = parser.parse_args()
    if not os.path.exists(os.path.join(arguments.peers, "compare.py")):
        sys.exit(f"SKIPPED: the harness of the peers is not at {arguments.peers}; pass --peers")
    arguments.regulars = os.path.abspath(arguments.regulars)
    data = os.path.abspath(arguments.data or os.path.join(ROOT, "target", "bench", f"peers-{arguments.scale}"))
    prepare(arguments, data)
    out = os.path.abspath(arguments.out or os.path.join(data, "hot.json"))
    ours = f"'{sys.executable}' '{os.path.join(HERE, 'worker.py')}' {{dir}} --regulars '{arguments.regulars}'"
    more = ["--configs", arguments.configs, "--queries", arguments.queries, "--rounds", str(arguments.rounds)]
    expected = os.path.join(arguments.peers, f"expected_{arguments.scale}.json")
    more += ["--expect", expected] if os.path.exists(expected) else []
    script(arguments, "compare.py", data, *more, "--ours", ours, "--out", out)
    with open(out) as file:
        sys.exit(0 if report(json.load(file)) else 1)


if __name__ == "__main__":
    main()
