//! Where contents are kept: a folder, or a bucket of any S3. Each is named by its hash, so that the same content is kept
//! once and is never written over.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    ClientConfigKey, GetOptions, ObjectStore, ObjectStoreExt as _, RetryConfig, WriteMultipart,
};
use tokio::io::AsyncReadExt as _;

use crate::kit::tls;

/// Bytes read at a time.
const CHUNK: usize = 262_144;
/// Parts of a content on their way to the store at the same time.
const PARTS: usize = 4;

/// How long a bucket may take to let us connect.
const CONNECT: &str = "3 seconds";
/// How long it may be silent.
const SILENCE: &str = "20 seconds";
/// How long a whole answer may take: whoever downloads may be slow.
const WHOLE: &str = "1 hour";

/// A content being read.
pub type Content = BoxStream<'static, io::Result<Bytes>>;

/// The store fails.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the temporary file fails.
    #[error("the folder of the files can't be used: {0}")]
    Folder(#[from] io::Error),
    /// The store refuses or does not answer.
    #[error("the store of the files can't be used: {0}")]
    Store(#[from] object_store::Error),
}

impl From<StoreError> for crate::kit::error::Error {
    fn from(error: StoreError) -> Self {
        Self::internal(error.to_string())
    }
}

/// Where contents are kept.
#[derive(Debug, Clone)]
pub enum Store {
    /// A folder, made when the first content comes.
    Folder(PathBuf),
    /// A bucket.
    Bucket(Arc<dyn ObjectStore>),
}

impl Store {
    /// The store at `files.store`. A bucket's region, endpoint and keys come from the variables `AWS_…`.
    ///
    /// # Errors
    /// When the bucket's address or its variables are not understood.
    pub fn at(address: &str) -> Result<Self, StoreError> {
        let Some(place) = address.strip_prefix("s3://") else {
            return Ok(Self::Folder(PathBuf::from(address)));
        };
        let (bucket, path) = place.split_once('/').unwrap_or((place, ""));
        tls::prepare();
        let option = AmazonS3ConfigKey::Client;
        let bucket = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_config(option(ClientConfigKey::ConnectTimeout), CONNECT)
            .with_config(option(ClientConfigKey::ReadTimeout), SILENCE)
            .with_config(option(ClientConfigKey::Timeout), WHOLE)
            .with_retry(RetryConfig {
                max_retries: 2,
                retry_timeout: Duration::from_secs(30),
                ..RetryConfig::default()
            })
            .build()?;
        Ok(Self::Bucket(Arc::new(PrefixStore::new(bucket, path))))
    }

    /// Makes the folder where it is missing, so that a start tells what an upload would else find out.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn prepare(&self) -> Result<(), StoreError> {
        self.open().map(drop)
    }

    fn open(&self) -> Result<Arc<dyn ObjectStore>, StoreError> {
        match self {
            Self::Bucket(bucket) => Ok(bucket.clone()),
            Self::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                let folder = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
                Ok(Arc::new(folder))
            }
        }
    }

    /// Whether a content is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has(&self, sha256: &str) -> Result<bool, StoreError> {
        match self.open()?.head(&path_of(sha256)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a content under its hash; nothing is done where it is there already.
    ///
    /// # Errors
    /// When reading or writing fails; then nothing is kept.
    pub async fn put(&self, sha256: &str, content: std::fs::File) -> Result<(), StoreError> {
        if self.has(sha256).await? {
            return Ok(());
        }
        let (store, path) = (self.open()?, path_of(sha256));
        let mut content = tokio::fs::File::from_std(content);
        let mut upload = WriteMultipart::new(store.put_multipart(&path).await?);
        match fill(&mut upload, &mut content).await {
            // It is aborted by itself where this fails.
            Ok(()) => Ok(upload.finish().await.map(drop)?),
            Err(error) => {
                if let Err(error) = upload.abort().await {
                    tracing::warn!(%error, "parts of a content stay in the store");
                }
                Err(error)
            }
        }
    }

    /// Whether nothing is kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let first = self.open()?.list(None).next().await;
        Ok(first.transpose()?.is_none())
    }

    /// Bytes of a content; `None` where it is not there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(
        &self,
        sha256: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Content>, StoreError> {
        let options = GetOptions {
            range: range.map(Into::into),
            ..GetOptions::default()
        };
        match self.open()?.get_opts(&path_of(sha256), options).await {
            Ok(found) => {
                let bytes = found.into_stream();
                Ok(Some(
                    bytes.map(|read| read.map_err(io::Error::other)).boxed(),
                ))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a content, where it is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(&self, sha256: &str) -> Result<(), StoreError> {
        match self.open()?.delete(&path_of(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

async fn fill(
    upload: &mut WriteMultipart,
    content: &mut tokio::fs::File,
) -> Result<(), StoreError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        upload.wait_for_capacity(PARTS).await?;
        match content.read(&mut chunk).await? {
            0 => return Ok(()),
            read => upload.write(chunk.get(..read).unwrap_or_default()),
        }
    }
}

fn path_of(sha256: &str) -> Path {
    Path::from_iter([sha256.get(..2).unwrap_or_default(), sha256])
}
