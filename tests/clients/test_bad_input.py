"""Bad input: each kind is a specified refusal in the shape of errors, never a fault of ours; nothing is stored."""

import json

import pytest
from client import basic, check_problem, fresh, media, raw

OBJECTS = "/inventory/managedObjects"
MEASUREMENTS = "/measurement/measurements"
JSON = ("Content-Type", "application/json")
MIB = 1 << 20


def totals(admin):
    """How much there is of everything that these tests could add."""
    counted = {"withTotalElements": "true", "pageSize": 1}
    lists = (OBJECTS, MEASUREMENTS, "/user/t100/users", "/user/t100/groups")
    return [admin.get(path, **counted)["statistics"]["totalElements"] for path in lists]


@pytest.fixture(autouse=True)
def nothing_is_stored(admin):
    before = totals(admin)
    yield
    assert totals(admin) == before


@pytest.fixture(scope="module")
def target(admin):
    """An object with an external id, and a copy of it to compare with."""
    item = admin.new_object(name="target", type=fresh("test_Target"), c8y_IsDevice={})
    admin.post(f"/identity/globalIds/{item['id']}/externalIds", {"type": "c8y_Serial", "externalId": "target"})
    item = admin.get(f"{OBJECTS}/{item['id']}")
    yield item
    assert admin.get(f"{OBJECTS}/{item['id']}") == item, "no bad request has changed it"


def bad_texts():
    """Bodies that are no JSON that is taken in."""
    yield "nothing", b""
    yield "white space", b" \n"
    yield "cut off", b'{"name":"x"'
    yield "something after it", b'{"name":"x"}x'
    yield "two documents", b'{"name":"x"}{"name":"y"}'
    yield "single quotes", b"{'name':'x'}"
    yield "a bare name", b"{name:1}"
    yield "a comma too many", b'{"name":"x",}'
    yield "a comment", b'{"name":"x"}//'
    yield "NaN", b'{"test_V":NaN}'
    yield "Infinity", b'{"test_V":Infinity}'
    yield "a leading zero", b'{"test_V":01}'
    yield "hexadecimal", b'{"test_V":0x10}'
    yield "a control character", b'{"name":"a\nb"}'
    yield "half a surrogate pair", b'{"name":"\\ud800"}'
    yield "a bad escape", b'{"name":"\\x41"}'
    yield "not UTF-8", b'{"name":"\xff"}'
    yield "Latin-1", '{"name":"ä"}'.encode("latin-1")
    yield "an overlong form", b'{"name":"\xc0\xaf"}'
    yield "an encoded surrogate", b'{"name":"\xed\xa0\x80"}'
    yield "UTF-16", '{"name":"x"}'.encode("utf-16")
    yield "a byte order mark", b'\xef\xbb\xbf{"name":"x"}'
    yield "the same key twice", b'{"name":"x","name":"y"}'
    yield "the same key twice, escaped", b'{"name":"x","n\\u0061me":"y"}'
    yield "the same key twice, deep", b'{"test_V":[{"a":{"b":1,"b":2}}]}'
    yield "too deep by objects", b'{"a":' * 65 + b"1" + b"}" * 65
    yield "too deep by arrays", b'{"a":' + b"[" * 64 + b"]" * 64 + b"}"
    yield "deeper than any stack", b"[" * 500_000
    yield "too many values", b'{"a":[' + b"0," * 500_000 + b"0]}"
    yield "compressed", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00C\xbf\xa6\xa3\x02\x00\x00\x00"


@pytest.mark.parametrize("method, path", [("POST", OBJECTS), ("PUT", OBJECTS + "/ID"), ("POST", MEASUREMENTS)])
@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in bad_texts()])
def test_what_is_no_json_is_refused(admin, target, method, path, body):
    answer = admin.request(method, path.replace("ID", target["id"]), body=body, headers=dict([JSON]))
    area = "inventory" if path.startswith(OBJECTS) else "measurement"
    problem = check_problem(answer, 400, f"{area}/Bad Request")
    assert "\\x" not in problem["message"] and len(problem["message"]) < 200, "an error is no mirror"


