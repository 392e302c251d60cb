"""Web pages of other origins (CORS), as a browser asks for them: what a tenant lets them read, and nothing by default."""

import pytest

OBJECTS = "/inventory/managedObjects"
OPTION = "/tenant/options/access.control/allow.origin"
BOARD = "https://board.example.org"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def allows(admin):
    """Sets the tenant's list; nothing is allowed afterwards."""
    def allow(origins):
        body = {"category": "access.control", "key": "allow.origin", "value": origins}
        assert admin.request("POST", "/tenant/options", json_body=body).status_code == 200
    yield allow
    admin.request("DELETE", OPTION)


def from_page(client, origin, method="GET", **more):
    return client.request(method, OBJECTS, headers={"Origin": origin, "Host": client.tenant or "t100"}, **more)


def asked_first(client, origin, host="t100"):
    """What a browser asks before a request that is not simple."""
    return client.request("OPTIONS", OBJECTS, accept=None, headers={
        "Origin": origin, "Host": host, "Authorization": None,
        "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type",
    })


@pytest.mark.parametrize("origin", [BOARD, "null", "https://t100.example.org"])
def test_without_the_option_no_page_reads_anything(admin, origin):
    assert ALLOWED not in from_page(admin, origin).headers
    assert ALLOWED not in asked_first(admin, origin).headers


def test_with_a_star_every_page_reads_without_the_browsers_credentials(admin, allows):
    allows("*")
    for answer in (from_page(admin, BOARD), asked_first(admin, BOARD)):
        assert answer.headers[ALLOWED] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    allowed = asked_first(admin, BOARD).headers
    assert "authorization" in allowed["Access-Control-Allow-Headers"].lower()
    assert "PUT" in allowed["Access-Control-Allow-Methods"]


def test_an_origin_that_is_listed_reads_and_others_do_not(admin, allows):
    allows(f"{BOARD},https://other.example.org")
    assert from_page(admin, BOARD).headers[ALLOWED] == BOARD
    assert "origin" in from_page(admin, BOARD).headers["Vary"].lower()
    for origin in ("https://evil.example", f"{BOARD}.evil.example", "http://board.example.org"):
        assert ALLOWED not in from_page(admin, origin).headers, origin


def test_what_one_tenant_allows_is_nothing_to_another(admin, other_admin, allows):
    allows("*")
    assert ALLOWED not in from_page(other_admin, BOARD).headers
    assert ALLOWED not in asked_first(admin, BOARD, host="t200").headers


def test_a_page_is_answered_by_rights_all_the_same(server, allows):
    allows("*")
    answer = from_page(server.client(), BOARD)
    assert answer.status_code == 401
