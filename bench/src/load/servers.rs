//! The servers that are compared, and how each is asked.

use std::process::Command;

use clap::Args;

use super::connection::Request;
use crate::Result;
use crate::workloads::{Ask, Workload};
use crate::world::{VIEWERS, Viewer};

/// Where they listen, and their processes.
#[derive(Args)]
pub struct Servers {
    /// Host and port of Kehu.
    #[arg(long)]
    kehu: String,
    /// Its process.
    #[arg(long)]
    kehu_pid: u32,
    /// Host and port of the hand-written handler.
    #[arg(long, requires = "floor_pid")]
    floor: Option<String>,
    /// Its process.
    #[arg(long)]
    floor_pid: Option<u32>,
    /// Host and port of PostGraphile.
    #[arg(long, requires = "postgraphile_pid")]
    postgraphile: Option<String>,
    /// Its process.
    #[arg(long)]
    postgraphile_pid: Option<u32>,
    /// The first process of PostgreSQL.
    #[arg(long)]
    pub postgres_pid: Option<u32>,
}

/// One of them.
pub struct Server {
    pub name: &'static str,
    pub address: String,
    pub pid: u32,
}

/// Kehu standing still for as long as it is kept.
pub struct Pause(u32);

impl Servers {
    /// All that there are, in the order in which they take turns.
    pub fn all(&self) -> Vec<Server> {
        let one = |name, address: Option<&String>, pid: Option<u32>| {
            Some(Server {
                name,
                address: address?.clone(),
                pid: pid?,
            })
        };
        [
            one("floor", self.floor.as_ref(), self.floor_pid),
            one("kehu", Some(&self.kehu), Some(self.kehu_pid)),
            one(
                "postgraphile",
                self.postgraphile.as_ref(),
                self.postgraphile_pid,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Lets Kehu stand still.
    ///
    /// # Errors
    /// When its process is gone.
    pub fn pause_kehu(&self) -> Result<Pause> {
        signal(self.kehu_pid, "-STOP")?;
        Ok(Pause(self.kehu_pid))
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        if let Err(why) = signal(self.0, "-CONT") {
            eprintln!("Kehu stands still: {why}");
        }
    }
}

fn signal(pid: u32, signal: &str) -> Result<()> {
    let done = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status()?;
    match done.success() {
        true => Ok(()),
        false => Err(format!("kill {signal} {pid} failed").into()),
    }
}

impl Server {
    /// How it is asked; `None`: it is not. PostGraphile knows no policy, so it is only held against the viewer who sees
    /// everything.
    pub fn request(
        &self,
        workload: &Workload,
        viewer: &Viewer,
        token: &str,
        ask: &Ask,
    ) -> Option<Request> {
        match self.name {
            "kehu" => Some(Request::graphql(Some(token), workload.kehu, &ask.kehu)),
            "floor" => {
                let path = format!("/{}", workload.name);
                let request = || Request::new(&path, Some(token), &ask.kehu.to_string());
                workload.floor.then(request)
            }
            _ if viewer.login == VIEWERS[0] => {
                let document = workload.postgraphile?;
                Some(Request::graphql(None, document, &ask.postgraphile))
            }
            _ => None,
        }
    }
}
