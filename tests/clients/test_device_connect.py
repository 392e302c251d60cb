"""`holdfast device connect` beside `holdfast serve`, two programs as on two machines: enrolment for a one-time password,
readings over MQTT, what happens while the server is away or the agent is killed, operations, revocation."""

import os
import signal
import stat
import subprocess
import time

import pytest
from client import Client, fresh
from program import Program, environment, executable, run

PASSWORD = "four wooden bridges 1"
OTP = "a1b2c3d4e5f6g7h8"
SECONDS_MAX = 60.0


class Agent:
    """A running `device connect` with its log."""

    def __init__(self, scene, *more):
        self.log = scene.directory / "agent.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(executable()), "device", "connect", "--state", "state", "--interval", "1", *map(str, more)],
                cwd=scene.directory, env=environment(), stdout=log, stderr=log,
            )

    def end(self, signal_number=signal.SIGTERM):
        """Ends it and gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.process.wait(timeout=20)


class Scene:
    """A platform with an authority and a registered device."""

    def __init__(self, directory):
        self.directory = directory
        (directory / "password").write_text(PASSWORD + "\n")
        (directory / "otp").write_text(OTP + "\n")
        (directory / "app.conf").write_text("old\n")
        run("init", "--data-dir", "data", "--tenant", "t100", "--admin-password-file", "password", directory=directory)
        self.listen = ["--listen-https", "127.0.0.1:0"]
        self.serve()
        self.listen = ["--listen-https", self.program.address, "--listen-mqtts", self.program.mqtts]
        self.ca = directory / "data/tls/ca.pem"
        self.admin = Client(self.program.base, self.ca, "t100", "admin", PASSWORD)
        self.admin.post("/certificate-authority", {})
        self.device = fresh("sn-")
        register(self.admin, self.device)
        self.agent = None

    def serve(self):
        self.program = Program("serve", "--data-dir", "data", *self.listen, directory=self.directory)

    def connect(self):
        """The agent with everything that is said the first time; later the state directory says it."""
        first = [
            "--server", self.program.base, "--mqtt", self.program.mqtts, "--tenant", "t100", "--ca", self.ca,
            "--device-id", self.device, "--one-time-password-file", "otp",
        ]
        said = [] if (self.directory / "state/identity.pem").exists() else first
        conf = self.directory / "app.conf"
        self.agent = Agent(self, *said, "--configuration", f"app={conf}", "--log", f"agent={self.directory}/agent.log")

    def object(self):
        return self.admin.get(f"/identity/externalIds/c8y_Serial/{self.device}")["managedObject"]["id"]

    def times(self):
        """The times of all readings, as often as they are there."""
        found, page = [], 1
        while True:
            query = {"source": self.object(), "dateFrom": "2020-01-01", "pageSize": 2000, "currentPage": page}
            readings = self.admin.get("/measurement/measurements", **query)["measurements"]
            found += [reading["time"] for reading in readings]
            if len(readings) < 2000:
                return sorted(found)
            page += 1

    def status(self):
        """Exit code and words of `device status`."""
        command = [str(executable()), "device", "status", "--state", "state"]
        done = subprocess.run(command, cwd=self.directory, env=environment(), capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout

    def until(self, what):
        """Asks until the answer is yes; an agent that has ended need not be waited for."""
        deadline = time.monotonic() + SECONDS_MAX
        while not (found := what()):
            assert time.monotonic() < deadline, self.agent.log.read_text()
            try:
                code = self.agent.process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"ended with {code}: {self.agent.log.read_text()}")
        return found

    def ask(self, **fragment):
        """An operation, once it has come to its end."""
        path = "/devicecontrol/operations"
        made = self.admin.post(path, {"deviceId": self.object(), "description": "x"} | fragment)
        ended = lambda found: found if found["status"] in ("SUCCESSFUL", "FAILED") else None
        return self.until(lambda: ended(self.admin.get(f"{path}/{made['id']}")))


def register(admin, device):
    csv = (
        "ID\tAUTH_TYPE\tCREDENTIALS\tENROLLMENT_OTP\tNAME\tTYPE\tcom_cumulocity_model_Agent.active\n"
        f"{device}\tCERTIFICATES\t\t{OTP}\tShed\tx\ttrue\n"
    )
    form = f'--XX\r\nContent-Disposition: form-data; name="file"; filename="d.csv"\r\n\r\n{csv}\r\n--XX--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=XX"}
    done = admin.request("POST", "/devicecontrol/bulkNewDeviceRequests", body=form, headers=headers)
    assert done.json()["numberOfSuccessful"] == 1, done.text


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    scene = Scene(tmp_path_factory.mktemp("connect"))
    try:
        scene.connect()
        yield scene
    finally:
        if scene.agent:
            scene.agent.end()
        scene.program.stop()


# R083
def test_the_first_reading_comes_within_a_minute_and_the_key_is_the_owners_alone(scene):
    scene.until(scene.times)
    state = scene.directory / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "identity.pem").stat().st_mode) == 0o600
    code, words = scene.status()
    assert code == 0 and f"device       {scene.device} of {scene.program.base}" in words, words
    shown = scene.admin.get(f"/inventory/managedObjects/{scene.object()}")
    assert shown["c8y_SupportedOperations"] == ["c8y_Restart", "c8y_LogfileRequest", "c8y_UploadConfigFile", "c8y_DownloadConfigFile"]
    assert shown["c8y_Agent"]["name"] == "holdfast-agent" and "c8y_Hardware" in shown


# R080
def test_nothing_of_the_agent_listens(scene):
    process = scene.agent.process.pid
    sockets = {os.readlink(f"/proc/{process}/fd/{fd}") for fd in os.listdir(f"/proc/{process}/fd")}
    own = {name.removeprefix("socket:[").removesuffix("]") for name in sockets if name.startswith("socket:[")}
    rows = [row.split() for table in ("tcp", "tcp6") for row in open(f"/proc/net/{table}").read().splitlines()[1:]]
    assert own and not [row for row in rows if row[9] in own and row[3] == "0A"]


def test_operations_are_carried_out_within_the_policy(scene):
    assert scene.ask(c8y_Restart={})["status"] == "SUCCESSFUL"
    refused = scene.ask(c8y_Command={"text": "touch /tmp/never"})
    assert refused["status"] == "FAILED" and "does not run commands" in refused["failureReason"]
    sent = scene.ask(c8y_UploadConfigFile={"type": "app"})
    assert sent["status"] == "SUCCESSFUL", sent
    events = scene.admin.get("/event/events", source=scene.object(), type="app")["events"]
    content = scene.admin.request("GET", f"/event/events/{events[0]['id']}/binaries", accept=None)
    assert content.text == "old\n"


# R086
def test_while_the_server_is_away_readings_wait_and_all_arrive_once_even_if_the_agent_is_killed(scene):
    count = len(scene.times())
    scene.until(lambda: len(scene.times()) >= count + 2)
    scene.program.stop()
    waiting = lambda: int(scene.status()[1].split("waiting")[1].split()[0])
    scene.until(lambda: waiting() >= 5)
    (scene.directory / "app.conf").write_text("changed\n")
    assert scene.agent.end(signal.SIGKILL) == -signal.SIGKILL
    before = waiting()
    assert before >= 5 and scene.status()[0] == 1
    scene.connect()
    scene.until(lambda: waiting() >= before + 3)
    scene.serve()
    scene.until(lambda: waiting() == 0)
    times = scene.times()
    assert len(times) == len(set(times)), "none twice"
    events = scene.admin.get("/event/events", source=scene.object(), type="c8y_SecurityEvent", pageSize=100)["events"]
    found = {event["c8y_SecurityEvent"]["sequence"]: event["c8y_SecurityEvent"]["kind"] for event in events}
    assert len(found) == len(events) and sorted(found) == list(range(1, len(found) + 1)), found
    assert "configuration" in found.values(), events
    # Each of them is a record of the tenant's log, as the device's word, with the device's time. R097
    audit = scene.admin.get("/audit/auditRecords", type="DeviceSecurity", source=scene.object(), pageSize=200)["auditRecords"]
    recorded = {record["c8y_SecurityEvent"]["sequence"]: record for record in audit}
    assert len(recorded) == len(audit) and set(found) <= set(recorded), audit
    assert {record["user"] for record in audit} == {f"device_{scene.device}"}
    assert {record["holdfast_Audit"]["origin"] for record in audit} == {"client"}
    times = {event["c8y_SecurityEvent"]["sequence"]: event["time"] for event in events}
    assert all(recorded[number]["time"] == when for number, when in times.items())
    missing = scene.admin.get("/alarm/alarms", source=scene.object(), type="holdfast_SecurityEventsMissing")["alarms"]
    assert missing == []


# R079
def test_a_revoked_device_is_refused_and_says_so(scene):
    revoked = scene.admin.status("POST", "/certificate-authority/revocations", json_body={"deviceId": scene.device})
    assert revoked == 204
    scene.until(lambda: "the server refuses this device" in scene.agent.log.read_text())
    code, words = scene.status()
    assert code == 1 and "connection   none since" in words, words
    assert scene.agent.end() == 0


@pytest.mark.parametrize(("change", "code", "says"), [
    ({}, 5, "401"),
    ({"--ca": None}, 2, "--ca is needed the first time"),
    ({"--device-id": None}, 2, "--device-id is needed the first time"),
    ({"--one-time-password-file": None}, 2, "--one-time-password-file is needed the first time"),
    ({"--one-time-password-file": "missing"}, 4, "missing"),
    ({"--ca": "other.pem"}, 5, "identity is not proven"),
])
# R078
def test_who_cannot_enrol_is_told_why(scene, tmp_path, change, code, says):
    (tmp_path / "otp").write_text("not the password\n")
    other = run_openssl(tmp_path)
    said = {
        "--server": scene.program.base, "--tenant": "t100", "--ca": scene.ca, "--device-id": "unknown",
        "--one-time-password-file": "otp", "--state": "state",
    } | {flag: other if value == "other.pem" else value for flag, value in change.items()}
    words = [str(word) for flag, value in said.items() if value is not None for word in (flag, value)]
    done = subprocess.run(
        [str(executable()), "device", "connect", *words], cwd=tmp_path, env=environment(),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == code and says in done.stderr, (done.returncode, done.stderr)


def run_openssl(directory):
    """A certificate that nobody has anything to do with."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -subj /CN=other -out other.pem"
    subprocess.run(command.split(), cwd=directory, check=True, capture_output=True, timeout=30)
    return directory / "other.pem"
