"""Managed objects: field-exact to the API that existing clients speak."""

import json
import re
from datetime import datetime

import pytest
from client import check_problem, fresh, media

OBJECTS = "/inventory/managedObjects"
CONTAINERS = {
    "childDevices": "deviceParents",
    "childAssets": "assetParents",
    "childAdditions": "additionParents",
}
ABSENT = "9007199254740991"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def names(page, key="managedObjects"):
    return [entry["name"] for entry in page[key]]


def find(client, kind, query, **more):
    """The names of a test's own objects that a query finds, in their order."""
    query = f"$filter=(type eq '{kind}' and ({query})) $orderby=name"
    return names(client.get(OBJECTS, query=query, pageSize=100, **more))


def test_an_object_is_created_read_changed_and_deleted(admin, kind):
    position = {"lat": 51.2, "lng": 6.8}
    sent = {"name": "pump", "type": kind, "c8y_Position": position, "bare": 7, "id": "1", "self": "x"}
    answer = admin.request("POST", OBJECTS, json_body=sent, accept=media("managedObject"))
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == media("managedobject") + ";charset=UTF-8;ver=0.9"
    created = answer.json()
    link = f"{admin.base}{OBJECTS}/{created['id']}"
    assert answer.headers["Location"] == link
    containers = [*CONTAINERS, *CONTAINERS.values()]
    assert created == {
        "id": created["id"], "self": link, "name": "pump", "type": kind, "owner": "admin",
        "creationTime": created["creationTime"], "lastUpdated": created["creationTime"],
        **{name: {"self": f"{link}/{name}", "references": []} for name in containers},
        "c8y_Position": {"lat": 51.2, "lng": 6.8}, "bare": 7,
    }
    assert TIME.match(created["creationTime"]) and datetime.fromisoformat(created["creationTime"])
    assert isinstance(created["id"], str) and created["id"] != "1" and int(created["id"]) < 2**53

    changed = admin.put(f"{OBJECTS}/{created['id']}", {"name": "pump 2", "bare": None, "c8y_Position": {"lat": 1}})
    assert changed["name"] == "pump 2" and changed["type"] == kind, "what was not sent stays"
    assert "bare" not in changed, "null removes"
    assert changed["c8y_Position"] == {"lat": 1}, "a fragment is replaced as a whole"
    assert changed["lastUpdated"] >= created["lastUpdated"] and changed["creationTime"] == created["creationTime"]
    assert admin.get(f"{OBJECTS}/{created['id']}") == changed

    admin.delete(f"{OBJECTS}/{created['id']}")
    check_problem(admin.request("GET", f"{OBJECTS}/{created['id']}"), 404, "inventory/Not Found")
    assert admin.status("DELETE", f"{OBJECTS}/{created['id']}") == 404


def test_an_empty_update_is_a_heartbeat_and_shows_only_the_id(admin, kind):
    before = admin.new_object(type=kind, name="quiet")
    for body in ({}, {"id": before["id"]}):
        assert admin.put(f"{OBJECTS}/{before['id']}", body) == {"id": before["id"]}
    assert admin.get(f"{OBJECTS}/{before['id']}") == before


def test_the_accept_header_decides_whether_and_how_a_change_is_shown(admin, kind):
    answer = admin.request("POST", OBJECTS, json_body={"type": kind}, accept=None)
    assert (answer.status_code, answer.content) == (201, b"")
    link = answer.headers["Location"]
    assert re.fullmatch(re.escape(admin.base + OBJECTS) + r"/\d+", link)
    answer = admin.request("PUT", link, json_body={"name": "x"}, accept=None)
    assert (answer.status_code, answer.content) == (200, b"")
    for accept, media_type in [
        ("application/json", "application/json;charset=UTF-8"),
        (media("managedObject"), media("managedobject") + ";charset=UTF-8;ver=0.9"),
        (f"{media('error')}, {media('managedobject')}", media("managedobject") + ";charset=UTF-8;ver=0.9"),
        ("*/*", media("managedobject") + ";charset=UTF-8;ver=0.9"),
        (None, media("managedobject") + ";charset=UTF-8;ver=0.9"),
    ]:
        answer = admin.request("GET", link, accept=accept)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type), accept
        assert answer.json()["name"] == "x"


