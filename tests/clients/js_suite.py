#!/usr/bin/env python3
"""Runs the official JavaScript client (npm @c8y/client), unmodified, against a built `holdfast` program of its own.

    js_suite.py PATH-OF-THE-PROGRAM FOLDER-WITH-NODE-MODULES [NAME OF A TEST FILE]

The tests are js/*.test.mjs, run by Node's own test runner, one process for each file and all at once. They are copied
beside the packages, where Node looks for these.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from c8y_api_suite import device_bootstrap
from program import environment
from stage import ADMIN_PASSWORD, MANAGEMENT_PASSWORD, serving

HERE = Path(__file__).resolve().parent
WRITABLE = HERE.parent.parent / "target" / "clients" / "js_data"

CHECKS_MIN = 120
SECONDS_MAX = 120


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ["HOLDFAST_PROGRAM"] = str(Path(arguments[0]).resolve())
    folder, wanted = Path(arguments[1]).resolve(), arguments[2:]
    shutil.rmtree(WRITABLE, ignore_errors=True)
    WRITABLE.mkdir(parents=True)
    files = copy(folder)
    checks = WRITABLE / "checks.txt"
    with serving(WRITABLE) as server:
        devices = device_bootstrap(server)
        variables = environment() | {
            "NODE_EXTRA_CA_CERTS": str(server.ca), "BASE": server.program.base, "CHECKS": str(checks),
            "TENANT": "t100", "USER": "admin", "PASSWORD": ADMIN_PASSWORD,
            "MANAGEMENT_PASSWORD": MANAGEMENT_PASSWORD,
            "DEVICE_BOOTSTRAP": f"{devices['tenant']}/{devices['user']}:{devices['password']}",
        }
        chosen = [file for file in files if not wanted or file.name.split(".")[0] in wanted]
        command = ["node", "--test", "--test-reporter=spec", *map(str, chosen)]
        status = subprocess.run(
            command, cwd=folder, env=variables, timeout=SECONDS_MAX, stdin=subprocess.DEVNULL, check=False,
        ).returncode
    counted = sum(map(int, checks.read_text().split())) if checks.exists() else 0
    print(f"{counted} checks")
    if not wanted and counted < CHECKS_MIN:
        print(f"at least {CHECKS_MIN} are expected", file=sys.stderr)
        return 1
    return status


def copy(folder):
    """Our files beside the packages; those of an earlier version go."""
    for old in folder.glob("*.mjs"):
        old.unlink()
    for file in sorted((HERE / "js").glob("*.mjs")):
        shutil.copy(file, folder)
    return sorted(folder.glob("*.test.mjs"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
