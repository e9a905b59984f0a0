//! A shop and a subscription business with known truth: people who do not exist, whose every rate, hazard and answer to
//! an action is written beside what a business would see of them.
//!
//! For demonstrations, tests and proof: what a model estimates can be held against what is so. Not for claims about real
//! customers. `docs/simulate.md` has the model, its sources and every file. No I/O, no clock, no other chance than the seed.
//!
//! ```
//! use simulator::{Action, Settings, ShopModel, shop};
//! let settings = Settings::new(100, 7, "Europe/Helsinki".parse()?, "EUR".parse()?);
//! let business = shop(settings, ShopModel::gifts())?;
//! let mut told = business.life(3).expect("there are 100");
//! told.live_until("2023-05-01".parse()?);
//! let mut left_alone = told.clone();
//! let with = told.step(Some(Action::Reminder)).len(); // the same day with and without a message
//! let without = left_alone.step(None).len();
//! assert!(with > without); // what the message cost is a fact, too
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod business;
mod clock;
mod effect;
mod fact;
mod life;
mod person;
mod random;
mod saas;
mod satisfaction;
mod settings;
mod shop;
mod survey;
mod table;
mod truth;

pub use business::{Business, Part, Sink, saas, shop};
pub use clock::{Sale, Season};
pub use effect::{Action, ActionModel, Effect, UpliftClass};
pub use fact::{Change, Cost, Event, Fact, Invoice, Line, Order, Profile, Refund, Response, Ticket, What};
pub use life::Life;
pub use person::{Channel, Run};
pub use saas::model::SaasModel;
pub use satisfaction::{SatisfactionModel, Shocks};
pub use settings::{OtherCurrency, Settings, SettingsError};
pub use shop::model::{GammaGamma, ShopModel};
pub use table::{Table, Written};
pub use truth::{CustomerTruth, EffectTruth, Planted};
