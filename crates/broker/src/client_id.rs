//! Client ids: which device somebody speaks for, and the template collection of messages that name none. Whether the
//! caller may speak for it is not known here.

use model::registration::DeviceId;
use smartrest::topic::CollectionId;

/// What a client id says: `ID`, `d:ID` or `d:ID:COLLECTION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientId {
    /// The device. Forms with and without `d:` name the same one.
    pub(crate) device: DeviceId,
    /// The collection of `s/ud` and `s/dd`.
    pub(crate) collection: Option<CollectionId>,
}

impl ClientId {
    /// Reads a client id; nothing if it has another form, or names no device that can be.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split(':').collect();
        let (device, collection) = match *parts.as_slice() {
            [device] | ["d", device] => (device, None),
            ["d", device, collection] => (device, Some(collection.parse().ok()?)),
            _ => return None,
        };
        let device = device.parse().ok()?;
        Some(Self { device, collection })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_names_a_device_in_three_forms_and_no_other() {
        for (text, expected) in [
            ("SN123", Some(("SN123", None))),
            ("d:SN123", Some(("SN123", None))),
            ("d:SN123:myColl", Some(("SN123", Some("myColl")))),
            ("d", Some(("d", None))),
            ("", None),
            ("d:", None),
            (":SN123", None),
            ("x:SN123", None),
            ("SN123:myColl", None),
            ("d:SN123:", None),
            ("d:SN123:a:b", None),
            ("d:SN123:a/b", None),
            ("a b", None),
            ("a/b", None),
            ("t100/device_x", None),
            ("..", None),
            ("a\u{0}", None),
        ] {
            let read = ClientId::parse(text);
            let shown = read.as_ref().map(|id| {
                let collection = id.collection.as_ref().map(CollectionId::as_str);
                (id.device.as_str(), collection)
            });
            assert_eq!(shown, expected, "{text:?}");
        }
    }
}
