"""Devices that show certificates, made with OpenSSL: enrolled at the tenant's own authority, below a factory's authority,
trusted by themselves as thin-edge.io makes them; what is refused; and what revocation ends, within 5 seconds."""

import base64
import json
import re
import socket
import ssl
import time

import pytest
import requests
from client import fresh
from test_certificates import OTP, PATH, key, openssl, request_for

ENDS_WITHIN_SECONDS = 5.0


class Device:
    """A device with its key and its certificates, in files."""

    def __init__(self, server, name, key_file, certificates):
        self.server, self.name, self.key = server, name, str(key_file)
        self.chain = str(key_file) + ".pem"
        with open(self.chain, "w", encoding="ascii") as file:
            file.write(certificates)

    def ask(self, path, tenant="t100", headers=None, **more):
        """A request to the listener for devices, with the certificate."""
        url = f"https://{self.server.program.devices}{path}"
        headers = {"Host": tenant, "Accept": "application/json"} | (headers or {})
        with requests.Session() as session:
            return session.post(url, headers=headers, cert=(self.chain, self.key), verify=str(self.server.ca),
                                timeout=30, **more)

    def token(self, tenant="t100", **headers):
        answer = self.ask("/devicecontrol/deviceAccessToken", tenant, headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["accessToken"]

    def mqtt(self, tenant="t100", client_id=None):
        """A connection to the MQTT listener and the code that it was answered with."""
        host, port = self.server.program.mqtts.rsplit(":", 1)
        context = ssl.create_default_context(cafile=str(self.server.ca))
        context.load_cert_chain(self.chain, self.key)
        wire = context.wrap_socket(socket.create_connection((host, int(port)), timeout=30), server_hostname=host)
        text = lambda value: len(value).to_bytes(2, "big") + value.encode()
        body = text("MQTT") + bytes([4, 0x82, 0, 60]) + text(client_id or self.name) + text(f"{tenant}/any")
        wire.sendall(bytes([0x10, len(body)]) + body)
        answer = wire.recv(4)
        return wire, (answer[3] if len(answer) == 4 else None)


def with_token(server, token, method="GET", path="/user/currentUser"):
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return requests.request(method, server.program.base + path, headers=headers, verify=str(server.ca), timeout=30)


def register(admin, name):
    csv = f"ID\tAUTH_TYPE\tCREDENTIALS\tENROLLMENT_OTP\tNAME\tTYPE\n{name}\tCERTIFICATES\t\t{OTP}\t{name}\tx\n"
    form = f'--XX\r\nContent-Disposition: form-data; name="file"; filename="d.csv"\r\n\r\n{csv}\r\n--XX--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=XX"}
    done = admin.request("POST", "/devicecontrol/bulkNewDeviceRequests", body=form, headers=headers)
    assert done.json()["numberOfSuccessful"] == 1, done.text


def certificates_in(answer):
    assert answer.status_code == 200, answer.text
    shown = openssl("pkcs7", "-inform", "DER", "-print_certs", stdin=base64.b64decode(answer.content)).decode()
    return "".join(re.findall(r"-----BEGIN.*?-----END CERTIFICATE-----\n", shown, re.DOTALL))


def enrolled(server, admin, directory):
    """A device with a certificate of the tenant's own authority."""
    assert admin.status("POST", "/certificate-authority") in (201, 409)
    name = fresh("est-")
    register(admin, name)
    own = key(directory / f"{name}.key")
    proof = base64.b64encode(f"{admin.tenant}/{name}:{OTP}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}", "Content-Type": "application/pkcs10"}
    body = base64.encodebytes(request_for(name, own))
    answer = admin.request("POST", "/.well-known/est/simpleenroll", body=body, headers=headers, accept=None)
    return Device(server, name, own, certificates_in(answer))


class Factory:
    """An authority of one's own that the tenant trusts."""

    def __init__(self, admin, directory, registers=True, name=None):
        self.admin, self.directory, self.name = admin, directory, name or fresh("factory-")
        self.key = key(directory / f"{self.name}.ca.key")
        self.pem = openssl("req", "-x509", "-key", self.key, "-subj", f"/CN={self.name}", "-days", "30").decode()
        self.file = directory / f"{self.name}.ca.pem"
        self.file.write_text(self.pem)
        self.path = PATH.format(admin.tenant)
        self.fingerprint = self.trusted_by(admin, registers)

    def trusted_by(self, admin, registers=True):
        body = {"name": self.name, "status": "ENABLED", "autoRegistrationEnabled": registers,
                "certInPemFormat": self.pem}
        return admin.post(PATH.format(admin.tenant), body)["fingerprint"]

    def prove(self, admin):
        path = f"{PATH.format(admin.tenant)}-pop/{self.fingerprint}"
        code = admin.request("POST", f"{path}/verification-code").json()["proofOfPossessionUnsignedVerificationCode"]
        signed = base64.b64encode(openssl("dgst", "-sha256", "-sign", self.key, stdin=code.encode())).decode()
        proven = admin.request("POST", f"{path}/pop", json_body={"proofOfPossessionSignedVerificationCode": signed})
        assert proven.status_code == 200, proven.text

    def sign(self, name, extensions="", days="10", server=None, own=None, version=3):
        """A device's certificate below this authority."""
        own = own or key(self.directory / f"{fresh('device-')}.key")
        request = self.directory / "request.pem"
        request.write_bytes(openssl("req", "-new", "-key", own, "-subj", f"/CN={name}"))
        more = ()
        if version == 3:
            file = self.directory / "extensions.cnf"
            file.write_text(f"basicConstraints=CA:FALSE\n{extensions}\n")
            more = ("-extfile", str(file))
        pem = openssl("x509", "-req", "-in", str(request), "-CA", str(self.file), "-CAkey", self.key, "-days", days,
                      "-set_serial", str(time.time_ns()), *more)
        return Device(server, name, own, pem.decode())


def everything_ends(server, device, wire, token, tenant="t100"):
    """What was open is cut, and nothing opens any more."""
    begun = time.monotonic()
    wire.settimeout(ENDS_WITHIN_SECONDS)
    try:
        while wire.recv(100):
            pass
    except ConnectionResetError:
        pass
    assert time.monotonic() - begun < ENDS_WITHIN_SECONDS
    assert with_token(server, token).status_code == 401
    renewal = request_for(device.name, device.key)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/pkcs10"}
    answer = requests.post(server.program.base + "/.well-known/est/simplereenroll", data=base64.encodebytes(renewal),
                           headers=headers, verify=str(server.ca), timeout=30)
    assert answer.status_code == 401, answer.text
    assert device.ask("/devicecontrol/deviceAccessToken", tenant).status_code == 401
    assert refused_in_handshake(device, tenant) or device.mqtt(tenant)[1] == 5


def refused_in_handshake(device, tenant="t100"):
    """Whether the handshake ends with the alert that devices understand."""
    try:
        device.mqtt(tenant)
    except ssl.SSLError as error:
        return "certificate unknown" in str(error).lower().replace("_", " ")
    return False


def gets_no_token(device):
    """What cannot even be read is refused in the handshake here too."""
    try:
        return device.ask("/devicecontrol/deviceAccessToken").status_code == 401
    except requests.exceptions.SSLError:
        return True


# R053 R069 R076 R079 R083 R094
def test_a_device_of_the_own_authority_gets_a_token_renews_and_is_revoked(server, admin, tmp_path):
    device = enrolled(server, admin, tmp_path)
    token = device.token()
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["iss"], claims["ten"], claims["sub"]) == ("t100", "t100", f"device_{device.name}")
    assert with_token(server, token).json()["userName"] == f"device_{device.name}"
    assert device.ask("/tenant/oauth/certificate").json()["accessToken"].count(".") == 2
    renewal = base64.encodebytes(request_for(device.name, device.key))
    answer = device.ask("/.well-known/est/simplereenroll", headers={"Content-Type": "application/pkcs10"}, data=renewal)
    renewed = Device(server, device.name, device.key, certificates_in(answer))
    wire, code = renewed.mqtt()
    assert code == 0
    ended = renewed.token()
    assert with_token(server, ended, "POST", "/user/logout").status_code == 200
    assert with_token(server, ended).status_code == 401
    body = {"deviceId": device.name}
    assert admin.status("POST", "/certificate-authority/revocations", json_body=body) == 204
    everything_ends(server, renewed, wire, token)


