//! The Go oracle as a child process.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value as Json;

use crate::engine::Answer;

/// A running oracle.
pub(crate) struct Oracle {
    process: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// Builds the oracle with the `go` on the path and starts it.
    pub(crate) fn start() -> Result<Self, String> {
        let program = Self::build()?;
        let mut process = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let input = process.stdin.take().ok_or("no pipe to the oracle")?;
        let output = process.stdout.take().ok_or("no pipe from the oracle")?;
        Ok(Self {
            process,
            input: BufWriter::new(input),
            output: BufReader::new(output),
        })
    }

    /// Builds the oracle and gives its path.
    pub(crate) fn build() -> Result<PathBuf, String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle");
        let program = source.join("oracle");
        let built = Command::new("go")
            .args(["build", "-o", "oracle", "."])
            .current_dir(&source)
            .status()
            .map_err(|error| format!("cannot run go: {error}"))?;
        if built.success() {
            Ok(program)
        } else {
            Err("the oracle does not build".to_owned())
        }
    }

    /// Asks for one template.
    pub(crate) fn ask(&mut self, request: &Json) -> Result<Answer, String> {
        self.send(request)?;
        self.input.flush().map_err(|error| error.to_string())?;
        self.receive()
    }

    /// Asks for several templates at once, which is faster. They must fit into the buffer of a pipe.
    #[allow(
        dead_code,
        reason = "not every program that includes this asks so many"
    )]
    pub(crate) fn ask_all(&mut self, requests: &[Json]) -> Result<Vec<Answer>, String> {
        for request in requests {
            self.send(request)?;
        }
        self.input.flush().map_err(|error| error.to_string())?;
        requests.iter().map(|_| self.receive()).collect()
    }

    fn send(&mut self, request: &Json) -> Result<(), String> {
        writeln!(self.input, "{request}").map_err(|error| error.to_string())
    }

    fn receive(&mut self) -> Result<Answer, String> {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        let answer: Json =
            serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        let text = |key| answer[key].as_str().unwrap_or_default().to_owned();
        Ok(Answer {
            ok: answer["ok"].as_bool().unwrap_or_default(),
            out: text("out"),
            error: text("error"),
            stage: text("stage"),
        })
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
