//! Every case on PostgreSQL: a private cluster that lives as long as this test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::Store;
use tempfile::TempDir;

use crate::samples::adding;
use crate::{cases, model};

/// Makes, runs and clears away a cluster. The server goes when its standard input ends, so that it cannot outlive
/// a test that was killed.
const SCRIPT: &str = r#"
set -eu
bin=$1 home=$2 port=$3
umask 077
"$bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --no-instructions >"$home/initdb.log" 2>&1
"$bin/postgres" -D "$home/data" -h 127.0.0.1 -p "$port" -k "$home" >"$home/server.log" 2>&1 </dev/null &
server=$!
trap 'kill -QUIT "$server"; wait "$server"; rm -rf "$home/data"; exit 1' HUP INT TERM
echo started
while read -r line; do
    # A quick restart, as after a crash of the machine.
    kill -QUIT "$server"
    wait "$server" || true
    "$bin/postgres" -D "$home/data" -h 127.0.0.1 -p "$port" -k "$home" >>"$home/server.log" 2>&1 </dev/null &
    server=$!
    echo restarted
done
# At once: what it would still bring to the disk is thrown away.
kill -QUIT "$server"
wait "$server" || true
rm -rf "$home/data"
"#;

type Case = (&'static str, fn(String) -> Pin<Box<dyn Future<Output = ()>>>);

macro_rules! as_list {
    ($($case:ident),* $(,)?) => {
        &[$((stringify!($case), |url| Box::pin(cases::$case(url)))),*]
    };
}

const CASES: &[Case] = cases::every_case!(as_list);

/// A PostgreSQL server of our own.
struct Cluster {
    shell: Child,
    answers: BufReader<std::process::ChildStdout>,
    home: TempDir,
    port: u16,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts one, or says why not.
    fn start() -> Result<Cluster, String> {
        let bin = programs().ok_or("there is no initdb in PATH or /usr/lib/postgresql/*/bin")?;
        let home = TempDir::new().map_err(|error| error.to_string())?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap().port();
        let arguments = [bin.to_str().unwrap(), home.path().to_str().unwrap(), &port.to_string()].map(str::to_owned);
        let mut command = shell(home.path(), &arguments)?;
        let mut shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|e| e.to_string())?;
        let answers = BufReader::new(shell.stdout.take().unwrap());
        let mut cluster = Cluster { shell, answers, home, port, databases: AtomicU32::new(0) };
        cluster.answered("started")?;
        Ok(cluster)
    }

    fn answered(&mut self, expected: &str) -> Result<(), String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        if line.trim() == expected {
            return Ok(());
        }
        let log = |name: &str| std::fs::read_to_string(self.home.path().join(name)).unwrap_or_default();
        Err(format!("the server did not start: {}{}", log("initdb.log"), log("server.log")))
    }

    /// Kills the server at once and starts it again.
    fn crash(&mut self) {
        use std::io::Write;
        self.shell.stdin.as_mut().unwrap().write_all(b"crash\n").unwrap();
        self.answered("restarted").unwrap();
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The address of a new, empty database.
    async fn database(&self) -> String {
        let name = format!("case_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.connect().await;
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        connection.close().await.unwrap();
        self.url(&name)
    }

    /// A connection, as soon as the server lets us in.
    async fn connect(&self) -> PgConnection {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            match PgConnection::connect(&self.url("postgres")).await {
                Ok(connection) => return connection,
                Err(error) if Instant::now() > patience => panic!("{error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// The folder of initdb and postgres: the newest one found.
fn programs() -> Option<PathBuf> {
    let in_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = installed.map(|version| version.path().join("bin")).collect();
    installed.sort();
    let mut folders = installed.into_iter().rev().chain(in_path);
    folders.find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// The shell that looks after the cluster. PostgreSQL refuses to run as root, so root asks `postgres` to do it.
fn shell(home: &Path, arguments: &[String]) -> Result<Command, String> {
    let quoted: Vec<String> = arguments.iter().map(|argument| format!("'{argument}'")).collect();
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
        Ok::<_, String>((output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned()))
    };
    if run("id", &["-u"])?.1 != "0" {
        let mut command = Command::new("sh");
        command.arg("-c").arg(SCRIPT).arg("sh").args(arguments);
        return Ok(command);
    }
    if !run("chown", &["postgres", home.to_str().unwrap()])?.0 {
        return Err("we are root and there is no user 'postgres' to run it as".to_owned());
    }
    let mut command = Command::new("su");
    let line = format!("exec sh -c '{}' sh {}", SCRIPT.replace('\'', r"'\''"), quoted.join(" "));
    command.current_dir(home).args(["-s", "/bin/sh", "postgres", "-c", &line]);
    Ok(command)
}

/// One test, because a cluster takes seconds to start: every case, the model, and a crash.
#[test]
fn every_case_on_postgres() {
    let mut cluster = match Cluster::start() {
        Ok(cluster) => cluster,
        Err(why) => {
            println!("\n*** SKIPPED: no case ran on PostgreSQL: {why} ***\n");
            assert!(std::env::var_os("REGULARS_NEED_POSTGRES").is_none(), "PostgreSQL is needed here: {why}");
            return;
        }
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // First, while there is little to recover.
    unreachable_and_back(&runtime, &mut cluster);
    let mut failed = vec![];
    for (name, case) in CASES {
        let url = runtime.block_on(cluster.database());
        let run = AssertUnwindSafe(|| runtime.block_on(case(url)));
        match std::panic::catch_unwind(run) {
            Ok(()) => println!("postgres: {name} ok"),
            Err(_) => failed.push(*name),
        }
    }
    assert!(failed.is_empty(), "failed on PostgreSQL: {failed:?}");
    model::check(&runtime, || runtime.block_on(cluster.database()));
}

/// A server that dies under us: what was acknowledged is there, and the same handle works again within 10 s.
fn unreachable_and_back(runtime: &tokio::runtime::Runtime, cluster: &mut Cluster) {
    let url = runtime.block_on(cluster.database());
    let store = runtime.block_on(Store::open(&url)).unwrap();
    runtime.block_on(store.commit(adding(0, &["before"]))).unwrap();
    let other = store.clone();
    let waiting = runtime.spawn(async move { other.version().await });
    cluster.crash();
    // Whatever was asked while it was away got an answer, and no other one than these two.
    let meanwhile = runtime.block_on(waiting).unwrap().map_err(|error| error.code());
    assert!(matches!(meanwhile, Ok(1) | Err("store-unreachable")), "{meanwhile:?}");
    // Its own recovery is not ours: with the disk busy it takes as long as it takes.
    let start = Instant::now();
    runtime.block_on(cluster.connect());
    let (recovery, back) = (start.elapsed(), Instant::now());
    loop {
        match runtime.block_on(store.commit(adding(1, &["after"]))) {
            Ok(committed) => break assert_eq!(committed.version, 2),
            Err(error) => assert_eq!(error.code(), "store-unreachable", "{error:?}"),
        }
        assert!(back.elapsed() < Duration::from_secs(10), "not back in time");
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("postgres: recovered in {} ms, we {} ms later", recovery.as_millis(), back.elapsed().as_millis());
    assert_eq!(runtime.block_on(store.catalogue()).unwrap().files.len(), 2);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = runtime.block_on(Store::open(&format!("postgres://ana:secret@127.0.0.1:{nobody}/db"))).unwrap_err();
    assert_eq!(error.code(), "store-unreachable", "{error:?}");
    assert!(!format!("{error}").contains("secret"));
    let error = runtime.block_on(Store::open(&cluster.url("nowhere"))).unwrap_err();
    assert_eq!(error.code(), "store-unreachable", "{error:?}");
}
