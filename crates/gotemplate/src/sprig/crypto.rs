//! sprig's digests, passwords, ciphers and certificates.
//!
//! | function | needs | gives |
//! |---|---|---|
//! | `sha1sum` `sha256sum` `sha512sum` `adler32sum` | | the digest as text |
//! | `derivePassword` | | a site's password from a master password |
//! | `decryptAES` | | what `encryptAES` hid |
//! | `encryptAES` `bcrypt` `htpasswd` | random | a text hidden or hashed |
//! | `genPrivateKey` `genCA` `genSignedCert` … `buildCustomCert` | keys | PEM |

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use aes::Aes256;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::encoding::{base64, decode_base64};
use super::{Capabilities, Random};
use crate::function::{Args, CallError, Functions};
use crate::types::Type;
use crate::value::Value;

const S: Type = Type::String;
const INT: Type = Type::Int;

/// A certificate and its private key, both as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The certificate.
    pub cert: String,
    /// Its private key.
    pub key: String,
}

/// What a certificate is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateRequest {
    /// The subject's common name.
    pub common_name: String,
    /// IP addresses, as they were given.
    pub addresses: Vec<String>,
    /// DNS names, as they were given.
    pub dns_names: Vec<String>,
    /// How long it is valid.
    pub days: i64,
    /// The private key to use as PEM, or none to make one.
    pub key: Option<String>,
    /// Whether it may sign others.
    pub authority: bool,
    /// Who signs it, or none for the certificate itself.
    pub signer: Option<Pair>,
}

/// Makes keys and certificates. Errors are messages for the template's author.
pub trait Keys: Send + Sync {
    /// Makes a private key as PEM; the kind is `rsa`, `dsa`, `ecdsa` or `ed25519`.
    fn private_key(&self, kind: &str) -> Result<String, String>;

    /// Makes a certificate.
    fn certificate(&self, request: &CertificateRequest) -> Result<Pair, String>;

    /// Checks that both parts are PEM of what they should be.
    fn check(&self, pair: &Pair) -> Result<(), String>;
}

pub(super) fn add_to(f: &mut Functions, capabilities: &Capabilities) {
    f.add("sha1sum", &[S], |_, a| {
        Ok(hex(&Sha1::digest(a.str(0))).into())
    });
    f.add("sha256sum", &[S], |_, a| {
        Ok(hex(&Sha256::digest(a.str(0))).into())
    });
    f.add("sha512sum", &[S], |_, a| {
        Ok(hex(&Sha512::digest(a.str(0))).into())
    });
    f.add("adler32sum", &[S], |_, a| {
        Ok(adler32(a.str(0)).to_string().into())
    });
    // derivePassword COUNTER KIND PASSWORD USER SITE
    f.add(
        "derivePassword",
        &[Type::Uint32, S, S, S, S],
        |context, a| {
            context.spend(PASSWORD_STEPS)?;
            let counter = u32::try_from(a.int(0)).unwrap_or(0);
            Ok(derive_password(counter, a.str(1), a.str(2), a.str(3), a.str(4)).into())
        },
    );
    f.add("decryptAES", &[S, S], |_, a| {
        decrypt(a.str(0), a.str(1)).map(Value::from)
    });
    if let Some(random) = &capabilities.random {
        add_random(f, random);
    }
    if let Some(keys) = &capabilities.keys {
        add_keys(f, keys);
    }
}

/// Steps that hashing a password counts for; it takes some 50 ms.
const PASSWORD_STEPS: u64 = 100_000;

