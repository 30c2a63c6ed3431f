//! The functions of [sprig](https://masterminds.github.io/sprig/), a library that most Go programs with templates add
//! to Go's own: version 3.3, its text map, complete.
//!
//! What a template computes from its data alone is always there. What would ask the world — the clock, randomness, the
//! environment, the network, keys — is there only if the caller hands it in as [`Capabilities`]; otherwise such a
//! function is unknown, and a template that calls it is refused when it is parsed.

mod convert;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod json;
mod lists;
mod math;
mod paths;
mod random;
mod reflection;
mod regex;
mod semver;
mod strings;
mod urls;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::function::Functions;

type Clock = dyn Fn() -> SystemTime + Send + Sync;
type Random = dyn Fn(&mut [u8]) + Send + Sync;
type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;
type Hosts = dyn Fn(&str) -> Vec<String> + Send + Sync;

/// What functions may ask of the world. By default nothing.
///
/// # Examples
///
/// ```
/// use outrigger_gotemplate::{Functions, Limits, Options, Template, Value, sprig};
///
/// let mut functions = Functions::builtins();
/// sprig::add_to(&mut functions);
/// assert!(Template::parse("t", "{{now}}", &functions, &Options::default()).is_err());
///
/// let epoch = sprig::Capabilities::none().with_clock(|| std::time::UNIX_EPOCH);
/// sprig::add_with(&mut functions, &epoch);
/// let template = Template::parse("t", "{{now | date \"2006\"}}", &functions, &Options::default())?;
/// assert_eq!(template.render_text(&Value::Nil, &Limits::default())?, "1970");
/// # Ok::<(), outrigger_gotemplate::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Capabilities {
    clock: Option<Arc<Clock>>,
    random: Option<Arc<Random>>,
    environment: Option<Arc<Environment>>,
    hosts: Option<Arc<Hosts>>,
    keys: Option<Arc<dyn Keys>>,
}

impl Capabilities {
    /// Nothing at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Hands in the clock: `now`, `ago`, and the dates that default to now.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(now));
        self
    }

    /// Hands in a source of randomness, which fills what it is given: `randAlpha`, `uuidv4`, `bcrypt` and so on. Make it
    /// a cryptographic one.
    #[must_use]
    pub fn with_random(mut self, fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        self.random = Some(Arc::new(fill));
        self
    }

    /// Hands in environment variables: `env`, `expandenv`.
    #[must_use]
    pub fn with_environment(
        mut self,
        variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.environment = Some(Arc::new(variable));
        self
    }

    /// Hands in the look-up of host names, which gives a host's addresses: `getHostByName`.
    #[must_use]
    pub fn with_hosts(
        mut self,
        addresses: impl Fn(&str) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        self.hosts = Some(Arc::new(addresses));
        self
    }

    /// Hands in what makes keys and certificates: `genPrivateKey`, `genCA` and so on.
    #[must_use]
    pub fn with_keys(mut self, keys: impl Keys + 'static) -> Self {
        self.keys = Some(Arc::new(keys));
        self
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capabilities")
            .field("clock", &self.clock.is_some())
            .field("random", &self.random.is_some())
            .field("environment", &self.environment.is_some())
            .field("hosts", &self.hosts.is_some())
            .field("keys", &self.keys.is_some())
            .finish()
    }
}

pub use crypto::{CertificateRequest, Keys, Pair};

/// Adds the functions that need nothing but their arguments.
pub fn add_to(functions: &mut Functions) {
    add_with(functions, &Capabilities::none());
}

/// Adds the functions that need nothing but their arguments and the capabilities.
pub fn add_with(functions: &mut Functions, capabilities: &Capabilities) {
    crypto::add_to(functions, capabilities);
    dates::add_to(functions, capabilities);
    defaults::add_to(functions);
    dicts::add_to(functions);
    encoding::add_to(functions);
    json::add_to(functions);
    lists::add_to(functions);
    math::add_to(functions);
    paths::add_to(functions);
    random::add_to(functions, capabilities);
    reflection::add_to(functions);
    regex::add_to(functions);
    semver::add_to(functions);
    strings::add_to(functions);
    urls::add_to(functions);
    words::add_to(functions);
}
