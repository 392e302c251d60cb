"""Alarms: raised, counted on, listed and counted by filter, changed one by one and many at once; and by the official
Python SDK (`c8y_api`), unchanged."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from c8y_api import CumulocityApi
from c8y_api.model import Alarm, Device
from client import check_problem, media
from conftest import ADMIN_PASSWORD

ALARMS = "/alarm/alarms"
ABSENT = "9007199254740991"


def alarm(source, kind, hour=1, severity="MAJOR", **more):
    body = {"source": {"id": source}, "type": kind, "text": "wrong", "severity": severity}
    return body | {"time": f"2026-03-01T{hour:02}:00:00.000Z"} | more


@pytest.fixture
def source(admin, kind):
    """A new device's id."""
    return admin.new_object(type=kind, name="pump", c8y_IsDevice={})["id"]


@pytest.fixture(scope="module")
def sdk(admin):
    sdk = CumulocityApi(admin.base, admin.tenant, admin.user, ADMIN_PASSWORD)
    sdk.session.verify = str(admin.ca)
    sdk.session.trust_env = False
    return sdk


def test_one_is_stored_shown_and_read(admin, source):
    sent = alarm(source, "a", test_Pump={"number": 3})
    answer = admin.request("POST", ALARMS, json_body=sent, accept=media("alarm"))
    assert answer.status_code == 201
    stored = answer.json()
    assert answer.headers["Location"] == stored["self"] == f"{admin.base}{ALARMS}/{stored['id']}"
    assert (stored["status"], stored["count"], stored["test_Pump"]) == ("ACTIVE", 1, {"number": 3})
    assert stored["source"]["id"] == source
    assert admin.get(f"{ALARMS}/{stored['id']}") == stored
    assert admin.get(ALARMS, source=source)["alarms"] == [stored]


def test_without_an_accept_header_only_the_link_is_answered(admin, source):
    answer = admin.request("POST", ALARMS, json_body=alarm(source, "a"), accept=None)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Location"].startswith(f"{admin.base}{ALARMS}/")


def test_raised_by_many_at_once_nothing_is_lost(admin, server, source):
    def raise_once(_):
        while True:
            answer = admin.request("POST", ALARMS, json_body=alarm(source, "a"))
            if answer.status_code != 503:
                return answer.json()["id"]

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(raise_once, range(40)))
    assert len(ids) == 1
    (stored,) = admin.get(ALARMS, source=source, resolved="false")["alarms"]
    assert stored["count"] == 40
    assert stored["firstOccurrenceTime"] == stored["time"]
    shown = admin.get(f"/inventory/managedObjects/{source}")["c8y_ActiveAlarmsStatus"]
    assert shown == {"critical": 0, "major": 1, "minor": 0, "warning": 0}


def test_what_is_not_there_or_makes_no_sense_is_told(admin, source):
    check_problem(admin.request("GET", f"{ALARMS}/{ABSENT}"), 404, "alarm/Not Found")
    check_problem(admin.request("GET", f"{ALARMS}/x"), 404, "alarm/Not Found")
    assert admin.request("POST", ALARMS, json_body=alarm(ABSENT, "a")).status_code == 422
    assert admin.request("GET", f"{ALARMS}?severity=bad").status_code == 422
    assert admin.request("PUT", ALARMS, json_body={"status": "CLEARED"}).status_code == 422
    assert admin.request("DELETE", ALARMS).status_code == 422


class TestSdk:
    def test_an_alarm_lives_from_its_raising_to_its_deletion(self, sdk, kind):
        device = Device(sdk, name="pump", type=kind).create()
        raised = Alarm(
            sdk, type=kind, time="now", source=device.id, text="wrong", severity=Alarm.Severity.MAJOR, test_Extra={"x": 1}
        ).create()
        assert (raised.count, raised.status, raised.test_Extra.x) == (1, "ACTIVE", 1)
        again = Alarm(sdk, type=kind, time="now", source=device.id, text="other", severity="MINOR").create()
        assert (again.id, again.count, again.text) == (raised.id, 2, "wrong")
        # This client asks for `first_occurrence_datetime` under another name than it reads it.
        assert again.first_occurrence is not None
        # Not `raised.update()`: that puts two slashes into the path, which is no path of the API.
        sdk.alarms.apply_to({"status": "ACKNOWLEDGED", "text": "seen"}, raised.id)
        changed = sdk.alarms.get(raised.id)
        assert (changed.status, changed.text, changed.count) == ("ACKNOWLEDGED", "seen", 2)
        assert sdk.alarms.get(raised.id).text == "seen"
        sdk.alarms.apply_to({"severity": "CRITICAL"}, raised.id)
        assert sdk.alarms.get(raised.id).severity == "CRITICAL"
        raised.delete()
        assert sdk.alarms.get_all(source=device.id) == []
        with pytest.raises(KeyError):
            sdk.alarms.get(raised.id)
        device.delete()

    def test_many_are_listed_counted_changed_and_deleted_by_filter(self, sdk, kind):
        device = Device(sdk, name="pump", type=kind).create()
        alarms = [
            Alarm(type=f"{kind}_{number}", time="now", source=device.id, text="wrong", severity="MAJOR")
            for number in range(7)
        ]
        sdk.alarms.create(*alarms)
        found = sdk.alarms.get_all(source=device.id, page_size=2)
        assert {alarm.type for alarm in found} == {alarm.type for alarm in alarms}
        assert sdk.alarms.count(source=device.id, severity="MAJOR") == 7
        assert sdk.alarms.count(source=device.id, type=f"{kind}_3") == 1
        sdk.alarms.apply_by(Alarm(status="CLEARED"), source=device.id, status="ACTIVE")
        assert sdk.alarms.count(source=device.id, resolved="true") == 7
        sdk.alarms.delete_by(source=device.id, type=f"{kind}_3")
        assert sdk.alarms.count(source=device.id) == 6
        sdk.alarms.delete_by(source=device.id)
        assert sdk.alarms.count(source=device.id) == 0
        device.delete()
