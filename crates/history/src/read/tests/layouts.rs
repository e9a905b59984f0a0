//! Layouts that presets and the guesser should understand.

use super::*;

/// Reads a text and shows its facts, one a line.
fn facts(name: &str, text: &str, wish: &Wish) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let (inspection, kept, _) = read_file(&path, wish);
    let mut lines = kept.lines();
    lines.extend(kept.rejects().into_iter().map(|r| format!("reject {}: {} {}", r.line, r.code, r.field)));
    if let Origin::Preset(title) = inspection.origin {
        lines.push(format!("preset: {title}"));
    }
    lines
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(facts("file.csv", text, &Wish::default()), expected, "{text}");
}

#[test]
fn plain_orders_in_several_languages() {
    check(
        "order_id,customer_email,created_at,total\n1,A@x.org,2024-01-05,10.50\n2,b@x.org,2024-01-06,7\n",
        &[
            "order_headers: customer_id=a@x.org at=2024-01-05T00:00:00Z source_id=1 order_id=1 amount=1050",
            "order_headers: customer_id=b@x.org at=2024-01-06T00:00:00Z source_id=2 order_id=2 amount=700",
            "profiles: customer_id=a@x.org at=2024-01-05T00:00:00Z email=a@x.org",
            "profiles: customer_id=b@x.org at=2024-01-06T00:00:00Z email=b@x.org",
        ],
    );
    check(
        "Bestellnr;Kundennummer;Bestelldatum;Betrag\n1;K1;31.01.2024;1.234,50\n2;K2;01.02.2024;7,00\n",
        &[
            "order_headers: customer_id=K1 at=2024-01-31T00:00:00Z source_id=1 order_id=1 amount=123450",
            "order_headers: customer_id=K2 at=2024-02-01T00:00:00Z source_id=2 order_id=2 amount=700",
        ],
    );
    check(
        "订单编号,会员ID,下单时间,实付金额\n1,u1,2024-01-31 10:00:00,12.5\n2,u2,2024-02-01 11:00:00,7\n",
        &[
            "order_headers: customer_id=u1 at=2024-01-31T10:00:00Z source_id=1 order_id=1 amount=1250",
            "order_headers: customer_id=u2 at=2024-02-01T11:00:00Z source_id=2 order_id=2 amount=700",
        ],
    );
    check(
        "client,date achat,montant\nc1,31/01/2024,\"12,50\"\nc1,31/01/2024,\"2,50\"\n",
        &[
            "order_lines: customer_id=c1 at=2024-01-31T00:00:00Z order_id=c1@2024-01-31 amount=1250",
            "order_lines: customer_id=c1 at=2024-01-31T00:00:00Z order_id=c1@2024-01-31 amount=250",
        ],
    );
    check(
        "asiakasnumero;tilausnumero;tilauspäivä;tuote;määrä;yksikköhinta\n7;1;1.2.2024;kahvi;2;3,50\n7;1;1.2.2024;tee;1;2,00\n8;2;13.2.2024;tee;-1;2,00\n",
        &[
            "order_lines: customer_id=7 at=2024-02-01T00:00:00Z order_id=1 product=kahvi quantity=2.0 unit_price=350 amount=700",
            "order_lines: customer_id=7 at=2024-02-01T00:00:00Z order_id=1 product=tee quantity=1.0 unit_price=200 amount=200",
            "refunds: customer_id=8 at=2024-02-13T00:00:00Z order_id=2 product=tee quantity=1.0 amount=200",
        ],
    );
}

