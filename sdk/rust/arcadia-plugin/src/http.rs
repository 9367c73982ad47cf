use crate::abi::*;
use crate::{Code, Failure, HostCall, Retry, Stop};
use std::ffi::CStr;
use std::time::Duration;

/// HTTP by the host, from [`HostCall::http`]: TLS, tokens, limits and time are its business.
///
/// ```no_run
/// # use arcadia_plugin::*;
/// # fn ask(call: &Call) -> Outcome {
/// let answer = call.http()?.send(&Request::new("GET", "https://api.example.com/v1/things").credential("things.token"));
/// let body = answer.checked()?.body();
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Http<'call> {
    pub(crate) table: &'call arcadia_http,
    pub(crate) call: &'call HostCall<'call>,
}

/// A request that the host makes.
#[derive(Clone, Copy, Debug)]
pub struct Request<'text> {
    pub method: &'text str,
    /// Absolute, percent-encoded.
    pub url: &'text str,
    pub body: Option<&'text [u8]>,
    pub headers: &'text [(&'text str, &'text str)],
    /// The name of one in plugin.json; the host adds the header.
    pub credential: Option<&'text str>,
    /// None: the host's 30 seconds.
    pub timeout: Option<Duration>,
    /// Do not try again, whatever the method.
    pub once: bool,
}

impl<'text> Request<'text> {
    /// A request with nothing but method and URL.
    pub fn new(method: &'text str, url: &'text str) -> Request<'text> {
        Request { method, url, body: None, headers: &[], credential: None, timeout: None, once: false }
    }

    pub fn body(mut self, body: &'text [u8]) -> Request<'text> {
        self.body = Some(body);
        self
    }

    pub fn headers(mut self, headers: &'text [(&'text str, &'text str)]) -> Request<'text> {
        self.headers = headers;
        self
    }

    pub fn credential(mut self, name: &'text str) -> Request<'text> {
        self.credential = Some(name);
        self
    }
}

impl<'call> Http<'call> {
    /// Makes a request and waits for the whole answer, or for none.
    pub fn send(&self, request: &Request) -> Response<'call> {
        let headers: Vec<arcadia_http_header> = request
            .headers
            .iter()
            .map(|(name, value)| arcadia_http_header { name: arcadia_str::lend(name), value: arcadia_str::lend(value) })
            .collect();
        let asked = arcadia_http_request {
            struct_size: std::mem::size_of::<arcadia_http_request>() as u32,
            flags: if request.once { ARCADIA_HTTP_ONCE } else { 0 },
            method: arcadia_str::lend(request.method),
            url: arcadia_str::lend(request.url),
            credential: request.credential.map_or(arcadia_str::ABSENT, arcadia_str::lend),
            body: request.body.map_or(arcadia_str::ABSENT, arcadia_str::lend_bytes),
            headers: headers.as_ptr(),
            header_count: headers.len() as u64,
            max_body_bytes: 0,
            timeout_ms: request.timeout.map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(1)),
        };
        let mut answer = std::ptr::null_mut();
        let status = unsafe { (self.table.perform)(self.call.handle, &asked, &mut answer) };
        Response { http: *self, status, answer }
    }
}

/// An answer, or why none came.
pub struct Response<'call> {
    http: Http<'call>,
    /// 200 to 599; 0: no answer came, and [`Response::failure`] says why.
    pub status: i32,
    answer: *mut arcadia_http_response,
}

impl Response<'_> {
    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// False: surely no byte left this machine, so whatever was asked for did not happen.
    pub fn was_sent(&self) -> bool {
        !self.answer.is_null() && unsafe { (self.http.table.sent)(self.http.call.handle, self.answer) != 0 }
    }

    /// Decompressed; empty without one.
    pub fn body(&self) -> &[u8] {
        if self.answer.is_null() {
            return &[];
        }
        unsafe { (self.http.table.body)(self.http.call.handle, self.answer).bytes() }.unwrap_or_default()
    }

    /// By name in any case; several of one name are joined by ", ".
    pub fn header(&self, name: &CStr) -> Option<&str> {
        let mut value = arcadia_str::ABSENT;
        let is_there = !self.answer.is_null()
            && unsafe { (self.http.table.header)(self.http.call.handle, self.answer, name.as_ptr(), &mut value) } == 1;
        if is_there {
            unsafe { value.text() }
        } else {
            None
        }
    }

    /// With code, effect and retry as HTTP can know them: UNKNOWN after a POST that broke off. You know the API better:
    /// change what is to be changed.
    pub fn failure(&self) -> Failure {
        if self.answer.is_null() {
            return Failure::new(Code::Other, "the call is over");
        }
        let mut error: arcadia_error = unsafe { std::mem::zeroed() };
        error.struct_size = std::mem::size_of::<arcadia_error>() as u32;
        let told = unsafe { (self.http.table.error)(self.http.call.handle, self.answer, &mut error) };
        if told != 0 {
            return Failure::new(Code::Remote, format!("the answer was {}, which is no success", self.status));
        }
        unsafe { Failure::of(&error) }
    }

    /// Itself if it is a success (200 to 299). A rate that is used up suspends the step until its turn, which uses up no
    /// attempt. Everything else is [`Response::failure`].
    pub fn checked(self) -> Result<Self, Stop> {
        if self.is_success() {
            return Ok(self);
        }
        let failure = self.failure();
        if failure.code != Code::Rate || (self.was_sent() && self.status != 429) {
            return Err(failure.into());
        }
        match failure.retry {
            Retry::After(time) => Err(Stop::Suspend(time)),
            _ => Err(Stop::Suspend(Duration::from_secs(1))),
        }
    }
}

impl Drop for Response<'_> {
    fn drop(&mut self) {
        if !self.answer.is_null() {
            unsafe { (self.http.table.release)(self.http.call.handle, self.answer) }
        }
    }
}
