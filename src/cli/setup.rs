//! The network, the data and the loss that `train` and `lr` are asked about.

use std::fs::{self, File};
use std::path::Path;

use chainrule::Error;
use chainrule::network::{Data, Loss, Network, Scaling, Start, Table};
use chainrule::render::short_float;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// More rows than this are not made.
const MOST_ROWS: usize = 1_000_000;

/// Data and a network.
#[derive(Debug, Clone, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Setup {
    /// The data: moons, circles, spiral, blobs (or blobs:5 for 5 clouds), xor, sine, lectures, or a CSV file with a
    /// header. Default: moons.
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) data: Option<String>,
    /// The column of the file that is to be learned. Default: the last one.
    #[arg(long, value_name = "NAME")]
    pub(super) target: Option<String>,
    /// How many rows to make. Default: 200.
    #[arg(long, value_name = "N")]
    pub(super) rows: Option<usize>,
    /// How much noise to make them with. Default: what suits the data.
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub(super) noise: Option<f64>,
    /// Whether to give inputs, and targets that are numbers, mean 0 and variance 1. Default: for files only.
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) scale: Option<bool>,
    /// Inputs, units of each layer, activation of the hidden layers (relu, leaky_relu, tanh, sigmoid, softplus, linear),
    /// that of the output: '2-16-16-1 relu'. Default: two layers of 16 tanh units.
    #[arg(long, value_name = "LINE")]
    pub(super) network: Option<String>,
    /// margin, bce, softmax, squared or half_squared. Default: bce for two classes, softmax for more, half_squared for
    /// numbers.
    #[arg(long, value_name = "NAME")]
    pub(super) loss: Option<String>,
    /// This times the sum of the squared weights is added to the loss. Default: 0.
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub(super) l2: Option<f64>,
    /// How the weights start: he, xavier, uniform:0.5, or a JSON file of weights such as `train --out` writes. Default:
    /// he for relu, xavier for the others.
    #[arg(long, value_name = "HOW|FILE", allow_hyphen_values = true)]
    pub(super) start: Option<String>,
    /// Of the data, the first weights, the split and the order of rows. Default: 1.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

/// All that was asked, found and made.
pub(super) struct Ready {
    pub(super) table: Table,
    /// Rows of the table to learn from, and to test with.
    pub(super) learn: Vec<usize>,
    pub(super) test: Vec<usize>,
    pub(super) scaling: Option<Scaling>,
    pub(super) network: Network,
    pub(super) loss: Loss,
    pub(super) l2: f64,
    pub(super) start: Start,
    /// Given numbers to start from.
    pub(super) given: Option<Vec<f64>>,
    pub(super) seed: u64,
    /// What was asked, with all that was left open filled in.
    pub(super) setup: Setup,
}

impl Ready {
    /// Rows of the table, as the network sees them.
    pub(super) fn data(&self, rows: &[usize]) -> Data {
        let data = self.table.data.select(rows);
        self.scaling.as_ref().map_or(data.clone(), |scaling| data.scaled(scaling))
    }

    /// What a person calls a row to learn from.
    pub(super) fn row(&self, at: usize) -> String {
        let row = self.learn.get(at).copied().unwrap_or(at);
        self.table.lines.get(row).map_or(format!("row {}", row + 1), |line| format!("line {line} of the file"))
    }

    /// The data in a few words.
    pub(super) fn described(&self) -> String {
        let Table { data, target, labels, lines, .. } = &self.table;
        let name = self.setup.data.as_deref().unwrap_or_default();
        let columns = if data.inputs.ncols() == 1 { "1 input" } else { &format!("{} inputs", data.inputs.ncols()) };
        let what = match labels.len() {
            0 => "numbers".to_owned(),
            count if count <= 5 && !lines.is_empty() => format!("{count} classes ({})", labels.join(", ")),
            count => format!("{count} classes"),
        };
        let rows = data.targets.len();
        let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        format!("{name}: {rows} of {columns}, target `{target}`: {what}")
    }
}

