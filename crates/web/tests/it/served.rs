//! The server itself: it listens, says where, refuses a taken port, and stops in order.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web::{Bounds, ServeOptions, serve};

use crate::shop;

fn listen(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

async fn asked(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// A server of an empty shop, and what ends it.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), app::Problem>>,
    shop: shop::Shop,
}

async fn started(bounds: Bounds) -> Server {
    let shop = shop::empty().await;
    let (ready, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let on_ready = Box::new(move |address| ready.send(address).unwrap());
    let options = ServeOptions { listen: listen(0), bounds, on_ready };
    let running = tokio::spawn(serve(shop.app.clone(), options, async {
        let _ = stopped.await;
    }));
    Server { address: address.await.unwrap(), stop, running, shop }
}

/// Waits until the server hangs up, and gives what it said before.
async fn hung_up(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    // A connection that is reset is closed as well.
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut said)).await;
    read.expect("the server hangs up").unwrap_or_default();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_until_it_is_told_to_stop() {
    let Server { address, stop, running: server, shop } = started(Bounds::default()).await;
    assert!(asked(address).await.starts_with("HTTP/1.1 200"));

    let taken = ServeOptions {
        listen: address,
        bounds: Bounds::default(),
        on_ready: Box::new(|_| panic!("the port is taken")),
    };
    let problem = serve(shop.app.clone(), taken, async {}).await.unwrap_err();
    assert_eq!(problem.code, "port_taken");
    assert!(problem.hint.contains("--listen"), "{}", problem.hint);

    // Somebody who says nothing must not hold the server.
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /retention HTTP/1.1\r\nhost: local").await.unwrap();
    let began = Instant::now();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), server).await.expect("it stops within ten seconds").unwrap().unwrap();
    println!("stopped after {:?}", began.elapsed());
    assert!(TcpStream::connect(address).await.is_err(), "nothing new is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stays_silent_is_hung_up_on() {
    let bounds = Bounds { headers: Duration::from_millis(300), ..Bounds::default() };
    let server = started(bounds).await;
    for (what, sent, answers) in [
        ("nothing at all", "", 0),
        ("half a header", "GET /health HTTP/1.1\r\nhost: local", 0),
        ("no end of headers", "GET /health HTTP/1.1\r\nhost: localhost\r\n", 0),
        ("a request, and then nothing", "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n", 1),
        ("a second half", "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\nGET /health HTTP/1.1\r\n", 1),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let said = hung_up(&mut stream).await;
        assert_eq!(said.matches("HTTP/1.1 200").count(), answers, "{what}: {said}");
    }
    // A byte now and then does not help.
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let trickle = async {
        for byte in b"GET /health HTTP/1.1\r\nx: ".iter().chain(std::iter::repeat(&b'a')) {
            if writing.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let mut said = Vec::new();
    tokio::select! {
        () = trickle => {}
        _ = reading.read_to_end(&mut said) => {}
        () = tokio::time::sleep(Duration::from_secs(60)) => panic!("a trickle of headers is not ended"),
    }
    assert!(asked(server.address).await.starts_with("HTTP/1.1 200"), "others are answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_bounded_and_places_come_free() {
    let bounds = Bounds { connections: 2, headers: Duration::from_millis(500), ..Bounds::default() };
    let server = started(bounds).await;
    let mut silent = Vec::new();
    for _ in 0..6 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let asked = tokio::time::timeout(Duration::from_secs(60), asked(server.address)).await;
    assert!(asked.expect("the silent ones make room").starts_with("HTTP/1.1 200"));
    server.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), server.running).await.unwrap().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_answer_is_hung_up_on() {
    let bounds = Bounds { connections: 1, unread: Duration::from_millis(300), ..Bounds::default() };
    let server = started(bounds).await;
    let mut deaf = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /help/metrics HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // Asks again and again without reading, until no more is taken: then the way back is full.
    while let Ok(Ok(())) = tokio::time::timeout(Duration::from_secs(2), deaf.write_all(request)).await {}
    let asked = tokio::time::timeout(Duration::from_secs(60), asked(server.address)).await;
    assert!(asked.expect("the one place comes free").starts_with("HTTP/1.1 200"));
}
