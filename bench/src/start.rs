//! Starting: from the process's begin to the first `/readyz` that says yes, on a database that is there.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::report::median;
use crate::{Result, proc};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_secs(3);

/// What is started. The environment tells the server its database.
#[derive(Args)]
pub struct Plan {
    /// The program.
    #[arg(long)]
    kehu: String,
    /// Port to listen on.
    #[arg(long)]
    port: u16,
    /// How often.
    #[arg(long, default_value_t = 5)]
    times: usize,
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures; gives a line.
///
/// # Errors
/// When the server does not start.
pub async fn measure(plan: &Plan) -> Result<String> {
    let address = format!("127.0.0.1:{}", plan.port);
    let (mut ready, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..plan.times {
        let began = Instant::now();
        let child = Command::new(&plan.kehu)
            .arg("serve")
            .env("KEHU_HTTP__BIND", &address)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let running = Running(child);
        while !is_ready(&address).await {
            if began.elapsed() > PATIENCE {
                return Err("the server does not get ready".into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        ready.push(began.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(IDLE).await;
        idle.push(proc::memory(running.0.id()));
    }
    Ok(format!(
        "Started {} times: ready after {:.0} ms, idle with {:.0} MB.\n",
        plan.times,
        median(ready),
        median(idle)
    ))
}

async fn is_ready(address: &str) -> bool {
    const ASK: &[u8] = b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n";
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return false;
    };
    let mut head = [0; 12];
    stream.write_all(ASK).await.is_ok()
        && stream.read_exact(&mut head).await.is_ok()
        && head.ends_with(b" 200")
}
