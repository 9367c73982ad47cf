use crate::abi::*;
use crate::{Code, Effect, Failure, Http, Retry, Stop};
use std::ffi::CStr;
use std::marker::PhantomData;
use std::time::Duration;

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

/// A call by the host, and what can be said to the host meanwhile. Paths are those of plugin.h: `c"/with/name"`.
///
/// It is `Sync`: lend it to threads of a [`std::thread::scope`]. It is borrowed, and what it lends is, too, so that
/// neither outlives the function it was given to; nothing is copied.
pub struct HostCall<'host> {
    pub(crate) host: &'static arcadia_host,
    pub(crate) handle: *mut arcadia_call,
    alive: PhantomData<&'host arcadia_call>,
}

// Of a HostCall, threads can use only what plugin.h marks [any]: suspending and finding are done by returning.
unsafe impl Sync for HostCall<'_> {}
unsafe impl Send for HostCall<'_> {}

impl<'host> HostCall<'host> {
    pub(crate) unsafe fn new(host: &'static arcadia_host, handle: *mut arcadia_call) -> HostCall<'host> {
        HostCall { host, handle, alive: PhantomData }
    }

    /// Says something to the operator; the host adds plugin, run and step. Never pass a secret.
    pub fn log(&self, level: Level, message: &str) {
        unsafe { (self.host.log)(self.handle, level as i32, arcadia_str::lend(message), arcadia_str::ABSENT) }
    }

    /// The same with the text of a JSON object.
    pub fn log_with(&self, level: Level, message: &str, fields: &str) {
        unsafe { (self.host.log)(self.handle, level as i32, arcadia_str::lend(message), arcadia_str::lend(fields)) }
    }

    /// Still alive. True: stop soon.
    pub fn heartbeat(&self, percent: Option<u8>, note: &str) -> bool {
        let note = if note.is_empty() { arcadia_str::ABSENT } else { arcadia_str::lend(note) };
        unsafe { (self.host.heartbeat)(self.handle, percent.map_or(-1, i32::from), note) == 1 }
    }

    /// The operator cancelled, or the deadline passed: stop soon.
    pub fn cancel_requested(&self) -> bool {
        unsafe { (self.host.cancel_requested)(self.handle) != 0 }
    }

    /// Ends the function, by `?`, if the host asked for it.
    pub fn stop_if_requested(&self, effect: Effect) -> Result<(), Stop> {
        if self.cancel_requested() {
            Err(Stop::Cancelled(effect))
        } else {
            Ok(())
        }
    }

    /// A descriptor that becomes readable when the call is to stop, for poll(); the host's.
    pub fn cancel_fd(&self) -> Option<i32> {
        Some(unsafe { (self.host.cancel_fd)(self.handle) }).filter(|file| *file >= 0)
    }

    /// None: there is no deadline.
    pub fn time_left(&self) -> Option<Duration> {
        let left = unsafe { (self.host.deadline_ms)(self.handle) };
        (left != i64::MAX).then(|| Duration::from_millis(left.max(0) as u64))
    }

    /// Absent, or null: None. There and of another type: a failure.
    pub fn string(&self, path: &CStr) -> Result<Option<&str>, Failure> {
        let mut text = arcadia_str::ABSENT;
        let answer = unsafe { (self.host.get_string)(self.handle, path.as_ptr(), &mut text) };
        Ok(found(answer, path, "text")?.and_then(|()| unsafe { text.text() }))
    }

    /// Like [`HostCall::string`].
    pub fn int(&self, path: &CStr) -> Result<Option<i64>, Failure> {
        let mut number = 0;
        let answer = unsafe { (self.host.get_int64)(self.handle, path.as_ptr(), &mut number) };
        Ok(found(answer, path, "a whole number")?.map(|()| number))
    }

    /// Like [`HostCall::string`].
    pub fn float(&self, path: &CStr) -> Result<Option<f64>, Failure> {
        let mut number = 0.0;
        let answer = unsafe { (self.host.get_double)(self.handle, path.as_ptr(), &mut number) };
        Ok(found(answer, path, "a number")?.map(|()| number))
    }

    /// Like [`HostCall::string`].
    pub fn bool(&self, path: &CStr) -> Result<Option<bool>, Failure> {
        let mut flag = 0;
        let answer = unsafe { (self.host.get_bool)(self.handle, path.as_ptr(), &mut flag) };
        Ok(found(answer, path, "true or false")?.map(|()| flag != 0))
    }

    /// Like [`HostCall::string`], for what has to be there: absent is a failure, too.
    pub fn need_string(&self, path: &CStr) -> Result<&str, Failure> {
        needed(self.string(path)?, path)
    }

    /// Like [`HostCall::need_string`].
    pub fn need_int(&self, path: &CStr) -> Result<i64, Failure> {
        needed(self.int(path)?, path)
    }

    /// Like [`HostCall::need_string`].
    pub fn need_float(&self, path: &CStr) -> Result<f64, Failure> {
        needed(self.float(path)?, path)
    }

    /// Like [`HostCall::need_string`].
    pub fn need_bool(&self, path: &CStr) -> Result<bool, Failure> {
        needed(self.bool(path)?, path)
    }

    /// Any part as JSON text, for a JSON library of yours.
    pub fn json(&self, path: &CStr) -> Option<&str> {
        let mut text = arcadia_str::ABSENT;
        let answer = unsafe { (self.host.get_json)(self.handle, path.as_ptr(), &mut text) };
        if answer == 1 {
            unsafe { text.text() }
        } else {
            None
        }
    }

    /// Items of an array or members of an object; None where there is neither.
    pub fn count(&self, path: &CStr) -> Option<usize> {
        usize::try_from(unsafe { (self.host.count)(self.handle, path.as_ptr()) }).ok()
    }

    /// The name of a member, in the order written.
    pub fn key(&self, path: &CStr, position: usize) -> Option<&str> {
        let mut name = arcadia_str::ABSENT;
        let position = i64::try_from(position).ok()?;
        let answer = unsafe { (self.host.get_key)(self.handle, path.as_ptr(), position, &mut name) };
        if answer == 1 {
            unsafe { name.text() }
        } else {
            None
        }
    }

    /// HTTP by the host. Fails with `Code::Unsupported` where it lends none: ask before you do anything.
    pub fn http(&self) -> Result<Http<'_>, Failure> {
        let table = unsafe { (self.host.service)(self.handle, c"arcadia.http/1".as_ptr()) };
        unsafe { table.cast::<arcadia_http>().as_ref() }.map(|table| Http { table, call: self }).ok_or_else(|| {
            Failure::new(
                Code::Unsupported,
                "this host lends no HTTP: plugin.json must ask for it, with \
                 \"capabilities\": { \"services\": [\"arcadia.http/1\"] }, and the operator must grant it",
            )
        })
    }
}

