//! The plugin against a host of its own: make test.

use crate::arcadia_plugin_entry_v1;
use arcadia_plugin::testing::{Status, Step};
use arcadia_plugin::{Code, Effect};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that is gone when its owner is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("greeter-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    /// How many files it holds, hidden ones too.
    fn files(&self) -> usize {
        fs::read_dir(&self.0).unwrap().count()
    }

    fn step(&self) -> Step {
        step(&self.0, "Ada")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn step(folder: &Path, name: &str) -> Step {
    let config = format!(r#"{{"folder":"{}"}}"#, folder.display());
    Step::begin(arcadia_plugin_entry_v1, &config, "greet", &format!(r#"{{"name":"{name}"}}"#))
}

#[test]
fn greets_and_takes_it_back() {
    let folder = Folder::new("greets");
    let mut greeting = folder.step();
    assert_eq!(greeting.execute(), Status::Ok, "{:?}", greeting.failure());
    assert!(Path::new(&greeting.text("/output/file").unwrap()).exists());
    assert_eq!(folder.files(), 1);
    assert_eq!(greeting.compensate(), Status::Ok);
    assert_eq!(folder.files(), 0);
    assert_eq!(greeting.compensate(), Status::Ok);
}

#[test]
fn survives_a_crash() {
    let folder = Folder::new("survives");
    let mut greeting = folder.step();
    assert_eq!((greeting.probe(), greeting.found()), (Status::Ok, Some(Effect::None)));
    greeting.execute();
    greeting.lose_result();
    assert_eq!(greeting.execute(), Status::Ok);
    assert_eq!(folder.files(), 1);
    assert_eq!((greeting.probe(), greeting.found()), (Status::Ok, Some(Effect::Applied)));
    assert!(greeting.text("/output/file").is_some());
    assert_eq!(greeting.compensate(), Status::Ok);
    assert_eq!(folder.files(), 0);
}

#[test]
fn says_what_it_did_not_do() {
    let folder = Folder::new("says");
    let (mut first, mut second) = (folder.step(), folder.step());
    second.fill_disk(true);
    assert_eq!(second.execute(), Status::Failed);
    assert_eq!(second.failure().unwrap().effect, Effect::None);
    assert_eq!(folder.files(), 0);
    second.fill_disk(false);
    first.execute();
    fs::write(first.text("/output/file").unwrap(), "somebody else's").unwrap();
    assert_eq!(second.execute(), Status::Failed);
    assert_eq!(second.failure().unwrap().code, Code::Conflict);
    assert_eq!(second.failure().unwrap().effect, Effect::None);
    assert_eq!(second.compensate(), Status::Ok);
    assert_eq!(folder.files(), 1);
}

#[test]
fn refuses_a_path_for_a_name() {
    let folder = Folder::new("refuses");
    let mut greeting = step(&folder.0, "../Ada");
    assert_eq!(greeting.execute(), Status::Failed);
    assert_eq!(greeting.failure().unwrap().code, Code::Input);
    assert_eq!(folder.files(), 0);
}

#[test]
fn refuses_its_configuration() {
    let nowhere = step(Path::new("/no/such/place"), "Ada");
    assert_eq!(nowhere.created, Status::Failed);
    assert_eq!(nowhere.failure().unwrap().code, Code::Config);
}
