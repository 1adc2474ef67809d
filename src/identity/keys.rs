//! The keys that sign access tokens (EdDSA): kept in the database so that all nodes share them, rotated by age.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use ed25519_dalek::SigningKey;
use entity::signing_key;
use hmac::{Hmac, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::RngCore as _;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::kit::clock::Clock;
use crate::kit::error::{Error, Result};

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8.
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The employee.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// Issued, seconds since 1970.
    pub iat: i64,
    /// Expires, seconds since 1970.
    pub exp: i64,
}

/// What signs short texts other than tokens, such as links, for whoever holds the keys.
pub struct Sealer {
    /// The key's id.
    pub key: String,
    /// Until when the key can be asked.
    pub until: DateTime<Utc>,
    mac: Hmac<Sha256>,
}

impl Sealer {
    fn of(key: &Key) -> Self {
        Self {
            key: key.id.clone(),
            until: key.verifies_until,
            mac: key.sealing.clone(),
        }
    }

    /// The seal of a text.
    pub fn seal(&self, text: &str) -> Vec<u8> {
        let mac = self.mac.clone().chain_update(text);
        mac.finalize().into_bytes().to_vec()
    }

    /// Whether this is the seal of the text, in the same time whatever is wrong with it.
    pub fn is_seal(&self, text: &str, seal: &[u8]) -> bool {
        let mac = self.mac.clone().chain_update(text);
        mac.verify_slice(seal).is_ok()
    }
}

struct Key {
    id: String,
    signs_until: DateTime<Utc>,
    verifies_until: DateTime<Utc>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    sealing: Hmac<Sha256>,
}

/// Tokens whose signature was checked, kept at most; all are let go when there would be more.
const MOST_CHECKED: usize = 4096;

/// Tokens whose signature was checked, by their hash, each with the key that signed it: checking one again costs more than
/// all else that a small request takes. Whether token and key are still good is asked each time.
#[derive(Default)]
struct Checked(RwLock<HashMap<[u8; 32], (Claims, String)>>);

impl Checked {
    fn get(&self, token: &[u8; 32]) -> Option<(Claims, String)> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(token)
            .cloned()
    }

    fn keep(&self, token: [u8; 32], claims: Claims, key: String) {
        let mut checked = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if checked.len() >= MOST_CHECKED {
            checked.clear();
        }
        checked.insert(token, (claims, key));
    }
}

/// The keys of a process, read again when an unknown one turns up.
pub struct Keys {
    clock: Arc<Clock>,
    checked: Checked,
    token_life: Duration,
    rotation: Duration,
    keys: ArcSwap<Vec<Key>>,
    sealing: [u8; 32],
}

