"""Where the REST API is not what one would expect, or where its descriptions contradict one another: one named case for
each, with what this server answers. Clients have come to count on every one of them."""

import base64
import io
import json
import zipfile

import pytest
import requests
from client import check_problem, fresh, media
from conftest import ADMIN_PASSWORD, OTHER_PASSWORD, new_user
from test_certificates import OTP, key, request_for
from test_realtime import Follower
from test_registration import bootstrap_user, upload

NOON = "2026-03-01T12:00:00.000Z"
OBJECTS = "/inventory/managedObjects"


@pytest.fixture(scope="module")
def device(admin):
    return admin.new_object(name="irregular", c8y_IsDevice={}, com_cumulocity_model_Agent={})["id"]


@pytest.fixture(scope="module")
def role(admin):
    permission = {"scope": "MANAGED_OBJECT", "type": "*", "permission": "READ"}
    return admin.post("/user/inventoryroles", {"name": fresh("role"), "permissions": [permission]})


def status_of(client, method, path, json_body=None, **more):
    return client.request(method, path, json_body=json_body, **more).status_code


# Verbs, status codes, partial update


def test_put_merges_at_the_top_and_null_removes(admin):
    made = admin.new_object(name="n", test_A={"x": 1, "y": 2}, test_B=1)
    changed = admin.put(f"{OBJECTS}/{made['id']}", {"test_A": {"x": 3}, "test_B": None})
    assert (changed["name"], changed["test_A"], "test_B" in changed) == ("n", {"x": 3}, False)


def test_put_does_not_reach_what_has_a_path_of_its_own(admin):
    parent, child = admin.new_object(name="p")["id"], admin.new_object(name="c")["id"]
    references = {"references": [{"managedObject": {"id": child}}]}
    changed = admin.put(f"{OBJECTS}/{parent}", {
        "name": "q", "childDevices": references, "creationTime": NOON, "id": child,
    })
    assert changed["id"] == parent and changed["creationTime"] != NOON
    assert admin.get(f"{OBJECTS}/{parent}")["childDevices"]["references"] == []


def test_creating_an_option_is_200(admin):
    option = {"category": fresh("irregular"), "key": "k", "value": "v"}
    assert status_of(admin, "POST", "/tenant/options", option) == 200


def test_assigning_an_inventory_role_is_200(admin, device, role):
    path = f"/user/{admin.tenant}/users/admin/roles/inventory"
    answer = admin.request("POST", path, json_body={"managedObject": device, "roles": [{"id": role["id"]}]})
    assert answer.status_code == 200
    # Ids are texts in documents, and numbers of groups, inventory roles and their assignments.
    assert isinstance(answer.json()["id"], int) and isinstance(answer.json()["roles"][0]["id"], int)
    admin.delete(f"{path}/{answer.json()['id']}")


def test_creating_a_login_option_is_200(server):
    admin = server.client("t200", "admin", OTHER_PASSWORD)
    option = {
        "type": "OAUTH2", "providerName": "Example", "issuer": "https://login.example.org", "clientId": "c",
        "clientSecret": "four wooden bridges", "userIdConfig": {"jwtField": "sub"},
    }
    assert status_of(admin, "POST", "/tenant/loginOptions", option) == 200
    admin.delete("/tenant/loginOptions/OAUTH2")


def test_a_login_option_that_is_there_is_400(admin):
    check_problem(
        admin.request("POST", "/tenant/loginOptions", json_body={"type": "BASIC", "providerName": "Cumulocity"}), 400,
    )


