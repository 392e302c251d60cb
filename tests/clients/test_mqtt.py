"""MQTT with the clients that devices use: Debian's mosquitto_pub and mosquitto_sub, and Python's paho-mqtt, over TLS and
over WebSockets."""

import queue
import ssl
import subprocess

import paho.mqtt.client as mqtt
import pytest
from client import fresh
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from stage import serving
from test_registration import DEVICE_PASSWORD, upload

SECONDS_MAX = 20
V3, V5 = mqtt.MQTTv311, mqtt.MQTTv5


def new_device(admin):
    """A device with an object, a user and a password; gives its id."""
    device = fresh("mqtt")
    csv = (
        "ID\tCREDENTIALS\tTYPE\tNAME\tPATH\tcom_cumulocity_model_Agent.active\n"
        f"{device}\t{DEVICE_PASSWORD}\tc8y_Meter\tMeter\tplant\ttrue\n"
    )
    made = upload(admin, csv).json()
    assert made["numberOfCreated"] == 1, made
    return device


@pytest.fixture
def device(admin):
    return new_device(admin)


def object_of(admin, device):
    return admin.get(f"/identity/externalIds/c8y_Serial/{device}")["managedObject"]["id"]


def texts_of(admin, device):
    """The texts of the device's events."""
    events = admin.get("/event/events", source=object_of(admin, device), pageSize=2000)["events"]
    return sorted(event["text"] for event in events)


def mosquitto(tool, server, device, *arguments, password=DEVICE_PASSWORD, version="mqttv311"):
    """A command of mosquitto's, as this device; gives its exit code and what it printed."""
    host, port = server.program.mqtts.rsplit(":", 1)
    who = ["-u", f"t100/device_{device}", "-P", password] if password else []
    command = [
        tool, "-h", host, "-p", port, "--cafile", str(server.ca), "-i", device, "-V", version, *who, *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX)
    return done.returncode, done.stdout, done.stderr


class Paho:
    """A client of paho-mqtt whose callbacks become queues."""

    def __init__(
        self, server, device, version=V3, clean=True, web=False, password=DEVICE_PASSWORD, certificate=None,
    ):
        self.version, self.clean, self.web = version, clean, web
        self.program = server.program
        self.connected, self.gone, self.granted = queue.Queue(), queue.Queue(), queue.Queue()
        self.published, self.messages = queue.Queue(), queue.Queue()
        more = {} if version == V5 else {"clean_session": clean}
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=device, protocol=version,
            transport="websockets" if web else "tcp", **more,
        )
        chain, key = certificate or (None, None)
        self.client.tls_set(
            ca_certs=str(server.ca), certfile=chain, keyfile=key, tls_version=ssl.PROTOCOL_TLS_CLIENT,
        )
        if password and not certificate:
            self.client.username_pw_set(f"t100/device_{device}", password)
        self.client.on_connect = lambda _c, _u, flags, code, _p: self.connected.put((code, flags.session_present))
        self.client.on_disconnect = lambda _c, _u, _f, code, _p: self.gone.put(code)
        self.client.on_subscribe = lambda _c, _u, _mid, codes, _p: self.granted.put([code.value for code in codes])
        self.client.on_publish = lambda _c, _u, _mid, code, _p: self.published.put(code.value)
        self.client.on_message = lambda _c, _u, message: self.messages.put((message.topic, message.payload.decode()))

    def open(self):
        """Connects; gives the code and whether there was a session."""
        host, port = (self.program.address if self.web else self.program.mqtts).rsplit(":", 1)
        more = {}
        if self.version == V5:
            more["clean_start"] = self.clean
            if not self.clean:
                more["properties"] = Properties(PacketTypes.CONNECT)
                more["properties"].SessionExpiryInterval = 3600
        self.client.connect(host, int(port), keepalive=30, **more)
        self.client.loop_start()
        code, present = self.connected.get(timeout=SECONDS_MAX)
        return code.value, present

    def subscribe(self, *filters, qos=1):
        self.client.subscribe([(topic, qos) for topic in filters])
        return self.granted.get(timeout=SECONDS_MAX)

    def publish(self, topic, payload, qos=1):
        self.client.publish(topic, payload, qos)
        return self.published.get(timeout=SECONDS_MAX)

    def message(self):
        return self.messages.get(timeout=SECONDS_MAX)

    def close(self):
        self.client.disconnect()
        self.gone.get(timeout=SECONDS_MAX)
        self.client.loop_stop()

    def vanish(self):
        """The connection breaks, without a word."""
        self.client._sock_close()
        self.client.loop_stop()


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_what_mosquitto_publishes_is_stored(server, admin, device, version, qos):
    row = "200,c8y_T,T,21.5,C"
    done = mosquitto("mosquitto_pub", server, device, "-t", "s/us", "-m", row, "-q", qos, version=version)
    assert done[0] == 0, done
    source = object_of(admin, device)

    def found():
        return admin.get("/measurement/measurements", source=source)["measurements"]
    # A message of QoS 0 is confirmed by nobody.
    measurements = server.program.eventually(found, SECONDS_MAX)
    assert measurements[0]["c8y_T"]["T"] == {"value": 21.5, "unit": "C"}


