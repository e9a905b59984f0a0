//! A small shop, and the one door to its pages.

use app::{App, Place};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use tempfile::TempDir;
use tower::ServiceExt;

/// A shop with its folder.
pub struct Shop {
    pub app: App,
    pub router: Router,
    pub folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Got {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The token of the first form on the page.
    pub fn token(&self) -> String {
        let text = self.text();
        let at = text.find("name=\"csrf\" value=\"").expect("a page has a form") + "name=\"csrf\" value=\"".len();
        text[at..at + 32].to_owned()
    }
}

/// Orders of forty customers over twelve months, some of whom stay; every seventh comes from Finland.
pub fn orders() -> String {
    let mut text = "order_id,customer_id,ordered_at,amount,currency,country\n".to_owned();
    let mut number = 1_000;
    for customer in 0..40u32 {
        let country = if customer % 7 == 0 { "Finland" } else { "Sweden" };
        for month in (customer % 12)..12 {
            if (customer + month) % (1 + customer % 5) == 0 {
                number += 1;
                let (day, amount) = (1 + (customer * 3 + month) % 28, 10 + customer);
                text += &format!(
                    "{number},c{customer},2024-{:02}-{day:02} 12:00:00,{amount}.50,EUR,{country}\n",
                    month + 1
                );
            }
        }
    }
    text
}

/// A shop without facts.
pub async fn empty() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(Place::folder(folder.path().join("shop"))).await.unwrap();
    Shop { router: web::router(app.clone()), app, folder }
}

/// The shop with its orders imported.
pub async fn small() -> Shop {
    let shop = empty().await;
    let path = shop.folder.path().join("orders.csv");
    std::fs::write(&path, orders()).unwrap();
    let found = shop.app.inspect(&[path], None, None).await.unwrap();
    shop.app.import(found, |_| ()).await.unwrap();
    shop
}

impl Shop {
    /// Sends a request; header lines as `name: value`.
    pub async fn send(&self, method: &str, uri: &str, headers: &[&str], body: impl Into<Body>) -> Got {
        let mut request = Request::builder().method(method).uri(uri);
        for line in headers {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let answer = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, 50_000_000).await.unwrap().to_vec();
        Got { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, uri: &str) -> Got {
        self.send("GET", uri, &[], Body::empty()).await
    }

    /// Sends a form from a page of ours: with the token of the page and its cookie.
    pub async fn post(&self, uri: &str, fields: &str) -> Got {
        let (token, cookie) = self.token().await;
        let body = format!("csrf={token}&{fields}");
        let kind = "content-type: application/x-www-form-urlencoded";
        self.send("POST", uri, &[kind, &format!("cookie: {cookie}")], body).await
    }

    /// Uploads a file as a browser does.
    pub async fn upload(&self, name: &str, content: &[u8]) -> Got {
        let (token, cookie) = self.token().await;
        let body = multipart(&token, name, content);
        let kind = "content-type: multipart/form-data; boundary=XX";
        self.send("POST", "/data/upload", &[kind, &format!("cookie: {cookie}")], body).await
    }

    /// A token and the cookie that goes with it.
    pub async fn token(&self) -> (String, String) {
        let page = self.get("/data").await;
        let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
        (page.token(), cookie)
    }

    /// Waits for the import that runs, and gives the page that tells how it ended.
    pub async fn imported(&self) -> Got {
        for _ in 0..600 {
            let page = self.get("/data").await;
            if !page.text().contains("http-equiv=\"refresh\"") {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the import did not end within 30 seconds");
    }
}

/// The body of an upload with the boundary `XX`.
pub fn multipart(token: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let mut body = format!("--XX\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n").into_bytes();
    body.extend(format!("--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").bytes());
    body.extend(content);
    body.extend(b"\r\n--XX--\r\n");
    body
}