impl Keys {
    /// Reads the keys, and makes one where none signs any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(
        db: &impl ConnectionTrait,
        clock: Arc<Clock>,
        token_life: Duration,
        rotation: Duration,
    ) -> Result<Self> {
        let mut keys = Self {
            clock,
            checked: Checked::default(),
            token_life,
            rotation,
            keys: ArcSwap::default(),
            sealing: [0; 32],
        };
        keys.rotate(db).await?;
        let first = signing_key::Entity::find()
            .order_by_asc(signing_key::Column::CreatedAt)
            .order_by_asc(signing_key::Column::Id)
            .one(db)
            .await?
            .ok_or_else(|| Error::internal("there is no signing key"))?;
        let mut hash = Sha256::new();
        hash.update(b"kehu: what is sealed for clients");
        hash.update(&first.private_der);
        keys.sealing = hash.finalize().into();
        Ok(keys)
    }

    /// A key for what clients keep and may not read. It comes from the company's first signing key, so it is the same on
    /// every node and outlives rotation.
    pub fn sealing(&self) -> [u8; 32] {
        self.sealing
    }

    /// Makes a new key when the present one has signed long enough, and reads all again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate(&self, db: &impl ConnectionTrait) -> Result<()> {
        self.read(db).await?;
        let now = self.clock.now();
        if self.keys.load().iter().any(|key| key.signs_until > now) {
            return Ok(());
        }
        let mut seed = [0_u8; 32];
        rand::rng().fill_bytes(&mut seed);
        let public = SigningKey::from_bytes(&seed)
            .verifying_key()
            .to_bytes()
            .to_vec();
        let signs_until = now + self.rotation;
        let key = signing_key::ActiveModel {
            id: Set(self.clock.new_id()),
            private_der: Set([&PKCS8[..], &seed[..]].concat()),
            public_der: Set(public),
            created_at: Set(now),
            signs_until: Set(signs_until),
            verifies_until: Set(signs_until + self.token_life),
        };
        signing_key::Entity::insert(key)
            .exec_without_returning(db)
            .await?;
        self.read(db).await
    }

    /// Rotates when the present key's time is over; asks the database for nothing else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate_if_due(&self, db: &impl ConnectionTrait) -> Result<()> {
        let now = self.clock.now();
        if self.keys.load().iter().any(|key| key.signs_until > now) {
            return Ok(());
        }
        self.rotate(db).await
    }

    async fn read(&self, db: &impl ConnectionTrait) -> Result<()> {
        let rows = signing_key::Entity::find()
            .filter(signing_key::Column::VerifiesUntil.gt(self.clock.now()))
            .order_by_desc(signing_key::Column::CreatedAt)
            .all(db)
            .await?;
        let keys = rows
            .into_iter()
            .map(|row| {
                let decoding =
                    DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(&row.public_der))
                        .map_err(|e| Error::internal(format!("signing key {}: {e}", row.id)))?;
                // A key of its own, so that a seal never is a signature.
                let secret = Sha256::new_with_prefix("seal").chain_update(&row.private_der);
                let sealing = Hmac::new_from_slice(&secret.finalize())
                    .map_err(|e| Error::internal(format!("signing key {}: {e}", row.id)))?;
                Ok(Key {
                    id: row.id.to_string(),
                    signs_until: row.signs_until,
                    verifies_until: row.verifies_until,
                    encoding: EncodingKey::from_ed_der(&row.private_der),
                    decoding,
                    sealing,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        self.keys.store(Arc::new(keys));
        Ok(())
    }

    /// Issues an access token.
    ///
    /// # Errors
    /// When no key signs, which [`Keys::rotate`] prevents.
    pub fn issue(&self, employee: Uuid, session: Uuid) -> Result<(String, DateTime<Utc>)> {
        let now = self.clock.now();
        let expires = now + self.token_life;
        let claims = Claims {
            sub: employee,
            sid: session,
            iat: now.timestamp(),
            exp: expires.timestamp(),
        };
        let keys = self.keys.load();
        let key = keys
            .iter()
            .find(|k| k.signs_until > now)
            .ok_or_else(|| Error::internal("no key signs"))?;
        let header = Header {
            kid: Some(key.id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = jsonwebtoken::encode(&header, &claims, &key.encoding)
            .map_err(|e| Error::internal(e.to_string()))?;
        Ok((token, expires))
    }

    /// What seals texts now.
    ///
    /// # Errors
    /// When no key signs, which [`Keys::rotate`] prevents.
    pub fn sealer(&self) -> Result<Sealer> {
        let now = self.clock.now();
        let keys = self.keys.load();
        let key = keys.iter().find(|key| key.signs_until > now);
        key.map(Sealer::of)
            .ok_or_else(|| Error::internal("no key signs"))
    }

    /// What sealed a text under this key; `None` when it is not ours or past its time.
    pub fn sealer_of(&self, key: &str) -> Option<Sealer> {
        let now = self.clock.now();
        let keys = self.keys.load();
        let key = keys
            .iter()
            .find(|known| known.id == key && known.verifies_until > now)?;
        Some(Sealer::of(key))
    }

    /// Reads an access token; `None` when it is not ours, altered, or past its time.
    pub fn verify(&self, token: &str) -> Option<Claims> {
        let now = self.clock.now();
        let keys = self.keys.load();
        let good = |id: &str| keys.iter().find(|k| k.id == id && k.verifies_until > now);
        let hash = Sha256::digest(token.as_bytes()).into();
        let claims = match self.checked.get(&hash) {
            Some((claims, key)) => good(&key).map(|_| claims)?,
            None => {
                let id = jsonwebtoken::decode_header(token).ok()?.kid?;
                let claims = signed(token, good(&id)?)?;
                self.checked.keep(hash, claims.clone(), id);
                claims
            }
        };
        (claims.exp > now.timestamp()).then_some(claims)
    }
}

/// What a token says, where this key signed it.
fn signed(token: &str, key: &Key) -> Option<Claims> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    // Held against our own clock by the caller.
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let token = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).ok()?;
    Some(token.claims)
}
