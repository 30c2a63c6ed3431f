//! Load, by `wrk` on the second core.

use std::{fs, process::Command};

use crate::{Failure, cases, process::Server};

/// A review that is sent over and over, as it is or with another name for the workload every time.
pub(crate) struct Load {
    folder: tempfile::TempDir,
}

/// Sends Pods whose text the server knows.
const KNOWN: &str = "
local body = io.open(path, 'rb'):read('*a')
function request() return wrk.format('POST', nil, nil, body) end
";

/// Sends Pods no two of which are alike: where the names have the hash of the workload's template, there are numbers of
/// the same length. A run begins where the clock is, so that it repeats none of the run before.
const ANEW: &str = "
local parts, hash = {}, '6bd9d97c4f'
local text, from = io.open(path, 'rb'):read('*a'), 1
while true do
  local at = text:find(hash, from, true)
  parts[#parts + 1] = text:sub(from, (at or 0) - 1)
  if not at then break end
  from = at + #hash
end
local count = os.time() % 10000 * 1000000
function request()
  count = count + 1
  return wrk.format('POST', nil, nil, table.concat(parts, string.format('%010d', count)))
end
";

/// What one run of the load gives. Latencies in microseconds.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) answers: u64,
    /// Answers in a second.
    pub(crate) rate: f64,
    /// The server's time on a processor for one answer, in microseconds.
    pub(crate) time: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Measured {
    pub(crate) const NONE: Self = Self {
        answers: 0,
        rate: 0.0,
        time: f64::INFINITY,
        p50: f64::INFINITY,
        p99: f64::INFINITY,
    };

    /// Keeps the better of each figure.
    pub(crate) const fn better(&mut self, other: &Self) {
        self.rate = self.rate.max(other.rate);
        self.time = self.time.min(other.time);
        self.p50 = self.p50.min(other.p50);
        self.p99 = self.p99.min(other.p99);
    }
}

impl Load {
    /// Pods of one text, which the server recognises.
    pub(crate) fn known(case: &str) -> Result<Self, Failure> {
        Self::new(case, KNOWN)
    }

    /// Pods that differ, so that each is decided on.
    pub(crate) fn anew(case: &str) -> Result<Self, Failure> {
        Self::new(case, ANEW)
    }

    fn new(case: &str, script: &str) -> Result<Self, Failure> {
        let case = cases::all().into_iter().find(|c| c.name == case);
        let folder = tempfile::tempdir()?;
        let review = folder.path().join("review.json");
        fs::write(&review, case.ok_or("there is no such case")?.review)?;
        let script = format!(
            "wrk.headers['Content-Type'] = 'application/json'\nlocal path = '{}'{script}",
            review.display()
        );
        fs::write(folder.path().join("load.lua"), script)?;
        Ok(Self { folder })
    }

    pub(crate) fn run(
        &self,
        server: &Server,
        connections: u32,
        seconds: u32,
    ) -> Result<Measured, Failure> {
        let before = server.time()?;
        let out = Command::new("taskset")
            .args(["--cpu-list", "1", "wrk", "--threads", "1", "--latency"])
            .args(["--connections", &connections.to_string()])
            .args(["--duration", &format!("{seconds}s"), "--script"])
            .arg(self.folder.path().join("load.lua"))
            .arg(format!("{}://{}/inject", server.scheme, server.address))
            .output()
            .map_err(|e| format!("cannot run taskset and wrk, which Debian has: {e}"))?;
        let time = server.time()?.saturating_sub(before);
        let text = String::from_utf8(out.stdout)?;
        if !out.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
            return Err(format!("wrk: {text}{}", String::from_utf8_lossy(&out.stderr)).into());
        }
        let after = |label: &str| {
            let rest = text.split(label).nth(1)?;
            rest.split_whitespace().next()
        };
        let latency = |label| {
            let mut lines = text.lines().map(str::trim);
            let time = lines.find_map(|line| microseconds(line.strip_prefix(label)?.trim()));
            time.ok_or("wrk tells no latency")
        };
        let answers = text
            .lines()
            .find_map(|line| line.trim().split_once(" requests in"))
            .ok_or("wrk tells no requests")?
            .0
            .parse()?;
        #[expect(clippy::cast_precision_loss, reason = "an average")]
        let each = time.as_secs_f64() * 1e6 / answers as f64;
        Ok(Measured {
            answers,
            rate: after("Requests/sec:").ok_or("wrk tells no rate")?.parse()?,
            time: each,
            p50: latency("50%")?,
            p99: latency("99%")?,
        })
    }
}

/// A time as `wrk` writes it, such as `1.25ms`.
fn microseconds(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let scale = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}
