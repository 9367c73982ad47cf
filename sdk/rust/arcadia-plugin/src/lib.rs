//! Plugins for Arcadia in Rust, over the C contract `arcadia/plugin.h`. No dependencies.
//!
//! ```
//! use arcadia_plugin::*;
//!
//! struct GreeterPlugin;
//!
//! impl Plugin for GreeterPlugin {
//!     const ID: &'static str = "greeter";
//!     const VERSION: &'static str = "1.0.0";
//!     fn new(_: &HostCall) -> Outcome<Self> { Ok(GreeterPlugin) }
//! }
//!
//! struct Greet;
//!
//! impl Operation for Greet {
//!     type Plugin = GreeterPlugin;
//!     const NAME: &'static str = "greet";
//!     fn execute(_: &GreeterPlugin, call: &Call) -> Outcome {
//!         let name = call.string(c"/with/name")?.unwrap_or("world");
//!         call.put_string(c"/output/greeting", &format!("Hello, {name}!"))?;
//!         Ok(())
//!     }
//! }
//!
//! arcadia_plugin::export!(GreeterPlugin, Greet);
//! ```
//!
//! # Panics
//!
//! A panic ends at the border: the call fails with `Code::Bug`, an unknown effect and the panic's words and place, and
//! the operator is told. A panic while another unwinds (in a `drop`, say), a stack that overflows and memory that runs
//! out end the process, and so does `panic = "abort"`, which is why this crate does not build with it.
//!
//! # Threads
//!
//! The host calls from several threads at once and shares one [`Plugin`] between them, hence its `Send + Sync`: what
//! changes in it lies behind a `Mutex` or an atomic. A [`Call`] may be lent to threads of a [`std::thread::scope`]; it
//! cannot outlive the function it was given to.

#[cfg(panic = "abort")]
compile_error!("a panic has to be caught at the border: remove `panic = \"abort\"` from the profile");

pub mod abi;
#[doc(hidden)]
pub mod border;
mod call;
mod failure;
mod http;
mod panics;
pub mod testing;

pub use call::{Call, HostCall, Level};
pub use failure::{Code, Effect, Failure, Outcome, Retry, Stop};
pub use http::{Http, Request, Response};

/// A plugin as it was configured; one for each configuration, shared by all threads of the host.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// Must equal plugin.json. eg: "greeter"
    const ID: &'static str;
    /// Must equal plugin.json. eg: "1.0.0"
    const VERSION: &'static str;

    /// Reads `/config`, which was checked against the manifest's schema; fails with `Code::Config` to refuse it.
    fn new(call: &HostCall) -> Outcome<Self>;

    /// Could operations work now? Under a second, changes nothing.
    fn health(&self, _call: &HostCall) -> Outcome {
        Ok(())
    }
}

/// One operation: a definition uses it as `<plugin id>.<name>`.
pub trait Operation: 'static {
    type Plugin: Plugin;
    /// As in plugin.json. eg: "greet"
    const NAME: &'static str;

    /// Does the step. After a crash it may be called again with the same key: look at the checkpoint, then at the world,
    /// then act.
    fn execute(plugin: &Self::Plugin, call: &Call) -> Outcome;

    /// A nudge, from another thread: a call of it should stop. Must not block.
    fn cancel(_plugin: &Self::Plugin, _call: &HostCall) {}
}

/// An operation that can be taken back: `compensable` in plugin.json, exactly where this is implemented.
pub trait Compensable: Operation {
    /// Takes the step back, given `/result` and `/checkpoint`, either of which may be absent. What is not there any more
    /// is taken back. Called as often as it takes; a failure means that something is left and a person is told.
    fn compensate(plugin: &Self::Plugin, call: &Call) -> Outcome;
}

/// An operation that can say what became of an earlier call: `probeable` in plugin.json, exactly where this is implemented.
pub trait Probeable: Operation {
    /// Changes nothing. With `Effect::Applied` put the output that execute would have put. A failure: cannot tell now,
    /// the host asks again.
    fn probe(plugin: &Self::Plugin, call: &Call) -> Outcome<Effect>;
}

/// Exports the library's one symbol: the plugin, then its operations.
#[macro_export]
macro_rules! export {
    ($plugin:ty, $($operation:ty),+ $(,)?) => {
        /// The library's one symbol.
        ///
        /// # Safety
        /// For a host, once.
        #[no_mangle]
        pub unsafe extern "C" fn arcadia_plugin_entry_v1(
            host: *const $crate::abi::arcadia_host,
        ) -> *const $crate::abi::arcadia_plugin {
            #[allow(unused_imports)]
            use $crate::border::{MayCompensate as _, MayProbe as _, NoCompensate as _, NoProbe as _};
            $crate::border::entry::<$plugin>(host, || {
                vec![$({
                    let kind = &$crate::border::Kind::<$operation>::NEW;
                    $crate::border::operation::<$plugin, $operation>(kind.compensate(), kind.probe())
                }),+]
            })
        }
    };
}
