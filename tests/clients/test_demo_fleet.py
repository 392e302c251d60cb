"""`holdfast demo --fleet N`: the simulated fleet as a stranger meets it, and what its users see of it."""

import re
import stat

import pytest
from client import Client
from program import Program

DEVICES = 20
MARK = "holdfast_Simulated"
FLEET_SECONDS_MAX = 90.0
PERSON = re.compile(r"^  (\w+) +([A-Za-z0-9_-]{32})  ")
ADMIN_PASSWORD = "correct horse battery staple 9"
LONG_AGO = {"dateFrom": "2020-01-01", "dateTo": "2100-01-01"}


def start(directory):
    return Program(
        "demo", "--data-dir", "demo", "--listen-https", "127.0.0.1:0", "--fleet", DEVICES,
        "--admin-password-file", "password", directory=directory,
    )


def simulated(client):
    """All that says of itself that it is simulated."""
    return client.get("/inventory/managedObjects", fragmentType=MARK, pageSize=200)["managedObjects"]


def is_complete(client):
    """The devices, once all have told their history."""
    devices = [one for one in simulated(client) if "c8y_IsDevice" in one]
    done = len(devices) == DEVICES and all(one[MARK]["hasHistory"] for one in devices)
    return devices if done else None


def total(client, path, **query):
    return client.get(path, pageSize=1, withTotalElements="true", **query)["statistics"]["totalElements"]


def names(client, **query):
    found = client.get("/inventory/managedObjects", fragmentType="c8y_IsDevice", pageSize=200, **query)
    return {one["name"] for one in found["managedObjects"]}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """A fleet that has told its history: the program, its administrator, its devices and its people."""
    directory = tmp_path_factory.mktemp("fleet")
    (directory / "password").write_text(ADMIN_PASSWORD + "\n")
    program = start(directory)
    try:
        program.line_with("console:")
        passwords = dict(found.groups() for line in program.lines if (found := PERSON.match(line)))
        as_user = lambda name, password: Client(program.base, directory / "demo/tls/ca.pem", "t100", name, password)
        admin = as_user("admin", ADMIN_PASSWORD)
        devices = program.eventually(lambda: is_complete(admin), FLEET_SECONDS_MAX)
        people = {name: as_user(name, password) for name, password in passwords.items()}
        yield {
            "program": program, "directory": directory, "admin": admin, "devices": devices, "people": people,
        }
    finally:
        program.stop()


def test_every_device_says_that_it_is_simulated_and_has_a_user_of_its_own(fleet):
    owners = {one["owner"] for one in fleet["devices"]}
    assert len(owners) == DEVICES and all(owner.startswith("device_sim-") for owner in owners)
    assert all(one["name"].endswith("(simulated)") for one in fleet["devices"])
    kinds = {one["type"] for one in fleet["devices"]}
    assert kinds == {"c8y_Truck", "c8y_ColdContainer", "c8y_Machine", "c8y_VibrationSensor"}
    admin = fleet["admin"]
    for one in fleet["devices"]:
        bound = admin.get(f"/identity/externalIds/c8y_Serial/{one[MARK]['device']}")
        assert bound["managedObject"]["id"] == one["id"]
    secret = fleet["directory"] / "demo/demo-fleet/secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and stat.S_IMODE(secret.parent.stat().st_mode) == 0o700


def test_the_machine_itself_is_not_marked(fleet):
    real = [name for name in names(fleet["admin"]) if not name.endswith("(simulated)")]
    assert len(real) == 1


def test_the_tree_has_regions_sites_devices_and_child_devices(fleet):
    admin = fleet["admin"]
    groups = {one["name"]: one for one in simulated(admin) if "c8y_IsDeviceGroup" in one}
    assert len(groups) == 1 + 4 + 16 and groups["Simulated fleet"]["type"] == "c8y_DeviceGroup"
    below = lambda name: admin.get(f"/inventory/managedObjects/{groups[name]['id']}/childAssets", pageSize=100)
    regions = below("Simulated fleet")["references"]
    assert {one["managedObject"]["name"] for one in regions} == {
        "Region North", "Region East", "Region South", "Region West",
    }
    sites = [site for region in regions for site in below(region["managedObject"]["name"])["references"]]
    placed = [one for site in sites for one in below(site["managedObject"]["name"])["references"]]
    children = [one for device in fleet["devices"] for one in device["childDevices"]["references"]]
    assert (len(sites), len(placed), len(children)) == (16, 15, 5)


def test_a_day_of_history_is_there_and_goes_on(fleet):
    admin, program = fleet["admin"], fleet["program"]
    truck = next(one for one in fleet["devices"] if one[MARK]["device"] == "sim-truck-0001")
    assert total(admin, "/measurement/measurements", source=truck["id"], **LONG_AGO) >= 280
    latest = lambda: admin.get("/event/events", source=truck["id"], type="c8y_LocationUpdate", pageSize=1)["events"][0]
    before = latest()
    assert -90 <= before["c8y_Position"]["lat"] <= 90
    measured = lambda: total(admin, "/measurement/measurements", source=truck["id"], **LONG_AGO)
    count = measured()
    program.eventually(lambda: measured() > count, FLEET_SECONDS_MAX)


