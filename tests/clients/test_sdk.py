"""The official Python SDK (`c8y_api`), unchanged, as an application would use it."""

from datetime import datetime, timezone

import pytest
from c8y_api import CumulocityApi
from c8y_api.model import Celsius, Device, DeviceGroup, GlobalRole, ManagedObject, Measurement, TenantOption, User
from conftest import ADMIN_PASSWORD, MANAGEMENT_PASSWORD

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def connected(client, password):
    sdk = CumulocityApi(client.base, client.tenant, client.user, password)
    sdk.session.verify = str(client.ca)
    sdk.session.trust_env = False
    return sdk


@pytest.fixture(scope="module")
def sdk(admin):
    return connected(admin, ADMIN_PASSWORD)


def test_objects_are_created_found_changed_and_deleted(sdk, kind):
    pump = ManagedObject(sdk, name="pump (1) 'a'", type=kind, test_Spec={"power": 12.5}).create()
    assert sdk.inventory.get(pump.id).test_Spec.power == 12.5
    assert [found.id for found in sdk.inventory.select(type=kind)] == [pump.id]
    query = f"$filter=(type eq '{kind}') $orderby=name asc"
    assert [found.id for found in sdk.inventory.get_all(query=query)] == [pump.id]
    assert sdk.inventory.get_count(type=kind) == 1
    pump.name = "renamed"
    pump["test_More"] = {"x": 1}
    assert pump.update().name == "renamed"
    assert sdk.inventory.get(pump.id).test_More.x == 1
    pump.delete()
    assert sdk.inventory.get_all(type=kind) == []
    with pytest.raises(KeyError):
        sdk.inventory.get(pump.id)


def test_every_page_is_walked(sdk, kind):
    sdk.inventory.create(*[ManagedObject(name=f"n{number}", type=kind) for number in range(12)])
    assert len({found.id for found in sdk.inventory.select(type=kind, page_size=5)}) == 12


def test_children_and_groups_are_linked_and_unlinked(sdk, kind):
    parent, child = (Device(sdk, name=name, type=kind).create() for name in ("parent", "child"))
    parent.add_child_device(child)
    assert [linked.id for linked in parent.reload().child_devices] == [child.id]
    parent.unassign_child_device(child)
    assert parent.reload().child_devices == []
    group = DeviceGroup(sdk, root=True, name="site").create()
    sdk.group_inventory.assign_children(group.id, child.id)
    assert [linked.id for linked in sdk.group_inventory.get(group.id).child_assets] == [child.id]
    sdk.group_inventory.unassign_children(group.id, child.id)
    below = group.create_child("room")
    group.delete_tree()
    assert sdk.inventory.get_all(ids=[group.id, below.id]) == []
    assert sdk.inventory.get(child.id).name == "child"


def test_external_ids_lead_to_their_object(sdk, kind):
    item = ManagedObject(sdk, name="known", type=kind).create()
    sdk.identity.create(f"{kind} serial 1", "c8y_Serial", item.id)
    assert sdk.identity.get_id(f"{kind} serial 1", "c8y_Serial") == item.id
    assert [external.external_id for external in sdk.identity.get_all(item.id)] == [f"{kind} serial 1"]
    sdk.identity.delete(f"{kind} serial 1", "c8y_Serial")
    with pytest.raises(KeyError):
        sdk.identity.get_id(f"{kind} serial 1", "c8y_Serial")


def test_measurements_are_stored_listed_and_collected(sdk, kind):
    source = Device(sdk, name="thermometer", type=kind).create().id

    def at_minute(minute):
        air = {"T": Celsius(20 + minute)}
        return Measurement(type=kind, source=source, time=NOON.replace(minute=minute), test_Air=air)

    one = at_minute(0)
    one.c8y = sdk
    assert sdk.measurements.get(one.create().id)["test_Air"]["T"]["value"] == 20
    sdk.measurements.create(*[at_minute(minute) for minute in range(1, 10)])
    assert sdk.measurements.get_count(source=source) == 10
    assert len(sdk.measurements.get_all(source=source, type=kind, page_size=3)) == 10
    span = {"after": NOON, "before": NOON.replace(hour=13)}
    series = sdk.measurements.get_series(source=source, **span)
    assert series.collect(series="test_Air.T", value="min") == [20 + minute for minute in range(10)]
    assert sdk.inventory.get_supported_series(source) == ["test_Air.T"]
    sdk.measurements.delete_by(source=source, **span)
    assert sdk.measurements.get_count(source=source) == 0


