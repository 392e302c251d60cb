"""Two competing hauliers on one platform: neither learns anything about the other, not even that there is one.

Walks every endpoint of the API document. An id that exists only at the other haulier must be answered exactly like
one that exists nowhere: same status, same headers, same bytes, once the id that was sent is taken out. Everything
that the other haulier ever named has a canary in it, which must be in no byte of any answer.
"""
# R115 R116

import itertools
import json
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from client import check_problem
from conftest import OTHER_PASSWORD, new_user
from surface import endpoints, filled

CANARY = "southcanary"
# As long as the canary, so that not even lengths may differ.
ABSENT = "southabsent"
LATITUDE = 51.712358132134
DAY = {"dateFrom": "2026-03-01", "dateTo": "2026-03-02"}


@dataclass
class Haulier:
    """A tenant, and what it has by kind: each an id that a request can name."""

    admin: object
    ids: dict = field(default_factory=dict)


def new_haulier(server, tenant, word):
    """A haulier with a truck and trailer, positions, a serial number, a driver, a group of users."""
    admin = server.new_tenant(tenant, company=f"{word} haulage", adminName=f"{word}-boss")
    trailer = admin.new_object(name=f"{word} trailer", type=f"{word}_Trailer")
    load = {f"{word}_Load": {"t": word}}
    truck = admin.new_object(name=f"{word} truck", type=f"{word}_Truck", c8y_IsDevice={}, **load)
    admin.post(f"/inventory/managedObjects/{truck['id']}/childDevices", {"managedObject": {"id": trailer["id"]}})
    position = {"lat": {"value": LATITUDE, "unit": "deg"}, "lng": {"value": 6.5}}
    measurement = admin.post("/measurement/measurements", {
        "source": {"id": truck["id"]}, "time": "2026-03-01T06:00:00Z", "type": f"{word}_Position",
        f"{word}_Track": position,
    })
    serial = f"{word}-serial"
    admin.post(f"/identity/globalIds/{truck['id']}/externalIds", {"type": "c8y_Serial", "externalId": serial})
    # Of the same name in every tenant; only the value differs.
    admin.put("/tenant/options/haulage", {"base": f"{word} depot"})
    group = admin.post(f"/user/{tenant}/groups", {"name": f"{word} drivers"})
    driver = new_user(server, admin, f"{word}-driver", groups=["devices"])
    accounts, service = f"/user/{tenant}/serviceAccounts", f"service_{word}"
    admin.post(accounts, {"userName": service, "description": f"{word} billing"})
    key = admin.post(f"{accounts}/{service}/keys", {"name": f"{word} key"})
    return Haulier(admin, {
        "service": service, "service key": key["id"],
        "object": truck["id"], "child": trailer["id"], "measurement": measurement["id"], "external": serial,
        "tenant": tenant,
        "user": driver.user, "group": str(group["id"]), "group name": group["name"],
    })


def absent(kind, value):
    """A value of this kind and length that exists nowhere."""
    if kind in ("external", "tenant", "user", "service", "group name"):
        assert CANARY in value
        return value.replace(CANARY, ABSENT)
    # Ids grow from small ones, so one of as many digits that are all sevens is far ahead.
    return "7" * len(value)


@pytest.fixture(scope="module")
def hauliers(server):
    north, south = new_haulier(server, "northhaul", "north"), new_haulier(server, CANARY, CANARY)
    # The other's audit log is the longer one, so that its last records have numbers that the own log does not have.
    for number in range(150):
        south.admin.put(f"/inventory/managedObjects/{south.ids['child']}", {"number": number})
    south.ids["record"], north.ids["record"] = str(log_length(south)), "1"
    return north, south


def log_length(haulier):
    """How many audit records a haulier has."""
    page = haulier.admin.get("/audit/auditRecords", pageSize=1, withTotalElements="true")
    return page["statistics"]["totalElements"]


