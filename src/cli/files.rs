//! Files that are whole or not there.

use std::fs;
use std::path::{Path, PathBuf};

use chainrule::Error;

/// Writes beside the place, and moves it there when all of it is written. What is no file, such as `/dev/stdout`, is
/// written to as it is.
pub(super) fn write(file: &Path, contents: &str) -> Result<(), Error> {
    // A link leads to the file that is meant.
    let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let failed = |error| Error::of_file(file.display(), "written", &error).help("name another place");
    if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
        return fs::write(&place, contents).map_err(failed);
    }
    let beside = beside(&place);
    fs::write(&beside, contents).and_then(|()| fs::rename(&beside, &place)).map_err(|error| {
        // What is half written is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}

/// Makes the folder, if it is not there, and finds out whether files can be written into it.
pub(super) fn folder(folder: &Path) -> Result<(), Error> {
    let probe = beside(&folder.join("probe"));
    let made = fs::create_dir_all(folder).and_then(|()| fs::write(&probe, "")).and_then(|()| fs::remove_file(&probe));
    let failed = |error| Error::of_file(format!("the folder {}", folder.display()), "written to", &error);
    made.map_err(|error| failed(error).help("name another one with `--out`"))
}

/// A name that no other process takes.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}
