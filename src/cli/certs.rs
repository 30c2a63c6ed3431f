//! `outrigger certs`.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::pki::{Authority, Issued, Name};

/// Make a certificate authority and a serving certificate for development.
///
/// Writes ca.crt, tls.crt and tls.key into a folder, and prints the base64 text for a webhook's caBundle on standard
/// output. The authority's key is not kept: to add a name later, make all anew and register the new caBundle.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  outrigger certs --dir certs
  outrigger certs --dir certs --dns injector.mesh.svc --ip 10.0.0.7
  CA_BUNDLE=$(outrigger certs --dir certs --force)")]
pub(super) struct Args {
    /// The folder to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,

    /// A host name that the certificate is valid for, beside the usual ones. May be repeated.
    #[arg(long, value_name = "NAME")]
    dns: Vec<String>,

    /// An address that the certificate is valid for, beside the usual ones. May be repeated.
    #[arg(long, value_name = "ADDR")]
    ip: Vec<IpAddr>,

    /// Replace files that are there already.
    #[arg(long)]
    force: bool,
}

/// The names that every certificate made here is valid for.
pub(super) fn usual_names() -> Vec<Name> {
    vec![
        Name::Dns("localhost".to_owned()),
        Name::Dns("outrigger.outrigger-system.svc".to_owned()),
        Name::Ip(Ipv4Addr::LOCALHOST.into()),
        Name::Ip(Ipv6Addr::LOCALHOST.into()),
    ]
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self {
            dir,
            dns,
            ip,
            force,
        } = self;
        let mut names = usual_names();
        for name in dns
            .into_iter()
            .map(Name::Dns)
            .chain(ip.into_iter().map(Name::Ip))
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }

        let authority = Authority::new("outrigger development CA")?;
        let Issued { certificate, key } = authority.issue(&names)?;
        let bundle = authority.certificate();
        let files = [
            ("ca.crt", &bundle, 0o644),
            ("tls.crt", &certificate, 0o644),
            ("tls.key", &key, 0o600),
        ];

        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        if !force && let Some((name, ..)) = files.iter().find(|(name, ..)| dir.join(name).exists())
        {
            bail!(
                "{} is there already; --force replaces it",
                dir.join(name).display()
            );
        }
        for (name, text, mode) in files {
            let path = dir.join(name);
            write(&path, text, mode).with_context(|| format!("cannot write {}", path.display()))?;
        }

        writeln!(io::stdout(), "{}", STANDARD.encode(bundle))?;
        let shown = dir.display();
        writeln!(
            io::stderr(),
            "wrote {shown}/ca.crt, {shown}/tls.crt and {shown}/tls.key, valid for a year; standard output is the caBundle\n\
             next: outrigger serve --standalone --tls-cert {shown}/tls.crt --tls-key {shown}/tls.key"
        )?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a new file and moves it into place, so that no other reader sees half of it or a key that others may read.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&partial)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&partial, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::pki::Pair;

    fn args(dir: &Path, force: bool) -> Args {
        Args {
            dir: dir.to_owned(),
            dns: vec!["localhost".to_owned(), "injector.mesh.svc".to_owned()],
            ip: Vec::new(),
            force,
        }
    }

    #[test]
    fn a_pair_is_written_and_not_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("new");
        args(&dir, false).run().unwrap();
        let read = |name| std::fs::read(dir.join(name)).unwrap();
        let first = read("tls.crt");
        Pair::from_pem(&first, &read("tls.key")).unwrap();
        let mode = dir.join("tls.key").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let error = args(&dir, false).run().unwrap_err();
        assert!(
            error.to_string().ends_with("--force replaces it"),
            "{error}"
        );
        assert_eq!(read("tls.crt"), first);

        args(&dir, true).run().unwrap();
        assert_ne!(read("tls.crt"), first);
        Pair::from_pem(&read("tls.crt"), &read("tls.key")).unwrap();
    }
}