class TestSize:
    def padded(self, size, **properties):
        """A document of exactly this many bytes."""
        empty = json.dumps(properties | {"test_Pad": ""}).encode()
        return empty[:-2] + b"x" * (size - len(empty)) + empty[-2:]

    @pytest.mark.parametrize("path, most", [(OBJECTS, MIB), (MEASUREMENTS, 8 * MIB), ("/tenant/setup", 8 << 10)])
    def test_a_body_too_large_is_refused_announced_or_not(self, admin, path, most):
        body = self.padded(most + 1)
        assert len(body) == most + 1
        check_problem(admin.request("POST", path, body=body, headers=dict([JSON])), 413, "general/Payload Too Large")
        check_problem(raw(admin, "POST", path, [JSON], iter([body])), 413, "general/Payload Too Large")

    def test_an_announcement_is_enough(self, admin):
        for length in (32 * MIB, 1 << 40, 1 << 62):
            answer = raw(admin, "POST", OBJECTS, [JSON, ("Content-Length", str(length))])
            check_problem(answer, 413)
            assert answer.headers["Connection"] == "close", "the client is told not to go on"

    def test_at_the_limit_it_is_the_document_that_is_too_large(self, admin, target):
        for method, path in (("POST", OBJECTS), ("PUT", f"{OBJECTS}/{target['id']}")):
            check_problem(admin.request(method, path, body=self.padded(MIB), headers=dict([JSON])), 422)

    def test_too_many_properties_are_refused(self, admin, target):
        many = {f"test_{number}": 1 for number in range(1001)}
        assert admin.status("POST", OBJECTS, json_body=many) == 422
        one = {"source": {"id": target["id"]}, "time": "2026-01-01T00:00:00Z", "type": "t"}
        assert admin.status("POST", MEASUREMENTS, json_body=one | many) == 422

    def test_too_many_measurements_at_once_are_refused(self, admin, target):
        one = {"source": {"id": target["id"]}, "time": "2026-01-01T00:00:00Z", "type": "t"}
        assert admin.status("POST", MEASUREMENTS, json_body={"measurements": [one] * 10_001}) == 422

    @pytest.mark.parametrize("length, status", [(8 << 10, 414), (40 << 10, 414)])
    def test_a_target_too_long_is_refused(self, admin, length, status):
        check_problem(raw(admin, "GET", f"{OBJECTS}?text={'x' * length}"), status, "general/URI Too Long")

    def test_headers_too_large_are_refused(self, admin):
        assert raw(admin, "GET", OBJECTS, [("X-Large", "x" * (128 << 10))]).status_code == 431


def wrong_objects():
    """Bodies for managed objects that are JSON and yet wrong."""
    yield from ([], "x", None, 7, True, [{"name": "x"}])
    for property_ in ("name", "type"):
        yield from ({property_: value} for value in (7, True, [], {}, "x" * 1001, "a\u0000b"))
    yield from ({"owner": value} for value in (7, [], {}, "", "no such user", "a/b", "x" * 1001))
    yield from ({name: 1} for name in ("", " ", "a b", "a.b", "x" * 1001, "a\u0000"))


@pytest.mark.parametrize("body", list(wrong_objects()), ids=lambda body: json.dumps(body)[:40])
def test_a_wrong_object_is_refused(admin, target, body):
    for method, path in (("POST", OBJECTS), ("PUT", f"{OBJECTS}/{target['id']}")):
        check_problem(admin.request(method, path, body=json.dumps(body), headers=dict([JSON])), 422)


@pytest.mark.parametrize("change", [
    {"source": None}, {"source": "1"}, {"source": 1}, {"source": []}, {"source": {}}, {"source": {"id": "x"}},
    {"source": {"id": -1}}, {"source": {"id": 1.5}}, {"source": {"id": "9007199254740992"}}, {"source": {"id": {}}},
    {"time": None}, {"time": 7}, {"time": "yesterday"}, {"time": "2026-01-01"},
    {"time": "2026-13-01T00:00:00Z"}, {"time": "2026-02-30T00:00:00Z"}, {"time": "2026-01-01T25:00:00Z"},
    {"time": "+99999-01-01T00:00:00Z"}, {"time": ""}, {"type": None}, {"type": 7}, {"type": "x" * 1001},
    {"type": "a\u0000"},
    {"a b": 1}, {"a.b": {"T": {"value": 1}}}, {"test_F": {"a.b": {"value": 1}}}, {"test_F": {"a b": {"value": 1}}},
], ids=lambda change: json.dumps(change)[:40])
def test_a_wrong_measurement_is_refused(admin, target, change):
    good = {"source": {"id": target["id"]}, "time": "2026-01-01T00:00:00Z", "type": "t"}
    for body in (good | change, {"measurements": [good, good | change]}):
        check_problem(admin.request("POST", MEASUREMENTS, json_body=body), 422)


