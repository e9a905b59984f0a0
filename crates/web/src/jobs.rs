//! The import that runs beside the pages: one at a time, with its progress and how it ended.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::{App, Found, ImportReport, Kind, Problem, Progress, Sample};
use reports::pages::data;

/// What is imported.
pub enum Work {
    /// A sample.
    Sample(Sample),
    /// An upload, whose folder is removed afterwards.
    Upload(Box<Found>, PathBuf),
}

/// How an import ended, and whose it was.
pub struct Ended {
    /// Name of the file.
    pub file: String,
    /// Whether it was a sample.
    pub sample: bool,
    /// What it came to.
    pub outcome: Result<ImportReport, Problem>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    ended: Option<Ended>,
}

struct Running {
    file: String,
    sample: bool,
    progress: Option<Progress>,
    rows: u64,
    /// When this import began, and when it began to be written.
    since: Instant,
    writing_since: Option<Instant>,
}

/// Before so much time has passed, a speed says little.
const MEASURED_AFTER: Duration = Duration::from_secs(1);

impl Running {
    fn told(&self, now: Instant) -> data::Running {
        let share = |done: u64, of: u64| if of == 0 { 0.0 } else { done.min(of) as f64 / of as f64 };
        let (writing, done) = match self.progress {
            Some(Progress::Writing { done, of }) => (true, share(done as u64, of as u64)),
            Some(Progress::Reading { bytes, of, .. }) => (false, share(bytes, of)),
            None => (false, 0.0),
        };
        let read_until = self.writing_since.unwrap_or(now);
        let reading = read_until.saturating_duration_since(self.since);
        let step = now.saturating_duration_since(self.writing_since.unwrap_or(self.since));
        let seconds = |spent: Duration| Some(spent.as_secs_f64()).filter(|_| spent >= MEASURED_AFTER);
        data::Running {
            file: self.file.clone(),
            writing,
            done,
            rows: self.rows,
            rows_per_second: seconds(reading).map(|spent| (self.rows as f64 / spent) as u64),
            seconds_left: seconds(step).filter(|_| done > 0.0).map(|spent| (spent * (1.0 - done) / done).ceil() as u64),
        }
    }
}

/// The imports begun by this server. Cheap to clone.
#[derive(Clone, Default)]
pub struct Jobs {
    state: Arc<Mutex<State>>,
}

impl Jobs {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an import.
    ///
    /// # Errors
    ///
    /// `import_running` while another one runs.
    pub fn begin(&self, app: &App, work: Work) -> Result<(), Problem> {
        let (file, sample) = match &work {
            Work::Sample(sample) => (sample.name().to_owned(), true),
            Work::Upload(found, _) => (file_name(found), false),
        };
        {
            let mut state = self.state();
            if state.running.is_some() {
                let hint = "wait until it is done, and try again";
                let problem = Problem::invalid("import_running", "another import is running", hint);
                return Err(Problem { kind: Kind::Busy, ..problem });
            }
            state.ended = None;
            state.running =
                Some(Running { file, sample, progress: None, rows: 0, since: Instant::now(), writing_since: None });
        }
        let (jobs, app) = (self.clone(), app.clone());
        tokio::spawn(async move {
            // A task of its own, so that even a panic in it is an end.
            let outcome = tokio::spawn(jobs.clone().work(app, work)).await.unwrap_or_else(|error| {
                let problem = Problem::invalid("internal", format!("the import stopped: {error}"), "");
                Err(Problem { kind: Kind::Ours, ..problem })
            });
            if let Err(problem) = &outcome {
                tracing::warn!(code = problem.code, "import failed: {problem}");
            }
            let mut state = jobs.state();
            if let Some(Running { file, sample, .. }) = state.running.take() {
                state.ended = Some(Ended { file, sample, outcome });
            }
        });
        Ok(())
    }

    async fn work(self, app: App, work: Work) -> Result<ImportReport, Problem> {
        let watched = self.clone();
        let progress = move |progress: Progress| watched.advance(progress);
        match work {
            Work::Sample(sample) => app.import_sample(sample, progress).await,
            Work::Upload(found, folder) => {
                let report = app.import(vec![*found], progress).await;
                if report.is_ok() {
                    // Left behind it would only take room: it is swept away when the server starts again.
                    let _ = tokio::fs::remove_dir_all(folder).await;
                }
                report
            }
        }
    }

    fn advance(&self, progress: Progress) {
        if let Some(running) = &mut self.state().running {
            if let Progress::Reading { rows, .. } = progress {
                running.rows = rows;
            } else {
                running.writing_since.get_or_insert_with(Instant::now);
            }
            running.progress = Some(progress);
        }
    }

    /// How far the running import is.
    pub fn progress(&self) -> Option<data::Running> {
        self.state().running.as_ref().map(|running| running.told(Instant::now()))
    }

    /// The end of the last import; told once.
    pub fn ended(&self) -> Option<Ended> {
        self.state().ended.take()
    }

    /// Waits until no import runs, for at most so long. An import that is cut off changes nothing.
    pub async fn finish(&self, within: Duration) {
        let idle = async {
            while self.state().running.is_some() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(within, idle).await.is_err() {
            tracing::warn!("an import was cut off; nothing of it is kept, import the file again");
        }
    }
}

/// The name of the file, as its owner knows it.
pub fn file_name(found: &Found) -> String {
    found.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_and_time_left_are_told_when_they_can_be() {
        let since = Instant::now();
        let at = |seconds: u64| since + Duration::from_secs(seconds);
        let reading = |bytes, rows| Some(Progress::Reading { bytes, of: 100, rows });
        let running = |progress, rows, writing_since| Running {
            file: "orders.csv".to_owned(),
            sample: false,
            progress,
            rows,
            since,
            writing_since,
        };
        let told = running(reading(1, 500), 500, None).told(since);
        assert_eq!((told.rows_per_second, told.seconds_left), (None, None));
        let told = running(reading(25, 4_000), 4_000, None).told(at(4));
        assert_eq!(
            (told.writing, told.done, told.rows_per_second, told.seconds_left),
            (false, 0.25, Some(1_000), Some(12))
        );
        let told = running(None, 0, None).told(at(4));
        assert_eq!((told.done, told.rows_per_second, told.seconds_left), (0.0, Some(0), None));
        // Writing is a step of its own: its time says nothing of reading, and the speed stays that of reading.
        let told = running(Some(Progress::Writing { done: 3, of: 4 }), 4_000, Some(at(4))).told(at(10));
        assert_eq!(
            (told.writing, told.done, told.rows_per_second, told.seconds_left),
            (true, 0.75, Some(1_000), Some(2))
        );
    }
}
