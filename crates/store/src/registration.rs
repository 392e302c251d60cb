//! Requests for devices as rows of the identity part, because each is about to become a user; and where a registered
//! device is to be put when it creates its object.

use crate::fault::StoreFault;
use crate::options::value_of;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::ids::{PrincipalId, TenantNumber};
use model::registration::{
    DeviceId, DeviceRequest, Placement, REGISTRATION_OPTIONS, TOKEN_POLICY_OPTION, TokenPolicy,
};
use model::tenants::Tenant;
use policy::facts::Principal;

rows! {
    DeviceRequest => DeviceRequest,
    Placement => Placement,
}

fn request_key(view: &View, tenant: TenantNumber, device: &DeviceId) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_identity(tenant, "device-request", device.as_str())?;
    Ok(Key::new(tenant, Table::DeviceRequest).blind(blind))
}

fn placement_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::Placement).number(user.number())
}

impl View {
    /// Where the device that acts is to be put.
    pub fn placement_of(&self, who: &Principal) -> Result<Option<Placement>, StoreFault> {
        self.row(&placement_key(who.tenant(), who.id()))
    }

    /// The request for a device in the tenant of whoever acts, for finding out whose a name is.
    pub fn request_for(
        &self,
        who: &Principal,
        device: &DeviceId,
    ) -> Result<Option<DeviceRequest>, StoreFault> {
        RealmRows::new(self, who.tenant()).device_request(device)
    }

    /// The devices for which a tenant has requests: what finding the tenant of a device needs.
    pub fn requested_devices(&self, tenant: &Tenant) -> Result<Vec<DeviceRequest>, StoreFault> {
        RealmRows::new(self, tenant.number).device_requests()
    }

    /// The request for a device in a tenant, for the same.
    pub fn requested_device(
        &self,
        tenant: &Tenant,
        device: &DeviceId,
    ) -> Result<Option<DeviceRequest>, StoreFault> {
        RealmRows::new(self, tenant.number).device_request(device)
    }
}

impl RealmRows<'_> {
    /// The request for a device.
    pub fn device_request(&self, device: &DeviceId) -> Result<Option<DeviceRequest>, StoreFault> {
        self.view.row(&request_key(self.view, self.tenant, device)?)
    }

    /// Every request, in no meaningful order.
    pub fn device_requests(&self) -> Result<Vec<DeviceRequest>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::DeviceRequest))
    }

    /// How many requests there are.
    pub fn count_device_requests(&self) -> Result<usize, StoreFault> {
        self.view.count(&Key::new(self.tenant, Table::DeviceRequest))
    }

    /// What the tenant's security tokens are for.
    pub fn token_policy(&self) -> Result<TokenPolicy, StoreFault> {
        let value = value_of(self.view, self.tenant, REGISTRATION_OPTIONS, TOKEN_POLICY_OPTION)?;
        Ok(TokenPolicy::of(value.as_deref()))
    }
}

impl RealmChanges<'_> {
    /// Stores a request, new or changed.
    pub fn put_device_request(&self, request: &DeviceRequest) -> Result<(), StoreFault> {
        self.tx
            .put(&request_key(&self.tx.view, self.tenant, &request.id)?, request)
    }

    /// Forgets a request.
    pub fn delete_device_request(&self, device: &DeviceId) -> Result<(), StoreFault> {
        self.tx.delete(&request_key(&self.tx.view, self.tenant, device)?);
        Ok(())
    }

    /// Notes where a device is to be put.
    pub fn put_placement(&self, user: PrincipalId, placement: &Placement) -> Result<(), StoreFault> {
        self.tx.put(&placement_key(self.tenant, user), placement)
    }

    /// A device is put, or cannot be; or its user is gone.
    pub fn end_placement(&self, user: PrincipalId) {
        self.tx.delete(&placement_key(self.tenant, user));
    }
}
