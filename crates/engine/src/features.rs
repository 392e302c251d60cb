//! Feature toggles. There are none: what the platform has, everybody has.

use crate::desk::{Changing, Reading};
use crate::refusal::{Missing, Refusal};
use crate::work::{Command, Query, Then};
use policy::operations::features::{FeatureRead, FeatureSwitch, FeatureSwitchFor, FeatureTenantsRead};

fn missing(key: &str) -> Refusal {
    Refusal::Missing(Missing::Feature(key.to_owned()))
}

/// Lists the feature toggles.
pub struct FindFeatures;

impl Query for FindFeatures {
    type Operation = FeatureRead;
    type Answer = ();

    fn answer(&self, desk: &Reading) -> Result<(), Refusal> {
        let _ = desk.allow::<FeatureRead>()?;
        Ok(())
    }
}

/// Reads one, by its key as sent.
pub struct ReadFeature(pub String);

impl Query for ReadFeature {
    type Operation = FeatureRead;
    type Answer = ();

    fn answer(&self, desk: &Reading) -> Result<(), Refusal> {
        let _ = desk.allow::<FeatureRead>()?;
        Err(missing(&self.0))
    }
}

/// Reads for which tenants one was switched.
pub struct ReadFeatureTenants(pub String);

impl Query for ReadFeatureTenants {
    type Operation = FeatureTenantsRead;
    type Answer = ();

    fn answer(&self, desk: &Reading) -> Result<(), Refusal> {
        let _ = desk.allow::<FeatureTenantsRead>()?;
        Err(missing(&self.0))
    }
}

/// Switches one for the caller's tenant, or leaves it as it is for everybody.
pub struct SwitchFeature(pub String);

impl Command for SwitchFeature {
    type Operation = FeatureSwitch;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let _ = desk.allow::<FeatureSwitch>()?;
        Err(missing(&self.0))
    }
}

/// Switches one for another tenant, or leaves it as it is for everybody.
pub struct SwitchFeatureFor(pub String);

impl Command for SwitchFeatureFor {
    type Operation = FeatureSwitchFor;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let _ = desk.allow::<FeatureSwitchFor>()?;
        Err(missing(&self.0))
    }
}
