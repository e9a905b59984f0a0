//! HTTP: the only crate that knows it. Routes, forms, uploads, the API and its OpenAPI file; pages come from `ui`.
//!
//! Every request goes through `meet`: what the person chose is read once, limits are held, and whatever goes wrong
//! becomes a designed page, or JSON below `/api`. Handlers only ask `app` and hand its answer to `ui`.

mod api;
mod api_segments;
mod connections;
mod customers;
mod data;
mod failure;
mod jobs;
mod meet;
mod pages;
mod routes;
mod segments;
mod serve;
mod settings;
mod uploads;
mod visit;

pub use api::openapi;
pub use connections::Bounds;
pub use routes::router;
pub use serve::{ServeOptions, serve};
