"""Remote access over real WebSockets: a user and a device, with the checks that keep everybody else out."""

import contextlib
import time

import pytest
from client import fresh, open_socket
from conftest import new_user
from websockets.exceptions import ConnectionClosed, InvalidStatus

PATIENCE = 20
# Whoever must not be connected any more is cut within this.
CUT_SECONDS_MAX = 5
ROLES = (
    "ROLE_REMOTE_ACCESS_ADMIN", "ROLE_DEVICE_CONTROL_ADMIN", "ROLE_DEVICE_CONTROL_READ", "ROLE_INVENTORY_READ",
)


class Scene:
    """A device that is an agent, a configuration of it, and somebody who may use that."""

    def __init__(self, server, admin):
        self.server, self.admin = server, admin
        self.operator = new_user(server, admin, fresh("operator"), roles=ROLES)
        self.device = new_user(server, admin, fresh("device_ra"), groups=["devices"])
        body = {"name": "ra", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}}
        self.object = self.device.post("/inventory/managedObjects", body)["id"]
        place = {"name": "ssh", "hostname": "127.0.0.1", "port": 22, "protocol": "SSH", "password": "canary"}
        path = f"/service/remoteaccess/devices/{self.object}/configurations"
        self.configuration = self.operator.post(path, place)["id"]

    def socket(self, who, path, **more):
        return open_socket(who.base, who.ca, path, additional_headers={"Authorization": who.authorization}, **more)

    def open(self, who=None):
        path = f"/service/remoteaccess/client/{self.object}/configurations/{self.configuration}"
        return self.socket(who or self.operator, path)

    def asked(self):
        found = self.device.get("/devicecontrol/operations", deviceId=self.object, pageSize=100)["operations"]
        return [one for one in found if "c8y_RemoteAccessConnect" in one][-1]

    def key(self):
        return self.asked()["c8y_RemoteAccessConnect"]["connectionKey"]

    def connect(self, key=None, who=None):
        path = f"/service/remoteaccess/device/{key or self.key()}"
        return self.socket(who or self.device, path, subprotocols=["binary"])

    @contextlib.contextmanager
    def joined(self):
        with self.open() as user, self.connect() as device:
            user.send(b"hello")
            assert device.recv(timeout=PATIENCE) == b"hello"
            yield user, device

    def recorded(self, activity):
        records = self.admin.get("/audit/auditRecords", type="RemoteAccess", source=self.object, pageSize=100)
        return [record["text"] for record in records["auditRecords"] if record["activity"] == activity]


@pytest.fixture
def scene(server, admin):
    return Scene(server, admin)


@contextlib.contextmanager
def refused(status):
    with pytest.raises(InvalidStatus) as raised:
        yield
    assert raised.value.response.status_code == status


def closed(socket):
    with pytest.raises(ConnectionClosed) as raised:
        while True:
            socket.recv(timeout=PATIENCE)
    return raised.value.rcvd.reason


# R080
def test_bytes_go_both_ways_and_the_end_is_recorded(scene):
    with scene.joined() as (user, device):
        assert device.subprotocol == "binary"
        assert device.response.headers["Connection"].lower() == "upgrade"
        piece = bytes(range(256)) * 256
        for _ in range(16):
            device.send(piece)
            assert user.recv(timeout=PATIENCE) == piece
        user.send("typed")
        assert device.recv(timeout=PATIENCE) == b"typed"
        session = scene.operator.get("/service/remoteaccess/sessions")
        assert [one["deviceId"] for one in session] == [scene.object]
        assert (session[0]["bytesFromUser"], session[0]["bytesFromDevice"]) == (10, 16 * len(piece))
        user.close()
        assert closed(device) == "closed by the user"
    scene.server.program.eventually(lambda: scene.recorded("Remote access ended"), PATIENCE)
    [text] = scene.recorded("Remote access ended")
    assert f"10 bytes from the user, {16 * len(piece)} from the device" in text


# R080
def test_a_key_is_good_once_and_for_its_device_alone(scene, admin):
    other = Scene(scene.server, admin)
    with scene.open():
        key = scene.key()
        for wrong in ("x", key[:-1] + ("0" if key[-1] != "0" else "1")):
            with refused(404):
                scene.connect(wrong)
        for who in (other.device, scene.operator, admin):
            with refused(404):
                scene.connect(key, who)
        with scene.connect(key):
            with refused(404):
                scene.connect(key)
    with refused(404):
        scene.connect(key)