@pytest.mark.parametrize("content_type", [
    None, "application/json", "Application/JSON; charset=utf-8", media("managedObject"),
    media("managedobject") + ";ver=0.9;charset=UTF-8",
])
def test_every_spelling_of_the_content_type_is_taken(admin, kind, content_type):
    answer = admin.request("POST", OBJECTS, body=json.dumps({"type": kind}), headers={"Content-Type": content_type})
    assert answer.status_code == 201, answer.text


def test_a_trailing_slash_and_the_method_header_are_understood(admin, kind):
    created = admin.post(OBJECTS + "/", {"type": kind, "name": "a"})
    path = f"{OBJECTS}/{created['id']}"
    assert admin.get(path + "/")["name"] == "a"
    answer = admin.request("POST", path, json_body={"name": "b"}, headers={"X-HTTP-METHOD": "PUT"})
    assert (answer.status_code, answer.json()["name"]) == (200, "b")
    assert admin.request("HEAD", path).content == b""
    assert admin.request("POST", path, headers={"X-HTTP-METHOD": "DELETE"}).status_code == 204
    assert admin.status("GET", path) == 404


# Unknown fragments come back to the digit.
@pytest.mark.parametrize("number", [
    "1.10", "1e400", "-0", "0.1000", "123456789012345678901234567890", "1E+2", "-1.5e-300", "9007199254740993",
])
def test_numbers_keep_every_digit(admin, kind, number):
    fragment = f'{{"value":{number},"list":[{number},{{"x":{number}}}]}}'
    body = f'{{"type":"{kind}","c8y_Exact":{fragment},"bare":{number}}}'
    created = admin.request("POST", OBJECTS, body=body, headers={"Content-Type": "application/json"})
    assert created.status_code == 201, created.text
    path = created.headers["Location"]
    listed = admin.request("GET", OBJECTS, query={"type": kind})
    updated = admin.request("PUT", path, body=f'{{"other":{number}}}', headers={"Content-Type": "application/json"})
    for answer in (created, admin.request("GET", path), listed, updated):
        assert f'"c8y_Exact":{fragment}' in answer.text, answer.text
        assert f'"bare":{number}' in answer.text
    assert f'"other":{number}' in updated.text


def test_text_and_the_order_of_properties_survive(admin, kind):
    text = "zwölf \U0001f69a \u2028 \"quoted\" \\ \t"
    sent = {"type": kind, "zz": text, "aa": {"z": 1, "a": [None, True, {}, []]}, "": 1}
    assert admin.status("POST", OBJECTS, json_body=sent) == 422, "a name cannot be empty"
    del sent[""]
    created = admin.new_object(**sent)
    shown = admin.get(f"{OBJECTS}/{created['id']}")
    assert {name: shown[name] for name in sent} == sent
    assert [name for name in shown if name in sent][1:] == ["zz", "aa"] and list(shown["aa"]) == ["z", "a"]


@pytest.mark.parametrize("name", ["a b", "a.b", "a,b", "a*", "a[0]", "a(b)", "a@b", "$a", "a\nb"])
def test_names_that_could_not_be_asked_for_are_refused(admin, kind, name):
    answer = admin.request("POST", OBJECTS, json_body={"type": kind, name: 1})
    check_problem(answer, 422, "inventory/Invalid Data")
    assert admin.get(OBJECTS, type=kind)["managedObjects"] == []


@pytest.fixture(scope="module")
def seven(admin):
    """The type of seven objects."""
    kind = fresh("test_Paged")
    for number in range(7):
        admin.new_object(type=kind, name=f"n{number}")
    return kind


