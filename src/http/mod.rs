//! HTTP: how requests come in and answers go out. What they mean is decided behind [`Api`] and [`Gate`].
//!
//! Pitfall: everything in [`Behind`] is made once per worker, inside that worker's runtime, because a database
//! connection is driven by the runtime that opened it.

mod api;
mod asked;
mod compress;
mod edge;
mod files;
mod graphiql;
mod graphql;
mod health;
mod live;
mod negotiate;
mod problem;
mod request_id;
mod session;
mod stop;
mod upload;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::guard;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
#[cfg(target_os = "linux")]
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use rules::kit::error_code::ErrorCode;
use tokio::sync::Semaphore;

pub use api::{Api, ApiAnswer, ApiRequest, Opened, OperationKind, Outcome};
pub use files::{Content, Download, Files, Link};
pub use health::Health;
pub use problem::Problem;
pub use request_id::RequestId;
pub use session::{Gate, Knock};
pub use stop::{Stopper, Stopping};

use crate::config::{Config, Http, Live};
use crate::telemetry;
use edge::Edge;
use live::Seats;

/// How often the metrics' buffers are emptied when nobody reads them.
const UPKEEP: Duration = Duration::from_secs(5);

/// What stands behind HTTP, made once per worker. `A` is what a caller is admitted as.
pub struct Behind<A> {
    /// Runs GraphQL requests.
    pub api: Arc<dyn Api<A>>,
    /// Decides who asks.
    pub gate: Arc<dyn Gate<A>>,
    /// Takes files in and gives them out.
    pub files: Arc<dyn Files<A>>,
    /// Says whether requests can be answered.
    pub health: Arc<dyn Health>,
}

/// What handlers share within a worker.
struct State<A> {
    behind: Behind<A>,
    http: Http,
    live: Live,
    seats: Arc<Seats>,
    max_upload: u64,
    /// Operations in one request.
    batch: usize,
    /// Places for requests with files, of the whole process.
    uploads: Arc<Semaphore>,
    stopping: Stopping,
}

/// A server that listens. It works while [`Running::run`] is polled.
pub struct Running {
    server: Server,
    addresses: Vec<SocketAddr>,
    stopper: Stopper,
}

/// Listens as configured. `make` is called in each worker.
///
/// # Errors
/// The address can't be listened on, for example because another process does.
pub fn listen<A: 'static>(
    config: &Config,
    make: impl Fn() -> Behind<A> + Clone + Send + 'static,
) -> io::Result<Running> {
    telemetry::metrics();
    let http = &config.http;
    let stopping = Stopping::default();
    let (settings, flag) = (http.clone(), stopping.clone());
    // Twice as long as a queue is waited for, so that who reads again finds the reason of the close.
    let patience = Duration::from_secs(config.live.slow_reader_s.saturating_mul(2));
    let (live, seats) = (config.live.clone(), Arc::<Seats>::default());
    let (max_upload, batch) = (config.files.max_body_bytes, config.limits.batch);
    let uploads = Arc::new(Semaphore::new(config.files.uploads_at_once));
    let upload_timeout = Duration::from_millis(config.files.upload_timeout_ms);
    let server = HttpServer::new(move || {
        let state = State {
            behind: make(),
            http: settings.clone(),
            live: live.clone(),
            seats: Arc::clone(&seats),
            max_upload,
            batch,
            uploads: Arc::clone(&uploads),
            stopping: flag.clone(),
        };
        let edge = Rc::new(Edge {
            http: settings.clone(),
            upload_timeout,
            stopping: flag.clone(),
        });
        App::new()
            .wrap(from_fn(move |request, next| {
                let edge = Rc::clone(&edge);
                async move { edge::carry(&edge, request, next).await }
            }))
            .app_data(web::PayloadConfig::new(settings.body_limit_bytes))
            .app_data(web::Data::new(state))
            .configure(|routes| route::<A>(routes, settings.graphiql))
            .default_service(web::to(nothing_here))
    })
    .on_connect(move |stream, _| set_patience(stream, patience))
    .disable_signals()
    .shutdown_timeout(http.shutdown_grace_s)
    .client_request_timeout(Duration::from_secs(10));
    let server = if http.workers == 0 {
        server
    } else {
        server.workers(http.workers)
    };
    let server = server.bind(&http.bind)?;
    let addresses = server.addrs();
    let server = server.run();
    let stopper = Stopper {
        stopping,
        handle: server.handle(),
        drain: Duration::from_secs(http.drain_s),
    };
    Ok(Running {
        server,
        addresses,
        stopper,
    })
}

impl Running {
    /// Where it listens; with port 0 in the configuration, the port that was found.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What stops it.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Answers requests until it is stopped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn run(self) -> io::Result<()> {
        let upkeep = tokio::spawn(async {
            let mut tick = tokio::time::interval(UPKEEP);
            loop {
                tick.tick().await;
                telemetry::metrics().run_upkeep();
            }
        });
        let ended = self.server.await;
        upkeep.abort();
        ended
    }
}

/// Lets the connection to a client break off that takes nothing of what was sent for so long: nothing else ends what waits
/// for its socket.
fn set_patience(stream: &dyn Any, patience: Duration) {
    #[cfg(target_os = "linux")]
    if let Some(stream) = stream.downcast_ref::<TcpStream>() {
        let socket = socket2::SockRef::from(stream);
        if let Err(error) = socket.set_tcp_user_timeout(Some(patience)) {
            tracing::warn!(%error, "slow clients can't be cut off");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, patience);
}

fn route<A: 'static>(routes: &mut web::ServiceConfig, with_graphiql: bool) {
    routes
        .service(
            web::resource("/graphql")
                .route(web::post().to(graphql::post::<A>))
                .route(
                    web::get()
                        .guard(guard::fn_guard(|asked| {
                            live::is_upgrade(&asked.head().headers)
                        }))
                        .to(live::open::<A>),
                )
                .route(web::get().to(graphql::get::<A>))
                .default_service(web::to(graphql::other)),
        )
        .service(
            web::resource("/files/{file}")
                .route(web::get().to(files::download::<A>))
                .route(web::head().to(files::download::<A>))
                .default_service(web::to(files::other)),
        )
        .route("/healthz", web::get().to(health::healthz))
        .route("/readyz", web::get().to(health::readyz::<A>))
        .route("/metrics", web::get().to(health::metrics::<A>));
    if with_graphiql {
        graphiql::route(routes);
    }
}

async fn nothing_here(request: HttpRequest) -> HttpResponse {
    let message = "there is nothing at this path: the API is at /graphql";
    Problem::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message).response(
        &RequestId::given(&request),
        session::language(request.headers()),
    )
}