@pytest.mark.parametrize("body", [
    {"measurements": None}, {"measurements": {}}, {"measurements": "x"}, {"measurements": [None]},
    {"measurements": [[]]},
    {"measurements": [{"measurements": []}]}, {}, [], "x",
], ids=json.dumps)
def test_a_wrong_bulk_is_refused(admin, body):
    headers = {"Content-Type": media("measurementcollection")}
    check_problem(admin.request("POST", MEASUREMENTS, body=json.dumps(body), headers=headers), 422)


@pytest.mark.parametrize("body", [
    {"managedObject": None}, {"managedObject": 7}, {"managedObject": {}}, {"managedObject": {"id": "x"}},
    {"managedObject": {"self": "https://x/y"}}, {"references": None}, {"references": {}}, {"references": [1]},
    {"references": [{"managedObject": {"id": "0"}}]}, {"references": [{"managedObject": {"id": "1"}}] * 2001}, [],
    "x",
], ids=lambda body: json.dumps(body)[:40])
def test_a_wrong_reference_is_refused(admin, target, body):
    for container in ("childDevices", "childAssets", "childAdditions"):
        for method in ("POST", "DELETE"):
            answer = admin.request(
                method, f"{OBJECTS}/{target['id']}/{container}", body=json.dumps(body),
                headers={"Content-Type": media("managedobjectreference")})
            check_problem(answer, 422)


@pytest.mark.parametrize("body", [
    {}, {"type": "c8y_Serial"}, {"externalId": "x"}, {"type": 7, "externalId": "x"}, {"type": "t", "externalId": ""},
    {"type": "", "externalId": "x"}, {"type": "t", "externalId": "x" * 1001},
    {"type": "t", "externalId": "a\u0000"}, [],
], ids=lambda body: json.dumps(body)[:40])
def test_a_wrong_external_id_is_refused(admin, target, body):
    path = f"/identity/globalIds/{target['id']}/externalIds"
    check_problem(admin.request("POST", path, json_body=body), 422)
    assert len(admin.get(path)["externalIds"]) == 1


@pytest.mark.parametrize("body", [
    {}, {"userName": "x"}, {"userName": 7, "email": "a@b", "password": "four wooden bridges"},
    {"userName": "a/b", "email": "a@b", "password": "four wooden bridges"},
    {"userName": "x1", "email": "no address", "password": "four wooden bridges"},
    {"userName": "x2", "email": "a@b", "password": "short"}, {"userName": "x3", "email": "a@b", "password": 12345678},
    {"userName": "x4", "email": "a@b", "password": "x" * 257},
    {"userName": "", "email": "a@b", "password": "four wooden"},
    {"userName": "x5", "email": "a@b", "password": "four wooden bridges", "enabled": "yes"}, [],
    {"userName": "x6", "email": "a@b", "password": "four wooden bridges",
     "roles": {"references": [{"role": {"id": "ROLE_X"}}]}},
    {"userName": "x7", "email": "a@b", "password": "four wooden bridges",
     "groups": {"references": [{"group": {"id": 999999}}]}},
], ids=lambda body: json.dumps(body)[:50])
def test_a_wrong_user_is_refused(admin, body):
    check_problem(admin.request("POST", "/user/t100/users", json_body=body), 422)


