"""A pytest plugin of the integration tests of c8y_api: gives each worker a tenant of its own, so that tests of files
that run at the same time do not see one another's users, options and sessions; and has the program's authority trusted
where the client asks past the environment."""

import os

import requests.adapters

# Imported before the tests' own conftest, which reads the environment.
os.environ["C8Y_TENANT"] = "it-" + os.environ.get("PYTEST_XDIST_WORKER", "gw0")
requests.adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["REQUESTS_CA_BUNDLE"]
