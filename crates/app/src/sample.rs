//! The samples: a real shop carried inside the program, and a simulated subscription business made on the spot.
//!
//! The shop is *Online Retail* by D. Chen (2015), CC BY 4.0: see `sample/README.md`. Nobody in the other one exists.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use history::{ImportReport, Progress};
use store::ImportRow;
use terms::{Currency, Date};

use crate::{App, Kind, Problem, SimulateAsk, Trade, simulate};

/// Something to look at before one's own data are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// A year of a gift wholesaler: 541,909 invoice lines.
    Shop,
    /// Three years of a company that sells software to teams by subscription, simulated.
    Subscriptions,
}

/// The shop's file, under which its import is listed.
const SHOP_FILE: &str = "online_retail.parquet";
static SHOP: &[u8] = include_bytes!("../../../sample/online_retail.parquet");
/// The beginning of the names of the files of the simulated business.
const SIMULATED: &str = "simulated-";
/// Enough for cohorts that are no noise, few enough to be there in seconds.
const CUSTOMERS: u32 = 2_000;

impl FromStr for Sample {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Sample, Problem> {
        match text {
            "" | "shop" => Ok(Sample::Shop),
            "subscriptions" => Ok(Sample::Subscriptions),
            other => Err(Problem::invalid(
                "unknown_choice",
                format!("'{other}' is no sample"),
                "use one of: shop, subscriptions",
            )),
        }
    }
}

impl Sample {
    /// What the business is called where nobody gave it a name.
    pub fn name(self) -> &'static str {
        match self {
            Sample::Shop => "Online Retail",
            Sample::Subscriptions => "Simulated subscriptions",
        }
    }

    /// The name of the map its files are read with, by which its import is known again. Names of files are not enough:
    /// somebody may have a file of that name.
    const fn map_name(self) -> &'static str {
        match self {
            Sample::Shop => "sample: shop",
            Sample::Subscriptions => "sample: subscriptions",
        }
    }

    pub(crate) fn of_map(name: &str) -> Option<Sample> {
        [Sample::Shop, Sample::Subscriptions].into_iter().find(|sample| sample.map_name() == name)
    }

    /// The currency of its amounts.
    fn currency(self) -> &'static str {
        match self {
            Sample::Shop => "GBP",
            Sample::Subscriptions => "EUR",
        }
    }

    /// The sample shown, when imports that stand are nothing else.
    pub(crate) fn shown(imports: &[ImportRow]) -> Option<Sample> {
        let mut live = imports.iter().filter(|row| row.undone_at.is_none()).map(|row| Sample::of_map(&row.map_name));
        let first = live.next()??;
        live.all(|other| other.is_some()).then_some(first)
    }
}

impl App {
    /// Imports a sample.
    ///
    /// # Errors
    ///
    /// As [`App::import`]; nothing was changed then.
    pub async fn import_sample(
        &self,
        sample: Sample,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<ImportReport, Problem> {
        let folder = self.data().join("sample");
        let _ = tokio::fs::remove_dir_all(&folder).await; // what a killed one left
        let written = {
            let folder = folder.clone();
            tokio::task::spawn_blocking(move || write(sample, &folder)).await.unwrap_or_else(|stopped| {
                Err(Problem::invalid("internal", stopped.to_string(), "this is our mistake: please report it"))
            })
        };
        let report = match written {
            Ok(files) => match self.inspect(&files, None, None).await {
                Ok(mut found) => {
                    found.iter_mut().for_each(|file| sample.map_name().clone_into(&mut file.inspection.map.name));
                    self.import(found, progress).await
                }
                Err(problem) => Err(problem),
            },
            Err(problem) => Err(problem),
        };
        let _ = tokio::fs::remove_dir_all(&folder).await; // the history has it now, and it can be made again
        report
    }

    /// Takes the sample away: everything that was imported, when it is nothing but samples. Whether there was one.
    ///
    /// # Errors
    ///
    /// `busy` while an import runs; when the state cannot be read.
    pub async fn remove_sample(&self) -> Result<bool, Problem> {
        let imports = self.store().imports(1_000).await?;
        let Some(sample) = Sample::shown(&imports) else { return Ok(false) };
        for import in imports.iter().filter(|row| row.undone_at.is_none()) {
            self.undo_import(import.id).await?;
        }
        let settings = self.settings().await?;
        if self.is_of(sample, &settings) {
            self.save_settings(&store::Settings { currency: None, ..settings }).await?;
        }
        Ok(true)
    }

    /// The currency of amounts that name none: the workspace's, unless it has it from a sample.
    pub(crate) async fn own_currency(&self) -> Result<Option<Currency>, Problem> {
        let (settings, imports) = tokio::try_join!(self.store().settings(), self.store().imports(1_000))?;
        if Sample::shown(&imports).is_some_and(|sample| self.is_of(sample, &settings)) {
            return Ok(None);
        }
        Ok(settings.currency.and_then(|code| code.parse().ok()))
    }

    /// Whether the workspace's currency came with a sample.
    fn is_of(&self, sample: Sample, settings: &store::Settings) -> bool {
        !self.fixed().contains(&"currency") && settings.currency.as_deref() == Some(sample.currency())
    }
}

/// Writes the files of a sample into a folder that is not there yet.
fn write(sample: Sample, folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unwritten = |error: std::io::Error| {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let message = format!("cannot write into {}: {error}", folder.display());
        let problem = Problem::invalid("no_folder", message, "choose another folder with --data");
        Problem { kind: if full { Kind::Full } else { Kind::Invalid }, ..problem }
    };
    match sample {
        Sample::Shop => {
            let path = folder.join(SHOP_FILE);
            std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, SHOP)).map_err(unwritten)?;
            Ok(vec![path])
        }
        Sample::Subscriptions => {
            let written = simulate(&subscriptions(folder)?, |_| ())?;
            // Truth lies in a folder of its own: a business does not see it.
            let seen = written.into_iter().map(|file| file.path).filter(|path| path.parent() == Some(folder));
            seen.map(|path| named(&path).map_err(unwritten)).collect()
        }
    }
}

