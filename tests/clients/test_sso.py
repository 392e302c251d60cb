"""Single sign-on as a browser goes through it: to a real provider over TLS and back, and the ways that do not lead in."""
# R052, R055, R057

from contextlib import closing
from urllib.parse import urlencode

import pytest
import requests
from identity_provider import CLIENT, SECRET, IdentityProvider
from stage import ADMIN_PASSWORD, serving

PLACE = "/tenant/loginOptions/OAUTH2"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with closing(IdentityProvider(tmp_path_factory.mktemp("provider"))) as provider:
        yield provider


@pytest.fixture(scope="module")
def server(tmp_path_factory, provider):
    directory = tmp_path_factory.mktemp("server")
    settings = directory / "holdfast.toml"
    settings.write_text(
        f'[identity_providers]\nallowed_addresses = ["127.0.0.1"]\nca_file = "{provider.ca}"\n')
    with serving(directory, "--config", settings) as server:
        yield server


@pytest.fixture(scope="module")
def admin(server):
    return server.client("t100", "admin", ADMIN_PASSWORD)


@pytest.fixture(scope="module", autouse=True)
def option(server, provider, admin):
    """The tenant's provider, whose staff are members of `readers`."""
    groups = {group["name"]: group["id"] for group in admin.get("/user/t100/groups", pageSize=100)["groups"]}
    mapping = {"when": {"operator": "IN", "parameterPath": "groups", "value": "staff"}, "thenGroups": [groups["readers"]]}
    made = admin.request("POST", "/tenant/loginOptions", json_body={
        "type": "OAUTH2", "providerName": "Example", "issuer": provider.issuer, "clientId": CLIENT,
        "clientSecret": SECRET, "userIdConfig": {"jwtField": "preferred_username"},
        "accessTokenToUserDataMapping": {"emailClaimName": "email"},
        "onNewUser": {"dynamicMapping": {"mappings": [mapping]}},
    })
    assert made.status_code == 200, made.text


@pytest.fixture
def browser(server, provider):
    """A browser that trusts both, and keeps cookies."""
    both = server.program.directory / "both.pem"
    both.write_text(server.ca.read_text() + provider.ca.read_text())
    browser = requests.Session()
    browser.verify, browser.trust_env = str(both), False
    before = dict(provider.claims)
    yield browser
    provider.claims, provider.header, provider.signs_with = before, {}, provider.key


def begin(server, browser):
    stranger = server.client()
    options = {one["type"]: one for one in stranger.get("/tenant/loginOptions", tenantId="t100")["loginOptions"]}
    return browser.get(options["OAUTH2"]["initRequest"], allow_redirects=False)


def come_back(server, browser):
    """Everything up to the platform's answer to the browser that comes back."""
    sent = begin(server, browser)
    assert sent.status_code == 302, sent.text
    returned = browser.get(sent.headers["Location"], allow_redirects=False)
    assert returned.headers["Location"].startswith(server.program.base + "/tenant/oauth?tenant_id=t100&")
    return returned.headers["Location"], browser.get(returned.headers["Location"], allow_redirects=False)


def test_a_browser_goes_to_the_provider_and_comes_back_signed_in(server, provider, admin, browser):
    _, answer = come_back(server, browser)
    assert (answer.status_code, answer.headers["Location"]) == (302, server.program.base + "/"), answer.text
    own = browser.get(server.program.base + "/user/currentUser").json()
    assert (own["userName"], own["email"]) == ("jane", "jane@example.org")
    assert browser.get(server.program.base + "/inventory/managedObjects").status_code == 200
    user = admin.get("/user/t100/users/jane")
    assert user["customProperties"]["userOrigin"] == "OAUTH2"
    assert SECRET not in browser.get(server.program.base + "/audit/auditRecords").text
    assert SECRET not in str(admin.get(PLACE)) and SECRET not in server.program.log.read_text()
    out = browser.post(
        server.program.base + "/user/logout", headers={"X-XSRF-TOKEN": browser.cookies["XSRF-TOKEN"]})
    assert out.status_code == 200
    assert browser.get(server.program.base + "/user/currentUser").status_code == 401


