//! Panics and fails as it is told to, wherever a host calls in: `how` in `with` for operations, in the configuration for
//! the rest. What border.cpp throws, as far as Rust has it.

use arcadia_plugin::*;
use std::panic::panic_any;
use std::time::Duration;

struct PanicsWhenItGoes;

impl Drop for PanicsWhenItGoes {
    fn drop(&mut self) {
        panic!("thrown by a destructor");
    }
}

fn raise(how: &str) -> Outcome {
    match how {
        "failure" => {
            let mut failure = Failure::new(Code::Conflict, "the name is taken")
                .effect(Effect::None)
                .retry(Retry::After(Duration::from_millis(1500)));
            failure.remote_status = 409;
            failure.detail = Some(r#"{"name":"web-1"}"#.to_owned());
            Err(failure.into())
        }
        "error" => Err(std::io::Error::other("no luck").into()),
        "number" => panic_any(42),
        "text" => panic!("just {how}"),
        "memory" => panic!("{}", Vec::<u64>::with_capacity(usize::MAX - how.len()).len()),
        "nested" => panic_any(PanicsWhenItGoes),
        "destructor" => {
            drop(PanicsWhenItGoes);
            Ok(())
        }
        "long" => panic!("{}", "é".repeat(2000)),
        "suspend" => Err(Stop::Suspend(Duration::from_millis(2500))),
        "stop" => Err(Stop::Cancelled(Effect::Partial)),
        _ => Ok(()),
    }
}

struct Border {
    destroy: String,
    health: String,
    cancel: String,
}

impl Plugin for Border {
    const ID: &'static str = "border";
    const VERSION: &'static str = "1.0.0";

    fn new(call: &HostCall) -> Outcome<Self> {
        let config = |key| Ok::<_, Failure>(call.string(key)?.unwrap_or_default().to_owned());
        raise(&config(c"/config/create")?)?;
        Ok(Border {
            destroy: config(c"/config/destroy")?,
            health: config(c"/config/health")?,
            cancel: config(c"/config/cancel")?,
        })
    }

    fn health(&self, _: &HostCall) -> Outcome {
        raise(&self.health)
    }
}

impl Drop for Border {
    fn drop(&mut self) {
        let _ = raise(&self.destroy);
    }
}

struct Throw;

fn raise_as_told(call: &Call) -> Outcome {
    let how = call.need_string(c"/with/how")?;
    if how == "missing" {
        call.need_int(c"/with/number")?;
    }
    raise(how)
}

impl Operation for Throw {
    type Plugin = Border;
    const NAME: &'static str = "throw";

    fn execute(_: &Border, call: &Call) -> Outcome {
        raise_as_told(call)
    }

    fn cancel(border: &Border, call: &HostCall) {
        if let Err(stop) = raise(&border.cancel) {
            call.log(Level::Error, &format!("{stop:?}"));
        }
    }
}

impl Compensable for Throw {
    fn compensate(_: &Border, call: &Call) -> Outcome {
        raise_as_told(call)
    }
}

impl Probeable for Throw {
    fn probe(_: &Border, call: &Call) -> Outcome<Effect> {
        raise_as_told(call)?;
        Ok(Effect::Unknown)
    }
}

/// Neither compensable nor probeable; reads and writes everything there is.
struct Copy;

impl Operation for Copy {
    type Plugin = Border;
    const NAME: &'static str = "copy";

    fn execute(_: &Border, call: &Call) -> Outcome {
        if let Some(text) = call.string(c"/with/text")? {
            call.put_string(c"/output/text", text)?;
        }
        if let Some(whole) = call.int(c"/with/whole")? {
            call.put_int(c"/output/whole", whole)?;
        }
        if let Some(real) = call.float(c"/with/real")? {
            call.put_float(c"/output/real", real)?;
        }
        if let Some(flag) = call.bool(c"/with/flag")? {
            call.put_bool(c"/output/flag", flag)?;
        }
        if let Some(json) = call.json(c"/with/json") {
            call.put_json(c"/output/json", json)?;
        }
        call.put_int(c"/output/members", call.count(c"/with").map_or(-1, |count| count as i64))?;
        call.put_string(c"/output/first", call.key(c"/with", 0).unwrap_or("none"))?;
        let is_absent = call.string(c"/with/nothing")?.is_none() && call.json(c"/with/nothing").is_none();
        call.put_bool(c"/output/absent", is_absent)?;
        call.heartbeat(Some(50), "halfway");
        call.put_string(c"/checkpoint/note", "copied")?;
        call.checkpoint(Effect::None)?;
        std::thread::scope(|scope| {
            scope.spawn(|| call.log(Level::Warn, "copied"));
        });
        Ok(())
    }
}

arcadia_plugin::export!(Border, Throw, Copy);
