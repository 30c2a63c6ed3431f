//! A child process that ends with the value that holds it.

use std::{
    process::{Child, Command, ExitStatus},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::time::{Instant, sleep};

/// Long enough for a loaded machine; a healthy start takes a tenth of it.
const START: Duration = Duration::from_secs(60);

/// A running program. Dropping it, in a panic too, kills it.
pub(crate) struct Process {
    child: Child,
    name: &'static str,
}

impl Process {
    /// Starts `command`; `name` is for messages.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let child = command
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        Ok(Self { child, name })
    }

    /// Asks `ready` until it says yes, the process has ended, or a minute is over.
    pub(crate) async fn wait_until(&mut self, ready: impl AsyncFn() -> bool) -> Result<()> {
        let deadline = Instant::now() + START;
        while !ready().await {
            if let Some(status) = self.ended()? {
                bail!("{} ended with {status} before it was ready", self.name);
            }
            if Instant::now() > deadline {
                bail!("{} is not ready after {START:?}", self.name);
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Asks the process to end, and waits until it has.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status()?;
        ensure!(sent.success(), "no {} to stop", self.name);
        let deadline = Instant::now() + START;
        loop {
            if let Some(status) = self.ended()? {
                ensure!(status.success(), "{} ended with {status}", self.name);
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{} has not ended after {START:?}", self.name);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends the process at once, as the kernel does when memory runs out. One that
    /// reads from here has children to end first and does so when its input closes.
    pub(crate) fn kill(&mut self) {
        // An error here means that it has ended already.
        if self.child.stdin.take().is_none() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }

    /// The system's number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child
            .try_wait()
            .with_context(|| format!("cannot watch {}", self.name))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
