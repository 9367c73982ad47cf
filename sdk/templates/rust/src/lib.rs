//! greeter: leaves a greeting in a folder, as <folder>/<name>.txt, and takes it back.

use arcadia_plugin::{
    Call, Code, Compensable, Effect, Failure, HostCall, Operation, Outcome, Plugin, Probeable, Retry,
};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

/// The plugin as it was configured: one value, which all calls share from several threads.
struct GreeterPlugin {
    folder: PathBuf,
}

impl Plugin for GreeterPlugin {
    const ID: &'static str = "greeter";
    const VERSION: &'static str = "1.0.0";

    fn new(call: &HostCall) -> Outcome<Self> {
        let folder = PathBuf::from(call.need_string(c"/config/folder")?);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                let message = format!("`folder` cannot be made: {error}");
                Err(Failure::new(Code::Config, message).effect(Effect::None).into())
            }
            _ => Ok(GreeterPlugin { folder }),
        }
    }
}

/// The files of one step.
struct Paths {
    file: PathBuf,
    /// The same in every call of the step, so that what a crash leaves is found again.
    draft: PathBuf,
}

impl Paths {
    fn new(plugin: &GreeterPlugin, call: &Call) -> Outcome<Paths> {
        let name = read_name(call)?;
        Ok(Paths {
            file: plugin.folder.join(format!("{name}.txt")),
            draft: plugin.folder.join(format!(".{}-{}", call.run_id(), call.step_number())),
        })
    }

    /// Is the file there, and did the step with this key write it? The key is how it ends.
    fn are_of(&self, key: &str) -> bool {
        fs::read(&self.file).is_ok_and(|text| !key.is_empty() && text.ends_with(key.as_bytes()))
    }

    /// Complete under another name first: nobody sees half a greeting, and nothing is overwritten.
    fn write(&self, text: &str) -> io::Result<()> {
        let written = write_durably(&self.draft, text).and_then(|()| fs::hard_link(&self.draft, &self.file));
        let _ = fs::remove_file(&self.draft);
        written
    }

    fn failure(&self, error: io::Error) -> Failure {
        let file = self.file.display();
        let failure = match error.kind() {
            ErrorKind::AlreadyExists => Failure::new(Code::Conflict, format!("{file} exists already")),
            _ => Failure::new(Code::Other, format!("{file} was not written: {error}")).retry(Retry::Yes),
        };
        failure.effect(Effect::None)
    }

    fn put(&self, call: &Call) -> Outcome {
        Ok(call.put_string(c"/output/file", &self.file.to_string_lossy())?)
    }
}

/// Not one that would lead elsewhere: what an expression fills in can be any text.
fn read_name<'call>(call: &'call Call) -> Outcome<&'call str> {
    // Nothing was done yet, and the failure says so.
    let name = call
        .need_string(c"/with/name")
        .map_err(|failure| failure.effect(Effect::None))?;
    if name.is_empty() || name.len() > 64 || name.starts_with('.') || name.contains('/') {
        let message = "`name` is to be a file's; expected up to 64 bytes without a slash, no dot first";
        return Err(Failure::new(Code::Input, message).effect(Effect::None).into());
    }
    Ok(name)
}

fn write_durably(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

struct Greet;

impl Operation for Greet {
    type Plugin = GreeterPlugin;
    const NAME: &'static str = "greet";

    fn execute(plugin: &GreeterPlugin, call: &Call) -> Outcome {
        let paths = Paths::new(plugin, call)?;
        if paths.are_of(call.idempotency_key()) {
            remove(&paths.draft)?; // an earlier call got this far, and no further
            return paths.put(call);
        }
        // Durable before the effect: without it, compensate knows that nothing was done.
        call.checkpoint_json(r#"{"begun":true}"#, Effect::None)?;
        let name = read_name(call)?;
        let text = format!("Hello, {name}!\n{}", call.idempotency_key());
        paths.write(&text).map_err(|error| paths.failure(error))?;
        paths.put(call)
    }
}

impl Compensable for Greet {
    /// Takes back what execute did, all of it or only some; not being there any more is fine.
    fn compensate(plugin: &GreeterPlugin, call: &Call) -> Outcome {
        if !call.has_checkpoint() {
            return Ok(()); // never came to the effect
        }
        let paths = Paths::new(plugin, call)?;
        remove(&paths.draft)?;
        // execute_key: idempotency_key is compensate's own here.
        if paths.are_of(call.execute_key()) {
            remove(&paths.file).map_err(|error| {
                Failure::new(Code::Other, format!("the greeting is still there: {error}"))
                    .effect(Effect::Applied)
                    .retry(Retry::Yes)
            })?;
        }
        Ok(())
    }
}

impl Probeable for Greet {
    /// What became of a call that never returned? Changes nothing.
    fn probe(plugin: &GreeterPlugin, call: &Call) -> Outcome<Effect> {
        let paths = Paths::new(plugin, call)?;
        if !paths.are_of(call.execute_key()) {
            return Ok(Effect::None);
        }
        paths.put(call)?;
        Ok(Effect::Applied)
    }
}

arcadia_plugin::export!(GreeterPlugin, Greet);
