//! Exports: measurements and audit records as tables and streams (R014, R040, R101, R109).

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Empty};
use model::roles::Role;
use serde_json::{Value, json};
use std::io::{Cursor, Read};
use std::net::{IpAddr, Ipv4Addr};
use testkit::house::{House, Who};

const POINTS: &str = "/measurement/measurements";
const RECORDS: &str = "/audit/auditRecords";
const XLSX: &str = "application/xlsx";

/// An answer as it came: frame by frame.
struct Got {
    status: u16,
    headers: HeaderMap,
    frames: Vec<Bytes>,
}

impl Got {
    fn text(&self) -> String {
        String::from_utf8(self.frames.concat()).expect("text")
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .expect("the header")
            .to_str()
            .expect("text")
    }

    fn sheet(&self) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(self.frames.concat())).expect("an archive");
        let mut text = String::new();
        let mut part = archive.by_name("xl/worksheets/sheet1.xml").expect("the sheet");
        part.read_to_string(&mut text).expect("text");
        text
    }
}

fn get(house: &House, who: &Who, path: &str, accept: &str) -> Got {
    let request = house.request(who, "GET", path).header("accept", accept);
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    house.wait(async {
        let answer = house.api.handle(request, IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
        let (parts, mut body) = answer.into_parts();
        let mut frames = Vec::new();
        while let Some(frame) = body.frame().await {
            frames.extend(frame.expect("not cut off").into_data().ok());
        }
        Got {
            status: parts.status.as_u16(),
            headers: parts.headers,
            frames,
        }
    })
}

fn device(house: &House, who: &Who, name: &str) -> String {
    let body = json!({ "name": name, "c8y_IsDevice": {} });
    let made = house
        .post(who, "/inventory/managedObjects", body)
        .expect(201)
        .json();
    made["id"].as_str().expect("an id").to_owned()
}

fn point(device: &str, second: usize, fragment: &str, value: i64) -> Value {
    let time = format!(
        "2026-11-01T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    );
    json!({ "source": { "id": device }, "time": time, "type": "t", fragment: { "s": { "value": value, "unit": "C" } } })
}

#[test]
fn the_first_media_type_decides_the_form_of_an_export() {
    let house = House::new();
    let admin = house.admin("t100");
    let pump = device(&house, &admin, "pump");
    house
        .post(&admin, POINTS, point(&pump, 1, "c8y_T", -7))
        .expect(201);
    for (accept, answered, extension) in [
        ("text/csv", "text/csv;charset=UTF-8", "csv"),
        ("application/xlsx", "application/xlsx;charset=UTF-8", "xlsx"),
        (
            "application/vnd.ms-excel, */*",
            "application/vnd.ms-excel;charset=UTF-8",
            "xlsx",
        ),
    ] {
        let got = get(&house, &admin, POINTS, accept);
        assert_eq!((got.status, got.header("content-type")), (200, answered));
        let name = format!("attachment; filename=\"measurements.{extension}\"");
        assert_eq!(got.header("content-disposition"), name);
    }
    let csv = get(&house, &admin, POINTS, "text/csv").text();
    let row = format!("2026-11-01T00:00:01.000Z,{pump},pump,c8y_T.s,-7,C");
    assert_eq!(
        csv,
        format!("time,source,device_name,fragment.series,value,unit\n{row}\n")
    );
    let sheet = get(&house, &admin, POINTS, XLSX).sheet();
    assert!(
        sheet.contains("<c><v>-7</v></c>") && sheet.contains(">c8y_T.s</t>"),
        "{sheet}"
    );
    assert_eq!(sheet.matches("<row>").count(), 2);

    let list = get(&house, &admin, POINTS, "application/json, text/csv");
    assert_eq!(list.header("content-type"), "application/json;charset=UTF-8");
    let list: Value = serde_json::from_str(&list.text()).expect("JSON");
    let stream = get(&house, &admin, POINTS, "application/json-stream").text();
    let stream: Value = serde_json::from_str(&stream).expect("JSON");
    assert_eq!(stream["measurements"], list["measurements"]);
    assert_eq!(stream["statistics"]["pageSize"], 1);
    for accept in ["text/csv", XLSX, "application/json-stream"] {
        let none = get(&house, &admin, &format!("{POINTS}?source=none"), accept);
        match accept {
            "text/csv" => assert_eq!(none.text().lines().count(), 1),
            XLSX => assert_eq!(none.sheet().matches("<row>").count(), 1),
            _ => assert!(
                none.text()
                    .ends_with(r#""measurements":[],"statistics":{"currentPage":1,"pageSize":0}}"#)
            ),
        }
    }
}

// R014, R040
#[test]
fn an_export_has_what_the_list_has_and_nothing_else() {
    let house = House::new();
    let admin = house.admin("t100");
    let (pump, other) = (device(&house, &admin, "pump"), device(&house, &admin, "other"));
    for (source, fragment, value) in [
        (&pump, "c8y_T", 11),
        (&pump, "c8y_Secret", 22),
        (&other, "c8y_T", 33),
    ] {
        house
            .post(&admin, POINTS, point(source, 1, fragment, value))
            .expect(201);
    }
    let joe = house.person("t100", "joe", &[]);
    house.grant(&joe, &[&format!("{pump}, MEASUREMENT, c8y_T, READ")]);
    for path in [POINTS.to_owned(), format!("{POINTS}?source={pump}")] {
        let csv = get(&house, &joe, &path, "text/csv").text();
        // The object itself is hidden, and its name with it.
        assert!(
            csv.ends_with(&format!("Z,{pump},,c8y_T.s,11,C\n")) && csv.lines().count() == 2,
            "{csv}"
        );
        let sheet = get(&house, &joe, &path, XLSX).sheet();
        assert!(
            sheet.contains("<v>11</v>") && sheet.matches("<row>").count() == 2,
            "{sheet}"
        );
        let stream: Value =
            serde_json::from_str(&get(&house, &joe, &path, "application/json-stream").text()).expect("JSON");
        assert_eq!(stream["measurements"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            stream["measurements"],
            house.get(&joe, &path).expect(200).json()["measurements"]
        );
    }
    let stranger = house.admin("t200");
    assert_eq!(
        get(&house, &stranger, POINTS, "text/csv").text().lines().count(),
        1
    );
    assert_eq!(
        get(&house, &stranger, POINTS, XLSX)
            .sheet()
            .matches("<row>")
            .count(),
        1
    );
}

#[test]
fn what_is_held_of_an_export_does_not_grow_with_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let pump = device(&house, &admin, "pump");
    let mut most = Vec::new();
    for part in 0..3 {
        for hundred in 0..(4 * 4_usize.pow(part)) {
            let from = (part as usize) * 20_000 + hundred * 250;
            let many: Vec<_> = (from..from + 250)
                .map(|at| point(&pump, at, "c8y_T", 1))
                .collect();
            house
                .post(&admin, POINTS, json!({ "measurements": many }))
                .expect(201);
        }
        let largest = ["text/csv", XLSX, "application/json-stream"].map(|accept| {
            let got = get(&house, &admin, POINTS, accept);
            got.frames.iter().map(Bytes::len).max().expect("frames")
        });
        most.push(largest);
    }
    let rows = get(&house, &admin, POINTS, "text/csv").text().lines().count() - 1;
    assert_eq!(rows, 1_000 + 4_000 + 16_000);
    // A piece is what is held at a time; two of them wait for a slow client at most. The compression of a spreadsheet
    // gives its output in blocks, so pieces of one differ.
    let ([csv, _, stream], [csv_of_more, sheet_of_more, stream_of_more]) = (most[0], most[2]);
    assert!(
        csv_of_more <= csv + 1_024 && stream_of_more <= stream + 1_024,
        "{most:?}"
    );
    assert!(
        stream_of_more < 512 << 10 && sheet_of_more < 128 << 10,
        "{most:?}"
    );
}

// R101, R109
#[test]
fn audit_records_are_exported_as_tables_in_which_no_text_is_a_formula() {
    let house = House::new();
    let admin = house.admin("t100");
    let pump = device(&house, &admin, "pump");
    let evil = "=HYPERLINK(\"https://evil.example\")";
    let record = json!({
        "source": { "id": pump }, "time": "2026-11-01T00:00:00Z", "type": "Inventory",
        "activity": "@probe", "text": evil, "own_Note": { "a": 1 },
    });
    house.post(&admin, RECORDS, record).expect(201);
    let mine = format!("{RECORDS}?source={pump}&type=Inventory");
    let csv = get(&house, &admin, &mine, "text/csv");
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"audit-records.csv\""
    );
    let csv = csv.text();
    assert!(
        csv.starts_with("id,creationTime,time,type,activity,text,severity,user,application,source,"),
        "{csv}"
    );
    assert!(
        csv.contains(",'@probe,\"'=HYPERLINK(\"\"https://evil.example\"\")\","),
        "{csv}"
    );
    assert!(csv.contains("\"{\"\"own_Note\"\":{\"\"a\"\":1}}\""), "{csv}");
    let sheet = get(&house, &admin, &mine, XLSX).sheet();
    assert!(
        sheet.contains(">=HYPERLINK(\"https://evil.example\")</t>") && !sheet.contains("<f>"),
        "{sheet}"
    );

    let joe = house.person("t100", "joe", &[Role::InventoryRead]);
    for accept in ["text/csv", XLSX] {
        assert_eq!(get(&house, &joe, RECORDS, accept).status, 403);
        let foreign = get(&house, &house.admin("t200"), &mine, accept);
        assert_eq!(foreign.status, 200);
        match accept {
            XLSX => assert_eq!(foreign.sheet().matches("<row>").count(), 1),
            _ => assert_eq!(foreign.text().lines().count(), 1),
        }
    }
}

// R101
#[test]
fn an_audit_export_is_whole_recorded_and_ends_where_the_log_ended() {
    let house = House::new();
    let admin = house.admin("t100");
    let size = |house: &House| {
        let page = house
            .get(&admin, &format!("{RECORDS}?withTotalElements=true&pageSize=1"))
            .expect(200)
            .json();
        page["statistics"]["totalElements"].as_u64().expect("a total")
    };
    for number in 0..2_100 {
        device(&house, &admin, &format!("d{number}"));
    }
    for revert in [false, true] {
        let before = size(&house);
        let csv = get(&house, &admin, &format!("{RECORDS}?revert={revert}"), "text/csv").text();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let ids: Vec<u64> = reader
            .records()
            .map(|row| row.expect("a row")[0].parse().expect("an id"))
            .collect();
        // The question for the size is a record, and so is each of its chunks.
        let expected: Vec<u64> = (1..=before + 1).collect();
        let found: Vec<u64> = if revert {
            ids
        } else {
            ids.into_iter().rev().collect()
        };
        assert_eq!(found, expected);
        let chunks = (before + 1).div_ceil(1_000);
        assert_eq!(
            size(&house),
            before + 1 + chunks,
            "each chunk is recorded as a read of the log"
        );
    }
}