# R068 R079
@pytest.mark.parametrize("end", ["disable", "delete", "crl", "user"])
def test_devices_of_a_factory_come_until_their_trust_ends(server, admin, tmp_path, end):
    factory = Factory(admin, tmp_path)
    factory.prove(admin)
    device = factory.sign(fresh("fab-"), server=server)
    wire, code = device.mqtt()
    assert code == 0
    token = device.token(tenant="unknown.example.org")
    assert with_token(server, token).status_code == 200
    path = f"{factory.path}/{factory.fingerprint}"
    if end == "disable":
        admin.put(path, {"status": "DISABLED"})
    elif end == "delete":
        admin.delete(path)
    elif end == "crl":
        serial = openssl("x509", "-in", device.chain, "-noout", "-serial").decode().strip().split("=")[1]
        body = {"crls": [{"serialNumberInHex": serial}]}
        assert admin.status("PUT", "/tenant/trusted-certificates/settings/crl", json_body=body) == 204
    else:
        admin.delete(f"/user/{admin.tenant}/users/device_{device.name}")
    everything_ends(server, device, wire, token)


# R068: as `tedge cert create` and `tedge cert upload c8y` make it
def test_a_device_may_be_trusted_by_itself(server, admin, tmp_path):
    device = Factory(admin, tmp_path, name=fresh("edge-"))
    own = Device(server, device.name, device.key, device.pem)
    wire, code = own.mqtt()
    assert code == 0
    wire.close()
    assert with_token(server, own.token()).status_code == 200
    # No session is resumed: what ended the trust is seen at the next handshake.
    admin.put(f"{device.path}/{device.fingerprint}", {"status": "DISABLED"})
    assert refused_in_handshake(own)


