//! A host for the tests of a plugin.
//!
//! ```ignore
//! let mut step = Step::begin(arcadia_plugin_entry_v1, r#"{"folder":"/tmp/x"}"#, "greet", r#"{"name":"Ada"}"#);
//! assert_eq!(step.execute(), Status::Ok, "{:?}", step.failure());
//! assert_eq!(step.text("/output/file").unwrap(), "/tmp/x/Ada.txt");
//! step.compensate();
//! ```
//!
//! It does what plugin.h says of paths, readers and writers, but checks no schema and no size, and lends no service.

use crate::abi::*;
use crate::{Effect, Failure};
use std::ffi::{c_char, c_void, CStr};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

mod json;
use json::Json;

/// What a function returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok,
    Suspended,
    Cancelled,
    Failed,
}

type Entry = unsafe extern "C" fn(*const arcadia_host) -> *const arcadia_plugin;

const RUN: &str = "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04";

/// One step of one run, with a plugin made for it: compensate and probe see the `with`, the checkpoint and the result that
/// execute left. Executing again is what a host does after a crash: the same key, the last durable checkpoint, no result.
pub struct Step {
    plugin: &'static arcadia_plugin,
    instance: *mut arcadia_instance,
    operation: String,
    call: Box<FakeCall>,
    /// What create() answered.
    pub created: Status,
}

/// What the host of a call keeps.
struct FakeCall(Mutex<State>);

#[derive(Default)]
struct State {
    documents: Option<Json>,
    durable: Option<Json>,
    result: Option<Json>,
    failure: Option<Failure>,
    found: Option<Effect>,
    suspended: Option<Duration>,
    logged: Vec<String>,
    checkpoints: usize,
    is_cancelled: bool,
    is_disk_full: bool,
    /// Lent until the step ends.
    lent: Vec<Box<str>>,
}

impl Step {
    /// A step that uses this operation of a plugin that has this configuration. Both texts are JSON objects.
    pub fn begin(entry: Entry, config: &str, operation: &str, with: &str) -> Step {
        let plugin = unsafe { entry(&HOST).as_ref() }.expect("the entry function returned null");
        let mut documents = Json::Object(Vec::new());
        documents.put("/config", Json::given(config));
        documents.put("/with", Json::given(with));
        let call = Box::new(FakeCall(Mutex::new(State { documents: Some(documents), ..State::default() })));
        let operation = operation.to_owned();
        let mut step = Step { plugin, instance: std::ptr::null_mut(), operation, call, created: Status::Ok };
        let create = plugin.create.expect("export! gives every plugin a create");
        step.created = status(unsafe { create(step.handle(), &mut step.instance) });
        step
    }

    pub fn execute(&mut self) -> Status {
        self.state().result = None;
        let ended = self.run(self.table().execute, "execute");
        if ended == Status::Ok {
            let mut state = self.state();
            state.result = state.document("/output");
        }
        ended
    }

    pub fn compensate(&mut self) -> Status {
        self.run(self.table().compensate, "compensate")
    }

    /// What it found is in [`Step::found`].
    pub fn probe(&mut self) -> Status {
        self.lose_result();
        self.run(self.table().probe, "execute")
    }

    /// The host died before execute came back: its result was never heard of.
    pub fn lose_result(&mut self) {
        self.state().result = None;
    }

    /// From now on, cancel_requested() is true.
    pub fn cancel(&mut self) {
        self.state().is_cancelled = true;
    }

    /// Whether checkpoints are refused from now on.
    pub fn fill_disk(&mut self, is_full: bool) {
        self.state().is_disk_full = is_full;
    }

    /// What earlier steps put into the context, or the run's inputs: `set("/context", r#"{"id":1}"#)`.
    pub fn set(&mut self, path: &str, json: &str) {
        self.state().documents.as_mut().expect("documents are there from the start").put(path, Json::given(json));
    }

