"""`holdfast demo` as a stranger meets it: one command, then the three commands that it prints, as printed."""

import json
import os
import re
import stat
import subprocess
import time

import pytest
from client import Client, basic, check_problem
from program import Program

SERIES_SECONDS_MAX = 60.0
SECRET = re.compile(r'"secret":"([0-9a-f-]+)"')
PASSWORD = re.compile(r'"password":"([^"]+)"')


def start(directory):
    return Program("demo", "--data-dir", "demo", "--listen-https", "127.0.0.1:0", directory=directory)


def printed_commands(program):
    """The three curl commands; the last is the last line that is printed."""
    program.line_with("3. see its latest readings")
    program.line_with("/measurement/measurements?")
    return [line for line in program.lines if line.startswith("curl ")]


def run_as_printed(command, directory):
    done = subprocess.run(["bash", "-c", command], cwd=directory, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, ""), command
    return done.stdout


def cpu_times(admin, device):
    """The times of this machine's CPU readings."""
    span = {"dateFrom": "2020-01-01", "dateTo": "2100-01-01"}
    query = {"source": device, "series": "c8y_CPUMeasurement.Workload"} | span
    answer = admin.request("GET", "/measurement/measurements/series", query=query)
    assert answer.status_code == 200, answer.text
    table = answer.json()
    assert all(0 <= cell["min"] <= 100 for row in table["values"].values() for cell in row[:1] if cell)
    return set(table["values"])


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A first run: what it printed and what was seen of it, after it was stopped."""
    directory = tmp_path_factory.mktemp("demo")
    program = start(directory)
    try:
        commands = printed_commands(program)
        assert len(commands) == 3, program.lines
        # From another directory: what is printed works wherever it is pasted.
        answers = [run_as_printed(command, "/") for command in commands]
        password = PASSWORD.search(commands[0])[1]
        admin = Client(program.base, directory / "demo/tls/ca.pem", "t100", "admin", password)
        find = lambda: admin.get("/inventory/managedObjects", fragmentType="c8y_IsDevice")["managedObjects"]
        devices = program.eventually(find, SERIES_SECONDS_MAX)
        device = devices[0]
        times = program.eventually(lambda: cpu_times(admin, device["id"]), SERIES_SECONDS_MAX)
        ready_to_series = time.monotonic() - program.begun
        yield {
            "directory": directory, "commands": commands, "answers": answers, "password": password,
            "devices": devices,
            "admin": admin, "times": times, "seconds": ready_to_series, "program": program,
        }
    finally:
        program.stop()


def test_the_printed_link_leads_to_the_console_with_the_secret_kept_from_the_server(first):
    base, secret = first["program"].base, SECRET.search(first["commands"][0])[1]
    [link] = [line for line in first["program"].lines if line.startswith(f"{base}/ui/#/setup?tenant=t100")]
    address, kept = link.split("#")
    assert kept == f"/setup?tenant=t100&user=admin&secret={secret}"
    page = Client(base, first["directory"] / "demo/tls/ca.pem").request("GET", address.removeprefix(base))
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")


def test_the_three_printed_commands_work_as_printed(first):
    assert first["answers"][0] == "", "redeeming the secret has nothing to show"
    shown = [json.loads(answer) for answer in first["answers"][1:]]
    assert "managedObjects" in shown[0] and "measurements" in shown[1]
    again = json.loads(run_as_printed(first["commands"][1], first["directory"]))
    assert [entry["id"] for entry in again["managedObjects"]] == [device["id"] for device in first["devices"]]
    latest = lambda: json.loads(run_as_printed(first["commands"][2], first["directory"]))["measurements"]
    reading = first["program"].eventually(latest, SERIES_SECONDS_MAX)
    assert reading[0]["source"]["id"] == first["devices"][0]["id"] and "c8y_CPUMeasurement" in reading[0]


def test_this_machine_is_the_only_device_and_its_cpu_series_is_there_within_a_minute(first):
    assert len(first["devices"]) == 1
    device = first["devices"][0]
    assert device["name"] == os.uname().nodename and device["owner"].startswith("device_")
    assert first["times"] and first["seconds"] < SERIES_SECONDS_MAX
    supported = first["admin"].get(f"/inventory/managedObjects/{device['id']}/supportedMeasurements")
    assert "c8y_CPUMeasurement" in supported["c8y_SupportedMeasurements"]


def test_the_used_secret_is_refused(first):
    secret = SECRET.search(first["commands"][0])[1]
    assert len(secret.replace("-", "")) == 32, "128 bits"
    stranger = Client(first["program"].base, first["admin"].ca)
    again = {"tenant": "t100", "userName": "admin", "secret": secret, "password": "another fine password 1"}
    answer = stranger.request("POST", "/tenant/setup", json_body=again)
    assert answer.status_code in (403, 422)
    check_problem(answer, answer.status_code)
    answer = stranger.request("GET", "/platform", headers={"Authorization": basic(f"t100/admin:{secret}")})
    check_problem(answer, 401)
    assert first["admin"].request("GET", "/platform").status_code == 200, "the password is as it was"


# R083
def test_the_device_has_a_certificate_of_its_own_and_no_administrators_rights(first):
    file = first["directory"] / "demo/demo-device/identity.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    owner = first["devices"][0]["owner"]
    issued = first["admin"].get("/certificate-authority/certificates")["certificates"]
    assert [f"device_{entry['deviceId']}" for entry in issued] == [owner]
    groups = first["admin"].get(f"/user/t100/users/{owner}/groups")["references"]
    assert [entry["group"]["name"] for entry in groups] == ["devices"]
    assert not list((first["directory"] / "demo").glob("*.secret")), "it has no password"


# The last: it ends the first run.
def test_after_a_restart_nothing_is_lost_and_no_secret_is_shown(first):
    before = cpu_times(first["admin"], first["devices"][0]["id"])
    first["program"].stop()
    second = start(first["directory"])
    try:
        hint = second.line_with("holdfast init --data-dir")
        assert "--tenant t100 --admin-user admin" in hint
        assert not any(line.startswith("curl ") or "secret" in line for line in second.lines), second.lines
        admin = Client(second.base, first["admin"].ca, "t100", "admin", first["password"])
        devices = admin.get("/inventory/managedObjects", fragmentType="c8y_IsDevice")["managedObjects"]
        assert [device["id"] for device in devices] == [first["devices"][0]["id"]], "not registered twice"
        assert before <= cpu_times(admin, devices[0]["id"])
        second.eventually(lambda: cpu_times(admin, devices[0]["id"]) > before, SERIES_SECONDS_MAX)
        used = SECRET.search(first["commands"][0])[1]
        again = {"tenant": "t100", "userName": "admin", "secret": used, "password": "another fine password 1"}
        answer = Client(second.base, first["admin"].ca).request("POST", "/tenant/setup", json_body=again)
        assert answer.status_code in (403, 422), answer.text
    finally:
        second.stop()


def test_without_a_directory_the_demo_keeps_everything_in_the_present_one(tmp_path):
    program = Program("demo", "--listen-https", "127.0.0.1:0", directory=tmp_path)
    program.stop()
    kept = tmp_path / "holdfast-data"
    assert (kept / "tls/ca.pem").is_file() and stat.S_IMODE(kept.stat().st_mode) == 0o700
