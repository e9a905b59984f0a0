"""One child process measured from outside: wall time, CPU, peak memory. Imports nothing heavy, on purpose.

The kernel counts the peak of the process a child is forked from towards the child's own, so the measuring process has
to stay small: work that needs a library runs in a child of its own.
"""

import os
import resource
import subprocess
import sys
import time


def run(command, timeout=3600, **more):
    """Runs `command` and returns what it cost. Output goes to files that are read back on failure."""
    import tempfile

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **more)
        status, usage = wait(child, started + timeout)
        wall = time.perf_counter() - started
        out.seek(0), err.seek(0)
        return {
            "wall": wall,
            "cpu": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss / 1024 if sys.platform != "darwin" else usage.ru_maxrss / 1024 / 1024,
            "code": os.waitstatus_to_exitcode(status),
            "stdout": out.read().decode(errors="replace"),
            "stderr": err.read().decode(errors="replace"),
        }


def wait(child, deadline):
    """Waits for this one child and returns its own resource usage."""
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return status, usage
        if time.perf_counter() > deadline:
            child.kill()
        time.sleep(0.002)


def own_peak_mb():
    """Peak memory of the measuring process: the floor under every figure of its children."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def must(result, what):
    """Stops with the child's own words when it failed."""
    if result["code"] != 0:
        sys.exit(f"{what} failed with {result['code']}\n{result['stdout']}\n{result['stderr']}")
    return result


def machine():
    """What the figures were measured on, for the record."""
    cpu = ""
    try:
        with open("/proc/cpuinfo") as file:
            cpu = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        pass
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "load": [round(x, 2) for x in os.getloadavg()]}
