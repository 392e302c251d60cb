//! Which object this device is: found by its external id, or created and given that id.

use super::documents::{self, Device};
use super::sender::Failure;
use crate::client::dial::Dial;
use crate::client::{Answer, Client};
use http::StatusCode;
use model::ids::ObjectId;
use serde_json::Value;

/// The device and how far its registration has come.
#[derive(Debug)]
pub(super) struct Registration {
    device: Device,
    /// Created but perhaps not bound yet: kept over failures so that no second object is created.
    created: Option<ObjectId>,
}

impl Registration {
    pub(super) fn new(device: Device) -> Self {
        Self {
            device,
            created: None,
        }
    }

    /// The object of this device. May be asked again after a failure; it goes on where it stopped.
    pub(super) async fn object<D: Dial>(
        &mut self,
        client: &mut Client<D>,
        measured: &[String],
    ) -> Result<ObjectId, Failure> {
        let found = client.send(&documents::find(&self.device)).await?;
        if found.status != StatusCode::NOT_FOUND {
            let object = id_in(&found, "/managedObject/id")?;
            if let Some(orphan) = self.created.take().filter(|created| *created != object) {
                tracing::warn!(%orphan, %object, "this machine was registered twice at once: delete the orphan");
            }
            return Ok(object);
        }
        let object = match self.created {
            Some(object) => object,
            None => {
                let created = client.send(&documents::create(&self.device, measured)).await?;
                id_in(&created, "/id")?
            }
        };
        self.created = Some(object);
        let bound = client.send(&documents::bind(&self.device, object)).await?;
        if bound.status == StatusCode::NOT_FOUND {
            // Somebody has deleted the object in between: the next try creates another.
            self.created = None;
        }
        if !bound.status.is_success() {
            return Err(Failure::refused(&bound));
        }
        self.created = None;
        tracing::info!(%object, external_id = %self.device.external_id, "this machine is registered as a device");
        Ok(object)
    }
}

/// The identifier at a place of a successful answer.
fn id_in(answer: &Answer, place: &str) -> Result<ObjectId, Failure> {
    if !answer.status.is_success() {
        return Err(Failure::refused(answer));
    }
    let id = answer
        .body
        .pointer(place)
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    id.ok_or(Failure::Later {
        why: "the answer names no object".to_owned(),
        asked: answer.retry_after,
    })
}