def test_replacing_a_file_is_201(admin, device):
    event = admin.post("/event/events", {"source": {"id": device}, "type": "t", "text": "t", "time": NOON})["id"]
    path, text = f"/event/events/{event}/binaries", {"Content-Type": "text/plain"}
    assert [status_of(admin, method, path, body="x", headers=text) for method in ("POST", "PUT")] == [201, 201]
    parts = {"object": (None, '{"name":"f","type":"text/plain"}', "application/json"), "file": ("f", b"x")}
    prepared = requests.Request("POST", admin.base, files=parts).prepare()
    form = {"Content-Type": prepared.headers["Content-Type"]}
    made = admin.request("POST", "/inventory/binaries", body=prepared.body, headers=form).json()["id"]
    assert status_of(admin, "PUT", f"/inventory/binaries/{made}", body="y", headers=text) == 201


@pytest.mark.parametrize("method, path", [
    ("DELETE", "/audit/auditRecords"), ("PUT", "/measurement/measurements/1"), ("DELETE", "/alarm/alarms/1"),
])
def test_what_is_not_offered_is_405(admin, method, path):
    check_problem(admin.request(method, path), 405)


@pytest.mark.parametrize("path, key", [
    ("/user/t100/groups", "groups"), ("/user/inventoryroles", "roles"),
])
def test_ids_of_groups_and_inventory_roles_are_numbers(admin, role, path, key):
    assert all(isinstance(found["id"], int) for found in admin.get(path)[key])


def test_ids_of_permissions_are_numbers(role):
    assert [isinstance(permission["id"], int) for permission in role["permissions"]] == [True]


def test_ids_of_documents_are_texts(admin, device):
    point = {"source": {"id": device}, "type": "t", "time": NOON, "test_F": {"s": {"value": 1}}}
    assert isinstance(device, str) and isinstance(admin.post("/measurement/measurements", point)["id"], str)


def test_a_deleted_object_leaves_its_children(admin):
    parent, child = admin.new_object(name="p")["id"], admin.new_object(name="c")["id"]
    admin.post(f"{OBJECTS}/{parent}/childDevices", {"managedObject": {"id": child}})
    admin.delete(f"{OBJECTS}/{parent}")
    assert admin.get(f"{OBJECTS}/{child}", withParents="true")["deviceParents"]["references"] == []


# Contradictions


def test_a_notification_holds_one_object_and_of_a_deletion_the_id(admin):
    followed = admin.new_object(name="n")["id"]
    follower = Follower(admin)
    follower.say("subscribe", subscription=f"/managedobjects/{followed}")
    admin.put(f"{OBJECTS}/{followed}", {"name": "m"})
    (told,) = follower.told()
    assert (told["data"]["realtimeAction"], told["data"]["data"]["name"]) == ("UPDATE", "m")
    admin.delete(f"{OBJECTS}/{followed}")
    (told,) = follower.told()
    assert told["data"] == {"realtimeAction": "DELETE", "data": followed}


def test_the_status_of_a_bulk_operation_is_spelled_without_s(admin, device):
    group = admin.new_object(name="g", type="c8y_DeviceGroup", c8y_IsDeviceGroup={})["id"]
    answer = admin.request("GET", "/devicecontrol/bulkoperations", query={"generalStatus": "EXECUTING_WITH_ERRORS"})
    assert answer.status_code in (200, 422)
    made = admin.post("/devicecontrol/bulkoperations", {
        "groupId": group, "startDate": "2099-01-01T00:00:00Z", "creationRamp": 1,
        "operationPrototype": {"c8y_Restart": {}},
    })
    assert made["generalStatus"] == "SCHEDULED"
    admin.delete(f"/devicecontrol/bulkoperations/{made['id']}")


@pytest.mark.parametrize("asked, there", [
    ({}, []), ({"withTotalPages": "true"}, ["totalPages"]), ({"withTotalElements": "true"}, ["totalElements"]),
])
def test_totals_are_there_on_request_only(admin, device, asked, there):
    assert device
    statistics = admin.get(OBJECTS, **asked)["statistics"]
    assert sorted(set(statistics) - {"currentPage", "pageSize"}) == there


