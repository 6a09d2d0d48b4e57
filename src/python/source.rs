//! Text to syntax tree, by ruff's parser, with the two things it does not do for us: `^` as power, and a bound on depth.

use std::ops::Range;

use ruff_python_ast::ModModule;
use ruff_text_size::TextRange;

use crate::error::Error;

/// What a formula looks like, for a text that is none.
const LOOKS: &str = "a formula looks like 2*x + sin(y)**2; a product needs its *";
/// The longest text that is read, in bytes. Each byte may open one more level of nesting.
const LONGEST: usize = 1 << 16;

/// How deep a text may nest when it is read: as deep as its length, or 4096 levels where functions call each other.
///
/// A level has 16 KiB of stack; a build without optimisation was measured to need up to 6. The system gives the stack
/// page by page as it is used.
pub(super) fn deepest(text: &str) -> usize {
    text.len().max(1 << 12)
}

/// A text as a person wrote it, beside the text that was parsed.
pub(super) struct Source<'t> {
    pub(super) text: &'t str,
    /// Where in the parsed text each `^` stands, as `**`: one byte longer.
    carets: Vec<usize>,
}

/// Parses a text and hands its tree to `then`, on a stack deep enough for both.
pub(super) fn read<T: Send>(
    text: &str,
    then: impl FnOnce(&Source<'_>, &ModModule) -> Result<T, Error> + Send,
) -> Result<T, Error> {
    if text.len() > LONGEST {
        let message = format!("this is {} bytes long, and at most {LONGEST} are read", text.len());
        return Err(Error::new(message).help("split it into formulas that share names, or build it with the library"));
    }
    let stack = deepest(text) << 14;
    if let Some(quote) = text.find(['"', '\'']) {
        return Err(Error::new("there is no text in a formula").at(text, quote..quote + 1));
    }
    let work = || {
        let carets = text.match_indices('^').enumerate().map(|(earlier, (at, _))| at + earlier).collect();
        let source = Source { text, carets };
        // Spaces in front would be an indentation to Python; as many line breaks are none, and keep the places.
        let margin = text.len() - text.trim_start().len();
        let parsed = "\n".repeat(margin) + &text[margin..].replace('^', "**");
        match ruff_python_parser::parse_module(&parsed) {
            Ok(module) => then(&source, module.syntax()),
            Err(error) => {
                let message = format!("this cannot be read as a formula: {}", error.error);
                Err(source.error(error.location, message).help(LOOKS))
            }
        }
    };
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| Error::new(format!("no thread to read the formula on: {error}")))?;
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

impl Source<'_> {
    /// A place of the tree as a place in the person's text.
    pub(super) fn span(&self, range: TextRange) -> Range<usize> {
        let place = |parsed: usize| {
            let longer = self.carets.partition_point(|&caret| caret < parsed);
            (parsed - longer).min(self.text.len())
        };
        place(range.start().into())..place(range.end().into())
    }

    /// The person's own words at a place of the tree.
    pub(super) fn words(&self, range: TextRange) -> &str {
        self.text.get(self.span(range)).unwrap_or_default()
    }

    pub(super) fn error(&self, range: TextRange, message: impl Into<String>) -> Error {
        Error::new(message).at(self.text, self.span(range))
    }
}
