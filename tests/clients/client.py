"""A user of the API: requests as one principal of one tenant, and what every error must look like."""

import base64
import http.client
import itertools
import json
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from websockets.sync.client import connect

ERROR_MEDIA = "application/vnd.com.nsn.cumulocity.error+json;charset=UTF-8;ver=0.9"
# Nothing takes this long but on a machine that does much else.
SECONDS_MAX = 60

_numbers = itertools.count(1)


def fresh(word):
    """A name that nothing else has."""
    return f"{word}_{next(_numbers)}"


def open_socket(base, ca, path, **more):
    """A WebSocket of a real client."""
    context = ssl.create_default_context(cafile=str(ca))
    url = base.replace("https://", "wss://") + path
    return connect(url, ssl=context, proxy=None, open_timeout=SECONDS_MAX, **more)


def media(short):
    """The API's own media type, as clients send it."""
    return f"application/vnd.com.nsn.cumulocity.{short}+json"


class Client:
    """Speaks as one user; as nobody without a user. `address` is the loopback address that it speaks from."""

    def __init__(self, base, ca, tenant=None, user=None, password=None, address=None):
        self.base, self.ca = base, ca
        self.tenant, self.user, self.password = tenant, user, password
        self._session = requests.Session()
        self._session.verify = str(ca)
        # Nothing from ~/.netrc or the environment.
        self._session.trust_env = False
        if address:
            self._session.mount("https://", _From(address))

    @property
    def authorization(self):
        """The value of the header, or nothing."""
        return basic(f"{self.tenant}/{self.user}:{self.password}") if self.user else None

    def request(
        self, method, path, *, json_body=None, body=None, headers=None, accept="application/json", query=None,
    ):
        """One request. `accept=None` sends no Accept header; a header given as None is left out."""
        sent = {"Accept": accept, "User-Agent": None, "Authorization": self.authorization}
        if json_body is not None:
            body, sent["Content-Type"] = json.dumps(json_body), "application/json"
        sent |= headers or {}
        if isinstance(body, str):
            body = body.encode()
        return self._session.request(
            method, path if path.startswith("https://") else self.base + path,
            params=query, data=body, headers=sent, timeout=SECONDS_MAX, allow_redirects=False,
        )

    def get(self, path, **query):
        """A GET that must succeed; gives the JSON."""
        answer = self.request("GET", path, query=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path, json_body, **more):
        """A POST that must create; gives the JSON."""
        answer = self.request("POST", path, json_body=json_body, **more)
        assert answer.status_code == 201, f"{answer.status_code} {answer.text}"
        return answer.json()

    def put(self, path, json_body, **more):
        """A PUT that must succeed; gives the JSON."""
        answer = self.request("PUT", path, json_body=json_body, **more)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()

    def delete(self, path, **query):
        """A DELETE that must succeed."""
        answer = self.request("DELETE", path, query=query)
        assert (answer.status_code, answer.content) == (204, b""), f"{answer.status_code} {answer.text}"

    def status(self, method, path, **more):
        """The status of a request; an error must have the shape of errors."""
        answer = self.request(method, path, **more)
        if answer.status_code >= 400:
            check_problem(answer, answer.status_code)
        return answer.status_code

    def new_object(self, **properties):
        """A new managed object."""
        return self.post("/inventory/managedObjects", properties)


class _From(HTTPAdapter):
    """Connections from another loopback address: what is counted per address stays apart."""

    def __init__(self, address):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **options)


def basic(text):
    """A Basic credential (RFC 7617)."""
    return "Basic " + base64.b64encode(text.encode()).decode()


def check_problem(answer, status, error=None):
    """An answer that is this error and nothing else."""
    assert answer.status_code == status, f"{answer.status_code} instead of {status}: {answer.text[:500]}"
    assert answer.headers["Content-Type"] == ERROR_MEDIA
    problem = answer.json()
    assert sorted(problem) == ["error", "info", "message"], problem
    assert all(isinstance(text, str) and text for text in problem.values()), problem
    assert problem["info"].startswith("https://"), problem
    if error is not None:
        assert problem["error"] == error, problem
    return problem


@dataclass
class Raw:
    """An answer to a request that no library would send; looks like one of `requests` where it must."""

    status_code: int
    headers: dict
    text: str

    def json(self):
        """The body."""
        return json.loads(self.text)


def raw(client, method, target, headers=(), body=b""):
    """Sends a request target and headers as they are, on a connection of its own. Header names may repeat. A body
    that is no bytes is sent in chunks, as long as they are wanted."""
    parts = urlsplit(client.base)
    context = ssl.create_default_context(cafile=str(client.ca))
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=SECONDS_MAX)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        is_chunked = not isinstance(body, bytes)
        sent = list(headers)
        names = {name.lower() for name, _ in sent}
        if "authorization" not in names and client.authorization:
            sent.append(("Authorization", client.authorization))
        if is_chunked:
            sent.append(("Transfer-Encoding", "chunked"))
        elif body and "content-length" not in names:
            sent.append(("Content-Length", str(len(body))))
        for name, value in sent:
            connection.putheader(name, value)
        try:
            connection.endheaders(body, encode_chunked=is_chunked)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass  # Refused before all was sent: the answer is there.
        answer = connection.getresponse()
        headers = {name.title(): value for name, value in answer.getheaders()}
        return Raw(answer.status, headers, answer.read().decode())
    finally:
        connection.close()
