//! Writes the man pages, one for each command: `cargo run --example man -- DIR`.

use std::{env, fs, io, path::Path};

use clap::CommandFactory as _;
use outrigger::cli::Cli;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1);
    let folder = folder.ok_or_else(|| io::Error::other("usage: cargo run --example man -- DIR"))?;
    fs::create_dir_all(&folder)?;
    clap_mangen::generate_to(Cli::command(), Path::new(&folder))
}
