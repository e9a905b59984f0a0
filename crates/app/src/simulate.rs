//! A business of people who do not exist, as files that can be imported, with the truth about it beside them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use simulator::{Business, OtherCurrency, Part, SaasModel, Settings, ShopModel, Sink};
use terms::{Currency, Date, Zone};

use crate::{Kind, Problem};

/// Which business, how much of it, and where to.
#[derive(Debug, Clone)]
pub struct SimulateAsk {
    /// What sort of business.
    pub trade: Trade,
    /// Nothing but the model that a fit is to find again.
    pub plain: bool,
    /// How many customers sign up.
    pub customers: u32,
    /// Every other seed is another world.
    pub seed: u64,
    /// The first day.
    pub start: Date,
    /// How many days.
    pub days: u32,
    /// The business's zone.
    pub zone: Zone,
    /// Its currency.
    pub currency: Currency,
    /// A second currency: which, for what share of customers, at which rate.
    pub other_currency: Option<(Currency, f64, f64)>,
    /// Share of facts written twice.
    pub duplicates: f64,
    /// Share of facts delivered late, in files of their own.
    pub late: f64,
    /// Whether to write events.
    pub events: bool,
    /// The folder; it must be empty or not there.
    pub out: PathBuf,
    /// Cores to use; all without it.
    pub threads: Option<usize>,
}

/// What sort of business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trade {
    /// A shop whose customers come back when they like.
    Shop,
    /// A subscription business.
    Saas,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SimulatedFile {
    /// Its path.
    pub path: PathBuf,
    /// How many rows below the header.
    pub rows: u64,
}

/// Writes the files of a simulated business; `progress` hears how many customers are done. The same ask gives the same
/// bytes, whatever the number of threads.
///
/// # Errors
///
/// `folder_not_empty`, `not_understood` when the ask makes no sense, `no_folder` or `disk_full` when files cannot be written.
pub fn simulate(ask: &SimulateAsk, progress: impl FnMut(u32)) -> Result<Vec<SimulatedFile>, Problem> {
    let business = business(ask)?;
    refuse_full(&ask.out)?;
    let threads = ask.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1);
    let mut files = Files { out: ask.out.clone(), open: HashMap::new() };
    let parameters = toml::to_string(&business.parameters()).map_err(|error| {
        Problem::invalid("not_understood", error.to_string(), "this is our mistake: please report it")
    })?;
    let written = files
        .text("truth/parameters.toml", &parameters)
        .and_then(|()| files.text("README.md", &readme(ask)))
        .and_then(|()| business.write(threads, &mut files, progress))
        .and_then(|()| files.close());
    written.map_err(|error| unwritten(&ask.out, &error))
}

fn business(ask: &SimulateAsk) -> Result<Business, Problem> {
    let other = ask.other_currency.map(|(currency, share, rate)| OtherCurrency { currency, share, rate });
    let settings = Settings {
        start: ask.start,
        days: ask.days,
        other_currency: other,
        duplicates: ask.duplicates,
        late: ask.late,
        ..Settings::new(ask.customers, ask.seed, ask.zone.clone(), ask.currency)
    };
    let made = match (ask.trade, ask.plain) {
        (Trade::Shop, plain) => {
            let model = if plain { ShopModel::pareto_nbd() } else { ShopModel::gifts() };
            simulator::shop(settings, ShopModel { events: model.events && ask.events, ..model })
        }
        (Trade::Saas, plain) => {
            let model = if plain { SaasModel::monthly() } else { SaasModel::teams() };
            simulator::saas(settings, SaasModel { events: model.events && ask.events, ..model })
        }
    };
    made.map_err(|error| Problem::invalid("not_understood", error.to_string(), "see regulars simulate --help"))
}

/// Files of two runs in one folder would be a third business that nobody simulated.
fn refuse_full(out: &Path) -> Result<(), Problem> {
    match std::fs::read_dir(out).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(Problem::invalid(
            "folder_not_empty",
            format!("{} is not empty", out.display()),
            "choose a new folder with --out, or empty this one",
        )),
        Ok(false) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unwritten(out, &error)),
    }
}

fn unwritten(out: &Path, error: &io::Error) -> Problem {
    let message = format!("cannot write into {}: {error}", out.display());
    if error.kind() == io::ErrorKind::StorageFull {
        let hint = "make room or ask for fewer customers, empty the folder and simulate again";
        return Problem { kind: Kind::Full, ..Problem::invalid("disk_full", message, hint) };
    }
    Problem::invalid("no_folder", message, "choose another folder with --out")
}

/// What stands beside the data, for whoever finds it without this program.
fn readme(ask: &SimulateAsk) -> String {
    let word = if ask.trade == Trade::Shop { "shop" } else { "saas" };
    format!(
        "# A simulated business\n\n\
         Nobody in these files exists. `regulars simulate {word}` made them from seed {} for {} customers and {} days from {}.\n\n\
         Import what the business sees: `regulars import *.csv --yes`. What it cannot see, each customer's rates, hazards,\n\
         satisfaction, future worth and answer to every action, is in `truth/`, the parameters in `truth/parameters.toml`.\n\
         The model and every column are explained in `docs/simulate.md` of Regulars.\n",
        ask.seed, ask.customers, ask.days, ask.start,
    )
}

/// Files that are made when their first rows come.
struct Files {
    out: PathBuf,
    open: HashMap<Part, (PathBuf, BufWriter<File>, u64)>,
}