    /// What a document holds now, eg "/output/file": the text of a string, the JSON of anything else.
    pub fn text(&self, path: &str) -> Option<String> {
        match self.state().document(path)? {
            Json::Null => None,
            Json::String(text) => Some(text),
            other => Some(other.text()),
        }
    }

    /// What the last call said went wrong.
    pub fn failure(&self) -> Option<Failure> {
        self.state().failure.clone()
    }

    /// What the last probe found.
    pub fn found(&self) -> Option<Effect> {
        self.state().found
    }

    /// How long the last call wants to wait.
    pub fn suspended(&self) -> Option<Duration> {
        self.state().suspended
    }

    /// Everything logged so far.
    pub fn logged(&self) -> Vec<String> {
        self.state().logged.clone()
    }

    /// How often something was made durable so far.
    pub fn checkpoints(&self) -> usize {
        self.state().checkpoints
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.call.0.lock().expect("no host function panics")
    }

    fn handle(&self) -> *mut arcadia_call {
        (&*self.call as *const FakeCall).cast_mut().cast()
    }

    fn table(&self) -> &'static arcadia_operation {
        (0..self.plugin.operation_count as usize)
            .map(|place| unsafe { &**self.plugin.operations.add(place) })
            .find(|known| unsafe { CStr::from_ptr(known.name) }.to_bytes() == self.operation.as_bytes())
            .unwrap_or_else(|| panic!("the plugin has no operation \"{}\"", self.operation))
    }

    fn run(&mut self, function: Option<arcadia_function>, direction: &str) -> Status {
        let function = function.unwrap_or_else(|| panic!("\"{}\" has no such function", self.operation));
        // What create said stays the last word.
        if self.created != Status::Ok {
            return self.created;
        }
        let key = format!("{RUN}/1/{direction}");
        let execute_key = format!("{RUN}/1/execute");
        let op = self.state().begin(&self.operation, &key, &execute_key);
        let ended = status(unsafe { function(self.instance, self.handle(), &op) });
        if ended == Status::Suspended {
            let mut state = self.state();
            state.durable = state.document("/checkpoint");
        }
        ended
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let (Some(destroy), false) = (self.plugin.destroy, self.instance.is_null()) {
            unsafe { destroy(self.instance) }
        }
    }
}

fn status(status: arcadia_status) -> Status {
    match status {
        ARCADIA_OK => Status::Ok,
        ARCADIA_SUSPENDED => Status::Suspended,
        ARCADIA_CANCELLED => Status::Cancelled,
        _ => Status::Failed,
    }
}

impl State {
    fn document(&self, path: &str) -> Option<Json> {
        self.documents.as_ref()?.at(path).cloned()
    }

    fn lend(&mut self, text: String) -> arcadia_str {
        self.lent.push(text.into_boxed_str());
        arcadia_str::lend(self.lent.last().expect("it was just put there"))
    }

    fn lend_document(&mut self, path: &str) -> arcadia_str {
        self.document(path).map_or(arcadia_str::ABSENT, |json| self.lend(json.text()))
    }

    /// What was not made durable is gone before a call, as it is after a crash.
    fn begin(&mut self, operation: &str, key: &str, execute_key: &str) -> arcadia_op {
        (self.failure, self.found, self.suspended) = (None, None, None);
        let (durable, result) = (self.durable.clone(), self.result.clone());
        let documents = self.documents.as_mut().expect("documents are there from the start");
        documents.replace("/checkpoint", durable);
        documents.replace("/result", result);
        documents.replace("/output", Some(Json::Object(Vec::new())));
        arcadia_op {
            struct_size: std::mem::size_of::<arcadia_op>() as u32,
            attempt: 1,
            step_number: 1,
            reserved: 0,
            operation: self.lend(operation.to_owned()),
            run_id: self.lend(RUN.to_owned()),
            saga: self.lend("a_test".to_owned()),
            step_id: self.lend("step".to_owned()),
            idempotency_key: self.lend(key.to_owned()),
            with_json: self.lend_document("/with"),
            result_json: self.lend_document("/result"),
            checkpoint_json: self.lend_document("/checkpoint"),
            traceparent: arcadia_str::ABSENT,
            execute_key: self.lend(execute_key.to_owned()),
        }
    }

