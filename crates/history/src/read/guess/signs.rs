//! Words and signs in the cells: statuses of orders, kinds of rows, currencies.

use super::Sheet;
use super::names::words_of;

/// How statuses begin of orders that came to nothing, in the words of shops and of their languages.
const CAME_TO_NOTHING: &[&str] = &[
    "cancel",
    "void",
    "declin",
    "processor declined",
    "gateway rejected",
    "reject",
    "fail",
    "expire",
    "abandon",
    "draft",
    "checkout draft",
    "quotation",
    "no show",
    "noshow",
    "unpaid",
    "not paid",
    "denied",
    "lost",
    "authorization expired",
    "refuse",
    "fraud",
    "suspected fraud",
    "pending payment",
    "payment pending",
    "payment error",
    "payment failed",
    "payment declined",
    "payment denied",
    "payment expired",
    "awaiting payment",
    "waiting for payment",
    "awaiting check payment",
    "awaiting bank wire",
    "stornier",
    "abgebrochen",
    "abgelehnt",
    "fehlgeschlagen",
    "nicht bezahlt",
    "unbezahlt",
    "entwurf",
    "zahlung ausstehend",
    "zahlung offen",
    "zahlungsfehler",
    "zahlung abgelehnt",
    "wartet auf zahlung",
    "warten auf zahlung",
    "warte auf zahlung",
    "annul",
    "erreur de paiement",
    "erreur paiement",
    "paiement refuse",
    "paiement echoue",
    "paiement en attente",
    "en attente de paiement",
    "en attente du paiement",
    "en attente de virement",
    "en attente de cheque",
    "non paye",
    "impaye",
    "echoue",
    "echec",
    "brouillon",
    "anulad",
    "pendiente de pago",
    "pago pendiente",
    "pago fallido",
    "pago rechazado",
    "error de pago",
    "error en pago",
    "error en el pago",
    "en espera de pago",
    "esperando pago",
    "en espera del pago",
    "fallid",
    "rechazad",
    "caducad",
    "no pagad",
    "borrador",
    "in attesa di pagamento",
    "in attesa del pagamento",
    "in attesa di bonifico",
    "errore di pagamento",
    "errore pagamento",
    "errore nel pagamento",
    "pagamento fallito",
    "pagamento rifiutato",
    "pagamento non riuscito",
    "fallit",
    "rifiutat",
    "scadut",
    "non pagat",
    "bozza",
    "aguardando pagamento",
    "pagamento pendente",
    "pagamento recusado",
    "recusad",
    "falhou",
    "nao pago",
    "expirad",
    "peru",
    "hylat",
    "odottaa maksua",
    "maksu odottaa",
    "maksuvirhe",
    "maksu epaonnistui",
    "epaonnistu",
    "maksamat",
    "vanhentunut",
    "keskeyt",
    "luonnos",
    "avbestall",
    "vantar pa betalning",
    "invantar betalning",
    "avvaktar betalning",
    "betalning misslyckades",
    "misslycka",
    "nekad",
    "avbrut",
    "obetald",
    "makulera",
    "utkast",
    "wacht op betaling",
    "in afwachting van betaling",
    "geannuleerd",
    "mislukt",
    "geweigerd",
    "verlopen",
    "交易关闭",
    "已取消",
    "取消",
    "关闭",
    "待付款",
    "等待付款",
    "等待买家付款",
    "未付款",
    "付款失败",
    "キャンセル",
    "已關閉",
    "payment review",
    "paiement annule",
    "zahlung fehl",
    "unavailable",
];

/// How statuses begin of orders whose money went back, and kinds of rows that are returns.
const WENT_BACK: &[&str] = &[
    "refund",
    "fully refunded",
    "return",
    "chargeback",
    "charged back",
    "erstatt",
    "ruckerstatt",
    "zuruckerstatt",
    "ruckzahlung",
    "retour",
    "zuruckgegeben",
    "rembours",
    "reembols",
    "devuelt",
    "devolucion",
    "rimbors",
    "restituit",
    "hyvit",
    "palaut",
    "aterbetal",
    "kreditera",
    "terugbetaal",
    "gutschrift",
    "avoir",
    "退款",
    "已退款",
    "退货",
];

