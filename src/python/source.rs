//! Text to syntax tree, by ruff's parser, with the two things it does not do for us: `^` as power, and a bound on depth.

use std::ops::Range;

use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::ParseErrorType;
use ruff_text_size::TextRange;

use crate::error::Error;

/// What a formula looks like, for a text that is none.
const LOOKS: &str = "a formula looks like 2*x + sin(y)**2; a product needs its *";
/// The longest text that is read, in bytes; of several texts together. Each byte may open one more level of nesting.
const LONGEST: usize = 1 << 16;
/// How deep a short text may nest all the same, because its functions may call each other.
const DEEP: usize = 1 << 12;

/// A text as a person wrote it, and its tree.
pub(super) struct Source<'t> {
    text: &'t str,
    /// Where in the parsed text each `^` stands, as `**`: one byte longer.
    carets: Vec<usize>,
    pub(super) tree: ModModule,
}

/// Parses texts that belong together and hands them to `then`, with the number of levels that they may nest: as many as
/// they have bytes. Both run on a stack that is deep enough.
///
/// A level has 16 KiB of stack; a build without optimisation was measured to need up to 6. The system gives the stack
/// page by page as it is used.
pub(super) fn read<T: Send>(
    texts: &[&str],
    then: impl FnOnce(&[Source<'_>], usize) -> Result<T, Error> + Send,
) -> Result<T, Error> {
    let length: usize = texts.iter().map(|text| text.len()).sum();
    if length > LONGEST {
        let message = format!("this is {length} bytes long, and at most {LONGEST} are read");
        return Err(Error::new(message).help("split it into formulas that share names, or build it with the library"));
    }
    let deepest = length.max(DEEP);
    let work = || {
        let sources = texts.iter().map(|text| Source::parse(text)).collect::<Result<Vec<_>, _>>()?;
        then(&sources, deepest)
    };
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(deepest << 14).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| Error::new(format!("no thread to read the formula on: {error}")))?;
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

impl<'t> Source<'t> {
    fn parse(text: &'t str) -> Result<Self, Error> {
        if let Some(quote) = text.find(['"', '\'']) {
            return Err(Error::new("there is no text in a formula").at(text, quote..quote + 1));
        }
        // Spaces in front would be an indentation to Python; as many line breaks are none, and keep the places.
        let margin = text.len() - text.trim_start().len();
        let parsed = "\n".repeat(margin) + &text[margin..].replace('^', "**");
        let parsed = ruff_python_parser::parse_unchecked_source(&parsed, PySourceType::Python);
        // What may be assigned to is for the reader to say: `d(loss)/d(w) = …` is a claim.
        let wrong =
            parsed.errors().iter().find(|error| error.error != ParseErrorType::InvalidAssignmentTarget).cloned();
        let carets = text.match_indices('^').enumerate().map(|(earlier, (at, _))| at + earlier).collect();
        let source = Self { text, carets, tree: parsed.into_syntax() };
        match wrong {
            None => Ok(source),
            Some(wrong) => {
                let message = format!("this cannot be read as a formula: {}", wrong.error);
                Err(source.error(wrong.location, message).help(LOOKS))
            }
        }
    }

    /// A place of the tree as a place in the person's text.
    pub(super) fn span(&self, range: TextRange) -> Range<usize> {
        let place = |parsed: usize| {
            let longer = self.carets.partition_point(|&caret| caret < parsed);
            (parsed - longer).min(self.text.len())
        };
        place(range.start().into())..place(range.end().into())
    }

    /// The person's own words at a place of the tree.
    pub(super) fn words(&self, range: TextRange) -> &'t str {
        self.text.get(self.span(range)).unwrap_or_default()
    }

    pub(super) fn error(&self, range: TextRange, message: impl Into<String>) -> Error {
        Error::new(message).at(self.text, self.span(range))
    }
}