class TestQueries:
    @pytest.mark.parametrize("parameter, values", [
        ("pageSize", ["-1", "0", "1.5", "abc", "1e3", "99999999999999999999999", "0x10", "5 ", "٣"]),
        ("currentPage", ["-1", "0", "1.5", "abc", "1000000001", "99999999999999999999999", "18446744073709551616"]),
        ("withTotalPages", ["maybe", "1", "TRUE", "yes"]),
        ("withTotalElements", ["maybe"]),
    ])
    def test_what_is_no_page_is_refused(self, admin, target, parameter, values):
        children = f"{OBJECTS}/{target['id']}/childAssets"
        for path in (OBJECTS, MEASUREMENTS, children, "/user/t100/users", "/audit/auditRecords"):
            for value in values:
                answer = admin.request("GET", path, query={parameter: value})
                assert parameter in check_problem(answer, 422)["message"], (path, value)

    def test_the_last_page_that_may_be_asked_for_is_empty(self, admin):
        assert admin.get(OBJECTS, currentPage=1_000_000_000, pageSize=2000)["managedObjects"] == []

    @pytest.mark.parametrize("date", [
        "yesterday", "2026", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00Z", "01.02.2026", "1767225600",
        "+99999-01-01", "'",
    ])
    def test_what_is_no_date_is_refused(self, admin, target, date):
        series = {"source": target["id"], "dateFrom": "2026-01-01", "dateTo": "2026-01-02"}
        for parameter in ("dateFrom", "dateTo"):
            check_problem(admin.request("GET", MEASUREMENTS, query={parameter: date}), 422)
            check_problem(admin.request("DELETE", MEASUREMENTS, query={"source": target["id"], parameter: date}), 422)
            check_problem(admin.request("GET", f"{MEASUREMENTS}/series", query=series | {parameter: date}), 422)

    @pytest.mark.parametrize("query", [
        {"onlyRoots": "maybe"}, {"withChildren": "1"}, {"withParents": "x"}, {"ids": "x"}, {"ids": "1,-2"},
        {"ids": "1,2,x"},
        {"ids": ",".join(["1"] * 2001)}, {"childDeviceId": "x"}, {"childAssetId": "-1"}, {"childAdditionId": "1.5"},
        {"query": "x" * 4097}, {"query": "(" * 100 + "name eq 'x'" + ")" * 100}, {"query": "name eq 'x"},
        {"q": "$top=5"},
    ], ids=lambda query: json.dumps(query)[:40])
    def test_a_wrong_filter_is_refused(self, admin, query):
        answer = admin.request("GET", OBJECTS, query=query)
        check_problem(answer, 422, "inventory/Invalid Data")

    def test_a_parameter_that_nobody_knows_changes_nothing(self, admin):
        plain = admin.get(OBJECTS, pageSize=1)["managedObjects"]
        assert admin.get(OBJECTS, pageSize=1, nobodyKnows="this", skip="1")["managedObjects"] == plain


