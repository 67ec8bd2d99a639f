//! Kills the server while clients write, starts it again, and holds it to what it acknowledged.
//!
//! `cargo xtask crash` runs it for long. `LAKEBED_CRASH_ROUNDS` says how many kills,
//! `LAKEBED_CRASH_SEED` makes the clients' choices those of an earlier run.

mod audit;
mod history;
mod worker;
mod world;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use self::audit::audit;
use self::worker::{BUCKET, VERSIONED, Worker};
use self::world::World;
use crate::dice::Dice;
use crate::server::{Server, kill, spawn, up};

pub(crate) use self::history::{History, Moments, Write};

const WORKERS: usize = 6;

/// The longest a server lives once clients write, in milliseconds.
const LONGEST_LIFE: usize = 400;

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let rounds = variable("LAKEBED_CRASH_ROUNDS").unwrap_or(20);
    let seed = variable("LAKEBED_CRASH_SEED").unwrap_or_else(|| {
        let now = UNIX_EPOCH.elapsed().unwrap().as_nanos();
        (now % 1_000_000_007) as u64
    });
    println!("LAKEBED_CRASH_SEED={seed}, {rounds} rounds");
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let mut dice = Dice::of_seed(seed);
    let world = World::of_workers(WORKERS);
    let mut server = Server::start(&data_dir);
    server.client().create_bucket(BUCKET);
    server.client().create_bucket(VERSIONED);
    server.client().enable_versioning(VERSIONED);
    for round in 1..=rounds {
        let mut wrong = write_until_killed(&mut server, &world, &mut dice);
        if dice.below(4) == 0 {
            kill_while_starting(&data_dir, &mut dice);
        }
        server = Server::start(&data_dir);
        wrong.extend(audit(&world, &server.client(), &data_dir));
        if !wrong.is_empty() {
            let kept = folder.keep();
            panic!(
                "round {round} of seed {seed}, data in {}:\n{}",
                kept.display(),
                wrong.join("\n")
            );
        }
        if round % 50 == 0 {
            println!("{round} rounds, nothing lost");
        }
    }
}

/// Lets clients write and kills the server meanwhile; what they complain of.
fn write_until_killed(server: &mut Server, world: &World, dice: &mut Dice) -> Vec<String> {
    let killed = AtomicBool::new(false);
    let life = Duration::from_millis(20 + dice.below(LONGEST_LIFE) as u64);
    let client = server.client();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|number| {
                let worker = Worker {
                    number,
                    world,
                    client: client.clone(),
                    dice: Dice::of_seed(dice.next()),
                    killed: &killed,
                };
                scope.spawn(|| worker.run())
            })
            .collect();
        thread::sleep(life);
        killed.store(true, Ordering::SeqCst);
        server.kill();
        workers
            .into_iter()
            .filter_map(|worker| worker.join().unwrap())
            .collect()
    })
}

/// Kills a server that is making disk and index agree.
fn kill_while_starting(data_dir: &Path, dice: &mut Dice) {
    let mut process = spawn(&mut up(data_dir), data_dir);
    thread::sleep(Duration::from_millis(dice.below(60) as u64));
    kill(&mut process);
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}