#[test]
fn layouts_of_public_data_sets() {
    // A date and a time apart, money with signs, a discount in brackets.
    check(
        "Date,Time,Gross Sales,Discounts,Net Sales,Transaction ID,Customer ID\n01/13/2024,10:15:00,$12.00,$0.00,\"$1,012.00\",t1,C1\n01/14/2024,11:15:00,$12.00,($2.00),$10.00,t2,C2\n",
        &[
            "order_headers: customer_id=C1 at=2024-01-13T10:15:00Z source_id=t1 order_id=t1 amount=101200 discount=0 gross_sales=12.0",
            "order_headers: customer_id=C2 at=2024-01-14T11:15:00Z source_id=t2 order_id=t2 amount=1000 discount=200 gross_sales=12.0",
        ],
    );
    // A state of the USA is no status, a discount between 0 and 1 is no money.
    check(
        "Order ID,Order Date,Customer ID,State,Product ID,Category,Sales,Quantity,Discount\nO1,11/28/2016,C1,Kentucky,P1,Chairs,261.96,2,0\nO1,11/28/2016,C1,Kentucky,P2,Tables,731.94,3,0.2\n",
        &[
            "order_lines: customer_id=C1 at=2016-11-28T00:00:00Z order_id=O1 product=P1 category=Chairs quantity=2.0 amount=26196 discount_given=0.0 state=Kentucky",
            "order_lines: customer_id=C1 at=2016-11-28T00:00:00Z order_id=O1 product=P2 category=Tables quantity=3.0 amount=73194 discount_given=0.2 state=Kentucky",
        ],
    );
    // Purchases among events are orders as well.
    check(
        "event_time,event_type,product_id,price,user_id\n2019-11-01 00:00:00 UTC,view,7,489.07,u1\n2019-11-01 00:00:01 UTC,purchase,7,489.07,u1\n",
        &[
            "events: customer_id=u1 at=2019-11-01T00:00:00Z name=view price=489.07 product_id=7",
            "events: customer_id=u1 at=2019-11-01T00:00:01Z name=purchase price=489.07 product_id=7",
            "order_lines: customer_id=u1 at=2019-11-01T00:00:01Z order_id=u1@2019-11-01T00:00:01Z product=7 amount=48907",
        ],
    );
    check(
        "member_id;email;joined;cancelled;plan;monthly_fee\n1;a@x.org;2024-01-03;;gold;29,90\n2;b@x.org;2024-02-03;2024-05-01;silver;19,90\n",
        &[
            "profiles: customer_id=1 at=2024-01-03T00:00:00Z email=a@x.org",
            "profiles: customer_id=2 at=2024-02-03T00:00:00Z email=b@x.org",
            "subscription_changes: customer_id=1 at=2024-01-03T00:00:00Z subscription_id=1 kind=start plan=gold mrr_after=2990",
            "subscription_changes: customer_id=2 at=2024-02-03T00:00:00Z subscription_id=2 kind=start plan=silver mrr_after=1990",
            "subscription_changes: customer_id=2 at=2024-05-01T00:00:00Z subscription_id=2 kind=cancel plan=silver mrr_after=0",
        ],
    );
}

#[test]
fn statuses_and_guests() {
    check(
        "id,order_number,customer_id,email,date,total_price,status\n1,1001,55,a@x.org,2024-01-05,10,completed\n2,1002,0,g@x.org,2024-01-06,7,cancelled\n3,1003,0,g@x.org,2024-01-07,8,completed\n",
        &[
            "order_headers: customer_id=55 at=2024-01-05T00:00:00Z source_id=1001 order_id=1001 amount=1000 status=completed id=1",
            "order_headers: customer_id=g@x.org at=2024-01-07T00:00:00Z source_id=1003 order_id=1003 amount=800 status=completed id=3",
            "profiles: customer_id=55 at=2024-01-05T00:00:00Z email=a@x.org",
            "profiles: customer_id=g@x.org at=2024-01-07T00:00:00Z email=g@x.org",
            "reject 3: not_bought status",
        ],
    );
}

#[test]
fn shopify_export_with_empty_cells() {
    check(
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Shipping Country,Refunded Amount\n\
         #1,A@x.org,paid,2024-01-05 10:00:00 +0200,EUR,25.00,5.00,0.00,30.00,,0.00,2024-01-05 10:00:00 +0200,2,Tea,10.00,T,0.00,FI,5.00\n\
         #1,,,,,,,,,,,,1,Cup,5.00,C,0.00,,\n\
         #2,b@x.org,voided,,EUR,5.00,0,0,5.00,,0,2024-01-06 10:00:00 +0200,1,Cup,5.00,C,0.00,FI,0.00\n",
        &[
            "order_headers: customer_id=a@x.org at=2024-01-05T08:00:00Z source_id=#1 order_id=#1 amount=2500 discount=0 tax=0 shipping=500 currency=EUR country=FI status=paid",
            "order_lines: customer_id=a@x.org at=2024-01-05T08:00:00Z order_id=#1 product=C product_name=Cup quantity=1.0 unit_price=500 amount=500 discount=0 currency=EUR country=FI",
            "order_lines: customer_id=a@x.org at=2024-01-05T08:00:00Z order_id=#1 product=T product_name=Tea quantity=2.0 unit_price=1000 amount=2000 discount=0 currency=EUR country=FI",
            "profiles: customer_id=a@x.org at=2024-01-05T08:00:00Z email=a@x.org country=FI",
            "refunds: customer_id=a@x.org at=2024-01-05T08:00:00Z order_id=#1 amount=500 currency=EUR",
            "reject 4: not_bought Financial Status",
            "preset: Shopify orders (CSV of the admin)",
        ],
    );
}