/// The same file under a name that says what it is.
fn named(path: &Path) -> std::io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let to = path.with_file_name(format!("{SIMULATED}{name}"));
    std::fs::rename(path, &to)?;
    Ok(to)
}

fn subscriptions(out: &Path) -> Result<SimulateAsk, Problem> {
    Ok(SimulateAsk {
        trade: Trade::Saas,
        plain: false,
        customers: CUSTOMERS,
        seed: 7,
        start: "2023-01-01".parse::<Date>()?,
        days: 1_095,
        zone: "Europe/Helsinki".parse()?,
        currency: "EUR".parse()?,
        other_currency: None,
        duplicates: 0.0,
        late: 0.0,
        events: true,
        out: out.to_owned(),
        threads: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One's own file takes the sample away, whatever it is called, and takes nothing of it: no currency, no customers.
    #[tokio::test]
    async fn ones_own_file_takes_the_place_of_a_sample() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(crate::Place::folder(folder.path().join("data"))).await.unwrap();
        app.import_sample(Sample::Shop, |_| ()).await.unwrap();
        assert_eq!(app.settings().await.unwrap().currency.as_deref(), Some("GBP"));
        let path = folder.path().join("online_retail.parquet.csv");
        std::fs::write(&path, "order id,customer,date,total\n1,ana,2024-01-05,10.00\n").unwrap();
        let found = app.inspect(&[path], None, None).await.unwrap();
        app.import(found, |_| ()).await.unwrap();
        let rows = app.snapshot().await.unwrap();
        let rows = rows.rows_of("select customer_id, currency from orders", crate::Limits::default()).await.unwrap();
        assert_eq!(rows.text(9).unwrap(), [["ana".to_owned(), String::new()]]);
        assert!(!app.whose().await.unwrap().sample && !app.remove_sample().await.unwrap());
        assert_eq!(app.snapshot().await.unwrap().rows("orders"), 1);
    }

    #[tokio::test]
    async fn the_simulated_sample_comes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(crate::Place::folder(folder.path().join("data"))).await.unwrap();
        assert!(!app.remove_sample().await.unwrap());
        let report = app.import_sample(Sample::Subscriptions, |_| ()).await.unwrap();
        assert!(report.added > 10_000 && report.rejects.is_empty(), "{report:?}");
        let whose = app.whose().await.unwrap();
        assert_eq!((whose.name.as_str(), whose.sample), ("Simulated subscriptions", true));
        assert!(app.remove_sample().await.unwrap());
        assert_eq!(app.snapshot().await.unwrap().rows("subscription_changes"), 0);
        assert_eq!(app.settings().await.unwrap().currency, None);
        assert!(!app.whose().await.unwrap().sample);
        assert!(!folder.path().join("data/sample").exists());
    }
}
