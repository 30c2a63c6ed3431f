//! The clock of one replica, put forward and back.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use kube::api::{Patch, PatchParams};
use outrigger_apiserver_tests::secret::SECRET;
use serde_json::json;

use crate::{certificates, scene::Scene};

/// What the clock is put forward by: until a certificate is due, to a time before it was made, until long after the
/// authority has expired, and back.
const JUMPS: [&str; 4] = ["+5d", "-3d", "+400d", "+0"];

/// How long the program may take to see a jump, and to act on it.
const SEEN: Duration = Duration::from_millis(1500);
const ACTED: Duration = Duration::from_secs(1);

/// The command that runs a program by a clock that a file sets; `{}` in it is the replica's number.
pub(crate) fn faked(folder: &Path) -> Result<Vec<String>> {
    for replica in 0..2 {
        set(folder, replica, "+0")?;
    }
    let file = folder.join("clock-{}");
    Ok([
        "env".to_owned(),
        format!("LD_PRELOAD={}", library()?.display()),
        format!("FAKETIME_TIMESTAMP_FILE={}", file.display()),
        "FAKETIME_CACHE_DURATION=1".to_owned(),
        "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
    ]
    .to_vec())
}

/// What Debian's package `libfaketime` puts below the folder of the machine's architecture.
fn library() -> Result<PathBuf> {
    let libraries = fs::read_dir("/usr/lib")?.filter_map(Result::ok);
    let mut found = libraries.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    found
        .find(|path| path.exists())
        .context("no libfaketime: install Debian's package of that name")
}

fn set(folder: &Path, replica: usize, clock: &str) -> Result<()> {
    let file = folder.join(format!("clock-{replica}"));
    let new = folder.join("new");
    fs::write(&new, format!("{clock}\n"))?;
    Ok(fs::rename(new, file)?)
}

/// Has the first replica's clock jump, and look at the certificates each time. They stay as they are.
pub(crate) async fn jump(scene: &mut Scene, folder: &Path, until: Instant) -> Result<()> {
    certificates::keep_connecting(scene);
    let before = scene.secret().stored().await;
    loop {
        for (count, clock) in JUMPS.into_iter().enumerate() {
            set(folder, 0, clock)?;
            scene.wait_until(Instant::now() + SEEN).await?;
            // They look at the Secret whenever it changes.
            let touched = json!({"metadata": {"annotations": {"touched": count.to_string()}}});
            scene
                .secret()
                .api
                .patch(SECRET, &PatchParams::default(), &Patch::Merge(touched))
                .await?;
            scene.wait_until(Instant::now() + ACTED).await?;
            ensure!(
                scene.secret().stored().await == before,
                "changed at {clock}"
            );
        }
        if Instant::now() > until {
            return Ok(());
        }
    }
}
