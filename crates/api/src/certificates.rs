//! Trusted certificates and revoked serial numbers.

use crate::answer::Answer;
use crate::call::Call;
use crate::device_tokens;
use crate::paging::Page;
use crate::problem::Problem;
use crate::users::check_tenant;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contract::body::BadBody;
use contract::certificates::{
    Endpoint, Revoked, chain, change, new_certificate, new_certificates, revocation, revoked, signature,
};
use contract::certificates::{PKCS7, PKIX_CRL};
use engine::certificates::{
    AddCertificates, AuthorityAsked, Chain, ChangeCertificate, CreateAuthority, DeleteCertificate, Enrol,
    FindCertificates, FindIssued, NewChallenge, ProvePossession, ReadCertificate, RenewAuthority, Revocation,
    RevokeIssued, RevokeSerials, VerifyChain,
};
use engine::refusal::{Missing, Refusal};
use http::header::{CONTENT_TYPE, HeaderName};
use model::certificates::{Fingerprint, TrustedCertificate};
use model::json::{Json, Object};
use model::limits::{CHAIN_CERTIFICATES_MAX, CHAIN_IN_HEADER_CERTIFICATES_MAX};
use model::names::TenantId;

const JSON: &str = "application/json";
/// Characters of a line of base64 in PEM text.
const LINE_CHARS: usize = 64;

