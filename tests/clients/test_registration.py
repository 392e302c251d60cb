"""Registration of devices, by the official Python SDK and by hand: a device asks until it is let in, and gets its
credentials once."""

import contextlib
import threading

import pytest
from c8y_api import CumulocityDeviceRegistry
from c8y_api.model import Device
from client import check_problem, fresh
from conftest import ADMIN_PASSWORD
from test_sdk import connected

REQUESTS = "/devicecontrol/newDeviceRequests"
CREDENTIALS = "/devicecontrol/deviceCredentials"
BULK = "/devicecontrol/bulkNewDeviceRequests"
BOOTSTRAP_PASSWORD = "four wooden bridges for devices"
DEVICE_PASSWORD = "AbcD1234!1234AbcD"


def bootstrap_user(server, admin):
    """The user with which the new devices of a tenant ask: made by its administrator."""
    admin.post(f"/user/{admin.tenant}/users", {
        "userName": "devicebootstrap", "email": "devices@example.org", "password": BOOTSTRAP_PASSWORD,
    })
    return server.client(admin.tenant, "devicebootstrap", BOOTSTRAP_PASSWORD)


@pytest.fixture(scope="module")
def bootstrap(server, admin):
    return bootstrap_user(server, admin)


@pytest.fixture(scope="module")
def platform_bootstrap(server, management):
    return bootstrap_user(server, management)


def ask(client, device, **more):
    """The answer to a device that asks."""
    return client.request("POST", CREDENTIALS, json_body={"id": device} | more)


def upload(client, csv, **query):
    form = f'--XX\r\nContent-Disposition: form-data; name="file"; filename="d.csv"\r\nContent-Type: text/csv\r\n\r\n{csv}\r\n--XX--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=XX"}
    return client.request("POST", BULK, body=form, headers=headers, query=query)


# R053 R078
def test_a_device_comes_in_by_the_sdk(server, admin, bootstrap, monkeypatch):
    # The SDK asks with a session of its own, which knows only the certificates that the library brings.
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(server.ca))
    sdk = connected(admin, ADMIN_PASSWORD)
    registry = CumulocityDeviceRegistry(server.program.base, bootstrap.tenant, bootstrap.user, BOOTSTRAP_PASSWORD)
    device_id = fresh("sdk")
    sdk.device_inventory.request(device_id)

    def accept():
        # It has not asked yet, as long as this is refused.
        with contextlib.suppress(ValueError):
            sdk.device_inventory.accept(device_id)
            return True

    thread = threading.Thread(target=server.program.eventually, args=(accept, 20))
    thread.start()
    own = registry.await_connection(device_id, timeout="30s", pause="1s")
    thread.join()
    assert (own.tenant_id, own.username) == (admin.tenant, f"device_{device_id}")
    own.session.verify = str(server.ca)
    own.session.trust_env = False
    device = Device(own, name=device_id, type="c8y_TestDevice").create()
    assert device.owner == own.username == device.get_username()
    device.delete()
    sdk.users.delete(device.owner)


# R078
def test_the_credentials_are_told_once_and_always_with_a_body(server, admin, bootstrap):
    device = fresh("once")
    problem = check_problem(ask(bootstrap, device), 404, "devicecontrol/Not Found")
    admin.post(REQUESTS, {"id": device})
    assert ask(bootstrap, device).json()["message"] == problem["message"]
    admin.put(f"{REQUESTS}/{device}", {"status": "ACCEPTED"})
    answer = bootstrap.request("POST", CREDENTIALS, json_body={"id": device}, accept=None)
    assert answer.status_code == 201
    given = answer.json()
    own = server.client(given["tenantId"], given["username"], given["password"])
    assert own.status("GET", "/inventory/managedObjects") == 200
    check_problem(ask(bootstrap, device), 404)
    check_problem(admin.request("GET", f"{REQUESTS}/{device}"), 404)


def test_the_shared_user_does_nothing_else(bootstrap, admin):
    shared = admin.new_object(c8y_Global={})["id"]
    for path in (f"/inventory/managedObjects/{shared}", "/user/currentUser", "/tenant/currentTenant", REQUESTS):
        assert bootstrap.status("GET", path) in (403, 404), path
    change = {"currentUserPassword": BOOTSTRAP_PASSWORD, "newPassword": "another good passphrase"}
    assert bootstrap.status("PUT", "/user/currentUser/password", json_body=change) == 403
    assert admin.status("POST", CREDENTIALS, json_body={"id": "x"}) == 403


def test_the_user_of_the_platform_finds_the_tenant_of_a_device(server, admin, other_admin, platform_bootstrap):
    device = fresh("platform")
    admin.post(REQUESTS, {"id": device, "securityToken": "from the label"})
    assert ask(platform_bootstrap, device).status_code == 404
    assert admin.get(f"{REQUESTS}/{device}")["status"] == "WAITING_FOR_CONNECTION"
    assert ask(platform_bootstrap, device, securityToken="from the label").status_code == 404
    admin.put(f"{REQUESTS}/{device}", {"status": "ACCEPTED"})
    # Another tenant that asks for the same device keeps it from nobody.
    other_admin.post(REQUESTS, {"id": device})
    given = ask(platform_bootstrap, device, securityToken="from the label").json()
    assert given["tenantId"] == admin.tenant
    other_admin.delete(f"{REQUESTS}/{device}")


def test_a_file_of_devices_is_tried_and_carried_out(server, admin):
    device, kind = fresh("bulk"), fresh("kind")
    csv = (
        "ID\tCREDENTIALS\tTYPE\tNAME\tPATH\tcom_cumulocity_model_Agent.active\n"
        f"{device}\t{DEVICE_PASSWORD}\t{kind}\tMeter\tplant/hall\ttrue\n"
        f"no good\t{DEVICE_PASSWORD}\t{kind}\tMeter\t\t\n"
    )
    for query in ({"dryRun": "true"}, {}):
        answer = upload(admin, csv, **query)
        assert answer.status_code == 201, answer.text
        done = answer.json()
        assert (done["numberOfAll"], done["numberOfCreated"], done["numberOfFailed"]) == (2, 1, 1)
        assert done["failedCreationList"][0]["line"] == "3"
        found = admin.get("/inventory/managedObjects", type=kind)["managedObjects"]
        assert len(found) == (0 if query else 1)
    own = server.client(admin.tenant, f"device_{device}", DEVICE_PASSWORD)
    assert own.get(f"/identity/externalIds/c8y_Serial/{device}")["managedObject"]["id"] == found[0]["id"]
    check_problem(admin.request("POST", BULK, json_body={}), 415)
