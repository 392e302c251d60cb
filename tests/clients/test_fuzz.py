"""Random bodies, queries and paths: every answer is a success or an error in the shape of errors, never a fault.

Works on a tenant of its own, so that nothing it changes by luck matters to another test.
"""

import json
from urllib.parse import quote

import pytest
from client import check_problem, raw
from conftest import OTHER_PASSWORD, new_user
from hypothesis import HealthCheck, given, settings, strategies as st
from surface import endpoints, filled

TENANT, SPARE = "fuzzed", "fuzzed-2"
EXAMPLES = settings(
    max_examples=200, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])

NAMES = st.sampled_from([
    "id", "self", "name", "type", "owner", "creationTime", "lastUpdated", "childDevices", "managedObject",
    "references", "source",
    "time", "measurements", "externalId", "c8y_IsDevice", "c8y_Global", "value", "unit", "text", "activity",
    "severity", "user",
    "userName", "email", "phone", "password", "newPassword", "currentUserPassword", "enabled", "roles", "role",
    "groups", "group",
    "customProperties", "firstName", "description", "company", "domain", "adminName", "adminPass", "status",
    "tenant", "secret",
]) | st.text(max_size=20)
TEXTS = st.sampled_from([
    "", "1", "-1", "0", "9007199254740991", "9007199254740992", "x", "ROLE_INVENTORY_READ", "2026-01-01T00:00:00Z",
    "2026-01-01",
    "ACTIVE", "a@example.org", "https://example.org/inventory/managedObjects/1", "\u0000", "\u202e", "' or 1",
    "../..", "%00",
]) | st.text(max_size=40)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.integers() | FLOATS | st.sampled_from([2**53, 2**64, -(2**63), 10**40])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20)
# Valid documents, in which a few properties are then something else: far inside is where faults hide.
STARTS = st.sampled_from([
    {}, {"name": "x", "type": "t"}, {"managedObject": {"id": "1"}}, {"references": [{"managedObject": {"id": "1"}}]},
    {"source": {"id": "1"}, "time": "2026-01-01T00:00:00Z", "type": "t", "f": {"s": {"value": 1, "unit": "C"}}},
    {"measurements": [{"source": {"id": "1"}, "time": "2026-01-01T00:00:00Z", "type": "t"}]},
    {"type": "t", "externalId": "x"}, {"userName": "x", "email": "a@example.org", "password": "four wooden bridges"},
    {"role": {"id": "ROLE_INVENTORY_READ"}}, {"user": {"id": "x"}},
    {"type": "t", "time": "2026-01-01T00:00:00Z", "text": "x"},
])
DOCUMENTS = st.builds(lambda start, more: start | more, STARTS, st.dictionaries(NAMES, VALUES, max_size=4)) | VALUES


@pytest.fixture(scope="module")
def fuzzed(server):
    """The administrator of a tenant, and for every kind of placeholder an id that exists in it."""
    server.new_tenant(SPARE)
    admin = server.new_tenant(TENANT)
    item = admin.new_object(name="x", c8y_IsDevice={})
    child = admin.post(f"/inventory/managedObjects/{item['id']}/childDevices", {"name": "y"})
    group = admin.post(f"/user/{TENANT}/groups", {"name": "g"})
    user = new_user(server, admin, "somebody")
    admin.put("/tenant/options/fuzz", {"k": "v"})
    values = {
        "id": item["id"], "childId": child["id"], "tenantId": TENANT, "userId": user.user, "username": user.user,
        "groupId": str(group["id"]), "groupName": "g", "roleId": "ROLE_INVENTORY_READ", "name": "ROLE_INVENTORY_READ",
        "type": "c8y_Serial", "externalId": "x", "category": "fuzz", "key": "k",
        "keyId": "1", "requestId": "x", "fingerprint": "0" * 40, "typeOrId": "BASIC", "featureKey": "x", "kind": "x", "date": "2026-11-21", "month": "2026-11-21",
        "configurationId": "1", "connectionKey": "x", "operationId": "1", "sessionId": "0" * 32,
        "binaryId": "1", "applicationId": "1", "version": "1.0", "contextPath": "x", "file": "x",
    }
    return admin, values