#[test]
fn stripe_dashboard_subscriptions() {
    check(
        "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start Date (UTC),Canceled At (UTC),Ended At (UTC)\n\
         sub_1,cus_1,a@x.org,gold,2,eur,year,120.00,canceled,2024-01-05 10:00,2024-01-05 10:00,2024-03-01 09:00,2024-04-01 00:00\n",
        &[
            "profiles: customer_id=cus_1 at=2024-01-05T10:00:00Z email=a@x.org",
            "subscription_changes: customer_id=cus_1 at=2024-01-05T10:00:00Z source_id=start:sub_1 subscription_id=sub_1 kind=start plan=gold interval=year mrr_after=2000 currency=EUR status=canceled",
            "subscription_changes: customer_id=cus_1 at=2024-03-01T09:00:00Z source_id=cancel:sub_1 subscription_id=sub_1 kind=cancel plan=gold interval=year currency=EUR",
            "subscription_changes: customer_id=cus_1 at=2024-04-01T00:00:00Z source_id=end:sub_1 subscription_id=sub_1 kind=end plan=gold interval=year mrr_after=0 currency=EUR",
            "preset: Stripe subscriptions (CSV of the dashboard)",
        ],
    );
}

#[test]
fn stripe_objects() {
    let Some(path) = data("fixtures/stripe/objects/fixtures3.json") else { return };
    let all: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let list = |kind: &str| {
        serde_json::json!({"object": "list", "has_more": false, "data": [all["resources"][kind]]}).to_string()
    };
    let subscription = facts("list.json", &list("subscription"), &Wish::default());
    assert!(
        subscription[2].contains("kind=start plan=prod_QXg1hqf4jFNsqG interval=month mrr_after=2000 currency=USD"),
        "{subscription:#?}"
    );
    assert_eq!(subscription.last().unwrap(), "preset: Stripe subscriptions (API)");
    assert_eq!(facts("list.json", &list("invoice"), &Wish::default()).last().unwrap(), "preset: Stripe invoices (API)");
    assert_eq!(
        facts("list.json", &list("customer"), &Wish::default()).last().unwrap(),
        "preset: Stripe customers (API)"
    );
}

#[test]
fn plain_subscriptions_and_changes() {
    check(
        "subscription_id,customer_id,plan,start_date,end_date,price,billing_period\ns1,c1,pro,2024-01-01,,120,annual\ns2,c2,basic,2024-01-02,2024-03-02,10,monthly\n",
        &[
            "subscription_changes: customer_id=c1 at=2024-01-01T00:00:00Z subscription_id=s1 kind=start plan=pro interval=year mrr_after=1000",
            "subscription_changes: customer_id=c2 at=2024-01-02T00:00:00Z subscription_id=s2 kind=start plan=basic interval=month mrr_after=1000",
            "subscription_changes: customer_id=c2 at=2024-03-02T00:00:00Z subscription_id=s2 kind=cancel plan=basic interval=month mrr_after=0",
        ],
    );
    check(
        "account_id,date,change,mrr\na,2024-01-01,new,10\na,2024-02-01,upgrade,20\na,2024-03-01,churn,0\n",
        &[
            "subscription_changes: customer_id=a at=2024-01-01T00:00:00Z subscription_id=a kind=start mrr_after=1000",
            "subscription_changes: customer_id=a at=2024-02-01T00:00:00Z subscription_id=a kind=change mrr_after=2000",
            "subscription_changes: customer_id=a at=2024-03-01T00:00:00Z subscription_id=a kind=cancel mrr_after=0",
        ],
    );
}

