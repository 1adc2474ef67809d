//! The words of the command line, and the help people read.
//!
//! Pitfall: a password is never an argument, because arguments stand in the list of processes.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};

/// Kehu: a company's customer-management regulations as an executable GraphQL server.
#[derive(Debug, Parser)]
#[command(
    name = "kehu",
    version,
    about,
    after_help = "Begin with `kehu demo`: it makes a demo company and serves it.\n\
                  Settings come from kehu.toml and from KEHU_… variables; the README lists them.",
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Read settings from FILE [default: kehu.toml, if it is there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "KEHU_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the command line can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer requests, bringing the database up to date first
    Serve,
    /// Make a demo company on SQLite and serve it
    Demo(Demo),
    /// Bring the database up to date, or say how far it is
    Migrate {
        /// What to do with the database.
        #[command(subcommand)]
        step: Migrate,
    },
    /// Print the GraphQL schema
    Schema,
    /// Give people access, or take it away
    User {
        /// What to do with whom.
        #[command(subcommand)]
        step: User,
    },
    /// Take in records from files
    Import {
        /// What to take in.
        #[command(subcommand)]
        what: Import,
    },
    /// Write the whole company into FILE, beside running servers
    Backup {
        /// A file that is not there yet; keep it as safe as the database: it holds the signing keys
        file: PathBuf,
    },
    /// Read a backup into an empty database, and check its audit log
    Restore {
        /// A file that `kehu backup` wrote, on SQLite or PostgreSQL
        file: PathBuf,
    },
    /// Say what became of the mails about notices, or try again those that were given up
    Mail {
        /// What to do with them.
        #[command(subcommand)]
        step: Mail,
    },
    /// Erase a person's data as somebody decides it, or carry erasures out again after a restore
    Erase(Erase),
    /// Check that nobody altered the audit log, or print its root
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        step: Audit,
    },
}

/// `kehu demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the demo company in FOLDER; an existing one is served again
    #[arg(long, value_name = "FOLDER", default_value = "kehu-demo")]
    pub folder: PathBuf,
    /// Listen on PORT of this machine only
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
}

/// `kehu migrate …`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Migrate {
    /// Run the migrations that are missing; several at a time wait for each other
    Up,
    /// List the migrations, and fail if one is missing
    Status,
}

/// `kehu user …`.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Give an employee an account; the password is asked for, or read from standard input
    ///
    /// A new company has nobody yet. There, `kehu user add LOGIN --name NAME` makes its first department, named by
    /// company.name, with NAME as an employee who is system administrator. Everybody else is then entered through the API.
    #[command(group = clap::ArgGroup::new("whose").required(true))]
    Add {
        /// The name to sign in with
        login: String,
        /// The number or id of the employee whose account it is
        #[arg(long, value_name = "NUMBER", group = "whose")]
        employee: Option<String>,
        /// The name of the first system administrator of a new company
        #[arg(long, value_name = "NAME", group = "whose")]
        name: Option<String>,
        /// The language of messages: zh-CN, zh-TW or en [default: company.language]
        #[arg(long, value_name = "LANGUAGE", value_parser = ["zh-CN", "zh-TW", "en"])]
        language: Option<String>,
    },
    /// Set a new password, asked for or read from standard input, and end all sessions
    Passwd {
        /// The name to sign in with
        login: String,
    },
    /// Close an account and end its sessions and API keys at once
    Disable {
        /// The name to sign in with
        login: String,
    },
}

/// `kehu mail …`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Mail {
    /// Count the mails by what became of them
    Status,
    /// Let the running servers try the mails again that were given up
    Retry,
}

/// `kehu erase …`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "The request has to be recorded before, over the API. What is done here is erasureDecide: the same rules hold, \
                  and nothing brings the data back."
)]
pub struct Erase {
    /// What to do with the ledger of erasures.
    #[command(subcommand)]
    pub step: Option<EraseStep>,
    /// The request, or the person it is about, by id
    #[arg(required = true, value_name = "ID")]
    pub id: Option<String>,
    /// Why
    #[arg(long, required = true, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Decide with the authority of the account LOGIN
    #[arg(long, required = true, value_name = "LOGIN")]
    pub decided_by: Option<String>,
}

/// `kehu erase ledger` and `kehu erase replay`.
#[derive(Debug, Subcommand)]
pub enum EraseStep {
    /// Print every erasure that was carried out, a line of JSON each: ids and instants, no personal data
    Ledger,
    /// Carry out again the erasures that a restored backup does not know; doing it twice changes nothing
    Replay {
        /// Lines as `erase ledger` prints them
        file: PathBuf,
    },
}

/// `kehu audit …`.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check every entry, and fail if one was altered, removed, inserted or moved
    Verify {
        /// Check that the chain still has the roots in FILE, lines as `audit root` prints them
        #[arg(long, value_name = "FILE")]
        roots: Option<PathBuf>,
    },
    /// Print the root at the end of a day as a line of JSON, to be kept where nobody can alter it
    Root {
        /// The day, in the company's time zone [default: up to now]
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
}

/// `kehu import …`.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Take in customers from a .csv or .xlsx file; running it twice changes nothing
    Customers(ImportCustomers),
}

/// `kehu import customers`.
#[derive(Debug, Args)]
#[command(
    after_help = "The first line names the columns, in simplified or traditional Chinese or English: 客户名称, 客户类型, \
                  客户身份, 所属部门, 业务员, 统一社会信用代码, 联系人, 联系电话 … docs/import.md has all of them and a sample. \
                  A CSV is UTF-8 or GB18030. A bad row never stops the good ones. Customers come in as archived and \
                  filed on the days that the list gives, else today. A CSV is read as a stream; an .xlsx stands in \
                  memory as a whole."
)]
pub struct ImportCustomers {
    /// The file, .csv or .xlsx
    pub file: PathBuf,
    /// Import with the authority of the account LOGIN
    #[arg(long = "as", value_name = "LOGIN")]
    pub login: String,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Why customers of the same name or phone are different ones, for rows that don't say (ARC-2)
    #[arg(long, value_name = "TEXT")]
    pub duplicate_reason: Option<String>,
    /// Write the refused rows, with line, column and reason, to FILE
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}
