//! `outrigger version`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use crate::admission;

/// Print the version, and what this build speaks.
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self {} = self;
        let reviews = admission::Version::ALL.map(admission::Version::api_version);
        let mut out = io::stdout().lock();
        writeln!(out, "outrigger {}", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "reviews: {}", reviews.join(", "))?;
        Ok(ExitCode::SUCCESS)
    }
}
