"""The surface as the program describes it: every path and method of `GET /api/openapi.json`."""

import re
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Endpoint:
    """A declared endpoint."""

    method: str
    path: str
    parameters: tuple
    has_body: bool
    is_public: bool

    @property
    def placeholders(self):
        """The names in the path."""
        return PLACEHOLDER.findall(self.path)

    def __str__(self):
        return f"{self.method} {self.path}"


def endpoints(client):
    """Every declared endpoint."""
    document = client.get("/api/openapi.json")
    assert document["openapi"].startswith("3."), "an OpenAPI document"
    found = [
        Endpoint(
            method.upper(), path,
            tuple(parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"),
            "requestBody" in operation, bool(operation["x-required-permission"].get("public")),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "put", "post", "delete", "patch", "head", "options")
    ]
    assert len(found) > 50, "fewer endpoints than there are resources"
    return found


def filled(path, values):
    """A path with its placeholders replaced."""
    return PLACEHOLDER.sub(lambda place: values[place[1]], path)
