//! Kubeconfigs: how somebody outside of a cluster reaches its API server.
//!
//! They hold tokens and keys, so a fault tells its place and never what stands there; a library's errors show the lines.
//! What is read is YAML as kubectl reads it, and what it means is the client library's.
//!
//! Source of truth: <https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>.

use std::{
    env, fs, io,
    path::{MAIN_SEPARATOR, Path, PathBuf},
};

use kube::config::Kubeconfig;
use outrigger_json::Value;
use serde::de::DeserializeOwned;

/// Why a kubeconfig is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigError {
    /// The file cannot be read.
    #[error("cannot read it")]
    Read(#[from] io::Error),
    /// It is no YAML.
    #[error("line {line}, column {column}: this is not YAML")]
    Yaml {
        /// The line of the fault, from 1.
        line: usize,
        /// Its column in characters, from 1.
        column: usize,
    },
    /// A cluster, user or context is not what one is.
    #[error("one of the {list}{}: {fault}", if name.is_empty() { String::new() } else { format!(", {name:?}") })]
    Entry {
        /// The list that it is in.
        list: &'static str,
        /// What the list knows it by; empty: it has no name.
        name: String,
        /// What is expected instead, or missing.
        fault: String,
    },
    /// What it says makes no configuration of a client.
    #[error(transparent)]
    Unusable(#[from] kube::config::KubeconfigError),
}

/// The files that are asked where no other is named: those of `KUBECONFIG` that are there, else `~/.kube/config`.
pub(super) fn usual_files() -> Vec<PathBuf> {
    let named = env::var_os("KUBECONFIG").unwrap_or_default();
    let mut files: Vec<_> = env::split_paths(&named)
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    if files.is_empty() {
        files.extend(env::home_dir().map(|home| home.join(".kube/config")));
    }
    files.retain(|path| path.exists());
    files
}

/// Reads a file, all its documents merged. Files that it names count from its own folder.
pub(super) fn read(path: &Path) -> Result<Kubeconfig, KubeconfigError> {
    let text = fs::read_to_string(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let yaml = |fault: outrigger_yaml::Error| KubeconfigError::Yaml {
        line: fault.line(),
        column: fault.column(),
    };
    let mut all = Kubeconfig::default();
    for document in outrigger_yaml::documents(&text) {
        let document = document.and_then(|d| d.parse()).map_err(yaml)?;
        let mut one = kubeconfig(&document)?;
        resolve(&mut one, folder);
        all = all.merge(one)?;
    }
    Ok(all)
}

fn kubeconfig(document: &Value<'_>) -> Result<Kubeconfig, KubeconfigError> {
    Ok(Kubeconfig {
        clusters: entries(document, "clusters")?,
        auth_infos: entries(document, "users")?,
        contexts: entries(document, "contexts")?,
        current_context: document
            .get("current-context")
            .and_then(Value::as_str)
            .map(str::to_owned),
        ..Kubeconfig::default()
    })
}

fn entries<T: DeserializeOwned>(
    document: &Value<'_>,
    list: &'static str,
) -> Result<Vec<T>, KubeconfigError> {
    let items = document.get(list).and_then(Value::as_array);
    let read = |item: &Value<'_>| {
        serde_json::from_str(&item.to_string()).map_err(|fault| KubeconfigError::Entry {
            list,
            name: item
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            fault: without_values(&fault),
        })
    };
    items.into_iter().flatten().map(read).collect()
}

/// What a fault says without what was found: that may be a token.
fn without_values(fault: &serde_json::Error) -> String {
    let fault = fault.to_string();
    let said = fault
        .rsplit_once(" at line ")
        .map_or(&*fault, |(said, _)| said);
    match said.rsplit_once(", expected ") {
        Some((_, expected)) if expected.starts_with("struct ") => {
            "something in it should be an object".into()
        }
        Some((_, expected)) => format!("something in it should be {expected}"),
        None if said.starts_with("missing field") => said.to_owned(),
        None => "something in it is not what it should be".into(),
    }
}

/// Has the files that it names count from a folder; of commands only those that are no bare name.
fn resolve(kubeconfig: &mut Kubeconfig, folder: &Path) {
    let clusters = kubeconfig.clusters.iter_mut();
    let authorities = clusters
        .filter_map(|named| named.cluster.as_mut())
        .map(|cluster| &mut cluster.certificate_authority);
    let users = kubeconfig.auth_infos.iter_mut();
    let credentials = users
        .filter_map(|named| named.auth_info.as_mut())
        .flat_map(|user| {
            let command = user.exec.as_mut().map(|exec| &mut exec.command);
            let command =
                command.filter(|c| c.as_ref().is_some_and(|c| c.contains(MAIN_SEPARATOR)));
            [
                Some(&mut user.client_certificate),
                Some(&mut user.client_key),
                Some(&mut user.token_file),
                command,
            ]
        })
        .flatten();
    for file in authorities.chain(credentials).flatten() {
        // A path that is absolute stays as it is.
        if let Some(path) = folder.join(&*file).to_str() {
            path.clone_into(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Kubeconfig, KubeconfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn faults_tell_their_place_and_no_secret() {
        for (text, want) in [
            (
                "users:\n- name: u\n  user:\n    token: S3CRET\n   bad: 1\n",
                "line 5, column 4: this is not YAML",
            ),
            (
                "users: [{name: u, user: {token: [S3CRET]}}]",
                r#"one of the users, "u": something in it should be a string"#,
            ),
            (
                "users: [{name: u, user: {token: 53}}]",
                r#"one of the users, "u": something in it should be a string"#,
            ),
            (
                "users: [{name: u, user: {exec: S3CRET}}]",
                r#"one of the users, "u": something in it should be an object"#,
            ),
            (
                "users: [{user: {token: S3CRET}}]",
                "one of the users: missing field `name`",
            ),
            (
                "users: [{name: u, user: {token: !!int S3CRET}}]",
                "line 1, column 33: this is not YAML",
            ),
            (
                "clusters: [{name: c, cluster: {insecure-skip-tls-verify: S3CRET}}]",
                r#"one of the clusters, "c": something in it should be a boolean"#,
            ),
        ] {
            let fault = read_text(text).unwrap_err();
            assert_eq!(fault.to_string(), want, "{text}");
            assert!(!format!("{fault:?}").contains("S3CRET"), "{text}");
        }
        assert!(matches!(
            read(Path::new("/nowhere")),
            Err(KubeconfigError::Read(_))
        ));
    }

    #[test]
    fn files_count_from_the_folder() {
        let text = "clusters: [{name: c, cluster: {certificate-authority: ca.crt}}]\n---\n\
             users:\n\
             - {name: u, user: {client-certificate: /u.crt, client-key: k/u.key, tokenFile: ../t, exec: {command: ./login}}}\n\
             - {name: v, user: {exec: {command: login}}}\n\
             ---\n\
             users: [{name: u, user: {token: later}}]\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, text).unwrap();
        let read = read(&path).unwrap();
        let at = |file: &str| Some(folder.path().join(file).to_str().unwrap().to_owned());

        let cluster = read.clusters[0].cluster.as_ref().unwrap();
        assert_eq!(cluster.certificate_authority, at("ca.crt"));
        let users: Vec<_> = read
            .auth_infos
            .iter()
            .map(|u| u.auth_info.as_ref().unwrap())
            .collect();
        assert_eq!(users.len(), 2, "of users with one name the first counts");
        assert_eq!(users[0].client_certificate.as_deref(), Some("/u.crt"));
        assert_eq!(users[0].client_key, at("k/u.key"));
        assert_eq!(users[0].token_file, at("../t"));
        assert_eq!(users[0].exec.as_ref().unwrap().command, at("./login"));
        assert_eq!(
            users[1].exec.as_ref().unwrap().command.as_deref(),
            Some("login")
        );
    }
}
