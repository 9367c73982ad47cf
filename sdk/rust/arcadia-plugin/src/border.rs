//! From C into Rust and back: the tables that a host reads, and functions that let nothing unwind.

use crate::abi::*;
use crate::panics::{contained, listen};
use crate::{
    Call, Code, Compensable, Effect, Failure, HostCall, Level, Operation, Outcome, Plugin, Probeable, Retry, Stop,
};
use std::ffi::CString;
use std::marker::PhantomData;
use std::mem::{offset_of, size_of};
use std::sync::OnceLock;

static HOST: OnceLock<&'static arcadia_host> = OnceLock::new();

/// What the entry function answers, once it was asked.
static TABLE: OnceLock<Table> = OnceLock::new();

struct Table(*const arcadia_plugin);

// Nobody changes it while the process lives.
unsafe impl Sync for Table {}
unsafe impl Send for Table {}

/// # Safety
/// `host` is what a host hands to the entry function.
pub unsafe fn entry<P: Plugin>(
    host: *const arcadia_host,
    operations: impl FnOnce() -> Vec<arcadia_operation>,
) -> *const arcadia_plugin {
    let reaches = offset_of!(arcadia_host, service) + size_of::<usize>();
    if host.is_null() || ((*host).struct_size as usize) < reaches {
        return std::ptr::null();
    }
    let host: &'static arcadia_host = HOST.get_or_init(|| &*host);
    listen();
    contained(|| TABLE.get_or_init(|| Table(table::<P>(operations()))).0).unwrap_or_else(|words| {
        (host.log)(std::ptr::null_mut(), Level::Error as i32, arcadia_str::lend(&words), arcadia_str::ABSENT);
        std::ptr::null()
    })
}

/// The tables and their texts stay for ever.
fn table<P: Plugin>(operations: Vec<arcadia_operation>) -> *const arcadia_plugin {
    let pointers: Vec<*const arcadia_operation> =
        operations.into_iter().map(|operation| Box::leak(Box::new(operation)) as *const _).collect();
    Box::leak(Box::new(arcadia_plugin {
        struct_size: size_of::<arcadia_plugin>() as u32,
        abi_minor: ARCADIA_ABI_MINOR,
        min_host_minor: 0,
        operation_count: pointers.len() as u32,
        id: text(P::ID),
        version: text(P::VERSION),
        operations: Box::leak(pointers.into_boxed_slice()).as_ptr(),
        create: Some(create::<P>),
        destroy: Some(destroy::<P>),
        health: Some(health::<P>),
        extension: None,
    }))
}

fn text(text: &str) -> *const std::ffi::c_char {
    CString::new(text).expect("ids and names hold no zero byte").into_raw()
}

/// One operation of `P`.
pub fn operation<P: Plugin, Op: Operation<Plugin = P>>(
    compensate: Option<arcadia_function>,
    probe: Option<arcadia_function>,
) -> arcadia_operation {
    arcadia_operation {
        struct_size: size_of::<arcadia_operation>() as u32,
        reserved: 0,
        name: text(Op::NAME),
        execute: Some(execute::<Op>),
        compensate,
        probe,
        cancel: Some(cancel::<Op>),
    }
}

// ---- Which traits an operation has: of two methods of one name the one that needs no further reference is chosen.

pub struct Kind<Op>(PhantomData<Op>);

impl<Op> Kind<Op> {
    pub const NEW: Kind<Op> = Kind(PhantomData);
}

pub trait MayCompensate {
    fn compensate(&self) -> Option<arcadia_function>;
}

impl<Op: Compensable> MayCompensate for Kind<Op> {
    fn compensate(&self) -> Option<arcadia_function> {
        Some(compensate::<Op>)
    }
}

pub trait NoCompensate {
    fn compensate(&self) -> Option<arcadia_function>;
}

impl<Op: Operation> NoCompensate for &Kind<Op> {
    fn compensate(&self) -> Option<arcadia_function> {
        None
    }
}

pub trait MayProbe {
    fn probe(&self) -> Option<arcadia_function>;
}

impl<Op: Probeable> MayProbe for Kind<Op> {
    fn probe(&self) -> Option<arcadia_function> {
        Some(probe::<Op>)
    }
}

pub trait NoProbe {
    fn probe(&self) -> Option<arcadia_function>;
}

impl<Op: Operation> NoProbe for &Kind<Op> {
    fn probe(&self) -> Option<arcadia_function> {
        None
    }
}

// ---- What the host calls

