"""Measurements: stored one by one or many at once, listed, as series, as CSV, and deleted."""

import csv
import io
import json
import zipfile
from xml.etree import ElementTree

import pytest
from client import check_problem, media

MEASUREMENTS = "/measurement/measurements"
SERIES = f"{MEASUREMENTS}/series"
ABSENT = "9007199254740991"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DAY = {"dateFrom": "2026-03-01", "dateTo": "2026-03-02"}


def at(minute, second=0):
    """A time of the day that these tests measure in."""
    return f"2026-03-01T{minute // 60:02}:{minute % 60:02}:{second:02}.000Z"


def temperature(source, minute, value, kind="test_Climate", **more):
    """A measurement with one series."""
    fragment = {"T": {"value": value, "unit": "C"}}
    return {"source": {"id": source}, "time": at(minute), "type": kind, "test_Temperature": fragment} | more


def values(page):
    """The temperatures of a list."""
    return [entry["test_Temperature"]["T"]["value"] for entry in page["measurements"]]


@pytest.fixture
def source(admin, kind):
    """A new device's id."""
    return admin.new_object(type=kind, name="thermometer", c8y_IsDevice={})["id"]


@pytest.fixture
def four(admin, source):
    """A source with four temperatures, sent in no order of time."""
    for minute, value in ((20, 2), (0, 0), (30, 3), (10, 1)):
        admin.post(MEASUREMENTS, temperature(source, minute, value))
    return source


