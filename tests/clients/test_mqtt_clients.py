"""What every client of MQTT must be able to rely on, with three that know nothing of each other: Python's paho-mqtt, npm
mqtt, and Debian's mosquitto_pub and mosquitto_sub. Certificates, wills, QoS 2 in both directions, take-over, and sessions
that outlive the connection and a start of the program."""
# R069 R070 R080

import json
import os
import queue
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from stage import ADMIN_PASSWORD, serving
from test_device_certificates import enrolled
from test_mqtt import DEVICE_PASSWORD, SECONDS_MAX, V3, V5, Paho, mosquitto, new_device, object_of, texts_of

DRIVER = Path(__file__).resolve().parent / "js" / "mqtt" / "client.mjs"
TAKEN_OVER = 0x8E


class Node:
    """A client of npm mqtt in a process of its own; used like one of paho-mqtt."""

    def __init__(
        self, server, device, version=V3, clean=True, web=False, password=DEVICE_PASSWORD, certificate=None, will=None,
    ):
        address = server.program.address if web else server.program.mqtts
        self.options = {
            "url": f"wss://{address}/mqtt" if web else f"mqtts://{address}",
            "clientId": device, "protocolVersion": int(version), "clean": clean, "files": {"ca": str(server.ca)},
        }
        if certificate:
            self.options["files"] |= {"cert": certificate[0], "key": certificate[1]}
        else:
            self.options |= {"username": f"t100/device_{device}", "password": password}
        if version == V5 and not clean:
            self.options["properties"] = {"sessionExpiryInterval": 3600}
        if will:
            self.options["will"] = {"topic": will[0], "payload": will[1], "qos": 1}
        self.process = subprocess.Popen(
            ["node", str(DRIVER), os.environ["HOLDFAST_NODE"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.happened = {
            name: queue.Queue() for name in ("connected", "refused", "told", "gone", "granted", "published", "message")
        }
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            name, value = json.loads(line)
            self.happened[name].put(value)

    def _do(self, name, value=None):
        self.process.stdin.write(json.dumps([name, value]) + "\n")
        self.process.stdin.flush()

    def _next(self, name):
        return self.happened[name].get(timeout=SECONDS_MAX)

    def open(self):
        self._do("connect", self.options)
        return tuple(self._next("connected"))

    def subscribe(self, *filters, qos=1):
        self._do("subscribe", {topic: {"qos": qos} for topic in filters})
        return self._next("granted")

    def publish(self, topic, payload, qos=1):
        self._do("publish", [topic, payload, qos])
        return self._next("published")

    def message(self):
        return tuple(self._next("message"))

    def why_gone(self):
        """The reason that it was told when the connection ended; version 3.1.1 has none."""
        self._next("gone")
        self._end(signal.SIGTERM)
        return self.happened["told"].get_nowait() if not self.happened["told"].empty() else None

    def close(self):
        self._do("end")
        self._next("gone")
        self._end(signal.SIGTERM)

    def vanish(self):
        """The connection breaks, without a word."""
        self._end(signal.SIGKILL)

    def _end(self, signal_number):
        self.process.send_signal(signal_number)
        self.process.wait(timeout=SECONDS_MAX)
        self.reader.join()


class Python(Paho):
    """A client of paho-mqtt with a will, that stays away once it is gone."""

    def __init__(self, *arguments, will=None, **more):
        super().__init__(*arguments, **more)
        self.client.reconnect_delay_set(60, 60)
        if will:
            self.client.will_set(*will, qos=1)

    def why_gone(self):
        code = self.gone.get(timeout=SECONDS_MAX).value
        self.client.loop_stop()
        return code if self.version == V5 else None


both = pytest.mark.parametrize("client", [Python, Node])
versions = pytest.mark.parametrize("version", [V3, V5])


@pytest.fixture
def device(admin):
    return new_device(admin)


@both
@versions
def test_a_certificate_lets_in_and_names_the_device(server, admin, tmp_path, client, version):
    own = enrolled(server, admin, tmp_path)
    one = client(server, own.name, version, certificate=(own.chain, own.key))
    assert one.open() == (0, False)
    one.subscribe("s/dat")
    one.publish("s/us", "400,c8y_E,with a certificate")
    one.publish("s/uat", "")
    assert one.message()[1].startswith("71,")
    assert texts_of(admin, own.name) == ["with a certificate"]
    one.close()


@both
@versions
def test_a_will_is_published_when_the_client_vanishes_and_not_when_it_says_good_bye(server, admin, device, client, version):
    for leave, expected in [("close", []), ("vanish", ["gone"])]:
        one = client(server, device, version, will=("s/us", "400,c8y_E,gone"))
        assert one.open() == (0, False)
        one.publish("s/us", "400,c8y_Here,here")
        getattr(one, leave)()
        told = lambda: [text for text in texts_of(admin, device) if text != "here"]
        server.program.eventually(lambda: told() == expected, SECONDS_MAX)
        if not expected:
            # Who comes next is let in after the one before has gone for good, with its will or without.
            other = client(server, device, version)
            assert other.open() == (0, False)
            assert told() == []
            other.close()


@both
@versions
@pytest.mark.parametrize("web", [False, True])
def test_messages_of_qos_2_arrive_once_in_both_directions(server, admin, device, client, version, web):
    one = client(server, device, version, web=web)
    assert one.open() == (0, False)
    assert one.subscribe("s/ds", qos=2) == [2]
    for number in range(5):
        assert one.publish("s/us", f"400,c8y_E,{number}", qos=2) == 0
    assert texts_of(admin, device) == ["0", "1", "2", "3", "4"]
    source = object_of(admin, device)
    for number in range(3):
        admin.post("/devicecontrol/operations", {"deviceId": source, "c8y_Command": {"text": f"c{number}"}})
    assert [one.message() for _ in range(3)] == [("s/ds", f"511,{device},c{number}") for number in range(3)]
    one.publish("s/us", "123")
    assert one.message() == ("s/ds", f"124,{source}"), "nothing came twice"
    one.close()


@both
@versions
def test_a_second_connection_takes_the_place_of_the_first(server, device, client, version):
    first, second = (client(server, device, version) for _ in range(2))
    first.open()
    assert second.open() == (0, False)
    assert first.why_gone() == (TAKEN_OVER if version == V5 else None)
    assert second.publish("s/us", "400,c8y_E,second") == 0
    second.close()


@both
@versions
def test_a_session_and_what_waits_for_it_outlive_a_start_of_the_program(tmp_path_factory, client, version):
    with serving(tmp_path_factory.mktemp("server")) as server:
        admin = server.client("t100", "admin", ADMIN_PASSWORD)
        device = new_device(admin)
        one = client(server, device, version, clean=False)
        assert one.open() == (0, False)
        assert one.subscribe("s/ds", qos=2) == [2]
        one.close()
        waits = {"deviceId": object_of(admin, device), "c8y_Restart": {}}
        admin.post("/devicecontrol/operations", waits)
        server.restart()
        one = client(server, device, version, clean=False)
        assert one.open() == (0, True)
        assert one.message() == ("s/ds", f"510,{device}"), "it did not subscribe again"
        one.close()
        one = client(server, device, version)
        assert one.open() == (0, False), "a clean start forgets"
        one.close()


class Mosquitto:
    """A mosquitto_sub that runs, and tells what it does."""

    def __init__(self, server, device, *arguments, version="mqttv5"):
        host, port = server.program.mqtts.rsplit(":", 1)
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-d", "-h", host, "-p", port, "--cafile", str(server.ca), "-i", device,
             "-V", version, "-u", f"t100/device_{device}", "-P", DEVICE_PASSWORD, "-t", "s/ds", "-q", "1", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    def until(self, part):
        """Waits for a line with this in it; whoever says nothing more is ended by the deadline."""
        timer = threading.Timer(SECONDS_MAX, self.process.kill)
        timer.start()
        try:
            return any(part in line for line in self.process.stdout)
        finally:
            timer.cancel()

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=SECONDS_MAX)


MOSQUITTO = {V3: "mqttv311", V5: "mqttv5"}


@versions
def test_mosquitto_comes_with_a_certificate(server, admin, tmp_path, version):
    own = enrolled(server, admin, tmp_path)
    done = mosquitto(
        "mosquitto_pub", server, own.name, "--cert", own.chain, "--key", own.key, "-t", "s/us", "-q", "2",
        "-m", "400,c8y_E,with a certificate", password=None, version=MOSQUITTO[version],
    )
    assert done[0] == 0, done
    assert texts_of(admin, own.name) == ["with a certificate"]


@versions
def test_the_will_of_mosquitto_is_published_when_it_is_killed(server, admin, device, version):
    will = ("--will-topic", "s/us", "--will-payload", "400,c8y_E,gone", "--will-qos", "1")
    one = Mosquitto(server, device, *will, version=MOSQUITTO[version])
    assert one.until("SUBACK")
    one.kill()
    server.program.eventually(lambda: texts_of(admin, device) == ["gone"], SECONDS_MAX)


def test_mosquitto_is_told_that_another_took_its_place(server, device):
    one = Mosquitto(server, device)
    assert one.until("SUBACK")
    other = Paho(server, device, V5)
    assert other.open() == (0, False)
    assert one.until(f"DISCONNECT ({TAKEN_OVER})")
    one.kill()
    other.client.disconnect()
    other.client.loop_stop()


@versions
def test_a_session_of_mosquitto_outlives_a_start_of_the_program(tmp_path_factory, version):
    with serving(tmp_path_factory.mktemp("server")) as server:
        admin = server.client("t100", "admin", ADMIN_PASSWORD)
        device = new_device(admin)
        kept = ("-c", "-x", "3600") if version == V5 else ("-c",)
        done = mosquitto("mosquitto_sub", server, device, "-t", "s/ds", "-q", "1", "-E", *kept, version=MOSQUITTO[version])
        assert done[0] == 0, done
        admin.post("/devicecontrol/operations", {"deviceId": object_of(admin, device), "c8y_Restart": {}})
        server.restart()
        # It must name a filter: here one that gives it nothing.
        again = ("-t", "s/e", "-q", "1", "-C", "1", "-W", str(SECONDS_MAX))
        done = mosquitto("mosquitto_sub", server, device, *again, *kept, version=MOSQUITTO[version])
        assert (done[0], done[1]) == (0, f"510,{device}\n"), done