    fn put(&mut self, path: &str, value: Option<Json>) -> i32 {
        let is_whole = path == "/output" || path == "/checkpoint";
        let (Some(value), Some(documents)) = (value, self.documents.as_mut()) else { return -1 };
        if !is_whole && !path.starts_with("/output/") && !path.starts_with("/checkpoint/")
            || is_whole && !matches!(value, Json::Object(_))
        {
            return -1;
        }
        if documents.put(path, value) {
            0
        } else {
            -1
        }
    }

    fn checkpoint(&mut self, json: arcadia_str) -> i32 {
        if self.is_disk_full {
            return -1;
        }
        if !json.ptr.is_null() && self.put("/checkpoint", parsed(json)) != 0 {
            return -1;
        }
        self.durable = self.document("/checkpoint");
        self.checkpoints += usize::from(self.durable.is_some());
        if self.durable.is_some() {
            0
        } else {
            -1
        }
    }
}

// ---- The host's table

fn parsed(text: arcadia_str) -> Option<Json> {
    unsafe { text.text() }.and_then(Json::parse)
}

unsafe fn with_state<Answer>(call: *mut arcadia_call, body: impl FnOnce(&mut State) -> Answer) -> Answer {
    body(&mut (*call.cast::<FakeCall>()).0.lock().expect("no host function panics"))
}

unsafe fn path<'a>(path: *const c_char) -> &'a str {
    CStr::from_ptr(path).to_str().unwrap_or("")
}

/// 1 found, 0 absent, -1 of another type: `read` says which.
unsafe fn read<Value>(
    call: *mut arcadia_call,
    at: *const c_char,
    value: *mut Value,
    read: impl FnOnce(Json, &mut State) -> Option<Value>,
) -> i32 {
    with_state(call, |state| match state.document(path(at)) {
        None | Some(Json::Null) => 0,
        Some(found) => match read(found, state) {
            None => -1,
            Some(answer) => {
                *value = answer;
                1
            }
        },
    })
}

unsafe extern "C" fn log(call: *mut arcadia_call, _: arcadia_level, message: arcadia_str, _: arcadia_str) {
    let message = message.text().unwrap_or_default().to_owned();
    if call.is_null() {
        eprintln!("{message}");
    } else {
        with_state(call, |state| state.logged.push(message));
    }
}

unsafe extern "C" fn heartbeat(call: *mut arcadia_call, _: i32, _: arcadia_str) -> i32 {
    cancel_requested(call)
}

unsafe extern "C" fn cancel_requested(call: *mut arcadia_call) -> i32 {
    with_state(call, |state| i32::from(state.is_cancelled))
}

unsafe extern "C" fn cancel_fd(_: *mut arcadia_call) -> i32 {
    -1
}

unsafe extern "C" fn deadline_ms(_: *mut arcadia_call) -> i64 {
    i64::MAX
}

unsafe extern "C" fn checkpoint(call: *mut arcadia_call, json: arcadia_str) -> i32 {
    with_state(call, |state| state.checkpoint(json))
}

unsafe extern "C" fn suspend(call: *mut arcadia_call, after_ms: i64) -> i32 {
    with_state(call, |state| state.suspended = Some(Duration::from_millis(after_ms.max(0) as u64)));
    0
}

unsafe extern "C" fn result(call: *mut arcadia_call, json: arcadia_str) -> i32 {
    with_state(call, |state| state.put("/output", parsed(json)))
}

unsafe extern "C" fn found(call: *mut arcadia_call, effect: arcadia_effect) {
    with_state(call, |state| state.found = Some(Effect::of(effect)));
}

unsafe extern "C" fn fail(call: *mut arcadia_call, error: *const arcadia_error) {
    let failure = Failure::of(&*error);
    with_state(call, |state| state.failure = Some(failure));
}

