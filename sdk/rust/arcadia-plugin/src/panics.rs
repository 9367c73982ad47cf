//! Panics of the author's code: caught, kept off stderr (which is the host's), and put into words.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// How many calls of the host this thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What the last panic in one of them said.
    static WORDS: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs what may panic; an error is what the panic said and where.
pub fn contained<Value>(body: impl FnOnce() -> Value) -> Result<Value, String> {
    DEPTH.set(DEPTH.get() + 1);
    let ended = catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        let words = WORDS.take().unwrap_or_else(|| said(payload.as_ref()));
        // What was thrown may panic, too, when it goes: then the second one stays.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        words
    });
    DEPTH.set(DEPTH.get() - 1);
    ended
}

/// Once for a process: panics in calls are remembered, all others said as before.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match DEPTH.get() {
            0 => before(panic),
            _ => WORDS.set(Some(words(panic))),
        }));
    });
}

fn words(panic: &PanicHookInfo) -> String {
    let said = said(panic.payload());
    match panic.location() {
        Some(place) => format!("{said} (panicked at {}:{})", place.file(), place.line()),
        None => said,
    }
}

fn said(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without words".to_owned())
}