class TestPaging:
    def link(self, admin, kind, page, size, more=""):
        return f"{admin.base}{OBJECTS}?type={kind}{more}&pageSize={size}&currentPage={page}"

    def test_the_envelope_has_links_and_statistics_and_no_totals_unasked(self, admin, seven):
        first = admin.get(OBJECTS, type=seven)
        assert list(first) == ["self", "next", "managedObjects", "statistics"]
        assert first["self"] == self.link(admin, seven, 1, 5)
        assert first["next"] == self.link(admin, seven, 2, 5)
        assert first["statistics"] == {"currentPage": 1, "pageSize": 5}
        second = admin.request("GET", first["next"]).json()
        assert list(second) == ["self", "prev", "managedObjects", "statistics"]
        assert second["self"] == first["next"] and second["prev"] == first["self"]
        assert names(first) + names(second) == [f"n{number}" for number in range(7)]

    @pytest.mark.parametrize("asked, totals", [
        ({"withTotalPages": "true"}, {"totalPages": 3}),
        ({"withTotalElements": "true"}, {"totalElements": 7}),
        ({"withTotalElements": "true", "withTotalPages": "true"}, {"totalElements": 7, "totalPages": 3}),
        ({"withTotalElements": "false"}, {}),
    ])
    def test_totals_are_counted_on_request(self, admin, seven, asked, totals):
        page = admin.get(OBJECTS, type=seven, pageSize=3, currentPage=2, **asked)
        assert page["statistics"] == {"currentPage": 2, "pageSize": 3} | totals
        for name, value in asked.items():
            assert all(f"{name}={value}" in page[link] for link in ("self", "next", "prev"))

    def test_a_full_last_page_has_a_next_link_to_an_empty_page(self, admin, seven):
        last = admin.get(OBJECTS, type=seven, pageSize=7)
        assert len(last["managedObjects"]) == 7
        beyond = admin.request("GET", last["next"]).json()
        assert beyond["managedObjects"] == [] and "next" not in beyond and beyond["statistics"]["currentPage"] == 2

    def test_a_page_too_large_is_clamped(self, admin, seven):
        page = admin.get(OBJECTS, type=seven, pageSize=2001)
        assert page["statistics"] == {"currentPage": 1, "pageSize": 2000} and "pageSize=2000&" in page["self"]

    def test_parameters_are_repeated_encoded(self, admin):
        page = admin.get(OBJECTS, query="name eq 'ä & b + c'", pageSize=1)
        again = admin.request("GET", page["self"])
        assert again.status_code == 200 and again.json() == page

    def test_the_count_is_a_bare_number(self, admin, seven):
        answer = admin.request("GET", f"{OBJECTS}/count", query={"type": seven})
        assert (answer.status_code, answer.text) == (200, "7")
        assert admin.request("GET", f"{OBJECTS}/count", query={"type": "test_Nothing"}).text == "0"