fn found(answer: i32, path: &CStr, expected: &str) -> Result<Option<()>, Failure> {
    match answer {
        1 => Ok(Some(())),
        0 => Ok(None),
        _ => Err(Failure::new(Code::Input, format!("`{}` is not {expected}", path.to_string_lossy()))),
    }
}

fn needed<Value>(value: Option<Value>, path: &CStr) -> Result<Value, Failure> {
    value.ok_or_else(|| Failure::new(Code::Input, format!("`{}` is missing", path.to_string_lossy())))
}

/// One call of an operation: what it was given, and what it may do.
pub struct Call<'host> {
    base: HostCall<'host>,
    op: &'host arcadia_op,
}

impl<'host> std::ops::Deref for Call<'host> {
    type Target = HostCall<'host>;

    fn deref(&self) -> &HostCall<'host> {
        &self.base
    }
}

impl<'host> Call<'host> {
    pub(crate) unsafe fn new(base: HostCall<'host>, op: &'host arcadia_op) -> Call<'host> {
        Call { base, op }
    }

    fn text(&self, text: arcadia_str) -> &str {
        unsafe { text.text() }.unwrap_or_default()
    }

    /// From 1; a suspended step comes back with the same.
    pub fn attempt(&self) -> u32 {
        self.op.attempt
    }

    /// The step's place in the definition, from 1.
    pub fn step_number(&self) -> u32 {
        self.op.step_number
    }

    /// eg: "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04"
    pub fn run_id(&self) -> &str {
        self.text(self.op.run_id)
    }

    /// The definition's name. eg: "provision_droplet"
    pub fn saga(&self) -> &str {
        self.text(self.op.saga)
    }

    /// eg: "droplet"
    pub fn step_id(&self) -> &str {
        self.text(self.op.step_id)
    }

    /// The same for every attempt of this step in this direction, and for no other: doing it twice under one key must
    /// leave the world as once does.
    pub fn idempotency_key(&self) -> &str {
        self.text(self.op.idempotency_key)
    }

    /// The key that execute has, in compensate and probe too: what to look for.
    pub fn execute_key(&self) -> &str {
        self.text(self.op.execute_key)
    }

    /// W3C trace context, for requests that the host does not make.
    pub fn traceparent(&self) -> Option<&str> {
        unsafe { self.op.traceparent.text() }
    }

    /// An earlier call of this step wrote one down: it is under `/checkpoint`.
    pub fn has_checkpoint(&self) -> bool {
        !self.op.checkpoint_json.ptr.is_null()
    }

    /// In compensate: execute completed, and its output is under `/result`.
    pub fn has_result(&self) -> bool {
        !self.op.result_json.ptr.is_null()
    }

    /// Writers, below `/output` and `/checkpoint`. What the host does not take is a bug.
    pub fn put_string(&self, path: &CStr, value: &str) -> Result<(), Failure> {
        taken(unsafe { (self.host.put_string)(self.handle, path.as_ptr(), arcadia_str::lend(value)) }, path)
    }

    pub fn put_int(&self, path: &CStr, value: i64) -> Result<(), Failure> {
        taken(unsafe { (self.host.put_int64)(self.handle, path.as_ptr(), value) }, path)
    }

    pub fn put_float(&self, path: &CStr, value: f64) -> Result<(), Failure> {
        taken(unsafe { (self.host.put_double)(self.handle, path.as_ptr(), value) }, path)
    }

    pub fn put_bool(&self, path: &CStr, value: bool) -> Result<(), Failure> {
        taken(unsafe { (self.host.put_bool)(self.handle, path.as_ptr(), i32::from(value)) }, path)
    }

    pub fn put_json(&self, path: &CStr, json: &str) -> Result<(), Failure> {
        taken(unsafe { (self.host.put_json)(self.handle, path.as_ptr(), arcadia_str::lend(json)) }, path)
    }

    /// The whole output, the text of a JSON object.
    pub fn result(&self, json: &str) -> Result<(), Failure> {
        taken(unsafe { (self.host.result)(self.handle, arcadia_str::lend(json)) }, c"/output")
    }

    /// Makes what was put under `/checkpoint` durable before it returns. A failure has the effect that the step has had
    /// so far.
    pub fn checkpoint(&self, so_far: Effect) -> Result<(), Failure> {
        durable(unsafe { (self.host.checkpoint)(self.handle, arcadia_str::ABSENT) }, so_far)
    }

    /// The same with the text of a JSON object.
    pub fn checkpoint_json(&self, json: &str, so_far: Effect) -> Result<(), Failure> {
        durable(unsafe { (self.host.checkpoint)(self.handle, arcadia_str::lend(json)) }, so_far)
    }
}

fn taken(answer: i32, path: &CStr) -> Result<(), Failure> {
    match answer {
        0 => Ok(()),
        _ => Err(Failure::new(Code::Bug, format!("the host did not take `{}`", path.to_string_lossy()))),
    }
}

fn durable(answer: i32, so_far: Effect) -> Result<(), Failure> {
    match answer {
        0 => Ok(()),
        _ => Err(Failure::new(Code::Other, "the checkpoint was not written").effect(so_far).retry(Retry::Yes)),
    }
}
