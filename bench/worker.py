#!/usr/bin/env python3
"""Lets ours join the harness of the peers: passes its protocol on and adds the checksum.

    compare.py DIR --ours 'venv/bin/python bench/worker.py {dir}'
    worker.py DIR build          imports the harness's files into DIR/regulars first

The harness writes one request a line, `{"q": "q1", "v": "q1", "sum": true}`; `regulars bench-worker` answers each with
`{"wall":, "cpu":, "base_mb":, "peak_mb":, "rchar":}` measured inside its own process and, when a checksum is wanted,
`"answer"`: the path of the answer as Parquet or CSV. The checksum is the harness's own (`common.checksum`), so nothing
of ours decides what counts as equal.

The two businesses of the harness share customer numbers, so each has an installation of its own:
DIR/regulars/saas (events, subscription changes) and DIR/regulars/shop (events, orders).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
# The harness gives every peer so many threads.
THREADS = os.environ.get("BENCH_THREADS", "2")
# Which files of the harness go where, and as what.
FILES = {
    "saas": [("saas_events.parquet", "saas_events.toml"), ("saas_subs.parquet", "saas_subs.toml")],
    "shop": [("shop_events.parquet", "shop_events.toml"), ("shop_orders.parquet", "shop_orders.toml")],
}


def build(arguments):
    """Imports the harness's files by the ordinary command."""
    home = os.path.join(arguments.dir, "regulars")
    shutil.rmtree(home, ignore_errors=True)
    for business, files in FILES.items():
        data = os.path.join(home, business)
        for name, mapping in files:
            mapping = os.path.join(HERE, "maps", mapping)
            command = [arguments.regulars, "import", os.path.join(arguments.dir, name), "--map", mapping]
            started = time.perf_counter()
            subprocess.run([*command, "--data", data, "--threads", THREADS, "--yes"], check=True, stdin=subprocess.DEVNULL)
            print(f"{business}: {name} in {time.perf_counter() - started:.1f} s", flush=True)


def table(path):
    """An answer as an Arrow table; the file goes away once it is read."""
    if path.endswith(".csv"):
        from pyarrow import csv

        answer = csv.read_csv(path)
    else:
        import pyarrow.parquet as pq

        answer = pq.read_table(path)
    os.unlink(path)
    return answer


def serve(arguments):
    """Passes requests and answers on, one line each."""
    sys.path.insert(0, arguments.peers)
    from common import checksum

    home = os.path.join(arguments.dir, "regulars")
    command = [arguments.regulars, "bench-worker", home, "--manifest", os.path.join(arguments.dir, "manifest.json")]
    command += ["--threads", THREADS]
    ours = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    say(ours.stdout.readline())
    for line in sys.stdin:
        ours.stdin.write(line)
        ours.stdin.flush()
        answer = json.loads(ours.stdout.readline() or '{"error": "regulars bench-worker ended"}')
        if "answer" in answer:
            answer["sum"], answer["rows"] = checksum(json.loads(line)["q"], table(answer.pop("answer")))
        say(json.dumps(answer) + "\n")
    ours.stdin.close()
    ours.wait()


def say(line):
    sys.stdout.write(line)
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("chore", nargs="?", choices=["build"])
    parser.add_argument("--regulars", default=os.path.join(ROOT, "target", "release", "regulars"))
    parser.add_argument("--peers", default=os.path.join(ROOT, "..", "shared", "bench"), help="folder of the harness")
    arguments = parser.parse_args()
    arguments.dir = os.path.abspath(arguments.dir)
    build(arguments) if arguments.chore == "build" else serve(arguments)


if __name__ == "__main__":
    main()
