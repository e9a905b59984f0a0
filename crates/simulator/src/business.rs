//! A business of people who do not exist: its whole history at once, or one customer's days one by one.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::Serialize;
use terms::{Date, Instant};

use crate::clock::{Clock, Season};
use crate::effect::Action;
use crate::fact::Fact;
use crate::life::Life;
use crate::person::purpose;
use crate::saas::model::SaasModel;
use crate::settings::{Settings, SettingsError};
use crate::shop::model::ShopModel;
use crate::table::{Rows, Table, table_of};

/// A part of a table: what came in time, or what was delivered late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part {
    /// Which table.
    pub table: Table,
    /// Whether it was delivered late.
    pub late: bool,
}

impl Part {
    /// Its path below the folder of the run, as in `orders.csv`, `late/orders.csv`, `truth/hazards.csv`.
    pub fn path(self) -> String {
        if self.late { format!("late/{}", self.table.path()) } else { self.table.path().to_owned() }
    }
}

/// Where rows go. Whoever makes files writes [`Table::header`] first.
pub trait Sink {
    /// Takes whole rows of a part, each ended by a line feed. Rows of a part come in one order, whatever the threads.
    ///
    /// # Errors
    ///
    /// What the medium says; the run stops there.
    fn rows(&mut self, part: Part, rows: &[u8]) -> io::Result<()>;
}

/// A simulated business.
#[derive(Debug)]
pub struct Business {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) model: Model,
}

/// What sort of business.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Model {
    Shop(ShopModel),
    Saas(SaasModel),
}

/// A shop whose customers come back when they like.
///
/// # Errors
///
/// [`SettingsError`], when the settings make no sense.
pub fn shop(settings: Settings, model: ShopModel) -> Result<Business, SettingsError> {
    let season = model.season.clone();
    business(settings, season, Model::Shop(model))
}

/// A subscription business.
///
/// # Errors
///
/// [`SettingsError`], when the settings make no sense.
pub fn saas(settings: Settings, model: SaasModel) -> Result<Business, SettingsError> {
    let season = model.season.clone();
    business(settings, season, Model::Saas(model))
}

fn business(settings: Settings, season: Season, model: Model) -> Result<Business, SettingsError> {
    let settings = settings.checked()?;
    let clock = Clock::new(settings.start, settings.days as i32, settings.zone.clone(), season);
    Ok(Business { settings, clock, model })
}

/// Customers whose rows are made in one go: enough that handing them over costs nothing, few enough that what waits in
/// memory is some megabytes.
const CHUNK: u32 = 256;

/// Every table twice: in time, and late.
const PARTS: usize = 2 * Table::ALL.len();

/// Rows of some customers, by part.
struct Chunk {
    customers: u32,
    rows: [Rows; PARTS],
}

fn place_of(part: Part) -> usize {
    part.table as usize * 2 + usize::from(part.late)
}

