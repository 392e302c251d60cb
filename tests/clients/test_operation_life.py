"""The life of operations for a real agent over REST: asked, followed by long polls, taken, ended, called off."""
# R032 R072 R100

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from client import fresh
from conftest import new_user
from test_realtime import SECONDS_MAX, Follower

OBJECTS = "/inventory/managedObjects"
OPERATIONS = "/devicecontrol/operations"
SOFTWARE = "/service/advanced-software-mgmt/software"
AGENT = {"name": "agent", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}}


class Agent:
    """A device with a user of its own, and a child behind it."""

    def __init__(self, server, admin):
        self.serial = fresh("agent")
        self.client = new_user(server, admin, f"device_{self.serial}", groups=("devices",))
        self.id = self.object(self.serial, AGENT)
        self.child = self.object(f"{self.serial}:device:c", {"name": "c", "c8y_IsDevice": {}})
        self.client.post(f"{OBJECTS}/{self.id}/childDevices", {"managedObject": {"id": self.child}})

    def object(self, serial, body):
        made = self.client.post(OBJECTS, body)["id"]
        self.client.post(f"/identity/globalIds/{made}/externalIds", {"type": "c8y_Serial", "externalId": serial})
        return made

    def say(self, operation, **body):
        return self.client.put(f"{OPERATIONS}/{operation}", body)


@pytest.fixture
def agent(server, admin):
    return Agent(server, admin)


def ask(admin, device, **fragments):
    return admin.post(OPERATIONS, {"deviceId": device} | (fragments or {"c8y_Restart": {}}))["id"]


def test_an_agent_that_polls_takes_what_waits_and_ends_it(admin, agent):
    asked = [ask(admin, agent.child), ask(admin, agent.id, c8y_Command={"text": "ls"})]
    page = agent.client.get(OPERATIONS, agentId=agent.id, status="PENDING")["operations"]
    assert [one["id"] for one in page] == asked
    serials = [one["deviceExternalIDs"]["externalIds"][0]["externalId"] for one in page]
    assert serials == [f"{agent.serial}:device:c", agent.serial]
    for operation in asked:
        assert agent.say(operation, status="EXECUTING")["status"] == "EXECUTING"
    agent.say(asked[0], status="FAILED", failureReason="no power")
    agent.say(asked[1], status="SUCCESSFUL", c8y_Command={"text": "ls", "result": "a"})
    shown = [admin.get(f"{OPERATIONS}/{operation}") for operation in asked]
    assert (shown[0]["status"], shown[0]["failureReason"]) == ("FAILED", "no power")
    assert (shown[1]["status"], shown[1]["c8y_Command"]["result"]) == ("SUCCESSFUL", "a")
    assert agent.client.get(OPERATIONS, agentId=agent.id, status="PENDING")["operations"] == []
    records = admin.get("/audit/auditRecords", type="Operation", source=asked[1])["auditRecords"]
    activities = [(record["activity"], record["user"]) for record in reversed(records)]
    assert activities == [("Operation created", "admin")] + 2 * [("Operation updated", f"device_{agent.serial}")]