def test_rights_fall_with_the_claims(server, provider, admin, browser):
    provider.claims |= {"sub": "2", "preferred_username": "joe", "email": "joe@example.org"}
    assert come_back(server, browser)[1].status_code == 302
    assert browser.get(server.program.base + "/inventory/managedObjects").status_code == 200
    provider.claims["groups"] = ["guests"]
    assert come_back(server, requests_of(browser))[1].status_code == 403
    assert browser.get(server.program.base + "/alarm/alarms/count").status_code in (200, 403)
    assert admin.get("/user/t100/users/joe")["groups"]["references"] == []


def requests_of(browser):
    """Another browser of the same kind, with no cookies."""
    other = requests.Session()
    other.verify, other.trust_env = browser.verify, False
    return other


def test_what_came_back_once_opens_nothing_again_or_elsewhere(server, browser):
    address, answer = come_back(server, browser)
    assert answer.status_code == 302
    assert browser.get(address, allow_redirects=False).status_code == 401
    sent = begin(server, browser)
    returned = browser.get(sent.headers["Location"], allow_redirects=False).headers["Location"]
    victim = requests_of(browser)
    assert victim.get(returned, allow_redirects=False).status_code == 401
    assert not victim.cookies


def test_forged_answers_of_the_provider_let_nobody_in(server, provider, browser):
    good = dict(provider.claims)
    for wrong in (
        {"iss": "https://evil.example"}, {"aud": "another"}, {"exp": 1}, {"nbf": 4102444800}, {"nonce": "another"},
        {"azp": "another"},
    ):
        provider.claims = good | wrong
        assert come_back(server, requests_of(browser))[1].status_code == 401, wrong
    provider.claims, provider.signs_with = good, provider.other_key
    for header in ({"kid": "k1"}, {"kid": "k1", "jku": provider.issuer + "/keys"}, {"kid": "k1", "jwk": provider.other_key.public}):
        provider.header = header
        assert come_back(server, requests_of(browser))[1].status_code == 401, header
    provider.signs_with = provider.key
    for header in ({"alg": "none"}, {"alg": "HS256"}, {"alg": "RS512"}, {"crit": ["exp"]}, {"kid": "k2"}):
        provider.header = header
        assert come_back(server, requests_of(browser))[1].status_code == 401, header
    provider.header = {}
    assert come_back(server, requests_of(browser))[1].status_code == 302


def test_a_name_that_is_taken_here_takes_nobody_over(server, provider, admin, browser):
    provider.claims |= {"sub": "666", "preferred_username": "admin"}
    _, answer = come_back(server, browser)
    assert answer.status_code == 403 and not browser.cookies.get("authorization")
    records = admin.get("/audit/auditRecords", type="UserAuthentication", pageSize=100)["auditRecords"]
    assert any("the subject 666" in record["text"] for record in records)


def test_mappings_have_addresses_of_their_own(admin):
    groups = admin.get("/user/t100/groups", pageSize=100)["groups"]
    mapping = {"when": {"operator": "EQ", "parameterPath": "a", "value": "b"}, "thenGroups": [groups[0]["id"]]}
    made = admin.post(PLACE + "/accessMappings", mapping)
    assert made in admin.get(PLACE + "/accessMappings")["accessMappings"]
    path = f"{PLACE}/accessMappings/{made['id']}"
    assert admin.request("DELETE", path).status_code == 204
    assert admin.request("GET", path).status_code == 404
    assert admin.get(PLACE + "/inventoryAccessMappings")["inventoryAccessMappings"] == []


def test_the_platform_asks_no_address_in_its_own_network(server, provider, admin, browser):
    """Only 127.0.0.1 is allowed here: another address of the same machine is not."""
    before = len(provider.asked)
    port = provider.issuer.rsplit(":", 1)[1]
    for issuer in (f"https://127.0.0.2:{port}", f"https://[::1]:{port}", "https://169.254.169.254", f"https://localhost:{port}"):
        moved = {"issuer": issuer}
        kept = admin.request("PUT", PLACE, json_body=moved)
        assert kept.status_code == 422, "the secret that is kept goes to nobody else"
        changed = admin.request("PUT", PLACE, json_body=moved | {"clientSecret": SECRET})
        assert changed.status_code == 200, changed.text
        begun = browser.get(
            server.program.base + "/tenant/oauth?" + urlencode({"tenant_id": "t100"}), allow_redirects=False)
        assert begun.status_code == 503, issuer
    assert len(provider.asked) == before
    assert admin.request("PUT", PLACE, json_body={"issuer": "http://127.0.0.1"}).status_code == 422
    admin.request("PUT", PLACE, json_body={"issuer": provider.issuer, "clientSecret": SECRET})
