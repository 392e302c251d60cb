"""Nothing is answered without proof of identity, whatever the path, the method and the form of the missing proof."""
# R049

import hashlib
import itertools
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest
from client import basic, check_problem
from surface import endpoints, filled

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
# The whole list of what is meant for everybody. HEAD asks what GET asks.
PUBLIC = {
    ("POST", "/tenant/setup"),
    ("POST", "/tenant/oauth"),
    ("POST", "/tenant/oauth/token"),
    ("GET", "/tenant/loginOptions"),
    ("HEAD", "/tenant/loginOptions"),
    ("GET", "/tenant/oauth"),
    ("HEAD", "/tenant/oauth"),
    ("POST", "/user/passwordReset"),
    ("PUT", "/user/passwordReset"),
    ("GET", "/user/passwordReset/validate"),
    ("HEAD", "/user/passwordReset/validate"),
    ("GET", "/certificate-authority/crl"),
    ("HEAD", "/certificate-authority/crl"),
    ("GET", "/.well-known/est/cacerts"),
    ("HEAD", "/.well-known/est/cacerts"),
    ("POST", "/.well-known/est/simpleenroll"),
    ("GET", "/health"),
    ("HEAD", "/health"),
    ("GET", "/.well-known/security.txt"),
    ("HEAD", "/.well-known/security.txt"),
    ("GET", "/apps/{contextPath}"),
    ("HEAD", "/apps/{contextPath}"),
    ("GET", "/apps/{contextPath}/{file}"),
    ("HEAD", "/apps/{contextPath}/{file}"),
}
UNKNOWN_PATHS = (
    "/nothing", "/inventory/nothing", "/metrics", "/health", "/admin", "/.git/config", "/favicon.ico", "/uix", "//ui/")
# A refused sign-in is told only at whole steps of 100 ms: so many ask at the same time.
STRANGERS = 24
# Another loopback address, so that the failures counted here slow nobody else down.
ADDRESS = "127.0.0.2"


def service_key(tenant):
    """What has the form of a service account's key."""
    text = f"hfk_{tenant}_" + 64 * "a"
    return text + hashlib.sha256(text.encode()).hexdigest()[:8]


PROOFS = {
    "none": None,
    "empty": "",
    "only the scheme": "Basic",
    "no base64": "Basic !!!",
    "no colon": basic("t100"),
    "nothing": basic(":"),
    "no password": basic("t100/admin:"),
    "a wrong password": basic("t100/admin:not the password 1"),
    "an unknown user": basic("t100/who:not the password 1"),
    "an unknown tenant": basic("t999/admin:not the password 1"),
    "another tenant's user": basic("management/reader:not the password 1"),
    "no tenant": basic("admin:not the password 1"),
    "a path for a tenant": basic("../t100/admin:not the password 1"),
    "a key that nobody was given": "Bearer " + service_key("t100"),
    "a key as a password": basic(f"t100/service_x:{service_key('t100')}"),
    "a key that is none": "Bearer hfk_t100_" + 72 * "0",
    "a token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    "another scheme": "Digest username=admin",
}


@pytest.fixture(scope="module")
def stranger(server):
    return server.client(address=ADDRESS)


@pytest.fixture(scope="module")
def strangers(server):
    waiting = SimpleQueue()
    for _ in range(STRANGERS):
        waiting.put(server.client(address=ADDRESS))
    return waiting


def ask_all(strangers, asked):
    """The answers to requests, each with its method and target, in their order."""
    def ask(request):
        method, target, more = request
        client = strangers.get()
        try:
            return method, target, client.request(method, target, **more)
        finally:
            strangers.put(client)

    with ThreadPoolExecutor(STRANGERS) as pool:
        return list(pool.map(ask, asked))


@pytest.fixture(scope="module")
def surface(admin):
    return endpoints(admin)


def test_the_public_list_is_the_declared_one(surface):
    declared = {(endpoint.method, endpoint.path) for endpoint in surface if endpoint.is_public}
    assert declared == {(method, path) for method, path in PUBLIC if method != "HEAD"}


