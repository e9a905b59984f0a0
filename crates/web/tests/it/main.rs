//! The routes as a browser, a program and a stranger meet them, on a small shop in a folder that vanishes.

mod forms;
mod hostile;
mod routes;
mod served;
mod settings;
mod shop;