# R080
def test_a_key_ends_with_the_session(scene):
    with scene.open():
        pass
    scene.server.program.eventually(lambda: scene.recorded("Remote access ended"), PATIENCE)
    with refused(404):
        scene.connect()


# R080
def test_a_session_ends_with_its_time(scene, admin):
    option = {"category": "remoteaccess", "key": "session.seconds.max", "value": "1"}
    assert admin.request("POST", "/tenant/options", json_body=option).status_code == 200
    try:
        with scene.joined() as (user, device):
            assert closed(user) == closed(device) == "the time of the session is over"
    finally:
        admin.delete("/tenant/options/remoteaccess/session.seconds.max")


# R020 R080
def test_a_right_that_is_withdrawn_cuts_both_ends(scene, admin):
    with scene.joined() as (user, device):
        since = time.monotonic()
        path = f"/user/{admin.tenant}/users/{scene.operator.user}/roles/ROLE_REMOTE_ACCESS_ADMIN"
        admin.delete(path)
        assert closed(user) == closed(device) == "the user is not allowed any more"
        assert time.monotonic() - since < CUT_SECONDS_MAX
    with refused(403):
        scene.open()


# R079
def test_a_stolen_device_is_cut_and_stays_out(scene, admin):
    path = f"/devicecontrol/devices/{scene.object}/disconnection"
    preview = admin.get(path)
    assert (preview["disconnected"], preview["consequences"]["users"]) == (False, 1)
    with scene.joined() as (user, device):
        since = time.monotonic()
        answer = admin.request("POST", path, json_body={"reason": "stolen"})
        assert answer.status_code == 200 and answer.json()["disconnected"], answer.text
        assert closed(device) == closed(user) == "the device is not allowed any more"
        assert time.monotonic() - since < CUT_SECONDS_MAX
    assert scene.device.status("GET", "/inventory/managedObjects") == 401
    name = scene.device.user.removeprefix("device_")
    assert admin.status("POST", "/devicecontrol/newDeviceRequests", json_body={"id": name}) == 409
    shown = admin.get(f"/inventory/managedObjects/{scene.object}")
    assert shown["holdfast_Disconnected"]["reason"] == "stolen"
    with refused(409):
        scene.open()
    admin.delete(path)
    assert scene.device.status("GET", "/inventory/managedObjects") == 401, "nothing is given back"
    assert admin.status("POST", "/devicecontrol/newDeviceRequests", json_body={"id": name}) == 201


# R087
def test_a_device_goes_out_of_service(scene, admin):
    path = f"/devicecontrol/devices/{scene.object}/decommissioning"
    admin.post(path, {"reason": "end of life"})
    admin.put(path, {"step": "EXPORT", "note": "exported"})
    wipe = admin.put(path, {"step": "WIPE"})["wipeOperation"]
    for status in ("EXECUTING", "SUCCESSFUL"):
        scene.device.put(f"/devicecontrol/operations/{wipe}", {"status": status})
    admin.put(path, {"step": "REVOKE"})
    assert scene.device.status("GET", "/inventory/managedObjects") == 401
    admin.put(path, {"step": "DATA", "data": "KEEP", "note": "by contract"})
    admin.put(path, {"step": "HARDWARE", "note": "recycled"})
    done = admin.request("POST", f"{path}/completion")
    assert done.status_code == 200 and done.json()["status"] == "COMPLETED_UNPROVEN", done.text
    assert done.json()["unproven"] == ["EXPORT", "HARDWARE"]
    certificate = admin.request("GET", f"{path}/certificate", accept="text/plain")
    assert certificate.status_code == 200 and "Device decommissioned" in certificate.text


def test_secrets_are_not_shown(scene):
    path = f"/service/remoteaccess/devices/{scene.object}/configurations"
    shown = scene.operator.get(path)
    assert [one["name"] for one in shown] == ["ssh"]
    assert "canary" not in str(shown) and "password" not in shown[0]
