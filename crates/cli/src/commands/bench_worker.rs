//! `regulars bench-worker`: answers the questions of the benchmark harness, one JSON line each (bench/README.md).

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use app::bench::Businesses;
use app::{App, Place, Problem, Rows};
use serde::Deserialize;
use serde_json::json;

use crate::PlaceArgs;
use crate::output::say;

/// Answer benchmark questions on standard input
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with one installation per business
    home: PathBuf,
    /// The generator's manifest
    #[arg(long)]
    manifest: PathBuf,
}

#[derive(Deserialize)]
struct Request {
    q: String,
    #[serde(default)]
    sum: bool,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let open =
        async |name: &str| App::open(Place { threads: place.threads, ..Place::folder(args.home.join(name)) }).await;
    let businesses = Businesses { saas: open("saas").await?, shop: open("shop").await? };
    let points = points(&args.manifest)?;
    say!("{}", json!({ "ready": true, "rss_mb": kilobytes("VmRSS") / 1024.0 }));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => one(&businesses, &points, &request, &args.home).await,
            Err(error) => Err(Problem::invalid("bad_request", error.to_string(), "one JSON object a line")),
        };
        say!("{}", answer.unwrap_or_else(|problem| json!({ "error": problem.message })));
    }
    Ok(())
}

/// The customers looked up by `q12`.
fn points(manifest: &PathBuf) -> Result<Vec<String>, Problem> {
    let unreadable = |error: String| {
        Problem::invalid("bad_manifest", format!("the manifest cannot be read: {error}"), "make the data again")
    };
    let text = std::fs::read_to_string(manifest).map_err(|error| unreadable(error.to_string()))?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok(json["shop"]["points"].as_array().into_iter().flatten().map(ToString::to_string).collect())
}

async fn one(
    businesses: &Businesses,
    points: &[String],
    request: &Request,
    home: &std::path::Path,
) -> Result<serde_json::Value, Problem> {
    let _ = std::fs::write("/proc/self/clear_refs", "5"); // the peak starts again from here
    let (base, read, cpu, wall) = (kilobytes("VmRSS"), read_bytes(), cpu_seconds(), Instant::now());
    let (answers, times): (Vec<Rows>, f64) = if request.q == "q12" {
        let mut answers = Vec::with_capacity(points.len());
        for point in points {
            answers.push(businesses.one_customer(point).await?);
        }
        (answers, points.len() as f64)
    } else {
        (vec![businesses.answer(&request.q).await?], 1.0)
    };
    let mut told = json!({
        "wall": wall.elapsed().as_secs_f64() / times,
        "cpu": (cpu_seconds() - cpu) / times,
        "base_mb": base / 1024.0,
        "peak_mb": kilobytes("VmHWM") / 1024.0,
        "rchar": read_bytes() - read,
    });
    if request.sum {
        let path = home.join(format!("answer-{}.parquet", request.q));
        Rows::concat(&answers)?.write_parquet(&path)?;
        told["answer"] = json!(path);
    }
    Ok(told)
}

/// A figure of `/proc/self/status`, in kilobytes.
fn kilobytes(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

/// Bytes that went through read calls.
fn read_bytes() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    io.lines().find_map(|line| line.strip_prefix("rchar: ")?.parse().ok()).unwrap_or(0)
}

/// Seconds all threads have run. The process's own figure counts in hundredths of a second, too coarse for a look-up.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}
