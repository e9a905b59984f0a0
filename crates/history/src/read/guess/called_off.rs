//! Statuses that end an order for good.

use super::names::words_of;

/// How such statuses begin, in the words of shops and of their languages. One that may still be paid is none of them: an
/// older export that is imported late would take back what was paid meanwhile.
const CALLED_OFF: [&str; 19] = [
    "cancel",
    "void",
    "trash",
    "deleted",
    "stornier",
    "storno",
    "annul",
    "anulad",
    "geannuleerd",
    "peru",
    "avbestall",
    "makulera",
    "kanseller",
    "anulowan",
    "交易关闭",
    "交易關閉",
    "已取消",
    "取消",
    "已關閉",
];

/// Whether a status says that the order was called off.
pub fn called_off(status: &str) -> bool {
    let words = words_of(status);
    // WooCommerce puts its letters before the words of its database.
    let words = words.strip_prefix("wc ").unwrap_or(&words);
    CALLED_OFF.iter().any(|start| words.starts_with(start) || status.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_may_still_be_paid_is_not_called_off() {
        let cases = [
            ("Cancelled", true),
            ("cancelled by customer", true),
            ("Voided", true),
            ("Storniert", true),
            ("Annulée", true),
            ("Peruttu", true),
            ("已取消", true),
            ("wc-cancelled", true),
            ("pending payment", false),
            ("failed", false),
            ("draft", false),
            ("on hold", false),
            ("", false),
        ];
        for (status, off) in cases {
            assert_eq!(called_off(status), off, "{status}");
        }
    }
}
