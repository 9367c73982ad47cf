//! `arcadia/plugin.h` and `arcadia/http.h`, letter for letter: what they say of each function holds here.
//! Nothing in it needs to be used by a plugin; the rest of the crate is written over it.

#![allow(non_camel_case_types, missing_docs)]

use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};

pub const ARCADIA_ABI_MINOR: u32 = 0;

/// Borrowed text: UTF-8, not NUL-terminated; a null pointer means absent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct arcadia_str {
    pub ptr: *const c_char,
    pub len: usize,
}

// Bytes that nobody changes while they are lent.
unsafe impl Sync for arcadia_str {}
unsafe impl Send for arcadia_str {}

pub type arcadia_status = i32;
pub const ARCADIA_OK: arcadia_status = 0;
pub const ARCADIA_SUSPENDED: arcadia_status = 1;
pub const ARCADIA_CANCELLED: arcadia_status = 2;
pub const ARCADIA_FAILED: arcadia_status = 3;

pub type arcadia_effect = i32;
pub type arcadia_code = i32;
pub type arcadia_level = i32;

pub type arcadia_retry = i32;
pub const ARCADIA_RETRY_NO: arcadia_retry = 0;
pub const ARCADIA_RETRY_YES: arcadia_retry = 1;
pub const ARCADIA_RETRY_AFTER: arcadia_retry = 2;

#[repr(C)]
pub struct arcadia_error {
    pub struct_size: u32,
    pub code: arcadia_code,
    pub effect: arcadia_effect,
    pub retry: arcadia_retry,
    pub retry_after_ms: u32,
    pub remote_status: i32,
    pub message: arcadia_str,
    pub detail_json: arcadia_str,
}

