//! Endpoints of the interface itself: entry points, the API document, whom to tell about a weakness.

use crate::endpoint::{Answer, answer, endpoints};
use policy::operations::events::EventRootRead;
use policy::operations::platform as does;

endpoints! {
    Platform = Get "/platform" does does::PlatformRead {
        answer: answer(200, "platformapi", "ApiResource"),
        errors: &[],
        about: "The entry points of all resources.",
    }
    Inventory = Get "/inventory" does does::InventoryRootRead {
        answer: answer(200, "inventoryapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of the inventory.",
    }
    Identity = Get "/identity" does does::IdentityRootRead {
        answer: answer(200, "identityapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of identity.",
    }
    Measurement = Get "/measurement" does does::PlatformRead {
        answer: answer(200, "measurementapi", "ApiResource"),
        errors: &[],
        about: "The entry point of measurements.",
    }
    Event = Get "/event" does EventRootRead {
        answer: answer(200, "eventapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of events.",
    }
    Audit = Get "/audit" does does::AuditRootRead {
        answer: answer(200, "auditapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of audit.",
    }
    User = Get "/user" does does::UserRootRead {
        answer: answer(200, "userapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of users.",
    }
    Tenant = Get "/tenant" does does::TenantRootRead {
        answer: answer(200, "tenantapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of tenants.",
    }
    OpenApi = Get "/api/openapi.json" does does::PlatformRead {
        answer: Answer { status: 200, media: Some("application/json"), schema: None },
        errors: &[],
        about: "This document.",
    }
    Reference = Get "/api" does does::PlatformRead {
        answer: Answer { status: 200, media: Some("text/html"), schema: None },
        errors: &[],
        about: "This document as a page to read.",
    }
    Health = Get "/health" does does::HealthRead {
        answer: answer(200, "application/json", "Health"),
        errors: &[],
        about: "Whether the platform answers, and nothing else about it.",
    }
    SecurityContact = Get "/.well-known/security.txt" does does::SecurityContact {
        answer: Answer { status: 200, media: Some("text/plain"), schema: None },
        errors: &[404],
        about: "Whom to tell about a weakness (RFC 9116); 404 until the operator has configured it.",
    }
}
