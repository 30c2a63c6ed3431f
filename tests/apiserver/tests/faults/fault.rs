//! The faults, and what each does.

use std::{path::Path, time::Instant};

use anyhow::Result;

use crate::{certificates, clients, clock, cluster, configuration, replicas, scene::Scene};
use outrigger_apiserver_tests::Program;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: what the others are held against.
    Nothing,
    /// One replica after the other is replaced, as of a Deployment.
    RollingRestart,
    /// The replica that is called is killed, and started again, over and over.
    Kill,
    /// The serving certificate comes to be due, over and over.
    Leaf,
    /// Another authority takes over, over and over.
    Authority,
    /// Good configurations, and such that cannot be served, in turns.
    Configurations,
    /// The API server is killed and started again.
    ApiServer,
    /// The API server's store is killed and started again.
    Etcd,
    /// Reviews of almost 8 MiB, and larger ones.
    Bodies,
    /// Clients that send a byte now and then.
    Dawdlers,
    /// Clients that connect and do nothing.
    Idle,
    /// The same, for a server that may have few files open.
    Descriptors,
    /// The clock of one replica is put forward and back.
    Clock,
}

impl Fault {
    pub(crate) const ALL: [Self; 13] = [
        Self::Nothing,
        Self::RollingRestart,
        Self::Kill,
        Self::Leaf,
        Self::Authority,
        Self::Configurations,
        Self::ApiServer,
        Self::Etcd,
        Self::Bodies,
        Self::Dawdlers,
        Self::Idle,
        Self::Descriptors,
        Self::Clock,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::RollingRestart => "rolling restart",
            Self::Kill => "kill -9 of the replica that is called",
            Self::Leaf => "another serving certificate",
            Self::Authority => "another authority",
            Self::Configurations => "configurations, good and bad",
            Self::ApiServer => "restart of the API server",
            Self::Etcd => "restart of etcd",
            Self::Bodies => "bodies of 8 MiB, and larger",
            Self::Dawdlers => "600 slow-loris clients",
            Self::Idle => "2,000 idle connections",
            Self::Descriptors => "no free file descriptors",
            Self::Clock => "a replica's clock jumps",
        }
    }

    /// Whether creations may fail of themselves meanwhile.
    pub(crate) fn takes_the_api_server_away(self) -> bool {
        matches!(self, Self::ApiServer | Self::Etcd)
    }

    /// The command that runs the replicas; `{}` in it is the replica's number.
    pub(crate) fn wrapper(self, folder: &Path) -> Result<Vec<String>> {
        match self {
            Self::Descriptors => Ok(clients::few_files()),
            Self::Clock => clock::faked(folder),
            _ => Ok(Vec::new()),
        }
    }

    /// What is there before the API server has called the webhook for the first time.
    pub(crate) async fn before(self, scene: &mut Scene) -> Result<()> {
        match self {
            Self::Configurations => configuration::first(scene).await,
            Self::Idle => clients::connect_idle(scene, clients::IDLE).await,
            Self::Descriptors => clients::connect_idle(scene, clients::FILES).await,
            _ => Ok(()),
        }
    }

    /// Lets it happen, until it is time at least.
    pub(crate) async fn happen(
        self,
        scene: &mut Scene,
        folder: &Path,
        until: Instant,
    ) -> Result<()> {
        match self {
            Self::Nothing | Self::Idle | Self::Descriptors => Ok(()),
            Self::RollingRestart => replicas::restart(scene, until).await,
            Self::Kill => replicas::kill(scene, until).await,
            Self::Leaf => certificates::renew(scene, until).await,
            Self::Authority => certificates::follow(scene, until).await,
            Self::Configurations => configuration::swap(scene, until).await,
            Self::ApiServer => cluster::restart(scene, Program::ApiServer, until).await,
            Self::Etcd => cluster::restart(scene, Program::Etcd, until).await,
            Self::Bodies => clients::post_large(scene, until).await,
            Self::Dawdlers => clients::dawdle(scene).await,
            Self::Clock => clock::jump(scene, folder, until).await,
        }
    }
}
