//! A toy network on the two moons: built from one line, trained, tested, diagnosed.
#![allow(clippy::print_stdout)]

use chainrule::Error;
use chainrule::network::{Data, Loss, Optimiser, Run, Schedule, Settings, Start, Trainer};

fn main() -> Result<(), Error> {
    let data = Data::moons(200, 0.1, 1);
    let (learn, test) = data.split(0.25, 1)?;
    let settings = Settings {
        loss: Loss::Margin,
        l2: 1e-4,
        optimiser: Optimiser::Adam,
        rate: 0.03,
        schedule: Schedule::Cosine { steps: 300 },
        batch: Some(50),
        start: Start::He,
        seed: 1,
    };
    let trainer = Trainer::new("2-16-16-1 relu".parse()?, &data.select(&learn), settings)?;
    let mut run = Run::new(trainer, Some(&data.select(&test)))?;
    for _ in 0..300 {
        let record = run.step()?;
        if record.step.is_multiple_of(60) {
            println!("step {:3}  loss {:.4}", record.step, record.loss);
        }
    }
    let report = run.report(&|row| format!("row {}", learn[row] + 1));
    let test = report.test.and_then(|test| test.accuracy).unwrap_or_default();
    println!("right on the test: {:.0} %", 100.0 * test);
    for finding in report.findings {
        println!("{} {}", finding.message, finding.help);
    }
    Ok(())
}
