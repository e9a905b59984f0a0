//! Words and signs in the cells: statuses of orders, kinds of rows, currencies.

use super::Sheet;
use super::names::words_of;

/// How statuses begin of orders that came to nothing.
const CAME_TO_NOTHING: [&str; 60] = [
    "cancel",
    "canceled",
    "void",
    "declin",
    "processor declined",
    "gateway rejected",
    "reject",
    "fail",
    "expire",
    "abandon",
    "draft",
    "quotation",
    "no show",
    "noshow",
    "unpaid",
    "pending payment",
    "payment pending",
    "payment review",
    "payment error",
    "awaiting payment",
    "waiting for payment",
    "erreur de paiement",
    "en attente de paiement",
    "en attente du paiement",
    "paiement refuse",
    "paiement annule",
    "non paye",
    "impaye",
    "refuse",
    "fehlgeschlagen",
    "zahlung fehl",
    "zahlung ausstehend",
    "zahlung offen",
    "warten auf zahlung",
    "abgelehnt",
    "unbezahlt",
    "pendiente de pago",
    "pago pendiente",
    "pago rechazado",
    "rechazad",
    "in attesa di pagamento",
    "rifiutat",
    "odottaa maksua",
    "vantar pa betalning",
    "denied",
    "lost",
    "stornier",
    "abgebrochen",
    "annul",
    "cancelad",
    "peru",
    "hylat",
    "avbestall",
    "authorization expired",
    "交易关闭",
    "已取消",
    "取消",
    "关闭",
    "キャンセル",
    "已關閉",
];

/// How statuses begin of orders whose money went back, and kinds of rows that are returns.
const WENT_BACK: [&str; 20] = [
    "refund",
    "fully refunded",
    "return",
    "chargeback",
    "charged back",
    "erstatt",
    "retour",
    "zuruckgegeben",
    "rembours",
    "reembols",
    "devuelt",
    "rimbors",
    "hyvit",
    "palaut",
    "aterbetal",
    "gutschrift",
    "avoir",
    "退款",
    "已退款",
    "退货",
];

/// Kinds of rows that give money back, beside those above.
const CREDITS: [&str; 8] =
    ["credit", "credit note", "credit memo", "creditnote", "reversal", "storno", "nota de credito", "nota di credito"];

fn begins(value: &str, starts: &[&str]) -> bool {
    let words = words_of(value);
    starts.iter().any(|start| words.starts_with(start))
}

/// Whether a status says that nothing was bought.
pub fn came_to_nothing(value: &str) -> bool {
    begins(value, &CAME_TO_NOTHING)
}

/// Whether a status says, in one of several languages, that an order stands.
pub fn is_sold(value: &str) -> bool {
    const SOLD: [&str; 58] = [
        "paid",
        "pay",
        "complet",
        "ship",
        "deliver",
        "process",
        "pending",
        "open",
        "closed",
        "fulfil",
        "success",
        "succe",
        "active",
        "confirm",
        "approv",
        "invoic",
        "settl",
        "new",
        "sale",
        "done",
        "sent",
        "dispatch",
        "picked",
        "ready",
        "accept",
        "received",
        "on hold",
        "partial",
        "bezahlt",
        "versand",
        "versendet",
        "abgeschlossen",
        "geliefert",
        "in bearbeitung",
        "erledigt",
        "livr",
        "exped",
        "prepar",
        "termine",
        "en cours",
        "enviad",
        "entregad",
        "pagad",
        "pagat",
        "spedit",
        "consegnat",
        "maksettu",
        "toimitettu",
        "valmis",
        "kasittely",
        "betald",
        "leverera",
        "skickad",
        "已付款",
        "已完成",
        "已发货",
        "已發貨",
        "完了",
    ];
    begins(value, &SOLD)
}

/// Whether a status says that all money went back.
pub fn went_back(value: &str) -> bool {
    begins(value, &WENT_BACK)
}

/// Whether a status says that some of the money went back.
pub fn partly_back(value: &str) -> bool {
    let words = words_of(value);
    ["partial", "teilweise", "partiel", "parcial", "parzial", "osittain"].iter().any(|start| words.starts_with(start))
        && words.split(' ').any(|word| begins(word, &WENT_BACK))
}

/// Whether a kind of row gives money back.
pub fn gives_back(value: &str) -> bool {
    went_back(value) || CREDITS.contains(&words_of(value).as_str())
}

/// The different values of a column, in the order they come.
pub fn values(sheet: &Sheet<'_>, at: usize) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for row in 0..sheet.rows.len() {
        let value = sheet.value(row, at);
        if !value.is_empty() && !seen.iter().any(|other| other == value) && seen.len() < 200 {
            seen.push(value.to_owned());
        }
    }
    seen
}

/// The currency of a sign that stands for one currency alone: a dollar may be any of twenty.
pub fn currency_of_sign(text: &str) -> Option<String> {
    const SIGNS: [(char, &str); 7] =
        [('€', "EUR"), ('£', "GBP"), ('₹', "INR"), ('₩', "KRW"), ('₺', "TRY"), ('₽', "RUB"), ('元', "CNY")];
    SIGNS.iter().find(|(sign, _)| text.contains(*sign)).map(|(_, code)| (*code).to_owned())
}

/// The currency of the signs beside numbers in the cells.
pub fn currency_in_cells(rows: &[Vec<String>]) -> Option<String> {
    let short =
        rows.iter().take(50).flatten().filter(|cell| cell.len() <= 20 && cell.bytes().any(|b| b.is_ascii_digit()));
    let mut found = short.filter_map(|cell| currency_of_sign(cell));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}
