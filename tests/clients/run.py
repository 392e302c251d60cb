#!/usr/bin/env python3
"""Runs the client tests, every `test_*.py` of this folder, against a built `holdfast` program; and the comparison with
the model of the rules of access.

    run.py PATH-OF-THE-PROGRAM [ARGUMENTS FOR PYTEST]

Builds nothing. The tests find the program in the environment variable HOLDFAST_PROGRAM and start it themselves, each
with a data directory below pytest's `tmp_path`, which lies under target/. What they leave running is ended here, by
process id, and counts as a failure.
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

    status = run_pytest(program, pytest_arguments)
    left = end_children()
    for process_id, command in left:
        print(f"a test left process {process_id} running: {command}", file=sys.stderr)
    return status or int(bool(left))


def run_pytest(program, arguments):
    WRITABLE.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "HOLDFAST_PROGRAM": str(program),
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