impl Business {
    /// One customer, on the day before the first of the business; nothing when there are not so many.
    pub fn life(&self, customer: u32) -> Option<Life<'_>> {
        (customer < self.settings.customers).then(|| Life::new(self, customer))
    }

    /// What it was asked for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What can be decided in this business.
    pub fn actions(&self) -> Vec<Action> {
        let models = match &self.model {
            Model::Shop(model) => &model.actions,
            Model::Saas(model) => &model.actions,
        };
        models.iter().map(|model| model.action).collect()
    }

    /// The first instant after the history.
    pub fn end(&self) -> Instant {
        self.clock.begins(self.days())
    }

    pub(crate) fn days(&self) -> i32 {
        self.settings.days as i32
    }

    pub(crate) fn date(&self, day: i32) -> Date {
        self.clock.date(day)
    }

    /// Everything that is known about how it was made, to be written beside the data.
    pub fn parameters(&self) -> impl Serialize + '_ {
        Parameters { settings: &self.settings, model: &self.model }
    }

    /// Writes the whole history and its truth. Threads make chunks of customers in turn, and their rows are handed over in
    /// the order of the customers: same settings, same bytes, whatever `threads` is. Memory does not grow with the number
    /// of customers. `progress` hears how many customers are done.
    ///
    /// # Errors
    ///
    /// What the sink says.
    pub fn write(
        &self,
        threads: usize,
        sink: &mut (impl Sink + ?Sized),
        mut progress: impl FnMut(u32),
    ) -> io::Result<()> {
        self.write_season(sink)?;
        let threads = threads.clamp(1, 64) as u32;
        let chunks = self.settings.customers.div_ceil(CHUNK);
        std::thread::scope(|scope| {
            let makers: Vec<Receiver<Chunk>> = (0..threads.min(chunks))
                .map(|first| {
                    // Two chunks wait at most: a slow disk holds the makers back.
                    let (send, receive) = sync_channel(2);
                    scope.spawn(move || self.make(first, threads, chunks, &send));
                    receive
                })
                .collect();
            let mut done = 0;
            for chunk in 0..chunks {
                // A maker that ends early ends its channel: the scope then hands its panic on.
                let Ok(made) = makers[(chunk % threads) as usize].recv() else { break };
                for table in Table::ALL {
                    for late in [false, true] {
                        let part = Part { table, late };
                        let rows = &made.rows[place_of(part)].bytes;
                        if !rows.is_empty() {
                            sink.rows(part, rows)?;
                        }
                    }
                }
                done += made.customers;
                progress(done);
            }
            Ok(())
        })
    }

    /// Makes every `threads`-th chunk from `first` on, until nobody wants more.
    fn make(&self, first: u32, threads: u32, chunks: u32, send: &SyncSender<Chunk>) {
        for chunk in (first..chunks).step_by(threads as usize) {
            let from = chunk * CHUNK;
            let to = (from + CHUNK).min(self.settings.customers);
            if send.send(self.chunk(from, to)).is_err() {
                return;
            }
        }
    }

    fn chunk(&self, from: u32, to: u32) -> Chunk {
        let mut rows: [Rows; PARTS] = std::array::from_fn(|_| Rows::default());
        let mut facts = Vec::new();
        for customer in from..to {
            facts.clear();
            let mut life = Life::new(self, customer);
            life.live_on(&mut facts);
            for fact in &facts {
                self.write_fact(fact, &mut rows);
            }
            self.write_truth(&mut life, &mut rows);
        }
        Chunk { customers: to - from, rows }
    }

    /// Writes a fact once, or twice where duplicates are wanted; into the late part where it came late.
    fn write_fact(&self, fact: &Fact, rows: &mut [Rows; PARTS]) {
        let table = table_of(&fact.what);
        let untidy = |purpose: u8, share: f64| {
            let dice = crate::random::Dice::new(self.settings.seed, fact.customer);
            share > 0.0 && dice.unit(fact.number as i32, purpose + table as u8) < share
        };
        let late = untidy(purpose::COMES_LATE, self.settings.late);
        let part = &mut rows[place_of(Part { table, late })];
        part.fact(fact);
        if untidy(purpose::COMES_TWICE, self.settings.duplicates) {
            part.fact(fact);
        }
    }

    fn write_truth(&self, life: &mut Life<'_>, rows: &mut [Rows; PARTS]) {
        let of = |table: Table| place_of(Part { table, late: false });
        let (customer, start) = (life.customer(), self.settings.start);
        rows[of(Table::TruthCustomers)].customer_truth(customer, &life.truth());
        for run in life.runs() {
            rows[of(Table::TruthHazards)].run(customer, start, run);
        }
        for effect in life.effects() {
            rows[of(Table::TruthEffects)].effect_truth(customer, &effect);
        }
        for planted in life.planted() {
            rows[of(Table::TruthPlanted)].planted(customer, start, &planted);
        }
    }

    fn write_season(&self, sink: &mut (impl Sink + ?Sized)) -> io::Result<()> {
        let mut rows = Rows::default();
        for day in 0..self.days() {
            rows.date(self.date(day));
            rows.number(self.clock.factor(day));
            rows.word(self.clock.sale(day).map_or("", |sale| sale.code));
            rows.end();
        }
        sink.rows(Part { table: Table::TruthSeason, late: false }, &rows.bytes)
    }
}

#[derive(Serialize)]
struct Parameters<'a> {
    settings: &'a Settings,
    #[serde(flatten)]
    model: &'a Model,
}
