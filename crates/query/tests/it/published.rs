//! Every example that the published API description and the known clients show, one row each: the query, an
//! object that it means, and an object that it does not mean.

use crate::thing::Thing;
use query::ast::Query;

fn check(text: &str, meant: &[&str], not_meant: &[&str]) {
    let query = Query::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"));
    for json in meant {
        assert!(query.matches(&Thing::new(1, json)), "{text} means {json}");
    }
    for json in not_meant {
        assert!(
            !query.matches(&Thing::new(1, json)),
            "{text} does not mean {json}"
        );
    }
}

#[test]
fn operators_compare_as_published() {
    check(
        "City eq 'Redmond'",
        &[r#"{"City":"Redmond"}"#],
        &[r#"{"City":"redmond"}"#, "{}"],
    );
    check(
        "Price gt 20",
        &[r#"{"Price":20.5}"#],
        &[r#"{"Price":20}"#, r#"{"Price":"21"}"#, "{}"],
    );
    check("Price ge 10", &[r#"{"Price":10}"#], &[r#"{"Price":9.99}"#]);
    check("Price lt 20", &[r#"{"Price":-3}"#], &[r#"{"Price":20}"#, "{}"]);
    check("Price le 100", &[r#"{"Price":100.0}"#], &[r#"{"Price":101}"#]);
    check(
        "Price le 200 and Price gt 3.5f",
        &[r#"{"Price":3.6}"#, r#"{"Price":200}"#],
        &[r#"{"Price":3.5}"#],
    );
    check(
        "Price le 3.5d or Price gt 200",
        &[r#"{"Price":3.5}"#, r#"{"Price":201}"#],
        &[r#"{"Price":4}"#],
    );
    check("not has(c8y_IsDevice)", &["{}"], &[r#"{"c8y_IsDevice":{}}"#]);
    check(
        "not(City eq 'Redmond')",
        &["{}", r#"{"City":"x"}"#],
        &[r#"{"City":"Redmond"}"#],
    );
    check(
        "City ne 'Redmond'",
        &["{}", r#"{"City":"x"}"#],
        &[r#"{"City":"Redmond"}"#],
    );
}

#[test]
fn a_decimal_without_its_suffix_is_text() {
    check(
        "c8y_Position.lng gt 10 and c8y_Position.lng lt 16.5d",
        &[r#"{"c8y_Position":{"lng":16.4}}"#],
        &[r#"{"c8y_Position":{"lng":16.5}}"#, r#"{"c8y_Position":{}}"#],
    );
    check(
        "c8y_Position.lng eq 6.6",
        &[r#"{"c8y_Position":{"lng":"6.6"}}"#],
        &[r#"{"c8y_Position":{"lng":6.6}}"#],
    );
    check(
        "n eq 6.6d",
        &[r#"{"n":6.6}"#, r#"{"n":6.60}"#],
        &[r#"{"n":"6.6"}"#],
    );
    check("n gt -1e+21f", &[r#"{"n":-1e20}"#], &[r#"{"n":-1e22}"#]);
}

#[test]
fn arrays_equal_when_any_element_does() {
    check(
        "customerIds eq '123'",
        &[r#"{"customerIds":["123","456","789"]}"#],
        &[r#"{"customerIds":["1234"]}"#, r#"{"customerIds":[]}"#],
    );
    check(
        "customers.id eq '123'",
        &[r#"{"customers":[{"id":"123","name":"Customer 1"},{"id":"456","name":"Customer 2"}]}"#],
        &[
            r#"{"customers":[{"id":"456","name":"123"}]}"#,
            r#"{"customers":"123"}"#,
        ],
    );
    check(
        "not(customerIds eq '1')",
        &[r#"{"customerIds":["2"]}"#],
        &[r#"{"customerIds":["2","1"]}"#],
    );
    check("customers eq 'a'", &[], &[r#"{"customers":{"a":"a"}}"#]);
}

#[test]
fn sections_may_be_left_out_and_stand_in_either_order() {
    for (text, printed) in [
        ("name eq 'M01'", "$filter=name eq 'M01'"),
        ("$filter=name eq 'M01'", "$filter=name eq 'M01'"),
        ("$orderby=id asc", "$orderby=id asc"),
        (
            "$filter=name eq 'M01' $orderby=id",
            "$filter=name eq 'M01' $orderby=id asc",
        ),
        (
            "$orderby=name desc $filter=(owner eq 'manga')",
            "$filter=owner eq 'manga' $orderby=name desc",
        ),
        (
            "$filter=(bygroupid(12))$orderby=name,_id desc",
            "$filter=bygroupid(12) $orderby=name asc,id desc",
        ),
        ("$filter= $orderby=name", "$orderby=name asc"),
        ("$filter=name eq 'a' $orderby=", "$filter=name eq 'a'"),
        ("", ""),
        (" \t", ""),
    ] {
        let query = Query::parse(text).expect(text);
        assert_eq!(query.to_string(), printed, "{text}");
    }
}

#[test]
fn groups_of_conditions_keep_their_parentheses() {
    check(
        "$filter=(owner eq manga)",
        &[r#"{"owner":"manga"}"#],
        &[r#"{"owner":"mango"}"#],
    );
    check(
        "$filter=(type eq 'c8y_Firmware' and name eq 'Controller 1')",
        &[r#"{"type":"c8y_Firmware","name":"Controller 1"}"#],
        &[r#"{"type":"c8y_Firmware"}"#, r#"{"name":"Controller 1"}"#],
    );
    check(
        "(p1 eq 1) and (p2 eq 5 or p2 eq 6)",
        &[r#"{"p1":1,"p2":5}"#, r#"{"p1":1.0,"p2":6}"#],
        &[r#"{"p1":2,"p2":5}"#, r#"{"p1":1,"p2":7}"#],
    );
    // Without parentheses: not before and before or.
    check(
        "a eq 1 or b eq 1 and not c eq 1",
        &[r#"{"a":1,"c":1}"#, r#"{"b":1}"#],
        &[r#"{"b":1,"c":1}"#, "{}"],
    );
}

#[test]
fn functions_look_for_custom_fragments() {
    check(
        "has(field1)",
        &[r#"{"field1":[]}"#, r#"{"field1":0}"#],
        &["{}", r#"{"field1":null}"#],
    );
    check(
        "hasany(field1,field2)",
        &[r#"{"field2":{}}"#],
        &[r#"{"field3":{}}"#],
    );
    check(
        "has(c8y_IsDynamicGroup.invisible)",
        &[r#"{"c8y_IsDynamicGroup":{"invisible":{}}}"#],
        &[r#"{"c8y_IsDynamicGroup":{}}"#],
    );
    check(
        "$filter=(has('c8y_IsAssetProperty'))",
        &[r#"{"c8y_IsAssetProperty":{}}"#],
        &["{}"],
    );
    check(
        "has('c8y_Dashboard!type!My type (1)')",
        &[r#"{"c8y_Dashboard!type!My type (1)":{}}"#],
        &[r#"{"c8y_Dashboard!type!My type 1":{}}"#],
    );
}

#[test]
fn the_published_hierarchy_gives_the_published_answers() {
    // g1 = 1 holds s1 = 2 (o1 = 4, o2 = 5) and s2 = 3 (o3 = 6, o4 = 7).
    let things = [
        Thing::new(1, "{}"),
        Thing::new(2, "{}").below(&[1], &[1]),
        Thing::new(3, "{}").below(&[1], &[1]),
        Thing::new(4, "{}").below(&[2], &[2, 1]),
        Thing::new(5, "{}").below(&[2], &[2, 1]),
        Thing::new(6, "{}").below(&[3], &[3, 1]),
        Thing::new(7, "{}").below(&[3], &[3, 1]),
    ];
    for (text, expected) in [
        ("isinhierarchyof(1)", vec![1, 2, 3, 4, 5, 6, 7]),
        ("isinhierarchyof(2)", vec![2, 4, 5]),
        ("isinhierarchyof(3)", vec![3, 6, 7]),
        ("isinhierarchyof(4)", vec![4]),
        ("isinhierarchyof(6)", vec![6]),
        ("isinhierarchyof(2,3)", vec![2, 3, 4, 5, 6, 7]),
        ("isinhierarchyof(5,7)", vec![5, 7]),
        ("bygroupid(2)", vec![4, 5]),
        ("bygroupid(1,'3')", vec![2, 3, 6, 7]),
        ("bygroupid(2) or bygroupid(3)", vec![4, 5, 6, 7]),
        ("bygroupid(12,23)", vec![]),
    ] {
        let query = Query::parse(text).expect(text);
        let found: Vec<_> = things
            .iter()
            .filter(|thing| query.matches(*thing))
            .map(|thing| thing.id.number())
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn text_is_case_sensitive_with_stars_for_anything() {
    check(
        "name eq 'Dev002'",
        &[r#"{"name":"Dev002"}"#],
        &[r#"{"name":"DEV002"}"#],
    );
    check(
        "name eq 'Dev*'",
        &[r#"{"name":"Device"}"#],
        &[r#"{"name":"My Dev"}"#],
    );
    check(
        "name eq '*001'",
        &[r#"{"name":"Dev001"}"#],
        &[r#"{"name":"001Dev"}"#],
    );
    check("name eq '*'", &[r#"{"name":""}"#], &["{}", r#"{"name":5}"#]);
    check(
        "type eq c8y_Firmware",
        &[r#"{"type":"c8y_Firmware"}"#],
        &[r#"{"type":"c8y_firmware"}"#],
    );
    check(
        "name eq null",
        &["{}", r#"{"name":null}"#],
        &[r#"{"name":""}"#, r#"{"name":[]}"#],
    );
    check("name ne null", &[r#"{"name":""}"#], &["{}"]);
    check(r"name eq 'O''Neill \(1\)'", &[r#"{"name":"O'Neill (1)"}"#], &[]);
    check("a gt 'b'", &[r#"{"a":"c"}"#], &[r#"{"a":"b"}"#, r#"{"a":5}"#]);
    check(
        "(type eq 'c8y_JsonSchema') and (appliesTo.TENANTS eq true)",
        &[r#"{"type":"c8y_JsonSchema","appliesTo":{"TENANTS":true}}"#],
        &[r#"{"type":"c8y_JsonSchema","appliesTo":{"TENANTS":"true"}}"#],
    );
}

#[test]
fn dates_are_compared_as_points_in_time() {
    let early = r#"{"creationTime":"2015-10-24T08:00:53.351Z"}"#;
    let late = r#"{"creationTime":"2015-10-24T08:00:53.352Z"}"#;
    for path in ["creationTime.date", "creationTime"] {
        check(
            &format!("{path} gt '2015-10-24T09:00:53.351+01:00'"),
            &[late],
            &[early, "{}"],
        );
        check(
            &format!("{path} le '2015-10-24T09:00:53.351+01:00'"),
            &[early],
            &[late],
        );
    }
    check(
        "lastUpdated.date lt '2020-01-02'",
        &[r#"{"lastUpdated":"2020-01-01T23:59:59.999Z"}"#],
        &[r#"{"lastUpdated":"2020-01-02T00:00:00.000Z"}"#],
    );
    check(
        "c8y_Availability.lastMessage.date ge '2020-01-02T00:00:00Z'",
        &[r#"{"c8y_Availability":{"lastMessage":"2020-01-02T00:00:00.000Z"}}"#],
        &[r#"{"c8y_Availability":{"lastMessage":"soon"}}"#],
    );
    check(
        "c8y_Availability.status eq 'AVAILABLE'",
        &[r#"{"c8y_Availability":{"status":"AVAILABLE"}}"#],
        &["{}"],
    );
}

#[test]
fn identifiers_are_numbers_however_they_are_written() {
    let ninety = Thing::new(90, r#"{"id":"hidden by the real one"}"#);
    for (text, expected) in [
        ("id eq '90'", true),
        ("id eq 90", true),
        ("_id gt '100'", false),
        ("_id gt '9'", true),
        ("id eq '9*'", true),
        ("id eq '8*'", false),
        ("id eq 'x'", false),
        ("id eq null", false),
    ] {
        assert_eq!(
            Query::parse(text).expect(text).matches(&ninety),
            expected,
            "{text}"
        );
    }
}

#[test]
fn queries_of_the_javascript_client_are_understood() {
    let text = "$filter=((name eq 'My Device*') and ((c8y_Availability.status eq 'AVAILABLE') or \
                (c8y_Availability.status eq 'UNAVAILABLE')) and (creationTime lt '2015-11-30T13:28:123Z') and \
                (c8y_ActiveAlarmsStatus.critical gt 0f) and ((not(has(c8y_ActiveAlarmsStatus.major))) or \
                ((bygroupid(10300)) or (bygroupid(10400))))) \
                $orderby=name asc,creationTime desc,c8y_ActiveAlarmsStatus.critical desc";
    let printed = "$filter=name eq 'My Device*' and (c8y_Availability.status eq 'AVAILABLE' or \
                   c8y_Availability.status eq 'UNAVAILABLE') and creationTime lt '2015-11-30T13:28:123Z' and \
                   c8y_ActiveAlarmsStatus.critical gt 0 and (not has(c8y_ActiveAlarmsStatus.major) or bygroupid(10300) \
                   or bygroupid(10400)) $orderby=name asc,creationTime desc,c8y_ActiveAlarmsStatus.critical desc";
    assert_eq!(Query::parse(text).expect("is understood").to_string(), printed);
}

#[test]
fn a_part_is_found_whatever_its_case_and_comparisons_tell_cases_apart() {
    let pump = r#"{"name":"Pump 1","f":{"tags":["Wet","COLD"]}}"#;
    check(
        "contains(name,'pump')",
        &[pump],
        &[r#"{"name":"Valve"}"#, "{}", r#"{"name":5}"#],
    );
    check("name eq '*pump*'", &[], &[pump]);
    check(
        "not contains(name, 'valve') and Contains(f.tags,'cold')",
        &[pump],
        &[],
    );
    check("contains(name,'p\\*p')", &[r#"{"name":"P*P"}"#], &[pump]);
    for (bad, position) in [
        ("contains(name)", 13),
        ("contains(name,'p*')", 13),
        ("contains('','p')", 9),
        ("contains(name,'a','b')", 17),
    ] {
        assert_eq!(Query::parse(bad).expect_err(bad).position, position, "{bad}");
    }
    let printed = "$filter=contains(name,'pump') $orderby=name asc";
    assert_eq!(
        Query::parse("contains(name,'PUMP') $orderby=name")
            .expect("read")
            .to_string(),
        printed
    );
}

#[test]
fn keywords_may_be_in_upper_case_and_names_may_be_keywords() {
    check(
        "A EQ 1 AND NOT HAS(b) OR HasAny(c)",
        &[r#"{"A":1}"#, r#"{"c":1}"#],
        &[r#"{"A":1,"b":1}"#],
    );
    check("a eq True", &[r#"{"a":true}"#], &[r#"{"a":"True"}"#]);
    check(
        "not eq 1 and has eq 2 and and eq 3",
        &[r#"{"not":1,"has":2,"and":3}"#],
        &["{}"],
    );
    check("not 'eq' eq 1", &["{}"], &[r#"{"eq":1}"#]);
}
