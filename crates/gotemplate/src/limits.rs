//! What one execution may use up.

/// Bounds on one execution, so that a hostile template ends. Going past one is an error of kind
/// [`ErrorKind::Budget`](crate::ErrorKind::Budget).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Evaluation steps: about one for each action, operand, call and loop turn, and for each element that a function
    /// visits. Default: 1,000,000.
    pub steps: u64,
    /// Bytes of output, and of any one string made on the way. Default: 8 MiB.
    pub output_bytes: usize,
    /// How deep templates may call each other. Go's own bound, and the default: 100,000.
    pub template_depth: usize,
    /// How deep a value may be nested to be printed, compared or encoded. Default: 200.
    pub value_depth: usize,
    /// Bytes that one compiled regular expression may take. Default: 1 MiB.
    pub regex_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            output_bytes: 8 << 20,
            template_depth: 100_000,
            value_depth: 200,
            regex_bytes: 1 << 20,
        }
    }
}

impl Limits {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of steps.
    #[must_use]
    pub fn with_steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// Sets the bytes of output.
    #[must_use]
    pub fn with_output_bytes(mut self, bytes: usize) -> Self {
        self.output_bytes = bytes;
        self
    }

    /// Sets the depth of template calls.
    #[must_use]
    pub fn with_template_depth(mut self, depth: usize) -> Self {
        self.template_depth = depth;
        self
    }

    /// Sets the bytes of a compiled regular expression.
    #[must_use]
    pub fn with_regex_bytes(mut self, bytes: usize) -> Self {
        self.regex_bytes = bytes;
        self
    }
}
