//! What a query in SQL may cost: time, memory, length, depth. Past a limit it ends with an error that says which.

mod grown;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayData, RecordBatch};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use tokio::sync::oneshot;

use crate::HistoryError;
use crate::guard::{refuse_oversized, refuse_wrong_answers};

pub(crate) use grown::bound_growth;

/// Stack of the thread that reads and plans a query, which is done by recursion. Only what is used takes memory.
const STACK: usize = 64 << 20;
/// Stack of the threads that compute it.
const WORKER_STACK: usize = 16 << 20;
/// How much of a query may lie on the disk while it runs, for each byte it may have in memory.
const SPILL: u64 = 4;

/// What one query may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take.
    pub time: Duration,
    /// Bytes it may hold in memory; what can be sorted or grouped on the disk goes there first.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { time: Duration::from_secs(60), memory: 1 << 30 }
    }
}

/// Runs a reading query within limits, on threads of its own: they have a stack for deep texts, and a query that
/// computes without a pause holds up neither the clock that ends it nor anybody else. It ends when nobody waits for it.
pub(crate) async fn run(
    context: SessionContext,
    text: String,
    limits: Limits,
) -> Result<Vec<RecordBatch>, HistoryError> {
    let threads = context.state().config().target_partitions().max(1);
    let (answer, waiting) = oneshot::channel();
    std::thread::Builder::new()
        .name("query".to_owned())
        .stack_size(STACK)
        .spawn(move || apart(threads, context, &text, limits, answer))
        .map_err(|error| HistoryError::internal(format!("no thread for a query: {error}")))?;
    match tokio::time::timeout(limits.time, waiting).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) => Err(HistoryError::Query { message: "the engine gave up on it".to_owned() }),
        Err(_) => Err(HistoryError::Limit {
            message: format!("the query took longer than the {} it may take", seconds(limits.time)),
            hint: "ask for less at once (a shorter period, fewer columns, a limit), or give it more time: --timeout, \
                   or sql_seconds in regulars.toml",
        }),
    }
}

type Answer = oneshot::Sender<Result<Vec<RecordBatch>, HistoryError>>;

fn apart(threads: usize, context: SessionContext, text: &str, limits: Limits, mut answer: Answer) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("query-worker")
        .thread_stack_size(WORKER_STACK)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = answer.send(Err(HistoryError::internal(format!("no threads for a query: {error}"))));
            return;
        }
    };
    let found = runtime.block_on(async {
        tokio::select! {
            biased;
            () = answer.closed() => None,
            found = rows(&context, text, &limits) => Some(found),
        }
    });
    if let Some(found) = found {
        let _ = answer.send(found); // whoever asked may have gone away just now
    }
    // A worker in the middle of a computation ends at its next pause; nobody waits for that.
    runtime.shutdown_background();
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        1.0 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

async fn rows(context: &SessionContext, text: &str, limits: &Limits) -> Result<Vec<RecordBatch>, HistoryError> {
    refuse_oversized(text)?;
    refuse_wrong_answers(text)?;
    let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = within(context, limits)?.sql_with_options(text, reading).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let mut stream = frame.execute_stream().await?;
    let (mut batches, mut held, mut seen) = (Vec::new(), 0, HashSet::new());
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        held += batch.columns().iter().map(|column| fresh_bytes(&column.to_data(), &mut seen)).sum::<usize>();
        if held > limits.memory {
            return Err(HistoryError::Limit {
                message: "the answer is larger than an answer may be".to_owned(),
                hint: "add a limit or sum up more; raise sql_memory_mb in regulars.toml if you need all of it",
            });
        }
        batches.push(batch);
    }
    Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
}

/// The same tables with memory of its own: one greedy query takes nothing from another.
fn within(context: &SessionContext, limits: &Limits) -> Result<SessionContext, HistoryError> {
    let runtime = RuntimeEnvBuilder::from_runtime_env(&context.runtime_env())
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory)))
        .with_max_temp_directory_size(SPILL * limits.memory as u64)
        .build_arc()?;
    let state = SessionStateBuilder::new_from_existing(context.state()).with_runtime_env(runtime).build();
    Ok(SessionContext::new_with_state(state))
}

/// Bytes of a column that no batch before shared with it: batches of one file share their dictionaries.
fn fresh_bytes(data: &ArrayData, seen: &mut HashSet<usize>) -> usize {
    let own = data.buffers().iter().chain(data.nulls().map(|nulls| nulls.buffer()));
    let own: usize =
        own.filter(|buffer| seen.insert(buffer.data_ptr().addr().get())).map(|buffer| buffer.capacity()).sum();
    own + data.child_data().iter().map(|child| fresh_bytes(child, seen)).sum::<usize>()
}
