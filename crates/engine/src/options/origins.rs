//! Which web pages may read the answers to their requests: the tenant of the host name says so, whoever asks.

use crate::door::Door;
use crate::refusal::{Invalid, Refusal};
use model::names::{Domain, TenantId};
use model::options::{OptionName, OptionValue};
use model::origins::{AllowedOrigins, CATEGORY, KEY};
use model::tenants::TenantStatus;
use policy::decide::decide_public;
use policy::operations::options::AllowedOriginsRead;

/// Refuses a value of the option that nothing could be read from: it would silently allow nobody.
pub(super) fn check(name: &OptionName, value: &OptionValue) -> Result<(), Refusal> {
    if (name.category.as_str(), name.key.as_str()) != (CATEGORY, KEY) {
        return Ok(());
    }
    let parsed = AllowedOrigins::parse(value.expose());
    parsed
        .map(drop)
        .map_err(|bad| Refusal::Invalid(Invalid::Origins(bad)))
}

impl Door {
    /// The tenant of a host name and the origins that it allows. Where there is no tenant, no option, or one that is no list
    /// of origins, it is nobody.
    pub fn allowed_origins(
        &self,
        host: Option<&Domain>,
    ) -> Result<Option<(TenantId, AllowedOrigins)>, Refusal> {
        let read = self.at_once(|| {
            let tenant = self.0.tenant_named(None, host)?;
            let Some(tenant) = tenant.filter(|tenant| tenant.status == TenantStatus::Active) else {
                return Ok(None);
            };
            let proof = decide_public::<AllowedOriginsRead>(tenant.number).map_err(|_| Refusal::Forbidden)?;
            let (Ok(category), Ok(key)) = (CATEGORY.parse(), KEY.parse()) else {
                return Ok(None);
            };
            let tx = self.0.store.read(tenant.number)?;
            let option = tx.options(proof).option(&OptionName { category, key })?;
            let allowed = option.and_then(|option| AllowedOrigins::parse(&option.value?).ok());
            Ok(allowed.map(|allowed| (tenant.id, allowed)))
        });
        read.map_err(|refused| refused.refusal)
    }
}
