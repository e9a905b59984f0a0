//! What every customer has, whatever the business: where they live, how they came, what they are told and feel.

use serde::Serialize;
use terms::{Currency, Instant};

use crate::clock::{Clock, waking};
use crate::effect::{Action, ActionModel, Effect};
use crate::fact::{Cost, Fact, Profile, What};
use crate::random::{Dice, Draws};
use crate::satisfaction::{Satisfaction, SatisfactionModel};
use crate::settings::Settings;

/// What the dice are thrown for. The numbers are part of the format: a changed one is another world.
pub(crate) mod purpose {
    pub(crate) const PERSON: u8 = 0;
    pub(crate) const EFFECTS: u8 = 1;
    pub(crate) const LEAVE: u8 = 2;
    pub(crate) const ORDERS: u8 = 3;
    pub(crate) const ORDER: u8 = 4;
    pub(crate) const SESSIONS: u8 = 5;
    pub(crate) const SESSION: u8 = 6;
    pub(crate) const SURVEY: u8 = 7;
    pub(crate) const RETURN: u8 = 8;
    pub(crate) const TICKET: u8 = 9;
    pub(crate) const PAYMENT: u8 = 10;
    pub(crate) const CHANGE: u8 = 11;
    pub(crate) const PAUSE: u8 = 12;
    pub(crate) const CANCEL: u8 = 13;
    pub(crate) const START: u8 = 14;
    pub(crate) const DELIVERY: u8 = 200;
    /// And the number of the table; the counter is that of the fact, not a day.
    pub(crate) const COMES_LATE: u8 = 220;
    pub(crate) const COMES_TWICE: u8 = 235;
}

/// A country with its people.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) country: &'static str,
    pub(crate) language: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) share: f64,
    /// Tax on top of prices.
    pub(crate) tax: f64,
}

const fn place(country: &'static str, language: &'static str, time_zone: &'static str, share: f64, tax: f64) -> Place {
    Place { country, language, time_zone, share, tax }
}

/// Where customers live.
pub(crate) const PLACES: [Place; 8] = [
    place("FI", "fi", "Europe/Helsinki", 0.25, 0.255),
    place("SE", "sv", "Europe/Stockholm", 0.12, 0.25),
    place("DE", "de", "Europe/Berlin", 0.23, 0.19),
    place("FR", "fr", "Europe/Paris", 0.12, 0.20),
    place("ES", "es", "Europe/Madrid", 0.08, 0.21),
    place("GB", "en", "Europe/London", 0.10, 0.20),
    place("US", "en", "America/New_York", 0.07, 0.0),
    place("US", "en", "America/Los_Angeles", 0.03, 0.0),
];

/// A way customers come, and what sort of customers come by it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Channel {
    /// Its word in files.
    pub name: &'static str,
    /// Share of customers who come by it.
    pub share: f64,
    /// What winning one costs, in minor units of the business's currency.
    pub cost_minor: i64,
    /// Factor on the rate of purchases or usage of its customers.
    pub rate_factor: f64,
    /// Factor on their hazard of leaving.
    pub hazard_factor: f64,
}

const fn channel(name: &'static str, share: f64, cost_minor: i64, rate_factor: f64, hazard_factor: f64) -> Channel {
    Channel { name, share, cost_minor, rate_factor, hazard_factor }
}

/// Five ways, of which social advertising brings many who leave and friends bring few who stay.
pub const USUAL_CHANNELS: &[Channel] = &[
    channel("organic", 0.35, 0, 1.0, 1.0),
    channel("search_ads", 0.25, 1_800, 1.0, 1.1),
    channel("social_ads", 0.20, 1_200, 0.8, 1.5),
    channel("referral", 0.10, 1_000, 1.2, 0.7),
    channel("partner", 0.10, 900, 1.0, 0.9),
];

/// The same ways without any difference between their customers.
pub const EVEN_CHANNELS: &[Channel] =
    &[channel("organic", 0.5, 0, 1.0, 1.0), channel("search_ads", 0.5, 1_800, 1.0, 1.0)];

/// A customer at the moment of entering.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) customer: u32,
    pub(crate) dice: Dice,
    pub(crate) entered_day: i32,
    /// How much of that day was over.
    pub(crate) entered_share: f64,
    pub(crate) place: &'static Place,
    pub(crate) channel: &'static Channel,
    pub(crate) currency: Currency,
    /// Units of the customer's currency for one of the business's.
    pub(crate) rate_of_exchange: f64,
    pub(crate) satisfaction: Satisfaction,
    consent: [bool; 2],
}

impl Person {
    pub(crate) fn draw(
        settings: &Settings,
        channels: &'static [Channel],
        model: &SatisfactionModel,
        customer: u32,
    ) -> (Person, Draws) {
        let dice = Dice::new(settings.seed, customer);
        let mut draws = dice.draws(0, purpose::PERSON, 0);
        let entered = draws.unit() * f64::from(settings.days);
        let place = &PLACES[draws.pick(PLACES.iter().map(|place| place.share))];
        let channel = &channels[draws.pick(channels.iter().map(|channel| channel.share))];
        let other = settings.other_currency.filter(|other| draws.chance(other.share));
        let consent = [draws.chance(0.7), draws.chance(0.25)];
        let satisfaction = Satisfaction::draw(model, &mut draws);
        let person = Person {
            customer,
            dice,
            entered_day: (entered as i32).min(settings.days as i32 - 1),
            entered_share: entered.fract(),
            place,
            channel,
            currency: other.map_or(settings.currency, |other| other.currency),
            rate_of_exchange: other.map_or(1.0, |other| other.rate) * scale(settings, other.map(|o| o.currency)),
            satisfaction,
            consent,
        };
        // What follows is the business's own: it draws from a row that does not shift when the above changes.
        (person, dice.draws(0, purpose::PERSON, 1))
    }