/// Large enough that the disk is asked some hundred times for a file, not some thousand.
const BUFFER: usize = 1 << 18;

impl Files {
    fn create(&self, path: &str) -> io::Result<(PathBuf, BufWriter<File>)> {
        let path = self.out.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = BufWriter::with_capacity(BUFFER, File::create_new(&path)?);
        Ok((path, file))
    }

    fn text(&self, path: &str, text: &str) -> io::Result<()> {
        let (_, mut file) = self.create(path)?;
        file.write_all(text.as_bytes())?;
        file.flush()
    }

    fn close(self) -> io::Result<Vec<SimulatedFile>> {
        let mut parts: Vec<_> = self.open.into_iter().collect();
        parts.sort_by_key(|(part, _)| *part);
        parts
            .into_iter()
            .map(|(_, (path, mut file, rows))| {
                file.flush()?;
                Ok(SimulatedFile { path, rows })
            })
            .collect()
    }
}

impl Sink for Files {
    fn rows(&mut self, part: Part, rows: &[u8]) -> io::Result<()> {
        if !self.open.contains_key(&part) {
            let (path, mut file) = self.create(&part.path())?;
            writeln!(file, "{}", part.table.header())?;
            self.open.insert(part, (path, file, 0));
        }
        let Some((_, file, count)) = self.open.get_mut(&part) else { return Ok(()) };
        *count += rows.iter().filter(|byte| **byte == b'\n').count() as u64;
        file.write_all(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(out: &Path) -> SimulateAsk {
        SimulateAsk {
            trade: Trade::Shop,
            plain: false,
            customers: 30,
            seed: 1,
            start: "2024-01-01".parse().unwrap(),
            days: 200,
            zone: Zone::utc(),
            currency: "EUR".parse().unwrap(),
            other_currency: None,
            duplicates: 0.0,
            late: 0.2,
            events: true,
            out: out.to_owned(),
            threads: Some(2),
        }
    }

    #[test]
    fn files_have_headers_truth_and_a_readme_and_a_second_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new");
        let files = simulate(&ask(&out), |_| {}).unwrap();
        for file in &files {
            let text = std::fs::read_to_string(&file.path).unwrap();
            assert_eq!(text.lines().count() as u64, file.rows + 1, "{}", file.path.display());
            assert!(text.starts_with("customer_id,") || text.starts_with("day,"), "{}", file.path.display());
        }
        let customers = files.iter().filter(|file| file.path.ends_with("customers.csv"));
        assert_eq!(customers.map(|file| file.rows).sum::<u64>(), 60, "30 told, in time or late, and 30 true");
        let parameters = std::fs::read_to_string(out.join("truth/parameters.toml")).unwrap();
        let parameters: toml::Table = toml::from_str(&parameters).unwrap();
        assert_eq!(parameters["settings"]["seed"].as_str(), Some("1"));
        assert_eq!(parameters["shop"]["rate_shape"].as_float(), Some(ShopModel::gifts().rate_shape));
        assert!(std::fs::read_to_string(out.join("README.md")).unwrap().contains("seed 1 for 30 customers"));
        assert_eq!(simulate(&ask(&out), |_| {}).unwrap_err().code, "folder_not_empty");
    }

    #[tokio::test]
    async fn what_is_simulated_is_recognised_and_imported_whole() {
        for trade in [Trade::Shop, Trade::Saas] {
            let folder = tempfile::tempdir().unwrap();
            let sek = Some(("SEK".parse().unwrap(), 0.3, 11.4));
            let ask = SimulateAsk { trade, duplicates: 0.1, other_currency: sek, ..ask(&folder.path().join("files")) };
            let files = simulate(&ask, |_| {}).unwrap();
            let told: Vec<PathBuf> = files.into_iter().map(|file| file.path).filter(|path| !is_truth(path)).collect();
            let app = crate::App::open(crate::Place::folder(folder.path().join("data"))).await.unwrap();
            let found = app.inspect(&told, None, None).await.unwrap();
            for file in &found {
                assert!(matches!(file.inspection.origin, crate::Origin::Preset(_)), "{}", file.path.display());
            }
            let report = app.import(found, |_| {}).await.unwrap();
            let lines = |path: &PathBuf| -> Vec<String> {
                std::fs::read_to_string(path).unwrap().lines().skip(1).map(|line| format!("{path:?}{line}")).collect()
            };
            // Every distinct row of a table is a fact, and none was set aside.
            let rows: Vec<String> = told.iter().flat_map(lines).collect();
            let distinct: std::collections::HashSet<&String> = rows.iter().collect();
            assert_eq!((report.rows, report.added), (rows.len() as u64, distinct.len() as u64), "{trade:?}");
            assert!(report.rejects.is_empty(), "{:?}", report.rejects);
        }
    }

    fn is_truth(path: &Path) -> bool {
        path.parent().is_some_and(|folder| folder.ends_with("truth"))
    }

    #[test]
    fn what_makes_no_sense_or_cannot_be_written_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let nonsense = SimulateAsk { late: 2.0, ..ask(&folder.path().join("a")) };
        assert_eq!(simulate(&nonsense, |_| {}).unwrap_err().code, "not_understood");
        assert!(!folder.path().join("a").exists(), "refused before anything is written");
        let file = folder.path().join("file");
        std::fs::write(&file, "here").unwrap();
        assert_eq!(simulate(&ask(&file.join("b")), |_| {}).unwrap_err().code, "no_folder");
    }
}
