"""What is stored, and who is told, by the processing mode that a client asks for."""

import pytest
from client import check_problem
from test_realtime import Follower

HEADER = "X-Cumulocity-Processing-Mode"
NOON = "2026-03-01T12:00:00.000Z"


@pytest.fixture(scope="module")
def source(admin):
    return admin.new_object(name="modes", c8y_IsDevice={})["id"]


def send(client, path, body, mode):
    headers = {} if mode is None else {HEADER: mode}
    return client.request("POST", path, json_body=body, headers=headers)


def documents(source):
    common = {"source": {"id": source}, "type": "test_Modes", "time": NOON}
    return {
        "measurements": ("/measurement/measurements", common | {"test_F": {"s": {"value": 1}}}),
        "events": ("/event/events", common | {"text": "t"}),
    }


@pytest.mark.parametrize("mode, is_stored, is_told", [
    (None, True, True), ("PERSISTENT", True, True), ("TRANSIENT", False, True), ("QUIESCENT", True, False),
])
@pytest.mark.parametrize("kind", ["measurements", "events"])
def test_a_mode_says_what_is_stored_and_who_is_told(admin, mode, is_stored, is_told, kind):
    source = admin.new_object(name="modes", c8y_IsDevice={})["id"]
    path, body = documents(source)[kind]
    follower = Follower(admin)
    follower.say("subscribe", subscription=f"/{kind}/{source}")
    assert send(admin, path, body, mode).status_code == 201
    assert len(admin.get(path, source=source)[kind]) == int(is_stored)
    # One that is told in any case comes next, so what comes first says whether the other was.
    last = send(admin, path, body | {"type": "test_Last"}, "TRANSIENT")
    assert last.status_code == 201
    types = []
    while "test_Last" not in types:
        types += [told["data"]["data"]["type"] for told in follower.told()]
    assert types == (["test_Modes", "test_Last"] if is_told else ["test_Last"])


@pytest.mark.parametrize("path, body", [
    ("/alarm/alarms", {"type": "t", "text": "t", "severity": "MAJOR", "time": NOON}),
    ("/tenant/options", {"category": "modes", "key": "k", "value": "v"}),
])
def test_a_mode_that_is_not_offered_is_refused_and_nothing_is_stored(admin, source, path, body):
    body = body | {"source": {"id": source}} if path.startswith("/alarm") else body
    check_problem(send(admin, path, body, "TRANSIENT"), 422)
    if path.startswith("/alarm"):
        assert admin.get(path, source=source)["alarms"] == []
    else:
        assert admin.request("GET", f"{path}/modes/k").status_code == 404


@pytest.mark.parametrize("mode", ["CEP", "transient", "x", ""])
def test_a_word_that_is_no_mode_is_refused(admin, source, mode):
    path, body = documents(source)["events"]
    check_problem(send(admin, path, body, mode), 422)
    assert admin.get(path, source=source)["events"] == []
