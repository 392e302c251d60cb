#!/usr/bin/env python3
"""Runs the integration tests that the Python SDK (c8y_api) ships in its source package, unmodified, against a built
`holdfast` program of their own.

    c8y_api_suite.py PATH-OF-THE-PROGRAM PYTHON-WITH-THEIR-PACKAGES FOLDER-OF-THE-SOURCES [ARGUMENTS FOR PYTEST]

They expect a platform in use: a tenant with some objects and applications, and the users with which devices and
microservices begin. That is made here. Those that do not pass are exactly those that c8y_api.md names, each with its
reason; one more or one less is a failure, so that the file stays true.
"""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from datetime import datetime, timezone
from pathlib import Path

from program import environment
from stage import OTHER_PASSWORD, serving

HERE = Path(__file__).resolve().parent
WRITABLE = HERE.parent.parent / "target" / "clients" / "c8y_api"
LISTED = HERE / "c8y_api.md"

# Its tables: what does not pass, and what does not pass between 23:00 and 24:00 UTC.
ALWAYS, LAST_HOUR = 0, 1

WORKERS = 8
PASSED_MIN = 115
SECONDS_MAX = 300
# Nothing but the program under test is reached: not the word list's site, nor any other.
NOWHERE = "http://127.0.0.1:9"
SYLLABLES = ["ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te"]


def main(arguments):
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, python, sources = (Path(argument).absolute() for argument in arguments[:3])
    os.environ["HOLDFAST_PROGRAM"] = str(program)
    shutil.rmtree(WRITABLE, ignore_errors=True)
    WRITABLE.mkdir(parents=True)
    (WRITABLE / "wordlist.txt").write_text("\n".join(["words", *words()]))
    with serving(WRITABLE) as server:
        begun = datetime.now(timezone.utc)
        report = run_tests(python, sources, arguments[3:], settings(server))
    outcomes = read(report)
    not_passed = {name for name, passed in outcomes.items() if not passed}
    print(f"{len(outcomes) - len(not_passed)} of {len(outcomes)} passed")
    if arguments[3:]:
        print("\n".join(sorted(not_passed)))
        return int(bool(not_passed))
    in_last_hour = 23 in (begun.hour, datetime.now(timezone.utc).hour)
    return judge(outcomes, not_passed - (listed(LAST_HOUR) if in_last_hour else set()), listed(ALWAYS))


def words():
    """Words for random names: no two of them begin alike."""
    return [first + second + third for first in SYLLABLES for second in SYLLABLES for third in SYLLABLES]


def settings(server):
    """Makes what the tests expect, and gives the environment that leads them there."""
    management = server.management()
    console = management.post("/application/applications", {
        "name": "devicemanagement", "key": "devicemanagement-key", "type": "HOSTED", "availability": "MARKET",
        "contextPath": "devicemanagement",
    })
    bootstrap = None
    for worker in range(WORKERS):
        admin = server.new_tenant(f"it-gw{worker}")
        management.post(f"/tenant/tenants/{admin.tenant}/applications", {"application": {"id": console["id"]}})
        for number in range(12):
            admin.new_object(name=f"shown to everybody {number}", c8y_Global={})
        gateway = admin.post("/application/applications", {
            "name": "sms-gateway", "key": f"sms-gateway-{worker}-key", "type": "MICROSERVICE",
            "availability": "PRIVATE", "contextPath": f"sms-gateway-{worker}",
        })
        admin.post(f"/tenant/tenants/{admin.tenant}/applications", {"application": {"self": gateway["self"]}})
        admin.post("/application/applications", {
            "name": "own", "key": f"own-{worker}-key", "type": "HOSTED", "contextPath": f"own-{worker}",
        })
        bootstrap = bootstrap or admin.get(f"/application/applications/{gateway['id']}/bootstrapUser")
    devices = device_bootstrap(server)
    ca = str(server.ca)
    return environment() | {
        "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca,
        "HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE, "NO_PROXY": "127.0.0.1",
        "C8Y_BASEURL": server.program.base, "C8Y_USER": "admin", "C8Y_PASSWORD": OTHER_PASSWORD,
        "C8Y_BOOTSTRAP_TENANT": bootstrap["tenant"], "C8Y_BOOTSTRAP_USER": bootstrap["name"],
        "C8Y_BOOTSTRAP_PASSWORD": bootstrap["password"],
        "C8Y_DEVICEBOOTSTRAP_TENANT": devices["tenant"], "C8Y_DEVICEBOOTSTRAP_USER": devices["user"],
        "C8Y_DEVICEBOOTSTRAP_PASSWORD": devices["password"],
        "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1",
    }


def device_bootstrap(server):
    """Makes the user as which the devices of all tenants ask for their credentials."""
    user = {"tenant": "management", "user": "devicebootstrap", "password": "four wooden bridges for devices"}
    server.management().post("/user/management/users", {
        "userName": user["user"], "email": "devices@example.org", "password": user["password"],
    })
    return user


def run_tests(python, sources, arguments, variables):
    report = WRITABLE / "report.xml"
    command = [
        python, "-m", "pytest", sources / "integration_tests", f"--rootdir={sources}", f"--junitxml={report}",
        "-p", "c8y_api_worker", "-p", "no:cacheprovider", "-q", "--tb=short", "--show-capture=no", "--no-header",
        "--disable-warnings", "-n", str(WORKERS), "--dist", "worksteal", *arguments,
    ]
    # A process group of its own, so that no worker outlives it.
    subprocess.run(
        [str(part) for part in command], cwd=WRITABLE, env=variables, timeout=SECONDS_MAX, check=False,
    )
    return report


def read(report):
    """What became of each test. One that failed in its tear-down has not passed."""
    outcomes = {}
    for case in xml.parse(report).iter("testcase"):
        name = f"{case.get('classname').rpartition('.')[2]}.py::{case.get('name')}"
        passed = not any(child.tag in ("failure", "error", "skipped") for child in case)
        outcomes[name] = outcomes.get(name, True) and passed
    return outcomes


def listed(table):
    """The tests that a table of c8y_api.md names, each in a row of its own."""
    return set(re.findall(r"^\| `([^`]+)` \|", LISTED.read_text().split("\n## ")[table], re.MULTILINE))


def judge(outcomes, not_passed, expected):
    for name in sorted(not_passed - expected):
        print(f"does not pass, and {LISTED.name} does not say why: {name}", file=sys.stderr)
    for name in sorted(expected - not_passed):
        print(f"passes (or is gone), take it out of {LISTED.name}: {name}", file=sys.stderr)
    passed = len(outcomes) - len(not_passed)
    if passed < PASSED_MIN:
        print(f"{passed} passed: at least {PASSED_MIN} must", file=sys.stderr)
    return int(not_passed != expected or passed < PASSED_MIN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