#[test]
fn events_tickets_answers() {
    check(
        "user_id,event,timestamp,plan\nu1,login,1711843200,pro\nu2,export,1711843260,pro\n",
        &[
            "events: customer_id=u1 at=2024-03-31T00:00:00Z name=login plan=pro",
            "events: customer_id=u2 at=2024-03-31T00:01:00Z name=export plan=pro",
        ],
    );
    check(
        "Ticket ID,Customer ID,Created at,Solved at,Priority\n7,c1,2024-01-05 10:00,2024-01-06 11:00,high\n8,c2,2024-01-05 11:00,,low\n",
        &[
            "tickets: customer_id=c1 at=2024-01-05T10:00:00Z source_id=7 ticket_id=7 resolved_at=2024-01-06T11:00:00Z priority=high",
            "tickets: customer_id=c2 at=2024-01-05T11:00:00Z source_id=8 ticket_id=8 priority=low",
        ],
    );
    check(
        "email,nps_score,comment,submitted_at\na@x.org,9,good,2024-01-05\nb@x.org,3,bad,2024-01-06\n",
        &[
            "responses: customer_id=a@x.org at=2024-01-05T00:00:00Z kind=nps score=9.0 text=good",
            "responses: customer_id=b@x.org at=2024-01-06T00:00:00Z kind=nps score=3.0 text=bad",
        ],
    );
}

