//! Feature toggles, of which there are none.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use contract::features::{Endpoint, feature_switch};
use engine::features::{FindFeatures, ReadFeature, ReadFeatureTenants, SwitchFeature, SwitchFeatureFor};

pub(crate) async fn handle(endpoint: Endpoint, mut call: Call) -> Result<Answer, Problem> {
    if let Some(body) = call.body.take() {
        feature_switch(body).map_err(|bad| Problem::body(&call, &bad))?;
    }
    let key = call.part(0).to_owned();
    let status = match endpoint {
        Endpoint::List => {
            call.ask(FindFeatures).await?;
            return Ok(Answer::text("application/json", "[]"));
        }
        Endpoint::Read => call.ask(ReadFeature(key)).await.map(|()| 200),
        Endpoint::ListTenants => call.ask(ReadFeatureTenants(key)).await.map(|()| 200),
        Endpoint::Switch => call.run(SwitchFeature(key)).await.map(|()| 200),
        Endpoint::Unswitch => call.run(SwitchFeature(key)).await.map(|()| 204),
        Endpoint::SwitchFor => call.run(SwitchFeatureFor(key)).await.map(|()| 200),
        Endpoint::UnswitchFor => call.run(SwitchFeatureFor(key)).await.map(|()| 204),
    }?;
    Ok(Answer::nothing(status))
}
