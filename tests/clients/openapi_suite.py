#!/usr/bin/env python3
"""Compares a built `holdfast` program with its own API document, by requests that schemathesis makes from that.

    openapi_suite.py PATH-OF-THE-PROGRAM [ARGUMENTS FOR SCHEMATHESIS]

No answer is a failure of the server, has a status or a media type that the document does not name, or a body that its
schema does not describe. The requests are the same in every run. They come from an administrator, so that most of them
get past the gate.
"""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

from program import environment
from stage import ADMIN_PASSWORD, serving

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "api" / "openapi.json"
WRITABLE = ROOT / "target" / "clients" / "openapi"

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
]
# Clients of the Python SDK know by a status from 500 on, and by nothing else, that a subscriber was not subscribed.
SAYS_500 = "/notification2/unsubscribe"
CASES_OF_EACH = 6
WORKERS = 2
SECONDS_MAX = 240


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ["HOLDFAST_PROGRAM"] = str(Path(arguments[0]).resolve())
    shutil.rmtree(WRITABLE, ignore_errors=True)
    WRITABLE.mkdir(parents=True)
    with serving(WRITABLE) as server:
        credential = base64.b64encode(f"t100/admin:{ADMIN_PASSWORD}".encode()).decode()
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", str(DOCUMENT), "--url", server.program.base,
            "--tls-verify", str(server.ca), "--header", f"Authorization: Basic {credential}",
            "--phases", "examples,coverage,fuzzing", "--mode", "positive", "--continue-on-failure",
            "--max-examples", str(CASES_OF_EACH), "--generation-deterministic",
            "--suppress-health-check", "all", "--warnings", "off", "--no-color", "--no-shrink",
            "--workers", str(WORKERS), "--request-timeout", "30",
            *arguments[1:],
        ]
        runs = [
            ["--exclude-path", SAYS_500, "--checks", ",".join(CHECKS)],
            ["--include-path", SAYS_500, "--checks", ",".join(CHECKS[1:])],
        ]
        variables = environment() | {"HYPOTHESIS_STORAGE_DIRECTORY": str(WRITABLE / "hypothesis")}
        return max(
            subprocess.run(
                command + run, cwd=WRITABLE, env=variables, timeout=SECONDS_MAX, stdin=subprocess.DEVNULL, check=False,
            ).returncode
            for run in runs
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
