//! The cryptography of TLS for what this program calls itself, such as the store of files: ring, as for the database.

/// Settles the provider once for the process; clients can be built after it. Called again it does nothing.
pub fn prepare() {
    // The error says that it is settled already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
