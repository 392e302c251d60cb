//! Every static template that devices send: at least one row that is taken and one that is refused, or that says nothing.

use crate::told;
use model::time::Timestamp;
use smartrest::device::{Context, DEVICE_TEMPLATES, device_rows};
use smartrest::fault::{BadMessage, ErrorCode};
use smartrest::limits::ROWS_MAX;
use std::collections::BTreeSet;

const NOW: &str = "2026-11-21T10:00:00.000Z";

fn read(message: &[u8]) -> Vec<Result<String, String>> {
    let now: Timestamp = NOW.parse().expect("a time");
    let context = Context { now, serial: "dev1" };
    let rows = device_rows(message, context).expect("within the limits");
    let told = |row: Result<_, smartrest::fault::Refused>| match row {
        Ok(row) => Ok(told::row(&row)),
        Err(refused) => Err(refused.error_row().print()),
    };
    rows.into_iter().map(told).collect()
}

const TAKEN: &[(&str, &str)] = &[
    (
        "100",
        r#"create MQTT Device dev1 c8y_MQTTDevice {"c8y_IsDevice":{},"com_cumulocity_model_Agent":{}}"#,
    ),
    (
        "100,a,b",
        r#"create a b {"c8y_IsDevice":{},"com_cumulocity_model_Agent":{}}"#,
    ),
    (
        "101,dev1:device:c",
        r#"child dev1:device:c MQTT Device dev1:device:c c8y_MQTTChildDevice {"c8y_IsDevice":{}}"#,
    ),
    ("101,\"test;device\",n,t,false", "child test;device n t {}"),
    ("101,c,n,t,FALSE", r#"child c n t {"c8y_IsDevice":{}}"#),
    (
        "102,dev1:service:x,systemd,x,up",
        r#"service dev1:service:x x c8y_Service {"serviceType":"systemd","status":"up"} or {"serviceType":"systemd","status":"up"}"#,
    ),
    ("104,down", "status down"),
    ("105", "children"),
    (
        "107,c8y_Position,c8y_Configuration",
        r#"{"c8y_Position":null,"c8y_Configuration":null}"#,
    ),
    (
        "110,123,,1.2",
        r#"{"c8y_Hardware":{"serialNumber":"123","revision":"1.2"}}"#,
    ),
    (
        "111,1,,54353,,,,9",
        r#"{"c8y_Mobile":{"imei":"1","imsi":"54353","cellId":"9"}}"#,
    ),
    (
        "112,50.323423,6.423423",
        r#"{"c8y_Position":{"lat":50.323423,"lng":6.423423}}"#,
    ),
    (
        "112,1,2,3,4",
        r#"{"c8y_Position":{"lat":1,"lng":2,"alt":3,"accuracy":4}}"#,
    ),
    (
        "113,\"a=1\nb=2\"",
        r#"{"c8y_Configuration":{"config":"a=1\nb=2"}}"#,
    ),
    ("114", r#"{"c8y_SupportedOperations":[]}"#),
    (
        "114, c8y_Restart,c8y_Configuration",
        r#"{"c8y_SupportedOperations":["c8y_Restart","c8y_Configuration"]}"#,
    ),
    (
        "115,fw,1.0,http://u",
        r#"{"c8y_Firmware":{"name":"fw","version":"1.0","url":"http://u"}}"#,
    ),
    (
        "116,a,,u,b,1",
        r#"{"c8y_SoftwareList":[{"name":"a","version":"","url":"u"},{"name":"b","version":"1","url":""}]}"#,
    ),
    ("117,60", "availability Some(60)"),
    ("117", "availability None"),
    ("117,99999", "availability Some(32767)"),
    ("118,", r#"{"c8y_SupportedLogs":[]}"#),
    (
        "118,dmesg,logread",
        r#"{"c8y_SupportedLogs":["dmesg","logread"]}"#,
    ),
    ("119,modbus", r#"{"c8y_SupportedConfigurations":["modbus"]}"#),
    (
        "120,my.conf,http://u,",
        r#"{"c8y_Configuration_my_conf":{"type":"my.conf","url":"http://u","name":"my.conf","time":"2026-11-21T10:00:00.000Z"}}"#,
    ),
    (
        "120,t,http://u,f.bin,2020-07-22T17:03:14.000+02:00",
        r#"{"c8y_Configuration_t":{"type":"t","url":"http://u","name":"f.bin","time":"2020-07-22T15:03:14.000Z"}}"#,
    ),
    ("121,true,8473", "profile true 8473"),
    ("121,false", "profile false -"),
    (
        "122,thin,0.6,,me",
        r#"{"c8y_Agent":{"name":"thin","version":"0.6","maintainer":"me"}}"#,
    ),
    ("123", "id"),
    ("125", "heartbeat"),
    (
        "140,docker,3.2,systemd,http://d,nginx,1.6",
        "software docker=3.2 systemd http://d; nginx=1.6 - -",
    ),
    ("140", "software "),
    ("141,a,1,,", "more software a=1 - -"),
    ("142,docker,3.2,nginx,1.6", "less software docker=3.2; nginx=1.6"),
    (
        "143,yum,,docker",
        r#"{"c8y_SupportedSoftwareTypes":["yum","docker"]}"#,
    ),
    ("143,", r#"{"c8y_SupportedSoftwareTypes":null}"#),
    (
        "150,ssh,VNC",
        r#"{"c8y_RemoteAccessSupportedProtocols":["SSH","VNC"]}"#,
    ),
    ("150", r#"{"c8y_RemoteAccessSupportedProtocols":null}"#),
    (
        "200,c8y_Temperature,T,25,C,2026-01-02T03:04:05Z",
        r#"measurement c8y_Temperature 2026-01-02T03:04:05.000Z {"c8y_Temperature":{"T":{"value":25,"unit":"C"}}}"#,
    ),
    (
        "200,f,s,-1.50e2",
        r#"measurement f 2026-11-21T10:00:00.000Z {"f":{"s":{"value":-1.50e2}}}"#,
    ),
    (
        "201,Reading,,E,A+:1,1234,kWh,E,A-:1,2345,kWh,P,x,3",
        r#"measurement Reading 2026-11-21T10:00:00.000Z {"E":{"A+:1":{"value":1234,"unit":"kWh"},"A-:1":{"value":2345,"unit":"kWh"}},"P":{"x":{"value":3}}}"#,
    ),
    (
        "210,-90,23,2016-06-22T17:03:14.000+02:00",
        r#"measurement c8y_SignalStrength 2016-06-22T15:03:14.000Z {"c8y_SignalStrength":{"rssi":{"value":-90,"unit":"dBm"},"ber":{"value":23,"unit":"%"}}}"#,
    ),
    (
        "210,,23",
        r#"measurement c8y_SignalStrength 2026-11-21T10:00:00.000Z {"c8y_SignalStrength":{"ber":{"value":23,"unit":"%"}}}"#,
    ),
    (
        "211,25",
        r#"measurement c8y_TemperatureMeasurement 2026-11-21T10:00:00.000Z {"c8y_TemperatureMeasurement":{"T":{"value":25,"unit":"C"}}}"#,
    ),
    (
        "212,95",
        r#"measurement c8y_Battery 2026-11-21T10:00:00.000Z {"c8y_Battery":{"level":{"value":95,"unit":"%"}}}"#,
    ),
    (
        "301,a",
        "alarm CRITICAL a - Alarm of type a raised 2026-11-21T10:00:00.000Z {}",
    ),
    (
        "302,a,\"This is, an alarm\"",
        "alarm MAJOR a - This is, an alarm 2026-11-21T10:00:00.000Z {}",
    ),
    ("303,a,t", "alarm MINOR a - t 2026-11-21T10:00:00.000Z {}"),
    (
        "304,a,,2013-06-22T17:03:14+0200",
        "alarm WARNING a - Alarm of type a raised 2013-06-22T15:03:14.000Z {}",
    ),
    (
        "301,a,\"door \"front\" open\",2026-01-02T03:04:05.123456789Z",
        "alarm CRITICAL a - door \"front\" open 2026-01-02T03:04:05.123Z {}",
    ),
    ("305,a,CRITICAL", "severity a CRITICAL"),
    ("306,a,MAJOR", "clear a"),
    ("307,a,x,y", "strip alarm a: x y"),
    (
        "400,t,\"Something was triggered\"",
        "event t Something was triggered 2026-11-21T10:00:00.000Z {}",
    ),
    (
        "400,login,\"user said \"hi\", ok\",2026-01-02T03:04:05Z",
        "event login user said \"hi\", ok 2026-01-02T03:04:05.000Z {}",
    ),
    (
        "400,login,\"x\",\"y\",2026-01-02T03:04:05Z",
        "event login x\",\"y 2026-01-02T03:04:05.000Z {}",
    ),
    (
        "401,51.15,6.95,67",
        r#"event c8y_LocationUpdate Location updated 2026-11-21T10:00:00.000Z {"c8y_Position":{"lat":51.15,"lng":6.95,"alt":67}}"#,
    ),
    (
        "402,1,2,,4.5,2026-01-02T03:04:05Z",
        r#"event c8y_LocationUpdate Location updated 2026-01-02T03:04:05.000Z {"c8y_Position":{"lat":1,"lng":2,"accuracy":4.5}} and {"c8y_Position":{"lat":1,"lng":2,"accuracy":4.5}}"#,
    ),
    ("407,t,c8y_Position", "strip event t: c8y_Position"),
    (
        "408,,,,c8y_Relay.left,BOOLEAN,true,c8y_Relay.right,NUMBER,1.5,x,STRING",
        r#"event c8y_ParameterUpdate Parameter 'c8y_Relay' was updated 2026-11-21T10:00:00.000Z {"c8y_Relay":{"left":true,"right":1.5},"x":null} false"#,
    ),
    (
        "408,moved,2026-01-02T03:04:05Z,true,a,INTEGER,1",
        r#"event c8y_ParameterUpdate moved 2026-01-02T03:04:05.000Z {"a":1} true"#,
    ),
    ("500", "pending"),
    ("501,c8y_Restart", "c8y_Restart executing"),
    ("502,c8y_Restart,\"Could not\"", "c8y_Restart failed Could not"),
    (
        "503,c8y_Command,\"CONNECTED\n\"",
        "c8y_Command successful CONNECTED\n",
    ),
    (
        "503,c8y_RelayArray,OPEN,,CLOSED,",
        "c8y_RelayArray successful OPEN||CLOSED",
    ),
    ("504,123", "#123 executing"),
    ("505,123,no", "#123 failed no"),
    ("506,123,https://u", "#123 successful https://u"),
    ("507,c8y_Restart,why", "fail c8y_Restart why"),
    ("507", "fail - -"),
    ("600", "version"),
    ("602", "templates"),
];

const REFUSED: &[(&str, &str)] = &[
    ("100,\"a\tb\"", "45,100,row 1: the name is not valid"),
    ("101", "45,101,row 1: the id of the child is missing"),
    ("102,x,,n,up", "45,102,row 1: the type of the service is missing"),
    ("102,x,t,n", "45,102,row 1: the status is missing"),
    ("104,", "45,104,row 1: the status is missing"),
    ("105,\"x", "42,105,"),
    ("107", "45,107,row 1: the fragment is missing"),
    ("107,a b", "45,107,"),
    ("110,\"x\"y", "42,110,"),
    ("111,\"", "42,111,"),
    ("112,north", "45,112,\"row 1: the latitude is not valid"),
    ("112,1,2,3,x", "45,112,\"row 1: the accuracy is not valid"),
    ("113,\"a", "42,113,"),
    ("114,\"a", "42,114,"),
    ("115,\"a", "42,115,"),
    ("116,\"a", "42,116,"),
    ("117,often", "45,117,"),
    ("118,\"a", "42,118,"),
    ("119,\"a", "42,119,"),
    ("120,t", "45,120,row 1: the address is missing"),
    ("120,t,u,f,then", "45,120,"),
    ("121", "45,121,"),
    ("121,perhaps", "45,121,"),
    ("121,true,x", "45,121,"),
    (
        "122,n,v,u",
        "45,122,row 1: the maintainer of the agent is missing",
    ),
    ("123,\"", "42,123,"),
    ("125,\"", "42,125,"),
    ("140,a", "45,140,row 1: the version of the software is missing"),
    ("141", "45,141,row 1: the name of the software is missing"),
    ("142,a", "45,142,row 1: the version of the software is missing"),
    ("143,\"", "42,143,"),
    ("150,ssh,rdp", "45,150,"),
    ("200,f,s", "45,200,row 1: the value is missing"),
    ("200,f,s,x", "45,200,"),
    ("200,f.g,s,1", "45,200,"),
    ("200,f,s,1,C,yesterday", "45,200,"),
    ("201,t,", "45,201,row 1: the fragment is missing"),
    ("201,t,,f,s,1,C,f,s,2", "45,201,row 1: a series is there twice"),
    ("210", "45,210,"),
    ("211,", "45,211,"),
    ("212,full", "45,212,"),
    ("301", "45,301,row 1: the type of the alarm is missing"),
    ("302,a,t,x", "45,302,"),
    ("303,,t", "45,303,"),
    ("304,a,t,2026-01-02", "45,304,"),
    ("305,a,BAD", "45,305,"),
    ("306", "45,306,"),
    ("307,a", "45,307,row 1: the fragment is missing"),
    ("400,t", "45,400,row 1: the text is missing"),
    ("400,t,\"a \"b\" c\",soon", "42,400,"),
    ("401,x", "45,401,"),
    ("402,1,2,3,4,x", "45,402,"),
    ("407", "45,407,"),
    ("408", "45,408,row 1: the path is missing"),
    ("408,,,,a,BOOLEAN,maybe", "45,408,"),
    ("408,,,,a[0],STRING,x", "45,408,"),
    ("408,,,,a,COLOUR,x", "45,408,"),
    ("500,\"", "42,500,"),
    ("501", "45,501,"),
    ("502,", "45,502,"),
    ("503,", "45,503,"),
    ("504,abc", "45,504,"),
    ("505", "45,505,"),
    ("506,0", "45,506,"),
    ("507,a b", "45,507,"),
    ("600,\"", "42,600,"),
    ("602,\"", "42,602,"),
    ("999,x", "40,999,row 1: there is no such template"),
    ("103", "40,103,"),
    ("108", "40,108,"),
    ("70000", "40,70000,"),
    ("x,1", "43,x,"),
    (",1", "43,,"),
    ("+100", "43,+100,"),
];

fn ids(table: &[(&str, &str)]) -> BTreeSet<u16> {
    let id = |row: &&str| row.split(',').next().and_then(|id| id.parse().ok());
    table.iter().filter_map(|(row, _)| id(row)).collect()
}

#[test]
fn every_template_has_rows_that_are_taken_and_rows_that_are_refused() {
    let all: BTreeSet<_> = DEVICE_TEMPLATES.into_iter().collect();
    assert_eq!(ids(TAKEN), all);
    assert!(
        ids(REFUSED).is_superset(&all),
        "{:?}",
        all.difference(&ids(REFUSED))
    );
}

#[test]
fn every_template_says_what_it_means() {
    for (row, expected) in TAKEN {
        assert_eq!(read(row.as_bytes()), [Ok((*expected).to_owned())], "{row}");
    }
}

#[test]
fn a_bad_row_is_told_with_its_code_and_does_not_spoil_its_neighbours() {
    for (row, expected) in REFUSED {
        let message = format!("125\n{row}\n600");
        let read_alone = read(row.as_bytes());
        let [Err(error)] = read_alone.as_slice() else {
            panic!("{row} was taken: {read_alone:?}");
        };
        let start = expected.trim_end_matches('"');
        assert!(
            error.replace('"', "").starts_with(&start.replace('"', "")),
            "{row}: {error}"
        );
        let among_others = read(message.as_bytes());
        assert_eq!(among_others.first(), Some(&Ok("heartbeat".to_owned())), "{row}");
        assert_eq!(among_others.last(), Some(&Ok("version".to_owned())), "{row}");
        let told = among_others.get(1).expect("a row");
        assert!(
            told.as_ref().is_err_and(|told| told.contains("row 2: ")),
            "{told:?}"
        );
    }
}

#[test]
fn an_error_repeats_only_the_start_of_what_was_sent() {
    let row = format!("{},secret", "9x".repeat(100));
    let errors = read(row.as_bytes());
    let [Err(error)] = errors.as_slice() else {
        panic!("a row was taken");
    };
    assert!(error.starts_with(&format!("43,{},", "9x".repeat(16))), "{error}");
    assert!(!error.contains("secret"));
}

#[test]
fn rows_that_a_real_agent_sends_at_its_start_are_all_taken() {
    let message = "102,dev1:device:main:service:tedge-mapper-c8y,service,tedge-mapper-c8y,up\r\n117,2\r\n114\r\n500\r\n\
                   119,\r\n118,\r\n101,dev1:device:child01,child01,thin-edge.io-child,false\r\n503,frag,\r\n";
    assert_eq!(
        read(message.as_bytes()).iter().filter(|row| row.is_ok()).count(),
        8
    );
}

#[test]
fn of_a_message_that_is_too_large_nothing_is_done() {
    let now = Timestamp::from_millis(0);
    let context = Context { now, serial: "dev1" };
    let message = "125\n".repeat(ROWS_MAX + 1);
    assert_eq!(
        device_rows(message.as_bytes(), context),
        Err(BadMessage::TooManyRows)
    );
    assert_eq!(ErrorCode::ALL.map(ErrorCode::number), [40, 41, 42, 43, 45, 50]);
}