def test_what_waits_for_mosquitto_comes_when_it_subscribes(server, admin, device):
    admin.post("/devicecontrol/operations", {"deviceId": object_of(admin, device), "c8y_Restart": {}})
    done = mosquitto("mosquitto_sub", server, device, "-t", "s/ds", "-q", "1", "-C", "1", "-W", str(SECONDS_MAX))
    assert (done[0], done[1]) == (0, f"510,{device}\n"), done


# R049
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_nobody_and_whoever_has_a_wrong_password_is_refused(server, device, version):
    for password in (None, "wrong-password"):
        done = mosquitto("mosquitto_pub", server, device, "-t", "s/us", "-m", "400,a,b", password=password, version=version)
        assert done[0] != 0, done


@pytest.mark.parametrize("web", [False, True])
@pytest.mark.parametrize("version", [V3, V5])
def test_paho_publishes_and_is_answered(server, admin, device, version, web):
    client = Paho(server, device, version, web=web)
    assert client.open() == (0, False)
    assert client.subscribe("s/ds", "s/e", qos=2) == [2, 2]
    for qos in (0, 1, 2):
        client.publish("s/us", f"400,c8y_E,{qos}", qos)
    client.publish("s/us", "123")
    assert client.message() == ("s/ds", f"124,{object_of(admin, device)}")
    client.publish("s/us", "999")
    assert client.message()[0] == "s/e"
    assert texts_of(admin, device) == ["0", "1", "2"]
    client.close()


def test_codes_tell_who_is_not_let_in(server, device):
    for version, password, code in [(V3, None, 135), (V3, "wrong", 134), (V5, None, 135), (V5, "wrong", 134)]:
        client = Paho(server, device, version, password=password)
        assert client.open()[0] == code
        client.client.loop_stop()


@pytest.mark.parametrize("version", [V3, V5])
def test_a_will_is_published_when_the_client_vanishes(server, admin, device, version):
    client = Paho(server, device, version)
    client.client.will_set("s/us", "400,c8y_E,gone", qos=1)
    client.open()
    client.vanish()
    assert server.program.eventually(lambda: texts_of(admin, device), SECONDS_MAX) == ["gone"]


def test_a_second_connection_takes_the_place_of_the_first(server, device):
    first = Paho(server, device, V5)
    first.client.reconnect_delay_set(60, 60)
    first.open()
    second = Paho(server, f"d:{device}", V5, password=None)
    second.client.username_pw_set(f"t100/device_{device}", DEVICE_PASSWORD)
    assert second.open() == (0, False)
    assert first.gone.get(timeout=SECONDS_MAX).value == 0x8E
    first.client.loop_stop()
    second.close()


@pytest.mark.parametrize("version", [V3, V5])
def test_sessions_outlive_a_start_of_the_program(tmp_path_factory, version):
    with serving(tmp_path_factory.mktemp("server")) as server:
        admin = server.client("t100", "admin", "four wooden bridges 1")
        device = new_device(admin)
        client = Paho(server, device, version, clean=False)
        assert client.open() == (0, False)
        assert client.subscribe("s/e", "s/ds") == [1, 1]
        client.close()
        server.restart()
        admin = server.client("t100", "admin", "four wooden bridges 1")
        client = Paho(server, device, version, clean=False)
        assert client.open() == (0, True)
        admin.post("/devicecontrol/operations", {"deviceId": object_of(admin, device), "c8y_Restart": {}})
        assert client.message() == ("s/ds", f"510,{device}")
        client.close()


# R050 R079
def test_a_user_that_is_disabled_is_cut_off_within_five_seconds(server, admin, device):
    client, other = Paho(server, device, V5), Paho(server, new_device(admin), V5)
    client.client.reconnect_delay_set(60, 60)
    for one in (client, other):
        one.open()
    admin.put(f"/user/t100/users/device_{device}", {"enabled": False})
    assert client.gone.get(timeout=5).value == 0x87
    client.client.loop_stop()
    assert other.publish("s/us", "400,c8y_E,still here") == 0
    other.close()
