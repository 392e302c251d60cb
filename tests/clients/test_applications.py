"""Applications by the official Python SDK and by hand: their life, archives for browsers, microservices."""

import io
import zipfile

import pytest
from c8y_api._base_api import AccessDeniedError, UnauthorizedError
from c8y_api.app import MultiTenantCumulocityApp, SimpleCumulocityApp
from c8y_api.model import Application
from client import basic, fresh
from conftest import ADMIN_PASSWORD, new_user
from test_sdk import connected

APPLICATIONS = "/application/applications"


@pytest.fixture(scope="module")
def sdk(admin):
    return connected(admin, ADMIN_PASSWORD)


def archive(files, method=zipfile.ZIP_DEFLATED):
    """A ZIP file, deflated as every tool does it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as into:
        for name, content in files.items():
            into.writestr(name, content)
    packed.seek(0)
    return packed


def form(content, part="file"):
    """A form with an archive, and the headers that say so."""
    head = f'--XX\r\nContent-Disposition: form-data; name="{part}"; filename="a.zip"\r\n\r\n'
    body = head.encode() + content + b"\r\n--XX--\r\n"
    return {"body": body, "headers": {"Content-Type": "multipart/form-data; boundary=XX"}}


def upload(client, application, content):
    return client.request("POST", f"{APPLICATIONS}/{application}/binaries", **form(content))


def path_of(word):
    return fresh(word).replace("_", "-")


@pytest.fixture
def hosted(admin):
    """A new hosted application: its id and its path."""
    path = path_of("board")
    made = admin.post(APPLICATIONS, {"name": path, "key": path, "type": "HOSTED", "contextPath": path})
    yield made["id"], path
    admin.request("DELETE", f"{APPLICATIONS}/{made['id']}")


@pytest.fixture
def microservice(admin):
    """A new microservice: its id and its name."""
    name = path_of("svc")
    body = {"name": name, "key": name, "type": "MICROSERVICE", "requiredRoles": ["ROLE_INVENTORY_READ"]}
    made = admin.post(APPLICATIONS, body)
    yield made["id"], name
    admin.request("DELETE", f"{APPLICATIONS}/{made['id']}")


def subscribe(client, application, tenant=None):
    body = {"application": {"self": f"{client.base}{APPLICATIONS}/{application}"}}
    return client.request("POST", f"/tenant/tenants/{tenant or client.tenant}/applications", json_body=body)


def test_an_application_lives_by_the_sdk(sdk):
    name = fresh("app")
    made = Application(
        sdk, name=name, key=f"{name}-key", type=Application.MICROSERVICE_TYPE,
        availability=Application.PRIVATE_AVAILABILITY, required_roles=["ROLE_INVENTORY_READ"],
    ).create()
    assert (made.name, made.owner, made.required_roles) == (name, sdk.tenant_id, ["ROLE_INVENTORY_READ"])
    made.required_roles = ["ROLE_INVENTORY_READ", "ROLE_ALARM_READ"]
    assert made.update().required_roles == ["ROLE_ALARM_READ", "ROLE_INVENTORY_READ"]
    assert sdk.applications.get(made.id).name == name
    assert [found.id for found in sdk.applications.get_all(name=name)] == [made.id]
    assert made.id in [found.id for found in sdk.applications.select(type="MICROSERVICE", owner=sdk.tenant_id)]
    assert made.id not in [found.id for found in sdk.applications.get_all(type="HOSTED")]
    sdk.applications.delete(made.id)
    with pytest.raises(KeyError):
        sdk.applications.get(made.id)


def test_an_archive_is_uploaded_by_the_sdk_and_read_back_by_the_byte(sdk, admin, hosted, tmp_path):
    application, _ = hosted
    content = archive({"index.html": "<p>hello", "main.js": "1;" * 100_000}).getvalue()
    file = tmp_path / "board.zip"
    file.write_bytes(content)
    sdk.applications.upload_attachment(application, str(file))
    [attached] = admin.get(f"{APPLICATIONS}/{application}/binaries")["attachments"]
    assert attached["length"] == len(content)
    answer = admin.request("GET", attached["downloadUrl"])
    assert (answer.status_code, answer.content) == (200, content)
    assert "attachment" in answer.headers["Content-Disposition"]


# R127: files are unpacked while they are sent, whatever their size and however they are packed.
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_browser_gets_the_files_of_an_application_in_an_origin_of_their_own(server, admin, hosted, method):
    application, path = hosted
    script = "".join(f"call({number});\n" for number in range(200_000))
    files = {"index.html": "<script src=js/main.js></script>", "js/main.js": script, "empty.css": ""}
    answer = upload(admin, application, archive(files, method).getvalue())
    assert answer.status_code == 201, answer.text
    host = {"Host": admin.get("/tenant/currentTenant")["domainName"]}
    nobody = server.client()
    for name, content in {**files, "": files["index.html"], "deep/inside": files["index.html"]}.items():
        answer = nobody.request("GET", f"/apps/{path}/{name}", headers=host)
        assert (answer.status_code, answer.text) == (200, content), name
        assert int(answer.headers["Content-Length"]) == len(content)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox ") and "allow-same-origin" not in policy
        head = nobody.request("HEAD", f"/apps/{path}/{name}", headers=host)
        assert (head.status_code, head.headers["ETag"], head.content) == (200, answer.headers["ETag"], b"")
    known = {**host, "If-None-Match": answer.headers["ETag"]}
    assert nobody.request("GET", f"/apps/{path}/", headers=known).status_code == 304
    moved = nobody.request("GET", f"/apps/{path}", headers=host)
    assert (moved.status_code, moved.headers["Location"]) == (302, f"/apps/{path}/")
    elsewhere = nobody.request("GET", f"/apps/{path}/", headers={"Host": "elsewhere.example.org"})
    assert elsewhere.status_code in (200, 404), "the default tenant's, or nobody's"


def bomb():
    """A million bytes in a thousand."""
    return archive({"index.html": "x", "zeros": b"\0" * 40_000_000}).getvalue()


@pytest.mark.parametrize("name, content", [
    ("no archive", b"PK\x03\x04 and nothing else"),
    ("up", archive({"index.html": "x", "../../up": "x"}).getvalue()),
    ("root", archive({"index.html": "x", "/etc/cron.d/x": "x"}).getvalue()),
    ("bomb", bomb()),
    ("no page", archive({"a.html": "x"}).getvalue()),
    ("lzma", archive({"index.html": "x" * 1_000}, zipfile.ZIP_LZMA).getvalue()),
    ("cut off", archive({"index.html": "x" * 1_000}).getvalue()[:-30]),
])
def test_what_is_no_good_archive_is_refused_and_leaves_nothing(admin, hosted, name, content):
    application, _ = hosted
    answer = upload(admin, application, content)
    assert (answer.status_code, answer.json()["error"]) == (422, "applications/Invalid Data"), answer.text
    assert admin.get(f"{APPLICATIONS}/{application}/binaries") == {"attachments": []}


def test_a_multi_tenant_microservice_finds_its_subscribers_by_the_sdk(sdk, admin, server, microservice, monkeypatch):
    application, name = microservice
    begins = admin.get(f"{APPLICATIONS}/{application}/bootstrapUser")
    for variable, value in {
        "C8Y_BASEURL": admin.base, "C8Y_BOOTSTRAP_TENANT": begins["tenant"], "C8Y_BOOTSTRAP_USER": begins["name"],
        "C8Y_BOOTSTRAP_PASSWORD": begins["password"], "REQUESTS_CA_BUNDLE": str(admin.ca),
    }.items():
        monkeypatch.setenv(variable, value)
    app = MultiTenantCumulocityApp()
    assert app.get_subscribers() == []
    assert app.bootstrap_instance.applications.get_current().name == name
    answer = subscribe(admin, application)
    assert answer.status_code == 201, answer.text
    assert answer.json()["grantedRoles"] == ["ROLE_INVENTORY_READ"]
    assert app.get_subscribers() == [admin.tenant]
    [subscription] = app.bootstrap_instance.applications.get_current_subscriptions()
    assert (subscription.tenant_id, subscription.username) == (admin.tenant, f"service_{name}")
    acts = app.get_tenant_instance(admin.tenant)
    assert acts.inventory.get_count() >= 0
    assert acts.get("/inventory/managedObjects?pageSize=1")["managedObjects"] is not None
    with pytest.raises(AccessDeniedError):
        acts.applications.get_all()
    assert app.bootstrap_instance.applications.get_current_settings() == []
    # It goes at once.
    ended = admin.request("DELETE", f"/tenant/tenants/{admin.tenant}/applications/{application}")
    assert ended.status_code == 204
    assert app.get_subscribers() == []
    with pytest.raises(UnauthorizedError):
        acts.inventory.get_count()


def test_a_microservice_for_one_tenant_acts_by_the_sdk(admin, microservice, monkeypatch):
    application, name = microservice
    assert subscribe(admin, application).status_code == 201
    begins = admin.get(f"{APPLICATIONS}/{application}/bootstrapUser")
    header = {"Authorization": basic(f"{begins['tenant']}/{begins['name']}:{begins['password']}")}
    users = admin.request("GET", "/application/currentApplication/subscriptions", headers=header).json()["users"]
    [acts] = users
    for variable, value in {
        "C8Y_BASEURL": admin.base, "C8Y_TENANT": acts["tenant"], "C8Y_USER": acts["name"],
        "C8Y_PASSWORD": acts["password"], "REQUESTS_CA_BUNDLE": str(admin.ca),
    }.items():
        monkeypatch.setenv(variable, value)
    app = SimpleCumulocityApp()
    assert app.inventory.get_count() >= 0
    assert app.users.get_current().username == f"service_{name}"


# R010: nobody gets at more through an application than they hold.
def test_who_manages_applications_only_cannot_take_the_credential_of_one(server, admin, microservice):
    application, _ = microservice
    roles = ["ROLE_APPLICATION_MANAGEMENT_ADMIN", "ROLE_APPLICATION_MANAGEMENT_READ"]
    manager = new_user(server, admin, fresh("manager"), roles=roles)
    assert manager.request("GET", f"{APPLICATIONS}/{application}").status_code == 200
    assert manager.request("GET", f"{APPLICATIONS}/{application}/bootstrapUser").status_code == 403
    assert subscribe(manager, application).status_code == 403


def test_keys_of_a_microservice_are_made_anew_and_the_old_ones_end_at_once(admin, microservice):
    application, _ = microservice
    assert subscribe(admin, application).status_code == 201

    def begin(credential):
        header = {"Authorization": basic(f"{credential['tenant']}/{credential['name']}:{credential['password']}")}
        return admin.request("GET", "/application/currentApplication/subscriptions", headers=header)

    old = admin.get(f"{APPLICATIONS}/{application}/bootstrapUser")
    [acts] = begin(old).json()["users"]
    answer = admin.request("POST", f"{APPLICATIONS}/{application}/bootstrapUser")
    assert answer.status_code == 200, answer.text
    new = answer.json()
    assert (new["name"], new["password"] != old["password"]) == (old["name"], True)
    assert begin(old).status_code == 401
    header = {"Authorization": basic(f"{acts['tenant']}/{acts['name']}:{acts['password']}")}
    assert admin.request("GET", "/inventory/managedObjects", headers=header).status_code == 401
    [again] = begin(new).json()["users"]
    assert again["password"] != acts["password"]