pub(crate) async fn handle(endpoint: Endpoint, mut call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Confirm => return confirm(&call).await,
        Endpoint::VerifyChain => return verify(call).await,
        Endpoint::Revoke => return revoke(call).await,
        Endpoint::CreateAuthority => {
            let made = call.run(CreateAuthority).await?;
            let location = link(&call, &made)?;
            return Ok(answer(&call, 201, &made)?.at(location));
        }
        Endpoint::RenewAuthority => {
            let made = call.run(RenewAuthority).await?;
            return answer(&call, 200, &made);
        }
        Endpoint::AuthorityRevocations => return public_list(&call).await,
        Endpoint::ReadRevocations => {
            let list = call
                .door()
                .revocation_list(AuthorityAsked::Of(call.caller()?), None)
                .await;
            return Ok(list_in(&list.map_err(call.refused())?));
        }
        Endpoint::AuthorityCertificates => return authorities(&call).await,
        Endpoint::Enrol => return enrol(call).await,
        Endpoint::Reenrol => {
            let request = request_in(&mut call)?;
            let message = call.door().reenrol(call.caller()?, request).await;
            return Ok(in_base64(&message.map_err(call.refused())?));
        }
        Endpoint::AccessToken | Endpoint::OpenByCertificate => return device_tokens::issue(&call).await,
        Endpoint::Issued => return issued(&call).await,
        Endpoint::RevokeIssued => return revoke_issued(call).await,
        _ => check_tenant(&call)?,
    }
    match endpoint {
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::CreateMany => create_many(call).await,
        Endpoint::Read => {
            let shown = call.ask(ReadCertificate(named(&call)?)).await?;
            answer(&call, 200, &shown)
        }
        Endpoint::Update => update(call).await,
        Endpoint::Delete => {
            call.run(DeleteCertificate(named(&call)?)).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::Challenge => {
            let shown = call.run(NewChallenge(named(&call)?)).await?;
            answer(&call, 200, &shown)
        }
        Endpoint::Prove => prove(call).await,
        _ => Err(Problem::unknown_path()),
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// The certificate in the path. What is no fingerprint is not there.
fn named(call: &Call) -> Result<Fingerprint, Problem> {
    let text = call.part(1);
    text.parse().map_err(|_| {
        let missing = Missing::Certificate(text.to_owned());
        Problem::refused(call.endpoint, Refusal::Missing(missing))
    })
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let is_authority = match call.query("certificateAuthority") {
        None | Some("") => None,
        Some(_) => Some(call.flag("certificateAuthority", false)?),
    };
    let found = call
        .ask(FindCertificates {
            is_authority,
            page: page.cut(),
        })
        .await?;
    let entries = found.items.iter().map(|one| show(call, one).map(Json::Object));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let envelope = page.envelope(call, "certificates", entries, found.total);
    Ok(Answer::json(200, JSON, &envelope))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_certificate(body).map_err(bad(&call))?;
    let mut added = call.run(AddCertificates(vec![new])).await?;
    let added = added.pop().ok_or_else(Problem::unknown_path)?;
    let location = link(&call, &added)?;
    Ok(answer(&call, 201, &added)?.at(location))
}

async fn create_many(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_certificates(body).map_err(bad(&call))?;
    let added = call.run(AddCertificates(new)).await?;
    let entries = added.iter().map(|one| show(&call, one).map(Json::Object));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let mut object = Object::new();
    object.set("self", call.link(call.path()));
    object.set("certificates", entries);
    Ok(Answer::json(201, JSON, &object))
}

async fn update(mut call: Call) -> Result<Answer, Problem> {
    let fingerprint = named(&call)?;
    let body = call.take_body()?;
    let change = change(body).map_err(bad(&call))?;
    let changed = call.run(ChangeCertificate { fingerprint, change }).await?;
    answer(&call, 200, &changed)
}

async fn prove(mut call: Call) -> Result<Answer, Problem> {
    let fingerprint = named(&call)?;
    let body = call.take_body()?;
    let signature = signature(body).map_err(bad(&call))?;
    let proven = call
        .run(ProvePossession {
            fingerprint,
            signature,
        })
        .await?;
    answer(&call, 200, &proven)
}

async fn confirm(call: &Call) -> Result<Answer, Problem> {
    let name = call.part(0);
    let tenant: TenantId = name
        .parse()
        .map_err(|_| Problem::refused(call.endpoint, Refusal::Missing(Missing::Tenant(name.to_owned()))))?;
    let confirmed = call
        .door()
        .confirm_possession(call.caller()?, &tenant, named(call)?)
        .await;
    answer(call, 200, &confirmed.map_err(call.refused())?)
}

/// A tenant other than the caller's own is not there.
async fn verify(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let (file, tenant) = chain(body).map_err(bad(&call))?;
    let tenant = tenant.or_else(|| call.named_tenant.clone());
    let own = call.caller()?.tenant_id().to_string();
    if let Some(other) = tenant.filter(|tenant| *tenant != own) {
        return Err(Problem::refused(
            call.endpoint,
            Refusal::Missing(Missing::Tenant(other)),
        ));
    }
    let read = match (file, &call.chain) {
        (Some(file), _) => Chain::from_text(&file, CHAIN_CERTIFICATES_MAX),
        (None, Some(header)) => Chain::from_text(header, CHAIN_IN_HEADER_CERTIFICATES_MAX),
        (None, None) => return Err(Problem::body(&call, &BadBody::Missing(vec!["file"]))),
    };
    let chain = read.map_err(|reason| Problem::bad_chain(&reason.to_string()))?;
    let verified = call.ask(VerifyChain(chain)).await?;
    let mut object = Object::new();
    object.set("successfullyValidated", true);
    object.set("tenantId", own);
    object.set("issuer", verified.issuer);
    object.set("subject", verified.subject);
    Ok(Answer::json(200, JSON, &object))
}

async fn revoke(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let now = call.door().world().now();
    let entries = revoked(body, now).map_err(bad(&call))?;
    let entries = entries.into_iter();
    let revocations = entries.map(|(serial, since)| Revocation { serial, since });
    call.run(RevokeSerials(revocations.collect())).await?;
    Ok(Answer::nothing(204))
}

/// The bytes of a request, which come as base64 here when they were no text.
fn request_in(call: &mut Call) -> Result<Vec<u8>, Problem> {
    match call.take_body()? {
        Json::String(text) => Ok(text.into_bytes()),
        _ => Err(Problem::not_text()),
    }
}

async fn enrol(mut call: Call) -> Result<Answer, Problem> {
    let request = request_in(&mut call)?;
    let basic = call
        .enrolling
        .take()
        .ok_or_else(|| Problem::not_signed_in(false))?;
    let enrol = Enrol {
        basic,
        host: call.host.clone(),
        address: call.address,
        request,
    };
    let message = call.door().enrol(enrol).await;
    Ok(in_base64(&message.map_err(call.refused())?))
}

async fn issued(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let find = FindIssued {
        device: call.text("deviceId"),
        page: page.cut(),
    };
    let found = call.ask(find).await?;
    let entries = found.items.iter().map(|one| {
        let mut object = Object::new();
        object.set("serialNumberInHex", one.serial.to_string());
        object.set("deviceId", one.device.as_str());
        object.set("authority", one.authority.to_string());
        object.set("issued", one.issued.to_string());
        object.set("notAfter", one.not_after.to_string());
        if let Some(revoked) = one.revoked {
            object.set("revoked", revoked.to_string());
        }
        Json::Object(object)
    });
    let envelope = page.envelope(call, "certificates", entries.collect(), found.total);
    Ok(Answer::json(200, JSON, &envelope))
}

async fn revoke_issued(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let command = match revocation(body).map_err(bad(&call))? {
        Revoked::Serial(serial) => RevokeIssued::Serial(serial),
        Revoked::Device(device) => RevokeIssued::Device(device),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

async fn public_list(call: &Call) -> Result<Answer, Problem> {
    let named = call.query_id("fingerprint")?;
    let asked = AuthorityAsked::At(call.host.as_ref());
    let list = call.door().revocation_list(asked, named).await;
    Ok(list_in(&list.map_err(call.refused())?))
}

async fn authorities(call: &Call) -> Result<Answer, Problem> {
    let found = call.door().authority_certificates(call.host.as_ref()).await;
    Ok(in_base64(&found.map_err(call.refused())?))
}

fn list_in(list: &[u8]) -> Answer {
    Answer::text(PKIX_CRL, list.to_vec()).with(CONTENT_TYPE, PKIX_CRL)
}

/// A message with certificates, as devices take it (RFC 7030, section 4.1.3).
fn in_base64(message: &[u8]) -> Answer {
    let text = on_lines(&STANDARD.encode(message)) + "\n";
    // Without a character set: clients compare the type.
    Answer::text(PKCS7, text)
        .with(CONTENT_TYPE, PKCS7)
        .with(HeaderName::from_static("content-transfer-encoding"), "base64")
}

fn link(call: &Call, certificate: &TrustedCertificate) -> Result<String, Problem> {
    // The tenant in the path was looked at; only the operator names another one.
    let tenant = match call.part(0) {
        "" => call.caller()?.tenant_id().as_str(),
        named => named,
    };
    let name = certificate.facts.fingerprint;
    Ok(call.link(&format!("/tenant/tenants/{tenant}/trusted-certificates/{name}")))
}

fn answer(call: &Call, status: u16, certificate: &TrustedCertificate) -> Result<Answer, Problem> {
    Ok(Answer::json(status, JSON, &show(call, certificate)?))
}

fn show(call: &Call, certificate: &TrustedCertificate) -> Result<Object, Problem> {
    let facts = &certificate.facts;
    let mut object = Object::new();
    object.set("self", link(call, certificate)?);
    object.set("fingerprint", facts.fingerprint.to_string());
    object.set("name", certificate.name.as_str());
    object.set("status", certificate.status.word());
    object.set("autoRegistrationEnabled", certificate.auto_registration);
    object.set("tenantCertificateAuthority", certificate.is_authority);
    object.set("subject", facts.subject.as_str());
    object.set("issuer", facts.issuer.as_str());
    object.set("serialNumber", facts.serial.as_str());
    object.set("algorithmName", facts.algorithm.as_str());
    object.set("version", u64::from(facts.version));
    object.set("notBefore", facts.not_before.to_string());
    object.set("notAfter", facts.not_after.to_string());
    object.set("certInPemFormat", on_lines(&STANDARD.encode(&certificate.der)));
    object.set("proofOfPossessionValid", certificate.proven);
    if let Some(challenge) = &certificate.challenge {
        object.set(
            "proofOfPossessionUnsignedVerificationCode",
            challenge.code.as_str(),
        );
        object.set(
            "proofOfPossessionVerificationCodeUsableUntil",
            challenge.until.to_string(),
        );
    }
    Ok(object)
}

/// Base64 as it stands in PEM text, without the lines around it: so the API shows certificates.
fn on_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / LINE_CHARS + 1);
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place % LINE_CHARS == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    lines
}