# These are walked over by the program's own tests (crates/api/tests/it/catalogue.rs and examples/hauliers.rs), which
# learn every new endpoint by themselves.
WALKED_ELSEWHERE = (
    "/alarm", "/event", "/devicecontrol", "/notification", "/cep", "/inventory/binaries", "/inventory/projects",
    "/user/inventoryroles", "/user/devicePermissions", "/roles/inventory", "/permissions", "/effectivePermissions",
    "/owner", "/delegatedby", "/privileged", "/project", "/audit/refusals", "/retention", "/tenant/statistics",
    "/application", "/apps", "/totpSecret", "/tfa", "/passwordReset", "/features", "/support-user", "/restrict",
    "/devicePermissions", "/newsletterEmails", "/currentUserPhone", "/editable", "/security-options", "/kpis",
    "/sessions", "/trusted-certificates", "/certificate-authority", "/est/", "/service/remoteaccess", "/advanced-software-mgmt", "/accessMappings", "/inventoryAccessMappings",
)


@pytest.fixture(scope="module")
def surface(admin):
    found = endpoints(admin)
    for part in WALKED_ELSEWHERE:
        assert any(part in endpoint.path for endpoint in found), f"{part}: no such endpoint any more"
    return [endpoint for endpoint in found if not any(part in endpoint.path for part in WALKED_ELSEWHERE)]


@pytest.fixture(scope="module", params=["administrator", "driver"])
def caller(request, server, hauliers):
    """Who of the one haulier asks for what the other has."""
    north = hauliers[0]
    if request.param == "administrator":
        return north.admin
    return server.client(north.ids["tenant"], north.ids["user"], OTHER_PASSWORD)


def kinds_in_path(endpoint):
    """What each placeholder of a path names. One that is not known here fails: then this test must learn it."""
    of_id = {"inventory": "object", "identity": "object", "measurement": "measurement", "audit": "record"}
    known = {
        "id": of_id.get(endpoint.path.split("/")[1]), "childId": "child", "externalId": "external",
        "tenantId": "tenant",
        "userId": "service" if "/serviceAccounts" in endpoint.path else "user", "keyId": "service key",
        "username": "user", "groupId": "group", "groupName": "group name",
        # The same in every tenant.
        **dict(zip(("category", "key"), ("system", "version") if "/system/" in endpoint.path else ("haulage", "base"))),
        "type": "c8y_Serial", "roleId": "ROLE_INVENTORY_READ", "name": "ROLE_INVENTORY_READ",
        "typeOrId": "OAUTH2_INTERNAL", "featureKey": "x",
    }
    return {place: known[place] for place in endpoint.placeholders}


QUERY_KINDS = {
    "source": "object", "childDeviceId": "object", "childAssetId": "object", "childAdditionId": "object",
    "ids": "object", "project": "object",
    "id": "record", "owner": "user", "username": "user", "user": "user", "groups": "group", "text": "external",
    "parent": "tenant", "domain": "tenant", "company": "tenant",
    "tenantId": "tenant", "tenant_id": "tenant",
}
# Parameters that name nothing of anybody.
QUERY_OTHERS = {
    "aggregationFunction", "aggregationInterval", "aggregationType", "application", "cascade", "count",
    "code", "currentPage", "dateFrom", "dateTo", "error", "error_description", "first", "iss", "originUri", "response_type",
    "state",
    "aggregationBuckets", "forceCascade", "kept",
    "fragmentType", "management", "terminateUserSessions", "onlyDevices", "onlyRoots", "pageSize", "q", "query", "revert", "second", "series", "size",
    "skipChildrenNames", "type", "valueFragmentSeries", "valueFragmentType", "withChildren", "withChildrenCount",
    "withDeviceUser", "withGroups", "withLatestValues", "withParent", "withParents", "withSubusersCount", "withTotalElements", "withTotalPages",
}


def query_pairs(endpoint):
    """Query parameters that can name something, as (name, kind, form of the value)."""
    unknown = set(endpoint.parameters) - set(QUERY_KINDS) - QUERY_OTHERS
    assert not unknown, f"{endpoint}: does {unknown} name something of a tenant?"
    for name in endpoint.parameters:
        if name in QUERY_KINDS:
            yield name, QUERY_KINDS[name], "{}"
        if name in ("q", "query"):
            yield name, "object", "bygroupid({})"
            yield name, "object", "isinhierarchyof({})"
            yield name, "user", "owner eq '{}'"
            yield name, "external", "name eq '{}'"