def test_users_and_roles_are_administered(sdk):
    role = GlobalRole(sdk, name="fitters", description="Fit devices").create()
    role.add_permissions("ROLE_INVENTORY_READ")
    user = User(sdk, username="fitter", email="fitter@example.org", password="four wooden bridges 4").create()
    user.assign_global_role(role.id)
    assert [assigned.name for assigned in sdk.users.get("fitter").retrieve_global_roles()] == ["fitters"]
    assert "ROLE_INVENTORY_READ" in {str(permission) for permission in sdk.global_roles.get(role.id).permission_ids}
    user = sdk.users.get("fitter")
    user.first_name = "Fay"
    assert user.update().first_name == "Fay"
    assert "fitter" in {found.username for found in sdk.users.get_all()}
    assert sdk.users.get_current().username == "admin"
    sdk.users.delete("fitter")
    sdk.global_roles.delete(role.id)


def test_users_are_put_below_others_and_lent_to_deputies(sdk):
    # R010
    (manager,) = (role for role in sdk.global_roles.get_all() if role.name == "Shared User Manager")

    def made(name):
        user = User(sdk, username=name, email=f"{name}@example.org", password="four wooden bridges 4").create()
        user.assign_global_role(manager.id)
        return user

    foreman, deputy, apprentice = (made(name) for name in ("foreman", "deputy", "apprentice"))
    apprentice.set_owner("foreman")
    assert sdk.users.get("apprentice").owner == "foreman"
    assert [user.username for user in sdk.users.get_all(owner="foreman")] == ["apprentice"]
    deputy.set_delegate("foreman")
    assert sdk.users.get("deputy").delegated_by == "foreman"
    with pytest.raises(ValueError):
        foreman.set_owner("apprentice")
    with pytest.raises(ValueError):
        foreman.delete()
    deputy.set_delegate(None)
    assert sdk.users.get("deputy").delegated_by is None
    apprentice.set_owner(None)
    assert sdk.users.get("apprentice").owner is None
    for user in (apprentice, deputy, foreman):
        user.delete()


def test_the_audit_log_is_read(sdk, kind):
    item = ManagedObject(sdk, name="noted", type=kind).create()
    records = sdk.audit_records.get_all(source=item.id)
    found = [(record.type, record.activity, record.user) for record in records]
    assert found == [("Inventory", "Managed object created", "admin")]


def test_tenants_are_listed_by_the_operator(management, other_admin):
    found = connected(management, MANAGEMENT_PASSWORD).tenants.get_all()
    assert {"t100", other_admin.tenant} <= {tenant.id for tenant in found}


def test_tenant_options_are_set_read_changed_and_deleted(sdk, kind):
    option = TenantOption(sdk, category=kind, key="too hot", value="1").create()
    assert (option.category, option.key, option.value) == (kind, "too hot", "1")
    sdk.tenant_options.set_value(kind, "credentials.password", "canary")
    sdk.tenant_options.update_by(kind, {"too hot": "2", "too cold": "3"})
    assert sdk.tenant_options.get_all_mapped(category=kind) == {
        "too hot": "2", "too cold": "3", "credentials.password": "<<Encrypted>>",
    }
    assert sdk.tenant_options.get_value(kind, "too cold") == "3"
    option.value = "4"
    sdk.tenant_options.update(option)
    listed = {found.key: found.value for found in sdk.tenant_options.select(page_size=2) if found.category == kind}
    assert listed == {"too hot": "4", "too cold": "3", "credentials.password": "<<Encrypted>>"}
    for key in listed:
        sdk.tenant_options.delete_by(kind, key)
    with pytest.raises(KeyError):
        sdk.tenant_options.get(kind, "too hot")