@pytest.mark.parametrize("proof", PROOFS)
def test_every_path_and_method_asks_for_a_proof(strangers, surface, proof):
    paths = sorted({endpoint.path for endpoint in surface})
    values = dict.fromkeys(("id", "childId", "tenantId", "userId", "groupId", "roleId"), "1")
    asked = []
    for path, method in itertools.product([*paths, *UNKNOWN_PATHS], METHODS):
        if (method, path) in PUBLIC:
            continue
        names = ("type", "externalId", "name", "username", "groupName", "category", "key", "keyId", "requestId", "fingerprint", "typeOrId", "featureKey", "kind",
                 "configurationId", "connectionKey", "operationId", "sessionId",
                 "version", "binaryId", "applicationId", "contextPath", "file")
        target = filled(path, values | dict.fromkeys((*names, "date", "month"), "x"))
        body = '{"type":"x"}' if method in ("POST", "PUT", "PATCH") else None
        headers = {"Authorization": PROOFS[proof], "Content-Type": "application/json"}
        asked.append((method, target, {"headers": headers, "body": body}))
    answers = set()
    for method, target, answer in ask_all(strangers, asked):
        assert answer.status_code == 401, f"{method} {target}: {answer.status_code} {answer.text}"
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm="), target
        answers.add((method == "HEAD", answer.content))
    assert len(answers) == 2, "every refusal has the same words, so that nobody learns what there is"


def test_the_refusal_has_the_shape_of_errors(stranger):
    problem = check_problem(stranger.request("GET", "/inventory/managedObjects"), 401, "security/Unauthorized")
    assert problem["message"] == "Invalid credentials! : Bad credentials"
    console = stranger.request("GET", "/inventory/managedObjects", headers={"UseXBasic": "true"})
    assert console.headers["WWW-Authenticate"].startswith("XBasic realm="), "no browser prompt"


def test_a_method_header_opens_nothing(stranger, surface):
    for endpoint in surface:
        target = filled(endpoint.path, dict.fromkeys(endpoint.placeholders, "1"))
        if ("GET", endpoint.path) in PUBLIC or ("POST", endpoint.path) in PUBLIC:
            continue
        for method in ("GET", "DELETE", "OPTIONS", "x"):
            answer = stranger.request("POST", target, headers={"X-HTTP-METHOD": method})
            assert answer.status_code == 401, f"{method} {target}"


@pytest.mark.parametrize("path", ["/tenant/setup", "/tenant/setup/", "/.well-known/security.txt"])
def test_the_public_paths_tell_strangers_nothing_but_what_they_are_for(stranger, path):
    for method in METHODS:
        answer = stranger.request(method, path, body="{}" if method == "POST" else None)
        is_public = (method, path.rstrip("/")) in PUBLIC
        assert (answer.status_code == 401) != is_public, f"{method} {path}: {answer.status_code}"
        assert answer.status_code < 500
    assert stranger.status("GET", "/.well-known/security.txt") == 404, "no contact is configured, and none invented"


def test_the_set_up_secret_is_no_password(server):
    used = server.used_secret
    for user in ("management/admin", "t100/admin"):
        answer = server.client(address=ADDRESS).request(
            "GET", "/platform", headers={"Authorization": basic(f"{user}:{used}")})
        assert answer.status_code == 401
    again = {"tenant": "management", "userName": "admin", "secret": used, "password": "four wooden bridges 9"}
    answer = server.client(address=ADDRESS).request("POST", "/tenant/setup", json_body=again)
    assert answer.status_code in (403, 422), answer.text
    check_problem(answer, answer.status_code)


# R001: a right password in the wrong tenant, or after it was disabled, opens nothing.
def test_a_disabled_user_is_shut_out_at_once(server, admin):
    name = "leaving"
    admin.post("/user/t100/users", {"userName": name, "email": "l@example.org", "password": "four wooden bridges 3"})
    leaving = server.client("t100", name, "four wooden bridges 3")
    assert leaving.request("GET", "/platform").status_code == 200
    admin.put(f"/user/t100/users/{name}", {"enabled": False})
    assert leaving.status("GET", "/platform") == 401
    admin.put(f"/user/t100/users/{name}", {"enabled": True})
    assert leaving.request("GET", "/platform").status_code == 200
    admin.delete(f"/user/t100/users/{name}")
    assert leaving.status("GET", "/platform") == 401