class TestFilters:
    def test_plain_filters_narrow_a_list(self, admin, creator, kind):
        mine = admin.new_object(type=kind, name="mine", test_Mark={}, c8y_IsDevice={})
        theirs = creator.new_object(type=kind, name="theirs")
        parent = admin.new_object(type=kind, name="parent")
        for container in CONTAINERS:
            admin.post(f"{OBJECTS}/{parent['id']}/{container}", {"managedObject": {"id": mine["id"]}})
        serial = fresh("serial")
        admin.post(f"/identity/globalIds/{theirs['id']}/externalIds", {"type": "c8y_Serial", "externalId": serial})
        for filters, expected in [
            ({"type": kind}, ["mine", "theirs", "parent"]),
            ({"type": kind, "fragmentType": "test_Mark"}, ["mine"]),
            ({"type": kind, "owner": "creator"}, ["theirs"]),
            ({"type": kind, "owner": "no such user"}, []),
            ({"ids": f"{parent['id']},{mine['id']}"}, ["mine", "parent"]),
            ({"ids": ABSENT}, []),
            ({"type": kind, "text": "theirs"}, ["theirs"]),
            ({"type": kind, "text": "their"}, []),
            ({"text": serial}, ["theirs"]),
            ({"type": kind, "onlyRoots": "true"}, ["theirs", "parent"]),
            ({"childDeviceId": mine["id"]}, ["parent"]),
            ({"childAssetId": mine["id"]}, ["parent"]),
            ({"childAdditionId": mine["id"]}, ["parent"]),
            ({"type": "ignored", "query": f"type eq '{kind}' and has(test_Mark)"}, ["mine"]),
            ({"q": f"type eq '{kind}'"}, ["mine"]),
        ]:
            assert sorted(names(admin.get(OBJECTS, pageSize=100, **filters))) == sorted(expected), filters

    # R021
    def test_whoever_only_creates_sees_only_its_own(self, admin, creator, kind):
        foreign = admin.new_object(type=kind, name="admin's")
        own = creator.new_object(type=kind, name="creator's")
        page = creator.get(OBJECTS, type=kind, withTotalElements="true", pageSize=1)
        assert names(page) == ["creator's"] and page["statistics"]["totalElements"] == 1
        assert creator.request("GET", f"{OBJECTS}/count", query={"type": kind}).text == "1"
        for method, body in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
            answer = creator.request(method, f"{OBJECTS}/{foreign['id']}", json_body=body)
            missing = creator.request(method, f"{OBJECTS}/{ABSENT}", json_body=body)
            check_problem(answer, 404, "inventory/Not Found")
            assert answer.text.replace(foreign["id"], "ID") == missing.text.replace(ABSENT, "ID")
        assert creator.put(f"{OBJECTS}/{own['id']}", {"name": "renamed"})["name"] == "renamed"

    def test_whoever_only_reads_changes_nothing(self, admin, reader, kind):
        item = admin.new_object(type=kind)
        assert reader.get(f"{OBJECTS}/{item['id']}") == item
        for method, path, body in [
            ("POST", OBJECTS, {"type": kind}), ("PUT", f"{OBJECTS}/{item['id']}", {"name": "x"}),
            ("PUT", f"{OBJECTS}/{item['id']}", {}), ("DELETE", f"{OBJECTS}/{item['id']}", None),
            ("POST", f"{OBJECTS}/{item['id']}/childAssets", {"managedObject": {"id": item["id"]}}),
        ]:
            check_problem(reader.request(method, path, json_body=body), 403, "security/Forbidden")
        assert admin.get(OBJECTS, type=kind)["managedObjects"] == [item]

    # R018
    def test_a_global_object_is_read_by_everybody_of_the_tenant_and_changed_by_nobody_else(
        self, admin, nobody, other_admin, kind,
    ):
        item = admin.new_object(type=kind, name="open", c8y_Global={})
        assert nobody.get(f"{OBJECTS}/{item['id']}")["name"] == "open"
        assert names(nobody.get(OBJECTS, type=kind)) == ["open"]
        assert nobody.status("PUT", f"{OBJECTS}/{item['id']}", json_body={"name": "x"}) == 403
        assert nobody.status("GET", "/measurement/measurements/series", query={
            "source": item["id"], "dateFrom": "2020-01-01", "dateTo": "2030-01-01"}) == 403
        assert other_admin.status("GET", f"{OBJECTS}/{item['id']}") == 404

    def test_who_holds_no_right_sees_nothing(self, admin, nobody, kind):
        item = admin.new_object(type=kind)
        assert nobody.get(OBJECTS, type=kind)["managedObjects"] == []
        assert nobody.status("GET", f"{OBJECTS}/{item['id']}") == 404
        assert nobody.status("POST", OBJECTS, json_body={"type": kind}) == 403
        for root in ("/inventory", "/identity", "/audit", "/user", "/tenant"):
            assert nobody.status("GET", root) == 403, root


