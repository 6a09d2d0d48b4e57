//! Files that are whole or not there.

use std::fs;
use std::path::Path;

use chainrule::Error;

/// Writes beside the place, and moves it there when all of it is written.
pub(super) fn write(file: &Path, contents: &str) -> Result<(), Error> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let written = fs::write(&beside, contents).and_then(|()| fs::rename(&beside, file));
    written.map_err(|error| {
        // What is half written is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
        Error::of_file(file.display(), "written", &error)
    })
}