@pytest.fixture(scope="module")
def surface(admin):
    return endpoints(admin)


def check(answer):
    """A success, or an error as it must be. Too many wrong secrets may be told to wait, which is no fault either."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        check_problem(answer, answer.status_code)


def target(endpoint, values):
    """The path of an endpoint to something that exists."""
    return filled(endpoint.path, values)


@EXAMPLES
@given(data=st.data(), document=DOCUMENTS)
def test_no_document_makes_it_fail(fuzzed, management, surface, data, document):
    admin, values = fuzzed
    writing = [endpoint for endpoint in surface if endpoint.has_body]
    endpoint = data.draw(st.sampled_from(writing))
    if endpoint.path.startswith("/tenant/tenants"):
        # Whatever becomes of the tenant that only the operator's endpoints get: it is no other example's.
        admin, values = management, values | {"tenantId": SPARE}
    body = json.dumps(document).encode("utf-8", "surrogatepass")
    headers = {"Content-Type": "application/json"}
    check(admin.request(endpoint.method, target(endpoint, values), body=body, headers=headers))


@EXAMPLES
@given(data=st.data(), body=st.binary(max_size=200), media_type=st.sampled_from(["application/json", None]))
def test_no_bytes_make_it_fail(fuzzed, surface, data, body, media_type):
    admin, values = fuzzed
    endpoint = data.draw(st.sampled_from([endpoint for endpoint in surface if endpoint.has_body]))
    check(admin.request(endpoint.method, target(endpoint, values), body=body, headers={"Content-Type": media_type}))


WORDS = st.sampled_from([
    "$filter=", "$orderby=", "(", ")", "name", "type", "eq", "ne", "gt", "le", "and", "or", "not", "has", "hasany",
    "bygroupid",
    "isinhierarchyof", "'x'", "'*'", "'", ",", "1", "1.5d", "true", "asc", "desc", "c8y_X.y", "\\", "\\(", "''",
    " ", "creationTime.date",
])
QUERIES = st.lists(WORDS | st.text(max_size=5), max_size=15).map(" ".join) | st.text(max_size=60)


@EXAMPLES
@given(data=st.data(), query=QUERIES)
def test_no_query_makes_it_fail(fuzzed, surface, data, query):
    admin, values = fuzzed
    reading = [endpoint for endpoint in surface if endpoint.method == "GET" and endpoint.parameters]
    endpoint = data.draw(st.sampled_from(reading))
    name = data.draw(st.sampled_from(["query", "q", *endpoint.parameters]))
    text = query.encode("utf-8", "surrogatepass")
    check(admin.request("GET", target(endpoint, values), query={name: text}))


@EXAMPLES
@given(data=st.data(), segment=TEXTS, method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]))
def test_no_path_makes_it_fail(fuzzed, surface, data, segment, method):
    admin, values = fuzzed
    endpoint = data.draw(st.sampled_from([endpoint for endpoint in surface if endpoint.placeholders]))
    place = data.draw(st.sampled_from(endpoint.placeholders))
    encoded = quote(segment.encode("utf-8", "surrogatepass"), safe="")
    path = filled(endpoint.path, values | {place: encoded})
    body = b"{}" if method in ("PUT", "POST") else b""
    answer = raw(admin, method, path, [("Content-Type", "application/json")] if body else [], body)
    if answer.text or answer.status_code >= 400:
        check(answer)


def test_after_all_of_it_the_tenant_still_works(fuzzed, server):
    admin, values = fuzzed
    assert admin.request("GET", "/platform").status_code == 200
    assert admin.status("GET", f"/user/{TENANT}/users/admin") == 200
    assert server.client(TENANT, "admin", OTHER_PASSWORD).request("GET", "/platform").status_code == 200
