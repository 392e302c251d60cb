"""Sessions as clients use them: a browser with cookies, the Python SDK with a token."""
# R055, R061

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from c8y_api import CumulocityApi
from c8y_api._auth import HTTPBearerAuth
from c8y_api.model import ManagedObject
from client import basic, check_problem
from conftest import OTHER_PASSWORD, new_user

OBJECTS = "/inventory/managedObjects"


@pytest.fixture
def person(server, admin, kind):
    """Somebody new in t100 who may do everything with objects."""
    return new_user(server, admin, kind, roles=["ROLE_INVENTORY_ADMIN", "ROLE_INVENTORY_READ"])


def form(person, **more):
    return {"grant_type": "PASSWORD", "username": person.user, "password": OTHER_PASSWORD, "tfa_code": "undefined"} | more


def sign_in(person, path="/tenant/oauth?tenant_id=t100", **more):
    return requests.post(person.base + path, data=form(person, **more), verify=str(person.ca), timeout=30)


@pytest.fixture
def browser(person):
    """A browser in which the person is signed in: it keeps cookies, and knows no password."""
    browser = requests.Session()
    browser.verify, browser.trust_env = str(person.ca), False
    answer = browser.post(person.base + "/tenant/oauth?tenant_id=t100", data=form(person))
    assert (answer.status_code, answer.content) == (200, b""), answer.text
    return browser


def repeating(browser):
    return {"X-XSRF-TOKEN": browser.cookies["XSRF-TOKEN"]}


def test_a_page_finds_out_how_to_sign_in_and_does(server, person):
    stranger = server.client()
    options = {option["type"]: option for option in stranger.get("/tenant/loginOptions", tenantId="t100")["loginOptions"]}
    assert options["BASIC"]["visibleOnLoginPage"] is True
    start = options["OAUTH2_INTERNAL"]["initRequest"]
    assert start == person.base + "/tenant/oauth?tenant_id=t100"
    # The JavaScript client sends the same credential as Basic too.
    answer = requests.post(
        start, data=form(person), headers={"Authorization": basic(f"t100/{person.user}:{OTHER_PASSWORD}")},
        verify=str(person.ca), timeout=30)
    assert answer.status_code == 200
    assert set(answer.cookies.keys()) == {"authorization", "XSRF-TOKEN"}


def test_a_browser_reads_with_its_cookie_and_changes_only_with_what_it_repeats(person, browser):
    own = browser.get(person.base + "/user/currentUser")
    assert own.json()["userName"] == person.user
    refused = browser.post(person.base + OBJECTS, json={"name": "x"})
    check_problem(refused, 401, "security/Unauthorized")
    refused = browser.post(person.base + OBJECTS, json={"name": "x"}, headers={"X-XSRF-TOKEN": "x" * 22})
    check_problem(refused, 401, "security/Unauthorized")
    made = browser.post(person.base + OBJECTS, json={"name": "x"}, headers=repeating(browser))
    assert made.status_code == 201, made.text


def test_a_browser_that_signed_out_is_nobody(person, browser):
    kept = dict(browser.cookies)
    answer = browser.post(person.base + "/user/logout", headers=repeating(browser))
    assert answer.status_code == 200 and not browser.cookies, "the browser forgets them"
    again = requests.get(person.base + "/user/currentUser", cookies=kept, verify=str(person.ca), timeout=30)
    assert again.status_code == 401, "and who kept them has nothing"


def test_an_ended_session_opens_nothing_and_what_waits_with_it_is_cut_off(admin, person, browser):
    """R061: another browser of the same person ends it, and then the administrator ends all."""
    other = sign_in(person)
    cookies = dict(other.cookies)
    as_other = {"cookies": cookies, "headers": {"X-XSRF-TOKEN": cookies["XSRF-TOKEN"]}, "verify": str(person.ca), "timeout": 30}
    realtime = person.base + "/notification/realtime"
    shaken = requests.post(realtime, json=[{"channel": "/meta/handshake", "version": "1.0"}], **as_other).json()[0]
    open_sessions = browser.get(person.base + "/user/currentUser/sessions").json()["sessions"]
    assert [session["current"] for session in open_sessions] == [False, True]
    connect = {"channel": "/meta/connect", "clientId": shaken["clientId"], "connectionType": "long-polling"}
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(requests.post, realtime, json=[connect], **as_other)
        began = time.monotonic()
        ended = browser.delete(open_sessions[0]["self"], headers=repeating(browser))
        assert ended.status_code == 204, ended.text
        waiting.result()
        assert time.monotonic() - began < 10
    assert requests.get(person.base + "/user/currentUser", **as_other).status_code == 401
    again = requests.post(realtime, json=[connect], **as_other)
    assert again.status_code == 401
    assert browser.get(person.base + "/user/currentUser").status_code == 200
    admin.delete(f"/user/t100/users/{person.user}/sessions")
    assert browser.get(person.base + "/user/currentUser").status_code == 401
    assert sign_in(person).status_code == 200, "the user was not disabled for it"


def test_the_sdk_works_with_a_token_and_with_nothing_after_the_log_out(person, kind):
    token = sign_in(person, "/tenant/oauth/token?tenant_id=t100").json()["access_token"]
    sdk = CumulocityApi(person.base, "t100", auth=HTTPBearerAuth(token))
    sdk.session.verify, sdk.session.trust_env = str(person.ca), False
    pump = ManagedObject(sdk, name="pump", type=kind).create()
    assert sdk.inventory.get(pump.id).name == "pump"
    assert sdk.users.get_current().username == person.user
    pump.delete()
    assert sdk.session.post(person.base + "/user/logout").status_code == 200
    assert sdk.session.get(person.base + "/user/currentUser").status_code == 401


def test_the_sdk_signs_in_by_itself(person, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(person.ca))
    token, repeated = CumulocityApi.authenticate(person.base, "t100", person.user, OTHER_PASSWORD)
    assert token.count(".") == 2 and len(repeated) > 20


@pytest.mark.parametrize("what", ["a wrong password", "another grant", "a service", "another site"])
def test_what_opens_no_session(server, admin, person, what):
    if what == "a wrong password":
        check_problem(sign_in(person, password="not the password 1"), 401, "security/Unauthorized")
    elif what == "another grant":
        check_problem(sign_in(person, grant_type="AUTHORIZATION_CODE", code="x"), 422)
    elif what == "a service":
        name = "service_" + person.user
        admin.post("/user/t100/serviceAccounts", {"userName": name})
        key = admin.post(f"/user/t100/serviceAccounts/{name}/keys", {"name": "k"})["key"]
        check_problem(sign_in(person, username=name, password=key), 401, "security/Unauthorized")
    else:
        answer = requests.post(
            person.base + "/tenant/oauth", data=form(person), headers={"Origin": "https://evil.example"},
            verify=str(person.ca), timeout=30)
        check_problem(answer, 403, "security/Forbidden")


def test_each_tenant_has_a_key_of_its_own(person, server):
    # None comes with the program: its id is random, and the first session makes it.
    other = server.new_tenant("t301")
    first, second = (
        sign_in(who, f"/tenant/oauth/token?tenant_id={who.tenant}").json()["access_token"].split(".")[0]
        for who in (person, other)
    )
    assert first != second
