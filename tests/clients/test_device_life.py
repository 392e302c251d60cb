"""The whole life of one device with the tools that its maker has, none of them changed: curl, OpenSSL and paho-mqtt. It is
registered with the token from its label, gets a certificate, sends readings, restarts, takes its firmware, renews its
certificate, and is revoked."""
# R067 R068 R076 R079 R083 R100

import base64
import json
import subprocess
import time

from client import fresh
from stage import ADMIN_PASSWORD, serving
from test_certificates import OTP, key, openssl, request_for
from test_mqtt import SECONDS_MAX, V5, Paho
from test_registration import REQUESTS, bootstrap_user, upload

TOKEN = "label-4711"
ENDS_WITHIN_SECONDS = 5.0
FIRMWARE = b"\x7fELF the next version"


class Device:
    """What is on the device: its name, its key and certificates in files, and its tools."""

    def __init__(self, server, directory):
        self.server, self.directory, self.name = server, directory, fresh("life-")
        self.key = key(directory / "device.key")
        self.chain = directory / "device.pem"
        self.token = None

    def curl(self, path, *arguments, body=None):
        """A request; gives the status and the body."""
        answer = self.directory / "answer"
        command = ["curl", "--silent", "--cacert", str(self.server.ca), "--output", str(answer), "--write-out",
                   "%{http_code}", *arguments]
        if body is not None:
            command += ["--data-binary", "@-"]
        answer.write_bytes(b"")
        done = subprocess.run(
            [*command, self.server.program.base + path], input=body, capture_output=True, timeout=SECONDS_MAX, check=True,
        )
        return int(done.stdout), answer.read_bytes()

    def credentials(self, bootstrap, token):
        """Asks for its credentials as new devices do."""
        return self.curl(
            "/devicecontrol/deviceCredentials", "--user", f"{bootstrap.tenant}/{bootstrap.user}:{bootstrap.password}",
            "--header", "Content-Type: application/json",
            body=json.dumps({"id": self.name, "securityToken": token}).encode(),
        )

    def certificate(self, path, *proof):
        """Asks for a certificate by EST; gives the status, and keeps what it gets."""
        status, body = self.curl(
            f"/.well-known/est/{path}", *proof, "--header", "Content-Type: application/pkcs10",
            body=base64.encodebytes(request_for(self.name, self.key)),
        )
        if status == 200:
            message = base64.b64decode(body)
            self.chain.write_bytes(openssl("pkcs7", "-inform", "DER", "-print_certs", stdin=message))
        return status

    def bearer(self):
        return ("--header", f"Authorization: Bearer {self.token}")

    def connect(self):
        """A connection with the certificate, over which it has a token for HTTP too."""
        client = Paho(self.server, self.name, V5, certificate=(str(self.chain), self.key))
        client.client.reconnect_delay_set(60, 60)
        assert client.open() == (0, False)
        assert client.subscribe("s/ds", "s/dat", "s/e") == [1, 1, 1]
        client.publish("s/uat", "")
        topic, message = client.message()
        assert (topic, message.split(",")[0]) == ("s/dat", "71")
        self.token = message.split(",", 1)[1]
        return client

    def serial(self):
        return openssl("x509", "-in", str(self.chain), "-noout", "-serial").decode().strip()


def test_a_device_lives_from_its_token_to_its_revocation(tmp_path):
    with serving(tmp_path) as server:
        admin = server.client("t100", "admin", ADMIN_PASSWORD)
        device = Device(server, tmp_path)
        is_registered_with_its_token(admin, bootstrap_user(server, admin), device)
        gets_a_certificate(admin, device)
        client = device.connect()
        source = sends_readings(admin, device, client)
        client = restarts(admin, device, client, source)
        takes_its_firmware(admin, device, client, source)
        client = renews(device, client)
        is_revoked(admin, device, client)


def is_registered_with_its_token(admin, bootstrap, device):
    admin.post(REQUESTS, {"id": device.name, "securityToken": TOKEN})
    assert device.credentials(bootstrap, "label-0815")[0] == 404
    assert device.credentials(bootstrap, TOKEN)[0] == 404
    accept = {"status": "ACCEPTED", "securityToken": TOKEN}
    admin.put(f"{REQUESTS}/{device.name}", accept)
    assert device.credentials(bootstrap, "label-0815")[0] == 404
    status, given = device.credentials(bootstrap, TOKEN)
    assert status == 201, given
    given = json.loads(given)
    assert given["username"] == f"device_{device.name}"
    user = f"{given['tenantId']}/{given['username']}:{given['password']}"
    assert device.curl("/user/currentUser", "--user", user)[0] == 200
    assert device.credentials(bootstrap, TOKEN)[0] == 404, "once"


def gets_a_certificate(admin, device):
    admin.post("/certificate-authority", {})
    csv = f"ID\tAUTH_TYPE\tCREDENTIALS\tENROLLMENT_OTP\n{device.name}\tCERTIFICATES\t\t{OTP}\n"
    registered = upload(admin, csv).json()
    assert registered["numberOfSuccessful"] == 1, registered
    assert device.certificate("simpleenroll", "--user", f"t100/{device.name}:not-this-password") == 401
    assert device.certificate("simpleenroll", "--user", f"t100/{device.name}:{OTP}") == 200
    assert device.certificate("simpleenroll", "--user", f"t100/{device.name}:{OTP}") == 401, "once"


