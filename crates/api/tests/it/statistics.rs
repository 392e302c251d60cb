//! Usage statistics as clients see them.

use crate::users::assert_documented;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const DAILY: &str = "/tenant/statistics";
const SUMMARY: &str = "/tenant/statistics/summary";
const ALL: &str = "/tenant/statistics/allTenantsSummary";
const FILES: &str = "/tenant/statistics/files";
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

fn device(house: &House, who: &Who) -> String {
    let body =
        json!({ "name": "d", "type": "c8y_Kind", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {} });
    let made = house.post(who, "/inventory/managedObjects", body).expect(201);
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// Stores two measurements and an event, which is changed; raises an alarm; asks for an operation.
fn use_it(house: &House, who: &Who, source: &str) {
    let time = "2026-11-18T00:00:00Z";
    let one = json!({ "source": { "id": source }, "time": time, "type": "t", "f": { "s": { "value": 1 } } });
    house
        .post(
            who,
            "/measurement/measurements",
            json!({ "measurements": [one, one] }),
        )
        .expect(201);
    let body = json!({ "source": { "id": source }, "time": time, "type": "t", "text": "x" });
    let event = house.post(who, "/event/events", body).expect(201).json();
    let path = format!("/event/events/{}", event["id"].as_str().expect("an id"));
    house.put(who, &path, json!({ "text": "y" })).expect(200);
    let body =
        json!({ "source": { "id": source }, "time": time, "type": "t", "text": "x", "severity": "MAJOR" });
    house.post(who, "/alarm/alarms", body).expect(201);
    let body = json!({ "deviceId": source, "c8y_Restart": {} });
    house.post(who, "/devicecontrol/operations", body).expect(201);
}

/// Writes what was counted and looks how much there is.
fn settle(house: &House) {
    house.wait(house.door.write_usage(true)).expect("written");
    house.wait(house.door.measure_usage()).expect("measured");
}

#[test]
fn what_a_tenant_does_is_counted_by_day() {
    let house = House::new();
    let admin = house.admin("t100");
    let (parent, child) = (device(&house, &admin), device(&house, &admin));
    let path = format!("/inventory/managedObjects/{parent}/childDevices");
    house
        .post(&admin, &path, json!({ "managedObject": { "id": child } }))
        .expect(201);
    use_it(&house, &admin, &child);
    settle(&house);
    let listed = house.get(&admin, DAILY).expect(200).json();
    assert_documented("UsageStatisticsCollection", &listed);
    let day = &listed["usageStatistics"][0];
    assert_documented("UsageStatistics", day);
    for (name, count) in [
        ("alarmsCreatedCount", 1),
        ("alarmsUpdatedCount", 0),
        ("deviceCount", 2),
        ("deviceEndpointCount", 1),
        ("deviceWithChildrenCount", 1),
        ("eventsCreatedCount", 1),
        ("eventsUpdatedCount", 1),
        ("inventoriesCreatedCount", 2),
        ("measurementsCreatedCount", 2),
        ("operationsCreatedCount", 1),
        ("operationsUpdatedCount", 0),
        ("requestCount", 8),
        ("deviceRequestCount", 8),
    ] {
        assert_eq!(day[name], count, "{name}");
    }
    assert_eq!(day["day"], "2026-11-18T00:00:00.000Z");
    assert_eq!(day["self"], "https://localhost/tenant/statistics/t100_20261118");
    assert!(day["storageSize"].as_u64().expect("a number") > 1_000);
    assert_eq!(day["resources"], json!({ "cpu": 0, "memory": 0, "usedBy": [] }));

    house.world.advance_millis(DAY_MILLIS);
    use_it(&house, &admin, &child);
    settle(&house);
    let listed = house
        .get(
            &admin,
            &format!("{DAILY}?dateFrom=2026-11-19&withTotalElements=true"),
        )
        .expect(200)
        .json();
    assert_eq!(listed["statistics"]["totalElements"], 1);
    assert_eq!(listed["usageStatistics"][0]["measurementsCreatedCount"], 2);
    let sum = house.get(&admin, SUMMARY).expect(200).json();
    assert_documented("UsageStatisticsSummary", &sum);
    assert_eq!(
        (&sum["measurementsCreatedCount"], &sum["deviceCount"]),
        (&json!(4), &json!(2))
    );
    assert_eq!(sum["day"], "2026-11-01T00:00:00.000Z");
    let sum = house
        .get(
            &admin,
            &format!("{SUMMARY}?dateFrom=2026-11-19&dateTo=2026-11-19"),
        )
        .expect(200)
        .json();
    assert_eq!(sum["measurementsCreatedCount"], 2);
    let none = house
        .get(
            &admin,
            &format!("{SUMMARY}?dateFrom=2026-12-19&dateTo=2026-11-19"),
        )
        .expect(200)
        .json();
    assert_eq!(none["requestCount"], 0);
    house
        .get(&admin, &format!("{SUMMARY}?dateFrom=tomorrow"))
        .expect(422);
}

#[test]
fn calls_of_applications_and_about_users_are_no_calls_of_devices() {
    let house = House::new();
    let admin = house.admin("t100");
    house.get(&admin, "/user/currentUser").expect(200);
    house.get(&admin, "/tenant/currentTenant").expect(200);
    house.get(&admin, "/inventory/managedObjects").expect(200);
    let request = house.request(&admin, "GET", "/inventory/managedObjects");
    house
        .send(request.header("X-Cumulocity-Application-Key", "key"), Value::Null)
        .expect(200);
    // What clients ask by themselves, and strangers, count for nobody.
    house.get(&admin, "/tenant/limit").expect(404);
    house
        .send(house.stranger("GET", "/inventory/managedObjects"), Value::Null)
        .expect(401);
    settle(&house);
    let day = house.get(&admin, DAILY).expect(200).json()["usageStatistics"][0].clone();
    assert_eq!(
        (&day["requestCount"], &day["deviceRequestCount"]),
        (&json!(4), &json!(1))
    );
}

#[test]
fn nobody_sees_the_usage_of_another_tenant_but_the_management_tenant() {
    let house = House::new();
    let (admin, other, operator) = (
        house.admin("t100"),
        house.admin("t200"),
        house.admin("management"),
    );
    let source = device(&house, &admin);
    use_it(&house, &admin, &source);
    settle(&house);
    // Another tenant learns nothing, not even whether it exists.
    let foreign = house
        .get(&other, &format!("{SUMMARY}?tenant=t100"))
        .expect(403)
        .text;
    let absent = house
        .get(&other, &format!("{SUMMARY}?tenant=t999"))
        .expect(403)
        .text;
    assert_eq!(foreign, absent);
    house.get(&other, ALL).expect(403);
    house.get(&other, FILES).expect(403);
    house
        .post(
            &other,
            FILES,
            json!({ "dateFrom": "2026-11-01", "dateTo": "2026-11-19" }),
        )
        .expect(403);
    for period in ["daily", "monthly"] {
        let path = format!("{DAILY}/device/t100/{period}/2026-11-18");
        house.get(&admin, &path).expect(200);
        house.get(&other, &path).expect(403);
        // What single devices do is not for the operator.
        house.get(&operator, &path).expect(403);
    }
    let own = house
        .get(&admin, &format!("{SUMMARY}?tenant=t100"))
        .expect(200)
        .json();
    let seen = house
        .get(&operator, &format!("{SUMMARY}?tenant=t100"))
        .expect(200)
        .json();
    assert_eq!(seen["measurementsCreatedCount"], 2);
    assert_eq!(own["measurementsCreatedCount"], 2);
    assert_eq!(
        house
            .get(&operator, &format!("{SUMMARY}?tenant=t999"))
            .expect(404)
            .error()
            .0,
        "security/Not Found"
    );

    let all = house.get(&operator, ALL).expect(200).json();
    let all = all.as_array().expect("a bare list").clone();
    let ids: Vec<_> = all
        .iter()
        .map(|tenant| tenant["tenantId"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids, ["management", "t100", "t200"]);
    assert_documented("TenantUsageSummary", &all[1]);
    assert_eq!(
        (&all[1]["deviceCount"], &all[1]["peakDeviceCount"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(all[2]["measurementsCreatedCount"], 0);

    let records = house
        .get(&operator, "/audit/auditRecords?type=Report")
        .expect(200)
        .json();
    let looked: Vec<_> = records["auditRecords"]
        .as_array()
        .expect("records")
        .iter()
        .map(|r| &r["source"]["id"])
        .collect();
    assert_eq!(looked, ["*", "t100"]);
}

#[test]
fn a_summary_needs_one_of_three_roles_and_the_rest_the_one_for_statistics() {
    let house = House::new();
    let inventory = house.person("t100", "inventory", &[Role::InventoryRead]);
    let statistics = house.person("t100", "statistics", &[Role::TenantStatisticsRead]);
    let nobody = house.person("t100", "nobody", &[]);
    house.get(&inventory, SUMMARY).expect(200);
    house.get(&inventory, DAILY).expect(403);
    house
        .get(&inventory, &format!("{DAILY}/device/t100/daily/2026-11-18"))
        .expect(403);
    house.get(&statistics, SUMMARY).expect(200);
    house.get(&statistics, DAILY).expect(200);
    house.get(&nobody, SUMMARY).expect(403);
    // What a device holds through its group reaches no further than what it owns.
    house.get(&house.device("t100", "device_x"), SUMMARY).expect(403);
}

#[test]
fn devices_are_counted_by_day_and_month_and_shown_as_far_as_they_may_be_read() {
    let house = House::new();
    let admin = house.admin("t100");
    let (parent, child) = (device(&house, &admin), device(&house, &admin));
    let path = format!("/inventory/managedObjects/{parent}/childDevices");
    house
        .post(&admin, &path, json!({ "managedObject": { "id": child } }))
        .expect(201);
    use_it(&house, &admin, &child);
    settle(&house);
    house.world.advance_millis(DAY_MILLIS);
    use_it(&house, &admin, &child);
    use_it(&house, &admin, &parent);
    settle(&house);
    let month = format!("{DAILY}/device/t100/monthly/2026-11-30");
    let shown = house.get(&admin, &month).expect(200).json();
    assert_documented("DeviceStatisticsCollection", &shown);
    let of_child =
        json!({ "deviceId": child, "count": 10, "deviceType": "c8y_Kind", "deviceParents": [parent] });
    let of_parent = json!({ "deviceId": parent, "count": 5, "deviceType": "c8y_Kind", "deviceParents": [] });
    assert_eq!(shown["statistics"], json!([of_parent, of_child]));
    let page = house
        .get(&admin, &format!("{month}?pageSize=1&currentPage=2"))
        .expect(200)
        .json();
    assert_eq!(page["statistics"], json!([of_child]));
    assert!(page["prev"].is_string() && page["next"].is_string());
    let day = house
        .get(&admin, &format!("{DAILY}/device/t100/daily/2026-11-18"))
        .expect(200)
        .json();
    assert_eq!(day["statistics"], json!([{ "deviceId": child, "count": 5 }]));
    let only = house
        .get(
            &admin,
            &format!("{DAILY}/device/t100/daily/2026-11-19?deviceId={parent}"),
        )
        .expect(200)
        .json();
    assert_eq!(only["statistics"], json!([{ "deviceId": parent, "count": 5 }]));
    // Who may not read devices sees how much they did, and nothing of what they are.
    let statistics = house.person("t100", "statistics", &[Role::TenantStatisticsRead]);
    let hidden = house.get(&statistics, &month).expect(200).json();
    assert_eq!(hidden["statistics"][1], json!({ "deviceId": child, "count": 10 }));
    for bad in ["2026-11", "2026-02-30", "today", "2026-11-18T00:00:00Z"] {
        house
            .get(&admin, &format!("{DAILY}/device/t100/daily/{bad}"))
            .expect(422);
    }
    house.get(&admin, &format!("{month}?deviceId=x")).expect(422);
}

#[test]
fn a_file_sums_up_every_tenant() {
    let house = House::new();
    let (admin, operator) = (house.admin("t100"), house.admin("management"));
    let source = device(&house, &admin);
    use_it(&house, &admin, &source);
    settle(&house);
    let made = house
        .post(
            &operator,
            FILES,
            json!({ "dateFrom": "2026-11-01", "dateTo": "2026-11-19T10:00:00Z" }),
        )
        .expect(201);
    let file = made.json();
    assert_documented("StatisticsFile", &file);
    assert_eq!(
        (&file["type"], &file["dateTo"]),
        (&json!("TEST"), &json!("2026-11-19T00:00:00.000Z"))
    );
    let at = format!("{FILES}/{}", file["id"].as_str().expect("an id"));
    assert_eq!(made.header("location"), format!("https://localhost{at}"));
    let table = house.get(&operator, &at).expect(200);
    assert_eq!(table.header("content-type"), "application/octet-stream");
    let lines: Vec<_> = table.text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[0].starts_with(
            "tenantId,tenantDomain,tenantCompany,parentTenantId,creationTime,alarmsCreatedCount"
        )
    );
    assert!(
        lines[2].starts_with("t100,t100.example.org,Company t100,,2026-11-18T00:00:00.000Z,1,0,1,"),
        "{}",
        lines[2]
    );
    house.get(&admin, &at).expect(403);
    let creator = house.person("management", "creator", &[Role::TenantManagementCreate]);
    house
        .post(
            &creator,
            FILES,
            json!({ "dateFrom": "2026-11-01", "dateTo": "2026-11-02" }),
        )
        .expect(201);
    house.get(&creator, &at).expect(403);
    for body in [
        json!({ "dateFrom": "2026-11-01" }),
        json!({ "dateFrom": "2026-11-19", "dateTo": "2026-11-01" }),
        json!({ "dateFrom": "2020-11-19", "dateTo": "2026-11-01" }),
        json!({ "dateFrom": "soon", "dateTo": "2026-11-01" }),
    ] {
        house.post(&operator, FILES, body).expect(422);
    }
    let gone = house
        .get(&operator, &format!("{FILES}/8000000000000001"))
        .expect(404);
    assert_eq!(gone.error().0, "statistics/Not Found");
    let listed = house
        .get(
            &operator,
            &format!("{FILES}?dateFrom=2026-11-03&dateTo=2026-11-04"),
        )
        .expect(200)
        .json();
    assert_documented("StatisticsFileCollection", &listed);
    assert_eq!(listed["statisticsFiles"], json!([file]));
}

#[test]
fn the_platform_makes_one_file_for_each_month_that_is_over() {
    let house = House::new();
    let (admin, operator) = (house.admin("t100"), house.admin("management"));
    let source = device(&house, &admin);
    use_it(&house, &admin, &source);
    settle(&house);
    let latest = format!("{FILES}/latest/2026-11-18");
    let write = || house.wait(house.door.write_statistics_file()).expect("written");
    write();
    // Nothing of a month before the platform was there, and nothing of one that is not over.
    assert_eq!(
        house.get(&operator, FILES).expect(200).json()["statisticsFiles"],
        json!([])
    );
    house.get(&operator, &latest).expect(404);
    house.world.advance_millis(14 * DAY_MILLIS);
    write();
    write();
    let files = house.get(&operator, FILES).expect(200).json()["statisticsFiles"].clone();
    assert_eq!(files.as_array().expect("files").len(), 1);
    assert_eq!(
        (&files[0]["type"], &files[0]["dateFrom"]),
        (&json!("REAL"), &json!("2026-11-01T00:00:00.000Z"))
    );
    assert_eq!(files[0]["dateTo"], "2026-11-30T00:00:00.000Z");
    // R096: what the platform makes by itself is recorded too, once.
    let log = house
        .get(&operator, "/audit/auditRecords?type=Report")
        .expect(200)
        .json();
    let records = log["auditRecords"].as_array().expect("records");
    assert_eq!(records.len(), 1);
    assert_eq!(
        (&records[0]["activity"], &records[0]["source"]["id"]),
        (&json!("Statistics file generated"), &files[0]["id"])
    );
    let table = house.get(&operator, &latest).expect(200).text;
    assert_eq!(table.lines().count(), 4);
    house
        .get(&operator, &format!("{FILES}/latest/2026-11"))
        .expect(422);
}

// R119: who is at home outside of projects is shown nothing of what lies in one.
#[test]
fn devices_in_projects_are_counted_for_those_who_are_at_home_there() {
    let house = House::new();
    let admin = house.admin("t100");
    let reader = house.person("t100", "reader", &[Role::TenantStatisticsRead]);
    let (outside, gone) = (device(&house, &admin), device(&house, &admin));
    let project = house
        .post(&admin, "/inventory/projects", json!({ "name": "p" }))
        .expect(201)
        .json();
    let project = project["id"].as_str().expect("an id");
    let path = format!("/inventory/projects/{project}/managedObjects");
    let body = json!({ "name": "d", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {} });
    let inside = house.post(&admin, &path, body).expect(201).json();
    let inside = inside["id"].as_str().expect("an id").to_owned();
    for source in [&outside, &gone, &inside] {
        use_it(&house, &admin, source);
    }
    settle(&house);
    house
        .delete(&admin, &format!("/inventory/managedObjects/{gone}?cascade=true"))
        .expect(204);
    for period in ["daily/2026-11-18", "monthly/2026-11-01"] {
        let shown = |who: &Who, query: &str| {
            let path = format!("{DAILY}/device/t100/{period}?pageSize=100{query}");
            let found = house.get(who, &path).expect(200).json();
            let all = found["statistics"].as_array().expect("an array").iter();
            all.map(|one| one["deviceId"].as_str().expect("an id").to_owned())
                .collect::<Vec<_>>()
        };
        let all = vec![outside.clone(), gone.clone(), inside.clone()];
        assert_eq!(shown(&admin, ""), all, "{period}");
        assert_eq!(shown(&reader, ""), std::slice::from_ref(&outside), "{period}");
        assert_eq!(
            shown(&reader, &format!("&deviceId={inside}")),
            Vec::<String>::new()
        );
        let own = shown(&reader, &format!("&deviceId={outside}"));
        assert_eq!(own, std::slice::from_ref(&outside));
    }
}