class TestStoring:
    def test_one_is_stored_shown_and_read(self, admin, source):
        sent = temperature(source, 5, 21.5, test_Note={"text": "x"}, bare=7, id="1", self="x")
        answer = admin.request("POST", MEASUREMENTS, json_body=sent, accept=media("measurement"))
        assert answer.status_code == 201
        assert answer.headers["Content-Type"] == media("measurement") + ";charset=UTF-8;ver=0.9"
        stored = answer.json()
        link = f"{admin.base}{MEASUREMENTS}/{stored['id']}"
        assert answer.headers["Location"] == link
        assert stored == {
            "id": stored["id"], "self": link, "time": at(5), "type": "test_Climate",
            "source": {"id": source, "self": f"{admin.base}/inventory/managedObjects/{source}"},
            "test_Temperature": {"T": {"value": 21.5, "unit": "C"}}, "test_Note": {"text": "x"}, "bare": 7,
        }
        assert isinstance(stored["id"], str) and stored["id"] != "1" and int(stored["id"]) < 2**53
        assert admin.get(f"{MEASUREMENTS}/{stored['id']}") == stored
        assert admin.get(MEASUREMENTS, source=source)["measurements"] == [stored]

    def test_without_an_accept_header_only_the_link_is_answered(self, admin, source):
        answer = admin.request("POST", MEASUREMENTS, json_body=temperature(source, 0, 1), accept=None)
        assert (answer.status_code, answer.content) == (201, b"")
        assert answer.headers["Location"].startswith(f"{admin.base}{MEASUREMENTS}/")

    @pytest.mark.parametrize("content_type", [media("measurementcollection"), "application/json"])
    def test_many_are_stored_at_once(self, admin, source, content_type):
        body = json.dumps({"measurements": [temperature(source, minute, minute) for minute in range(100)]})
        answer = admin.request("POST", MEASUREMENTS, body=body, headers={"Content-Type": content_type})
        assert answer.status_code == 201
        assert [entry["time"] for entry in answer.json()["measurements"]] == [at(minute) for minute in range(100)]
        assert values(admin.get(MEASUREMENTS, source=source, pageSize=200)) == list(range(100))

    def test_many_are_stored_all_or_none(self, admin, source):
        good, bad = temperature(source, 0, 1), temperature(source, 0, 1)
        del bad["time"]
        for worse in (bad, temperature(ABSENT, 0, 1)):
            answer = admin.request("POST", MEASUREMENTS, json_body={"measurements": [good, worse, good]})
            check_problem(answer, 422)
        assert admin.get(MEASUREMENTS, source=source)["measurements"] == []

    @pytest.mark.parametrize("number", [
        "1.10", "1e400", "-0", "123456789012345678901234567890", "0.30000000000000004",
    ])
    def test_numbers_keep_every_digit(self, admin, source, number):
        body = json.dumps(temperature(source, 0, "NUMBER", bare="NUMBER")).replace('"NUMBER"', number)
        answer = admin.request("POST", MEASUREMENTS, body=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, answer.text
        for shown in (answer, admin.request("GET", MEASUREMENTS, query={"source": source})):
            assert f'"T":{{"value":{number},"unit":"C"}}' in shown.text and f'"bare":{number}' in shown.text
        series = admin.request("GET", SERIES, query={"source": source} | DAY)
        assert f'[{{"min":{number},"max":{number}}}]' in series.text

    @pytest.mark.parametrize("sent, shown", [
        ("2026-03-01T01:00:00+01:00", at(0)), ("2026-03-01T00:00:00Z", at(0)),
        ("2026-02-28T19:30:00.000-04:30", at(0)), ("2026-03-01T00:00:00.0009Z", at(0)),
    ])
    def test_times_are_shown_in_one_form(self, admin, source, sent, shown):
        assert admin.post(MEASUREMENTS, temperature(source, 0, 1, time=sent))["time"] == shown

    @pytest.mark.parametrize("property_", ["source", "time", "type"])
    def test_what_is_mandatory_is_named_when_it_is_missing(self, admin, source, property_):
        sent = temperature(source, 0, 1)
        del sent[property_]
        problem = check_problem(admin.request("POST", MEASUREMENTS, json_body=sent), 422, "undefined/validationError")
        assert problem["message"] == f"Following mandatory fields should be included: {property_}"

    # R048
    def test_a_device_stores_what_it_measures_without_a_measurement_role(self, admin, device, creator, kind):
        for owner in (device, creator):
            own = owner.new_object(type=kind, c8y_IsDevice={})["id"]
            foreign = admin.new_object(type=kind, c8y_IsDevice={})["id"]
            stored = owner.post(MEASUREMENTS, temperature(own, 0, 1))
            assert owner.get(f"{MEASUREMENTS}/{stored['id']}") == stored
            assert [entry["id"] for entry in owner.get(MEASUREMENTS, source=own)["measurements"]] == [stored["id"]]
            assert owner.get(SERIES, source=own, **DAY)["values"] == {at(0): [{"min": 1, "max": 1}]}

            admin.post(MEASUREMENTS, temperature(foreign, 0, 1))
            refused = owner.request("POST", MEASUREMENTS, json_body=temperature(foreign, 0, 1))
            absent = owner.request("POST", MEASUREMENTS, json_body=temperature(ABSENT, 0, 1))
            check_problem(refused, 422)
            texts = refused.text.replace(foreign, "ID"), absent.text.replace(ABSENT, "ID")
            assert texts[0] == texts[1], "a foreign source is a missing one"
            assert owner.get(MEASUREMENTS, source=foreign)["measurements"] == []
            assert owner.status("GET", SERIES, query={"source": foreign} | DAY) == 404
            assert owner.status("DELETE", MEASUREMENTS, query={"source": own}) == 403
            assert len(admin.get(MEASUREMENTS, source=foreign)["measurements"]) == 1

    def test_whoever_only_reads_stores_and_deletes_nothing(self, reader, admin, four):
        assert values(reader.get(MEASUREMENTS, source=four)) == [0, 1, 2, 3]
        one = reader.get(MEASUREMENTS, source=four, pageSize=1)["measurements"][0]["id"]
        assert reader.status("POST", MEASUREMENTS, json_body=temperature(four, 0, 9)) == 403
        assert reader.status("DELETE", f"{MEASUREMENTS}/{one}") == 403
        assert reader.status("DELETE", MEASUREMENTS, query={"source": four}) == 403
        assert values(admin.get(MEASUREMENTS, source=four)) == [0, 1, 2, 3]


class TestListing:
    def test_the_oldest_come_first_and_the_envelope_is_that_of_every_list(self, admin, four):
        page = admin.get(MEASUREMENTS, source=four, pageSize=2, withTotalPages="true", withTotalElements="true")
        assert list(page) == ["self", "next", "measurements", "statistics"]
        assert page["statistics"] == {"currentPage": 1, "pageSize": 2, "totalPages": 2, "totalElements": 4}
        assert "next" in page and values(page) == [0, 1]
        rest = admin.request("GET", page["next"]).json()
        assert values(rest) == [2, 3] and "prev" in rest

    def test_the_order_is_turned_only_together_with_a_time(self, admin, four):
        assert values(admin.get(MEASUREMENTS, source=four, revert="true")) == [0, 1, 2, 3]
        assert values(admin.get(MEASUREMENTS, source=four, revert="true", **DAY)) == [3, 2, 1, 0]
        assert values(admin.get(MEASUREMENTS, source=four, revert="true", dateFrom="2026-01-01", pageSize=1)) == [3]

    def test_filters_narrow_a_list(self, admin, four):
        pressure = {"source": {"id": four}, "time": at(5), "type": "test_Barometer"}
        admin.post(MEASUREMENTS, pressure | {"test_Pressure": {"P": {"value": 1}}})
        for filters, expected in [
            ({}, 5), ({"type": "test_Climate"}, 4), ({"type": "test_Barometer"}, 1), ({"type": "test_None"}, 0),
            ({"valueFragmentType": "test_Temperature"}, 4), ({"valueFragmentType": "test_Pressure"}, 1),
            ({"valueFragmentType": "test_Pressure", "valueFragmentSeries": "P"}, 1),
            ({"valueFragmentType": "test_Pressure", "valueFragmentSeries": "T"}, 0),
            ({"dateFrom": at(10)}, 3), ({"dateTo": at(10)}, 3), ({"dateFrom": at(10), "dateTo": at(10)}, 1),
            ({"dateFrom": "2026-03-01T01:10:00+01:00"}, 3), ({"dateFrom": "2026-03-01"}, 5),
            ({"dateTo": "2026-02-28"}, 0),
        ]:
            page = admin.get(MEASUREMENTS, source=four, pageSize=50, withTotalElements="true", **filters)
            assert len(page["measurements"]) == page["statistics"]["totalElements"] == expected, filters
        for absent in (ABSENT, "no id"):
            assert admin.get(MEASUREMENTS, source=absent)["measurements"] == []

    def test_what_an_object_supports_is_told(self, admin, four):
        path = f"/inventory/managedObjects/{four}"
        assert admin.get(f"{path}/supportedMeasurements") == {"c8y_SupportedMeasurements": ["test_Temperature"]}
        assert admin.get(f"{path}/supportedSeries") == {"c8y_SupportedSeries": ["test_Temperature.T"]}

    def test_csv_has_one_row_per_series(self, admin, source):
        two = {"T": {"value": 1.50, "unit": "C"}, "H": {"value": 40}}
        admin.post(MEASUREMENTS, {"source": {"id": source}, "time": at(0), "type": "test_Both", "test_Air": two})
        admin.post(MEASUREMENTS, temperature(source, 1, 2))
        answer = admin.request("GET", MEASUREMENTS, query={"source": source}, accept="text/csv")
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/csv")
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert rows[0] == ["time", "source", "device_name", "fragment.series", "value", "unit"]
        assert sorted(rows[1:]) == [
            [at(0), source, "thermometer", "test_Air.H", "40", ""],
            [at(0), source, "thermometer", "test_Air.T", "1.5", "C"],
            [at(1), source, "thermometer", "test_Temperature.T", "2", "C"],
        ]

    def test_csv_is_harmless_in_a_spreadsheet(self, admin, kind):
        evil = '=HYPERLINK("https://evil.example","x")'
        source = admin.new_object(type=kind, name=evil)["id"]
        admin.post(MEASUREMENTS, temperature(source, 0, 1))
        answer = admin.request("GET", MEASUREMENTS, query={"source": source}, accept="text/csv")
        assert list(csv.reader(io.StringIO(answer.text)))[1][2] == "'" + evil

    def test_csv_has_every_page(self, admin, source):
        many = [temperature(source, minute % 60, minute) for minute in range(2500)]
        admin.post(MEASUREMENTS, {"measurements": many})
        answer = admin.request("GET", MEASUREMENTS, query={"source": source}, accept="text/csv")
        assert len(answer.text.splitlines()) == 2501

    @pytest.mark.parametrize("asked", ["application/xlsx", "application/vnd.ms-excel"])
    def test_a_spreadsheet_has_the_same_cells_and_no_formula(self, admin, kind, asked):
        evil = "=1+1"
        source = admin.new_object(type=kind, name=evil)["id"]
        admin.post(MEASUREMENTS, temperature(source, 0, -2.5))
        answer = admin.request("GET", MEASUREMENTS, query={"source": source}, accept=asked)
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith(asked)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="measurements.xlsx"'
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                ElementTree.fromstring(archive.read(name))
            sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        rows = [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{SHEET}row")]
        assert rows[1] == [at(0), source, evil, "test_Temperature.T", "-2.5", "C"] and len(rows) == 2
        assert not list(sheet.iter(f"{SHEET}f"))

    def test_a_stream_is_the_list_without_pages(self, admin, four):
        listed = admin.get(MEASUREMENTS, source=four, pageSize=50)["measurements"]
        answer = admin.request("GET", MEASUREMENTS, query={"source": four}, accept="application/json-stream")
        assert answer.headers["Content-Type"].startswith("application/json-stream")
        assert answer.json()["measurements"] == listed


class TestSeries:
    def test_plain_series_are_a_table_by_time(self, admin, source):
        air = {"T": {"value": 1, "unit": "C"}, "H": {"value": 40, "unit": "%"}}
        admin.post(MEASUREMENTS, {"source": {"id": source}, "time": at(0), "type": "test_Both", "test_Air": air})
        admin.post(MEASUREMENTS, temperature(source, 1, 2))
        table = admin.get(SERIES, source=source, **DAY)
        assert list(table) == ["values", "series", "truncated"] and table["truncated"] is False
        columns = [(column["type"], column["name"], column["unit"]) for column in table["series"]]
        assert sorted(columns) == [("test_Air", "H", "%"), ("test_Air", "T", "C"), ("test_Temperature", "T", "C")]
        cell = {column[:2]: place for place, column in enumerate(columns)}
        first, second = table["values"][at(0)], table["values"][at(1)]
        assert first[cell["test_Air", "H"]] == {"min": 40, "max": 40}
        assert second[cell["test_Temperature", "T"]] == {"min": 2, "max": 2}
        assert second[cell["test_Air", "H"]] == {}, "what is missing before the last is empty"

    def test_only_the_series_asked_for_are_shown(self, admin, source):
        admin.post(MEASUREMENTS, temperature(source, 0, 1, test_Other={"X": {"value": 5}}))
        for asked in (["test_Other.X"], ["test_Other.X,test_Temperature.T"], ["test_Other.X", "test_Temperature.T"]):
            table = admin.get(SERIES, source=source, series=asked, **DAY)
            shown = {f"{column['type']}.{column['name']}" for column in table["series"]}
            assert shown == set(",".join(asked).split(","))
        assert admin.status("GET", SERIES, query={"source": source, "series": "nodot"} | DAY) == 422

    @pytest.mark.parametrize("aggregation, expected", [
        ("MINUTELY", {at(0): [{"min": 0, "max": 2}], at(61): [{"min": 3, "max": 3}]}),
        ("HOURLY", {at(0): [{"min": 0, "max": 2}], at(60): [{"min": 3, "max": 3}]}),
        ("DAILY", {at(0): [{"min": 0, "max": 3}]}),
    ])
    def test_aggregation_gives_the_least_and_the_greatest(self, admin, source, aggregation, expected):
        for second, value in ((0, 1), (10, 0), (20, 2)):
            admin.post(MEASUREMENTS, temperature(source, 0, value, time=at(0, second)))
        admin.post(MEASUREMENTS, temperature(source, 61, 3, time=at(61, 30)))
        table = admin.get(SERIES, source=source, aggregationType=aggregation, **DAY)
        assert table["values"] == expected

    def test_the_order_can_be_turned(self, admin, four):
        assert list(admin.get(SERIES, source=four, **DAY)["values"]) == [at(0), at(10), at(20), at(30)]
        assert list(admin.get(SERIES, source=four, revert="true", **DAY)["values"]) == [at(30), at(20), at(10), at(0)]

    def test_more_than_5000_values_are_cut_off_and_marked(self, admin, source):
        seconds = [f"2026-03-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000Z" for n in range(5001)]
        many = [temperature(source, 0, 1, time=time) for time in seconds]
        admin.post(MEASUREMENTS, {"measurements": many[:5000]})
        whole = admin.get(SERIES, source=source, **DAY)
        assert (len(whole["values"]), whole["truncated"]) == (5000, False)
        admin.post(MEASUREMENTS, many[5000])
        cut = admin.get(SERIES, source=source, **DAY)
        assert (list(cut["values"]), cut["truncated"]) == (seconds[:5000], True)
        hourly = admin.get(SERIES, source=source, aggregationType="HOURLY", **DAY)
        assert (len(hourly["values"]), hourly["truncated"]) == (2, False)

    @pytest.mark.parametrize("leave_out", ["source", "dateFrom", "dateTo"])
    def test_source_and_times_are_mandatory(self, admin, four, leave_out):
        query = {"source": four} | DAY
        del query[leave_out]
        problem = check_problem(admin.request("GET", SERIES, query=query), 422, "measurement/Invalid Data")
        assert leave_out in problem["message"]


class TestDeleting:
    def test_one_is_deleted_by_its_id(self, admin, four):
        one = admin.get(MEASUREMENTS, source=four)["measurements"][1]["id"]
        admin.delete(f"{MEASUREMENTS}/{one}")
        check_problem(admin.request("GET", f"{MEASUREMENTS}/{one}"), 404, "measurement/Not Found")
        assert admin.status("DELETE", f"{MEASUREMENTS}/{one}") == 404
        assert values(admin.get(MEASUREMENTS, source=four)) == [0, 2, 3]

    @pytest.mark.parametrize("filters, left", [
        ({}, []), ({"dateFrom": at(20)}, [0, 1]), ({"dateTo": at(10)}, [2, 3]), ({"type": "test_None"}, [0, 1, 2, 3]),
        ({"fragmentType": "test_Temperature", "dateTo": at(0)}, [1, 2, 3]),
        ({"fragmentType": "test_None"}, [0, 1, 2, 3]),
    ])
    def test_many_are_deleted_by_a_filter(self, admin, four, filters, left):
        admin.delete(MEASUREMENTS, source=four, **filters)
        assert values(admin.get(MEASUREMENTS, source=four)) == left

    @pytest.mark.parametrize("filters", [{}, {"type": "test_Climate"}, {"fragmentType": "test_Temperature"}])
    def test_a_deletion_that_names_neither_source_nor_time_is_refused(self, admin, four, filters):
        check_problem(admin.request("DELETE", MEASUREMENTS, query=filters), 422, "measurement/Invalid Data")
        assert values(admin.get(MEASUREMENTS, source=four)) == [0, 1, 2, 3]

    def test_a_source_that_cannot_exist_deletes_nothing(self, admin, four):
        admin.delete(MEASUREMENTS, source="no id", dateTo="2030-01-01")
        assert values(admin.get(MEASUREMENTS, source=four)) == [0, 1, 2, 3]

    def test_the_measurements_of_a_deleted_object_are_gone(self, admin, four):
        one = admin.get(MEASUREMENTS, source=four)["measurements"][0]["id"]
        admin.delete(f"/inventory/managedObjects/{four}")
        assert admin.status("GET", f"{MEASUREMENTS}/{one}") == 404
        assert admin.get(MEASUREMENTS, source=four)["measurements"] == []
