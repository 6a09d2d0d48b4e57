//! The one error of the edge: a sentence, the place in the text it is about, and what to do.

use std::fmt;
use std::io;
use std::ops::Range;

/// What is wrong with something a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// One sentence, in the person's own names.
    pub message: String,
    /// The text it is about and the place in it, where there is one.
    pub place: Option<Place>,
    /// What would mend it, where that can be said.
    pub help: Option<String>,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The whole text.
    pub text: String,
    /// Where in it, in bytes.
    pub span: Range<usize>,
}

impl Error {
    /// An error that is about no text.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, help: None }
    }

    /// A file, or what else is named so, that cannot be `read`, `written`, `made`.
    pub fn of_file(name: impl fmt::Display, deed: &str, error: &io::Error) -> Self {
        let words = error.to_string();
        // The number that the system gives its error tells a person nothing.
        let words = words.split_once(" (os error ").map_or(words.as_str(), |(words, _)| words);
        let mut letters = words.chars();
        let words: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        Self::new(format!("{name} cannot be {deed}: {words}"))
    }

    /// The same error at a place in a text.
    #[must_use]
    pub fn at(mut self, text: &str, span: Range<usize>) -> Self {
        self.place = Some(Place { text: text.to_owned(), span });
        self
    }

    /// The same error with what would mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
