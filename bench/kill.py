#!/usr/bin/env python3
"""Kills the import at random moments, repeats it, and asks whether each fact is there exactly once.

    bench/kill.py --regulars target/debug/regulars [--times 100] [--seed N] [--disk]

Every attempt: an empty folder, the import started and killed (SIGKILL) at a random moment, in a third of the attempts
killed once more while it is repeated, then repeated to the end. The answers of a few questions must be those of an
import nobody disturbed. The seed is printed; the same seed chooses the same moments, as shares of the undisturbed time.

With --disk: the folder lies on a file system that is too small. The import must be refused in words, what was there
before must still be there, and with more room the same command must finish. Needs the right to mount; says so when it
has to be skipped.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

# Each fact once: as many rows and identifiers as after an import that nobody disturbed, and the same sums, which catch a
# row that came twice in place of another.
QUESTIONS = {
    "lines": "select count(*) as n, sum(amount) as amount, count(distinct order_id) as orders from order_lines",
    "refunds": "select count(*) as n, sum(amount) as amount from refunds",
    "customers": "select count(*) as n, count(distinct customer_id) as ids from customers",
    "orders": "select count(*) as n, sum(amount) as amount from orders",
}


class Regulars:
    """The program and one folder of data."""

    def __init__(self, program, data):
        self.program, self.data = program, data

    def start(self, file):
        command = [self.program, "import", file, "--data", self.data, "--yes"]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )

    def finish(self, file):
        """Imports to the end; returns the exit code and what was said."""
        child = self.start(file)
        _, words = child.communicate()
        return child.returncode, words.decode(errors="replace")

    def kill(self, file, after):
        """Starts the import and kills it after so many seconds; returns whether it was still running."""
        child = self.start(file)
        try:
            child.communicate(timeout=after)
            return False
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return True

    def answers(self):
        """The rows of every question."""
        return {name: self.ask(sql) for name, sql in QUESTIONS.items()}

    def ask(self, sql):
        command = [self.program, "sql", sql, "--data", self.data, "--json"]
        asked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if asked.returncode != 0:
            return f"error: {asked.stderr.strip()}"
        answer = json.loads(asked.stdout)
        return answer["rows"] if isinstance(answer, dict) else answer


def undisturbed(arguments, folder):
    """What an import nobody disturbs answers, and how long it takes."""
    regulars = Regulars(arguments.regulars, os.path.join(folder, "undisturbed"))
    started = time.perf_counter()
    code, words = regulars.finish(arguments.file)
    took = time.perf_counter() - started
    answers = regulars.answers()
    broken = [answer for answer in answers.values() if isinstance(answer, str)]
    if code != 0 or broken:
        sys.exit(f"the undisturbed import failed ({code}): {words}\n" + "\n".join(broken))
    return answers, took


def attempt(regulars, file, moments):
    """Kills the import at each moment, then lets it finish; returns what went wrong, if anything did."""
    killed = sum(regulars.kill(file, moment) for moment in moments)
    code, words = regulars.finish(file)
    if code != 0:
        return killed, f"the repeated import failed ({code}): {words}"
    return killed, None


def kills(arguments, folder):
    """The attempts; returns how many failed."""
    expected, took = undisturbed(arguments, folder)
    print(f"undisturbed: {took:.2f} s, {json.dumps(expected)}", flush=True)
    chance = random.Random(arguments.seed)
    hits = failures = 0
    for number in range(1, arguments.times + 1):
        shares = [chance.random() for _ in range(2 if chance.random() < 1 / 3 else 1)]
        data = os.path.join(folder, "data")
        shutil.rmtree(data, ignore_errors=True)
        regulars = Regulars(arguments.regulars, data)
        killed, trouble = attempt(regulars, arguments.file, [share * took for share in shares])
        hits += killed
        if trouble is None:
            found = regulars.answers()
            wrong = {name: answer for name, answer in found.items() if answer != expected[name]}
            trouble = f"other answers: {json.dumps(wrong)}" if wrong else None
        at = ", ".join(f"{share:.3f}" for share in shares)
        if trouble:
            failures += 1
            print(f"FAILED attempt {number}, killed at {at} of {took:.2f} s: {trouble}", flush=True)
        elif number % 10 == 0 or arguments.verbose:
            print(f"attempt {number}: killed at {at}: each fact once", flush=True)
    print(f"{arguments.times} attempts, {hits} imports killed while running, {failures} failed", flush=True)
    if hits == 0:
        print("FAILED: no import was still running when it was killed, so nothing was tested")
    return failures + (hits == 0)


def mounted(folder, size):
    """Mounts a small file system there; None when it may not."""
    options = ["-t", "tmpfs", "-o", f"size={size}", "regulars-test", folder]
    return subprocess.run(["mount", *options], capture_output=True, text=True)


def disk_full(arguments, folder):
    """Refused in words, nothing lost, and it goes on once there is room; returns how many of these failed."""
    small = os.path.join(folder, "small")
    os.makedirs(small)
    mount = mounted(small, arguments.disk_size)
    if mount.returncode != 0:
        print(f"\n!!!! NOT TESTED: disk full. A small file system cannot be mounted here: {mount.stderr.strip()}\n")
        return 1  # asked for and not done: nobody should read this as a success
    try:
        return disk_full_in(arguments, small)
    finally:
        subprocess.run(["umount", small], check=False)


def disk_full_in(arguments, small):
    regulars, failures = Regulars(arguments.regulars, os.path.join(small, "data")), 0

    def check(name, good, more=""):
        nonlocal failures
        failures += not good
        print(f"{'ok    ' if good else 'FAILED'} {name} {more if not good else ''}", flush=True)

    first = os.path.join(small, "first.csv")
    with open(first, "w") as file:
        file.write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
        file.write("1,A,A CUP,2,2010-11-01 08:00:00,1.25,1,Finland\n2,A,A CUP,1,2010-11-02 08:00:00,1.25,2,Finland\n")
    code, words = regulars.finish(first)
    check("a small import fits", code == 0, words)
    before = regulars.answers()
    filler = os.path.join(small, "filler")
    stat = os.statvfs(small)
    with open(filler, "wb") as file:
        file.write(b"\0" * max(0, stat.f_bavail * stat.f_frsize - arguments.disk_left))
    code, words = regulars.finish(arguments.file)
    check("the large one is refused", code not in (0, None) and code > 0, f"exit code {code}: {words}")
    check("in words and without a panic", "panicked" not in words and "error" in words.lower(), words)
    check("what was there is there", regulars.answers() == before, json.dumps(regulars.answers()))
    os.unlink(filler)
    subprocess.run(["mount", "-o", "remount,size=1g", small], check=True)
    code, words = regulars.finish(arguments.file)
    check("with room the same command finishes", code == 0, words)
    check("and brings the rest", regulars.answers() != before)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regulars", default=os.path.join(ROOT, "target", "debug", "regulars"))
    parser.add_argument("--file", default=os.path.join(ROOT, "sample", "online_retail.parquet"))
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--disk", action="store_true", help="also fill a small disk")
    parser.add_argument("--disk-size", default="64m")
    parser.add_argument("--disk-left", type=int, default=2 << 20, help="bytes left free when the large import starts")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    if shutil.which(arguments.regulars) is None:
        sys.exit(f"{arguments.regulars} is not there: cargo build --workspace, or pass --regulars")
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="regulars-kill-") as folder:
        failures = kills(arguments, folder) if arguments.times else 0
        failures += disk_full(arguments, folder) if arguments.disk else 0
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