unsafe extern "C" fn execute<Op: Operation>(
    instance: *mut arcadia_instance,
    call: *mut arcadia_call,
    op: *const arcadia_op,
) -> arcadia_status {
    run::<Op>(instance, call, op, true, Op::execute)
}

unsafe extern "C" fn compensate<Op: Compensable>(
    instance: *mut arcadia_instance,
    call: *mut arcadia_call,
    op: *const arcadia_op,
) -> arcadia_status {
    run::<Op>(instance, call, op, true, Op::compensate)
}

unsafe extern "C" fn probe<Op: Probeable>(
    instance: *mut arcadia_instance,
    call: *mut arcadia_call,
    op: *const arcadia_op,
) -> arcadia_status {
    run::<Op>(instance, call, op, false, |plugin, call| match Op::probe(plugin, call)? {
        Effect::Unknown => Err(Failure::new(Code::Other, "it cannot be told").into()),
        effect => {
            (call.host.found)(call.handle, effect as arcadia_effect);
            Ok(())
        }
    })
}

unsafe fn run<Op: Operation>(
    instance: *mut arcadia_instance,
    call: *mut arcadia_call,
    op: *const arcadia_op,
    may_suspend: bool,
    body: impl FnOnce(&Op::Plugin, &Call) -> Outcome,
) -> arcadia_status {
    let Some(call) = host_call(call) else { return ARCADIA_FAILED };
    let (plugin, op) = (&*instance.cast::<Op::Plugin>(), &*op);
    guarded(&HostCall::new(call.host, call.handle), may_suspend, || body(plugin, &Call::new(call, op)))
}

unsafe extern "C" fn cancel<Op: Operation>(instance: *mut arcadia_instance, call: *mut arcadia_call) {
    let Some(call) = host_call(call) else { return };
    let plugin = &*instance.cast::<Op::Plugin>();
    if let Err(words) = contained(|| Op::cancel(plugin, &call)) {
        call.log(Level::Error, &words);
    }
}

unsafe extern "C" fn create<P: Plugin>(call: *mut arcadia_call, slot: *mut *mut arcadia_instance) -> arcadia_status {
    let Some(call) = host_call(call) else { return ARCADIA_FAILED };
    guarded(&call, false, || {
        *slot = Box::into_raw(Box::new(P::new(&call)?)).cast();
        Ok(())
    })
}

unsafe extern "C" fn destroy<P: Plugin>(instance: *mut arcadia_instance) {
    let ended = contained(|| drop(Box::from_raw(instance.cast::<P>())));
    if let (Err(words), Some(call)) = (ended, host_call(std::ptr::null_mut())) {
        call.log(Level::Error, &words);
    }
}

unsafe extern "C" fn health<P: Plugin>(instance: *mut arcadia_instance, call: *mut arcadia_call) -> arcadia_status {
    let Some(call) = host_call(call) else { return ARCADIA_FAILED };
    let plugin = &*instance.cast::<P>();
    guarded(&call, false, || plugin.health(&call))
}

unsafe fn host_call<'host>(call: *mut arcadia_call) -> Option<HostCall<'host>> {
    HOST.get().map(|host| HostCall::new(host, call))
}

/// Runs the author's code; whatever comes out of it ends here.
fn guarded(call: &HostCall, may_suspend: bool, body: impl FnOnce() -> Outcome) -> arcadia_status {
    match contained(body) {
        Ok(Ok(())) => ARCADIA_OK,
        Ok(Err(Stop::Failed(failure))) => fail(call, &failure),
        Ok(Err(Stop::Suspend(time))) if may_suspend => suspend(call, time),
        Ok(Err(Stop::Suspend(time))) => {
            fail(call, &Failure::new(Code::Other, "it cannot be told yet").retry(Retry::After(time)))
        }
        Ok(Err(Stop::Cancelled(effect))) => {
            fail(call, &Failure::new(Code::Other, "stopped, because the host asked for it").effect(effect));
            ARCADIA_CANCELLED
        }
        Err(words) => fail(call, &Failure::new(Code::Bug, words)),
    }
}

fn fail(call: &HostCall, failure: &Failure) -> arcadia_status {
    failure.lend(|error| unsafe { (call.host.fail)(call.handle, error) });
    ARCADIA_FAILED
}

fn suspend(call: &HostCall, time: std::time::Duration) -> arcadia_status {
    let milliseconds = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match unsafe { (call.host.suspend)(call.handle, milliseconds) } {
        0 => ARCADIA_SUSPENDED,
        _ => fail(call, &Failure::new(Code::Other, "the host did not take the timer")),
    }
}
