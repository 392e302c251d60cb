"""The program with two realms in it, for whoever needs a server: the management tenant and t100.

Administrators get their passwords in the two ways there are: t100's from a password file, the management tenant's by
redeeming its one-time set-up secret.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from client import Client
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

    def management(self):
        """The administrator of the platform."""
        return self.client("management", "admin", MANAGEMENT_PASSWORD)

    def restart(self):
        """The program ends in good order and starts again on the same data."""
        self.program.stop()
        directory = self.program.directory
        self.program = Program(
            "serve", "--data-dir", directory / "data", "--listen-https", "127.0.0.1:0", directory=directory,
        )

    def new_tenant(self, tenant, **properties):
        """Creates a tenant; gives its administrator."""
        new = {"id": tenant, "domain": tenant, "company": tenant, "adminName": "admin", "adminPass": OTHER_PASSWORD}
        self.management().post("/tenant/tenants", new | properties)
        return self.client(tenant, properties.get("adminName", "admin"), OTHER_PASSWORD)


@contextmanager
def serving(directory, *options):
    """A server with its data below this directory; it has ended when this has. `serve` gets these options too."""
    password_file = directory / "password.txt"
    password_file.write_text(ADMIN_PASSWORD + "\n")
    data = ("--data-dir", directory / "data")
    printed = run(
        "init", *data, "--tenant", "t100", "--admin-user", "admin", "--admin-password-file", password_file,
        directory=directory,
    )
    secrets = [line.rsplit(": ", 1)[1] for line in printed.splitlines() if line.startswith(SECRET_LINE)]
    assert len(secrets) == 1 and ADMIN_PASSWORD not in printed, printed
    program = Program("serve", *data, "--listen-https", "127.0.0.1:0", *options, directory=directory)
    server = Server(program, directory / "data/tls/ca.pem", secrets[0])
    try:
        answer = server.client().request("POST", "/tenant/setup", json_body={
            "tenant": "management", "userName": "admin", "secret": secrets[0], "password": MANAGEMENT_PASSWORD,
        })
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        yield server
    finally:
        server.program.stop()