def escaped(text):
    """As @c8y/client writes a text into a query."""
    text = text.replace("'", "''").replace("\\", "\\\\")
    return re.sub(r"([\[\]{}()])", r"\\\1", text)


@pytest.fixture(scope="module")
def stock(admin):
    """The type of four objects that queries tell apart."""
    kind = fresh("test_Stock")
    for name, more in {
        "Dev 001": {"c8y_Hardware": {"model": "M1"}, "test_Level": 16.5, "test_Tags": ["red", "blue"]},
        "Dev 002": {"c8y_Hardware": {"model": "M2"}, "test_Level": 17, "test_Parts": [{"sku": "a"}, {"sku": "b"}]},
        "Box 001": {"test_Level": -3, "test_On": True},
        "box*": {"test_On": False},
    }.items():
        admin.new_object(type=kind, name=name, **more)
    return kind


class TestQuery:
    @pytest.mark.parametrize("query, expected", [
        ("name eq 'Dev 001'", ["Dev 001"]),
        ("name eq 'Dev*'", ["Dev 001", "Dev 002"]),
        ("name eq '*001'", ["Box 001", "Dev 001"]),
        ("name eq '*'", ["Box 001", "Dev 001", "Dev 002", "box*"]),
        ("name eq 'dev*'", []),
        ("not(name eq 'Dev*')", ["Box 001", "box*"]),
        ("name ne 'Dev 001'", ["Box 001", "Dev 002", "box*"]),
        ("name eq 'Dev 001' or name eq 'box*'", ["Dev 001", "box*"]),
        ("name eq 'Dev*' and not(has(test_Tags))", ["Dev 002"]),
        ("has(test_On)", ["Box 001", "box*"]),
        ("hasany(test_Tags,test_Parts)", ["Dev 001", "Dev 002"]),
        ("has(c8y_Hardware.model)", ["Dev 001", "Dev 002"]),
        ("c8y_Hardware.model eq 'M2'", ["Dev 002"]),
        ("c8y_Hardware.model eq M2", ["Dev 002"]),
        ("test_Level gt 16.5f", ["Dev 002"]),
        ("test_Level ge 16.5d", ["Dev 001", "Dev 002"]),
        ("test_Level lt 0", ["Box 001"]),
        ("test_Level le 16.5d", ["Box 001", "Dev 001"]),
        ("test_Level eq 17", ["Dev 002"]),
        ("test_On eq true", ["Box 001"]),
        ("test_Tags eq 'blue'", ["Dev 001"]),
        ("test_Parts.sku eq 'b'", ["Dev 002"]),
        ("creationTime.date gt '2020-01-01T00:00:00.000Z'", ["Box 001", "Dev 001", "Dev 002", "box*"]),
        ("lastUpdated.date lt '2020-01-01'", []),
        ("owner eq 'admin'", ["Box 001", "Dev 001", "Dev 002", "box*"]),
    ])
    def test_a_query_finds_what_it_says(self, admin, stock, query, expected):
        assert find(admin, stock, query) == expected

    @pytest.mark.parametrize("order, expected", [
        ("name", ["Box 001", "Dev 001", "Dev 002", "box*"]),
        ("name desc", ["box*", "Dev 002", "Dev 001", "Box 001"]),
        ("id desc", ["box*", "Box 001", "Dev 002", "Dev 001"]),
        ("_id", ["Dev 001", "Dev 002", "Box 001", "box*"]),
        ("c8y_Hardware.model desc,name asc", ["Dev 002", "Dev 001", "Box 001", "box*"]),
    ])
    def test_a_query_orders_what_it_finds(self, admin, stock, order, expected):
        assert names(admin.get(OBJECTS, query=f"$filter=(type eq '{stock}') $orderby={order}")) == expected

    @pytest.mark.parametrize("name", [
        "it's", "a (b) [c] {d}", "back\\slash", "''", "\\'", "50%", "a+b", "ünï©ødé", "'(\\[", "x eq 'y' or 1",
    ])
    def test_a_text_as_the_javascript_client_escapes_it_finds_exactly_that(self, admin, kind, name):
        admin.new_object(type=kind, name=name)
        admin.new_object(type=kind, name=name + "x")
        assert find(admin, kind, f"name eq '{escaped(name)}'") == [name]

    def test_a_plus_sign_may_stand_for_a_space(self, admin, kind):
        admin.new_object(type=kind, name="spaced")
        answer = admin.request("GET", f"{OBJECTS}?query=$filter=(type+eq+'{kind}')+$orderby=name+asc")
        assert names(answer.json()) == ["spaced"]

    def test_groups_and_hierarchies_are_found(self, admin, kind):
        group, other, member, below = (
            admin.new_object(type=kind, name=name) for name in ("group", "other", "member", "below"))
        admin.post(f"{OBJECTS}/{group['id']}/childAssets", {"managedObject": {"id": member["id"]}})
        admin.post(f"{OBJECTS}/{member['id']}/childDevices", {"managedObject": {"id": below["id"]}})
        admin.post(f"{OBJECTS}/{other['id']}/childAssets", {"managedObject": {"id": below["id"]}})
        assert find(admin, kind, f"bygroupid({group['id']})") == ["member"]
        assert find(admin, kind, f"bygroupid({group['id']},{other['id']})") == ["below", "member"]
        assert find(admin, kind, f"isinhierarchyof({group['id']})") == ["below", "group", "member"]
        assert find(admin, kind, f"isinhierarchyof({member['id']},{other['id']})") == ["below", "member", "other"]
        assert find(admin, kind, f"bygroupid({ABSENT})") == []

    @pytest.mark.parametrize("query", [
        "name", "name eq", "name eq 'open", "eq 'x'", "(name eq 'x'", "name eq 'x')", "name like 'x'", "has()",
        "has(a b)",
        "bygroupid(x)", "$orderby=name sideways", "name eq 'x' and", "not", "((((" * 20, "name eq 'x' " * 500,
    ])
    @pytest.mark.parametrize("parameter", ["query", "q"])
    def test_what_is_no_query_is_refused(self, admin, parameter, query):
        answer = admin.request("GET", OBJECTS, query={parameter: query})
        problem = check_problem(answer, 422, "inventory/Invalid Data")
        not_understood = "Find by filter query failed : Query could not be understood"
        assert len(query) > 4096 or problem["message"].startswith(not_understood)


