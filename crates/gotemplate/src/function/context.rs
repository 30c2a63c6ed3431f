//! What a function may ask of the execution it is part of, and how it says that it failed.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use crate::collection::Map;
use crate::limits::Limits;
use crate::value::Value;

/// What a running function may ask of the execution it is part of.
#[derive(Debug)]
pub struct Context<'c> {
    limits: &'c Limits,
    steps: Cell<u64>,
}

impl<'c> Context<'c> {
    /// A context of its own for each execution, with the whole budget.
    pub fn new(limits: &'c Limits) -> Self {
        Self {
            limits,
            steps: Cell::new(limits.steps),
        }
    }

    /// The bounds of this execution.
    pub fn limits(&self) -> &'c Limits {
        self.limits
    }

    /// Charges steps to the budget; a function that loops charges one for each turn.
    ///
    /// # Errors
    ///
    /// When the budget is used up.
    #[inline]
    pub fn spend(&self, steps: u64) -> Result<(), CallError> {
        let left = self.steps.get().checked_sub(steps);
        self.steps.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(self.spent()),
        }
    }

    #[cold]
    fn spent(&self) -> CallError {
        CallError::budget(format!("more than {} steps", self.limits.steps))
    }

    /// Checks that a string or list about to be made is within the bound on output; asked before it is made.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn reserve(&self, bytes: usize) -> Result<(), CallError> {
        if bytes > self.limits.output_bytes {
            return Err(CallError::budget(format!(
                "more than {} bytes",
                self.limits.output_bytes
            )));
        }
        self.spend(bytes as u64 / 256)
    }

    /// Checks the depth that a recursive walk through a value has reached.
    ///
    /// # Errors
    ///
    /// When it is past the bound.
    pub fn check_depth(&self, depth: usize) -> Result<(), CallError> {
        if depth > self.limits.value_depth {
            return Err(CallError::budget(format!(
                "a value nested more than {} deep",
                self.limits.value_depth
            )));
        }
        Ok(())
    }

    /// Sets a key of a map in place, as sprig's `set` does.
    ///
    /// # Errors
    ///
    /// If the map would contain itself, or the budget is used up.
    pub fn set<'a>(
        &self,
        map: &Map<'a>,
        key: impl Into<Cow<'a, str>>,
        value: Value<'a>,
    ) -> Result<(), CallError> {
        let seen = map
            .insert(key, value)
            .map_err(|cycle| CallError::new(cycle.to_string()))?;
        self.spend(seen)
    }
}

/// Why a function failed. Made from a message with `into()` or `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    pub(crate) message: String,
    pub(crate) budget: bool,
    pub(crate) hint: Option<String>,
    /// The number of arguments that a method wants, if it was given another.
    pub(crate) wants: Option<usize>,
}

impl CallError {
    /// A failure with a message, worded as Go would.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            budget: false,
            hint: None,
            wants: None,
        }
    }

    /// A failure for using up one of the [`Limits`].
    pub fn budget(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            budget: true,
            hint: None,
            wants: None,
        }
    }

    /// A failure of a [method](crate::Object::method) that was given another number of arguments than it wants.
    pub fn arity(wants: usize) -> Self {
        Self {
            wants: Some(wants),
            ..Self::new(format!("wants {wants} arguments"))
        }
    }

    /// Adds what the template's author could do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CallError {}

impl From<String> for CallError {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for CallError {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}
