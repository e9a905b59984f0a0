//! Every address there is.

use std::sync::Arc;

use app::{App, Problem, UPLOAD_BYTES_MAX};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use reports::pages::Workspace;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use ui::Lang;

use crate::failure::Failure;
use crate::jobs::Jobs;
use crate::meet::{meet, panicked};
use crate::{api, api_segments, customers, data, pages, segments, settings};

/// Requests that are worked on at once; more are told to come back.
const TURNS: usize = 64;
/// Uploads that arrive at once; more are told to come back.
const UPLOADS: usize = 8;
/// Forms that arrive at once; more are told to come back.
const FORMS: usize = 32;
/// What a form may hold: room for the columns of a very wide file.
pub const FORM_BYTES_MAX: usize = 1 << 20;
/// What a form adds around the file of an upload.
const AROUND_A_FILE: usize = 1 << 16;

/// What handlers need.
#[derive(Clone)]
pub struct Site {
    /// The installation.
    pub app: App,
    /// The import that runs.
    pub jobs: Jobs,
    /// Whether this server is for this machine alone.
    pub local: bool,
    /// Turns for requests that have arrived.
    pub turns: Arc<Semaphore>,
    /// Places for uploads while they arrive: slow senders keep nobody else from asking.
    pub uploads: Arc<Semaphore>,
    /// Places for forms while they arrive.
    pub forms: Arc<Semaphore>,
}

impl Site {
    /// A site of an installation. A local one answers only under the names of this machine.
    pub fn new(app: App, local: bool) -> Site {
        let places = |count| Arc::new(Semaphore::new(count));
        let (turns, uploads, forms) = (places(TURNS), places(UPLOADS), places(FORMS));
        Site { app, jobs: Jobs::default(), local, turns, uploads, forms }
    }

    /// The language of people who asked for none of ours.
    pub async fn lang(&self) -> Lang {
        let settings = self.app.settings().await;
        settings.ok().and_then(|settings| Lang::from_tag(&settings.language)).unwrap_or(Lang::En)
    }

    /// Whose pages these are. Pages about errors are drawn even when the state cannot be read.
    ///
    /// # Errors
    ///
    /// Never, as long as `XXX` is the code of no currency.
    pub async fn workspace(&self) -> Result<Workspace, Problem> {
        match self.app.whose().await {
            Ok(workspace) => Ok(workspace),
            Err(_) => {
                Ok(Workspace { name: "Regulars".to_owned(), currency: "XXX".parse()?, sample: false, contracts: false })
            }
        }
    }
}

/// The routes of an installation, as [`serve`](crate::serve) answers them on this machine.
pub fn router(app: App) -> Router {
    site_router(Site::new(app, true))
}

/// The routes of a site.
pub fn site_router(site: Site) -> Router {
    let upload = post(data::upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX as usize + AROUND_A_FILE));
    Router::new()
        .route("/", get(pages::overview))
        .route("/overview.csv", get(pages::overview_csv))
        .route("/overview.png", get(pages::overview_png))
        .route("/retention", get(pages::retention))
        .route("/retention.csv", get(pages::retention_csv))
        .route("/retention.png", get(pages::retention_png))
        .route("/revenue", get(pages::revenue))
        .route("/revenue.csv", get(pages::revenue_csv))
        .route("/revenue.png", get(pages::revenue_png))
        .route("/cohorts", get(pages::cohorts))
        .route("/cohorts.csv", get(pages::cohorts_csv))
        .route("/cohorts.png", get(pages::cohorts_png))
        .route("/segments", get(segments::segments))
        .route("/segments.csv", get(segments::segments_csv))
        .route("/segments.png", get(segments::segments_png))
        .route("/segments/saved", get(segments::saved).post(segments::save))
        .route("/segments/saved/remove", post(segments::remove))
        .route("/segments/{group}", get(segments::group))
        .route("/customers", get(customers::list).post(customers::keep_view))
        .route("/customers.csv", get(customers::csv))
        .route("/customers/{id}", get(customers::customer).post(customers::note))
        .route("/data", get(data::page))
        .route("/data/rejects.csv", get(data::rejects))
        .route("/data/match", get(data::match_columns).post(data::import))
        .route("/data/undo", post(data::undo))
        .route("/sample", post(data::sample))
        .route("/sample/remove", post(data::remove_sample))
        .route("/settings", get(settings::first))
        .route("/settings/{part}", get(settings::page).post(settings::save))
        .route("/notes", post(settings::add_note))
        .route("/notes/remove", post(settings::remove_note))
        .route("/share", post(settings::share))
        .route("/share/revoke", post(settings::revoke))
        .route("/s/{secret}", get(settings::shared))
        .route("/preferences", post(pages::preferences))
        .route("/help/metrics", get(pages::metrics))
        .route("/static/{path}", get(pages::asset))
        .route("/health", get(api::health))
        .route("/api/health", get(api::health))
        .route("/api/imports", get(api::imports))
        .route("/api/metrics", get(api::metrics))
        .route("/api/metrics/{name}", get(api::metric))
        .route("/api/segments", get(api_segments::list))
        .route("/api/segments/preview", post(api_segments::preview))
        .route("/api/segments/{slug}", get(api_segments::one).put(api_segments::save).delete(api_segments::remove))
        .route("/api/openapi.json", get(api::described))
        .fallback(async || Failure::nowhere())
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .route("/data/upload", upload)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(site.clone(), meet))
        .layer(CompressionLayer::new())
        .with_state(site)
}
