//! Concentration: how much of the revenue hangs on how few customers.

use history::Snapshot;
use models::concentration::{Concentration, LorenzPoint};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date};

use crate::buyers::buyers;
use crate::money::{Excluded, Spend};
use crate::order_counts::OrdersAsk;
use crate::scope::Horizon;
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "concentration",
    title: "Revenue concentration",
    question: "How much of our revenue hangs on how few customers?",
    formula: "revenue of the top x % of customers / revenue; Gini = Σ (2i − n − 1)·xᵢ / (n·Σx), amounts rising",
    source: "Lorenz (1905); Gini (1912), in the form of Dorfman, Review of Economics and Statistics 61 (1979)",
    unit: Unit::Index,
    example: "Four customers spent 1, 2, 3 and 4: the top 25 % bring 4 of 10, the Gini coefficient is 0.25.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConcentrationAsk {
    /// The orders.
    #[serde(flatten)]
    pub orders: OrdersAsk,
    /// Gross or net of refunds.
    pub spend: Spend,
}

/// What the largest customers bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopShare {
    /// The top so many per cent of customers.
    pub percent: u32,
    /// That is so many customers, rounded up.
    pub customers: u64,
    /// What they spent, in minor units.
    pub spend_minor: i64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RevenueConcentration {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// Gross or net.
    pub spend: Spend,
    /// Customers with an order.
    pub customers: u64,
    /// What they spent together, in minor units. Customers who got back more than they paid count as zero.
    pub spend_minor: i64,
    /// The top 1, 5, 10, 20 and 50 per cent.
    pub top: Vec<TopShare>,
    /// How few customers bring half of it.
    pub customers_for_half: u64,
    /// 0: all spend the same; towards 1: one spends it all. Nothing without any spend.
    pub gini: Option<f64>,
    /// The Lorenz curve in up to 100 steps.
    pub lorenz: Vec<LorenzPoint>,
    /// Orders and refunds left out of the sums of money.
    pub excluded: Excluded,
}

/// The percentages of [`RevenueConcentration::top`].
pub const TOP_PERCENTS: [u32; 5] = [1, 5, 10, 20, 50];

/// How unevenly revenue is spread over the customers who ordered.
///
/// ```text
/// top-x share = Σ of the largest ⌈n·x⌉ / Σ        G = Σᵢ (2i − n − 1)·xᵢ / (n·Σx), x rising
/// ```
pub async fn concentration(snapshot: &Snapshot, ask: &ConcentrationAsk) -> Result<RevenueConcentration, MetricError> {
    let (amounts, horizon, excluded) = amounts(snapshot, ask).await?;
    let spread = Concentration::new(amounts.into_iter().map(|(_, amount)| amount).collect());
    let minor = |sum: i128| i64::try_from(sum).unwrap_or(i64::MAX);
    let top = TOP_PERCENTS.map(|percent| {
        let customers = spread.count_of_share(f64::from(percent) / 100.0);
        TopShare { percent, customers: customers as u64, spend_minor: minor(spread.top(customers)) }
    });
    Ok(RevenueConcentration {
        as_of: horizon.as_of,
        currency: snapshot.currency(),
        spend: ask.spend,
        customers: spread.count() as u64,
        spend_minor: minor(spread.total()),
        top: top.to_vec(),
        customers_for_half: if spread.total() == 0 { 0 } else { spread.count_to_reach(0.5) as u64 },
        gini: spread.gini(),
        lorenz: spread.lorenz(100),
        excluded,
    })
}

/// What each customer spent.
pub(crate) async fn amounts(
    snapshot: &Snapshot,
    ask: &ConcentrationAsk,
) -> Result<(Vec<(u32, i64)>, Horizon, Excluded), MetricError> {
    let mut scope = ask.orders.scope.clone();
    let end = ask.orders.period.map(|period| period.end);
    scope.as_of = scope.as_of.into_iter().chain(end).min();
    let horizon = Horizon::of(snapshot, scope.as_of);
    let from = ask.orders.period.map(|period| period.start.0);
    let buyers = buyers(snapshot, &scope, &horizon, from, ask.spend).await?;
    let amounts = buyers.list.iter().map(|buyer| (buyer.customer, buyer.spend(ask.spend))).collect();
    Ok((amounts, horizon, buyers.excluded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, orders, period};

    fn check(
        lines: &str,
        ask: ConcentrationAsk,
        customers: u64,
        spend: i64,
        gini: Option<f64>,
    ) -> RevenueConcentration {
        let found = answer(concentration(&orders(lines), &ask)).unwrap();
        assert_eq!((found.customers, found.spend_minor), (customers, spend), "{lines}");
        // One division of whole numbers.
        let near = |a: Option<f64>, b: Option<f64>| a.zip(b).map_or(a == b, |(a, b)| (a - b).abs() < 1e-15);
        assert!(near(found.gini, gini), "{lines}: {:?}", found.gini);
        found
    }

    #[test]
    fn worked_example() {
        let shop = "ana 2024-01-01 1\nben 2024-01-02 2\ncem 2024-01-03 3\ndia 2024-01-04 1\ndia 2024-02-04 3\n\
                    dia 2024-02-05 refund 3";
        let found = check(shop, ConcentrationAsk::default(), 4, 1000, Some(0.25));
        assert_eq!(found.top[3], TopShare { percent: 20, customers: 1, spend_minor: 400 });
        assert_eq!(found.customers_for_half, 2);
        let net = ConcentrationAsk { spend: Spend::Net, ..Default::default() };
        check(shop, net, 4, 700, Some(0.25)); // 1, 1, 2, 3: (−3 −1 +2 +9) / (4·7) = 7/28
        let january = OrdersAsk { period: Some(period("2024-01")), ..Default::default() };
        check(shop, ConcentrationAsk { orders: january, ..Default::default() }, 4, 700, Some(0.25));
    }

    #[test]
    fn nobody_and_nothing() {
        check("", ConcentrationAsk::default(), 0, 0, None);
        let found = check(
            "ana 2024-01-01 5 currency=USD\nben 2024-01-01 0\nben 2024-01-02 0",
            ConcentrationAsk::default(),
            2,
            0,
            None,
        );
        assert_eq!((found.excluded.currency, found.lorenz.len()), (1, 0));
    }
}