#[test]
fn the_same_rows_as_json_excel_and_csv() {
    let rows = [("1", "c1", "2024-01-05", "10.5"), ("2", "c2", "2024-01-06", "7")];
    let csv = rows.iter().fold("order_id,customer_id,date,total\n".to_owned(), |text, (o, c, d, t)| {
        text + &format!("{o},{c},{d},{t}\n")
    });
    let object = |(o, c, d, t): &(&str, &str, &str, &str)| {
        format!("{{\"order_id\":{o},\"customer_id\":\"{c}\",\"date\":\"{d}\",\"total\":{t}}}")
    };
    let objects: Vec<String> = rows.iter().map(object).collect();
    let expected = facts("a.csv", &csv, &Wish::default());
    assert_eq!(expected.len(), 2);
    assert_eq!(facts("a.jsonl", &objects.join("\n"), &Wish::default()), expected);
    assert_eq!(facts("a.json", &format!("[\n{}\n]", objects.join(",\n")), &Wish::default()), expected);
    assert_eq!(
        facts("a.json", &format!("{{\"count\":2,\"results\":[{}]}}", objects.join(",")), &Wish::default()),
        expected
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    std::fs::write(&path, workbook(&rows)).unwrap();
    let (inspection, kept, _) = read_file(&path, &Wish::default());
    assert!(matches!(inspection.format, Format::Excel(_)));
    assert_eq!(kept.lines(), expected);
}

/// A workbook of one sheet with a title above the table: numbers as numbers, texts inline.
fn workbook(rows: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let text = |at: &str, value: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{value}</t></is></c>");
    let mut sheet = String::from("<row r=\"1\">") + &text("A1", "Orders of January") + "</row><row r=\"3\">";
    for (column, name) in ["A3", "B3", "C3", "D3"].iter().zip(["order_id", "customer_id", "date", "total"]) {
        sheet += &text(column, name);
    }
    sheet += "</row>";
    for (at, (order, customer, date, total)) in rows.iter().enumerate() {
        let row = at + 4;
        sheet += &format!(
            "<row r=\"{row}\"><c r=\"A{row}\"><v>{order}</v></c>{}{}<c r=\"D{row}\"><v>{total}</v></c></row>",
            text(&format!("B{row}"), customer),
            text(&format!("C{row}"), date)
        );
    }
    book(&[("Orders", Some(format!("A1:D{}", rows.len() + 3)), sheet)])
}

/// A workbook of sheets: their names, the extent they state, their rows in XML.
fn book(sheets: &[(&str, Option<String>, String)]) -> Vec<u8> {
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let (mut listed, mut related) = (String::new(), String::new());
    for (at, (name, ..)) in (1..).zip(sheets) {
        listed += &format!("<sheet name=\"{name}\" sheetId=\"{at}\" r:id=\"r{at}\"/>");
        related +=
            &format!("<Relationship Id=\"r{at}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{at}.xml\"/>");
    }
    let mut files = vec![
        (
            "[Content_Types].xml".to_owned(),
            format!(
                "{xml}<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                "{xml}<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("{xml}<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets>{listed}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("{xml}<Relationships xmlns=\"{package}/relationships\">{related}</Relationships>"),
        ),
    ];
    for (at, (_, extent, rows)) in (1..).zip(sheets) {
        let extent = extent.as_ref().map(|extent| format!("<dimension ref=\"{extent}\"/>")).unwrap_or_default();
        files.push((
            format!("xl/worksheets/sheet{at}.xml"),
            format!("{xml}<worksheet xmlns=\"{main}\">{extent}<sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    stored_zip(&files)
}

/// Rows of texts in the XML of a sheet, the first row being 1.
fn rows_of_sheet(rows: &[&[&str]]) -> String {
    let cell = |row: usize, (column, value): (char, &&str)| {
        format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{value}</t></is></c>")
    };
    let row = |(at, cells): (usize, &&[&str])| {
        let cells: String = ('A'..).zip(*cells).map(|both| cell(at, both)).collect();
        format!("<row r=\"{at}\">{cells}</row>")
    };
    (1..).zip(rows).map(row).collect()
}

/// Programs need not state how large a sheet is, and some state its first cell.
#[test]
fn the_sheet_with_the_table_is_read_whatever_extent_is_stated() {
    let notes = rows_of_sheet(&[&["Made with a ledger"], &["As of 2024"]]);
    let orders = rows_of_sheet(&[
        &["Order ID", "Customer ID", "Date", "Total"],
        &["1", "ana", "2024-01-05", "10.00"],
        &["2", "ben", "2024-01-06", "20.00"],
        &["3", "ana", "2024-02-06", "30.00"],
    ]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.xlsx");
    for extents in [(None, None), (Some("A1:A2"), None), (None, Some("A1")), (Some("A1:A2"), Some("A1"))] {
        let [one, other] = [extents.0, extents.1].map(|extent: Option<&str>| extent.map(str::to_owned));
        std::fs::write(&path, book(&[("Notes", one, notes.clone()), ("Orders", other, orders.clone())])).unwrap();
        let (inspection, kept, _) = read_file(&path, &Wish::default());
        assert_eq!(inspection.format.describe(), "Excel, sheet 'Orders'", "{extents:?}");
        assert_eq!(kept.sum(Table::OrderHeaders, "amount"), 6_000, "{extents:?}");
        let told = inspection.notes.iter().any(|note| note.contains("file = { sheet = \"Notes\" }"));
        assert!(told, "{:?}", inspection.notes);
    }
    // A map that says nothing but the sheet leaves the rest to the guess.
    let sheet = |name: &str| Wish {
        map: Some(Map::from_toml(&format!("file = {{ sheet = \"{name}\" }}")).unwrap()),
        ..Wish::default()
    };
    let (inspection, kept, _) = read_file(&path, &sheet("orders"));
    assert!(matches!(inspection.origin, Origin::Guess { .. }));
    assert_eq!(kept.sum(Table::OrderHeaders, "amount"), 6_000);
    let error = inspect(&path, &sheet("Notes")).map(|_| ()).unwrap_err();
    assert!(error.hint.contains("file = { sheet = \"Orders\" }"), "{error:?}");
    let error = inspect(&path, &sheet("Sheet9")).map(|_| ()).unwrap_err();
    assert_eq!(error.code, "sheet_missing");
}

/// A zip archive without compression.
pub(super) fn stored_zip(files: &[(&str, String)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let size = (text.len() as u32).to_le_bytes();
        let fields = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
            &crc.sum().to_le_bytes(),
            &size,
            &size,
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        directory.extend(
            [
                b"PK\x01\x02\x14\x00".to_vec(),
                fields.clone(),
                vec![0; 10],
                (out.len() as u32).to_le_bytes().to_vec(),
                name.as_bytes().to_vec(),
            ]
            .concat(),
        );
        out.extend([b"PK\x03\x04".to_vec(), fields, name.as_bytes().to_vec(), text.as_bytes().to_vec()].concat());
    }
    let (count, at, size) =
        ((files.len() as u16).to_le_bytes(), (out.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    out.extend(directory);
    out.extend(
        [b"PK\x05\x06\0\0\0\0".to_vec(), count.to_vec(), count.to_vec(), size.to_vec(), at.to_vec(), vec![0, 0]]
            .concat(),
    );
    out
}
