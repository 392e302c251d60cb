"""Operations and bulk operations: what devices are asked, by the official Python SDK and by hand."""

from datetime import datetime, timedelta, timezone

import pytest
from c8y_api.model import BulkOperation, Device, DeviceGroup, Operation
from client import fresh
from conftest import ADMIN_PASSWORD, new_user
from test_sdk import connected

OPERATIONS = "/devicecontrol/operations"


@pytest.fixture(scope="module")
def sdk(admin):
    return connected(admin, ADMIN_PASSWORD)


@pytest.fixture
def agent(sdk, kind):
    """A new agent."""
    return Device(sdk, name="agent", type=kind, com_cumulocity_model_Agent={}).create()


def test_an_operation_goes_its_way_by_the_sdk(sdk, agent):
    created = Operation(sdk, agent.id, description="Say it", c8y_Command={"text": "ls"}).create()
    assert (created.status, created.device_id) == (Operation.Status.PENDING, agent.id)
    assert int(created.id) < 2**32
    created.status = Operation.Status.EXECUTING
    created.description = "Say it again"
    updated = created.update()
    assert (updated.status, updated.description) == ("EXECUTING", "Say it again")
    updated.status = Operation.Status.SUCCESSFUL
    updated["c8y_Command"] = {"text": "ls", "result": "a"}
    updated.update()
    read = sdk.operations.get(created.id)
    assert (read.status, read.c8y_Command.result) == ("SUCCESSFUL", "a")
    assert read.creation_datetime <= datetime.now(timezone.utc) + timedelta(seconds=60)


def test_operations_are_found_counted_and_deleted_by_the_sdk(sdk, agent):
    made = [Operation(sdk, agent.id, c8y_Restart={}).create() for _ in range(3)]
    made[1].status = "FAILED"
    made[1].update()
    ids = [operation.id for operation in made]
    assert [found.id for found in sdk.operations.get_all(device_id=agent.id)] == ids
    assert [found.id for found in sdk.operations.get_all(agent_id=agent.id, status="PENDING")] == [ids[0], ids[2]]
    assert [found.id for found in sdk.operations.select(device_id=agent.id, fragment="c8y_Restart", limit=2)] == ids[:2]
    assert sdk.operations.get_last(device_id=agent.id).id == ids[2]
    assert sdk.operations.get_count(device_id=agent.id) == 3
    sdk.operations.delete_by(device_id=agent.id, status="FAILED")
    assert [found.id for found in sdk.operations.get_all(device_id=agent.id)] == [ids[0], ids[2]]
    with pytest.raises(KeyError):
        sdk.operations.get(ids[1])


def test_a_bulk_operation_asks_every_device_of_a_group_once(server, sdk, kind):
    group = DeviceGroup(sdk, root=True, name=kind).create()
    devices = [Device(sdk, name="agent", type=kind, com_cumulocity_model_Agent={}).create() for _ in range(3)]
    sdk.group_inventory.assign_children(group.id, *[device.id for device in devices])
    start = datetime.now(timezone.utc) + timedelta(seconds=1)
    plan = BulkOperation(
        sdk, group_id=group.id, start_time=start, creation_ramp=0.5, operation_prototype={"c8y_Restart": {}},
    ).create()
    assert plan.general_status == "SCHEDULED"

    def asked():
        found = sdk.bulk_operations.get(plan.id)
        return found if found.status == BulkOperation.Status.COMPLETED else None

    done = server.program.eventually(asked, 30)
    assert (done.general_status, done.progress.pending, done.progress.all) == ("EXECUTING", 3, 3)
    operations = sdk.operations.get_all(bulk_id=plan.id)
    assert sorted(operation.device_id for operation in operations) == sorted(device.id for device in devices)
    for operation in operations:
        operation.status = "SUCCESSFUL"
        operation.update()
    assert sdk.bulk_operations.get(plan.id).general_status == "SUCCESSFUL"
    assert plan.id in [found.id for found in sdk.bulk_operations.get_all()]


def test_whoever_may_only_restart_may_only_restart(server, admin, sdk, agent):
    # R032
    name = fresh("restarter")
    who = new_user(server, admin, name)
    rule = f"{agent.id}, OPERATION, c8y_Restart, *"
    path = f"/user/{admin.tenant}/users/{name}/permissions"
    answer = admin.request("PUT", path, json_body={"rules": [{"text": rule}]})
    assert answer.status_code == 200, answer.text
    restart = {"deviceId": agent.id, "c8y_Restart": {}}
    assert who.post(OPERATIONS, restart)["status"] == "PENDING"
    for refused in (restart | {"c8y_Command": {}}, {"deviceId": agent.id, "c8y_Command": {}}, {"deviceId": agent.id}):
        assert who.status("POST", OPERATIONS, json_body=refused) == 403
    text = '{"deviceId":"%s","c8y_Restart":{},"c8y_\\u0043ommand":{}}' % agent.id
    headers = {"Content-Type": "application/json"}
    assert who.status("POST", OPERATIONS, body=text, headers=headers) == 403
    twice = '{"deviceId":"%s","c8y_Restart":{},"c8y_Restart":{}}' % agent.id
    assert who.status("POST", OPERATIONS, body=twice, headers=headers) == 400
    assert sdk.operations.get_count(device_id=agent.id) == 1
