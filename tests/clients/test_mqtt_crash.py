"""The program is killed between the packets of a message of QoS 2, and started again: the message takes effect once. The
client writes its packets by hand, so that it can stop between any two of them."""

import select
import socket
import ssl
import struct

import pytest
from client import Client
from program import Program, run

PASSWORD = "four wooden bridges 1"
DEVICE, DEVICE_PASSWORD = "SN1", "AbcD1234!1234AbcD"
SECONDS_MAX = 20
PUBLISH, PUBREC, PUBREL, PUBCOMP = 0x34, 0x50, 0x62, 0x70


def text(content):
    return struct.pack(">H", len(content)) + content.encode()


class Wire:
    """A connection of the device with a session that is kept."""

    def __init__(self, program, ca):
        host, port = program.mqtts.rsplit(":", 1)
        context = ssl.create_default_context(cafile=str(ca))
        plain = socket.create_connection((host, int(port)), SECONDS_MAX)
        self.socket = context.wrap_socket(plain, server_hostname=host)
        who = text(DEVICE) + text(f"t100/device_{DEVICE}") + text(DEVICE_PASSWORD)
        self.send(0x10, text("MQTT") + bytes([4, 0xC0, 0, 60]) + who)
        assert self.expect(0x20)[1] == 0

    def send(self, first, body):
        assert len(body) < 128
        self.socket.sendall(bytes([first, len(body)]) + body)

    def expect(self, first):
        """The body of the next packet, which is of this kind."""
        head = self.exactly(2)
        assert head[0] == first, head
        return self.exactly(head[1])

    def heard_within(self, seconds):
        return select.select([self.socket], [], [], seconds)[0] != []

    def exactly(self, count):
        read = b""
        while len(read) < count:
            part = self.socket.recv(count - len(read))
            assert part, "the connection is closed"
            read += part
        return read

    def publish(self, number, row, again=False):
        self.send(PUBLISH | (8 if again else 0), text("s/us") + struct.pack(">H", number) + row.encode())

    def release(self, number):
        self.send(PUBREL, struct.pack(">H", number))


@pytest.fixture
def place(tmp_path):
    (tmp_path / "password").write_text(PASSWORD + "\n")
    run("init", "--data-dir", "data", "--tenant", "t100", "--admin-password-file", "password", directory=tmp_path)
    return tmp_path


def test_a_message_of_qos_2_takes_effect_once_whenever_the_program_is_killed(place):
    ca = place / "data/tls/ca.pem"

    def serve():
        return Program("serve", "--data-dir", "data", "--listen-https", "127.0.0.1:0", directory=place)

    program = serve()
    admin = Client(program.base, ca, "t100", "admin", PASSWORD)
    csv = f"ID\tCREDENTIALS\tTYPE\tNAME\tcom_cumulocity_model_Agent.active\n{DEVICE}\t{DEVICE_PASSWORD}\tx\tMeter\ttrue\n"
    form = f'--XX\r\nContent-Disposition: form-data; name="file"; filename="d.csv"\r\n\r\n{csv}\r\n--XX--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=XX"}
    admin.request("POST", "/devicecontrol/bulkNewDeviceRequests", body=form, headers=headers)
    expected = []
    # Killed at once, so many milliseconds behind the PUBLISH, behind the PUBREC, behind the PUBREL.
    for number, stage in enumerate(["publish", 2, 10, 40, "pubrec", "pubrel"], start=1):
        # Two kinds of data, so that it is not one commit.
        row = f"400,c8y_E,{stage}\n212,{number}"
        wire = Wire(program, ca)
        wire.publish(7, row)
        if isinstance(stage, int):
            wire.heard_within(stage / 1000)
        if stage in ("pubrec", "pubrel"):
            wire.expect(PUBREC)
        if stage == "pubrel":
            wire.release(7)
        program.kill()
        program = serve()
        wire = Wire(program, ca)
        if stage != "pubrel":
            wire.publish(7, row, again=True)
            wire.expect(PUBREC)
        wire.release(7)
        wire.expect(PUBCOMP)
        expected.append(str(stage))
    admin = Client(program.base, ca, "t100", "admin", PASSWORD)
    source = admin.get(f"/identity/externalIds/c8y_Serial/{DEVICE}")["managedObject"]["id"]
    events = admin.get("/event/events", source=source, pageSize=100)["events"]
    assert sorted(event["text"] for event in events) == sorted(expected)
    readings = admin.get("/measurement/measurements", source=source, pageSize=100)["measurements"]
    assert len(readings) == len(expected)
    program.stop()
