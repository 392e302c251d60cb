"""Realtime notifications of the running program: over requests that wait, and over a WebSocket of a real client."""
# R050 R127

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from client import SECONDS_MAX, fresh, open_socket
from conftest import ADMIN_PASSWORD, OTHER_PASSWORD
from websockets.exceptions import ConnectionClosed, InvalidStatus

PATH = "/notification/realtime"


class Follower:
    """A session over requests that wait."""

    def __init__(self, client, path=PATH):
        self.client, self.path = client, path
        self.id = self.talk(channel="/meta/handshake", version="1.0")[0]["clientId"]

    def talk(self, **message):
        answer = self.client.request("POST", self.path, json_body=[message])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, kind, **message):
        return self.talk(channel=f"/meta/{kind}", clientId=self.id, **message)

    def told(self):
        """The next notifications."""
        *told, last = self.say("connect", connectionType="long-polling")
        assert last["successful"], last
        return told


@pytest.fixture
def device(admin):
    return admin.post("/inventory/managedObjects", {"name": fresh("device"), "c8y_IsDevice": {}})["id"]


def alarm(client, source, **more):
    body = {"source": {"id": source}, "type": fresh("type"), "text": "x", "severity": "MAJOR",
            "time": "2026-11-21T10:00:00Z"}
    return client.post("/alarm/alarms", body | more)["id"]


def opened(server, **more):
    return open_socket(server.program.base, server.ca, PATH, **more)


def hear(socket):
    return json.loads(socket.recv(timeout=SECONDS_MAX))


def shake(socket, **more):
    socket.send(json.dumps([{"channel": "/meta/handshake", "version": "1.0", "id": "1"} | more]))
    return hear(socket)[0]


def test_who_waits_is_told_when_it_happens(admin, device):
    follower = Follower(admin)
    assert follower.say("subscribe", subscription=f"/alarms/{device}")[0]["successful"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(follower.told)
        raised = alarm(admin, device)
        told = waiting.result(SECONDS_MAX)
    assert [(one["channel"], one["data"]["realtimeAction"], one["data"]["data"]["id"]) for one in told] == [
        (f"/alarms/{device}", "CREATE", raised),
    ]
    assert told[0]["data"]["data"] == admin.get(f"/alarm/alarms/{raised}")
    assert follower.say("disconnect")[0]["successful"]
    assert follower.say("connect")[0]["error"].startswith("402::")


def test_another_tenant_hears_nothing(admin, other_admin, device):
    ours, theirs = Follower(admin), Follower(other_admin)
    for follower in (ours, theirs):
        follower.say("subscribe", subscription="/alarms/*")
    raised = alarm(admin, device)
    assert [one["data"]["data"]["id"] for one in ours.told()] == [raised]
    *told, _ = theirs.say("connect", advice={"timeout": 1000})
    assert told == []


def test_a_user_that_is_disabled_is_let_go_within_seconds(server, admin):
    name = fresh("joe")
    admin.post("/user/t100/users", {"userName": name, "email": "joe@example.org", "password": OTHER_PASSWORD})
    follower = Follower(server.client("t100", name, OTHER_PASSWORD))
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(follower.say, "connect")
        began = time.monotonic()
        admin.put(f"/user/t100/users/{name}", {"enabled": False})
        [answer] = waiting.result(SECONDS_MAX)
    assert not answer["successful"] and answer["advice"]["reconnect"] == "handshake"
    assert time.monotonic() - began < 7


def test_a_websocket_client_is_told_what_happens(server, admin, device):
    with opened(server, additional_headers={"Authorization": admin.authorization}) as socket:
        client_id = shake(socket)["clientId"]
        socket.send(json.dumps([
            {"channel": "/meta/subscribe", "clientId": client_id, "subscription": "/measurements/*"},
            {"channel": "/meta/connect", "clientId": client_id, "connectionType": "websocket"},
        ]))
        assert hear(socket)[0]["successful"]
        for value in range(3):
            stored = admin.post("/measurement/measurements", {
                "source": {"id": device}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": value}},
            })
            told = hear(socket)
            assert [one["channel"] for one in told] == [f"/measurements/{device}"]
            assert told[0]["data"]["data"] == stored


def test_a_websocket_client_signs_in_inside_of_the_handshake(server, device):
    token = base64.b64encode(f"t100/admin:{ADMIN_PASSWORD}".encode()).decode()
    with opened(server) as socket:
        shaken = shake(socket, ext={"com.cumulocity.authn": {"token": token}})
        assert shaken["successful"], shaken


def test_a_websocket_needs_a_right_credential(server):
    wrong = base64.b64encode(b"t100/admin:not the password 1").decode()
    with pytest.raises(InvalidStatus) as refused:
        opened(server, additional_headers={"Authorization": f"Basic {wrong}"})
    assert refused.value.response.status_code == 401
    with opened(server) as socket:
        assert shake(socket)["error"] == "403::Handshake denied"
        shaken = shake(socket, ext={"com.cumulocity.authn": {"token": wrong}})
        assert shaken["error"] == "403::Handshake denied"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=SECONDS_MAX)
