"""Inventory roles, their assignment and permissions of single objects, through the official Python SDK and plain calls."""

import pytest
from c8y_api.model import AnyPermission, Device, InventoryRole, ReadPermission, User
from client import fresh
from conftest import ADMIN_PASSWORD, OTHER_PASSWORD
from test_sdk import connected

BUILT_IN = {"Reader", "Manager", "Operations: All", "Operations: Restart Device"}


@pytest.fixture(scope="module")
def sdk(admin):
    return connected(admin, ADMIN_PASSWORD)


@pytest.fixture
def joe(sdk, server):
    """A user without any right, and the SDK as this user."""
    name = fresh("joe-")
    user = User(sdk, username=name, email=f"{name}@example.org", password=OTHER_PASSWORD).create()
    yield user, connected(server.client("t100", name, OTHER_PASSWORD), OTHER_PASSWORD)
    user.delete()


def test_inventory_roles_are_created_found_changed_and_deleted(sdk):
    assert BUILT_IN <= {role.name for role in sdk.inventory_roles.get_all()}
    name = fresh("role-")
    permissions = [ReadPermission(scope="EVENT"), AnyPermission(scope="OPERATION", type="c8y_Restart")]
    role = InventoryRole(sdk, name=name, description="one", permissions=permissions).create()
    again = sdk.inventory_roles.get(role.id)
    assert (again.name, again.description) == (name, "one")
    assert [(one.scope, one.type, one.level) for one in again.permissions] == [
        ("EVENT", "*", "READ"), ("OPERATION", "c8y_Restart", "*"),
    ]
    again.c8y, again.description, again.permissions = sdk, "two", again.permissions[:1]
    changed = again.update()
    assert (changed.name, changed.description, len(changed.permissions)) == (name, "two", 1)
    with pytest.raises(ValueError):
        InventoryRole(sdk, name=name, permissions=[]).create()
    sdk.inventory_roles.delete(role.id)
    assert name not in {role.name for role in sdk.inventory_roles.get_all()}


def test_an_assigned_role_reaches_what_hangs_below_until_it_is_taken_away(sdk, joe, kind):
    user, as_joe = joe
    site, pump = (Device(sdk, name=name, type=kind).create() for name in ("site", "pump"))
    assert as_joe.inventory.get_all(type=kind) == []
    reader = next(role for role in sdk.inventory_roles.get_all() if role.name == "Reader")
    user.assign_inventory_roles(site.id, reader)
    assert [found.id for found in as_joe.inventory.get_all(type=kind)] == [site.id]
    site.add_child_device(pump)
    assert {found.id for found in as_joe.inventory.get_all(type=kind)} == {site.id, pump.id}
    assignments = user.retrieve_inventory_role_assignments()
    assert [(one.managed_object, one.roles[0].name) for one in assignments] == [(site.id, "Reader")]
    site.unassign_child_device(pump)
    assert [found.id for found in as_joe.inventory.get_all(type=kind)] == [site.id]
    user.unassign_inventory_roles(*[one.id for one in assignments])
    assert as_joe.inventory.get_all(type=kind) == []


def test_rules_are_written_in_lines_and_seen_from_the_object(admin, sdk, joe, kind):
    user, as_joe = joe
    pump = Device(sdk, name="pump", type=kind).create()
    path = f"/user/t100/users/{user.username}/permissions"
    line = f"{pump.id}, MANAGED_OBJECT, *, READ"
    answer = admin.request("PUT", path, body=line, headers={"Content-Type": "text/plain"}, accept="text/plain")
    assert (answer.status_code, answer.text) == (200, line + "\n")
    assert as_joe.inventory.get(pump.id).name == "pump"
    owners = admin.get(f"/user/devicePermissions/{pump.id}")
    assert owners["users"][0]["devicePermissions"] == {pump.id: ["MANAGED_OBJECT:*:READ"]}
    tag = {"If-Match": answer.headers["ETag"]}
    assert admin.request("PUT", path, json_body={"rules": []}, headers=tag).status_code == 200
    assert admin.request("PUT", path, json_body={"rules": []}, headers=tag).status_code == 412
    with pytest.raises(KeyError):
        as_joe.inventory.get(pump.id)