def test_devices_are_in_every_state(fleet):
    admin, program = fleet["admin"], fleet["program"]

    def states():
        now = [admin.get(f"/inventory/managedObjects/{one['id']}") for one in fleet["devices"]]
        return {(one["c8y_Availability"]["status"], "lastMessage" in one["c8y_Availability"]) for one in now}

    # The silent one is required to be heard of every minute.
    expected = {("AVAILABLE", True), ("AVAILABLE", False), ("UNAVAILABLE", True), ("MAINTENANCE", True)}
    program.eventually(lambda: expected <= states(), FLEET_SECONDS_MAX + 60)


def test_there_are_alarms_and_operations(fleet):
    admin = fleet["admin"]
    assert total(admin, "/alarm/alarms") > 0
    ended = [total(admin, "/devicecontrol/operations", status=status) for status in ("SUCCESSFUL", "FAILED")]
    assert sum(ended) > 0
    assert total(admin, "/devicecontrol/operations", status="PENDING") > 0, "who is switched off owes it"


def test_a_device_does_what_it_is_asked_for(fleet):
    admin, program = fleet["admin"], fleet["program"]
    truck = next(one for one in fleet["devices"] if one[MARK]["device"] == "sim-truck-0002")
    asked = admin.post("/devicecontrol/operations", {"deviceId": truck["id"], "c8y_Restart": {}})
    status = lambda: admin.get(f"/devicecontrol/operations/{asked['id']}")["status"]
    program.eventually(lambda: status() == "SUCCESSFUL", FLEET_SECONDS_MAX)


class TestPeople:
    def test_each_sees_what_rules_allow(self, fleet):
        people = fleet["people"]
        assert set(people) == {
            "dispatcher", "controller", "auditor", "technician", "haulier_north", "haulier_south", "consignee",
        }
        everything = names(fleet["admin"])
        for name in ("dispatcher", "controller", "auditor"):
            assert names(people[name]) == everything, name
        north, south = names(people["haulier_north"]), names(people["haulier_south"])
        assert north and south and not north & south and north | south < everything
        assert names(people["consignee"]) < everything

    def test_the_technician_may_restart_machines_and_nothing_else(self, fleet):
        technician = fleet["people"]["technician"]
        found = technician.get("/inventory/managedObjects", fragmentType="c8y_IsDevice", pageSize=200)["managedObjects"]
        assert found and all(one["type"] in ("c8y_Machine", "c8y_VibrationSensor") for one in found)
        asked = {"deviceId": found[0]["id"]}
        assert technician.status("POST", "/devicecontrol/operations", json_body=asked | {"c8y_Restart": {}}) == 201
        assert technician.status("POST", "/devicecontrol/operations", json_body=asked | {"c8y_Firmware": {}}) == 403

    def test_the_auditor_reads_the_log_and_the_hauliers_do_not(self, fleet):
        people = fleet["people"]
        assert total(people["auditor"], "/audit/auditRecords") > DEVICES
        assert people["haulier_north"].status("GET", "/audit/auditRecords") == 403
        assert total(people["auditor"], "/measurement/measurements", **LONG_AGO) == 0

    def test_nothing_manages_the_tenant_but_the_administrator_and_the_service(self, fleet):
        admin = fleet["admin"]
        keys = admin.get("/user/t100/serviceAccounts/service_fleet")["keys"]
        assert len(keys) == 1
        for client in fleet["people"].values():
            assert client.status("POST", "/user/t100/users", json_body={"userName": "x", "email": "x@example.org"}) == 403


# The last: it ends the first run.
def test_started_again_it_goes_on_and_makes_nothing_twice(fleet):
    admin = fleet["admin"]
    objects = lambda client: sorted(one["id"] for one in simulated(client))
    truck = next(one for one in fleet["devices"] if one[MARK]["device"] == "sim-truck-0001")
    old = LONG_AGO | {"dateTo": truck["creationTime"]}
    history = lambda client: total(client, "/measurement/measurements", source=truck["id"], **old)
    live = lambda client: total(client, "/measurement/measurements", source=truck["id"], **LONG_AGO)
    rules = lambda client: client.get("/user/t100/users/haulier_north/roles/inventory")["inventoryAssignments"]
    before = objects(admin), history(admin), len(rules(admin))
    count = live(admin)
    fleet["program"].stop()
    second = start(fleet["directory"])
    try:
        second.line_with("console:")
        assert not any(PERSON.match(line) for line in second.lines), "a password is shown once"
        again = Client(second.base, admin.ca, "t100", "admin", ADMIN_PASSWORD)
        second.eventually(lambda: live(again) > count, FLEET_SECONDS_MAX)
        assert (objects(again), history(again), len(rules(again))) == before
        dispatcher = fleet["people"]["dispatcher"]
        assert Client(second.base, admin.ca, "t100", "dispatcher", dispatcher.password).status("GET", "/platform") == 200
    finally:
        second.stop()