class TestChildren:
    @pytest.mark.parametrize("container", CONTAINERS)
    def test_children_are_linked_by_reference_read_and_unlinked(self, admin, kind, container):
        parent, child = admin.new_object(type=kind, name="parent"), admin.new_object(type=kind, name="child")
        path = f"{OBJECTS}/{parent['id']}/{container}"
        link = f"{admin.base}{path}/{child['id']}"
        answer = admin.request("POST", path, json_body={"managedObject": {"id": child["id"]}})
        assert (answer.status_code, answer.headers["Location"]) == (201, link)
        assert answer.json()["self"] == link and answer.json()["managedObject"]["name"] == "child"

        page = admin.get(path, withTotalPages="true")
        assert list(page) == ["self", "references", "statistics"]
        assert page["statistics"] == {"currentPage": 1, "pageSize": 5, "totalPages": 1}
        assert [entry["self"] for entry in page["references"]] == [link]
        assert page["references"][0]["managedObject"]["type"] == kind, "lists carry the whole object"
        assert admin.get(f"{path}/{child['id']}")["managedObject"]["id"] == child["id"]

        reference = {"managedObject": {"id": child["id"], "name": "child", "self": child["self"]}, "self": link}
        shown = admin.get(f"{OBJECTS}/{parent['id']}")
        assert shown[container] == {"self": f"{admin.base}{path}", "references": [reference]}
        bare = admin.get(f"{OBJECTS}/{parent['id']}", skipChildrenNames="true", withChildrenCount="true")[container]
        assert bare["count"] == 1 and "name" not in bare["references"][0]["managedObject"]
        assert admin.get(f"{OBJECTS}/{parent['id']}", withChildren="false")[container]["references"] == []
        parents = CONTAINERS[container]
        assert admin.get(f"{OBJECTS}/{child['id']}")[parents]["references"] == []
        above = admin.get(f"{OBJECTS}/{child['id']}", withParents="true")[parents]["references"]
        assert [entry["managedObject"]["id"] for entry in above] == [parent["id"]]

        admin.delete(f"{path}/{child['id']}")
        assert admin.get(path)["references"] == [] and admin.get(f"{OBJECTS}/{child['id']}")["name"] == "child"

    @pytest.mark.parametrize("content_type", [media("managedObjectReferenceCollection"), "application/json"])
    def test_many_are_linked_and_unlinked_at_once(self, admin, kind, content_type):
        parent, one, two = (admin.new_object(type=kind) for _ in range(3))
        path = f"{OBJECTS}/{parent['id']}/childAssets"
        references = [{"managedObject": {"id": one["id"]}}, {"managedObject": {"self": two["self"]}}]
        many = json.dumps({"references": references})
        headers = {"Content-Type": content_type}
        answer = admin.request("POST", path, body=many, headers=headers)
        assert answer.status_code == 201
        assert [entry["managedObject"]["id"] for entry in answer.json()["references"]] == [one["id"], two["id"]]
        assert len(admin.get(path)["references"]) == 2
        assert admin.request("DELETE", path, body=many, headers=headers).status_code == 204
        assert admin.get(path)["references"] == []

    def test_many_are_linked_all_or_none(self, admin, kind):
        parent, child = admin.new_object(type=kind), admin.new_object(type=kind)
        many = {"references": [{"managedObject": {"id": child["id"]}}, {"managedObject": {"id": ABSENT}}]}
        assert admin.status("POST", f"{OBJECTS}/{parent['id']}/childAssets", json_body=many) == 404
        assert admin.get(f"{OBJECTS}/{parent['id']}/childAssets")["references"] == []

    def test_a_child_is_created_and_linked_in_one_go(self, admin, kind):
        parent = admin.new_object(type=kind)
        path = f"{OBJECTS}/{parent['id']}/childDevices"
        body = json.dumps({"type": kind, "name": "born here"})
        answer = admin.request("POST", path, body=body, headers={"Content-Type": media("managedObject")})
        assert answer.status_code == 201 and answer.json()["name"] == "born here"
        assert answer.headers["Location"] == answer.json()["self"]
        assert [entry["managedObject"]["id"] for entry in admin.get(path)["references"]] == [answer.json()["id"]]

    def test_what_is_no_child_is_said_to_be_none(self, admin, kind):
        parent, other = admin.new_object(type=kind), admin.new_object(type=kind)
        admin.post(f"{OBJECTS}/{parent['id']}/childAssets", {"managedObject": {"id": other["id"]}})
        for method in ("GET", "DELETE"):
            answer = admin.request(method, f"{OBJECTS}/{parent['id']}/childDevices/{other['id']}")
            problem = check_problem(answer, 422, "inventory/Invalid Data")
            assert f"{other['id']} is not a child of {parent['id']}" in problem["message"]

    def test_no_circle_can_be_closed(self, admin, kind):
        top, bottom = admin.new_object(type=kind), admin.new_object(type=kind)
        admin.post(f"{OBJECTS}/{top['id']}/childAssets", {"managedObject": {"id": bottom["id"]}})
        for parent, child in ((bottom, top), (top, top)):
            body = {"managedObject": {"id": child["id"]}}
            check_problem(admin.request("POST", f"{OBJECTS}/{parent['id']}/childAssets", json_body=body), 422)

    def test_a_cascade_takes_what_hangs_below_a_device(self, admin, kind):
        top = admin.new_object(type=kind, c8y_IsDevice={})
        middle = admin.post(f"{OBJECTS}/{top['id']}/childDevices", {"type": kind, "c8y_IsDevice": {}})
        admin.post(f"{OBJECTS}/{middle['id']}/childDevices", {"type": kind})
        admin.delete(f"{OBJECTS}/{top['id']}", cascade="true")
        assert admin.request("GET", f"{OBJECTS}/count", query={"type": kind}).text == "0"

    def test_only_a_forced_cascade_takes_what_hangs_below_other_things(self, admin, kind):
        top = admin.new_object(type=kind)
        admin.post(f"{OBJECTS}/{top['id']}/childAssets", {"type": kind})
        admin.delete(f"{OBJECTS}/{top['id']}", cascade="true")
        assert admin.request("GET", f"{OBJECTS}/count", query={"type": kind}).text == "1"
        top = admin.new_object(type=kind)
        child = admin.get(OBJECTS, type=kind)["managedObjects"][0]
        admin.post(f"{OBJECTS}/{top['id']}/childAssets", {"managedObject": {"id": child["id"]}})
        admin.delete(f"{OBJECTS}/{top['id']}", forceCascade="true")
        assert admin.request("GET", f"{OBJECTS}/count", query={"type": kind}).text == "0"

    def test_of_a_group_the_groups_below_go_too_and_its_members_stay(self, admin, kind):
        group = admin.new_object(type="c8y_DeviceGroup", c8y_IsDeviceGroup={})
        subgroup = {"type": "c8y_DeviceSubGroup", "c8y_IsDeviceGroup": {}}
        below = admin.post(f"{OBJECTS}/{group['id']}/childAssets", subgroup)
        member = admin.post(f"{OBJECTS}/{below['id']}/childAssets", {"type": kind})
        admin.delete(f"{OBJECTS}/{group['id']}")
        statuses = [admin.status("GET", f"{OBJECTS}/{item['id']}") for item in (group, below, member)]
        assert statuses == [404, 404, 200]