unsafe extern "C" fn get_string(call: *mut arcadia_call, at: *const c_char, value: *mut arcadia_str) -> i32 {
    read(call, at, value, |found, state| match found {
        Json::String(text) => Some(state.lend(text)),
        _ => None,
    })
}

unsafe extern "C" fn get_int64(call: *mut arcadia_call, at: *const c_char, value: *mut i64) -> i32 {
    read(call, at, value, |found, _| found.number()?.parse().ok())
}

unsafe extern "C" fn get_double(call: *mut arcadia_call, at: *const c_char, value: *mut f64) -> i32 {
    read(call, at, value, |found, _| found.number()?.parse().ok())
}

unsafe extern "C" fn get_bool(call: *mut arcadia_call, at: *const c_char, value: *mut i32) -> i32 {
    read(call, at, value, |found, _| match found {
        Json::Bool(flag) => Some(i32::from(flag)),
        _ => None,
    })
}

unsafe extern "C" fn get_json(call: *mut arcadia_call, at: *const c_char, value: *mut arcadia_str) -> i32 {
    with_state(call, |state| {
        *value = state.lend_document(path(at));
        i32::from(!(*value).ptr.is_null())
    })
}

unsafe extern "C" fn count(call: *mut arcadia_call, at: *const c_char) -> i64 {
    with_state(call, |state| match state.document(path(at)) {
        Some(Json::Array(items)) => items.len() as i64,
        Some(Json::Object(members)) => members.len() as i64,
        _ => -1,
    })
}

unsafe extern "C" fn get_key(call: *mut arcadia_call, at: *const c_char, position: i64, name: *mut arcadia_str) -> i32 {
    with_state(call, |state| match state.document(path(at)) {
        None | Some(Json::Null) => 0,
        Some(Json::Object(members)) => match usize::try_from(position).ok().and_then(|place| members.get(place)) {
            None => 0,
            Some((key, _)) => {
                *name = state.lend(key.clone());
                1
            }
        },
        Some(_) => -1,
    })
}

unsafe extern "C" fn put_string(call: *mut arcadia_call, at: *const c_char, value: arcadia_str) -> i32 {
    let value = value.text().map(|text| Json::String(text.to_owned()));
    with_state(call, |state| state.put(path(at), value))
}

unsafe extern "C" fn put_int64(call: *mut arcadia_call, at: *const c_char, value: i64) -> i32 {
    with_state(call, |state| state.put(path(at), Some(Json::Number(value.to_string()))))
}

unsafe extern "C" fn put_double(call: *mut arcadia_call, at: *const c_char, value: f64) -> i32 {
    let value = value.is_finite().then(|| Json::Number(value.to_string()));
    with_state(call, |state| state.put(path(at), value))
}

unsafe extern "C" fn put_bool(call: *mut arcadia_call, at: *const c_char, value: i32) -> i32 {
    with_state(call, |state| state.put(path(at), Some(Json::Bool(value != 0))))
}

unsafe extern "C" fn put_json(call: *mut arcadia_call, at: *const c_char, json: arcadia_str) -> i32 {
    with_state(call, |state| state.put(path(at), parsed(json)))
}

unsafe extern "C" fn service(_: *mut arcadia_call, _: *const c_char) -> *const c_void {
    std::ptr::null()
}

static HOST: arcadia_host = arcadia_host {
    struct_size: std::mem::size_of::<arcadia_host>() as u32,
    abi_minor: ARCADIA_ABI_MINOR,
    name: c"testing.rs".as_ptr(),
    version: c"1.0.0".as_ptr(),
    log,
    heartbeat,
    cancel_requested,
    cancel_fd,
    deadline_ms,
    checkpoint,
    suspend,
    result,
    found,
    fail,
    get_string,
    get_int64,
    get_double,
    get_bool,
    get_json,
    count,
    get_key,
    put_string,
    put_int64,
    put_double,
    put_bool,
    put_json,
    service,
};
