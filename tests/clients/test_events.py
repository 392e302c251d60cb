"""Events, their attachments and binaries, through the official Python SDK and plain calls."""

import io
import os
from datetime import datetime, timedelta, timezone

import pytest
from c8y_api.model import Binary, Device, Event
from client import fresh
from conftest import ADMIN_PASSWORD
from test_sdk import connected

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MIB = 1 << 20


@pytest.fixture(scope="module")
def sdk(admin):
    return connected(admin, ADMIN_PASSWORD)


@pytest.fixture
def source(sdk, kind):
    return Device(sdk, name="door", type=kind).create().id


@pytest.fixture
def event(sdk, source):
    return Event(sdk, type="door", time=NOON, source=source, text="open", test_Door={"number": 3}).create()


def test_events_are_stored_found_changed_and_deleted(sdk, source, event):
    assert (event.text, event.type, event.source, event.test_Door.number) == ("open", "door", source, 3)
    event.text = "closed"
    event["test_More"] = "red"
    changed = event.update()
    assert (changed.text, changed.test_More) == ("closed", "red")
    again = sdk.events.get(event.id)
    assert (again.text, again.time) == ("closed", "2026-03-01T12:00:00.000Z")
    by_value = sdk.events.get_all(source=source, fragment_type="test_More", fragment_value="red")
    assert [found.id for found in by_value] == [event.id]
    assert sdk.events.get_all(source=source, type="other") == []
    sdk.events.delete(event.id)
    with pytest.raises(KeyError):
        sdk.events.get(event.id)


def test_lists_are_in_the_order_of_times_and_page_by_page(sdk, source):
    times = [NOON + timedelta(seconds=number) for number in (3, 1, 4, 0, 2)]
    sdk.events.create(*[Event(type="t", time=time, source=source, text=str(time.second)) for time in times])
    assert [found.text for found in sdk.events.select(source=source, page_size=2)] == ["4", "3", "2", "1", "0"]
    forward = sdk.events.get_all(source=source, after=NOON, reverse=True)
    assert [found.text for found in forward] == ["0", "1", "2", "3", "4"]
    assert sdk.events.get_count(source=source) == 5
    sdk.events.delete_by(source=source, before=NOON + timedelta(seconds=2))
    assert {found.text for found in sdk.events.get_all(source=source)} <= {"2", "3", "4"}


def test_below_a_source(sdk, source, event, kind):
    child = Device(sdk, name="lock", type=kind).create()
    sdk.inventory.get(source).add_child_device(child)
    other = Event(sdk, type="door", time=NOON, source=child.id, text="locked").create()
    found = {one.id for one in sdk.events.select(source=source, with_source_devices=True)}
    assert found == {event.id, other.id}


def test_an_attachment_comes_back_byte_for_byte(sdk, admin, event):
    assert not event.has_attachment()
    content = os.urandom(3 * MIB + 17)
    made = event.create_attachment(io.BytesIO(content), content_type="image/png")
    assert (made["source"], made["type"]) == (event.id, "image/png")
    assert sdk.events.get(event.id).has_attachment()
    assert event.download_attachment() == content
    path = f"/event/events/{event.id}/binaries"
    for header, expected in (
        ("bytes=0-99", content[:100]), ("bytes=-5", content[-5:]), (f"bytes={MIB}-", content[MIB:]),
    ):
        part = admin.request("GET", path, headers={"Range": header})
        assert (part.status_code, part.content) == (206, expected)
    with pytest.raises(ValueError):
        event.create_attachment(io.BytesIO(b"x"))
    event.update_attachment(io.BytesIO(b"<svg/>"), content_type="image/svg+xml")
    read = admin.request("GET", path)
    assert (read.content, read.headers["Content-Type"]) == (b"<svg/>", "application/octet-stream")
    assert read.headers["Content-Disposition"].startswith("attachment;")
    event.delete_attachment()
    with pytest.raises(KeyError):
        event.download_attachment()


def test_binaries_are_uploaded_found_replaced_and_deleted(sdk, kind, tmp_path):
    content = os.urandom(MIB)
    file = tmp_path / "firmware.bin"
    file.write_bytes(content)
    binary = Binary(sdk, type=kind, name=fresh("firmware"), content_type="application/zip", file=str(file)).create()
    assert (binary.content_type, int(binary.length)) == ("application/zip", MIB)
    assert binary.read_file() == content
    assert [found.id for found in sdk.binaries.select(type=kind)] == [binary.id]
    file.write_bytes(b"other")
    sdk.binaries.update(binary.id, file=str(file), type="text/plain")
    assert sdk.binaries.read_file(binary.id) == b"other"
    sdk.binaries.delete(binary.id)
    with pytest.raises(KeyError):
        sdk.binaries.read_file(binary.id)


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(admin, event):
    path = f"/event/events/{event.id}/binaries"
    over = admin.request("POST", path, body=b"x" * (50 * MIB + 1), headers={"Content-Type": "text/plain"})
    assert over.status_code == 413
    assert admin.request("GET", path).status_code == 404


def test_another_tenants_files_are_not_there(admin, other_admin, event):
    path = f"/event/events/{event.id}/binaries"
    assert admin.request("POST", path, body=b"x", headers={"Content-Type": "text/plain"}).status_code == 201
    for method, body in (("GET", None), ("PUT", b"y"), ("DELETE", None)):
        assert other_admin.request(method, path, body=body, headers={"Content-Type": "text/plain"}).status_code == 404
    assert admin.request("GET", path).content == b"x"