#[repr(C)]
pub struct arcadia_call {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct arcadia_instance {
    _opaque: [u8; 0],
}

type Path = *const c_char;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct arcadia_host {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub log: unsafe extern "C" fn(*mut arcadia_call, arcadia_level, arcadia_str, arcadia_str),
    pub heartbeat: unsafe extern "C" fn(*mut arcadia_call, i32, arcadia_str) -> i32,
    pub cancel_requested: unsafe extern "C" fn(*mut arcadia_call) -> i32,
    pub cancel_fd: unsafe extern "C" fn(*mut arcadia_call) -> i32,
    pub deadline_ms: unsafe extern "C" fn(*mut arcadia_call) -> i64,
    pub checkpoint: unsafe extern "C" fn(*mut arcadia_call, arcadia_str) -> i32,
    pub suspend: unsafe extern "C" fn(*mut arcadia_call, i64) -> i32,
    pub result: unsafe extern "C" fn(*mut arcadia_call, arcadia_str) -> i32,
    pub found: unsafe extern "C" fn(*mut arcadia_call, arcadia_effect),
    pub fail: unsafe extern "C" fn(*mut arcadia_call, *const arcadia_error),
    pub get_string: unsafe extern "C" fn(*mut arcadia_call, Path, *mut arcadia_str) -> i32,
    pub get_int64: unsafe extern "C" fn(*mut arcadia_call, Path, *mut i64) -> i32,
    pub get_double: unsafe extern "C" fn(*mut arcadia_call, Path, *mut f64) -> i32,
    pub get_bool: unsafe extern "C" fn(*mut arcadia_call, Path, *mut i32) -> i32,
    pub get_json: unsafe extern "C" fn(*mut arcadia_call, Path, *mut arcadia_str) -> i32,
    pub count: unsafe extern "C" fn(*mut arcadia_call, Path) -> i64,
    pub get_key: unsafe extern "C" fn(*mut arcadia_call, Path, i64, *mut arcadia_str) -> i32,
    pub put_string: unsafe extern "C" fn(*mut arcadia_call, Path, arcadia_str) -> i32,
    pub put_int64: unsafe extern "C" fn(*mut arcadia_call, Path, i64) -> i32,
    pub put_double: unsafe extern "C" fn(*mut arcadia_call, Path, f64) -> i32,
    pub put_bool: unsafe extern "C" fn(*mut arcadia_call, Path, i32) -> i32,
    pub put_json: unsafe extern "C" fn(*mut arcadia_call, Path, arcadia_str) -> i32,
    pub service: unsafe extern "C" fn(*mut arcadia_call, *const c_char) -> *const c_void,
}

// Nobody changes it while the process lives, and its functions are [any] or in the hands of the border.
unsafe impl Sync for arcadia_host {}
unsafe impl Send for arcadia_host {}

#[repr(C)]
pub struct arcadia_op {
    pub struct_size: u32,
    pub attempt: u32,
    pub step_number: u32,
    pub reserved: u32,
    pub operation: arcadia_str,
    pub run_id: arcadia_str,
    pub saga: arcadia_str,
    pub step_id: arcadia_str,
    pub idempotency_key: arcadia_str,
    pub with_json: arcadia_str,
    pub result_json: arcadia_str,
    pub checkpoint_json: arcadia_str,
    pub traceparent: arcadia_str,
    pub execute_key: arcadia_str,
}

pub type arcadia_function =
    unsafe extern "C" fn(*mut arcadia_instance, *mut arcadia_call, *const arcadia_op) -> arcadia_status;

#[repr(C)]
pub struct arcadia_operation {
    pub struct_size: u32,
    pub reserved: u32,
    pub name: *const c_char,
    pub execute: Option<arcadia_function>,
    pub compensate: Option<arcadia_function>,
    pub probe: Option<arcadia_function>,
    pub cancel: Option<unsafe extern "C" fn(*mut arcadia_instance, *mut arcadia_call)>,
}

#[repr(C)]
pub struct arcadia_plugin {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub min_host_minor: u32,
    pub operation_count: u32,
    pub id: *const c_char,
    pub version: *const c_char,
    pub operations: *const *const arcadia_operation,
    pub create: Option<unsafe extern "C" fn(*mut arcadia_call, *mut *mut arcadia_instance) -> arcadia_status>,
    pub destroy: Option<unsafe extern "C" fn(*mut arcadia_instance)>,
    pub health: Option<unsafe extern "C" fn(*mut arcadia_instance, *mut arcadia_call) -> arcadia_status>,
    pub extension: Option<unsafe extern "C" fn(*const c_char) -> *const c_void>,
}

#[repr(C)]
pub struct arcadia_http_header {
    pub name: arcadia_str,
    pub value: arcadia_str,
}

#[repr(C)]
pub struct arcadia_http_request {
    pub struct_size: u32,
    pub flags: u32,
    pub method: arcadia_str,
    pub url: arcadia_str,
    pub credential: arcadia_str,
    pub body: arcadia_str,
    pub headers: *const arcadia_http_header,
    pub header_count: u64,
    pub max_body_bytes: u64,
    pub timeout_ms: i64,
}

pub const ARCADIA_HTTP_ONCE: u32 = 1;

#[repr(C)]
pub struct arcadia_http_response {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct arcadia_http {
    pub struct_size: u32,
    pub reserved: u32,
    pub perform:
        unsafe extern "C" fn(*mut arcadia_call, *const arcadia_http_request, *mut *mut arcadia_http_response) -> i32,
    pub sent: unsafe extern "C" fn(*mut arcadia_call, *const arcadia_http_response) -> i32,
    pub header:
        unsafe extern "C" fn(*mut arcadia_call, *const arcadia_http_response, *const c_char, *mut arcadia_str) -> i32,
    pub body: unsafe extern "C" fn(*mut arcadia_call, *const arcadia_http_response) -> arcadia_str,
    pub error: unsafe extern "C" fn(*mut arcadia_call, *const arcadia_http_response, *mut arcadia_error) -> i32,
    pub release: unsafe extern "C" fn(*mut arcadia_call, *mut arcadia_http_response),
}

// The headers' own assertions, in their order.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<arcadia_str>() == 16);
    assert!(offset_of!(arcadia_error, retry_after_ms) == 16);
    assert!(offset_of!(arcadia_error, message) == 24);
    assert!(offset_of!(arcadia_error, detail_json) == 40);
    assert!(offset_of!(arcadia_host, name) == 8);
    assert!(offset_of!(arcadia_host, log) == 24);
    assert!(offset_of!(arcadia_host, checkpoint) == 64);
    assert!(offset_of!(arcadia_host, fail) == 96);
    assert!(offset_of!(arcadia_host, get_string) == 104);
    assert!(offset_of!(arcadia_host, put_string) == 160);
    assert!(offset_of!(arcadia_host, service) == 200);
    assert!(offset_of!(arcadia_op, operation) == 16);
    assert!(offset_of!(arcadia_op, idempotency_key) == 80);
    assert!(offset_of!(arcadia_op, traceparent) == 144);
    assert!(offset_of!(arcadia_op, execute_key) == 160);
    assert!(offset_of!(arcadia_operation, name) == 8);
    assert!(offset_of!(arcadia_operation, cancel) == 40);
    assert!(offset_of!(arcadia_plugin, id) == 16);
    assert!(offset_of!(arcadia_plugin, operations) == 32);
    assert!(offset_of!(arcadia_plugin, create) == 40);
    assert!(offset_of!(arcadia_plugin, extension) == 64);
    assert!(offset_of!(arcadia_http_request, method) == 8);
    assert!(offset_of!(arcadia_http_request, headers) == 72);
    assert!(offset_of!(arcadia_http_request, timeout_ms) == 96);
    assert!(offset_of!(arcadia_http, perform) == 8);
    assert!(offset_of!(arcadia_http, release) == 48);
};

impl arcadia_str {
    pub const ABSENT: arcadia_str = arcadia_str { ptr: std::ptr::null(), len: 0 };

    /// Lends text: for as long as it lives.
    pub fn lend(text: &str) -> arcadia_str {
        arcadia_str { ptr: text.as_ptr().cast(), len: text.len() }
    }

    pub fn lend_bytes(bytes: &[u8]) -> arcadia_str {
        arcadia_str { ptr: bytes.as_ptr().cast(), len: bytes.len() }
    }

    /// # Safety
    /// What it points to must live for `'a`.
    pub unsafe fn bytes<'a>(self) -> Option<&'a [u8]> {
        if self.ptr.is_null() {
            return None;
        }
        Some(std::slice::from_raw_parts(self.ptr.cast(), self.len))
    }

    /// Absent, or not UTF-8, which a host does not hand out: None.
    ///
    /// # Safety
    /// What it points to must live for `'a`.
    pub unsafe fn text<'a>(self) -> Option<&'a str> {
        self.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}