def sends_readings(admin, device, client):
    assert client.publish("s/us", f"100,{device.name},c8y_Meter\n114,c8y_Restart,c8y_Firmware") == 0
    assert client.publish("s/us", "200,c8y_Temperature,T,21.5,C", qos=2) == 0
    source = admin.get(f"/identity/externalIds/c8y_Serial/{device.name}")["managedObject"]["id"]
    readings = admin.get("/measurement/measurements", source=source)["measurements"]
    assert [one["c8y_Temperature"]["T"]["value"] for one in readings] == [21.5]
    return source


def ask(admin, source, **fragment):
    return admin.post("/devicecontrol/operations", {"deviceId": source} | fragment)["id"]


def status_of(admin, operation):
    return admin.get(f"/devicecontrol/operations/{operation}")["status"]


def restarts(admin, device, client, source):
    operation = ask(admin, source, c8y_Restart={})
    assert client.message() == ("s/ds", f"510,{device.name}")
    assert client.publish("s/us", "501,c8y_Restart") == 0
    assert status_of(admin, operation) == "EXECUTING"
    client.close()
    client = device.connect()
    # What it is at does not come again.
    assert client.publish("s/us", "503,c8y_Restart") == 0
    assert status_of(admin, operation) == "SUCCESSFUL"
    return client


def takes_its_firmware(admin, device, client, source):
    form = (
        b'--XX\r\nContent-Disposition: form-data; name="object"\r\n\r\n{"name": "fw", "type": "application/octet-stream"}'
        b'\r\n--XX\r\nContent-Disposition: form-data; name="file"; filename="fw.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + FIRMWARE + b"\r\n--XX--\r\n"
    )
    made = admin.request(
        "POST", "/inventory/binaries", body=form, headers={"Content-Type": "multipart/form-data; boundary=XX"},
    )
    assert made.status_code == 201, made.text
    path = f"/inventory/binaries/{made.json()['id']}"
    assert device.curl(path, *device.bearer())[0] == 404, "nobody has asked it to"
    url = device.server.program.base + path
    operation = ask(admin, source, c8y_Firmware={"name": "fw", "version": "2.0", "url": url})
    topic, row = client.message()
    assert (topic, row) == ("s/ds", f"515,{device.name},fw,2.0,{url}")
    assert client.publish("s/us", "501,c8y_Firmware") == 0
    assert device.curl(path, *device.bearer()) == (200, FIRMWARE)
    # A download that was broken off goes on where it was.
    assert device.curl(path, *device.bearer(), "--range", "5-") == (206, FIRMWARE[5:])
    assert device.curl(path, *device.bearer(), "--request", "DELETE")[0] == 403
    assert client.publish("s/us", f"115,fw,2.0,{url}\n503,c8y_Firmware") == 0
    assert status_of(admin, operation) == "SUCCESSFUL"
    shown = admin.get(f"/inventory/managedObjects/{source}")
    assert (shown["c8y_Firmware"]["name"], shown["c8y_Firmware"]["version"]) == ("fw", "2.0")
    assert device.curl(path, *device.bearer())[0] == 404, "it has ended"


def renews(device, client):
    before = device.serial()
    assert device.certificate("simplereenroll", *device.bearer()) == 200
    assert device.serial() != before
    client.close()
    return device.connect()


def is_revoked(admin, device, client):
    body = {"deviceId": device.name}
    assert admin.status("POST", "/certificate-authority/revocations", json_body=body) == 204
    begun = time.monotonic()
    assert client.gone.get(timeout=ENDS_WITHIN_SECONDS).value == 0x87
    assert time.monotonic() - begun < ENDS_WITHIN_SECONDS
    client.client.loop_stop()
    assert device.curl("/user/currentUser", *device.bearer())[0] == 401
    assert device.certificate("simplereenroll", *device.bearer()) == 401
    assert device.certificate("simpleenroll", "--user", f"t100/{device.name}:{OTP}") == 401
    assert is_refused(device)


def is_refused(device):
    """Whether it comes in no more: OpenSSL shows the handshake as it is."""
    host, port = device.server.program.mqtts.rsplit(":", 1)
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", str(device.server.ca), "-cert",
         str(device.chain), "-key", device.key, "-ign_eof"],
        # CONNECT of MQTT 3.1.1; answered with code 5 where the handshake went through.
        input=connect_packet(device.name), capture_output=True, timeout=SECONDS_MAX, check=False,
    )
    said = done.stdout + done.stderr
    return b"certificate unknown" in said.lower() or b"\x20\x02\x00\x05" in said


def connect_packet(name):
    body = b"\x00\x04MQTT\x04\x02\x00\x3c" + len(name).to_bytes(2, "big") + name.encode()
    return bytes([0x10, len(body)]) + body
