#!/usr/bin/env python3
"""Runs the client tests, every `test_*.py` of this folder, against a built `holdfast` program, and the comparison with
the model of the rules of access; and side by side with them the suites of others, each with a program of its own.

    run.py PATH-OF-THE-PROGRAM [ARGUMENTS FOR PYTEST]

With arguments for pytest only our own tests run. Builds nothing. The tests find the program in the environment variable
HOLDFAST_PROGRAM and start it themselves, each with a data directory under target/. What they leave running is ended
here, by process id, and counts as a failure.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODEL = ROOT / "crates" / "policy" / "tests" / "model"
WRITABLE = ROOT / "target" / "clients"

# From linux/prctl.h: processes that lose their parent become our children, so that none is lost from sight.
PR_SET_CHILD_SUBREAPER = 36

GRACE_SECONDS = 5.0

# What runs beside our own tests: a script of this folder, and what it is told after the path of the program.
SUITES = {
    "c8y_api_suite.py": [WRITABLE / "c8y_api_venv" / "bin" / "python", WRITABLE / "c8y_api-3.7.3"],
    "js_suite.py": [WRITABLE / "js"],
    "openapi_suite.py": [],
}


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    program, pytest_arguments = Path(arguments[0]).resolve(), arguments[1:]
    if not os.access(program, os.X_OK):
        print(f"{program} is not an executable: build it first", file=sys.stderr)
        return 1
    if not list(HERE.glob("test_*.py")):
        print(f"no test_*.py in {HERE}: nothing would be tested", file=sys.stderr)
        return 1
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        print(f"prctl: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        return 1

    suites = [] if pytest_arguments else start_suites(program)
    status = run_pytest(program, pytest_arguments)
    for suite in suites:
        status = suite.end() or status
    left = end_children()
    for process_id, command in left:
        print(f"a test left process {process_id} running: {command}", file=sys.stderr)
    return status or int(bool(left))


class Suite:
    """A suite that is running; what it says is kept until it has ended."""

    def __init__(self, name, command):
        self._name, self._begun = name, time.monotonic()
        self._log = WRITABLE / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            )

    def end(self):
        """Waits for it, shows the end of what it has said, all if it has failed; gives its status."""
        status = self._process.wait()
        said = self._log.read_text(errors="replace").rstrip().splitlines()
        print(f"\n-- {self._name}: {'FAILED' if status else 'passed'}, {time.monotonic() - self._begun:.0f} s")
        print("\n".join(said if status else said[-3:]), flush=True)
        return status


def start_suites(program):
    WRITABLE.mkdir(parents=True, exist_ok=True)
    return [
        Suite(name, [sys.executable, str(HERE / name), str(program), *map(str, arguments)])
        for name, arguments in SUITES.items()
    ]


def run_pytest(program, arguments):
    WRITABLE.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "HOLDFAST_PROGRAM": str(program),
        "HOLDFAST_NODE": str(WRITABLE / "js"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(WRITABLE / "hypothesis"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        sys.executable, "-m", "pytest", str(HERE), str(MODEL),
        f"--rootdir={HERE}", f"--basetemp={WRITABLE / 'tmp'}",
        "-p", "no:cacheprovider", "--strict-markers", "-q", *arguments,
    ]
    return subprocess.run(command, env=environment, check=False).returncode


def end_children():
    """Ends what is still running below this process: asked first, then made to. Returns what was found."""
    found = {}
    deadline = time.monotonic() + GRACE_SECONDS
    while True:
        reap()
        running = children()
        if not running:
            return sorted(found.items())
        overdue = time.monotonic() > deadline
        for process_id in running:
            if process_id not in found or overdue:
                found.setdefault(process_id, command_line(process_id))
                os.kill(process_id, signal.SIGKILL if overdue else signal.SIGTERM)
        time.sleep(0.05)


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def children():
    return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def command_line(process_id):
    return Path(f"/proc/{process_id}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
