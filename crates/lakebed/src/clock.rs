use std::error::Error;

use crate::arguments::{ClockCommand, ClockOptions};
use crate::client::{Client, ClockReport};

/// Shows or advances the clock of a running server.
pub(crate) fn run(command: &ClockCommand) -> Result<(), Box<dyn Error>> {
    let (options, report) = match command {
        ClockCommand::Show(options) => (options, client(options).clock()?),
        ClockCommand::Advance { by, options } => (options, client(options).advance_clock(by)?),
    };
    if options.json {
        anstream::println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    let ClockReport { now, ahead_seconds } = report;
    anstream::println!("{now}");
    if ahead_seconds > 0.0 {
        anstream::println!("{:.1} days ahead of this machine", ahead_seconds / 86_400.0);
    }
    Ok(())
}

fn client(options: &ClockOptions) -> Client {
    Client::new(&options.endpoint.endpoint)
}