impl Setup {
    /// Reads or makes the data, keeps this part of them for a test, and reads the network. Without `reads_start` the
    /// file of `--start` is left alone.
    pub(super) fn ready(&self, test: Option<f64>, reads_start: bool) -> Result<Ready, Error> {
        let seed = self.seed.unwrap_or(1);
        let name = self.data.clone().unwrap_or_else(|| "moons".to_owned());
        let (mut table, rows, noise) = self.table(&name, seed)?;
        let network = self.network.as_deref().map(str::parse::<Network>).transpose()?;
        let loss = self.loss.as_deref().map(str::parse::<Loss>).transpose()?;
        classify(&mut table, loss)?;
        let classes = table.data.classes;
        let usual = |outputs: usize| loss.unwrap_or_else(|| Loss::usual(classes, outputs));
        let network = network.map_or_else(
            || {
                let outputs = if usual(1) == Loss::SoftmaxCrossEntropy { classes.unwrap_or(1) } else { 1 };
                format!("{}-16-16-{outputs} tanh", table.data.inputs.ncols()).parse()
            },
            Ok,
        )?;
        let loss = usual(network.outputs());
        let all: Vec<usize> = (0..table.data.targets.len()).collect();
        let (learn, test) = test.map_or(Ok((all, Vec::new())), |part| table.data.split(part, seed))?;
        if learn.len() > 1 && learn.iter().all(|&row| table.data.targets[row] == table.data.targets[learn[0]]) {
            let target = table.data.targets[learn[0]];
            let target = table.labels.get(target as usize).cloned().unwrap_or_else(|| short_float(target));
            let message = format!("the target `{}` is `{target}` on every row to learn from", table.target);
            return Err(Error::new(message).help("there is nothing to learn: take other rows, or another target"));
        }
        let is_scaled = self.scale.unwrap_or(!table.lines.is_empty());
        let scaling = is_scaled.then(|| table.data.select(&learn).scaling());
        let (start, given, started) = self.start(&network, reads_start)?;
        let setup = Self {
            data: Some(name),
            target: self.target.clone().or_else(|| (!table.lines.is_empty()).then(|| table.target.clone())),
            rows,
            noise,
            scale: Some(is_scaled),
            network: Some(network.to_string()),
            loss: Some(loss.to_string()),
            l2: Some(self.l2.unwrap_or(0.0)),
            start: Some(started),
            seed: Some(seed),
        };
        let l2 = self.l2.unwrap_or(0.0);
        Ok(Ready { table, learn, test, scaling, network, loss, l2, start, given, seed, setup })
    }

    /// The data, and with how many rows and how much noise they were made.
    fn table(&self, name: &str, seed: u64) -> Result<(Table, Option<usize>, Option<f64>), Error> {
        let (kind, clouds) = name.split_once(':').map_or((name, None), |(kind, clouds)| (kind, Some(clouds)));
        let clouds = clouds.filter(|_| kind == "blobs").map(str::parse::<usize>);
        let noise = match kind {
            "moons" | "sine" => 0.1,
            "circles" | "lectures" => 0.05,
            "spiral" => 0.02,
            "blobs" => 0.2,
            "xor" => 0.0,
            _ => return self.file(name).map(|table| (table, None, None)),
        };
        let refuse = |message: String, help: &str| Err(Error::new(message).help(help));
        if self.target.is_some() {
            return refuse("`--target` is for files; made data have one target".to_owned(), "leave it out");
        }
        if kind != "blobs" && name != kind {
            let help = format!("write `{kind}`, or `blobs:5` for 5 clouds");
            return refuse(format!("`{name}` asks for a number of clouds, which only blobs have"), &help);
        }
        if kind == "xor" {
            if self.rows.is_some() || self.noise.is_some() {
                let message = "xor has four rows and no noise, so `--rows` and `--noise` are for other data";
                return refuse(message.to_owned(), "leave them out");
            }
            return Ok((Table::new(Data::xor()), None, None));
        }
        let rows = self.rows.unwrap_or(200);
        if rows == 0 || rows > MOST_ROWS {
            let message = format!("{rows} rows cannot be made, only 1 to {MOST_ROWS}");
            return refuse(message, "give a number such as `--rows 200`");
        }
        let noise = self.noise.unwrap_or(noise);
        if !(noise.is_finite() && noise >= 0.0) {
            let message = format!("the noise is {noise}, not a number of at least 0");
            return refuse(message, "give 0 for none, or a number such as `--noise 0.1`");
        }
        let data = match (kind, clouds) {
            ("moons", _) => Data::moons(rows, noise, seed),
            ("circles", _) => Data::circles(rows, noise, seed),
            ("spiral", _) => Data::spiral(rows, noise, seed),
            ("sine", _) => Data::sine(rows, noise, seed),
            ("lectures", _) => Data::lectures(rows, noise, seed),
            (_, None) => Data::blobs(rows, 3, noise, seed),
            (_, Some(Ok(clouds @ 2..=100))) => Data::blobs(rows, clouds, noise, seed),
            _ => {
                let message = format!("`{name}` names no number of clouds between 2 and 100");
                return refuse(message, "write one such as `blobs:5`");
            }
        };
        Ok((Table::new(data), Some(rows), Some(noise)))
    }