def bodies(endpoint):
    """The bodies that an endpoint takes, each with the kind of what it names ("" for nothing)."""
    one = lambda ids: {"managedObject": {"id": ids["object"]}}
    role = {"role": {"id": "ROLE_INVENTORY_READ"}}
    user = {"userName": "new", "email": "a@example.org", "password": "four wooden bridges"}
    measurement = {"time": "2026-03-01T06:00:00Z", "type": "x", "x": {"x": {"value": 1}}}
    passwords = {"currentUserPassword": OTHER_PASSWORD, "newPassword": "four wooden bridges 8"}
    secret = "-".join(["0000"] * 8)
    setup = {"userName": "admin", "secret": secret, "password": "four wooden bridges"}
    tenant = {"company": "x", "adminName": "x"}
    known = {
        "/inventory/managedObjects": [("user", lambda ids: {"name": "x", "owner": ids["user"]})],
        "/inventory/managedObjects/{id}": [("", lambda ids: {"x": 1}), ("user", lambda ids: {"owner": ids["user"]})],
        "/inventory/managedObjects/{id}/user": [("", lambda ids: {"enabled": True})],
        "/identity/globalIds/{id}/externalIds": [("", lambda ids: {"type": "x", "externalId": "x"})],
        "/measurement/measurements": [
            ("object", lambda ids: measurement | {"source": {"id": ids["object"]}}),
            ("object", lambda ids: {"measurements": [measurement | {"source": {"id": ids["object"]}}]}),
        ],
        "/user/{tenantId}/users": [
            ("group", lambda ids: user | {"groups": {"references": [{"group": {"id": int(ids["group"])}}]}}),
        ],
        "/user/{tenantId}/users/{userId}": [("", lambda ids: {"firstName": "x"})],
        "/user/{tenantId}/users/{userId}/password": [("", lambda ids: passwords)],
        "/user/{tenantId}/users/{userId}/roles": [("", lambda ids: role)],
        "/user/{tenantId}/serviceAccounts": [
            ("group", lambda ids: {"userName": "service_new"} | {
                "groups": {"references": [{"group": {"id": int(ids["group"])}}]}}),
            ("object", lambda ids: {"userName": "service_new", "project": {"id": ids["object"]}}),
        ],
        "/user/{tenantId}/serviceAccounts/{userId}": [
            ("", lambda ids: {"description": "x"}), ("object", lambda ids: {"project": {"id": ids["object"]}})],
        "/user/{tenantId}/serviceAccounts/{userId}/keys": [("", lambda ids: {"name": "x"})],
        "/user/{tenantId}/groups": [("", lambda ids: {"name": "x"})],
        "/user/{tenantId}/groups/{groupId}": [("", lambda ids: {"description": "x"})],
        "/user/{tenantId}/groups/{groupId}/users": [("user", lambda ids: {"user": {"id": ids["user"]}})],
        "/user/{tenantId}/groups/{groupId}/roles": [("", lambda ids: role)],
        "/tenant/tenants": [
            ("tenant", lambda ids: tenant | {"id": ids["tenant"], "domain": ids["tenant"]}),
        ],
        "/tenant/tenants/{tenantId}": [("", lambda ids: {"company": "x"})],
        "/tenant/setup": [("tenant", lambda ids: setup | {"tenant": ids["tenant"]})],
        # Not offered, so that nobody guesses at a password here.
        "/tenant/oauth": [("", lambda ids: {"grant_type": "AUTHORIZATION_CODE"})],
        "/tenant/oauth/token": [("", lambda ids: {"grant_type": "AUTHORIZATION_CODE"})],
        "/tenant/loginOptions": [], "/tenant/loginOptions/{typeOrId}": [],
        # These name nothing of anybody.
        "/tenant/options": [("", lambda ids: {"category": "haulage", "key": "new", "value": "x"})],
        "/tenant/options/{category}": [("", lambda ids: {"new": "x"})],
        "/tenant/options/{category}/{key}": [("", lambda ids: {"value": "x"})],
        "/user/currentUser": [], "/user/currentUser/password": [], "/audit/auditRecords": [],
    }
    for container in ("childDevices", "childAssets", "childAdditions"):
        known[f"/inventory/managedObjects/{{id}}/{container}"] = [
            ("object", lambda ids: {"references": [one(ids)]}), ("object", one)]
    return known[endpoint.path]


@dataclass(frozen=True)
class Probe:
    """A request that names something of the other haulier: by the path, the query or the body."""

    method: str
    path: str
    query: tuple
    body: str
    sent: tuple