def archive():
    """A ZIP file with one page."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("index.html", "<p>hello</p>")
    return packed.getvalue()


@pytest.fixture(scope="module")
def application(admin):
    name = fresh("irregular").replace("_", "-")
    return admin.post("/application/applications", {"name": name, "key": name, "type": "HOSTED", "contextPath": name})


def new_version(client, application, said):
    files = {
        "applicationBinary": ("a.zip", archive(), "application/zip"),
        "applicationVersion": (None, json.dumps(said), "application/json"),
    }
    prepared = requests.Request("POST", client.base, files=files).prepare()
    form = {"Content-Type": prepared.headers["Content-Type"]}
    path = f"/application/applications/{application['id']}/versions"
    return client.request("POST", path, body=prepared.body, headers=form)


def test_credentials_of_a_device_are_404_until_they_are_there_and_then_created(server):
    """Said to be 200 in one place; the official SDK for Python takes 201 and nothing else."""
    own, name = server.new_tenant("t250"), fresh("irregular")
    bootstrap = bootstrap_user(server, own)
    path = "/devicecontrol/newDeviceRequests"
    own.post(path, {"id": name})
    ask = lambda: status_of(bootstrap, "POST", "/devicecontrol/deviceCredentials", {"id": name})
    assert ask() == 404
    own.put(f"{path}/{name}", {"status": "ACCEPTED"})
    assert ask() == 201


def test_a_certificate_is_enrolled_with_200(admin, tmp_path):
    """Said to be 201 in one place; the agents of devices take 200 and nothing else."""
    assert admin.status("POST", "/certificate-authority") in (201, 409)
    name = fresh("irregular")
    csv = f"ID\tAUTH_TYPE\tENROLLMENT_OTP\n{name}\tCERTIFICATES\t{OTP}\n"
    assert upload(admin, csv).json()["numberOfSuccessful"] == 1
    proof = base64.b64encode(f"{admin.tenant}/{name}:{OTP}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}", "Content-Type": "application/pkcs10"}
    body = base64.encodebytes(request_for(name, key(tmp_path / "device.key")))
    path = "/.well-known/est/simpleenroll"
    assert admin.request("POST", path, body=body, headers=headers, accept=None).status_code == 200


def test_consumers_connect_below_notification2(server, admin):
    assert server.client().request("GET", "/notification2/consumer/", query={"token": "x"}).status_code in (401, 426)
    assert admin.request("GET", "/notifications2/consumer/", query={"token": "x"}).status_code == 404


def test_applications_of_a_tenant_are_wrapped(admin, application):
    path = f"/tenant/tenants/{admin.tenant}/applications"
    admin.post(path, {"application": {"id": application["id"]}})
    (found,) = [
        one for one in admin.get(path, pageSize=2000)["references"] if one["application"]["id"] == application["id"]
    ]
    assert found["self"].endswith(f"{path}/{application['id']}") and found["application"]["name"]
    admin.delete(f"{path}/{application['id']}")


def test_changing_an_application_takes_the_role_for_applications(server, admin, application):
    path = f"/application/applications/{application['id']}"
    manager = new_user(server, admin, fresh("irregular"), roles=["ROLE_USER_MANAGEMENT_ADMIN"])
    assert status_of(manager, "PUT", path, {"description": "x"}) in (403, 404)
    maker = new_user(server, admin, fresh("irregular"), roles=["ROLE_APPLICATION_MANAGEMENT_ADMIN"])
    assert status_of(maker, "PUT", path, {"description": "x"}) == 200


def test_deleting_a_version_takes_more_than_reading(server, admin, application):
    assert new_version(admin, application, {"version": "0.1", "tags": ["old"]}).status_code == 201
    assert new_version(admin, application, {"version": "0.2", "tags": ["latest"]}).status_code == 201
    path = f"/application/applications/{application['id']}/versions"
    reader = new_user(server, admin, fresh("irregular"), roles=["ROLE_APPLICATION_MANAGEMENT_READ"])
    check_problem(reader.request("DELETE", path, query={"version": "0.1"}), 403)
    assert status_of(admin, "DELETE", path, query={"version": "0.1"}) == 204


@pytest.mark.parametrize("word", ["tag", "tags"])
def test_tags_of_a_version_are_named_in_both_ways(admin, application, word):
    version = fresh("1").replace("_", ".")
    made = new_version(admin, application, {"version": version, word: [f"{word}-{version}"]})
    assert made.status_code == 201, made.text
    assert made.json()["tag"] == made.json()["tags"] == [f"{word}-{version}"]
    path = f"/application/applications/{application['id']}/versions"
    # Changing a version is 201, like making one.
    assert status_of(admin, "PUT", f"{path}/{version}", {word: [f"{word}-{version}", fresh("tag")]}) == 201
    found = admin.get(path)
    assert found["versions"] == found["applicationVersions"]
    assert version in [one["version"] for one in found["versions"]]


def test_taking_a_role_away_needs_more_than_reading(server, admin):
    reader = new_user(server, admin, fresh("irregular"), roles=["ROLE_USER_MANAGEMENT_READ"])
    path = f"/user/{admin.tenant}/users/{reader.user}/roles/ROLE_USER_MANAGEMENT_READ"
    check_problem(reader.request("DELETE", path), 403)


def test_a_permission_to_read_operations_reads_them(server, admin, device):
    permission = {"scope": "OPERATION", "type": "*", "permission": "READ"}
    role = admin.post("/user/inventoryroles", {"name": fresh("role"), "permissions": [permission]})["id"]
    user = new_user(server, admin, fresh("irregular"))
    path = f"/user/{admin.tenant}/users/{user.user}/roles/inventory"
    assert status_of(admin, "POST", path, {"managedObject": device, "roles": [{"id": role}]}) == 200
    operation = admin.post("/devicecontrol/operations", {"deviceId": device, "c8y_Restart": {}})["id"]
    assert user.get(f"/devicecontrol/operations/{operation}")["id"] == operation


def test_the_scope_of_objects_is_managed_object(role):
    assert role["permissions"][0]["scope"] == "MANAGED_OBJECT"


@pytest.mark.parametrize("path", [
    "/measurement/measurements", "/event/events", "/alarm/alarms", "/devicecontrol/operations",
])
def test_nothing_is_deleted_without_a_filter(admin, path):
    check_problem(admin.request("DELETE", path), 422)


@pytest.mark.parametrize("series", [["test_F.s,test_F.t"], ["test_F.s", "test_F.t"]], ids=["comma", "repeated"])
def test_series_are_named_in_both_ways(admin, series):
    source = admin.new_object(name="s")["id"]
    fragment = {"s": {"value": 1}, "t": {"value": 2}, "u": {"value": 3}}
    admin.post("/measurement/measurements", {"source": {"id": source}, "type": "t", "time": NOON, "test_F": fragment})
    found = admin.get(
        "/measurement/measurements/series", source=source, dateFrom="2026-01-01", dateTo="2027-01-01", series=series,
    )
    assert [one["name"] for one in found["series"]] == ["s", "t"]


def test_an_undefined_second_factor_is_none(server):
    form = f"grant_type=PASSWORD&username=admin&password={ADMIN_PASSWORD.replace(' ', '+')}&tfa_code=undefined"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = server.client().request("POST", "/tenant/oauth/token?tenant_id=t100", body=form, headers=headers)
    assert (answer.status_code, "access_token" in answer.json()) == (200, True)


def test_truth_values_of_login_options_are_truth_values(server):
    options = server.client().get("/tenant/loginOptions", tenantId="t100")["loginOptions"]
    values = [option[name] for option in options for name in option if name in ("visibleOnLoginPage", "userManagementSource")]
    assert any(value is True for value in values) and "true" not in values and "false" not in values


def test_the_link_of_ones_own_user_depends_on_how_it_is_shown(admin):
    shown = {
        kind: admin.request("GET", "/user/currentUser", accept=media(kind)).json()["self"]
        for kind in ("user", "currentUser")
    }
    assert shown["user"].endswith(f"/user/{admin.tenant}/users/admin")
    assert shown["currentUser"].endswith("/user/currentUser")


def test_the_first_occurrence_is_spelled_with_two_r(admin):
    source = admin.new_object(name="a")["id"]
    alarm = {"source": {"id": source}, "type": "t", "text": "t", "severity": "MAJOR", "time": NOON}
    admin.post("/alarm/alarms", alarm)
    again = admin.post("/alarm/alarms", alarm)
    assert again["firstOccurrenceTime"] == NOON and "firstOccurenceTime" not in again


def test_availability_and_connection_have_words_of_their_own(admin):
    made = admin.new_object(name="w", c8y_IsDevice={}, c8y_RequiredAvailability={"responseInterval": 5})
    shown = admin.get(f"{OBJECTS}/{made['id']}")
    assert (shown["c8y_Availability"]["status"], shown["c8y_Connection"]["status"]) == ("AVAILABLE", "DISCONNECTED")


@pytest.mark.parametrize("path", ["/event/events/", "/measurement/measurements/", "//inventory//managedObjects//"])
def test_empty_segments_of_a_path_do_not_matter(admin, path):
    assert status_of(admin, "GET", path) == 200


def test_an_unknown_external_id_is_404_in_words(admin):
    problem = check_problem(admin.request("GET", "/identity/externalIds/c8y_Serial/none"), 404, "identity/Not Found")
    assert "none" in problem["message"] and "c8y_Serial" in problem["message"]


def test_permissions_of_users_have_a_path_of_their_own(admin, device):
    found = admin.get(f"/user/devicePermissions/{device}")
    assert isinstance(found["users"], list) and isinstance(found["groups"], list)


def test_the_tenant_is_asked_for_with_basic(server):
    client = server.client("t100", "admin", ADMIN_PASSWORD)
    assert client.get("/tenant/currentTenant")["name"] == "t100"


def test_an_identifier_of_a_body_may_be_a_link(admin):
    parent, child = admin.new_object(name="p"), admin.new_object(name="c")
    admin.post(f"{OBJECTS}/{parent['id']}/childAssets", {"managedObject": {"self": child["self"]}})
    references = admin.get(f"{OBJECTS}/{parent['id']}")["childAssets"]["references"]
    assert [one["managedObject"]["id"] for one in references] == [child["id"]]


def test_a_time_without_an_offset_is_utc(admin, device):
    event = {"source": {"id": device}, "type": "t", "text": "t", "time": "2026-03-01T12:00:00.000"}
    assert admin.post("/event/events", event)["time"] == NOON


def test_the_end_of_last_changes_does_not_belong_to_them(admin):
    source = admin.new_object(name="e")["id"]
    event = admin.post("/event/events", {"source": {"id": source}, "type": "t", "text": "t", "time": NOON})
    at = event["lastUpdated"]
    assert admin.get("/event/events", source=source, lastUpdatedTo=at)["events"] == []
    assert len(admin.get("/event/events", source=source, lastUpdatedFrom=at)["events"]) == 1


def test_whoever_must_choose_a_new_password_can_do_nothing_else(server, admin):
    name, newer = fresh("irregular"), "four wooden bridges 4"
    admin.post(f"/user/{admin.tenant}/users", {
        "userName": name, "email": f"{name}@example.org", "password": OTHER_PASSWORD, "shouldResetPassword": True,
    })
    user = server.client(admin.tenant, name, OTHER_PASSWORD)
    assert user.status("GET", OBJECTS) == 403
    change = {"currentUserPassword": OTHER_PASSWORD, "newPassword": newer}
    assert status_of(user, "PUT", "/user/currentUser/password", change) == 200
    free = server.client(admin.tenant, name, newer)
    assert free.get(OBJECTS)["managedObjects"] is not None
    assert admin.get(f"/user/{admin.tenant}/users/{name}")["shouldResetPassword"] is False