class TestIdentity:
    def test_an_external_id_is_bound_found_and_freed(self, admin, kind):
        item = admin.new_object(type=kind)
        external = fresh("a/b c%2F?ü")
        listed = f"/identity/globalIds/{item['id']}/externalIds"
        answer = admin.request("POST", listed, json_body={"type": "c8y_Serial", "externalId": external})
        assert answer.status_code == 201
        link = answer.headers["Location"]
        assert answer.json() == {
            "self": link, "type": "c8y_Serial", "externalId": external,
            "managedObject": {"id": item["id"], "self": item["self"]},
        }
        assert admin.request("GET", link).json() == answer.json()
        assert admin.get(listed) == {"self": admin.base + listed, "externalIds": [answer.json()]}
        again = admin.request("POST", listed, json_body={"type": "c8y_Serial", "externalId": external})
        check_problem(again, 409, "identity/Duplicate")
        assert admin.request("DELETE", link).status_code == 204
        check_problem(admin.request("GET", link), 404, "identity/Not Found")

    def test_a_deleted_object_leaves_no_external_id(self, admin, kind):
        item, external = admin.new_object(type=kind), fresh("serial")
        path = f"/identity/externalIds/c8y_Serial/{external}"
        admin.post(f"/identity/globalIds/{item['id']}/externalIds", {"type": "c8y_Serial", "externalId": external})
        admin.delete(f"{OBJECTS}/{item['id']}")
        assert admin.status("GET", path) == 404
        later = admin.new_object(type=kind)
        admin.post(f"/identity/globalIds/{later['id']}/externalIds", {"type": "c8y_Serial", "externalId": external})
        assert admin.get(path)["managedObject"]["id"] == later["id"]