fn add_random(f: &mut Functions, random: &Arc<Random>) {
    let source = random.clone();
    f.add("encryptAES", &[S, S], move |_, a| {
        Ok(encrypt(&source, a.str(0), a.str(1)).into())
    });
    let source = random.clone();
    f.add("bcrypt", &[S], move |context, a| {
        context.spend(PASSWORD_STEPS)?;
        Ok(hash_password(&source, a.str(0)).into())
    });
    let source = random.clone();
    f.add("htpasswd", &[S, S], move |context, a| {
        let user = a.str(0);
        if user.contains(':') {
            return Ok(format!("invalid username: {user}").into());
        }
        context.spend(PASSWORD_STEPS)?;
        Ok(format!("{user}:{}", hash_password(&source, a.str(1))).into())
    });
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

fn adler32(text: &str) -> u32 {
    let (a, b) = text.bytes().fold((1, 0), |(a, b): (u32, u32), byte| {
        let a = (a + u32::from(byte)) % 65521;
        (a, (b + a) % 65521)
    });
    b << 16 | a
}

/// bcrypt at Go's default cost.
fn hash_password(random: &Arc<Random>, password: &str) -> String {
    if password.len() > 72 {
        let reason = "bcrypt: password length exceeds 72 bytes";
        return format!("failed to encrypt string with bcrypt: {reason}");
    }
    let mut salt = [0; 16];
    random(&mut salt);
    match bcrypt::hash_with_salt(password, 10, salt) {
        Ok(hash) => hash.format_for_version(bcrypt::Version::TwoA),
        Err(reason) => format!("failed to encrypt string with bcrypt: {reason}"),
    }
}

/// The password filled up to, or cut at, 32 bytes.
fn aes_key(password: &str) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(password.bytes()) {
        *to = from;
    }
    key
}

fn encrypt(random: &Arc<Random>, password: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut start = [0; 16];
    random(&mut start);
    let cipher = cbc::Encryptor::<Aes256>::new(&aes_key(password).into(), &start.into());
    let hidden = cipher.encrypt_padded_vec::<Pkcs7>(text.as_bytes());
    base64(&[&start[..], &hidden].concat())
}

fn decrypt(password: &str, text: &str) -> Result<String, CallError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let bytes = decode_base64(text)?;
    let Some((start, hidden)) = bytes.split_first_chunk::<16>() else {
        let capacity = bytes.len();
        return Err(format!(
            "runtime error: slice bounds out of range [:16] with capacity {capacity}"
        )
        .into());
    };
    let cipher = cbc::Decryptor::<Aes256>::new(&aes_key(password).into(), &(*start).into());
    let mut open = cipher
        .decrypt_padded_vec::<NoPadding>(hidden)
        .map_err(|_| "crypto/cipher: input not full blocks")?;
    // The last byte says how many to drop.
    let last = open
        .last()
        .copied()
        .ok_or("runtime error: index out of range [-1]")?;
    let kept = open.len().checked_sub(last.into()).ok_or_else(|| {
        let excess = usize::from(last) - open.len();
        format!("runtime error: slice bounds out of range [:-{excess}]")
    })?;
    open.truncate(kept);
    Ok(String::from_utf8_lossy(&open).into_owned())
}

/// The Master Password algorithm: a key from the master password and the user, a seed from the key and the site, and
/// characters picked by the seed's bytes.
fn derive_password(counter: u32, kind: &str, password: &str, user: &str, site: &str) -> String {
    const SCOPE: &[u8] = b"com.lyndir.masterpassword";
    let templates: &[&str] = match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &LONG_TEMPLATES,
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return format!("cannot find password template {kind}"),
    };
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let salt = [SCOPE, &length(user), user.as_bytes()].concat();
    let mut key = [0; 64];
    let derived = scrypt::Params::new(15, 8, 2)
        .map_err(|error| error.to_string())
        .and_then(|params| {
            scrypt::scrypt(password.as_bytes(), &salt, &params, &mut key)
                .map_err(|error| error.to_string())
        });
    let mac = derived
        .and_then(|()| Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string()));
    let mut mac = match mac {
        Ok(mac) => mac,
        Err(reason) => return format!("failed to derive password: {reason}"),
    };
    mac.update(
        &[
            SCOPE,
            &length(site),
            site.as_bytes(),
            &counter.to_be_bytes(),
        ]
        .concat(),
    );
    let seed = mac.finalize().into_bytes();

    let pick = |from: &[u8], by: u8| from.get(usize::from(by) % from.len().max(1)).copied();
    let first = seed.first().copied().unwrap_or(0);
    let template = templates
        .get(usize::from(first) % templates.len())
        .copied()
        .unwrap_or("");
    template
        .bytes()
        .zip(seed.iter().skip(1))
        .filter_map(|(class, byte)| pick(characters(class), *byte))
        .map(char::from)
        .collect()
}