    pub(crate) fn profile(&self) -> What {
        What::Profile(Profile {
            country: self.place.country,
            language: self.place.language,
            time_zone: self.place.time_zone,
            channel: self.channel.name,
            consent_email: self.consent[0],
            consent_sms: self.consent[1],
        })
    }

    /// Minor units of the business's currency with two digits, in minor units of the customer's.
    pub(crate) fn minor(&self, cents: f64) -> i64 {
        (cents * self.rate_of_exchange).round() as i64
    }

    pub(crate) fn cost(&self, kind: &'static str, cents: i64) -> What {
        let channel = (kind == "acquire").then_some(self.channel.name);
        What::Cost(Cost { kind, amount: self.minor(cents as f64), currency: self.currency, channel })
    }
}

/// Models speak in hundredths; a currency without them, or with thousandths, has other minor units.
fn scale(settings: &Settings, other: Option<Currency>) -> f64 {
    let digits = other.unwrap_or(settings.currency).minor_digits();
    10f64.powi(digits as i32 - 2)
}

/// Facts of a day as they are told, with the numbers of what was told before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diary {
    counts: [u32; 10],
}

impl Diary {
    /// The number the next fact of this kind will have.
    pub(crate) fn next(&self, what: &What) -> u32 {
        self.counts[crate::table::table_of(what) as usize]
    }

    /// Adds a fact and returns its number.
    pub(crate) fn tell(&mut self, out: &mut Vec<Fact>, customer: u32, at: Instant, what: What) -> u32 {
        let count = &mut self.counts[crate::table::table_of(&what) as usize];
        let number = *count;
        *count += 1;
        out.push(Fact { customer, at, number, what });
        number
    }
}

/// The effects of actions on one person, and those at work.
#[derive(Debug, Clone)]
pub(crate) struct Effects {
    pub(crate) all: Vec<Effect>,
    /// By action of the model: the first day without it.
    until: Vec<i32>,
}

impl Effects {
    pub(crate) fn draw(models: &[ActionModel], dice: Dice, likely: impl Fn(&ActionModel) -> bool) -> Effects {
        let one = |(nth, model)| Effect::draw(model, likely(model), &mut dice.draws(0, purpose::EFFECTS, nth));
        Effects { all: (0..).zip(models).map(one).collect(), until: vec![i32::MIN; models.len()] }
    }

    /// An action is taken on a day; taken again, it lasts longer and is not stronger.
    pub(crate) fn start(&mut self, nth: usize, day: i32, days: i32) {
        self.until[nth] = self.until[nth].max(day + days);
    }

    fn working(&self, day: i32) -> impl Iterator<Item = usize> + '_ {
        (0..self.all.len()).filter(move |nth| day < self.until[*nth])
    }

    /// Factors on rate and hazard on a day.
    pub(crate) fn factors(&self, day: i32) -> (f64, f64) {
        self.working(day).fold((1.0, 1.0), |(rate, hazard), nth| {
            (rate * self.all[nth].rate_factor, hazard * self.all[nth].hazard_factor)
        })
    }

    /// The largest share taken off the price on a day.
    pub(crate) fn off(&self, day: i32, models: &[ActionModel]) -> f64 {
        self.working(day).map(|nth| models[nth].off).fold(0.0, f64::max)
    }
}

/// The place of an action in a model that knows it.
pub(crate) fn known(models: &[ActionModel], action: Action) -> Option<usize> {
    models.iter().position(|model| model.action == action)
}

/// A run of days on which rate, hazard and satisfaction were the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// The first day, counted from the first of the business.
    pub from_day: i32,
    /// The first day after it.
    pub to_day: i32,
    /// Purchases (or sessions) a day, without the season.
    pub rate: f64,
    /// Hazard of leaving a day.
    pub hazard: f64,
    /// Satisfaction.
    pub satisfaction: f64,
}

/// Extends the last run by a day, or starts another.
pub(crate) fn extend(runs: &mut Vec<Run>, day: i32, rate: f64, hazard: f64, satisfaction: f64) {
    match runs.last_mut() {
        Some(run) if run.to_day == day && (run.rate, run.hazard, run.satisfaction) == (rate, hazard, satisfaction) => {
            run.to_day = day + 1;
        }
        _ => runs.push(Run { from_day: day, to_day: day + 1, rate, hazard, satisfaction }),
    }
}

/// The instant of a share of a day, on the clock of people or, for exact models, on a steady one.
pub(crate) fn instant(clock: &Clock, day: i32, share: f64, awake: bool) -> Instant {
    clock.at(day, if awake { waking(share) } else { share })
}
