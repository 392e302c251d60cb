"""The second factor: codes of an authenticator (RFC 6238), as its user sets it up, and what it guards."""

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import urlencode

import pytest
import requests
from client import fresh
from conftest import OTHER_PASSWORD, new_user

SECRET = "/user/currentUser/totpSecret"
ROLES = ["ROLE_USER_MANAGEMENT_OWN_READ", "ROLE_USER_MANAGEMENT_OWN_ADMIN", "ROLE_INVENTORY_READ"]
STEP_SECONDS = 30


def code(secret, steps=0):
    """The code of now, or of some steps later."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time()) // STEP_SECONDS + steps)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def session(server, who, given):
    """The answer to a sign-in with this code."""
    form = {"grant_type": "PASSWORD", "username": who.user, "password": OTHER_PASSWORD}
    form |= {} if given is None else {"tfa_code": given}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/tenant/oauth/token?tenant_id={who.tenant}"
    return server.client().request("POST", path, body=urlencode(form), headers=headers)


@pytest.fixture(scope="module")
def guarded(server, admin):
    return set_up(server, admin)


def set_up(server, admin):
    """A user who has set a second factor up with the code of now, and its secret."""
    who = new_user(server, admin, fresh("factor"), roles=ROLES)
    made = who.request("POST", SECRET)
    assert made.status_code == 200, made.text
    secret = made.json()["rawSecret"]
    assert who.request("POST", f"{SECRET}/verify", json_body={"code": code(secret)}).status_code == 204
    turned_on = who.request("POST", f"{SECRET}/activity", json_body={"isActive": True})
    assert turned_on.status_code == 204, turned_on.text
    return who, secret


def test_the_password_alone_opens_nothing_any_more(server, guarded):
    who, _ = guarded
    for answer in (who.request("GET", "/inventory/managedObjects"), session(server, who, None)):
        assert answer.status_code == 401
        assert "TFA TOTP code required" in answer.json()["message"]


def test_a_wrong_code_and_one_that_was_used_open_nothing(server, guarded):
    who, secret = guarded
    good = {code(secret, steps) for steps in (-1, 0, 1, 2)}
    wrong = next(f"{number:06}" for number in range(10) if f"{number:06}" not in good)
    assert session(server, who, wrong).status_code == 401
    assert session(server, who, "undefined").status_code == 401


def test_the_next_code_opens_a_session_once(server, guarded):
    who, secret = guarded
    next_code = code(secret, 1)
    opened = session(server, who, next_code)
    assert opened.status_code == 200, opened.text
    headers = {"Authorization": f"Bearer {opened.json()['access_token']}", "Accept": "application/json"}
    read = requests.get(
        server.program.base + "/inventory/managedObjects", headers=headers, verify=str(server.ca), timeout=30,
    )
    assert read.status_code == 200
    assert session(server, who, next_code).status_code == 401


def test_a_recovery_code_opens_one_session_without_the_authenticator(server, admin):
    """R056"""
    who, secret = set_up(server, admin)
    opened = session(server, who, code(secret, 1))
    assert opened.status_code == 200, opened.text
    headers = {"Authorization": f"Bearer {opened.json()['access_token']}", "Accept": "application/json"}
    how = {"headers": headers, "verify": str(server.ca), "timeout": 30}
    made = requests.post(f"{server.program.base}{SECRET}/recoveryCodes", json={}, **how)
    assert made.status_code == 200, made.text
    codes = made.json()["codes"]
    assert len(set(codes)) == 10
    assert session(server, who, codes[0]).status_code == 200
    assert session(server, who, codes[0]).status_code == 401
    left = requests.get(f"{server.program.base}{SECRET}/recoveryCodes", **how)
    assert left.json()["left"] == 9


def test_the_secret_is_shown_once_and_never_in_a_record(admin, guarded):
    who, secret = guarded
    shown = admin.request("GET", f"/user/{admin.tenant}/users/{who.user}").text
    log = admin.request("GET", "/audit/auditRecords", query={"pageSize": 200}).text
    assert '"twoFactorAuthenticationEnabled":true' in shown.replace(" ", "")
    assert secret not in shown and secret not in log
