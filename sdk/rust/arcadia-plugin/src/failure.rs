use crate::abi::*;
use std::time::Duration;

/// Did the outside world change? What the host does after a failure depends on this, never on the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nobody knows: the step is probed first. When in doubt, this.
    Unknown = 0,
    /// It did not: may be tried again, and there is nothing to take back.
    None = 1,
    /// Some of it: the step is taken back.
    Partial = 2,
    /// All of it: the step is taken back.
    Applied = 3,
}

impl Effect {
    pub(crate) fn of(number: arcadia_effect) -> Effect {
        let known = [Effect::None, Effect::Partial, Effect::Applied];
        known.into_iter().find(|known| *known as arcadia_effect == number).unwrap_or(Effect::Unknown)
    }
}

/// The coarse reason, for alerts and statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// None of the others.
    Other = 0,
    /// `with` makes no sense; trying again will not help.
    Input = 1,
    /// The plugin's own configuration.
    Config = 2,
    /// Who are you: credentials missing, wrong, expired.
    Auth = 3,
    /// I know you, and no.
    Denied = 4,
    /// The thing is not there.
    NotFound = 5,
    /// It exists already, or someone else changed it.
    Conflict = 6,
    /// A limit that waiting does not lift.
    Quota = 7,
    /// A limit that waiting lifts.
    Rate = 8,
    /// No answer came.
    Network = 9,
    /// An answer came, and it was the other side's failure.
    Remote = 10,
    /// It took too long.
    Timeout = 11,
    /// The host or the other side cannot do this.
    Unsupported = 12,
    /// "This cannot happen" happened, in the plugin.
    Bug = 13,
}

impl Code {
    pub(crate) fn of(number: arcadia_code) -> Code {
        use Code::*;
        let known =
            [Input, Config, Auth, Denied, NotFound, Conflict, Quota, Rate, Network, Remote, Timeout, Unsupported, Bug];
        known.into_iter().find(|known| *known as arcadia_code == number).unwrap_or(Other)
    }
}

/// Is it worth trying again? Advice: how often and how long is the operator's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would end the same way.
    No,
    /// After the definition's own backoff.
    Yes,
    /// Not before this.
    After(Duration),
}

/// A failure with everything that the host goes by.
///
/// ```
/// # use arcadia_plugin::*;
/// Failure::new(Code::Conflict, "the name web-1 is taken").effect(Effect::None);
/// ```
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Code,
    pub effect: Effect,
    pub retry: Retry,
    /// HTTP status, errno, a vendor's number; 0: none.
    pub remote_status: i32,
    /// One line for an operator, no secret. eg: "region fra9 does not exist"
    pub message: String,
    /// The text of a JSON object.
    pub detail: Option<String>,
}

impl Failure {
    /// Without more said its effect is unknown, and another attempt is not advised.
    pub fn new(code: Code, message: impl Into<String>) -> Failure {
        let message = message.into();
        Failure { code, effect: Effect::Unknown, retry: Retry::No, remote_status: 0, message, detail: None }
    }

    /// The same with this effect.
    pub fn effect(mut self, effect: Effect) -> Failure {
        self.effect = effect;
        self
    }

    /// The same with this advice.
    pub fn retry(mut self, retry: Retry) -> Failure {
        self.retry = retry;
        self
    }

    /// # Safety
    /// Its texts must be there still.
    pub(crate) unsafe fn of(error: &arcadia_error) -> Failure {
        let text = |text: arcadia_str| text.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        Failure {
            code: Code::of(error.code),
            effect: Effect::of(error.effect),
            retry: match error.retry {
                ARCADIA_RETRY_YES => Retry::Yes,
                ARCADIA_RETRY_AFTER => Retry::After(Duration::from_millis(error.retry_after_ms.into())),
                _ => Retry::No,
            },
            remote_status: error.remote_status,
            message: text(error.message).unwrap_or_default(),
            detail: text(error.detail_json),
        }
    }

    pub(crate) fn lend<Answer>(&self, body: impl FnOnce(&arcadia_error) -> Answer) -> Answer {
        let (retry, retry_after_ms) = match self.retry {
            Retry::No => (ARCADIA_RETRY_NO, 0),
            Retry::Yes => (ARCADIA_RETRY_YES, 0),
            Retry::After(time) => (ARCADIA_RETRY_AFTER, u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
        };
        body(&arcadia_error {
            struct_size: std::mem::size_of::<arcadia_error>() as u32,
            code: self.code as arcadia_code,
            effect: self.effect as arcadia_effect,
            retry,
            retry_after_ms,
            remote_status: self.remote_status,
            message: arcadia_str::lend(&self.message),
            detail_json: self.detail.as_deref().map_or(arcadia_str::ABSENT, arcadia_str::lend),
        })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

/// Why a function ends before its end. `?` makes one of a [`Failure`], and of any error: that is `Code::Other` with an
/// unknown effect.
#[derive(Clone, Debug)]
pub enum Stop {
    /// It failed.
    Failed(Failure),
    /// Call me again after this time: no thread is held, a restart does not matter, and what was put under
    /// `/checkpoint` comes back. A probe is asked again.
    Suspend(Duration),
    /// The host asked for it.
    Cancelled(Effect),
}

/// What an operation returns.
pub type Outcome<Value = ()> = Result<Value, Stop>;

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

// Failure is no std::error::Error, so that this can be.
impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Failed(Failure::new(Code::Other, error.to_string()))
    }
}