def probes(endpoint, own, named):
    """Every way in which an endpoint can be asked for what `named` has; the rest of a request is one's own."""
    places = kinds_in_path(endpoint)
    slots = [place for place, kind in places.items() if kind in named]
    deletes_by_time = endpoint.method == "DELETE" and "dateFrom" in endpoint.parameters
    needs_time = endpoint.path.endswith("/series") or deletes_by_time
    needed = tuple(DAY.items()) if needs_time else ()

    def probe(foreign_places, body=None, ids=own, query=()):
        values = {}
        for place, kind in places.items():
            values[place] = (named if place in foreign_places else own).get(kind, kind)
        sent = [named[places[place]] for place in foreign_places]
        text = json.dumps(body(ids)) if body else ""
        return values, sent, text, query

    found = []
    takes = bodies(endpoint) if endpoint.has_body else [("", None)]
    for (kind, body), size in itertools.product(takes, range(len(slots) + 1)):
        for foreign in itertools.combinations(slots, size):
            if foreign:
                found.append(probe(foreign, body))
            if kind:
                values, sent, text, query = probe(foreign, body, own | {kind: named[kind]})
                found.append((values, [*sent, named[kind]], text, query))
    for name, kind, form in query_pairs(endpoint):
        _, body = takes[0] if takes else ("", None)
        values, sent, text, _ = probe((), body)
        found.append((values, [*sent, named[kind]], text, ((name, form.format(named[kind])),)))
    return [
        Probe(
            endpoint.method, filled(endpoint.path, {place: quote(value, safe="") for place, value in values.items()}),
            (*needed, *query), text, tuple(sent),
        )
        for values, sent, text, query in found
    ]


def answered(caller, probe):
    """An answer as bytes that can be compared: without its date, and without what was sent."""
    headers = {"Content-Type": "application/json"} if probe.body else {}
    query, body = list(probe.query), probe.body or None
    answer = caller.request(probe.method, probe.path, query=query, body=body, headers=headers)
    shown = [f"{name}: {value}" for name, value in sorted(answer.headers.items()) if name.lower() != "date"]
    text = "\n".join([str(answer.status_code), *shown, "", answer.text]).replace(caller.base, "")
    for value in sorted(probe.sent, key=len, reverse=True):
        for form in (value, quote(value, safe=""), quote(value), value.replace(" ", "+")):
            text = text.replace(form, "<sent>")
    return answer.status_code, text


def test_what_only_the_other_has_is_answered_like_what_nobody_has(caller, hauliers, surface):
    north, south = hauliers
    nowhere = {kind: absent(kind, value) for kind, value in south.ids.items()}
    before, asked, touched = everything(south.admin), 0, set()
    for endpoint in surface:
        pairs = zip(probes(endpoint, north.ids, south.ids), probes(endpoint, north.ids, nowhere), strict=True)
        for theirs, nobodys in pairs:
            status, text = answered(caller, theirs)
            assert (status, text) == answered(caller, nobodys), f"{theirs} tells that it exists"
            assert CANARY not in text and str(LATITUDE) not in text, f"{theirs} tells what is in it"
            assert status < 500, text
            named_in_path = any(quote(value, safe="") in theirs.path for value in theirs.sent)
            # 422: a child may be unlinked by whoever owns it, and of what is not there nothing is a child.
            assert not named_in_path or status in (403, 404, 422), f"{theirs}: {text}"
            asked += 1
            touched.add(endpoint)
    assert asked > 150 and len(touched) > 50, f"only {asked} requests to {len(touched)} endpoints"
    assert log_length(north) < int(south.ids["record"]), "otherwise the record that was asked for was one's own"
    assert everything(south.admin) == before, "and nothing has happened to it"


def everything(admin):
    """All that a haulier has, as its administrator sees it."""
    lists = [
        "/inventory/managedObjects?withParents=true", "/measurement/measurements?withTotalElements=true",
        f"/user/{admin.tenant}/users?", f"/user/{admin.tenant}/users?onlyDevices=true",
        f"/user/{admin.tenant}/groups?", "/tenant/options?",
    ]
    return [admin.request("GET", path + "&pageSize=2000").text for path in lists]