const LONG_TEMPLATES: [&str; 21] = [
    "CvcvnoCvcvCvcv",
    "CvcvCvcvnoCvcv",
    "CvcvCvcvCvcvno",
    "CvccnoCvcvCvcv",
    "CvccCvcvnoCvcv",
    "CvccCvcvCvcvno",
    "CvcvnoCvccCvcv",
    "CvcvCvccnoCvcv",
    "CvcvCvccCvcvno",
    "CvcvnoCvcvCvcc",
    "CvcvCvcvnoCvcc",
    "CvcvCvcvCvccno",
    "CvccnoCvccCvcv",
    "CvccCvccnoCvcv",
    "CvccCvccCvcvno",
    "CvcvnoCvccCvcc",
    "CvcvCvccnoCvcc",
    "CvcvCvccCvccno",
    "CvccnoCvcvCvcc",
    "CvccCvcvnoCvcc",
    "CvccCvcvCvccno",
];

/// The characters that a letter of a template stands for.
fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The certificate functions, each with and without a key of the caller's.
fn add_keys(f: &mut Functions, keys: &Arc<dyn Keys>) {
    let maker = keys.clone();
    f.add("genPrivateKey", &[S], move |_, a| {
        Ok(match a.str(0) {
            "" => maker
                .private_key("rsa")
                .unwrap_or_else(|reason| reason)
                .into(),
            kind @ ("rsa" | "dsa" | "ecdsa" | "ed25519") => maker
                .private_key(kind)
                .unwrap_or_else(|reason| reason)
                .into(),
            kind => format!("Unknown type {kind}").into(),
        })
    });
    let maker = keys.clone();
    f.add("buildCustomCert", &[S, S], move |_, a| {
        let decode = |text: &str, what: &str| {
            decode_base64(text)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .map_err(|_| format!("unable to decode base64 {what}"))
        };
        let pair = Pair {
            cert: decode(a.str(0), "certificate")?,
            key: decode(a.str(1), "private key")?,
        };
        maker.check(&pair)?;
        Ok(certificate(pair))
    });
    let shapes: [(&'static str, &'static [Type], bool, bool); 6] = [
        ("genCA", &[S, INT], true, false),
        ("genCAWithKey", &[S, INT, S], true, false),
        (
            "genSelfSignedCert",
            &[S, Type::LIST, Type::LIST, INT],
            false,
            false,
        ),
        (
            "genSelfSignedCertWithKey",
            &[S, Type::LIST, Type::LIST, INT, S],
            false,
            false,
        ),
        (
            "genSignedCert",
            &[S, Type::LIST, Type::LIST, INT, CERTIFICATE],
            false,
            true,
        ),
        (
            "genSignedCertWithKey",
            &[S, Type::LIST, Type::LIST, INT, CERTIFICATE, S],
            false,
            true,
        ),
    ];
    for (name, params, authority, signed) in shapes {
        let maker = keys.clone();
        let with_key = name.ends_with("WithKey");
        f.add(name, params, move |_, a| {
            let after_names = if authority { 1 } else { 3 };
            let key_at = params.len() - 1;
            let request = CertificateRequest {
                common_name: a.str(0).to_owned(),
                addresses: if authority {
                    Vec::new()
                } else {
                    strings(a, 1)?
                },
                dns_names: if authority {
                    Vec::new()
                } else {
                    strings(a, 2)?
                },
                days: a.int(after_names),
                key: with_key.then(|| a.str(key_at).to_owned()),
                authority,
                signer: signed.then(|| pair(a.value(4))),
            };
            Ok(certificate(maker.certificate(&request)?))
        });
    }
}

const CERTIFICATE: Type = Type::Named("sprig.certificate");

fn certificate<'a>(pair: Pair) -> Value<'a> {
    Value::record(
        "sprig.certificate",
        [("Cert", pair.cert.into()), ("Key", pair.key.into())],
    )
}

fn pair(value: &Value<'_>) -> Pair {
    let field = |name: &str| match value {
        Value::Object(object) => object
            .field(name)
            .and_then(|v| v.as_str().map(Cow::into_owned)),
        _ => None,
    };
    Pair {
        cert: field("Cert").unwrap_or_default(),
        key: field("Key").unwrap_or_default(),
    }
}

fn strings(a: &Args<'_, '_>, position: usize) -> Result<Vec<String>, CallError> {
    let items = a.value(position).items().unwrap_or_default();
    items
        .iter()
        .map(|item| {
            let text = item.as_text().map(|text| text.as_str().to_owned());
            text.ok_or_else(|| {
                format!("error parsing ip: {} is not a string", item.type_name()).into()
            })
        })
        .collect()
}
