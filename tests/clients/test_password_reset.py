"""A password that somebody does not know any more: asking tells nobody who exists, and a token is good once."""

import pytest
from client import check_problem, fresh
from conftest import ADMIN_PASSWORD, OTHER_PASSWORD

RESET = "/user/passwordReset"


@pytest.fixture
def jane(admin):
    name = fresh("jane")
    admin.post(f"/user/{admin.tenant}/users", {
        "userName": name, "email": f"{name}@example.org", "password": OTHER_PASSWORD,
    })
    return name


def ask(server, tenant, email):
    return server.client().request("POST", RESET, json_body={"email": email}, query={"tenantId": tenant})


def redeem(server, token, email, password, address=None):
    body = {"token": token, "email": email, "newPassword": password, "passwordStrength": "GREEN"}
    return server.client(address=address).request("PUT", RESET, json_body=body, query={"tenantId": "t100"})


def test_asking_is_answered_alike_whoever_is_meant(server, jane):
    answers = [
        ask(server, tenant, email) for tenant, email in [
            ("t100", f"{jane}@example.org"), ("t100", "nobody@example.org"), ("nowhere", f"{jane}@example.org"),
        ]
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"")}


def test_nothing_is_changed_by_asking(server, admin, jane):
    ask(server, "t100", f"{jane}@example.org")
    assert server.client(admin.tenant, jane, OTHER_PASSWORD).request("GET", "/user/currentUser").status_code in (200, 403)


@pytest.mark.parametrize("token", ["x", "a" * 43, "", "../../etc/passwd", "0" * 500])
def test_a_token_that_was_never_given_changes_nothing(server, admin, jane, token):
    answer = redeem(server, token, f"{jane}@example.org", "five wooden bridges 9")
    assert 400 <= answer.status_code < 500, answer.text
    check_problem(answer, answer.status_code)
    path = f"{RESET}/validate"
    query = {"tenantId": "t100", "token": token, "email": f"{jane}@example.org"}
    assert 400 <= server.client().request("GET", path, query=query).status_code < 500
    assert server.client(admin.tenant, jane, "five wooden bridges 9").request("GET", "/user/currentUser").status_code == 401


def test_a_token_that_an_administrator_hands_out_is_good_once(server, admin, jane):
    path = f"/user/{admin.tenant}/users/{jane}/passwordReset"
    refused = admin.request("POST", path, json_body={"currentUserPassword": "not it"})
    check_problem(refused, 422)
    made = admin.request("POST", path, json_body={"currentUserPassword": ADMIN_PASSWORD})
    assert made.status_code == 200, made.text
    token, email = made.json()["token"], f"{jane}@example.org"
    # Wrong tokens are counted by address.
    address = "127.0.0.77"
    assert redeem(server, token, "somebody@example.org", "five Wooden bridges 2", address).status_code >= 400
    assert redeem(server, token, email, "five Wooden bridges 2", address).status_code == 200
    assert redeem(server, token, email, "six Wooden bridges 3", address).status_code >= 400
    assert token not in admin.request("GET", "/audit/auditRecords", query={"pageSize": 100}).text
    for password, is_good in (("five Wooden bridges 2", True), (OTHER_PASSWORD, False)):
        status = server.client(admin.tenant, jane, password).request("GET", "/user/currentUser").status_code
        assert (status != 401) is is_good
