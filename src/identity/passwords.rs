//! Passwords: hashed with argon2id, and verified at the same cost whether or not there is an account.
//!
//! Pitfall: one hash takes megabytes and tens of milliseconds, so hashing runs beside the web threads, and only as many
//! at once as there are processors: else a crowd of sign-ins could fill the memory.

use std::num::NonZeroUsize;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::tokens;
use crate::config;
use crate::kit::error::{Error, Result};

/// Hashes and verifies passwords.
pub struct Passwords {
    hasher: Argon2<'static>,
    /// Hash of a password that nobody has, verified where there is no account.
    nobodys: String,
    turns: Semaphore,
}

impl Passwords {
    /// Takes the cost from the configuration.
    ///
    /// # Errors
    /// When argon2 refuses the cost, which the check of the configuration prevents.
    pub fn new(identity: &config::Identity) -> Result<Self> {
        let params = Params::new(
            identity.argon2_memory_kib,
            identity.argon2_iterations,
            1,
            None,
        )
        .map_err(|e| Error::internal(format!("argon2: {e}")))?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&hasher, &tokens::secret())?;
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Self {
            hasher,
            nobodys,
            turns: Semaphore::new(processors),
        })
    }

    /// The hash of a password in PHC form.
    ///
    /// # Errors
    /// When the process is stopping.
    pub async fn hash(&self, password: String) -> Result<String> {
        let hasher = self.hasher.clone();
        self.beside(move || hash(&hasher, &password)).await?
    }

    /// Whether the password has this hash; no, after the same work, where there is no hash.
    ///
    /// # Errors
    /// When the process is stopping.
    pub async fn verify(&self, password: String, hash: Option<&str>) -> Result<bool> {
        let (hasher, known) = (self.hasher.clone(), hash.is_some());
        let hash = hash.unwrap_or(&self.nobodys).to_owned();
        let fits = self
            .beside(move || {
                hasher
                    .verify_password(password.as_bytes(), hash.as_str())
                    .is_ok()
            })
            .await?;
        Ok(fits && known)
    }

    /// Whether a hash was made at another cost than the configuration asks for now.
    pub fn is_outdated(&self, hash: &str) -> bool {
        cost(hash) != cost(&self.nobodys)
    }

    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|e| Error::internal(e.to_string()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| Error::internal(format!("hashing broke off: {e}")))
    }
}

fn hash(hasher: &Argon2<'_>, password: &str) -> Result<String> {
    let hash = hasher
        .hash_password(password.as_bytes())
        .map_err(|e| Error::internal(format!("argon2: {e}")))?;
    Ok(hash.to_string())
}

/// Algorithm, version and parameters of a hash in PHC form, which is all before the salt.
fn cost(hash: &str) -> Option<&str> {
    hash.rsplitn(3, '$').nth(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weak() -> Passwords {
        let identity = config::Identity {
            argon2_memory_kib: 8,
            argon2_iterations: 1,
            ..Default::default()
        };
        Passwords::new(&identity).unwrap()
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = weak();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(!passwords.is_outdated(&hash));
        assert!(passwords.is_outdated(&hash.replace("m=8", "m=16")));
        assert!(
            passwords
                .verify("correct horse".to_owned(), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct hors".to_owned(), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horse".to_owned(), None)
                .await
                .unwrap()
        );
    }
}
