"""Starts the program once for all tests, with two tenants and a user of each kind, and ends it after the last.

Administrators get their passwords in the two ways there are: t100's from a password file, the management tenant's by
redeeming its one-time set-up secret.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from client import Client, fresh
from program import Program, run

ADMIN_PASSWORD = "four wooden bridges 1"
MANAGEMENT_PASSWORD = "four wooden bridges 2"
OTHER_PASSWORD = "four wooden bridges 3"
SECRET_LINE = "set-up secret of management/admin"


@dataclass
class Server:
    """The running program and its management administrator's first secret, which is used up."""

    program: Program
    ca: Path
    used_secret: str

    def client(self, tenant=None, user=None, password=None, address=None):
        """A client of this server."""
        return Client(self.program.base, self.ca, tenant, user, password, address)

    def new_tenant(self, tenant, **properties):
        """Creates a tenant; gives its administrator."""
        new = {"id": tenant, "domain": tenant, "company": tenant, "adminName": "admin", "adminPass": OTHER_PASSWORD}
        management = self.client("management", "admin", MANAGEMENT_PASSWORD)
        management.post("/tenant/tenants", new | properties)
        return self.client(tenant, properties.get("adminName", "admin"), OTHER_PASSWORD)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("server")
    password_file = directory / "password.txt"
    password_file.write_text(ADMIN_PASSWORD + "\n")
    data = ("--data-dir", directory / "data")
    printed = run(
        "init", *data, "--tenant", "t100", "--admin-user", "admin", "--admin-password-file", password_file,
        directory=directory,
    )
    secrets = [line.rsplit(": ", 1)[1] for line in printed.splitlines() if line.startswith(SECRET_LINE)]
    assert len(secrets) == 1 and ADMIN_PASSWORD not in printed, printed
    program = Program("serve", *data, "--listen-https", "127.0.0.1:0", directory=directory)
    server = Server(program, directory / "data/tls/ca.pem", secrets[0])
    try:
        answer = server.client().request("POST", "/tenant/setup", json_body={
            "tenant": "management", "userName": "admin", "secret": secrets[0], "password": MANAGEMENT_PASSWORD,
        })
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        yield server
    finally:
        program.stop()


@pytest.fixture(scope="session")
def admin(server):
    """The administrator of t100."""
    return server.client("t100", "admin", ADMIN_PASSWORD)


@pytest.fixture(scope="session")
def management(server):
    """The administrator of the platform."""
    return server.client("management", "admin", MANAGEMENT_PASSWORD)


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