def test_an_agent_that_waits_is_told_of_new_operations_for_what_is_below_it(admin, agent):
    follower = Follower(agent.client, "/notification/operations")
    assert follower.say("subscribe", subscription=f"/{agent.id}")[0]["successful"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(follower.told)
        operation = ask(admin, agent.child)
        told = waiting.result(SECONDS_MAX)
    data = [one["data"]["data"] for one in told]
    assert [(one["id"], one["deviceId"], one["status"]) for one in data] == [(operation, agent.child, "PENDING")]
    assert told[0]["channel"] == f"/{agent.id}"
    assert data[0]["delivery"] == {"status": "PENDING", "time": data[0]["creationTime"], "log": []}
    assert follower.say("disconnect")[0]["successful"]


def test_a_device_that_waits_counts_as_connected(server, admin, agent):
    path = f"{OBJECTS}/{agent.id}"
    admin.put(path, {"c8y_RequiredAvailability": {"responseInterval": 5}})
    connection = lambda: admin.get(path)["c8y_Connection"]["status"]
    assert connection() == "DISCONNECTED"
    follower = Follower(agent.client, "/notification/operations")
    follower.say("subscribe", subscription=f"/{agent.id}")
    assert connection() == "CONNECTED"
    follower.say("disconnect")
    assert server.program.eventually(lambda: connection() == "DISCONNECTED", SECONDS_MAX)
    # Whoever looks on is not the device.
    onlooker = Follower(admin, "/notification/operations")
    onlooker.say("subscribe", subscription=f"/{agent.id}")
    assert connection() == "DISCONNECTED"
    onlooker.say("disconnect")


def test_what_is_called_off_is_not_done_any_more(admin, agent):
    operation = ask(admin, agent.id)
    admin.put(f"{OPERATIONS}/{operation}", {"status": "FAILED", "failureReason": "Called off"})
    assert agent.client.get(OPERATIONS, agentId=agent.id, status="PENDING")["operations"] == []
    late = agent.client.request("PUT", f"{OPERATIONS}/{operation}", json_body={"status": "EXECUTING"})
    assert late.status_code == 422
    assert admin.get(f"{OPERATIONS}/{operation}")["failureReason"] == "Called off"


def test_what_is_asked_for_a_short_time_expires(server, admin, agent):
    options = "/tenant/options/device-control/operation.pending.seconds"
    option = {"category": "device-control", "key": "operation.pending.seconds", "value": "60"}
    assert admin.request("POST", "/tenant/options", json_body=option).status_code == 200
    try:
        waits = admin.get(f"{OPERATIONS}/{ask(admin, agent.id)}")
        assert waits["holdfast_ExpiryTime"] > waits["creationTime"]
    finally:
        admin.delete(options)
    soon = (datetime.now(timezone.utc) + timedelta(seconds=2)).isoformat()
    operation = ask(admin, agent.id, c8y_Restart={}, holdfast_ExpiryTime=soon)

    def expired():
        shown = admin.get(f"{OPERATIONS}/{operation}")
        return shown if shown["status"] == "FAILED" else None

    assert server.program.eventually(expired, 60)["failureReason"] == "expired"
    late = agent.client.request("PUT", f"{OPERATIONS}/{operation}", json_body={"status": "SUCCESSFUL"})
    assert late.status_code == 422


def test_another_agent_sees_and_says_nothing(server, admin, agent):
    other = Agent(server, admin)
    operation = ask(admin, agent.id)
    assert other.client.get(OPERATIONS, agentId=agent.id)["operations"] == []
    assert other.client.status("GET", f"{OPERATIONS}/{operation}") == 404
    assert other.client.status("PUT", f"{OPERATIONS}/{operation}", json_body={"status": "EXECUTING"}) == 404
    assert other.client.status("GET", SOFTWARE + f"?deviceId={agent.id}") == 404
    assert admin.get(f"{OPERATIONS}/{operation}")["status"] == "PENDING"


# R093
def test_the_software_of_a_device_is_told_and_shown(admin, agent):
    path = f"{SOFTWARE}?deviceId={agent.id}"
    item = {"name": "vim", "version": "9", "softwareType": "apt", "url": "https://example.org/vim"}
    agent.client.request("POST", path, json_body=[item])
    agent.client.request("PUT", path, json_body=[{"name": "jq", "version": "1"}])
    assert admin.get(SOFTWARE, deviceId=agent.id)["softwareList"] == [item, {"name": "jq", "version": "1"}]
    agent.client.request("DELETE", path, json_body=[{"name": "vim", "version": "9"}])
    assert [one["name"] for one in admin.get(SOFTWARE, deviceId=agent.id)["softwareList"]] == ["jq"]
