//! Lists of PostgreSQL under row-level security: the same objects, the same rights, the same pages.
//!
//! The rule of inheritance is a table of everything above each object, which makes its reading as fast as PostgreSQL
//! can; a move of a subtree would have to rewrite it. The policy asks it once per question, as an array: asked row by
//! row it would read the whole table.

mod cluster;

use crate::row;
use cluster::{Cluster, text};
use postgres::Client;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

const TABLES: &str = "
    CREATE TABLE object (id bigint PRIMARY KEY, parent bigint, type text, name text, owner text, doc jsonb NOT NULL);
    CREATE TABLE above (ancestor bigint, descendant bigint);
    CREATE TABLE granted (subject text, object bigint, scope text, fragment text, level text);";

const RULES: &str = "
    INSERT INTO above
        WITH RECURSIVE line(ancestor, descendant) AS (
            SELECT id, id FROM object
            UNION ALL
            SELECT o.parent, l.descendant FROM line l JOIN object o ON o.id = l.ancestor WHERE o.parent IS NOT NULL)
        SELECT ancestor, descendant FROM line;
    ALTER TABLE above ADD PRIMARY KEY (ancestor, descendant);
    CREATE INDEX ON object (parent);
    CREATE INDEX ON object ((doc ->> 'colour'));
    CREATE INDEX ON granted (subject);
    CREATE FUNCTION visible() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER AS $$
        SELECT array(
            SELECT DISTINCT a.descendant FROM granted g JOIN above a ON a.ancestor = g.object
            WHERE g.subject = current_setting('app.subject')
              AND g.scope IN ('MANAGED_OBJECT', '*') AND g.fragment = '*' AND g.level IN ('READ', '*')) $$;
    ALTER TABLE object ENABLE ROW LEVEL SECURITY;
    CREATE POLICY readable ON object FOR SELECT USING (id = ANY ((SELECT visible())::bigint[]));
    CREATE ROLE reader LOGIN;
    GRANT SELECT ON object TO reader;";

const PAGE: &str = "SELECT id, type, name, owner, doc::text, count(*) OVER () FROM object
    WHERE doc ->> 'colour' = $1 ORDER BY id LIMIT $2 OFFSET $3";

/// What a question gave when the platform was asked: the total, and the ids of the page.
struct Page {
    what: String,
    skip: i64,
    take: i64,
    total: i64,
    ids: Vec<i64>,
}

/// Fills a new database from the files of a directory, and asks each of its pages so often.
pub(crate) fn measure(files: &Path, times: usize) -> Result<(), String> {
    let pages = pages(&read(&files.join("pages.tsv"))?)?;
    let cluster = Cluster::start()?;
    fill(&mut cluster.client("postgres")?, files)?;
    let mut client = cluster.client("reader")?;
    client.batch_execute("SET app.subject = 'reader'").map_err(text)?;
    let statement = client.prepare(PAGE).map_err(text)?;
    for page in pages {
        let mut taken = Vec::with_capacity(times);
        for _ in 0..times {
            let begun = Instant::now();
            let rows = client
                .query(&statement, &[&"red", &page.take, &page.skip])
                .map_err(text)?;
            let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
            let documents: usize = rows.iter().map(|row| row.get::<_, &str>(4).len()).sum();
            taken.push(begun.elapsed());
            let total = rows.first().map_or(0, |row| row.get::<_, i64>(5));
            if ids != page.ids || total != page.total || documents == 0 {
                return Err(format!("{}: other answers: {ids:?} of {total}", page.what));
            }
        }
        let what = format!("{}; PostgreSQL 15, row-level security, socket", page.what);
        row(&what, times, &shares(taken));
    }
    Ok(())
}

fn fill(client: &mut Client, files: &Path) -> Result<(), String> {
    client.batch_execute(TABLES).map_err(text)?;
    for (table, columns) in [
        ("object", "(id, parent, type, name, owner, doc)"),
        ("granted", ""),
    ] {
        let rows = fs::read(files.join(format!("{table}.tsv"))).map_err(text)?;
        let mut copy = client
            .copy_in(&format!("COPY {table} {columns} FROM STDIN"))
            .map_err(text)?;
        copy.write_all(&rows).map_err(text)?;
        copy.finish().map_err(text)?;
    }
    client.batch_execute(RULES).map_err(text)?;
    // Not in one transaction with others.
    client.batch_execute("VACUUM (ANALYZE, FREEZE)").map_err(text)
}

fn pages(lines: &str) -> Result<Vec<Page>, String> {
    let page = |line: &str| {
        let fields: Vec<_> = line.split('\t').collect();
        let [what, skip, take, total, ids] = fields.as_slice() else {
            return Err(format!("`{line}` is no page"));
        };
        let number = |field: &str| field.parse::<i64>().map_err(text);
        Ok(Page {
            what: (*what).to_owned(),
            skip: number(skip)?,
            take: number(take)?,
            total: number(total)?,
            ids: ids.split(',').map(number).collect::<Result<_, _>>()?,
        })
    };
    lines.lines().map(page).collect()
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The times of most questions: half of them took no longer than the first, 99 of 100 no longer than the second.
fn shares(mut taken: Vec<Duration>) -> String {
    taken.sort_unstable();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1_000.0;
    format!("{:.2} ms (p50), {:.2} ms (p99)", at(0.5), at(0.99))
}