# R068
def test_what_is_wrong_is_refused(server, admin, tmp_path):
    factory = Factory(admin, tmp_path, registers=False)
    name = fresh("reg-")
    unknown = factory.sign(name, server=server)
    assert unknown.mqtt()[1] == 5, "trusted, and not registered"
    register(admin, name)
    assert unknown.mqtt()[1] == 0
    assert unknown.mqtt(client_id="another")[1] == 5
    assert unknown.ask("/user/currentUser").status_code in (401, 405)
    for what, wrong in [
        ("expired", factory.sign(name, days="-1", server=server)),
        ("for servers", factory.sign(name, extensions="extendedKeyUsage=serverAuth", server=server)),
        ("critical", factory.sign(name, extensions="1.2.3.4=critical,ASN1:NULL", server=server)),
        ("a stranger's", Device(server, name, own := key(tmp_path / "own.key"), openssl(
            "req", "-x509", "-key", own, "-subj", f"/CN={name}", "-days", "9").decode())),
    ]:
        assert refused_in_handshake(wrong), what
        assert gets_no_token(wrong), what
    # Two devices with one key.
    other = fresh("reg-")
    register(admin, other)
    copied = factory.sign(other, server=server, own=unknown.key)
    assert copied.mqtt()[1] == 5
    assert copied.ask("/devicecontrol/deviceAccessToken").status_code == 401
    raised = admin.get("/alarm/alarms", type="c8y_CertificateMisuse", pageSize=100)["alarms"]
    assert any(alarm["text"].startswith("A key was shown") for alarm in raised)


# R068: version 1 has nothing that says what a certificate is for
def test_a_certificate_of_version_1_is_refused(server, admin, tmp_path):
    factory = Factory(admin, tmp_path)
    device = factory.sign(fresh("v1-"), server=server, version=1)
    shown = openssl("x509", "-in", device.chain, "-noout", "-text")
    if b"Version: 1 (0x0)" not in shown:
        pytest.skip("this OpenSSL makes no certificates of version 1")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        device.mqtt()
    with pytest.raises(requests.exceptions.ConnectionError):
        device.ask("/devicecontrol/deviceAccessToken")


# R068 R115
def test_an_authority_that_two_tenants_trust_lets_in_where_the_device_says(server, admin, other_admin, tmp_path):
    factory = Factory(admin, tmp_path)
    device = factory.sign(fresh("two-"), server=server)
    factory.trusted_by(other_admin)
    assert device.ask("/devicecontrol/deviceAccessToken", "unknown.example.org").status_code == 401
    for tenant in ("t100", other_admin.tenant):
        shown = with_token(server, device.token(tenant)).json()
        assert shown["userName"] == f"device_{device.name}"
        wire, code = device.mqtt(tenant)
        assert code == 0
        wire.close()
    factory.prove(admin)
    device.token("unknown.example.org")
    factory.prove(other_admin)
    assert device.ask("/devicecontrol/deviceAccessToken", "unknown.example.org").status_code == 401
