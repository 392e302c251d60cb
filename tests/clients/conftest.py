"""Starts the program once for all tests, with two tenants and a user of each kind, and ends it after the last."""

import pytest
from client import fresh
from stage import ADMIN_PASSWORD, MANAGEMENT_PASSWORD, OTHER_PASSWORD, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def admin(server):
    """The administrator of t100."""
    return server.client("t100", "admin", ADMIN_PASSWORD)


@pytest.fixture(scope="session")
def management(server):
    """The administrator of the platform."""
    return server.management()


@pytest.fixture(scope="session")
def other_admin(server):
    """The administrator of t200."""
    return server.new_tenant("t200")


def new_user(server, admin, name, groups=(), roles=()):
    """A user of the administrator's tenant in these groups and with these roles."""
    ids = {group["name"]: group["id"] for group in admin.get(f"/user/{admin.tenant}/groups", pageSize=100)["groups"]}
    admin.post(f"/user/{admin.tenant}/users", {
        "userName": name, "email": f"{name}@example.org", "password": OTHER_PASSWORD,
        "groups": {"references": [{"group": {"id": ids[group]}} for group in groups]},
        "roles": {"references": [{"role": {"id": role}} for role in roles]},
    })
    return server.client(admin.tenant, name, OTHER_PASSWORD)


@pytest.fixture(scope="session")
def reader(server, admin):
    """May read everything of t100 and change nothing."""
    return new_user(server, admin, "reader", groups=["readers"])


@pytest.fixture(scope="session")
def creator(server, admin):
    """May create objects in t100, and has what it owns."""
    return new_user(server, admin, "creator", roles=["ROLE_INVENTORY_CREATE"])


@pytest.fixture(scope="session")
def device(server, admin):
    """A device of t100."""
    return new_user(server, admin, "device_meter-1", groups=["devices"])


@pytest.fixture(scope="session")
def nobody(server, admin):
    """May sign in to t100, and nothing else."""
    return new_user(server, admin, "nobody")


@pytest.fixture
def kind():
    """A type that only this test's objects have, so that lists can be narrowed to them."""
    return fresh("test_Kind")
