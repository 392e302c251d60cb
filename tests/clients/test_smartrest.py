"""SmartREST and JSON over MQTT with paho-mqtt against the running program: rows of a device become what REST shows, and
answers, errors and operations come back as rows."""

import json

import pytest
from client import fresh
from test_mqtt import Paho, new_device, object_of

TIME = "2026-11-21T07:40:22.219Z"


@pytest.fixture
def paho(server, admin):
    """A connected device that follows everything that it is told."""
    device = new_device(admin)
    client = Paho(server, device)
    client.name = device
    assert client.open() == (0, False)
    granted = client.subscribe("s/ds", "s/e", "s/dt", "error", "devicecontrol/notifications")
    assert granted == [1, 1, 1, 1, 1]
    yield client
    client.close()


def newest(admin, path, device):
    """The documents of a list about a device."""
    return admin.get(path, source=object_of(admin, device), pageSize=2000)[path.rsplit("/", 1)[1]]


def test_rows_of_one_message_are_stored_and_a_bad_one_is_told(paho, admin):
    rows = f"200,c8y_T,T,21.5,C,{TIME}\n999,x\n301,hot,\"very, very hot\"\n400,door,open\n110,4711,model,rev\n211,warm"
    assert paho.publish("s/us", rows) == 0
    topic, errors = paho.message()
    assert topic == "s/e"
    assert [row.split(",")[:2] for row in errors.split("\n")] == [["40", "999"], ["45", "211"]]
    [measurement] = newest(admin, "/measurement/measurements", paho.name)
    assert measurement["c8y_T"] == {"T": {"value": 21.5, "unit": "C"}} and measurement["time"] == TIME
    [alarm] = newest(admin, "/alarm/alarms", paho.name)
    assert (alarm["severity"], alarm["text"]) == ("CRITICAL", "very, very hot")
    [event] = newest(admin, "/event/events", paho.name)
    assert (event["type"], event["text"]) == ("door", "open")
    device = admin.get(f"/inventory/managedObjects/{object_of(admin, paho.name)}")
    assert device["c8y_Hardware"] == {"serialNumber": "4711", "model": "model", "revision": "rev"}


def test_questions_are_answered(paho, admin):
    assert paho.publish("s/us", "123") == 0
    assert paho.message() == ("s/ds", f"124,{object_of(admin, paho.name)}")
    child = f"{paho.name}:device:child"
    assert paho.publish("s/us", f"101,{child},Child,c8y_Child,false\n105") == 0
    assert paho.message() == ("s/ds", f"106,{child}")
    assert paho.publish(f"s/us/{child}", "125\n117,10\n301,a") == 0
    assert admin.get(f"/inventory/managedObjects/{object_of(admin, child)}")["name"] == "Child"
    assert paho.publish("s/us", "100") == 0
    assert paho.message() == ("s/e", "41,100,Device already existing")


def test_another_device_is_out_of_reach(paho, admin):
    other = new_device(admin)
    assert paho.publish(f"s/us/{other}", "211,1\n110,stolen\n123") == 0
    _, errors = paho.message()
    assert [row.split(",")[:2] for row in errors.split("\n")] == [["41", "211"], ["41", "110"], ["41", "123"]]
    paho.publish(f"inventory/managedObjects/update/{other}", json.dumps({"c8y_Hardware": {}}))
    topic, error = paho.message()
    assert topic == "error" and json.loads(error)["error"] == "undefined/validationError"
    assert "c8y_Hardware" not in admin.get(f"/inventory/managedObjects/{object_of(admin, other)}")
    assert newest(admin, "/measurement/measurements", other) == []


def test_documents_are_stored_as_over_rest(paho, admin):
    event = {"type": "login", "text": "hello", "time": TIME, "more": {"deep": [1, None, "x"]}}
    assert paho.publish("event/events/create", json.dumps(event)) == 0
    [stored] = newest(admin, "/event/events", paho.name)
    assert {name: stored[name] for name in event} == event
    assert paho.publish(f"inventory/managedObjects/update/{paho.name}", json.dumps({"c8y_Agent": {"name": "a"}})) == 0
    assert admin.get(f"/inventory/managedObjects/{object_of(admin, paho.name)}")["c8y_Agent"] == {"name": "a"}
    paho.publish("event/events/create", "{")
    topic, error = paho.message()
    assert topic == "error" and "JSON" in json.loads(error)["message"]


def test_an_operation_comes_down_twice_and_is_reported(paho, admin):
    device = object_of(admin, paho.name)
    created = admin.post("/devicecontrol/operations", {"deviceId": device, "c8y_Command": {"text": "echo \"a\""}})
    down = dict(paho.message() for _ in range(2))
    assert down["s/ds"] == f'511,{paho.name},"echo \\"a\\""'
    operation = json.loads(down["devicecontrol/notifications"])
    assert operation["id"] == created["id"] and operation["externalSource"]["externalId"] == paho.name
    assert paho.publish("s/us", f"504,{operation['id']}") == 0
    path = f"/devicecontrol/operations/{operation['id']}"
    assert admin.get(path)["status"] == "EXECUTING"
    assert paho.publish("s/us", f"506,{operation['id']},a") == 0
    done = admin.get(path)
    assert (done["status"], done["c8y_Command"]["result"]) == ("SUCCESSFUL", "a")


def test_a_collection_is_registered_and_spoken(paho, admin):
    name = fresh("collection")
    assert paho.publish(f"s/ut/{name}", "") == 0
    assert paho.message() == ("s/dt", f"41,{name}")
    templates = "10,1,POST,EVENT,true,c8y_E,,,c8y_A.b,NUMBER,\n11,2,,$.c8y_A,$.text,$.c8y_A.b"
    assert paho.publish(f"s/ut/{name}", templates) == 0
    topic, found = paho.message()
    assert topic == "s/dt" and found.startswith(f"20,{name},")
    assert paho.subscribe(f"s/dc/{name}") == [1]
    assert paho.publish(f"s/uc/{name}", "1,hello,,7") == 0
    assert paho.message() == (f"s/dc/{name}", "2,hello,7")
    [event] = newest(admin, "/event/events", paho.name)
    assert event["c8y_A"] == {"b": 7}