    fn file(&self, name: &str) -> Result<Table, Error> {
        const NAMES: &str = "moons, circles, spiral, blobs, xor, sine, lectures, or a CSV file";
        if !Path::new(name).exists() {
            return Err(
                Error::new(format!("there are no data and no file called `{name}`")).help(format!("data are {NAMES}"))
            );
        }
        if self.rows.is_some() || self.noise.is_some() {
            let message = "`--rows` and `--noise` are for made data; a file is taken as it is";
            return Err(Error::new(message).help("leave them out"));
        }
        let file = File::open(name).map_err(|error| Error::of_file(name, "read", &error))?;
        Table::read(file, name, self.target.as_deref())
    }

    /// How to start, the given numbers, and how that was written.
    fn start(&self, network: &Network, reads: bool) -> Result<(Start, Option<Vec<f64>>, String), Error> {
        let usual = network.usual_start();
        match self.start.as_deref() {
            None => Ok((usual, None, usual.to_string())),
            Some(file) if file.ends_with(".json") => {
                let given = reads.then(|| given(file, network)).transpose()?;
                Ok((usual, given, file.to_owned()))
            }
            Some(text) => text.parse().map(|start: Start| (start, None, start.to_string())).map_err(|error: Error| {
                let help = error.help.clone().unwrap_or_default();
                error.help(format!("{help}, or a file that ends in .json"))
            }),
        }
    }
}

/// Whole numbers that are few are classes where the loss wants them, or nothing else is said.
fn classify(table: &mut Table, loss: Option<Loss>) -> Result<(), Error> {
    if table.data.classes.is_some() || loss.is_some_and(|loss| !loss.wants_classes()) || table.lines.is_empty() {
        return Ok(());
    }
    match (table.data.as_classes(), loss) {
        (Some((data, values)), _) => {
            table.data = data;
            table.labels = values.into_iter().map(short_float).collect();
            Ok(())
        }
        (None, None) => Ok(()),
        (None, Some(loss)) => {
            let message = format!("the loss {loss} wants classes, and the target `{}` holds numbers", table.target);
            Err(Error::new(message).help("take squared or half_squared, or a target of text or of few whole numbers"))
        }
    }
}

/// Numbers that a JSON file names as the parameters do, alone or under `parameters`.
fn given(file: &str, network: &Network) -> Result<Vec<f64>, Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Weights {
        Saved { parameters: IndexMap<String, f64> },
        Named(IndexMap<String, f64>),
    }
    let help = "give a file such as `train --out` writes, or write {\"w1_1_1\": 0.5, \"b1_1\": 0}";
    let wrong = |why: String| Error::new(format!("{file}: {why}")).help(help);
    let text = fs::read_to_string(file).map_err(|error| Error::of_file(file, "read", &error).help(help))?;
    let weights: Weights =
        serde_json::from_str(&text).map_err(|_| wrong("this is no JSON object of numbers by name".to_owned()))?;
    let (Weights::Saved { parameters } | Weights::Named(parameters)) = weights;
    let names = network.names();
    if let Some(strange) = parameters.keys().find(|&name| !names.contains(name)) {
        return Err(wrong(format!("the network {network} has no parameter `{strange}`")));
    }
    let value = |name: &String| {
        let missing = || wrong(format!("the number for `{name}` is missing"));
        parameters.get(name).copied().ok_or_else(missing)
    };
    names.iter().map(value).collect()
}
