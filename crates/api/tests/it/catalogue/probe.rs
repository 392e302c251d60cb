//! One request that makes sense for each declared endpoint.

use super::things::*;
use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use contract::{
    alarms, applications, audit, binaries, bulk_operations, certificates, disconnection, events, explain,
    features, identity, inventory, inventory_roles, login_options, measurements, notifications, operations,
    options, password_reset, permissions, projects, registration, remote_access, retention, second_factor,
    service_accounts, sessions, single_sign_on, software, statistics, tenants, users,
};
use serde_json::{Value, json};

/// A request to an endpoint that makes sense for these things.
pub(super) fn probe(endpoint: Endpoint, number: u32, things: &Things) -> (String, Value) {
    let Things {
        tenant,
        object,
        child,
        loose,
        external,
        measurement: point,
        event: happened,
        attached,
        alarm: raised,
        operation: asked,
        bulk_operation: planned,
        binary,
        user,
        service,
        service_key,
        group,
        record,
        device_object,
        project,
        role,
        assigned,
        assigned_to_group,
        options: category,
        requested,
        fingerprint,
        retention_rule,
        subscription,
        remote_configuration,
        application,
        archive,
        loose_application,
    } = things;
    let mut path = endpoint.declaration().path.to_owned();
    let mut put = |name: &str, value: &str| path = path.replace(&format!("{{{name}}}"), value);
    put("tenantId", tenant);
    if endpoint == Endpoint::Options(options::Endpoint::ReadSystem) {
        put("category", "system");
        put("key", "version");
    }
    put("requestId", requested);
    put("configurationId", remote_configuration);
    put("connectionKey", "x");
    put("operationId", asked);
    put("fingerprint", fingerprint);
    put(
        "typeOrId",
        match endpoint {
            // Nobody has one: whoever passes the decision is told so (404).
            Endpoint::SingleSignOn(_) => "OAUTH2",
            _ => "OAUTH2_INTERNAL",
        },
    );
    put("category", category);
    put("key", "k");
    put("kind", "handshake");
    put("featureKey", "k");
    put("sessionId", &"0".repeat(32));
    put("date", "2026-11-21");
    put("month", "2026-11-21");
    put("childId", child);
    put("type", "c8y_Serial");
    put("externalId", external);
    if let Endpoint::ServiceAccounts(_) = endpoint {
        put("userId", service);
        put("keyId", service_key);
    }
    put("userId", user);
    put("username", user);
    put("groupId", group);
    put(
        "groupName",
        &format!("group-{}", user.trim_start_matches("user-")),
    );
    put("roleId", "ROLE_ALARM_READ");
    put("binaryId", archive);
    put("applicationId", application);
    put("version", "2.0");
    if let Endpoint::Applications(_) = endpoint {
        put("contextPath", application);
        put("file", "index.html");
    }
    put("name", "ROLE_ALARM_READ");
    let id = match endpoint {
        Endpoint::Measurements(_) => point,
        Endpoint::Events(
            events::Endpoint::ReadAttachment
            | events::Endpoint::ReplaceAttachment
            | events::Endpoint::DeleteAttachment,
        ) => attached,
        Endpoint::Events(_) => happened,
        Endpoint::Alarms(_) => raised,
        Endpoint::Operations(_) => asked,
        Endpoint::BulkOperations(_) => planned,
        Endpoint::Binaries(_) => binary,
        Endpoint::Audit(_) => record,
        Endpoint::Inventory(inventory::Endpoint::ReadDeviceUser | inventory::Endpoint::UpdateDeviceUser) => {
            device_object
        }
        Endpoint::Inventory(inventory::Endpoint::Delete) => loose,
        Endpoint::Projects(endpoint) if endpoint != projects::Endpoint::Move => project,
        Endpoint::InventoryRoles(_) => role,
        Endpoint::Retention(_) => retention_rule,
        Endpoint::Applications(_) => application,
        Endpoint::Notifications(_) => subscription,
        Endpoint::Permissions(
            permissions::Endpoint::ReadOnObject | permissions::Endpoint::ChangeOnObject,
        ) => object,
        Endpoint::Permissions(
            permissions::Endpoint::ReadOfGroup
            | permissions::Endpoint::ChangeOfGroup
            | permissions::Endpoint::UnassignOfGroup,
        ) => assigned_to_group,
        Endpoint::Permissions(_) => assigned,
        _ => object,
    };
    put("id", id);
    let reference = json!({"managedObject": {"id": loose}});
    let references = json!({"references": [{"managedObject": {"id": child}}]});
    // Not the caller's: whoever passes the decision is told so (422), and nobody's password changes.
    let password = json!({"currentUserPassword": "not it", "newPassword": "another good passphrase"});
    let body = match endpoint {
        Endpoint::Inventory(endpoint) => match endpoint {
            inventory::Endpoint::Create => json!({"name": "new"}),
            inventory::Endpoint::Update => json!({"name": "changed"}),
            inventory::Endpoint::UpdateDeviceUser => json!({"enabled": true}),
            inventory::Endpoint::AddChildDevices
            | inventory::Endpoint::AddChildAssets
            | inventory::Endpoint::AddChildAdditions => reference,
            inventory::Endpoint::RemoveChildDevices
            | inventory::Endpoint::RemoveChildAssets
            | inventory::Endpoint::RemoveChildAdditions => references,
            _ => Value::Null,
        },
        Endpoint::Identity(identity::Endpoint::CreateExternalId) => {
            json!({"type": "c8y_Imei", "externalId": format!("imei-{number}")})
        }
        Endpoint::Measurements(measurements::Endpoint::Create) => measurement(object),
        Endpoint::Events(events::Endpoint::Create) => event(object),
        Endpoint::Alarms(alarms::Endpoint::Create) => alarm(object),
        Endpoint::Operations(operations::Endpoint::Create) => operation(object),
        Endpoint::Operations(operations::Endpoint::Update) => json!({"status": "EXECUTING"}),
        Endpoint::Certificates(endpoint) => match endpoint {
            certificates::Endpoint::Create => certificate(number),
            certificates::Endpoint::CreateMany => json!({"certificates": [certificate(number)]}),
            certificates::Endpoint::Update => json!({"name": "changed"}),
            // No code waits: whoever passes the decision is told so (422).
            certificates::Endpoint::Prove => json!({"proofOfPossessionSignedVerificationCode": "AAAA"}),
            // No chain and no request: whoever passes the decision is told so (422).
            certificates::Endpoint::VerifyChain | certificates::Endpoint::Reenrol => json!({}),
            certificates::Endpoint::RevokeIssued => json!({"serialNumberInHex": "1000"}),
            certificates::Endpoint::Revoke => json!({"crls": [{"serialNumberInHex": "1000"}]}),
            _ => Value::Null,
        },
        Endpoint::Registration(endpoint) => match endpoint {
            registration::Endpoint::Create => json!({"id": format!("new-{number}")}),
            // As it stands already.
            registration::Endpoint::Update => json!({"status": "WAITING_FOR_CONNECTION"}),
            registration::Endpoint::Credentials => json!({"id": requested}),
            // No form: whoever passes the decision is told so (415).
            registration::Endpoint::Bulk => json!({}),
            _ => Value::Null,
        },
        Endpoint::BulkOperations(bulk_operations::Endpoint::Create) => bulk_operation(object),
        Endpoint::BulkOperations(bulk_operations::Endpoint::Update) => json!({"note": "changed"}),
        Endpoint::Alarms(alarms::Endpoint::Update | alarms::Endpoint::UpdateMany) => {
            json!({"status": "CLEARED"})
        }
        Endpoint::Events(events::Endpoint::Update) => json!({"text": "changed"}),
        // As it is, in any media type.
        Endpoint::Events(events::Endpoint::Attach | events::Endpoint::ReplaceAttachment)
        | Endpoint::Binaries(binaries::Endpoint::Create | binaries::Endpoint::Replace) => {
            json!({"in": "a file"})
        }
        Endpoint::Notifications(notifications::Endpoint::Create) => {
            json!({"context": "mo", "source": {"id": object}, "subscription": format!("other{number}")})
        }
        Endpoint::Notifications(notifications::Endpoint::Token) => {
            json!({"subscription": "topic", "subscriber": "who"})
        }
        Endpoint::Realtime(_) if endpoint.declaration().method == Method::Post => json!([]),
        Endpoint::Explain(explain::Endpoint::Preview) => {
            json!({"subject": {"user": user}, "rules": [format!("{object}, EVENT, *, READ")]})
        }
        Endpoint::Audit(audit::Endpoint::Create) => json!({
            "type": "Inventory", "activity": "a", "text": "t", "time": "2026-11-21T10:00:00Z", "source": {"id": object}
        }),
        Endpoint::Users(endpoint) => match endpoint {
            users::Endpoint::UpdateOwn | users::Endpoint::SetOwnPhone => json!({"phone": "+491"}),
            users::Endpoint::ChangeOwnPassword | users::Endpoint::ChangePassword => password,
            users::Endpoint::Create => {
                json!({"userName": format!("new-{number}"), "email": "new@example.org", "sendPasswordResetEmail": true})
            }
            users::Endpoint::Update => json!({"firstName": "A"}),
            users::Endpoint::AddUserRole | users::Endpoint::AddGroupRole => {
                json!({"role": {"id": "ROLE_EVENT_READ"}})
            }
            // Below itself: whoever passes the decision is told so (422).
            users::Endpoint::SetOwner => json!({"owner": user}),
            users::Endpoint::SetDelegate => json!({"delegatedBy": "admin"}),
            users::Endpoint::CreateGroup => json!({"name": format!("new-{number}")}),
            users::Endpoint::UpdateGroup => json!({"description": "d"}),
            users::Endpoint::AddGroupUser => json!({"user": {"id": user}}),
            _ => Value::Null,
        },
        Endpoint::InventoryRoles(endpoint) => match endpoint {
            inventory_roles::Endpoint::Create => json!({"name": format!("new-{number}"), "permissions": []}),
            inventory_roles::Endpoint::Update => json!({"description": "d"}),
            _ => Value::Null,
        },
        Endpoint::Permissions(endpoint) => match endpoint {
            permissions::Endpoint::AssignToUser | permissions::Endpoint::AssignToGroup => {
                json!({"managedObject": object, "roles": [{"id": role}]})
            }
            permissions::Endpoint::ChangeOfUser | permissions::Endpoint::ChangeOfGroup => {
                json!({"roles": [{"id": role}]})
            }
            permissions::Endpoint::ReplaceRulesOfUser | permissions::Endpoint::ReplaceRulesOfGroup => {
                json!({"rules": [{"text": format!("{object}, EVENT, *, READ")}]})
            }
            permissions::Endpoint::ChangeOnObject => {
                json!({"users": [{"userName": user, "devicePermissions": {object: ["EVENT:*:READ"]}}]})
            }
            _ => Value::Null,
        },
        Endpoint::Projects(endpoint) => match endpoint {
            projects::Endpoint::Create | projects::Endpoint::CreateObject => json!({"name": "new"}),
            projects::Endpoint::Update => json!({"name": "changed"}),
            projects::Endpoint::Move => json!({"project": {"id": project}}),
            _ => Value::Null,
        },
        Endpoint::ServiceAccounts(endpoint) => match endpoint {
            service_accounts::Endpoint::Create => json!({"userName": format!("service_new-{number}")}),
            service_accounts::Endpoint::Update => json!({"description": "changed"}),
            service_accounts::Endpoint::CreateKey => json!({"name": "another"}),
            _ => Value::Null,
        },
        Endpoint::Options(endpoint) => match endpoint {
            options::Endpoint::Create => {
                json!({"category": format!("new-{number}"), "key": "k", "value": "v"})
            }
            options::Endpoint::UpdateCategory => json!({"k": "w"}),
            options::Endpoint::Update | options::Endpoint::SetSecurity => json!({"value": "w"}),
            options::Endpoint::Lock => json!({"editable": "true"}),
            _ => Value::Null,
        },
        Endpoint::Applications(endpoint) => match endpoint {
            applications::Endpoint::Create => {
                json!({"name": format!("new-{number}"), "key": format!("new-{number}"), "type": "EXTERNAL"})
            }
            applications::Endpoint::Update | applications::Endpoint::UpdateCurrent => {
                json!({"description": "changed"})
            }
            applications::Endpoint::TagVersion => json!({"tags": ["beta"]}),
            applications::Endpoint::Subscribe => json!({"application": {"id": loose_application}}),
            // No archive: whoever passes the decision is told so (422).
            applications::Endpoint::Upload | applications::Endpoint::CreateVersion => {
                json!({"no": "archive"})
            }
            _ => Value::Null,
        },
        Endpoint::SecondFactor(endpoint) => match endpoint {
            // No secret was made: whoever passes the decision is told so (404, and 403 of a code).
            second_factor::Endpoint::SetActivity => json!({"isActive": true}),
            second_factor::Endpoint::Verify => json!({"code": "123456"}),
            second_factor::Endpoint::MakeRecovery => json!({}),
            second_factor::Endpoint::DemandOfUser => json!({"tfaEnforced": true}),
            second_factor::Endpoint::SetOfTenant => json!({"strategy": "TOTP"}),
            _ => Value::Null,
        },
        Endpoint::PasswordReset(endpoint) => match endpoint {
            password_reset::Endpoint::Ask => json!({"email": "a@example.org"}),
            password_reset::Endpoint::Redeem => {
                json!({"token": "1.x", "email": "a@example.org", "newPassword": "another good passphrase"})
            }
            password_reset::Endpoint::HandOut => json!({"currentUserPassword": "not it"}),
            password_reset::Endpoint::Check => Value::Null,
        },
        Endpoint::Features(features::Endpoint::Switch | features::Endpoint::SwitchFor) => {
            json!({"active": true})
        }
        Endpoint::Retention(retention::Endpoint::Create | retention::Endpoint::Update) => {
            json!({"maximumAge": 3_001})
        }
        Endpoint::RemoteAccess(endpoint) => match endpoint {
            remote_access::Endpoint::CreateConfiguration => {
                json!({"name": "x", "hostname": "h", "port": 1, "protocol": "SSH"})
            }
            remote_access::Endpoint::UpdateConfiguration => json!({"name": "changed"}),
            _ => Value::Null,
        },
        Endpoint::Disconnection(endpoint) => match endpoint {
            disconnection::Endpoint::Disconnect | disconnection::Endpoint::BeginDecommissioning => {
                json!({"reason": "stolen"})
            }
            disconnection::Endpoint::StepDecommissioning => json!({"step": "EXPORT", "note": "done"}),
            _ => Value::Null,
        },
        Endpoint::Software(
            software::Endpoint::Replace | software::Endpoint::Add | software::Endpoint::Remove,
        ) => json!([{"name": "s", "version": "1"}]),
        Endpoint::Statistics(statistics::Endpoint::CreateFile) => {
            json!({"dateFrom": "2026-11-01", "dateTo": "2026-11-02"})
        }
        // Not offered: whoever asks is told so (422), and no session is opened.
        Endpoint::Sessions(sessions::Endpoint::Open | sessions::Endpoint::OpenForHeader) => {
            json!({"grant_type": "AUTHORIZATION_CODE"})
        }
        Endpoint::SingleSignOn(endpoint) => match endpoint {
            single_sign_on::Endpoint::CreateMapping | single_sign_on::Endpoint::UpdateMapping => {
                json!({"when": {"operator": "EQ", "parameterPath": "a", "value": "b"}, "thenGroups": [1]})
            }
            single_sign_on::Endpoint::CreateInventoryMapping
            | single_sign_on::Endpoint::UpdateInventoryMapping => {
                let roles = json!([{"managedObject": "1", "roleIds": [1]}]);
                json!({"when": {"operator": "EQ", "parameterPath": "a", "value": "b"}, "thenInventoryRoles": roles})
            }
            _ => Value::Null,
        },
        Endpoint::LoginOptions(endpoint) => match endpoint {
            // It is there already: whoever passes the decision is told so (400).
            login_options::Endpoint::Create => json!({"type": "BASIC"}),
            login_options::Endpoint::Restrict => json!({"onlyManagementTenantAccess": false}),
            login_options::Endpoint::Update => json!({"visibleOnLoginPage": true}),
            _ => Value::Null,
        },
        Endpoint::Tenants(endpoint) => match endpoint {
            tenants::Endpoint::Create => {
                json!({"company": "c", "domain": format!("new-{number}.example.org"), "adminName": "admin"})
            }
            tenants::Endpoint::Update => json!({"company": "changed"}),
            tenants::Endpoint::Setup => {
                json!({"tenant": tenant, "userName": "admin", "secret": "0000-0000", "password": "a good passphrase"})
            }
            _ => Value::Null,
        },
        _ => Value::Null,
    };
    let query = match endpoint {
        Endpoint::PasswordReset(password_reset::Endpoint::Check) => {
            "?token=1.x&email=a@example.org".to_owned()
        }
        Endpoint::Measurements(measurements::Endpoint::Series) => {
            format!("?source={object}&dateFrom=2026-01-01&dateTo=2027-01-01")
        }
        Endpoint::Software(_)
        | Endpoint::Operations(operations::Endpoint::List | operations::Endpoint::DeleteMany) => {
            format!("?deviceId={object}")
        }
        Endpoint::Measurements(measurements::Endpoint::DeleteMany | measurements::Endpoint::List)
        | Endpoint::Events(events::Endpoint::List | events::Endpoint::DeleteMany)
        | Endpoint::Alarms(
            alarms::Endpoint::List
            | alarms::Endpoint::Count
            | alarms::Endpoint::UpdateMany
            | alarms::Endpoint::DeleteMany,
        )
        | Endpoint::Notifications(notifications::Endpoint::List | notifications::Endpoint::DeleteMany) => {
            format!("?source={object}")
        }
        Endpoint::Binaries(binaries::Endpoint::List) => format!("?ids={binary}"),
        Endpoint::Applications(applications::Endpoint::DeleteVersion) => "?version=2.0".to_owned(),
        Endpoint::Inventory(inventory::Endpoint::List) => format!("?ids={object}"),
        Endpoint::Explain(explain::Endpoint::OfUser | explain::Endpoint::OfGroup) => {
            format!("?device={object}")
        }
        Endpoint::Audit(audit::Endpoint::Consistency) => "?first=1".to_owned(),
        _ => String::new(),
    };
    (path + &query, body)
}

fn certificate(number: u32) -> Value {
    crate::certificates::body(&crate::certificates::Ca::new(&format!("new-{number}")).pem)
}
