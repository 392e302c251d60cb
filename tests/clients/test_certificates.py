"""Trusted certificates and the tenant's own certificate authority, with what OpenSSL makes and reads: a device gets its
certificate for a one-time password (as thin-edge.io asks for it), renews it and is revoked."""

import base64
import subprocess

PATH = "/tenant/tenants/{}/trusted-certificates"
OTP = "a1b2c3d4e5f6g7h8"


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def key(path):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(path))
    return str(path)


def request_for(name, of):
    return openssl("req", "-new", "-key", of, "-subj", f"/O=thin-edge/CN={name}", "-outform", "DER")


# R068
def test_a_certificate_is_trusted_and_its_key_proven(admin, tmp_path):
    own, path = key(tmp_path / "ca.key"), PATH.format(admin.tenant)
    pem = openssl("req", "-x509", "-key", own, "-subj", "/CN=factory", "-days", "30").decode()
    body = {"name": "factory", "status": "ENABLED", "autoRegistrationEnabled": True, "certInPemFormat": pem}
    name = admin.post(path, body)["fingerprint"]
    assert admin.status("POST", path, json_body=body) == 409
    digest = openssl("x509", "-noout", "-fingerprint", "-sha1", stdin=pem.encode()).decode().split("=")[1]
    assert digest.strip().replace(":", "").lower() == name
    code = admin.request("POST", f"{path}-pop/{name}/verification-code").json()
    code = code["proofOfPossessionUnsignedVerificationCode"]
    signed = openssl("dgst", "-sha256", "-sign", own, stdin=code.encode())
    body = {"proofOfPossessionSignedVerificationCode": base64.b64encode(signed).decode()}
    proven = admin.request("POST", f"{path}-pop/{name}/pop", json_body=body)
    assert proven.status_code == 200 and proven.json()["proofOfPossessionValid"] is True, proven.text
    admin.delete(f"{path}/{name}")


# R076 R078 R083
def test_a_device_enrols_with_its_one_time_password(admin, tmp_path):
    assert admin.status("POST", "/certificate-authority") in (201, 409)
    csv = f"ID\tAUTH_TYPE\tCREDENTIALS\tENROLLMENT_OTP\tNAME\tTYPE\nest-1\tCERTIFICATES\t\t{OTP}\test-1\tx\n"
    form = f'--XX\r\nContent-Disposition: form-data; name="file"; filename="d.csv"\r\n\r\n{csv}\r\n--XX--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=XX"}
    done = admin.request("POST", "/devicecontrol/bulkNewDeviceRequests", body=form, headers=headers)
    assert done.json()["numberOfSuccessful"] == 1, done.text
    body = base64.encodebytes(request_for("est-1", key(tmp_path / "device.key")))
    proof = base64.b64encode(f"{admin.tenant}/est-1:{OTP}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}", "Content-Type": "application/pkcs10"}
    enrolled = admin.request("POST", "/.well-known/est/simpleenroll", body=body, headers=headers, accept=None)
    assert enrolled.status_code == 200, enrolled.text
    shown = openssl("pkcs7", "-inform", "DER", "-print_certs", stdin=base64.b64decode(enrolled.content))
    assert b"est-1" in shown and b"thin-edge" not in shown
    again = admin.request("POST", "/.well-known/est/simpleenroll", body=body, headers=headers, accept=None)
    assert again.status_code == 401
    listed = admin.get("/certificate-authority/certificates", deviceId="est-1")["certificates"]
    assert len(listed) == 1
    assert admin.status("POST", "/certificate-authority/revocations", json_body={"deviceId": "est-1"}) == 204
    crl = admin.request("GET", "/tenant/trusted-certificates/settings/crl", accept="*/*").content
    serial = listed[0]["serialNumberInHex"].upper().encode()
    assert serial in openssl("crl", "-inform", "DER", "-noout", "-text", stdin=crl)