/// How statuses begin of orders that were sold.
const SOLD: &[&str] = &[
    "paid",
    "complet",
    "ship",
    "deliver",
    "process",
    "pending",
    "open",
    "closed",
    "fulfil",
    "partly",
    "confirm",
    "succe",
    "on hold",
    "authori",
    "captured",
    "active",
    "received",
    "placed",
    "dispatch",
    "sent",
    "in transit",
    "out for delivery",
    "ready",
    "picked",
    "collected",
    "booked",
    "awaiting",
    "backorder",
    "on backorder",
    "preorder",
    "pre order",
    "payment accepted",
    "payment received",
    "remote payment accepted",
    "overpaid",
    "finished",
    "done",
    "sales order",
    "bezahlt",
    "komplett",
    "vollstandig",
    "teilweise",
    "abgeschlossen",
    "versendet",
    "verschickt",
    "versand",
    "geliefert",
    "zugestellt",
    "ausgeliefert",
    "in bearbeitung",
    "in vorbereitung",
    "offen",
    "bestatigt",
    "erledigt",
    "bereit",
    "aktiv",
    "zahlung erhalten",
    "zahlung eingegangen",
    "zahlung autorisiert",
    "verbucht",
    "paiement accepte",
    "paiement a distance accepte",
    "paiement recu",
    "en cours",
    "traitement",
    "termine",
    "valide",
    "paye",
    "envoye",
    "prete",
    "pagad",
    "enviad",
    "entregad",
    "procesando",
    "en proceso",
    "en preparacion",
    "aceptad",
    "en espera",
    "cobrad",
    "pagat",
    "spedit",
    "consegnat",
    "in elaborazione",
    "elaborazione",
    "in lavorazione",
    "in preparazione",
    "confermat",
    "accettat",
    "evas",
    "pagamento accettato",
    "pagamento ricevuto",
    "pago",
    "concluid",
    "em processamento",
    "em separacao",
    "aprovad",
    "betaald",
    "verzonden",
    "afgerond",
    "voltooid",
    "in behandeling",
    "geleverd",
    "toimitettu",
    "maksettu",
    "maksu hyvaksytty",
    "kasittely",
    "kasitell",
    "valmis",
    "lahetetty",
    "vahvistettu",
    "avoin",
    "noudettu",
    "suoritettu",
    "skickad",
    "betald",
    "betalning mottagen",
    "betalning accepterad",
    "behandl",
    "under behandling",
    "slutford",
    "bekrafta",
    "avslutad",
    "delvis",
    "交易成功",
    "已完成",
    "完成",
    "已发货",
    "已付款",
    "已支付",
    "待发货",
    "已收货",
    "已签收",
    "成功",
    "買家已付款",
    "已出貨",
    "approv",
    "invoic",
    "settl",
    "accept",
    "partial",
    "livr",
    "exped",
    "prepar",
    "leverera",
    "已發貨",
    "完了",
];

/// The same, of words that begin others (`New York` is no status).
const SOLD_ALONE: [&str; 9] = ["new", "neu", "ny", "nuevo", "nuovo", "uusi", "sale", "klar", "manual"];

/// Kinds of rows that give money back, beside those above.
const CREDITS: [&str; 8] =
    ["credit", "credit note", "credit memo", "creditnote", "reversal", "storno", "nota de credito", "nota di credito"];

/// A status in plain words. WooCommerce's data base writes `wc-pending`.
fn plain(value: &str) -> String {
    let words = words_of(value);
    words.strip_prefix("wc ").map(str::to_owned).unwrap_or(words)
}

/// Whether a status begins like one of a list.
pub fn begins(value: &str, starts: &[&str]) -> bool {
    let words = plain(value);
    starts.iter().any(|start| words.starts_with(start))
}

