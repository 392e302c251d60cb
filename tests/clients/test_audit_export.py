"""The audit log as a table: CSV and a spreadsheet, for those who may read it."""

import csv
import io
import zipfile

import pytest
from client import check_problem, fresh

PATH = "/audit/auditRecords"


@pytest.fixture(scope="module")
def marked(admin):
    """A word that some records hold, one of them with a text that a spreadsheet could take for a formula."""
    word = fresh("export")
    for text in (f"{word} one", f"=cmd|'/c calc'!A1 {word}", f'{word} "quoted", with a comma\nand two lines'):
        admin.post(PATH, {
            "type": "Inventory", "activity": word, "text": text, "time": "2026-03-01T12:00:00.000Z", "severity": "MINOR",
            "source": {"id": "7"},
        })
    return word


def test_records_come_as_csv_with_every_field_quoted_where_it_must_be(admin, marked):
    answer = admin.request("GET", PATH, accept="text/csv", query={"type": "Inventory"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers.get("Content-Disposition", "attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    own = [row for row in rows if marked in row.values()]
    assert len(own) == 3
    texts = " ".join(" ".join(row.values()) for row in own)
    assert '"quoted", with a comma' in texts
    # What begins like a formula does not begin a cell.
    assert not any(value.startswith("=") for row in own for value in row.values())


@pytest.mark.parametrize("media", ["application/vnd.ms-excel", "application/xlsx"])
def test_records_come_as_a_spreadsheet(admin, marked, media):
    answer = admin.request("GET", PATH, accept=media, query={"type": "Inventory"})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert book.testzip() is None
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        everything = sheet + "".join(book.read(name).decode() for name in book.namelist() if "sharedStrings" in name)
    assert marked in everything and "<f>" not in sheet


def test_whoever_may_not_read_the_log_gets_no_table(nobody, server):
    check_problem(nobody.request("GET", PATH, accept="text/csv"), 403)
    check_problem(server.client().request("GET", PATH, accept="text/csv"), 401)


def test_another_tenants_records_are_in_no_table(other_admin, marked):
    assert marked not in other_admin.request("GET", PATH, accept="text/csv").text
