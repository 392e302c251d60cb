//! Rows about installed software, as the advanced list keeps it.

use crate::arguments::Arguments;
use crate::fault::Fault;

/// A piece of installed software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its type.
    pub kind: Option<String>,
    /// Where it comes from.
    pub url: Option<String>,
}

/// A list, which may be empty.
pub(super) fn list(mut arguments: Arguments<'_>) -> Result<Vec<Software>, Fault> {
    let mut list = Vec::new();
    while !arguments.is_over() {
        let (name, version) = name_and_version(&mut arguments)?;
        list.push(Software {
            name,
            version,
            kind: arguments.optional().map(str::to_owned),
            url: arguments.optional().map(str::to_owned),
        });
    }
    Ok(list)
}

/// A list with something in it.
pub(super) fn some(arguments: Arguments<'_>) -> Result<Vec<Software>, Fault> {
    list(arguments).and_then(filled)
}

/// Names and versions, at least one.
pub(super) fn removed(mut arguments: Arguments<'_>) -> Result<Vec<(String, String)>, Fault> {
    let mut list = Vec::new();
    while !arguments.is_over() {
        list.push(name_and_version(&mut arguments)?);
    }
    filled(list)
}

fn filled<T>(list: Vec<T>) -> Result<Vec<T>, Fault> {
    if list.is_empty() {
        return Err(Fault::missing("the name of the software"));
    }
    Ok(list)
}

fn name_and_version(arguments: &mut Arguments<'_>) -> Result<(String, String), Fault> {
    let name = arguments.required("the name of the software")?;
    let version = arguments.required("the version of the software")?;
    Ok((name.to_owned(), version.to_owned()))
}