/// Whether a status is this and nothing more.
pub fn is(value: &str, word: &str) -> bool {
    plain(value) == word
}

/// Whether a status says that nothing was bought.
pub fn came_to_nothing(value: &str) -> bool {
    begins(value, CAME_TO_NOTHING)
}

/// Whether a status says that something was bought and kept.
pub fn sold(value: &str) -> bool {
    !came_to_nothing(value)
        && !went_back(value)
        && (begins(value, SOLD) || SOLD_ALONE.contains(&words_of(value).as_str()))
}

/// The values of a column that `known` does not know, each with its share of the rows looked at, the commonest first.
pub fn unknown(sheet: &Sheet<'_>, at: usize, known: impl Fn(&str) -> bool) -> Vec<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for row in 0..sheet.rows.len() {
        let (value, full) = (sheet.value(row, at), counts.len() >= 200);
        match counts.iter_mut().find(|(other, _)| other == value) {
            Some((_, count)) => *count += 1,
            None if value.is_empty() || full || known(value) => {}
            None => counts.push((value.to_owned(), 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let share = |count: usize| 100.0 * count as f64 / sheet.rows.len().max(1) as f64;
    counts.into_iter().take(12).map(|(value, count)| format!("'{value}' ({:.1} %)", share(count))).collect()
}

/// Whether a status says that all money went back.
pub fn went_back(value: &str) -> bool {
    begins(value, WENT_BACK)
}

/// Whether a status says that some of the money went back.
pub fn partly_back(value: &str) -> bool {
    let words = words_of(value);
    ["partial", "teilweise", "partiel", "parcial", "parzial", "osittain"].iter().any(|start| words.starts_with(start))
        && words.split(' ').any(|word| begins(word, WENT_BACK))
}

/// Whether a kind of row gives money back.
pub fn gives_back(value: &str) -> bool {
    went_back(value) || CREDITS.contains(&words_of(value).as_str())
}

/// Whether a kind of payment is one that gives money back, as in `Payment Refund`.
pub fn mentions_return(value: &str) -> bool {
    gives_back(value) || words_of(value).split(' ').any(gives_back)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A status in two lists would be read by whichever is asked first; one that another begins says nothing.
    #[test]
    fn every_status_stands_in_one_list_and_once() {
        let all: Vec<(&str, &str)> = [("nothing", CAME_TO_NOTHING), ("back", WENT_BACK), ("sold", SOLD)]
            .into_iter()
            .chain([("alone", &SOLD_ALONE[..]), ("credit", &CREDITS[..])])
            .flat_map(|(name, list)| list.iter().map(move |word| (name, *word)))
            .collect();
        for (at, (list, word)) in all.iter().enumerate() {
            let again = all.iter().enumerate().find(|(other, (_, text))| *other != at && text == word);
            assert!(again.is_none(), "{word} of {list} stands in {again:?} too");
            let begun = all.iter().find(|(other, start)| other == list && start != word && word.starts_with(start));
            let alone = matches!(*list, "alone" | "credit");
            assert!(alone || begun.is_none(), "{word} of {list} is begun by {begun:?}");
        }
        let dead = SOLD.iter().find(|word| begins(word, CAME_TO_NOTHING) || begins(word, WENT_BACK));
        assert_eq!(dead, None, "never reached");
    }

    #[test]
    fn statuses_of_shops_are_understood() {
        for status in ["Erreur de paiement", "pending_payment", "wc-cancelled", "payment_review", "Storniert", "待付款"]
        {
            assert!(came_to_nothing(status) && !sold(status), "{status}");
        }
        for status in ["wc-pending", "Livré", "Partially Shipped", "Payé", "new", "Bezahlt", "Awaiting Fulfillment"] {
            assert!(sold(status), "{status}");
        }
        for status in ["Refunded", "Retoure", "Remboursé", "已退款"] {
            assert!(went_back(status) && !sold(status), "{status}");
        }
        assert!(!sold("New York"), "a place");
    }
}
