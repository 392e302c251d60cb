"""Retention rules and usage statistics, against the running program."""


import pytest
from client import fresh

RULES = "/retention/retentions"
EXECUTIONS = "/retention/executions"
OLD = "2020-01-01T00:00:00Z"
SECONDS_MAX = 60


@pytest.fixture
def tenant(server):
    """The administrator of a new tenant without rules."""
    admin = server.new_tenant(fresh("keeper").replace("_", ""))
    for rule in admin.get(RULES)["retentionRules"]:
        assert (rule["dataType"], rule["maximumAge"]) == ("*", 60)
        assert admin.request("DELETE", f"{RULES}/{rule['id']}").status_code == 204
    return admin


def run(server, admin):
    """Lets the rules run, and gives what they have removed."""
    started = admin.request("POST", EXECUTIONS)
    assert started.status_code == 202, started.text

    def completed():
        run = admin.get(EXECUTIONS)
        return run if run["status"] == "COMPLETED" else None

    return [rule["removed"] for rule in server.program.eventually(completed, SECONDS_MAX)["rules"]]


def test_what_is_too_old_goes_and_the_rest_stays(server, tenant):
    device = tenant.new_object(name="d", c8y_IsDevice={})
    source = {"id": device["id"]}
    points = [
        {"source": source, "time": moment, "type": "t", fragment: {"s": {"value": 1}}}
        for moment in [OLD, "2100-01-01T00:00:00Z"] for fragment in ["c8y_T", "c8y_U"] for _ in range(500)
    ]
    tenant.post("/measurement/measurements", {"measurements": points})
    event = tenant.post("/event/events", {"source": source, "time": OLD, "type": "t", "text": "x"})
    alarm = tenant.post(
        "/alarm/alarms", {"source": source, "time": OLD, "type": "t", "text": "x", "severity": "MAJOR"})
    tenant.post(RULES, {"dataType": "MEASUREMENT", "fragmentType": "c8y_T", "maximumAge": 30})
    tenant.post(RULES, {"dataType": "ALARM", "maximumAge": 1})

    preview = tenant.get(f"{EXECUTIONS}/preview")
    expected = [{"MEASUREMENT": 500}, {"ALARM": 0}]
    assert ([rule["removed"] for rule in preview["rules"]], preview["complete"]) == (expected, True)
    assert run(server, tenant) == expected
    path = f"/measurement/measurements?source={device['id']}&withTotalElements=true&pageSize=1"
    assert tenant.get(path)["statistics"]["totalElements"] == 1_500
    assert tenant.get(f"/event/events/{event['id']}")["id"] == event["id"]
    assert tenant.get(f"/alarm/alarms/{alarm['id']}")["status"] == "ACTIVE"
    records = tenant.get("/audit/auditRecords?type=RetentionRule&pageSize=100")["auditRecords"]
    assert sum(record["activity"] == "Data removed by retention rule" for record in records) == 1


def test_a_rule_stays_as_it_was_when_a_change_is_refused(tenant):
    rule = tenant.post(RULES, {"dataType": "EVENT", "maximumAge": 20})
    path = f"{RULES}/{rule['id']}"
    for change in [{"maximumAge": 0}, {"dataType": "AUDIT"}, {"source": "x"}, {"editable": False}]:
        refused = tenant.request("PUT", path, json_body=change)
        assert refused.status_code == 422, refused.text
    assert tenant.get(path) == rule


def test_a_tenant_sees_its_usage_and_no_other(server, tenant, management):
    tenant.new_object(name="d", c8y_IsDevice={})
    own = tenant.get("/tenant/statistics/summary")
    assert own["subscribedApplications"] == []
    assert tenant.request("GET", "/tenant/statistics").status_code == 200
    other = tenant.request("GET", "/tenant/statistics/summary?tenant=management")
    nobody = tenant.request("GET", "/tenant/statistics/summary?tenant=t999999")
    assert (other.status_code, other.text) == (403, nobody.text)
    assert tenant.request("GET", "/tenant/statistics/allTenantsSummary").status_code == 403
    summaries = management.get("/tenant/statistics/allTenantsSummary")
    assert tenant.tenant in [summary["tenantId"] for summary in summaries]
    file = management.post("/tenant/statistics/files", {"dateFrom": "2026-01-01", "dateTo": "2026-02-01"})
    table = management.request("GET", f"/tenant/statistics/files/{file['id']}")
    assert table.headers["Content-Type"] == "application/octet-stream"
    assert any(line.startswith(f"{tenant.tenant},") for line in table.text.splitlines())
