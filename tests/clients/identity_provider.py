"""A small OpenID Connect provider with one person: authorization code flow with PKCE over TLS. It can be told to lie.

Keys are made and used by the `openssl` program; nothing here knows the platform.
"""

import base64
import hashlib
import itertools
import json
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "holdfast"
SECRET = "the clients own secret"


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def encoded(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


class SigningKey:
    """An RSA key under an id."""

    def __init__(self, directory, name):
        self.name, self.path = name, directory / f"{name}.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.path)
        modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().split("=")[1]
        self.public = {"kty": "RSA", "use": "sig", "kid": name, "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, claims, **header):
        signed = f"{encoded({'alg': 'RS256', 'kid': self.name, 'typ': 'JWT'} | header)}.{encoded(claims)}"
        return f"{signed}.{encoded(openssl('dgst', '-sha256', '-sign', self.path, stdin=signed.encode()))}"


class IdentityProvider:
    """Serves until it is closed. `claims` says what it says of the person; `change` changes its answers."""

    def __init__(self, directory):
        self.key, self.other_key = SigningKey(directory, "k1"), SigningKey(directory, "other")
        self.ca = directory / "provider-ca.pem"
        self.claims = {"sub": "24400320", "preferred_username": "jane", "email": "jane@example.org", "groups": ["staff"]}
        self.header, self.signs_with, self.codes, self.asked = {}, self.key, {}, []
        self.numbers = itertools.count()
        certificate = self._certificate(directory)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider._get(self)

            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider._token(self, {name: values[0] for name, values in parse_qs(form).items()})

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.issuer = f"https://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _certificate(self, directory):
        ca_key, key, chain = (directory / name for name in ("ca-key.pem", "tls-key.pem", "tls.pem"))
        for path in (ca_key, key):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
        openssl("req", "-x509", "-key", ca_key, "-subj", "/CN=test authority", "-days", "30", "-out", self.ca)
        request = openssl("req", "-new", "-key", key, "-subj", "/CN=provider")
        names = directory / "names.txt"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        chain.write_bytes(openssl(
            "x509", "-req", "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "30", "-extfile", names,
            stdin=request))
        return str(chain), str(key)

    def _get(self, handler):
        parts = urlsplit(handler.path)
        self.asked.append(parts.path)
        if parts.path == "/.well-known/openid-configuration":
            self._answer(handler, {
                "issuer": self.issuer, "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/keys"})
        elif parts.path == "/keys":
            self._answer(handler, {"keys": [self.key.public]})
        elif parts.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert query["response_type"] == "code" and query["code_challenge_method"] == "S256", query
            code = f"code-{next(self.numbers)}"
            self.codes[code] = query
            back = query["redirect_uri"] + "&" + urlencode({"code": code, "state": query["state"], "iss": self.issuer})
            handler.send_response(302)
            handler.send_header("Location", back)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            self._answer(handler, {}, 404)

    def _token(self, handler, form):
        self.asked.append("/token")
        begun = self.codes.pop(form["code"], None)
        challenge = encoded(hashlib.sha256(form["code_verifier"].encode()).digest())
        right = begun and challenge == begun["code_challenge"] and form["redirect_uri"] == begun["redirect_uri"]
        if not right or (form["client_id"], form.get("client_secret")) != (CLIENT, SECRET):
            return self._answer(handler, {"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"]} | self.claims
        return self._answer(handler, {"token_type": "Bearer", "id_token": self.signs_with.token(claims, **self.header)})

    @staticmethod
    def _answer(handler, body, status=200):
        data = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