class TestPaths:
    @pytest.mark.parametrize("id_", [
        "abc", "-1", "0", "01", "+1", "1.0", "1e3", "9007199254740992", "99999999999999999999999999", "1%20",
        "%31%00",
        "%D9%A3", "null", "*", "1,2", "$", "'", "%27%20or%201", "count%2f", "..%2f..%2fetc", "%2e%2e",
    ])
    def test_what_can_be_no_id_is_not_there(self, admin, id_):
        body = json.dumps({"name": "x"}).encode()
        for path in (OBJECTS, MEASUREMENTS, "/audit/auditRecords"):
            check_problem(raw(admin, "GET", f"{path}/{id_}"), 404)
        for method in ("PUT", "DELETE"):
            check_problem(raw(admin, method, f"{OBJECTS}/{id_}", [JSON], body if method == "PUT" else b""), 404)
        for path in (f"{OBJECTS}/{id_}/childAssets", f"/identity/globalIds/{id_}/externalIds"):
            check_problem(raw(admin, "GET", path), 404)

    @pytest.mark.parametrize("path", [
        "/nothing", "/inventory/nothing", "/inventory/managedObjectsX", "/inventory/managedobjects",
        "/INVENTORY/managedObjects",
        "/inventory/./managedObjects",
        "/inventory/../inventory/managedObjects", "/inventory/managedObjects/..", "/inventory/managedObjects/ID/..",
        "/inventory/%2e%2e/inventory/managedObjects", "/inventory/managedObjects/%2e%2e/managedObjects",
        "/%69nventory/managedObjects", "/inventory%2FmanagedObjects", "/inventory/managedObjects%2FID",
        "/inventory/managedObjects%00", "/inventory/managedObjects/ID%00", "/inventory/managedObjects/ID%20",
        "/inventory/managedObjects;a=b", "/inventory/managedObjects/ID;a=b", "/inventory;/managedObjects",
        "/inventory/managedObjects/ID%3Bx", "/inventory/managedObjects/ID%2F",
        "/inventory/managedObjects/ID/childAssets/%2e%2e", "/inventory/managedObjects/%",
        "/inventory/managedObjects/%zz",
        "/inventory/managedObjects/%25%32%65", "/inventory/managedObjects/ID%c0%af", "/inventory\\managedObjects",
        "/identity/externalIds/c8y_Serial/%ff", "/identity/externalIds/c8y_Serial/target%00",
        "/identity/externalIds/c8y_Serial/target/..", "/identity/externalIds/%2e%2e/target", "/user/t100%2Fusers",
        "/user/T100/users",
        "/user/t100;x/users", "/user/%2e/users", "/user//users",
    ])
    def test_a_path_that_is_not_exactly_one_of_ours_leads_nowhere(self, admin, target, path):
        path = path.replace("ID", target["id"])
        for method in ("GET", "DELETE"):
            answer = raw(admin, method, path)
            check_problem(answer, answer.status_code)
            assert answer.status_code in (404, 405, 422), f"{method} {path}: {answer.text}"
            assert target["name"] not in answer.text or "target" in path

    @pytest.mark.parametrize("method, path, allowed", [
        ("PATCH", OBJECTS, "GET, POST"), ("DELETE", OBJECTS, "GET, POST"), ("PUT", OBJECTS, "GET, POST"),
        ("POST", f"{OBJECTS}/1", "GET, PUT, DELETE"), ("OPTIONS", f"{OBJECTS}/1", "GET, PUT, DELETE"),
        ("TRACE", OBJECTS, "GET, POST"), ("BREW", OBJECTS, "GET, POST"), ("get", OBJECTS, "GET, POST"),
        ("DELETE", "/audit/auditRecords", "GET, POST"), ("DELETE", "/audit/auditRecords/1", "GET"),
        ("PUT", "/audit/auditRecords/1", "GET"), ("PUT", f"{MEASUREMENTS}/1", "GET, DELETE"),
    ])
    def test_a_wrong_method_is_told_the_right_ones(self, admin, method, path, allowed):
        answer = raw(admin, method, path)
        check_problem(answer, 405, "general/Method Not Allowed")
        assert answer.headers["Allow"] == allowed

    @pytest.mark.parametrize("method", ["PATCH", "delete", "", "GET, DELETE", "x" * 1000])
    def test_a_wrong_method_header_is_refused(self, admin, target, method):
        answer = admin.request("POST", f"{OBJECTS}/{target['id']}", headers={"X-HTTP-METHOD": method})
        check_problem(answer, 405)


class TestHeaders:
    @pytest.mark.parametrize("content_type", [
        "text/plain", "text/xml", "application/xml", "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/octet-stream", "application/vnd.com.nsn.cumulocity.managedobject+xml", "application/jsonx",
        "json", "*/*", "/", ";",
    ])
    def test_a_body_of_another_type_is_refused(self, admin, target, content_type):
        for method, path in (("POST", OBJECTS), ("PUT", f"{OBJECTS}/{target['id']}"), ("POST", MEASUREMENTS)):
            answer = admin.request(method, path, body='{"name":"x"}', headers={"Content-Type": content_type})
            check_problem(answer, 415, "general/Unsupported Media Type")

    @pytest.mark.parametrize("value", [
        "", "Basic", "Basic ", "Basic =", "Basic ====", "Basic !!!!", "Basic YQ", "basic", "Basic " + "A" * 20_000,
        "Basic\t", "Basic YWRtaW4=", basic("t100/admin"), basic("/admin:x"), basic("t100/:x"),
        basic("t100/admin:x\x00y"),
        basic("t100/../t100/admin:x"), basic("t100/admin\n:x"), "Bearer", "Bearer a.b.c", "Digest x",
        "Negotiate YQ==", "null",
        basic("t100/admin:\ud83d\ude9a".encode("utf-16", "surrogatepass").decode("utf-16")),
    ])
    def test_a_malformed_authorization_is_refused(self, server, value):
        stranger = server.client(address="127.0.0.3")
        answer = stranger.request("GET", OBJECTS, headers={"Authorization": value.encode()})
        check_problem(answer, 401, "security/Unauthorized")

    def test_bytes_that_are_no_text_are_refused(self, admin):
        check_problem(raw(admin, "GET", OBJECTS, [("Authorization", b"Basic \xff\xfe")]), 401)
        assert raw(admin, "GET", OBJECTS, [("Accept", b"\xff\xfe")]).status_code == 200
        check_problem(raw(admin, "POST", OBJECTS, [("Content-Type", b"\xff")], b"{}x"), 400)
