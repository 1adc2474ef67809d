//! The program of the load harness.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> bench::Result<ExitCode> {
    bench::run().await
}