def test_each_has_what_the_other_cannot_see(hauliers, surface):
    # Otherwise the test above would compare two requests for nothing.
    _, south = hauliers
    reads = [endpoint for endpoint in surface if endpoint.method == "GET" and endpoint.placeholders]
    for endpoint in reads:
        values = {place: quote(south.ids.get(kind, kind), safe="") for place, kind in kinds_in_path(endpoint).items()}
        status = south.admin.request("GET", filled(endpoint.path, values)).status_code
        only_one_kind_of_child = endpoint.path.endswith(("childAssets/{childId}", "childAdditions/{childId}"))
        expected = 422 if only_one_kind_of_child else 403 if endpoint.path.startswith("/tenant/tenants/") else 200
        if endpoint.path.endswith("/user"):
            continue  # Its truck has no user of its own.
        assert status == expected, endpoint


def test_no_list_and_no_export_shows_anything_of_the_other(hauliers, surface):
    north, _ = hauliers
    full = {"pageSize": 2000, "withTotalElements": "true"}
    for endpoint in (endpoint for endpoint in surface if endpoint.method == "GET"):
        values = {place: quote(north.ids.get(kind, kind), safe="") for place, kind in kinds_in_path(endpoint).items()}
        query = full | ({"source": north.ids["object"]} | DAY if endpoint.path.endswith("/series") else {})
        for accept in ("application/json", "text/csv", None):
            answer = north.admin.request("GET", filled(endpoint.path, values), query=query, accept=accept)
            assert answer.status_code < 500
            assert CANARY.encode() not in answer.content, endpoint
    for path, expected in (("/inventory/managedObjects", 2), ("/measurement/measurements", 1)):
        assert north.admin.get(path, **full)["statistics"]["totalElements"] == expected


def test_the_operator_sees_tenants_and_nothing_in_them(management, hauliers, surface):
    _, south = hauliers
    for endpoint in (endpoint for endpoint in surface if endpoint.method == "GET"):
        values = {place: quote(south.ids.get(kind, kind), safe="") for place, kind in kinds_in_path(endpoint).items()}
        series = {"source": south.ids["object"]} | DAY if endpoint.path.endswith("/series") else {}
        query = {"pageSize": 2000} | series
        answer = management.request("GET", filled(endpoint.path, values), query=query)
        text = answer.text
        for sent in values.values():
            text = text.replace(sent, "").replace(sent.replace("%20", " "), "")
        if endpoint.path.startswith("/tenant/tenants") or endpoint.path.startswith("/audit"):
            # That there is this tenant, and who is its first administrator: that is what the operator is there for.
            text = text.replace(f"{CANARY} haulage", "").replace(f"{CANARY}-boss", "").replace(CANARY, "")
        assert CANARY not in text and str(LATITUDE) not in text, f"{endpoint}: {text[:500]}"


def test_names_that_the_other_uses_are_free(hauliers):
    north, south = hauliers
    admin, ids = north.admin, south.ids
    external = {"type": "c8y_Serial", "externalId": ids["external"]}
    mine = admin.post(f"/identity/globalIds/{north.ids['object']}/externalIds", external)
    assert mine["managedObject"]["id"] == north.ids["object"]
    theirs = south.admin.get(f"/identity/externalIds/c8y_Serial/{ids['external']}")
    assert theirs["managedObject"]["id"] == ids["object"]
    user = {"userName": ids["user"], "email": "a@example.org", "password": "four wooden bridges"}
    admin.post("/user/northhaul/users", user)
    group = admin.post("/user/northhaul/groups", {"name": ids["group name"]})
    for path in (f"/identity/externalIds/c8y_Serial/{ids['external']}", f"/user/northhaul/users/{ids['user']}",
                 f"/user/northhaul/groups/{group['id']}"):
        admin.delete(path)
    assert south.admin.get(f"/user/{CANARY}/users/{ids['user']}")["userName"] == ids["user"]


def test_credentials_of_one_open_nothing_of_the_other(server, hauliers):
    north, south = hauliers
    wrong = (("northhaul", south.admin.user), ("northhaul", south.ids["user"]), (CANARY, north.admin.user))
    for tenant, user in wrong:
        answer = server.client(tenant, user, OTHER_PASSWORD, address="127.0.0.4").request("GET", "/platform")
        check_problem(answer, 401, "security/Unauthorized")
